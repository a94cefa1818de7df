"""Popularity and co-reading: who stands where, and how it fades."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import DAY, HOUR, MIDNIGHT, MINUTE, record, state_of

from drawing import any_length
from recirc.settings import LearningSettings
from recirc.state.coreading import CoReading
from recirc.state.decay import LONG_SPAN, SPAN, decay_factor
from recirc.types import RecordArray

TWO = LearningSettings(half_lives=(600.0, 3600.0))


def test_a_reader_fades_by_half_each_half_life() -> None:
    popularity = state_of([record(0, 1, 0), record(1, 2, 0)], TWO).popularity
    for minutes, expected in (
        (0, [1, 1]),
        (10, [0.5, 2 ** (-1 / 6)]),
        (60, [2**-6, 0.5]),
        (120, [2**-12, 0.25]),
    ):
        assert popularity.readers(MIDNIGHT + minutes * MINUTE)[0] == pytest.approx(expected, rel=1e-9)


def test_readers_at_different_times_add_up() -> None:
    log = [record(0, 1, 0), record(0, 2, 10 * MINUTE), record(0, 2, 11 * MINUTE), record(0, 3, 20 * MINUTE)]
    popularity = state_of(log, TWO).popularity
    assert popularity.readers(MIDNIGHT + 20 * MINUTE)[0, 0] == pytest.approx(0.25 + 0.5 + 1)


@pytest.mark.parametrize(
    "later", [SPAN - 1, SPAN + 1, LONG_SPAN - 1, LONG_SPAN + 1, 3 * LONG_SPAN, 500, 5000]
)
def test_moving_the_landmark_changes_nothing_that_is_seen(later: int) -> None:
    half_life = 10 * MINUTE
    log = [record(0, 1, 0), record(1, 2, later * half_life), record(0, 3, later * half_life + 1)]
    popularity = state_of(log, LearningSettings(half_lives=(600.0,))).popularity
    at = MIDNIGHT + later * half_life
    first, second = popularity.readers(at)[:, 0]
    assert second == pytest.approx(1)
    assert first == pytest.approx(2.0**-later + 2 ** (1 / half_life), rel=1e-9)
    assert popularity.readers(at + half_life)[1, 0] == pytest.approx(0.5)


def visit(name: int, articles: list[int], start: int = 0, step: int = 0) -> list[RecordArray]:
    return [record(a, 0, start + step * place, visit=name) for place, a in enumerate(articles)]


def pairs(coreading: CoReading, now: int) -> dict[tuple[int, int], tuple[float, float, int]]:
    """(a, b) to faded weights after and before, and readers."""
    factor = decay_factor(MIDNIGHT + now, coreading.half_life, int(coreading.landmark[0]))
    return {
        (a, int(b)): (
            float(coreading.after[a, k] * factor),
            float(coreading.before[a, k] * factor),
            int(coreading.readers[a, k]),
        )
        for a in range(coreading.size)
        for k, b in enumerate(coreading.neighbours[a])
        if b >= 0
    }


def test_a_pair_is_known_from_both_sides_and_weighs_less_the_farther_apart() -> None:
    found = pairs(state_of(visit(1, [0, 1, 2])).coreading, 0)
    assert found == {
        (0, 1): pytest.approx((1, 0, 1)), (0, 2): pytest.approx((0.5, 0, 1)),
        (1, 0): pytest.approx((0, 1, 0)), (1, 2): pytest.approx((1, 0, 1)),
        (2, 0): pytest.approx((0, 0.5, 0)), (2, 1): pytest.approx((0, 1, 0)),
    }  # fmt: skip


def test_pairs_reach_only_so_far() -> None:
    found = pairs(state_of(visit(1, [0, 1, 2, 3]), LearningSettings(coreading_distance=2)).coreading, 0)
    assert (0, 2) in found
    assert (0, 3) not in found


def test_pairs_fade_and_add_up() -> None:
    learning = LearningSettings(coreading_half_life=3600.0)
    found = pairs(state_of([*visit(1, [0, 1]), *visit(2, [0, 1], HOUR)], learning).coreading, HOUR)
    assert found[0, 1] == pytest.approx((1.5, 0, 2))
    assert found[1, 0] == pytest.approx((0, 1.5, 0))


def test_a_second_view_in_the_visit_and_bots_make_no_pairs() -> None:
    log = [*visit(1, [0, 0]), record(1, 0, 1, visit=1, excluded=1)]
    assert pairs(state_of(log).coreading, 0) == {}


def test_a_landmark_that_moves_keeps_the_order() -> None:
    learning = LearningSettings(coreading_half_life=3600.0)
    log = [*visit(1, [0, 1]), *visit(2, [0, 2], 40 * HOUR), *visit(3, [0, 3], 80 * HOUR)]
    found = pairs(state_of(log, learning).coreading, 80 * HOUR)
    for other, expected in ((1, 2.0**-80), (2, 2.0**-40), (3, 1.0)):
        assert found[0, other][0] == pytest.approx(expected, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    any_length(st.lists(st.integers(0, 11), min_size=2, max_size=8, unique=True), 25),
    st.sampled_from([0, HOUR, DAY]),
)
def test_a_full_list_knows_weights_within_its_error(visits: list[list[int]], step: int) -> None:
    """Space-Saving: w <= true <= w + error, and whatever is heavier than 1 / K of all is there."""
    log = [entry for name, opened in enumerate(visits) for entry in visit(name + 1, opened, name * step)]
    kept = state_of(log, LearningSettings(neighbours=4)).coreading
    exact = state_of(log, LearningSettings(neighbours=64)).coreading
    assert not exact.error.any(), "the exact one has room for all"
    ours, truth = pairs(kept, 0), pairs(exact, 0)
    error = kept.error * decay_factor(MIDNIGHT, kept.half_life, int(kept.landmark[0]))
    for (a, b), (after, before, readers) in truth.items():
        total = sum(weights[0] + weights[1] for (of, _), weights in truth.items() if of == a)
        if (a, b) not in ours:
            assert after + before <= total / 4 * (1 + 1e-4)
            continue
        slot = int(np.flatnonzero(kept.neighbours[a] == b)[0])
        low = ours[a, b][0] + ours[a, b][1]
        assert low <= (after + before) * (1 + 1e-4)
        assert after + before <= (low + float(error[a, slot])) * (1 + 1e-4)
        assert ours[a, b][2] <= readers
