"""The laws, over every statistic that there is: replay, order, once, as-of."""

import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import (
    DAY,
    HOUR,
    MINUTE,
    ROOMY,
    SMALL,
    START,
    Line,
    assert_same,
    batch_of,
    differences,
    folded,
    logs,
)

import recirc.state
from recirc.settings import LearningSettings
from recirc.state.activity import Measure
from recirc.state.audience import READERS
from recirc.state.follow_ups import follow_ups
from recirc.state.state import State
from recirc.state.statistic import Statistic
from recirc.store.decisions import decided
from recirc.text.vector import DIMENSIONS
from recirc.types import Arrays, Batch, EntryKind, Window

often = settings(max_examples=60, deadline=None)


def every_statistic() -> set[type[Statistic]]:
    for module in pkgutil.walk_packages(recirc.state.__path__, "recirc.state."):
        importlib.import_module(module.name)
    found: set[type[Statistic]] = set()
    waiting = [Statistic]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if not inspect.isabstract(kind):
                found.add(kind)
            waiting.append(kind)
    return found


def test_every_statistic_is_part_of_the_state() -> None:
    found = every_statistic()
    assert {type(statistic) for statistic in State(SMALL, DIMENSIONS).statistics} == found
    assert len({kind.name for kind in found}) == len(found) >= 8


def test_the_logs_of_these_laws_reach_every_statistic() -> None:
    """A law over logs that leave a statistic empty would say nothing of it."""
    reached: set[str] = set()
    empty = State(ROOMY, DIMENSIONS).save()

    @settings(max_examples=25, deadline=None)
    @given(logs)
    def fold(drawn: list[Line]) -> None:
        for name, array in folded(ROOMY, batch_of(drawn)).save().items():
            if name != "clock" and array.any() and not np.array_equal(array, empty[name]):
                reached.add(name.partition("/")[0])

    fold()
    assert reached == {kind.name for kind in every_statistic()}


# Replay: folding the log from empty gives the live state


@often
@given(logs, st.integers(0, 80), st.sampled_from((SMALL, ROOMY)))
def test_replay_from_empty_and_from_a_saved_state_gives_the_live_state(
    drawn: list[Line], cut: int, learning: LearningSettings
) -> None:
    batch = batch_of(drawn)
    live = folded(learning, batch.part(0, cut))
    saved = live.save()
    kept = {name: array.copy() for name, array in saved.items()}
    restored = State(learning, DIMENSIONS)
    restored.load(saved)
    assert_same(live, restored)
    rest = batch.part(min(cut, len(drawn)), len(drawn))
    saved_again = live.save()
    live.fold(rest)
    assert list(differences(kept, saved_again)) == [], "a saved state changed while the live one went on"
    restored.fold(rest)
    assert_same(live, restored)
    assert_same(live, folded(learning, batch))
    assert live.offset == restored.offset == len(drawn)


# Order: the same commands in the same order give the same state, whatever the batching


def parts_of(batch: Batch, cuts: list[int]) -> Iterator[Batch]:
    edges = sorted({0, len(batch.records), *(cut % (len(batch.records) + 1) for cut in cuts)})
    for start, stop in itertools.pairwise(edges):
        yield batch.part(start, stop)


@often
@given(logs, st.lists(st.integers(0, 80), max_size=5), st.sampled_from((SMALL, ROOMY)))
def test_order_alone_decides_and_not_the_batching(
    drawn: list[Line], cuts: list[int], learning: LearningSettings
) -> None:
    batch = batch_of(drawn)
    whole = folded(learning, batch)
    assert_same(whole, folded(learning, *parts_of(batch, cuts)))
    assert_same(whole, folded(learning, *parts_of(batch, list(range(len(drawn))))))


@often
@given(logs, st.lists(st.integers(0, 80), max_size=3))
def test_order_alone_decides_and_not_where_the_state_was_saved_and_loaded(
    drawn: list[Line], cuts: list[int]
) -> None:
    batch = batch_of(drawn)
    state = State(SMALL, DIMENSIONS)
    for part in parts_of(batch, cuts):
        state.fold(part)
        fresh = State(SMALL, DIMENSIONS)
        fresh.load(state.save())
        state = fresh
    assert_same(state, folded(SMALL, batch))


# Once: the part of it that the state keeps (the store's part is in tests/engine)


@often
@given(logs, st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=6))
def test_once_a_batch_that_overlaps_folds_only_its_rest(
    drawn: list[Line], spans: list[tuple[int, int]]
) -> None:
    batch = batch_of(drawn)
    state = State(SMALL, DIMENSIONS)
    for start, stop in spans:
        part = batch.part(min(start, state.offset), max(stop, min(start, state.offset)))
        state.fold(part)
    state.fold(batch)
    state.fold(batch)
    assert state.offset == len(drawn)
    assert_same(state, folded(SMALL, batch))


