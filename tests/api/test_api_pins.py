import re
from datetime import timedelta

from portal_house import House, problem
from recirc.types import Article
from recirc.web import front


def leads(house: House) -> list[str]:
    page = house.client.get("/").text
    return re.findall(r'<h2 class="headline"><a href="/article/([^"]+)">', page.partition('class="rail"')[0])


def pin(house: House, place: int | str, article: str, hours: float = 2.0) -> int:
    until = (house.now + timedelta(hours=hours)).isoformat()
    body = {"article": article, "until": until}
    return house.client.put(f"/v1/pins/{place}", json=body, headers=house.auth).status_code


def test_editors_put_an_article_on_top_until_a_time(house: House) -> None:
    before = leads(house)
    assert before[0] == "ferry-1"
    assert "Editors’ choice" not in house.client.get("/").text
    assert pin(house, 1, "ferry-5") == 200
    assert leads(house)[:2] == ["ferry-5", "ferry-1"]
    assert house.client.get("/").text.count("Editors’ choice") == 1
    house.moment[0] += 3 * 3_600_000
    assert leads(house) == before
    assert house.client.get("/v1/pins", headers=house.auth).json() == []


def test_pins_are_listed_moved_and_taken_away(house: House) -> None:
    assert pin(house, 2, "otter") == 200
    assert leads(house)[1] == "otter"
    assert pin(house, 3, "otter") == 200
    (kept,) = house.client.get("/v1/pins", headers=house.auth).json()
    assert (kept["place"], kept["article"], kept["path"], kept["by"]) == (
        3,
        "otter",
        "/article/otter",
        "test",
    )
    assert leads(house)[2] == "otter"
    assert house.client.delete("/v1/pins/3", headers=house.auth).json() == []
    assert "Editors’ choice" not in house.client.get("/").text


def test_what_is_withdrawn_is_not_pinned_any_more(house: House) -> None:
    pin(house, 1, "ferry-5")
    house.client.delete("/v1/articles/ferry-5", headers=house.auth)
    assert leads(house)[0] == "ferry-1"
    assert pin(house, 1, "ferry-5") == 410


def test_what_cannot_be_is_said(house: House) -> None:
    assert pin(house, 1, "ferry-5", hours=-1) == 400
    assert pin(house, 1, "nobody") == 404
    for place in ("0", "12", "x", "01", "1.0"):
        assert pin(house, place, "ferry-5") == 404
    for until in ("2099-01-01T00:00:00", "2099-01-01", "noon"):  # without a zone
        body = {"article": "ferry-5", "until": until}
        told = house.client.put("/v1/pins/1", json=body, headers=house.auth).json()
        assert "until: a date with its time zone is needed, such as 2026-12-24T18:00:00Z" in told["detail"]
    body = {"article": "ferry-5", "until": "2099-01-01T00:00:00"}
    problem(house.client.put("/v1/pins/1", json=body, headers=house.auth), 400, "invalid")
    problem(house.client.put("/v1/pins/1", json=body), 401, "key-needed")
    problem(house.client.delete("/v1/pins/1"), 401, "key-needed")
    problem(house.client.get("/v1/pins"), 401, "key-needed")


def test_a_pinned_story_has_one_place_and_too_few_articles_move_up() -> None:
    article = {name: Article(id=name, headline=name) for name in "abcd"}
    page = front.compose(
        [article["a"], article["b"]], {"news": [article["c"]]}, {}, lambda name: {"a": ["b"], "b": ["a"]}.get(name, []),
        0.0, {9: article["d"], 3: article["b"], 4: article["a"]},
    )  # fmt: skip
    assert [each.id for each in page.leads] == ["b", "d"]
    assert page.pinned == {"b", "d"}
    assert [each.id for block in page.blocks for each in block.articles] == ["c"]
