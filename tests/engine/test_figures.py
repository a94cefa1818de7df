"""The figures of the newsroom agree with what the state counts, and with what readers did."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_house import House
from recirc.engine.reading_history import Table, merged
from recirc.engine.reading_sums import by_period, wilson
from recirc.store.commands import Selection

HOUR = 3_600_000


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5))), max_size=5))
def test_merged_tables_have_the_sums_of_all(parts: list[list[tuple[int, int]]]) -> None:
    expected: Counter[int] = Counter()
    tables = []
    for rows in [*parts, []]:
        for key, value in rows:
            expected[key] += value
        table = Table(
            np.array([key for key, _ in rows], np.int64),
            np.array([[value] for _, value in rows], np.int64).reshape(-1, 1),
        )
        tables.append(merged(table))
    found = merged(*tables)
    assert np.all(np.diff(found.keys) > 0)
    got = dict(zip(found.keys.tolist(), found.sums[:, 0].tolist(), strict=True))
    assert got == {key: expected[key] for key in got}
    assert set(got) == set(expected)


def visit(house: House, number: int, article: str, **fields: object) -> None:
    """A view by a reader of its own, who is known by an API key's word."""
    body = {
        "kind": "view",
        "article": article,
        "reader": f"reader {number}",
        "id": f"{article} {number}",
        **fields,
    }
    answer = house.client.post("/v1/events", json=body, headers=house.auth)
    assert answer.status_code == 202, answer.text


def test_the_sums_are_those_of_the_state(house: House) -> None:
    for number in range(12):
        visit(house, number, "otter" if number % 3 else "ferry-1")
        visit(house, number, "ferry-2", source="otter", shelf="related", position=0)
    visit(house, 1, "otter")  # sent again
    house.told("view", "otter", agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    house.told("view", "otter")
    house.told("read", "otter", seconds=40)
    house.engine.catch_up()
    figures, now = house.engine.figures, house.moment[0]
    groups = {group.key: group.totals for group in figures.groups(0, now + HOUR, "article", now)}
    for id_, totals in groups.items():
        counts = house.engine.counts(id_, now)
        assert (totals.views, totals.readers, totals.excluded) == (
            counts.views,
            counts.readers,
            counts.excluded,
        ), id_
    assert groups["otter"].onward == 12
    assert groups["ferry-2"].clicks == 12
    assert groups["otter"].excluded == 1
    sections = {group.key: group.totals.readers for group in figures.groups(0, now + HOUR, "section", now)}
    assert sections["business"] == groups["ferry-1"].readers + groups["ferry-2"].readers


def test_steps_lead_from_and_to_an_article(house: House) -> None:
    for number in range(3):
        visit(house, number, "ferry-2", source="otter", shelf="related", position=0)
    house.engine.catch_up()
    index = int(house.engine.intern(["ferry-2"])[0])
    before, after = house.engine.figures.steps(index, house.moment[0])
    assert [(each.key, each.totals.readers) for each in before] == [("otter", 3)]
    assert after == []


def test_now_counts_distinct_readers_and_where_they_come_from(house: House) -> None:
    for number in range(4):
        visit(house, number, "otter", visit=f"visit {number}")
    visit(house, 0, "ferry-1", visit="visit 0", source="otter", shelf="related", position=0)
    visit(house, 9, "ferry-1", visit="visit 9", referrer=3)
    house.engine.catch_up()
    found = house.engine.figures.now(house.moment[0])
    assert found.readers == 5
    assert found.minutes[-1][1] + found.minutes[-2][1] == 5
    by_id = {each.id: each for each in found.articles}
    assert (by_id["otter"].now, by_id["ferry-1"].now) == (4, 2)
    assert by_id["otter"].onward == pytest.approx(0.25)
    assert {origin.kind: origin.views for origin in found.origins} == {
        "outside": 4,
        "related": 1,
        "referrer 3": 1,
    }
    only = house.engine.figures.now(house.moment[0], lambda article: article.section == "coast")
    assert [each.id for each in only.articles] == ["otter"]


def test_what_is_excluded_afterwards_leaves_the_figures(house: House) -> None:
    for number in range(4):
        visit(house, number, "otter")
    house.engine.catch_up()
    now = house.moment[0]
    index = int(house.engine.intern(["otter"])[0])
    assert house.engine.figures.of_article(index, "day", now)[-1].totals.readers == 4
    house.engine.exclusions.add(Selection(article=index), "Pat", "a script")
    (period,) = house.engine.figures.of_article(index, "day", now)
    assert (period.totals.readers, period.totals.excluded) == (0, 4)
    assert house.engine.figures.now(now).readers == 0


@pytest.mark.parametrize(("grain", "expected"), [
    ("day", ["2026-11-30", "2026-12-01", "2026-12-02"]),
    ("week", ["2026-11-30"]),
    ("month", ["2026-11-01", "2026-12-01"]),
])  # fmt: skip
def test_parts_of_time_have_no_gap(grain: str, expected: list[str]) -> None:
    clocks = np.array(
        [
            int(datetime(2026, month, day, 12, tzinfo=UTC).timestamp() * 1000)
            for month, day in ((11, 30), (12, 2))
        ]
    )
    begins, sums = by_period(clocks, np.array([[1], [2]]), grain)  # type: ignore[arg-type]
    shown = [datetime.fromtimestamp(each / 1000, UTC).date().isoformat() for each in begins.tolist()]
    assert shown == expected
    assert sums.sum() == 3


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_the_share(hits: int, trials: int) -> None:
    hits = min(hits, trials)
    low, high = wilson(hits, trials)
    assert 0 <= low <= hits / trials + 1e-9
    assert hits / trials - 1e-9 <= high <= 1
