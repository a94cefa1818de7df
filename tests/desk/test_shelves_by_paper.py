"""What the desk shows of shelves is what readers of the article's own newspaper see."""

from datetime import timedelta

import pytest

from desk_visitors import person
from portal_house import Build, articles
from recirc.settings import BrandSettings, BrandsSettings, SiteSettings
from recirc.types.roles import Role

GULL = BrandSettings(
    name="The Gull", hosts=("gull.example",), sections=("coast",), url="https://gull.example"
)


@pytest.mark.parametrize("apart", [False, True])
def test_previews_and_the_past_show_articles_of_the_same_paper(build: Build, apart: bool) -> None:
    site = SiteSettings(name="The Tide", url="https://tide.example")
    house = build(site=site, brands=BrandsSettings(list=(GULL,), apart=apart))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    for name in ("otter", "ferry-2", "ferry-3"):
        house.told("view", name)
    una = person(house, Role.EDITOR, "Una")
    rule = {"kind": "bury", "by": "topic", "value": "Ferries", "reason": "enough"}
    shown = una.send("/desk/rules/preview", "/desk/rules/new", **rule, beside_articles="ferry-1")
    assert shown.status_code == 200
    then = house.now + timedelta(seconds=30)
    house.moment[0] += 60_000
    past = una.get(f"/desk/as-of?article=ferry-1&time={then:%Y-%m-%dT%H:%M:%S}")
    told = house.client.get(
        "/v1/as-of", params={"article": "ferry-1", "time": then.isoformat()}, headers=house.auth
    )
    answer = house.client.post(
        "/v1/rules/preview",
        json={
            "rule": {"kind": "bury", "target": {"by": "topic", "value": "Ferries"}},
            "articles": ["ferry-1"],
        },
        headers=house.auth,
    )
    # Without "apart" the site's own pages show the articles of all.
    for page in (shown, past, told):
        assert page.status_code == 200
        assert ("Otter moves in" in page.text) is not apart
        assert "Ferry crews vote, part 2" in page.text
    assert ('"otter"' in answer.text) is not apart
    assert '"ferry-2"' in answer.text
