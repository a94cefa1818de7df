"""Pictures without a description: counted, listed, described at the desk, and kept so when their source comes again."""

import re

import pytest

from desk_visitors import Person, ahead, person, trail_of
from drawn_pictures import drawn
from portal_house import House
from recirc.store.actions import AuditQuery
from recirc.types import Article, Picture, Provenance
from recirc.types.roles import Role

HERE, DESCRIBE, PAGE = "/desk/pictures", "/desk/pictures/describe", "/desk/article?id=a"


@pytest.fixture
def address(house: House) -> str:
    """The address of an uploaded picture."""
    headers = {"Authorization": f"Bearer {house.key}", "Content-Type": "image/jpeg"}
    answer = house.client.post("/v1/media", content=drawn(600, 400), headers=headers)
    return str(answer.json()["address"])


def publish(house: House, name: str, *pictures: Picture) -> None:
    article = Article(
        id=name,
        headline=f"Ferry {name} waits",
        body="<p>The ferry lay at the quay until noon.</p>",
        pictures=pictures,
        provenance=Provenance(source="feed https://tide.example/feed"),
    )
    house.engine.publish([article]).result()
    house.engine.catch_up()


def counted(page: str) -> tuple[int, int]:
    """Pictures without a description, and all, as the page says."""
    if found := re.search(r"<strong>(\d+)</strong> of the (\d+) pictures", page):
        return int(found[1]), int(found[2])
    found = re.search(r"All (\d+) pictures", page)
    return 0, int(found[1]) if found else 0


def described(house: House, name: str) -> list[str | None]:
    stored = house.engine.article(name)
    assert stored is not None
    assert stored.article is not None
    return [each.alt for each in stored.article.pictures]


def test_a_picture_without_a_description_is_counted_and_described(house: House, address: str) -> None:
    una = person(house, Role.EDITOR, "Una")
    assert "have no pictures" in una.get(HERE).text
    told = Picture(address="https://tide.example/mole.jpg", alt="The mole")
    publish(house, "a", Picture(address=address, caption="She waits"), told)
    publish(house, "b", Picture(address="https://tide.example/net.jpg"))
    page = una.get(HERE).text
    assert counted(page) == (2, 3)
    assert "She waits" in page
    assert f"/media/{address.removeprefix('media:')}" in page  # seen while it is described
    assert "no file yet" in page
    assert "1 of 2 has no description" in una.get("/desk/article?id=a").text

    sent = una.send(
        DESCRIBE, HERE, id="a", address=address, alt="The ferry at the quay", to="/desk/article?id=a"
    )
    assert (sent.status_code, sent.headers["location"]) == (303, "/desk/article?id=a&said=done")
    assert described(house, "a") == ["The ferry at the quay", "The mole"]
    assert 'alt="The ferry at the quay"' in house.client.get("/article/a").text
    assert counted(una.get(HERE).text) == (1, 3)
    assert (
        una.send(DESCRIBE, HERE, id="b", address="https://tide.example/net.jpg", decorative="1").status_code
        == 303
    )
    assert described(house, "b") == [""]
    assert counted(una.get(HERE).text) == (0, 3)
    (_, newest), *_ = [(each.subject, each) for each in trail_of(house).find(AuditQuery(subject="a"), 9)]
    assert (newest.actor, newest.action) == ("Una", "describe a picture")

    # Its source sends it again, without.
    stored = house.engine.article("a")
    assert stored is not None
    assert stored.article is not None
    assert stored.article.provenance.corrected == ("pictures",)


def test_what_cannot_be_described_is_said(house: House, address: str) -> None:
    una = person(house, Role.EDITOR, "Una")
    publish(house, "a", Picture(address=address))
    assert una.send(DESCRIBE, HERE, id="a", address=address, alt=" ").status_code == 400
    assert una.send(DESCRIBE, HERE, id="a", address=address, alt="x" * 501).status_code == 400
    assert una.send(DESCRIBE, HERE, id="a", address="media:other", alt="x").status_code == 404
    assert una.send(DESCRIBE, HERE, id="nowhere", address=address, alt="x").status_code == 404
    assert described(house, "a") == [None]


def test_a_reader_of_figures_describes_nothing(house: House, address: str) -> None:
    publish(house, "a", Picture(address=address))
    rob: Person = person(house, Role.READER, "Rob")
    assert rob.get(HERE).status_code == 403
    assert rob.send(DESCRIBE, id="a", address=address, alt="x").status_code == 403
    assert "Description of picture" not in rob.get("/desk/article?id=a").text


@pytest.mark.parametrize("role", list(Role))
def test_an_article_in_any_state_is_seen_with_its_pictures_by_everybody(
    house: House, address: str, role: Role
) -> None:
    publish(house, "a", Picture(address=address))
    visitor = person(house, role, "Vic")
    forms = [("hold", {"until": ahead(house, 5)}), ("release", {}), ("withdraw", {}), ("restore", {})]
    pat = person(house, Role.PUBLISHER, "Pat")
    may_now = ["Description of picture" in visitor.get(PAGE).text]
    for action, fields in forms:
        assert (
            pat.send(f"/desk/article/{action}", PAGE, id="a", reason="why not", **fields).status_code == 303
        )
        house.engine.catch_up()
        answer = visitor.get(PAGE)
        assert (action, answer.status_code) == (action, 200)
        assert "Pictures</h2>" in answer.text
        may_now.append("Description of picture" in answer.text)
    able = role is not Role.READER
    assert may_now == [able, False, able, False, able]
