"""Counts of topics: kept up with every publication, they are those of all articles counted anew."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from test_texts import log_of, said

from recirc.shelves.likeness import shared, with_topic
from recirc.state.catalogue import Catalogue
from recirc.state.topic_counts import SMALLEST, TELLING, TopicCounts, topic_weight
from recirc.types import ArticleFeatures

Told = list[tuple[int, ArticleFeatures | None]]


def told() -> st.SearchStrategy[Told]:
    """Articles that come, change and go, with few and with many topics."""
    topics = st.sets(st.integers(1, 300), max_size=14).map(lambda found: said(topics=tuple(sorted(found))))
    return st.lists(st.tuples(st.integers(0, 5), st.none() | topics), min_size=1, max_size=40)


def table_of(counts: TopicCounts) -> tuple[dict[int, int], int]:
    held = counts.counts > 0
    found = zip(counts.keys[held].tolist(), counts.counts[held].tolist(), strict=True)
    return dict(found), int(counts.articles[0])


@settings(max_examples=60, deadline=None)
@given(told())
def test_counts_are_those_of_the_live_articles(events: Told) -> None:
    catalogue = log_of(*events).catalogue
    live, size = catalogue.live(), catalogue.size
    expected: dict[int, int] = {}
    for article in np.flatnonzero(live):
        for topic in catalogue.topics[article][catalogue.topics[article] != 0].tolist():
            expected[topic] = expected.get(topic, 0) + 1
    assert table_of(catalogue.topic_counts) == (expected, int(live.sum()))
    assert 2 * int((catalogue.topic_counts.keys != 0).sum()) <= len(catalogue.topic_counts.keys)
    restored = Catalogue()
    restored.load({name: array.copy() for name, array in catalogue.save().items()})
    assert restored.size == size
    assert table_of(restored.topic_counts) == (expected, int(live.sum()))


def test_the_weight_falls_from_one_to_nothing() -> None:
    counts = TopicCounts.holding(np.arange(1, 1001), np.arange(1, 1001), 1000)
    weights = [topic_weight(topic, counts) for topic in range(1, 1001)]
    assert weights == sorted(weights, reverse=True)
    assert (weights[0], weights[-1]) == (1.0, 0.0)
    assert weights[99] > TELLING > weights[249]


def test_in_a_small_archive_a_topic_that_all_have_is_telling() -> None:
    two = TopicCounts.holding(np.array([7]), np.array([2]), 2)
    assert topic_weight(7, two) > TELLING
    assert topic_weight(7, TopicCounts.holding(np.array([7]), np.array([SMALLEST]), SMALLEST)) == 0.0


def test_a_topic_of_half_the_archive_relates_no_two_and_is_no_reason() -> None:
    everywhere, rare = 5, 9
    several = [(n, said(topics=(everywhere,) if n % 2 else ())) for n in range(2, 200)]
    pair = [(n, said(topics=(everywhere, rare))) for n in range(2)]
    state = log_of(*pair, *several)
    catalogue = state.catalogue
    others = np.array([1, 3], np.int32)
    assert with_topic(0, others, catalogue.topics, catalogue.topic_counts).tolist() == [True, False]
    found = shared(state, 0, 1, 0.9)
    assert found is not None
    assert (found.kind, found.topics) == ("same topics", (rare,))
    assert shared(state, 0, 3, 0.9) is None
