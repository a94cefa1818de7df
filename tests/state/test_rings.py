"""A window's sum, kept from question to question, is what adding its buckets up anew would give."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recirc.state.rings import Ring
from recirc.state.statistic import FoldContext
from recirc.types import RECORD, Batch

BUCKETS, WIDTH, ARTICLES = 4, 1_000, 3
SPAN = BUCKETS * WIDTH
moments = st.integers(-1, 5 * SPAN)
arrivals = st.lists(
    st.tuples(st.integers(0, ARTICLES - 1), moments.filter(lambda time: time >= 0)), max_size=5
)


def ring() -> Ring:
    made = Ring(BUCKETS, WIDTH)
    made.reserve(ARTICLES)
    return made


def folded(into: Ring, arrived: list[tuple[int, int]]) -> None:
    article, time = np.array(arrived, np.int64).reshape(-1, 2).T
    entries = FoldContext(Batch(1, np.zeros(len(time), RECORD), {}), 1).entries
    entries.article[:], entries.time[:], entries.ranked[:] = article, time, True
    into.fold(entries)


def added_up(of: Ring, now: int) -> list[int]:
    """What a ring that nobody ever asked would answer."""
    anew = ring()
    anew.restore(of.counts.copy(), of.bucket.copy())
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


def test_room_for_more_articles_keeps_the_sum() -> None:
    kept = ring()
    folded(kept, [(0, 10), (2, 20)])
    assert kept.readers(30)[:ARTICLES].tolist() == [1, 0, 1]
    kept.reserve(500)
    folded(kept, [(499, 40)])
    assert np.flatnonzero(kept.readers(50)).tolist() == [0, 2, 499]
