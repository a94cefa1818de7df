"""What an editor does at the desk reaches readers at once, is noted, and is refused where somebody else came first."""

import re
import time

import pytest

from desk_visitors import Person, ahead, person, trail_of
from portal_house import House
from recirc.store.actions import AuditQuery
from recirc.types.roles import Role

OTTER = "/desk/article?id=otter"


def version(visitor: Person, id_: str = "otter") -> str:
    found = re.search(r'name="version" value="(\w+)"', visitor.get(f"/desk/article?id={id_}").text)
    assert found is not None
    return found[1]


def last(house: House) -> tuple[str, str, str, str]:
    (entry,) = trail_of(house).find(AuditQuery(), 1)
    return entry.actor, entry.action, entry.subject, entry.reason


def test_a_pin_is_on_the_front_page_and_noted(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    answer = una.send(
        "/desk/article/pin", OTTER, id="otter", place="1", until=ahead(house, 2), reason="the day's picture"
    )
    assert answer.status_code == 303
    assert "Editors’ choice" in house.client.get("/").text
    assert last(house) == ("Una", "pin", "otter", "the day's picture")
    assert "Pinned at place 1" in una.get(OTTER).text
    assert una.send("/desk/article/unpin", OTTER, id="otter").status_code == 303
    assert "Editors’ choice" not in house.client.get("/").text
    assert una.send("/desk/article/unpin", OTTER, id="otter").status_code == 404


@pytest.mark.parametrize(("place", "hours"), [("0", 1), ("99", 1), ("x", 1), ("1", -1)])
def test_a_pin_that_cannot_be_is_refused_and_comes_back(house: House, place: str, hours: float) -> None:
    una = person(house, Role.EDITOR, "Una")
    answer = una.send(
        "/desk/article/pin", OTTER, id="otter", place=place, until=ahead(house, hours), reason="my words"
    )
    assert answer.status_code == 400
    assert "my words" in answer.text
    assert "Editors’ choice" not in house.client.get("/").text


def test_a_correction_with_a_note_is_seen_and_the_second_editor_is_told(house: House) -> None:
    una, beth = person(house, Role.EDITOR, "Una"), person(house, Role.EDITOR, "Beth")
    seen_by_both = version(una)
    fields = {"id": "otter", "version": seen_by_both, "summary": "", "section": "coast", "topics": "Otters"}
    done = una.send(
        "/desk/article/correct", OTTER, **fields, headline="Otters move in", note="There are three."
    )
    assert done.status_code == 303
    page = house.client.get("/article/otter").text
    assert "Otters move in" in page
    assert "There are three." in page
    refused = beth.send("/desk/article/correct", OTTER, **fields, headline="Otter family moves in")
    assert refused.status_code == 409
    assert "Otters move in" in refused.text
    assert "Otter family moves in" in refused.text
    assert "Otters move in" in house.client.get("/article/otter").text
    unchanged = beth.send(
        "/desk/article/correct", OTTER, **(fields | {"version": version(beth)}), headline="Otters move in"
    )
    assert unchanged.status_code == 400
    assert "Otter moves in" in una.get(OTTER).text  # among the versions


def test_a_correction_leaves_alone_what_it_does_not_change(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    before = house.engine.article("otter")
    assert before is not None
    assert before.article is not None
    fields = {"id": "otter", "version": version(una), "headline": "Otters", "summary": "", "section": "coast",
              "topics": "Otters", "body": before.article.body}  # fmt: skip
    assert una.send("/desk/article/correct", OTTER, **fields).status_code == 303
    after = house.engine.article("otter")
    assert after is not None
    assert after.article is not None
    assert (after.article.headline, after.article.body) == ("Otters", before.article.body)
    assert after.article.authors == before.article.authors


def test_withdrawn_with_a_reason_and_restored(house: House) -> None:
    una, pat = person(house, Role.EDITOR, "Una"), person(house, Role.PUBLISHER, "Pat")
    assert una.send("/desk/article/withdraw", OTTER, id="otter", reason="x").status_code == 403
    assert pat.send("/desk/article/withdraw", OTTER, id="otter", reason="").status_code == 400
    assert (
        pat.send("/desk/article/withdraw", OTTER, id="otter", reason="the lawyer called").status_code == 303
    )
    assert house.client.get("/article/otter").status_code == 410
    assert "the lawyer called" in pat.get(OTTER).text
    assert "the lawyer called" in pat.get("/desk/articles").text
    assert last(house) == ("Pat", "withdraw", "otter", "the lawyer called")
    listed = house.client.get("/v1/withdrawals", headers=house.auth).json()
    assert [(each["id"], each["by"]) for each in listed] == [("otter", "Pat")]
    assert pat.send("/desk/article/restore", OTTER, id="otter").status_code == 303
    assert house.client.get("/article/otter").status_code == 200
    assert pat.send("/desk/article/restore", OTTER, id="otter").status_code == 404


def test_held_back_and_released(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    held = una.send(
        "/desk/article/hold", OTTER, id="otter", until=ahead(house, 5), reason="embargo until six"
    )
    assert held.status_code == 303
    assert house.client.get("/article/otter").status_code == 410
    assert "embargo until six" in una.get(OTTER).text
    assert una.send("/desk/article/release", OTTER, id="otter").status_code == 303
    assert house.client.get("/article/otter").status_code == 200
    assert una.send("/desk/article/release", OTTER, id="otter").status_code == 404


def test_what_was_held_when_it_was_withdrawn_is_held_again_when_it_is_restored(house: House) -> None:
    pat = person(house, Role.PUBLISHER, "Pat")
    assert pat.send("/desk/article/hold", OTTER, id="otter", until="", reason="the lawyer").status_code == 303
    assert 'aria-label="Withdraw"' in pat.get(OTTER).text
    assert pat.send("/desk/article/withdraw", OTTER, id="otter", reason="libel").status_code == 303
    page = pat.get(OTTER).text
    assert ('aria-label="Restore"' in page, 'aria-label="Release"' in page) == (True, False)
    assert "and will be again: held by Pat: the lawyer" in page
    assert pat.send("/desk/article/restore", OTTER, id="otter").status_code == 303
    house.engine.catch_up()
    assert house.client.get("/article/otter").status_code == 410
    assert "held by Pat: the lawyer" in pat.get(OTTER).text
    assert pat.send("/desk/article/release", OTTER, id="otter").status_code == 303
    house.engine.catch_up()
    assert house.client.get("/article/otter").status_code == 200


def test_an_article_that_is_not_there(house: House) -> None:
    pat = person(house, Role.PUBLISHER, "Pat")
    assert pat.get("/desk/article?id=nobody").status_code == 404
    for form in ("correct", "hold", "withdraw", "pin", "unpin", "release", "restore", "finding"):
        answer = pat.send(
            f"/desk/article/{form}", id="nobody", place="1", until=ahead(house, 1), reason="why", headline="x"
        )
        assert answer.status_code == 404, form


def test_what_is_hostile_in_an_article_is_text_at_the_desk(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    for path in ("/desk/articles", "/desk/articles?q=script"):
        assert "<script>alert" not in una.get(path).text
    listed = re.findall(r'href="(/desk/article\?id=https[^"]+)"', una.get("/desk/articles").text)
    assert len(listed) == 1
    page = una.get(listed[0])
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text


def test_exclusions_by_hand_are_made_and_taken_back(house: House) -> None:
    pat = person(house, Role.PUBLISHER, "Pat")
    house.told("view", "otter")
    fields = {"article": "otter", "hours": "1", "reason": "a script of ours"}
    assert (
        pat.send("/desk/exclusions/add", "/desk/exclusions", **(fields | {"reason": ""})).status_code == 400
    )
    assert (
        pat.send("/desk/exclusions/add", "/desk/exclusions", **(fields | {"article": ""})).status_code == 400
    )
    assert pat.send("/desk/exclusions/add", "/desk/exclusions", **fields).status_code == 303
    page = pat.get("/desk/exclusions").text
    assert "Pat excluded" in page
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key is not None
    assert (
        pat.send(
            "/desk/exclusions/undo", "/desk/exclusions", key=key[1], reason="it was a reader"
        ).status_code
        == 303
    )
    assert "taken back by Pat" in pat.get("/desk/exclusions").text
    assert last(house) == ("Pat", "undo an exclusion", key[1], "it was a reader")


def test_the_audit_is_filtered_and_exported(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    una.send("/desk/article/pin", OTTER, id="otter", place="1", until=ahead(house, 2), reason="=HYPERLINK(1)")
    una.send("/desk/article/unpin", OTTER, id="otter")
    page = una.get("/desk/audit?action=pin").text
    assert page.count('<th scope="row">Una') == 1
    rows = una.get("/desk/audit.csv?actor=Una&subject=otter").text.splitlines()
    assert rows[0] == "time,actor,role,action,subject,reason,detail"
    assert [row.split(",")[3] for row in rows[1:]] == ["unpin", "pin"]
    assert "'=HYPERLINK(1)" in rows[2]
    assert [each["action"] for each in una.get("/desk/audit.json?subject=otter").json()] == ["unpin", "pin"]
    assert una.get("/desk/audit?since=yesterday").status_code == 400
    assert "Nothing is noted" in una.get("/desk/audit?until=2020-01-01").text


def test_a_model_is_rolled_back_only_from_the_one_that_was_seen(house: House) -> None:
    pat = person(house, Role.PUBLISHER, "Pat")
    assert "the default formula" in pat.get("/desk/models").text
    assert pat.send("/desk/models/rollback", active="another").status_code == 409


def test_what_is_done_with_an_api_key_is_noted_too(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    assert house.client.delete("/v1/articles/otter", headers=house.auth).status_code == 200
    assert house.client.delete("/v1/articles/nobody", headers=house.auth).status_code == 404
    rows: list[str] = []
    until = time.monotonic() + 60  # it is not waited for, and on the disk soon after
    while not rows and time.monotonic() < until:
        rows = una.get("/desk/audit.csv?actor=test").text.splitlines()[1:]
    assert [row.split(",")[1:5] for row in rows] == [["test", "key", "withdraw an article", "otter"]]
