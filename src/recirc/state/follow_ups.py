"""Follow-ups: articles on the same event that are no copies of each other. Each may have a slot of its own."""

from typing import Final

import numpy as np

from recirc.state.state import State
from recirc.types import FloatArray, IntArray

WITHIN: Final = 3 * 86_400_000
"""Longest time between the publications of follow-ups, ms."""
TOPIC_WEIGHT: Final = 0.25
LEAST: Final = 0.95
"""Least score of a follow-up. Both were chosen by benchmarks/follow_ups.py, and belong to this model of vectors."""


def follow_ups(state: State, article: int) -> IntArray:
    """Live articles on the same event as this one, before and after it, by time: int32 (n,).

    They are published within `WITHIN` of it, are not among its near-copies, and have a score of at least `LEAST`:

        score = cosine + TOPIC_WEIGHT · Σ over shared topics  log(N / df) / log(N)

    with N live articles, df of them with the topic. This is the inverse document frequency (Spärck Jones, 1972) on a
    scale from 0 for a topic that all have to 1 for one that a single article has. An article without a date, without a
    text or without a topic in common is no follow-up.
    """
    catalogue, size = state.catalogue, state.size
    published = catalogue.published[:size]
    live = catalogue.live()
    if not 0 <= article < size or not live[article] or published[article] < 0:
        return np.zeros(0, np.int32)
    near = live & (published >= 0) & (np.abs(published - published[article]) <= WITHIN)
    near[state.stories.members(article)] = False
    among = np.flatnonzero(near).astype(np.int32)
    shared = _shared_topics(state, article, among)
    among, shared = among[shared > 0], shared[shared > 0]
    scores = _cosines(state, article, among) + TOPIC_WEIGHT * shared
    found = among[scores >= LEAST]
    order = np.lexsort((found, published[found]))
    result: IntArray = found[order]
    return result


def _shared_topics(state: State, article: int, among: IntArray) -> FloatArray:
    """Σ of log(N / df) / log(N) over the topics that each of `among` has in common with the article."""
    topics, live = state.catalogue.topics[: state.size], state.catalogue.live()
    count = max(int(live.sum()), 2)
    shared = np.zeros(len(among))
    for topic in set(topics[article][topics[article] != 0].tolist()):
        having = (topics == topic).any(axis=1) & live
        shared += having[among] * (np.log(count / having.sum()) / np.log(count))
    return shared


def _cosines(state: State, article: int, among: IntArray) -> FloatArray:
    vectors, norms = state.content.vectors, state.content.norms.astype(np.float64)
    # Whole numbers below 2**53: exact in any order of addition, and so the same everywhere.
    products = vectors[among].astype(np.float64) @ vectors[article].astype(np.float64)
    lengths = norms[among] * norms[article]
    cosines: FloatArray = np.divide(products, lengths, out=np.full(len(among), -1.0), where=lengths > 0)
    return cosines
