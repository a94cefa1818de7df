"""Topics merged and taken back, findings overruled, an article erased with its receipt, shelves as they were."""

import html
import json
import re
import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from desk_visitors import PASSWORD, Person, person, trail_of
from portal_house import OTTER, Build, House, articles
from recirc.cli import app
from recirc.engine.alarm_channels import AlarmChannels
from recirc.store.actions import AuditQuery
from recirc.store.rules import TargetKind
from recirc.types import Finding, Provenance
from recirc.types.roles import Role

MERGE = {"name": "Trade unions", "into": "Ferries", "reason": "one subject"}


def topics(house: House, id_: str) -> tuple[str, ...]:
    stored = house.engine.article(id_)
    assert stored is not None
    assert stored.article is not None
    return stored.article.topics


def erase(visitor: Person, id_: str = "otter", password: str = PASSWORD, reason: str = "court order") -> int:
    answer = visitor.send("/desk/erasures/article", id=id_, reason=reason, password=password)
    return answer.status_code


def test_a_topic_is_renamed_its_page_moves_and_later_articles_follow(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    una.send(
        "/desk/rules/add", "/desk/rules/new", kind="bury", by="topic", value="otters", reason="enough of them"
    )
    renamed = una.send(
        "/desk/topics/merge", "/desk/topics", name="otters", into="Sea otters", reason="the right name"
    )
    assert renamed.status_code == 303
    assert topics(house, "otter") == ("Sea otters",)
    assert house.client.get("/topic/sea-otters").status_code == 200
    for path, moved in (
        ("/topic/otters", "/topic/sea-otters"),
        ("/topic/otters/feed.xml", "/topic/sea-otters/feed.xml"),
    ):
        answer = house.client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, moved)
    (stored,) = house.engine.rules.standing()
    assert (stored.rule.target.by, stored.rule.target.value) == (TargetKind.TOPIC, "Sea otters")
    again = next(each for each in articles(house.now) if each.id == "otter")
    house.engine.publish([replace(again, headline="Otter, once more")]).result()
    house.engine.catch_up()
    assert topics(house, "otter") == ("Sea otters",)
    entry = trail_of(house).find(AuditQuery(action="merge topics"), 1)[0]
    assert (entry.actor, entry.subject, entry.reason) == ("Una", "Otters", "the right name")
    assert "Otters is" in una.get("/desk/topics").text
    assert una.send("/desk/topics/split", "/desk/topics", before="otters").status_code == 303
    assert topics(house, "otter") == ("Otters",)
    assert house.client.get("/topic/otters").status_code == 200
    assert una.send("/desk/topics/split", "/desk/topics", before="otters").status_code == 404


def test_two_topics_of_the_same_articles_are_merged_and_taken_back(house: House) -> None:
    una, beth = person(house, Role.EDITOR, "Una"), person(house, Role.EDITOR, "Beth")
    before = topics(house, "ferry-1")
    assert una.send("/desk/topics/merge", "/desk/topics", **MERGE).status_code == 303
    assert {topics(house, f"ferry-{number}") for number in range(1, 6)} == {("Ferries",)}
    late = beth.send("/desk/topics/merge", "/desk/topics", **MERGE)
    assert late.status_code == 400
    assert "no article is about" in html.unescape(late.text)
    assert una.send("/desk/topics/split", "/desk/topics", before="trade-unions").status_code == 303
    assert set(topics(house, "ferry-1")) == set(before)


