"""The time machine: what was answered while a day ran is answered again, to the last item; and previews."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from typer.testing import CliRunner

from newsroom import HOUR, MINUTE, Newsroom, article
from portal_house import House, problem
from recirc.cli.main import app
from recirc.clock import from_ms, now_ms
from recirc.engine import Engine
from recirc.settings import Settings
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.types import Request, Slate
from some_model import model, stump


def test_answers_of_a_day_are_answered_again_to_the_last_item(tmp_path: Path) -> None:
    """A day with events, publications, corrections, withdrawals, rules that come and go, models, and a snapshot."""
    short = Settings()
    room = Newsroom(tmp_path, short, ranking_slots=5, related_slots=5, recommendation_slots=5)
    room.engine.close()
    engine = Engine.open(
        room.settings
    )  # the machine's own clock: rules and log entries have their real times
    room.engine = engine
    room.publish(*(article(f"f-{n}", number=n, section="town" if n % 2 else "comedy") for n in range(12)))
    answers: list[tuple[Request, int, Slate]] = []
    rules: list[str] = []
    for step in range(10):
        room.read([f"f-{(step * each) % 12}" for each in (1, 3, 5)], step + 1, step * MINUTE)
        if step == 2:
            target = RuleTarget(TargetKind.SECTION, "Comedy")
            ban = Rule(kind=RuleKind.BAN, target=target, shelves=("related",), by="an editor")
            rules.append(engine.rules.add(ban, now_ms()).stored.key)
        if step == 3:
            engine.snapshot()
        if step == 4:
            room.publish(article("f-3", number=3, headline="Another headline", section="town"))
        if step == 5:
            pin = Rule(
                kind=RuleKind.PIN, target=RuleTarget(TargetKind.ARTICLE, "f-9"), shelves=("recommendation",),
                place=1, by="an editor",
            )  # fmt: skip
            rules.append(engine.rules.add(pin, now_ms()).stored.key)
        if step == 6:
            engine.active_model._models.add(model(1, stump(0, -3.0, -0.5, 0.5)), 3)
            engine.active_model.refresh()
        if step == 7:
            engine.rules.end(rules[0], "an editor")
            room.withdraw("f-5")
        engine.catch_up()
        for name in ("f-0", "f-1", None):
            request, now = Request(article=name, personalised=False), now_ms()
            answers.append((request, now, engine.shelves(request, now)))
    for request, now, told in reversed(answers):
        found = engine.time_machine.slate(request, now, told.offset)
        assert found.slate == told
        assert found.notes == []
    assert answers[0][2].shelves["related"] != answers[-3][2].shelves["related"]
    assert len(engine.time_machine.slate(*answers[-12][:2]).rules) == 2
    engine.close()


def test_what_was_excluded_since_is_said(room: Newsroom) -> None:
    room.publish(*(article(f"f-{n}", number=n) for n in range(3)))
    room.read(["f-0", "f-1"], 1)
    offset = room.engine.log_end()
    room.engine._store.void("k", structs.replace(_everything(), last=offset), "me", "a script")
    now = now_ms()
    (note,) = room.engine.time_machine.slate(Request(article="f-0"), now, offset).notes
    assert "excluded" in note


def _everything() -> Any:
    from recirc.store.commands import Selection

    return Selection(first=1)


def test_as_of_over_the_api_and_on_the_command_line(house: House) -> None:
    house.told("view", "ferry-2")
    slate = house.client.get("/v1/shelves?article=ferry-1&personalised=false").json()
    query = {"article": "ferry-1", "time": slate["as_of"], "offset": slate["offset"]}
    told = house.client.get("/v1/as-of", params=query, headers=house.auth).json()
    for name in ("related", "ranking", "recommendation"):
        without = [
            {key: value for key, value in item.items() if key != "path"} for item in slate[name]["items"]
        ]
        assert told["slate"][name]["items"] == without
    assert (told["rules"], told["notes"]) == ([], [])
    problem(house.client.get("/v1/as-of", params=query), 401, "key-needed")
    ahead = query | {"time": from_ms(house.moment[0] + HOUR).isoformat()}
    told = problem(house.client.get("/v1/as-of", params=ahead, headers=house.auth), 400, "invalid")
    assert told["errors"][0]["field"] == "time"
    unknown = house.client.get("/v1/as-of", params=query | {"article": "nobody"}, headers=house.auth)
    problem(unknown, 404, "not-found")
    moment = from_ms(now_ms()).strftime("%Y-%m-%dT%H:%M:%S")
    shown = CliRunner().invoke(app, ["as-of", moment, "ferry-1", "--db", house.engine.settings.store.path])
    assert shown.exit_code == 0, (shown.output, shown.exception)
    assert "related:" in shown.stdout


@pytest.mark.parametrize("kind", ["bury", "ban"])
def test_a_preview_shows_what_a_rule_would_change_and_changes_nothing(house: House, kind: str) -> None:
    before = house.client.get("/v1/shelves?article=ferry-1").json()
    rule = {"kind": kind, "target": {"by": "article", "value": "ferry-2"}}
    body = {"rule": rule, "articles": ["ferry-1", "otter"]}
    told = house.client.post("/v1/rules/preview", json=body, headers=house.auth).json()
    assert "pages" in told, told
    page, _ = told["pages"]
    shown = {
        item["article"] for shelf in before.values() if isinstance(shelf, dict) for item in shelf["items"]
    }
    assert "ferry-2" in shown
    assert "ferry-2" in [article for shelf in page["shelves"].values() for article in shelf["gone"]]
    left = {item["article"] for shelf in page["shelves"].values() for item in shelf["items"]}
    assert "ferry-2" not in left
    assert told["changed"] >= 1
    assert house.client.get("/v1/rules", headers=house.auth).json() == []
    assert house.client.get("/v1/shelves?article=ferry-1").json() == before
    body["rule"] = {
        "kind": "pin",
        "target": {"by": "article", "value": "otter"},
        "shelves": ["related"],
        "place": 1,
    }
    pinned = house.client.post("/v1/rules/preview", json=body, headers=house.auth).json()["pages"][0]
    assert pinned["shelves"]["related"]["items"][0]["article"] == "otter"
    wrong = {"rule": rule | {"shelves": ["nowhere"]}, "articles": ["ferry-1"]}
    problem(house.client.post("/v1/rules/preview", json=wrong, headers=house.auth), 400, "invalid")
