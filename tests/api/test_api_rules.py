"""Rules over the API and the command line, and what becomes of events of slots that a rule gave."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from portal_house import House, problem
from recirc.cli.main import app
from recirc.replay.training_clicks import find_training_clicks
from recirc.settings import LearningSettings
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.related import Related
from recirc.state.exposure import SHOWN
from recirc.types import BY_RULE


def made(house: House, status: int = 201, **fields: Any) -> dict[str, Any]:
    answer = house.client.post("/v1/rules", json=fields, headers=house.auth)
    assert answer.status_code == status, answer.text
    house.engine.catch_up()
    told: dict[str, Any] = answer.json()
    return told


FERRIES = {"by": "topic", "value": "Ferries"}


def shown(house: House, **query: Any) -> set[str]:
    slate = house.client.get("/v1/shelves", params={"slots": 20, **query}).json()
    return {item["article"] for shelf in slate.values() if isinstance(shelf, dict) for item in shelf["items"]}


def test_a_rule_is_made_listed_in_words_and_ended(house: House) -> None:
    told = made(
        house, kind="ban", target=FERRIES, beside={"by": "section", "value": "coast"}, reason="enough of it"
    )
    assert (
        told["text"]
        == "Nothing from the topic Ferries on all shelves and the front page beside the section Coast"
    )
    assert (told["by"], told["reason"]) == ("test", "enough of it")
    (listed,) = house.client.get("/v1/rules", headers=house.auth).json()
    assert listed == {name: value for name, value in told.items() if name != "conflicts"}
    ended = house.client.delete(f"/v1/rules/{told['key']}", headers=house.auth).json()
    assert ended["ended_by"] == "test"
    assert house.client.get("/v1/rules", headers=house.auth).json() == []
    (past,) = house.client.get("/v1/rules?ended=true", headers=house.auth).json()
    assert past["ended"]
    problem(house.client.delete("/v1/rules/0000", headers=house.auth), 404, "not-found")


def test_a_rule_sent_twice_is_made_once_and_a_stale_change_is_refused(house: House) -> None:
    first = made(house, kind="bury", target=FERRIES, key="0123456789ab")
    assert made(house, kind="bury", target=FERRIES, key="0123456789ab") == first
    second = made(house, kind="bury", target=FERRIES, replaces=first["key"])
    refused = house.client.post(
        "/v1/rules", json={"kind": "bury", "target": FERRIES, "replaces": first["key"]}, headers=house.auth
    )
    problem(refused, 409, "changed")
    (left,) = house.client.get("/v1/rules", headers=house.auth).json()
    assert left["key"] == second["key"]


def test_nobody_makes_rules_without_a_key(house: House) -> None:
    problem(house.client.post("/v1/rules", json={"kind": "ban", "target": FERRIES}), 401, "key-needed")
    problem(house.client.get("/v1/rules"), 401, "key-needed")


def test_what_is_wrong_is_named(house: House) -> None:
    early = (house.now - timedelta(hours=1)).isoformat()
    for fields, field in (
        ({"kind": "ban", "target": FERRIES, "until": early}, "until"),
        ({"kind": "ban", "target": {"by": "article", "value": "nobody"}}, "target"),
        ({"kind": "ban", "target": FERRIES, "shelves": ["sidebar"]}, "shelves"),
        ({"kind": "praise", "target": FERRIES}, "kind"),
    ):
        told = problem(house.client.post("/v1/rules", json=fields, headers=house.auth), 400, "invalid")
        assert told["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00:00+05:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"]
)
def test_a_rule_begins_within_the_years_that_pages_can_show(house: House, since: str) -> None:
    body = {"kind": "pin", "target": {"by": "article", "value": "ferry-1"}, "shelves": ["front"], "place": 1}
    answer = house.client.post("/v1/rules", json=body | {"since": since}, headers=house.auth)
    assert "since" in problem(answer, 400, "invalid")["errors"][0]["field"]


def test_a_ban_is_off_the_front_page_too_and_one_that_empties_it_is_warned_of(house: House) -> None:
    assert "Ferry crews vote, part 1" in house.client.get("/").text
    made(house, kind="ban", target=FERRIES)
    page = house.client.get("/").text
    assert "Ferry crews vote" not in page
    assert "Otter moves in" in page
    told = made(house, kind="ban", target={"by": "section", "value": "coast"})
    assert told["conflicts"][-1] == "With this rule no article is left for all shelves and the front page."


def test_a_pin_of_the_front_page_is_a_rule(house: House) -> None:
    until = (house.now + timedelta(hours=2)).isoformat()
    house.client.put("/v1/pins/1", json={"article": "ferry-5", "until": until}, headers=house.auth)
    (listed,) = house.client.get("/v1/rules", headers=house.auth).json()
    assert listed["text"].startswith("“Ferry crews vote, part 5” at place 1 of the front page, until ")
    house.client.delete(f"/v1/rules/{listed['key']}", headers=house.auth)
    assert house.client.get("/v1/pins", headers=house.auth).json() == []


def test_an_embargo_takes_an_article_off_every_page_until_it_ends(house: House) -> None:
    until = (house.now + timedelta(hours=2)).isoformat()
    told = made(
        house, kind="embargo", target={"by": "article", "value": "otter"}, until=until, reason="the ministry"
    )
    assert house.client.get("/article/otter").status_code in (404, 410)
    assert "otter" not in shown(house, article="ferry-1")
    (held,) = house.client.get("/v1/holds", headers=house.auth).json()
    assert (held["id"], held["why"]) == ("otter", "the ministry")
    house.client.delete(f"/v1/rules/{told['key']}", headers=house.auth)
    assert house.client.get("/article/otter").status_code == 200
    assert house.client.get("/v1/holds", headers=house.auth).json() == []


def test_requests_exclude_and_filter_and_unknown_values_are_named(house: House) -> None:
    everything = shown(house, article="ferry-1")
    assert {"ferry-2", "ferry-3"} <= everything
    assert shown(house, article="ferry-1", exclude="ferry-2,ferry-3") == everything - {"ferry-2", "ferry-3"}
    assert shown(house, article="ferry-1", sections="coast") == everything & {"otter", "otter-wire"}
    for query, field in (({"topics": "Chess"}, "topics"), ({"sections": "coast,moon"}, "sections")):
        told = problem(
            house.client.get("/v1/shelves", params={"article": "ferry-1", **query}), 404, "not-found"
        )
        assert told["errors"][0]["field"] == field
    assert "moon" in told["detail"]


@pytest.mark.parametrize("with_key", [False, True])
def test_nothing_is_learned_from_a_slot_that_a_rule_gave(house: House, with_key: bool) -> None:
    made(house, kind="pin", target={"by": "article", "value": "otter"}, shelves=["recommendation"], place=1)
    slate = house.client.get("/v1/shelves?article=ferry-1&shelf=recommendation").json()["recommendation"]
    pinned, free = slate["items"][0], slate["items"][1]
    assert pinned["article"] == "otter"
    events: list[dict[str, Any]] = [
        {
            "kind": kind, "article": item["article"], "shelf": "recommendation", "position": item["position"],
            "source": "ferry-1", "serve_id": slate["serve_id"], "propensity": item["propensity"],
            "signature": item["signature"],
        }
        for item in (pinned, free)
        for kind in ("impression", "view")
    ]  # fmt: skip
    events.insert(0, {"kind": "view", "article": "ferry-1"})
    events = [each | {"reader": "anna", "visit": "v"} for each in events] if with_key else events
    answer = house.client.post("/v1/events", json=events, headers=house.auth if with_key else {})
    assert answer.json()["accepted"] == 5, answer.text
    assert "unsigned" not in answer.json() or answer.json()["unsigned"] == 0
    house.engine.catch_up()
    log = house.engine._store.read(0, 1000)
    on_shelf = log.records[log.records["shelf"] > 0]
    assert np.unique(on_shelf["value"][on_shelf["position"] == 0]).tolist() == [BY_RULE]
    assert (on_shelf["value"][on_shelf["position"] == 1] == 1.0).all()
    with house.engine._log_consumer.reading() as state:
        exposure = state.exposure.shelf(Recommendation.number)[:2, SHOWN].tolist()
        empty = state.empty()
    assert exposure == [0, 1]

    class Log:
        def end(self) -> int:
            return log.end

        def read(self, after: int, limit: int) -> Any:
            return log.part(after, after + limit)

        records = read

    clicks = find_training_clicks(Log(), empty, log.end, 0, LearningSettings(), lambda *_: None)
    learned = [int(log.records["article"][offset - 1]) for offset in clicks.offset]
    index = {name: int(house.engine.intern([name])[0]) for name in ("otter", free["article"])}
    assert index["otter"] not in learned
    assert index[free["article"]] in learned


def test_the_command_line_makes_lists_and_ends_rules(house: House) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["rule", *arguments, "--db", house.engine.settings.store.path])
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    told = run(
        "add",
        "ban",
        "topic=Ferries",
        "--shelf",
        "related",
        "--beside",
        "section=coast",
        "--reason",
        "why not",
    )
    key = told.split()[0]
    assert f"Nothing from the topic Ferries on {Related.title} beside the section Coast" in told
    house.engine.catch_up()
    assert house.engine.rules.standing()[0].key == key
    assert "why not" in run("list")
    assert '"key":"' + key in run("list", "--json")
    run("remove", key, "--by", "Ann")
    assert "there are no rules" in run("list")
    assert "ended by Ann" in run("list", "--ended")
    assert CliRunner().invoke(app, ["rule", "add", "praise", "topic=x"]).exit_code != 0
