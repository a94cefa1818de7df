"""Figures over time and the report of a month: page, CSV, JSON and command line say the same."""

import json
import sys
from datetime import timedelta

import pytest

from desk_visitors import Person, person
from portal_house import House
from recirc.cli import main
from recirc.store.accounts import Role


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
