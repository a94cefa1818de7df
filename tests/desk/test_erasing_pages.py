"""Names, topics and days erased at the desk: looked at before, confirmed by the password, seen by readers at once."""

import re

import pytest

from desk_visitors import PASSWORD, Person, person, trail_of
from nats_servers import wait_until
from portal_house import House
from recirc.store.actions import AuditQuery
from recirc.types.roles import Role

AUTHOR = {"value": "Beth Carrow", "also": "", "texts": "1"}


@pytest.fixture
def publisher(house: House) -> Person:
    return person(house, Role.PUBLISHER, "Una")


def erase(publisher: Person, what: str, **fields: str) -> int:
    page = f"/desk/erasures/new?what={what}&value=x"
    given = {"reason": "She asked for it.", "password": PASSWORD} | fields
    return publisher.send(f"/desk/erasures/{what}", page, **given).status_code


def test_an_author_is_looked_at_and_erased(house: House, publisher: Person) -> None:
    page = publisher.get("/desk/erasures/new?what=author&value=Beth+Carrow&texts=1")
    assert "5 articles name Beth Carrow" in page.text
    assert 'action="/desk/erasures/author"' in page.text
    assert "Beth Carrow" in house.client.get("/article/ferry-1").text
    assert erase(publisher, "author", **AUTHOR) == 303
    for path in ("/article/ferry-1", "/", "/feed.atom", "/section/business"):
        assert "Beth Carrow" not in house.client.get(path).text, path
    assert house.client.get("/author/beth-carrow").status_code == 404
    assert "an author&#39;s name" in publisher.get("/desk/erasures").text
    (entry,) = trail_of(house).find(AuditQuery(action="erase"), 10)
    assert (entry.actor, entry.subject, entry.reason) == ("Una", "an author's name", "She asked for it.")


def test_the_search_of_every_file_finds_nothing(publisher: Person) -> None:
    assert erase(publisher, "author", **AUTHOR) == 303
    page = publisher.get("/desk/erasures").text
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key is not None
    checked = publisher.send("/desk/erasures/check", "/desk/erasures", key=key[1])
    assert "Nothing was found" in checked.text


def test_a_topic_is_erased(house: House, publisher: Person) -> None:
    assert house.client.get("/topic/otters").status_code == 200
    assert erase(publisher, "topic", value="Otters") == 303
    assert house.client.get("/topic/otters").status_code == 404
    assert house.client.get("/article/otter").status_code == 200


def test_a_day_is_erased(house: House, publisher: Person) -> None:
    house.told("view", "otter")
    day = house.now.date().isoformat()
    assert f"1 events of {day}" in publisher.get(f"/desk/erasures/new?what=day&value={day}").text
    assert house.engine.counts("otter", house.moment[0]).views == 1
    assert erase(publisher, "day", value=day) == 303
    # The log is folded anew in a thread of its own.
    wait_until(lambda: house.engine.counts("otter", house.moment[0]).views == 0)
    assert erase(publisher, "day", value="2001-01-01") == 404


@pytest.mark.parametrize(
    ("what", "fields", "status", "said"),
    [
        ("author", AUTHOR | {"password": "wrong"}, 400, "not your present password"),
        ("author", AUTHOR | {"reason": ""}, 400, "say why"),
        ("author", AUTHOR | {"value": ""}, 400, "name it"),
        ("author", AUTHOR | {"value": "A. B."}, 400, "fewer than 5 letters"),
        ("author", AUTHOR | {"value": "Nobody Atall"}, 404, "nothing that is kept"),
        ("author", AUTHOR | {"value": "Una Beth Carrow-Nobody"}, 404, "nothing that is kept"),
        ("day", {"value": "tomorrow"}, 400, "write a day as"),
    ],
)  # fmt: skip
def test_what_cannot_be_erased_is_told_and_nothing_changes(
    house: House, publisher: Person, what: str, fields: dict[str, str], status: int, said: str
) -> None:
    given = {"reason": "Why not.", "password": PASSWORD} | fields
    answer = publisher.send(f"/desk/erasures/{what}", f"/desk/erasures/new?what={what}&value=x", **given)
    assert answer.status_code == status
    assert said in answer.text.lower() or said in answer.text
    assert "Beth Carrow" in house.client.get("/article/ferry-1").text
    assert house.engine.life.erasures() == []


def test_somebody_who_works_here_is_disabled_first(house: House, publisher: Person) -> None:
    person(house, Role.EDITOR, "Beth Carrow")
    assert erase(publisher, "author", **AUTHOR) == 409
