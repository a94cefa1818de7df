"""A window's sum, kept from question to question, is what adding its buckets up anew would give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recirc.state.rings import Ring

BUCKETS, WIDTH, ARTICLES = 4, 1_000, 3
SPAN = BUCKETS * WIDTH
moments = st.integers(-1, 5 * SPAN)
arrivals = st.lists(
    st.tuples(st.integers(0, ARTICLES - 1), moments.filter(lambda time: time >= 0)), max_size=5
)


def ring() -> Ring:
    made = Ring(BUCKETS, WIDTH)
    made.make_room(ARTICLES)
    return made


def folded(into: Ring, arrived: list[tuple[int, int]]) -> None:
    article, time = np.array(arrived, np.int64).reshape(-1, 2).T
    into.fold(np.ones(len(time), bool), article.astype(np.int32), np.ascontiguousarray(time))


def added_up(of: Ring, now: int) -> list[int]:
    """What a ring that nobody ever asked would answer."""
    anew = ring()
    anew.replace(of.counts.copy(), of.bucket.copy())
    return [int(n) for n in anew.readers(now)[:ARTICLES]]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(arrivals, st.lists(moments, max_size=3)), min_size=1, max_size=8))
def test_however_folding_and_asking_take_turns(turns: list[tuple[list[tuple[int, int]], list[int]]]) -> None:
    kept = ring()
    for arrived, asked in turns:
        folded(kept, arrived)
        for now in asked:
            assert kept.readers(now)[:ARTICLES].tolist() == added_up(kept, now)
            assert [kept.readers_of(a, now) for a in range(ARTICLES)] == added_up(kept, now)
            assert [kept.readers_of(a, now + SPAN) for a in range(ARTICLES)] == added_up(kept, now + SPAN)


@settings(max_examples=60, deadline=None)
@given(arrivals, arrivals, moments, moments)
def test_a_merged_ring_that_was_asked_before(
    mine: list[tuple[int, int]], theirs: list[tuple[int, int]], before: int, after: int
) -> None:
    kept, other = ring(), ring()
    folded(kept, mine)
    folded(other, theirs)
    kept.readers(before)
    kept.merge(other, np.zeros(0, np.int32), np.zeros(0, np.int64))
    assert kept.readers(after)[:ARTICLES].tolist() == added_up(kept, after)


def test_room_for_more_articles_keeps_the_sum() -> None:
    kept = ring()
    folded(kept, [(0, 10), (2, 20)])
    assert kept.readers(30)[:ARTICLES].tolist() == [1, 0, 1]
    kept.make_room(500)
    folded(kept, [(499, 40)])
    assert np.flatnonzero(kept.readers(50)).tolist() == [0, 2, 499]


def test_a_ring_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="a ring of 5 buckets, not 4"):
        ring().replace(np.zeros((5, 1), np.int32), np.zeros(5, np.int64))
