"""The four laws, over every statistic that there is."""

import importlib
import inspect
import itertools
import pkgutil
import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from worlds import (
    HOUR,
    MINUTE,
    ROOMY,
    SMALL,
    START,
    Line,
    assert_same,
    batch_of,
    chosen,
    differences,
    folded,
    knowledge,
    logs,
    owners,
)

import recirc.state
from drawing import any_length
from recirc.settings import LearningSettings
from recirc.state.audience import READERS, REPEATED
from recirc.state.coreading import CoReading
from recirc.state.state import State
from recirc.state.statistic import Statistic
from recirc.text.vector import DIMENSIONS
from recirc.types import Arrays, Batch, EntryKind

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


# Replay


def parts_of(batch: Batch, cuts: list[int]) -> Iterator[Batch]:
    edges = sorted({0, len(batch.records), *(cut % (len(batch.records) + 1) for cut in cuts)})
    for start, stop in itertools.pairwise(edges):
        yield batch.part(start, stop)


@often
@given(logs, st.lists(st.integers(0, 80), max_size=5), st.sampled_from((SMALL, ROOMY)))
def test_replay_however_the_log_is_cut(
    drawn: list[Line], cuts: list[int], learning: LearningSettings
) -> None:
    batch = batch_of(drawn)
    whole = folded(learning, batch)
    assert_same(whole, folded(learning, *parts_of(batch, cuts)))
    assert_same(whole, folded(learning, *parts_of(batch, list(range(len(drawn))))))


@often
@given(logs, st.integers(0, 80), st.sampled_from((SMALL, ROOMY)))
def test_replay_goes_on_from_a_saved_state(drawn: list[Line], cut: int, learning: LearningSettings) -> None:
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
    assert live.offset == restored.offset


# Merge


def with_common_landmark(ours: Arrays, theirs: Arrays) -> tuple[Arrays, Arrays]:
    """Both as seen from the later of the two landmarks, which is no knowledge but a unit."""
    mark = next((mark for mark in ("landmarks", "landmark") if mark in ours), None)
    if mark is None:
        return ours, theirs
    later = np.maximum(ours[mark], theirs[mark])
    return tuple(
        {
            key: array * np.exp2(side[mark] - later).astype(array.dtype)
            if key in ("weights", "totals", "after", "before", "error")
            else later
            if key == mark
            else array
            for key, array in side.items()
        }
        for side in (ours, theirs)
    )  # type: ignore[return-value]  # a generator of two


def fading(arrays: Arrays) -> bool:
    return "landmarks" in arrays or "landmark" in arrays


