"""Fading sums with their heavy_hitters, and the statistics made of them: transitions, contexts, lifetimes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import DAY, HOUR, MIDNIGHT, MINUTE, record, state_of

from drawing import any_length
from recirc.settings import LearningSettings
from recirc.state.contexts import BUCKETS, DEVICES, REFERRERS, buckets
from recirc.state.decayed_counts import DecayedCounts
from recirc.state.lifetimes import NEVER
from recirc.state.transitions import ARRIVALS, DEPARTURES

ARTICLES, COLUMNS, HEAVY_HITTERS = 12, 2, 3
Added = tuple[int, int, int]  # article, column, ms since the one before
additions = any_length(
    st.tuples(
        st.integers(0, ARTICLES - 1),
        st.integers(0, COLUMNS - 1),
        st.sampled_from((0, 1, 30_000, 90 * 3_600_000)),
    ),
    120,
)


def table_of(added: list[Added]) -> tuple[DecayedCounts, int]:
    table = DecayedCounts((60.0, 3600.0), columns=COLUMNS, heavy_hitters=HEAVY_HITTERS)
    table.reserve(ARTICLES)
    return table, add(table, added)


def add(table: DecayedCounts, added: list[Added]) -> int:
    """Count these; the time of the last of them, in ms."""
    times = MIDNIGHT + np.cumsum([gap for _, _, gap in added] or [0])
    table.add(
        np.ones(len(added), bool),
        np.array([article for article, _, _ in added], np.int32),
        np.array([[column] for _, column, _ in added], np.int32).reshape(-1, 1),
        times[: len(added)],
    )
    return int(times[-1])


@settings(max_examples=150, deadline=None)
@given(additions)
def test_leaders_are_those_of_largest_weight(added: list[Added]) -> None:
    table, _ = table_of(added)
    for column in range(COLUMNS):
        for h in range(2):
            weights = table.weights[:, column, h]
            led = table.top(column, h)
            # A sum may have faded to nothing and still be among the largest.
            assert len(set(led.tolist())) == len(led) >= min(HEAVY_HITTERS, int((weights > 0).sum()))
            assert np.delete(weights, led).max(initial=0.0) <= weights[led].min(initial=np.inf)
            more_than_enough = np.sort(weights[led])[::-1][HEAVY_HITTERS:]
            assert (more_than_enough == weights[led].min(initial=np.inf)).all(), (
                "only equals may be one too many"
            )
            outside = np.delete(weights, table.heavy_hitters[column, h, : table.counts[column, h]])
            assert outside.max(initial=0.0) <= max(table.threshold[column, h], 0.0)


@settings(max_examples=40, deadline=None)
@given(additions, additions)
def test_the_heaviest_stay_exact_after_a_restart(one: list[Added], other: list[Added]) -> None:
    table, _ = table_of(one)
    restored = DecayedCounts((60.0, 3600.0), columns=COLUMNS, heavy_hitters=HEAVY_HITTERS)
    restored.restore({name: array.copy() for name, array in table.save(ARTICLES).items()})
    for each in (table, restored):
        add(each, other)
    assert {name: array.tobytes() for name, array in table.save(ARTICLES).items()} == {
        name: array.tobytes() for name, array in restored.save(ARTICLES).items()
    }


@settings(max_examples=80, deadline=None)
@given(additions)
def test_totals_are_the_sums_over_all_articles(added: list[Added]) -> None:
    table, now = table_of(added)
    assert table.totals == pytest.approx(table.weights[:ARTICLES].sum(axis=0), rel=1e-9)
    ages = now - (MIDNIGHT + np.cumsum([gap for _, _, gap in added])) if added else np.zeros(0)
    expected = np.exp2(-ages[:, None] / (60_000.0, 3_600_000.0)).sum(axis=0) if added else np.zeros(2)
    assert (table.totals * table.decay_factors(now)).sum(axis=0) == pytest.approx(expected, rel=1e-9)


def test_a_table_with_other_half_lives_is_not_restored() -> None:
    with pytest.raises(ValueError, match="other half-lives"):
        DecayedCounts((61.0,), columns=2).restore(DecayedCounts((60.0,), columns=2).save(0))


HOURS = LearningSettings(half_lives=(3600.0,), context_half_lives=(3600.0,))


def test_a_step_is_an_arrival_and_a_departure_and_a_second_view_is_none() -> None:
    log = [
        record(0, 0, 0, visit=1), record(1, 0, 0, visit=1), record(0, 0, 0, visit=1), record(2, 0, 0, visit=1),
        record(1, 0, 0, visit=2),
    ]  # fmt: skip
    table = state_of(log, HOURS).transitions.table
    seen = table.weights[:3, :, 0] * table.decay_factors(MIDNIGHT)[0]
    assert seen[:, ARRIVALS].tolist() == pytest.approx([0, 1, 1])
    assert seen[:, DEPARTURES].tolist() == pytest.approx([1, 1, 0])


def test_contexts_count_by_referrer_device_and_region_and_fade() -> None:
    log = [record(0, 0, 0, visit=1), record(0, 0, HOUR, visit=2), record(1, 0, HOUR, visit=2)]
    for line, codes in zip(log, ((3, 1, 25), (3, 2, 25), (3 + REFERRERS, 2, 25)), strict=True):
        line["referrer"], line["device"], line["region"] = codes
    table = state_of(log, HOURS).contexts.table
    seen = table.weights[:2, :, 0] * table.decay_factors(MIDNIGHT + HOUR)[0]
    referrer, device, region = buckets(np.array([[3, 2, 25]], np.int32))[0].tolist()
    assert (referrer, device, region) == (3, REFERRERS + 2, REFERRERS + DEVICES + 25)
    assert seen.shape == (2, BUCKETS)
    assert seen[:, [referrer, device, region]].tolist() == [
        pytest.approx([1.5, 1, 1.5]),
        pytest.approx([1, 1, 1]),
    ]
    assert table.totals.sum() * table.decay_factors(MIDNIGHT + HOUR)[0] == pytest.approx(3 * 2.5)


def test_lifetimes_are_those_of_views_that_count() -> None:
    log = [record(1, 1, 5 * MINUTE), record(1, 2, DAY), record(1, 3, 2 * MINUTE), record(2, 1, 0, excluded=1)]
    lifetimes = state_of(log, HOURS).lifetimes
    assert lifetimes.first[:3].tolist() == [NEVER, MIDNIGHT + 2 * MINUTE, NEVER]
    assert lifetimes.last[:3].tolist() == [0, MIDNIGHT + DAY, 0]