def test_a_merge_that_cannot_be_is_refused(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    for wrong, said in (
        ({"into": "trade unions"}, "merged into itself"),
        ({"into": ""}, "1 to 500 characters"),
        ({"reason": ""}, "1 to 500 characters"),
        ({"name": "Nothing at all"}, "no article is about"),
    ):
        answer = una.send("/desk/topics/merge", "/desk/topics", **(MERGE | wrong))
        assert answer.status_code == 400, wrong
        assert said in html.unescape(answer.text)
    una.send("/desk/topics/merge", "/desk/topics", **MERGE)
    round_ = una.send(
        "/desk/topics/merge", "/desk/topics", name="Ferries", into="Trade unions", reason="back"
    )
    assert round_.status_code == 400
    assert not house.engine.rules.topics.all().keys() - {"trade-unions"}


def test_findings_are_overruled_from_the_queue(build: Build) -> None:
    house = build()
    finding = Finding(
        kind="count", evidence="three hundred", confidence=0.9, why="The text says thirty.", stands=True
    )
    said = Provenance(source="wire", findings=(finding,))
    wire = replace(articles(house.now)[0], id="wire", provenance=said)
    house.engine.publish([wire]).result()
    house.engine.catch_up()
    una = person(house, Role.EDITOR, "Una")
    assert "The text says thirty." in una.get("/desk/findings?kind=count").text
    sent = {"id": "wire", "kind": "count", "overruled": "1", "to": "/desk/findings", "reason": "it is right"}
    answer = una.send("/desk/article/finding", "/desk/findings", **sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/findings?said=done")
    assert "(overruled)" in una.get("/desk/findings").text
    outside = una.send("/desk/article/finding", "/desk/findings", **(sent | {"to": "//evil.example"}))
    assert outside.headers["location"] == "/desk?said=done"


def test_an_article_is_erased_with_a_receipt_that_finds_nothing(house: House) -> None:
    una, pat = person(house, Role.EDITOR, "Una"), person(house, Role.PUBLISHER, "Pat")
    database = Path(house.engine.settings.store.path)
    house.engine.snapshot()
    assert erase(una) == 403
    assert erase(pat, password="not this one") == 400
    assert erase(pat, reason=" ") == 400
    assert house.client.get("/article/otter").status_code == 200
    assert erase(pat) == 303
    assert house.client.get("/article/otter").status_code == 410
    assert pat.get("/desk/article?id=otter").status_code == 404
    page = pat.get("/desk/erasures").text
    assert "court order" in page
    key = re.search(r"receipt\?key=(\w+)", page)
    assert key is not None
    receipt = pat.get(f"/desk/erasures/receipt?key={key[1]}")
    assert receipt.json()["what"]["articles"] == ["otter"]
    assert OTTER[:40] not in receipt.text
    file = database.parent.parent / "receipt.json"
    file.write_bytes(receipt.content)
    told = CliRunner().invoke(app, ["check", "--erased", str(file), "--db", str(database)])
    # The sample has a near-copy of the text, whose passages stay; what is the article's own is in no file.
    assert told.exit_code == 0, told.output
    assert "clean" in told.output
    searched = pat.send("/desk/erasures/check", "/desk/erasures", key=key[1])
    assert "Nothing was found." in searched.text
    for file in database.parent.rglob("*"):
        assert not file.is_file() or b"Otter moves in" not in file.read_bytes(), file
    assert erase(pat) == 404
    assert pat.get("/desk/erasures/receipt?key=../../recirc").status_code == 404
    mode = {path.stat().st_mode & 0o77 for path in database.parent.glob("*.erasures/*")}
    assert mode == {0}


def test_an_article_is_erased_over_the_api(house: House) -> None:
    wanted = {"article": "otter", "reason": "court order"}
    assert house.client.post("/v1/erasures", json=wanted).status_code == 401
    made = house.client.post("/v1/erasures", json=wanted, headers=house.auth)
    assert made.status_code == 201
    assert made.json()["what"]["articles"] == ["otter"]
    (listed,) = house.client.get("/v1/erasures", headers=house.auth).json()
    assert (listed["key"], listed["by"], listed["articles"]) == (made.json()["key"], "test", ["otter"])
    assert house.client.get("/article/otter").status_code == 410
    assert house.client.post("/v1/erasures", json=wanted, headers=house.auth).status_code == 404


def test_the_time_machine_shows_what_stood_there(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    zone = house.engine.rules.names.zone
    for number in range(1, 4):
        house.told("view", f"ferry-{number}")
    then = house.now.astimezone(zone)
    house.moment[0] += 3_600_000
    una.send("/desk/rules/add", "/desk/rules/new", kind="ban", by="topic", value="Ferries", reason="a test")
    page = una.get(f"/desk/as-of?article=ferry-4&time={then:%Y-%m-%dT%H:%M:%S}")
    assert page.status_code == 200
    assert "For a reader of whom nothing is known" in page.text
    assert "<li>None.</li>" in page.text
    ahead = house.now.astimezone(zone) + timedelta(hours=2)
    assert una.get(f"/desk/as-of?article=ferry-4&time={ahead:%Y-%m-%dT%H:%M}").status_code == 400
    assert una.get("/desk/as-of?article=ferry-4&time=yesterday").status_code == 400
    assert una.get(f"/desk/as-of?article=nobody&time={then:%Y-%m-%dT%H:%M}").status_code == 404
    assert una.get("/desk/as-of").status_code == 200


def test_the_list_of_topics_and_the_receipt_are_files_of_the_desk_alone(house: House) -> None:
    nobody = Person(house)
    for path in ("/desk/topics", "/desk/erasures", "/desk/erasures/receipt?key=0123456789abcdef"):
        assert nobody.get(path).status_code == 401
    assert json.loads(house.client.get("/v1/erasures", headers=house.auth).text) == []


def test_alarms_are_seen_with_what_was_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    pat, settings = person(house, Role.PUBLISHER, "Pat"), house.engine.settings
    channels = AlarmChannels(Path(settings.store.path), settings.alarm)
    channels.tell("doubtful views", "otter", "57 of 60 views are doubtful", house.moment[0])
    page = pat.get("/desk/alarms").text
    assert "MB are free" in page
    assert "57 of 60 views are doubtful" in page
    assert 'href="/desk/exclusions?article=otter#exclude"' in page
    assert 'name="article" type="text" value="otter"' in pat.get("/desk/exclusions?article=otter").text


def test_topics_are_merged_and_taken_back_on_the_command_line(house: House) -> None:
    database = house.engine.settings.store.path

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["topic", *words, "--db", database])
        assert done.exit_code == 0, done.output
        house.engine.catch_up()
        return done.stdout

    assert run("list") == "no topics were merged, divided or hidden\n"
    assert (
        run("merge", "Trade unions", "Ferries", "--reason", "one subject")
        == "Trade unions is Ferries: 5 articles\n"
    )
    assert topics(house, "ferry-1") == ("Ferries",)
    assert "one subject" in run("list")
    assert json.loads(run("list", "--json"))["topics"][0]["into"] == "Ferries"
    assert run("split", "trade unions") == "Trade unions is a topic again: 5 articles\n"
    assert "Trade unions" in topics(house, "ferry-1")