def close(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Float sums up to rounding; what has faded to nothing beside the largest of its column is nothing."""
    rtol = 1e-9 if one.dtype == np.float64 else 1e-5
    atol = rtol * np.abs(one).max(axis=0, initial=1e-30)
    return one.shape == other.shape and bool(np.all(np.abs(one - other) <= atol + rtol * np.abs(one)))


def unequal(one: State, other: State) -> set[str]:
    """`statistic/array` of all that two states do not agree in: whole numbers exactly, sums up to rounding."""
    wrong: set[str] = set()
    ours, theirs = knowledge(one), knowledge(other)
    for statistic in ours:
        left, right = with_common_landmark(ours[statistic], theirs[statistic])
        for name in left.keys() | right.keys():
            floats = fading(left) and left[name].dtype.kind == "f"
            same = (
                close(left[name], right[name])
                if floats
                else not list(differences({name: left[name]}, {name: right[name]}))
            )
            if not same:
                wrong.add(f"{statistic}/{name}")
    return wrong


def cut_by_owner(batch: Batch, choices: random.Random, *, roaming: bool, everywhere: bool) -> list[Batch]:
    """Two to four parts, each with all of its visits' entries; publications in one part each, or in all."""
    count = choices.randint(2, 4)
    whose = owners(batch.records, roaming=roaming)
    part_of = {owner: choices.randrange(count) for owner in sorted(set(whose.tolist()))}
    part = np.array([part_of[owner] for owner in whose.tolist()], int)
    published = batch.records["kind"] >= EntryKind.PUBLISH
    part[published] = [choices.randrange(count) for _ in range(int(published.sum()))]
    return [chosen(batch, (part == number) | (published & everywhere)) for number in range(count)]


def merged(learning: LearningSettings, parts: list[Batch], choices: random.Random) -> State:
    """The states of the parts, merged in any order, also of merged ones."""
    states = [folded(learning, part) for part in parts]
    while len(states) > 1:
        other = states.pop(choices.randrange(len(states)))
        before = other.save()
        states[choices.randrange(len(states))].merge(other)
        assert list(differences(before, other.save())) == [], "a merge changed the state that was merged in"
    return states[0]


@often
@given(logs, st.randoms(use_true_random=False), st.booleans())
def test_merge_of_parts_cut_by_reader(drawn: list[Line], choices: random.Random, everywhere: bool) -> None:
    batch = batch_of(settled(drawn, everywhere), roaming=False)
    parts = cut_by_owner(batch, choices, roaming=False, everywhere=everywhere)
    assert unequal(folded(ROOMY, batch), merged(ROOMY, parts, choices)) == set()


@often
@given(logs, st.randoms(use_true_random=False), st.booleans())
def test_merge_of_parts_cut_by_visit_recognises_readers(
    drawn: list[Line], choices: random.Random, everywhere: bool
) -> None:
    within_two_days = [line._replace(gap=min(line.gap, 15 * MINUTE)) for line in drawn]
    batch = batch_of(settled(within_two_days, everywhere), in_order=True)
    parts = cut_by_owner(batch, choices, roaming=True, everywhere=everywhere)
    whole, joined = folded(ROOMY, batch), merged(ROOMY, parts, choices)
    repetitions = {"audience/totals", "audience/last.keys", "audience/last.times", "audience/last.tags"}
    # A pair counts its reader once a day, and each part counts for itself.
    repetitions.add("coreading/readers")
    assert unequal(whole, joined) <= repetitions
    columns = [column for column in range(whole.audience.totals.shape[1]) if column != REPEATED]
    size = whole.size
    assert np.array_equal(whole.audience.totals[:size, columns], joined.audience.totals[:size, columns])
    assert (joined.audience.totals[:size, REPEATED] <= whole.audience.totals[:size, REPEATED]).all()
    assert (joined.audience.totals[:size, READERS] >= 0).all()


@often
@given(logs, st.randoms(use_true_random=False))
def test_merge_of_parts_cut_by_visit_never_loses_a_reader(drawn: list[Line], choices: random.Random) -> None:
    """Days that a side has forgotten cannot be compared: then a reader of both sides is counted on both."""
    batch = batch_of(drawn, in_order=True)
    parts = cut_by_owner(batch, choices, roaming=True, everywhere=True)
    whole, joined = folded(ROOMY, batch), merged(ROOMY, parts, choices)
    apart = sum(folded(ROOMY, part).audience.totals[: whole.size, READERS].sum() for part in parts)
    ours, theirs = (state.audience.totals[: whole.size, READERS] for state in (whole, joined))
    assert (ours <= theirs).all()
    assert theirs.sum() <= apart


def settled(drawn: list[Line], everywhere: bool) -> list[Line]:
    """Where the publications themselves are divided: each article is published once, and stays."""
    if everywhere:
        return drawn
    known: set[int] = set()
    kept = []
    for line in drawn:
        if line.kind is EntryKind.WITHDRAW or (line.kind is EntryKind.PUBLISH and line.article in known):
            continue
        if line.kind is EntryKind.PUBLISH:
            known.add(line.article)
        kept.append(line)
    return kept


@often
@given(logs, st.randoms(use_true_random=False))
def test_merge_of_divided_changes_keeps_the_last_text(drawn: list[Line], choices: random.Random) -> None:
    batch = batch_of(drawn, in_order=True)
    parts = cut_by_owner(batch, choices, roaming=True, everywhere=False)
    whole, joined = folded(ROOMY, batch), merged(ROOMY, parts, choices)
    assert not {
        name for name in unequal(whole, joined) if name.startswith(("content", "catalogue", "stories"))
    }


@often
@given(any_length(st.tuples(st.integers(1, 6), st.integers(0, 9)), 80), st.randoms(use_true_random=False))
def test_merge_of_short_lists_stays_within_the_bounds(
    opened: list[tuple[int, int]], choices: random.Random
) -> None:
    """Two parts, lists of 4 neighbours: true weights lie between w and w + error, and the heavy ones are kept."""
    views = [Line(EntryKind.VIEW, a, v, v, 5_000, 0, 0, 0, 255, 0) for v, a in opened]
    batch = batch_of(views)
    whose = owners(batch.records)
    first = np.isin(whose, [owner for owner in sorted(set(whose.tolist())) if choices.random() < 0.5])
    learning = LearningSettings(neighbours=4, visit_length=20)
    joined = folded(learning, chosen(batch, first))
    joined.merge(folded(learning, chosen(batch, ~first)))
    exact = folded(LearningSettings(neighbours=64, visit_length=20), batch).coreading
    assert exact.landmark[0] == joined.coreading.landmark[0]
    check_bounds(joined, exact_pairs(exact), share=2 / 4)


def exact_pairs(exact: CoReading) -> dict[tuple[int, int], float]:
    return {
        (a, int(b)): float(exact.after[a, k] + exact.before[a, k])
        for a in range(exact.size)
        for k, b in enumerate(exact.neighbours[a])
        if b >= 0
    }


def check_bounds(state: State, pairs: dict[tuple[int, int], float], share: float) -> None:
    kept = state.coreading
    for (a, b), true in pairs.items():
        at = np.flatnonzero(kept.neighbours[a] == b)
        total = sum(weight for (of, _), weight in pairs.items() if of == a)
        if not len(at):
            assert true <= share * total * (1 + 1e-5), "a heavy pair was lost"
            continue
        low = float(kept.after[a, at[0]] + kept.before[a, at[0]])
        assert low <= true * (1 + 1e-5)
        assert true <= (low + float(kept.error[a, at[0]])) * (1 + 1e-5)


@often
@given(logs, st.randoms(use_true_random=False))
def test_merge_of_many_visits_keeps_the_newest(drawn: list[Line], choices: random.Random) -> None:
    views = [line._replace(kind=EntryKind.VIEW, excluded=0) for line in drawn]
    batch = batch_of(views, in_order=True)
    parts = cut_by_owner(batch, choices, roaming=True, everywhere=True)
    states = [folded(SMALL, part) for part in parts]
    held = [visit for state in states for visit in visits_of(state)]
    joined = states[0]
    for state in states[1:]:
        joined.merge(state)
    kept = visits_of(joined)
    assert len(kept) == min(len(held), SMALL.visits)
    assert sorted(visit[0] for visit in kept) == sorted(visit[0] for visit in held)[-SMALL.visits :]
    assert all(visit in held for visit in kept)


def visits_of(state: State) -> list[tuple[int, int, tuple[int, ...]]]:
    """Start, whose, and articles of each visit that is held."""
    held = state.visits.canonical()
    return [
        (int(start), int(key), tuple(articles[:count].tolist()))
        for start, key, articles, count in zip(
            held["start"], held["key"], held["articles"], held["count"], strict=True
        )
    ]


def test_states_of_other_settings_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="other settings"):
        folded(SMALL).merge(folded(ROOMY))


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
    batch = Batch(1, log, {})
    whole = folded(SMALL, batch)
    assert_same(whole, folded(SMALL, *parts_of(batch, list(range(0, len(log), 7)))))
    restored = State(SMALL, DIMENSIONS)
    restored.load(folded(SMALL, batch.part(0, 500)).save())
    restored.fold(batch)
    assert_same(whole, restored)
    assert whole.audience.totals[1, READERS] == 3, "three readers, however often their views were sent"
