"""Figures over time and the report of a month: page, CSV, JSON and command line say the same."""

import io
import json
import sys
import threading
import time
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest

from desk_visitors import Person, person
from portal_house import House
from recirc.cli import main
from recirc.engine import figures, reading_history
from recirc.types.roles import Role


@pytest.fixture
def read(house: House) -> tuple[House, Person]:
    """A portal with ten readers of the otter, three of the ferry, and a reader of figures."""
    for number in range(10):
        body = {"kind": "view", "article": "otter", "reader": f"r{number}", "id": f"o{number}"}
        house.client.post("/v1/events", json=body, headers=house.auth)
    for number in range(3):
        body = {"kind": "view", "article": "ferry-1", "reader": f"r{number}", "id": f"f{number}"}
        house.client.post("/v1/events", json=body, headers=house.auth)
    house.engine.catch_up()
    return house, person(house, Role.READER)


def test_page_csv_and_json_say_the_same(read: tuple[House, Person]) -> None:
    _, reader = read
    data = reader.get("/desk/figures.json").json()
    assert sum(each["readers"] for each in data["periods"]) == 13
    assert [(each["key"], each["readers"]) for each in data["article"]] == [("otter", 10), ("ferry-1", 3)]
    rows = reader.get("/desk/figures.csv").text.splitlines()
    assert rows[0].startswith("begin,views,readers,")
    assert sum(int(row.split(",")[2]) for row in rows[1:]) == 13
    groups = reader.get("/desk/figures.csv?table=groups&of=section").text.splitlines()
    assert [row.split(",")[:4:3] for row in groups[1:]] == [["coast", "10"], ["business", "3"]]
    kept = pq.read_table(io.BytesIO(reader.get("/desk/figures.parquet?table=groups&of=section").content))
    assert kept.select(["section", "readers"]).to_pylist() == [
        {"section": "coast", "readers": 10},
        {"section": "business", "readers": 3},
    ]
    page = reader.get("/desk/figures").text
    assert "Otter moves in" in page
    assert "Readers by day, at most 13" in page


def test_one_section_or_author(read: tuple[House, Person]) -> None:
    _, reader = read
    for query, expected in (
        ("section=business", 3),
        ("author=Beth Carrow", 3),
        ("section=coast", 10),
        ("section=x", 0),
    ):
        data = reader.get(f"/desk/figures.json?{query}&by=hour").json()
        assert sum(each["readers"] for each in data["periods"]) == expected, query


@pytest.mark.parametrize(
    "query", ["since=x", "since=2026-13-01", "since=2150-01-01", "by=year", "of=reader", "until=9999-12-31"]
)
def test_what_cannot_be_is_said(read: tuple[House, Person], query: str) -> None:
    assert read[1].get(f"/desk/figures?{query}").status_code == 400


def test_the_report_of_a_month(
    read: tuple[House, Person], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house, reader = read
    month = f"{house.now:%Y-%m}"
    page = reader.get(f"/desk/report?month={month}").text
    assert "Otter moves in" in page
    empty = reader.get(f"/desk/report?month={house.now - timedelta(days=800):%Y-%m}").text
    assert "Nothing was read." in empty
    assert reader.get("/desk/report?month=x").status_code == 400
    monkeypatch.setattr(
        sys, "argv", ["recirc", "report", month, "--json", "--db", house.engine.settings.store.path]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    made = json.loads(capsys.readouterr().out)
    assert made["totals"]["readers"] == 13
    assert made["articles"][0]["title"] == "Otter moves in"


def test_now_is_cut_by_section_and_author(read: tuple[House, Person]) -> None:
    _, reader = read
    for query, there, away in (
        ("section=coast", "Otter moves in", "Ferry crews vote, part 1"),
        ("author=beth carrow", "Ferry crews vote, part 1", "Otter moves in"),
    ):
        page = reader.get(f"/desk?{query}").text
        assert there in page, query
        assert away not in page, query


class GatedLog:
    """A log that gives nothing while its gate is closed."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self.gate = threading.Event()
        self.gate.set()

    def read(self, after: int, limit: int) -> Any:
        assert self.gate.wait(120) or after
        return self._log.read(after, limit)

    def end(self) -> int:
        return int(self._log.end())


def test_figures_say_how_far_they_are_while_the_log_is_read_anew(
    read: tuple[House, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, reader = read
    monkeypatch.setattr(figures, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(reading_history, "AT_ONCE", 4)
    made = house.engine.figures
    log = GatedLog(made._log)
    monkeypatch.setattr(made, "_log", log)
    wait_for(reader, "Otter moves in")
    pat = person(house, Role.PUBLISHER, "Pat")
    exclusion = {"article": "otter", "hours": "1", "reason": "a script of ours"}
    assert pat.send("/desk/exclusions/add", "/desk/exclusions", **exclusion).status_code == 303
    history = made._history
    assert history is not None
    catch_up, once = history.catch_up, [True]

    def gated(now: int) -> bool:  # the first part is read, and then the rest takes its time
        found = catch_up(now)
        if once:
            once.clear()
            log.gate.clear()
        return found

    monkeypatch.setattr(history, "catch_up", gated)
    page = reader.get("/desk/figures")
    assert page.status_code == 200
    assert "the figures are being gathered" in page.text.lower()
    assert "being gathered" in reader.get("/desk/article?id=otter").text
    assert reader.get("/desk/figures.json").status_code == 503
    monkeypatch.setattr(history, "catch_up", catch_up)
    log.gate.set()
    wait_for(reader, "Ferry crews vote, part 1")
    data = reader.get("/desk/figures.json").json()
    assert sum(each["readers"] for each in data["periods"]) == 3


def wait_for(reader: Person, text: str) -> None:
    until = time.monotonic() + 120
    while text not in reader.get("/desk/figures").text:
        assert time.monotonic() < until, text
        time.sleep(0.05)  # the figures are gathered in a thread of their own
