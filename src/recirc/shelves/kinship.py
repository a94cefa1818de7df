"""How much two articles have to do with each other beyond the words they share: the topics in common.

A topic counts the less, the more articles have it (`topic_weight`).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.state.topic_counts import TELLING, TopicCounts, topic_weight
from recirc.types import FloatArray, IntArray, LongArray

Similarities = NDArray[np.float32]

SHARPNESS: Final = 8
"""A text neighbour speaks by its likeness to this power. One of 0.8 then weighs ten times one of 0.6. Tuned on queries
that are not the ones reported, on two collections; see docs/decisions/2026-11-22-article-vectors.md.
"""


@compiled
def expected_topics(
    article: int, neighbours: IntArray, similarities: Similarities, topics: LongArray
) -> tuple[LongArray, FloatArray]:
    """The topics that an article should have, int64 (m,), and how surely, float64 (m,), above 0 to 1.

    Its own are sure. Any other is as sure as the share of its text neighbours that have it, each weighing likeness **
    SHARPNESS (label propagation over the nearest neighbours: Zhu and Ghahramani 2002, one step).

    Args:
        neighbours, similarities: int32 and float32 (n, K), the text neighbours, -1: none, as `Content` keeps them.
        topics: int64 (n, T), padded with 0, as `Catalogue` keeps them.
    """
    width, most = neighbours.shape[1], topics.shape[1]
    known = np.empty((width + 1) * most, np.int64)
    share = np.zeros((width + 1) * most, np.float64)
    m = 0
    for t in range(most):
        if topics[article, t] != 0:
            known[m], share[m] = topics[article, t], 1.0
            m += 1
    own = m
    whole = 0.0
    for k in range(width):
        near = neighbours[article, k]
        if near < 0 or similarities[article, k] <= 0:
            continue
        weight = float(similarities[article, k]) ** SHARPNESS
        whole += weight
        for t in range(most):
            topic = topics[near, t]
            if topic == 0:
                continue
            at = 0
            while at < m and known[at] != topic:
                at += 1
            if at == m:
                known[m] = topic
                m += 1
            if at >= own:
                share[at] += weight
    for at in range(own, m):
        share[at] /= whole
    return known[:m], share[:m]


@compiled
def _in_common(known: LongArray, share: FloatArray, topics: LongArray, counts: TopicCounts) -> float:
    """Overlap of expected topics, whose `share` has their weight in it, with the topics of an article."""
    common, others, most = 0.0, 0.0, 0.0
    for t in range(len(topics)):
        if topics[t] == 0:
            continue
        weight = topic_weight(topics[t], counts)
        others += weight
        for at in range(len(known)):
            if known[at] == topics[t]:
                common += share[at]
                most = max(most, weight)
                break
    every: float = share.sum() + others - common
    return min(most / TELLING, 1.0) * common / every if every > 0 else 0.0


@compiled
def kinship(
    article: int,
    others: IntArray,
    neighbours: IntArray,
    similarities: Similarities,
    topics: LongArray,
    counts: TopicCounts,
) -> FloatArray:
    """How much an article has in common with each of `others`, float64 (m,), from 0 to 1.

    It is the Jaccard overlap of the topics expected of `article` (`expected_topics`) with those of the other, each with
    its `topic_weight`; 0 where none are known. Where nothing in common is TELLING, it is lowered in proportion: of two
    articles whose only topic is the country where all news is from, the weights alone would cancel out.

    Args:
        others: int32 (m,), the article itself not among them.
        neighbours, similarities, topics: as for `expected_topics`.
    """
    known, share = expected_topics(article, neighbours, similarities, topics)
    for at in range(len(known)):
        share[at] *= topic_weight(known[at], counts)
    out = np.empty(len(others), np.float64)
    for place in range(len(others)):
        out[place] = _in_common(known, share, topics[others[place]], counts)
    return out
