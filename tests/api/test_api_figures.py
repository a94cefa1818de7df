"""Figures for programs: those of the desk, for keys that may read."""

import time
from typing import Any

import pytest

from desk_visitors import person
from portal_house import House, problem
from recirc.types.roles import Role


def told(house: House, **query: str) -> Any:
    """The figures, as soon as the log is read."""
    until = time.monotonic() + 60
    while True:
        answer = house.client.get("/v1/figures", params=query, headers=house.auth)
        if answer.status_code != 503 or time.monotonic() > until:
            assert answer.status_code == 200, answer.text
            return answer.json()
        time.sleep(0.05)  # nothing else tells when the log is read


def test_the_figures_are_those_of_the_desk(house: House) -> None:
    house.told("view", "ferry-1")
    house.told("view", "otter")
    found = told(house, of="section")
    assert (len(found["periods"]), found["periods"][-1]["totals"]["readers"]) == (1, 2)
    assert {each["key"]: each["totals"]["views"] for each in found["groups"]} == {"business": 1, "coast": 1}
    reader = person(house, Role.READER, "Una")
    desk = reader.get("/desk/figures.json?of=section").json()
    assert [each["readers"] for each in desk["periods"]] == [2]
    assert {each["key"] for each in desk["section"]} == {each["key"] for each in found["groups"]}
    assert told(house, section="coast")["periods"][-1]["totals"]["views"] == 1
    assert len(told(house, of="article", most="1")["groups"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-12-02", "until": "2026-12-01"},
        {"by": "minute"},
        {"since": "soon"},
        {"most": "-1"},
        {"until": "0001-01-05"},
        {"until": "9999-12-31"},
    ],
)
def test_a_range_that_cannot_be_is_refused(house: House, query: dict[str, str]) -> None:
    problem(house.client.get("/v1/figures", params=query, headers=house.auth), 400, "invalid")


def test_nobody_reads_figures_without_a_key(house: House) -> None:
    problem(house.client.get("/v1/figures"), 401, "key-needed")
