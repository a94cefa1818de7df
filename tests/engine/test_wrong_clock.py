"""One wrong reading of a clock does not stay: not in the log's days, not in any statistic, not on a shelf."""

import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from newsroom import article
from recirc.engine import Engine, Observation
from recirc.settings import Settings, StoreSettings
from recirc.state.decayed_counts import DecayedCounts
from recirc.state.state import State
from recirc.store.commands import Selection
from recirc.store.decisions import decided
from recirc.store.sqlite import SqliteStore
from recirc.store.trusted_clock import DAY, HOUR, TrustedClock
from recirc.text.vector import DIMENSIONS
from recirc.types import RECORD, Batch, Event, EventKind, Exclusion, Request, Window

MINUTE = 60_000


def view(name: str, reader: int, at: int) -> Observation:
    event = Event(kind=EventKind.VIEW, article=name, id=f"{name} {reader} {at}")
    return Observation(event, at, reader, reader, Exclusion.NONE)


def opened(folder: Path) -> Engine:
    return Engine.open(
        msgspec.structs.replace(Settings(), store=StoreSettings(path=str(folder / "recirc.db")))
    )


def shown(engine: Engine, now: int) -> Sequence[object]:
    windows = [engine.ranking(section=None, window=window, slots=5, now=now).items for window in Window]
    slate = engine.shelves(Request(article="b"), now)
    beside = [(item.article, item.reason.kind) for shelf in slate.shelves.values() for item in shelf.items]
    return [[(item.article, item.score) for item in items] for items in windows], beside


@pytest.mark.parametrize("jump", [5 * HOUR, 2 * DAY, 30 * DAY, 3650 * DAY])
def test_an_hour_with_a_clock_that_is_ahead_leaves_the_shelves_as_they_are(tmp_path: Path, jump: int) -> None:
    """Sixty events with a time that lies ahead count as if they had come now, and nothing else changes."""
    now = time.time_ns() // 1_000_000
    lists = []
    for ahead in (0, jump):
        (tmp_path / str(ahead)).mkdir()
        engine = opened(tmp_path / str(ahead))
        try:
            engine.publish([article("a"), article("b", "chess"), article("c", "flood")]).result()
            early = [view("a", reader, now - 2 * HOUR + reader) for reader in range(1, 11)]
            wrong = [
                view("a", 900 + minute, now + ahead + minute * MINUTE * (ahead > 0)) for minute in range(60)
            ]
            late = [
                view(name, reader, now - (150 - reader) * MINUTE)
                for reader in range(100, 150)
                for name in "bc"
            ]
            for part in (early, wrong, late):
                engine.observe(part).result()
            engine.catch_up()
            assert engine._log_consumer.state.clock < now + HOUR
            lists.append(shown(engine, now + MINUTE))
        finally:
            engine.close()
    assert lists[0] == lists[1]


def test_the_clock_of_the_machine_may_jump_and_come_back() -> None:
    wall, boot = [1_800_000_000_000], [0]
    trusted = TrustedClock(0, wall=lambda: wall[0], boot=lambda: boot[0])

    def after(passed: int, jump: int = 0) -> int:
        boot[0] += passed
        wall[0] += passed + jump
        return trusted()

    start = trusted()
    assert after(MINUTE) == start + MINUTE
    assert after(7 * DAY) == start + MINUTE + 7 * DAY, "asleep for a week"
    week = start + MINUTE + 7 * DAY
    assert after(MINUTE, 3650 * DAY) == week + MINUTE, "set ten years ahead"
    assert after(50 * MINUTE) == week + 51 * MINUTE
    assert after(MINUTE, -3650 * DAY) == week + 52 * MINUTE, "and back"
    assert after(MINUTE, 30 * DAY) == week + 53 * MINUTE
    assert after(30 * MINUTE, 30 * DAY) == week + 83 * MINUTE, "set again: the hour begins anew"
    assert after(61 * MINUTE) == week + 144 * MINUTE + 60 * DAY, (
        "even for an hour: a machine that was stopped"
    )
    assert after(MINUTE, -2 * DAY) == week + 145 * MINUTE + 58 * DAY, "back is believed"


@pytest.mark.parametrize(("newest", "ahead", "believed"), [
    (1_800_000_000_000, 300 * DAY, True), (1_800_000_000_000, 3650 * DAY, False), (0, 3650 * DAY, True),
])  # fmt: skip
def test_a_clock_at_the_start_is_held_against_the_end_of_the_log(
    newest: int, ahead: int, *, believed: bool
) -> None:
    wall = 1_800_000_000_000 + ahead
    trusted = TrustedClock(newest, wall=lambda: wall, boot=lambda: 0)
    assert trusted() == (wall if believed else newest)