def test_once_a_gap_is_refused() -> None:
    view = Line(EntryKind.VIEW, 0, 1, 1, 0, 0, 0, 0, 255, 0)
    batch = batch_of([view] * 3)
    state = folded(SMALL, batch.part(0, 1))
    with pytest.raises(ValueError, match="the log goes on at 3, but the state ends at 1"):
        state.fold(batch.part(2, 3))
    assert state.offset == 1


# As-of: what is read of a state is a function of the state and of `now` (the shelves' part is in tests/engine)


AS_OF = {
    "Activity.counts",
    "Audience.readers",
    "Audience.readers_of",
    "CoReading.decay_factor",
    "Popularity.readers",
    "Rhythm.expected",
}
"""What statistics are asked as of a moment; `reading` asks all of it."""


def test_all_that_is_asked_as_of_a_moment_is_asked_here() -> None:
    found = {
        f"{kind.__name__}.{name}"
        for kind in every_statistic()
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if "now" in inspect.signature(member).parameters
    }
    assert found == AS_OF


def reading(state: State, now: int) -> Arrays:
    """All that depends on `now` or is worked out on request."""
    audience, size = state.audience, state.size
    found: Arrays = {
        "popularity": state.popularity.readers(now),
        "coreading": np.array([state.coreading.decay_factor(now)]),
        "stories": state.stories.all(),
        "newest": state.catalogue.newest(),
        "follow-ups": np.concatenate([np.zeros(0, np.int32), *(follow_ups(state, a) for a in range(size))]),
        "rates": state.exposure.rates(),
    }
    for window in Window:
        found[window.value] = audience.readers(window, now).copy()
        one_by_one = [audience.readers_of(article, window, now) for article in range(size)]
        assert found[window.value].tolist() == one_by_one
    for span in (5 * MINUTE, 6 * HOUR, 7 * HOUR, 3 * DAY, 40 * DAY):
        for measure in Measure:
            found[f"{measure.name} {span}"] = state.activity.counts(measure, span, now)
        earlier = audience.readers(Window.EVER, now) - found[f"READERS {span}"]
        found[f"usual {span}"] = state.rhythm.expected(np.arange(size, dtype=np.int32), earlier, span, now)
    for table in (state.popularity.table, state.transitions.table, state.contexts.table):
        for column in range(len(table.totals)):
            found[f"{len(found)}"] = table.top(column, 0)
    return found


@often
@given(
    logs, st.lists(st.tuples(st.integers(0, 80), st.sampled_from((-DAY, 0, MINUTE, 5 * HOUR))), max_size=4)
)
def test_as_of_reading_changes_nothing_and_depends_on_no_earlier_reading(
    drawn: list[Line], requests: list[tuple[int, int]]
) -> None:
    batch = batch_of(drawn)
    state = State(SMALL, DIMENSIONS)
    for cut, ahead in sorted(requests):
        state.fold(batch.part(state.offset, max(cut, state.offset)))
        saved = state.save()
        now = max(state.clock, START) + ahead
        found = reading(state, now)
        assert list(differences(saved, state.save())) == [], "reading changed the state"
        never_read = State(SMALL, DIMENSIONS)
        never_read.load(saved)
        assert list(differences(found, reading(never_read, now))) == []
        assert list(differences(found, reading(state, now))) == []


# Forgetting must not depend on when anyone looks


def test_what_is_forgotten_depends_on_the_log_alone() -> None:
    """A late import of old events, among many readers of today, in one batch or one by one."""
    old = [
        Line(EntryKind.VIEW, a, r, 0, 0, 0, 0, 0, 255, 0)
        for r in range(1, 4)
        for a in range(5)
        for _ in range(2)
    ]
    records = batch_of(old).records
    records["time"] = START - 900 * HOUR + np.arange(len(records)) * 60_000
    many = np.repeat(batch_of([Line(EntryKind.VIEW, 0, 1, 0, 0, 0, 0, 0, 255, 0)]).records, 700)
    many["reader"] = 50_000 + np.arange(len(many))
    many["time"] = START + np.arange(len(many)) * 100
    log = np.concatenate([many[:350], records, many[350:], records])
    log["id"] = 1 + np.arange(len(log))
    batch = Batch(1, decided(log, SMALL.repeat_seconds), {})
    whole = folded(SMALL, batch)
    assert_same(whole, folded(SMALL, *parts_of(batch, list(range(0, len(log), 7)))))
    restored = State(SMALL, DIMENSIONS)
    restored.load(folded(SMALL, batch.part(0, 500)).save())
    restored.fold(batch)
    assert_same(whole, restored)
    assert whole.audience.totals[1, READERS] == 3, "three readers, however often their views were sent"