def test_what_got_in_can_be_excluded_and_everything_is_as_without(tmp_path: Path) -> None:
    """A clock so wrong at the very start that nothing contradicted it."""
    now = time.time_ns() // 1_000_000
    path = tmp_path / "recirc.db"
    with SqliteStore(path, clock=lambda: now + 900 * DAY) as store:
        store.intern(["a", "b"])
        bad = np.zeros(60, RECORD)
        bad["id"], bad["kind"], bad["source"], bad["position"] = 1 + np.arange(60), 1, -1, 255
        bad["time"], bad["reader"] = now + 900 * DAY, 900 + np.arange(60)
        store.append(bad).result()
    engine = opened(tmp_path)
    try:
        engine.observe([view("b", reader, now + reader) for reader in range(1, 31)]).result()
        engine.catch_up()
        with SqliteStore(path) as store:
            store.void("k", Selection(since=now + 100 * DAY), "me", "a wrong clock")
        engine.catch_up()
        state = engine._log_consumer.state
        popular = state.popularity.readers(now + MINUTE)[1]
        assert state.clock < now + HOUR
        assert popular[-1] == pytest.approx(30, rel=0.01)
        assert [
            item.article
            for item in engine.ranking(section=None, window=Window.HOUR, slots=3, now=now + MINUTE).items
        ] == ["b"]
    finally:
        engine.close()


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_a_state_that_learned_from_a_wrong_clock_still_gives_numbers(days: int) -> None:
    base = 1_800_000_000_000
    log = np.zeros(400, RECORD)
    log["kind"], log["source"], log["position"], log["id"] = 1, -1, 255, 1 + np.arange(400)
    log["reader"], log["article"] = 1 + np.arange(400) // 3, np.arange(400) % 7
    log["time"] = base + MINUTE * np.arange(400)
    log["time"][200] += days * DAY
    state = State(Settings().learning, DIMENSIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        state.fold(Batch(1, decided(log, 1800.0), {}))
        for now in (base, base + 400 * MINUTE, base + days * DAY, base + 9_000 * DAY):
            for table in (state.popularity.table, state.contexts.table, state.transitions.table):
                assert np.isfinite(table.weights * table.decay_factors(now)).all()
            assert np.isfinite(state.coreading.after * state.coreading.decay_factor(now)).all()


@pytest.mark.parametrize("wrong", [1, 3, 500])
@pytest.mark.parametrize("ahead", [2 * DAY, 3650 * DAY])
def test_sums_are_what_they_were_after_a_leap_that_was_wrong(ahead: int, wrong: int) -> None:
    """A few entries ten years ahead, and the others go on: all but the articles that those named keep their sums."""
    half_lives, base = (120.0, 3600.0), 1_800_000_000_000
    rng = np.random.default_rng(wrong)
    tables = [DecayedCounts(half_lives, heavy_hitters=4) for _ in range(2)]

    def add(table: DecayedCounts, articles: Sequence[int], times: Sequence[int]) -> None:
        count = len(articles)
        columns = np.zeros((count, 1), np.int32)
        table.add(np.ones(count, bool), np.array(articles, np.int32), columns, np.array(times, np.int64))

    for table in tables:
        table.reserve(40)
    before = rng.integers(0, 30, 300).tolist()
    for place, table in enumerate(tables):
        add(table, before, (base + 1_000 * np.arange(300)).tolist())
        if place:
            add(table, [35] * wrong, [base + ahead + each for each in range(wrong)])
        add(table, [36, 36], [base + 301_000] * 2)  # two entries are lost until it is noticed
        add(table, before, (base + 302_000 + 1_000 * np.arange(300)).tolist())
    now = base + 700_000
    one, other = ((table.weights * table.decay_factors(now))[:30] for table in tables)
    if ahead > 400 * 3600 * 1000:
        assert other == pytest.approx(one, rel=1e-2)
    else:
        assert other[:, 0, 0] == pytest.approx(one[:, 0, 0], rel=1e-2)
    assert set(tables[0].top(0, 0).tolist()) == set(tables[1].top(0, 0).tolist())
    assert tables[1].weights[35, 0, 0] == 0


def test_what_is_read_together_is_still_known_after_a_leap_that_was_wrong() -> None:
    base = 1_800_000_000_000
    log = np.zeros(600, RECORD)
    log["kind"], log["source"], log["position"], log["id"] = 1, -1, 255, 1 + np.arange(600)
    log["visit"], log["article"] = 1 + np.arange(600) // 3, np.arange(600) % 3
    log["article"][300:303] = [3, 4, 5]
    log["time"] = base + 1_000 * np.arange(600)
    states = []
    for ahead in (0, 3650 * DAY):
        log["time"][300:303] = base + 1_000 * np.arange(300, 303) + ahead
        state = State(Settings().learning, DIMENSIONS)
        state.fold(Batch(1, decided(log, 1800.0), {}))
        states.append(state)
    assert states[1].coreading.landmark == states[0].coreading.landmark
    assert states[1].coreading.readers.tolist() == states[0].coreading.readers.tolist()
    assert states[1].clock == states[0].clock
    clean, other = (state.coreading.after[:3] for state in states)
    assert other == pytest.approx(clean, rel=0.03), "at most the pairs until it was noticed are lost"
    assert states[1].coreading.after[3:].max() == 0


def test_no_addition_is_lost_in_a_large_sum() -> None:
    table = DecayedCounts((86_400.0,))
    table.reserve(1)
    many = 2_000_000
    for _ in range(10):
        table.add(
            np.ones(many, bool),
            np.zeros(many, np.int32),
            np.zeros((many, 1), np.int32),
            np.full(many, 8 * DAY),
        )
    assert table.weights[0, 0, 0] * table.decay_factors(8 * DAY)[0] == 20_000_000
