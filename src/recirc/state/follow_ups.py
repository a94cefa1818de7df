"""Follow-ups: articles on the same event that are no copies of each other. Each may have a slot of its own."""

from collections.abc import Collection
from typing import Final

import numpy as np

from recirc.compiled import compiled
from recirc.state.content import Vectors
from recirc.state.state import State
from recirc.state.topic_counts import topic_weight
from recirc.text.term_overlaps import Hashes, TermOverlaps
from recirc.text.terms import NAMED
from recirc.types import FloatArray, IntArray, LongArray

WITHIN: Final = 3 * 86_400_000
"""Longest time between the publications of follow-ups, ms."""
NEARBY: Final = 20
"""How many candidates an article may be as near to by its terms as to its follow-ups, see `pair_features`."""
AGREED: Final = 0.4
"""From where on vectors and terms agree enough."""
FEATURES: Final = ("cosine", "terms", "both", "beyond", "topics", "burst", "bursting")
"""What two articles are compared by, see `pair_features`."""
WEIGHTS: Final = (-6.396, -5.317, -10.071, 28.126, 9.736, 2.615, 0.842, 1.302)
"""Of a constant and of each feature: a logistic regression, fitted by `benchmarks/follow_ups.py --fit`."""
LEAST: Final = 0.35
"""Least score of a follow-up, in logits; chosen by the same command on the labels for developing."""


def follow_ups(state: State, article: int, apart: Collection[int] = ()) -> IntArray:
    """Live articles on the same event as this one, before and after it, by time: int32 (n,).

    They are published within `WITHIN` of it, are not among its near-copies, and have a score of at least `LEAST`. An
    article without a date or without a text is no follow-up.

    Args:
        state: what was learned so far; how rare a term is, is as of now.
        article: its index.
        apart: keys of the slugs of sections whose articles report no events, such as opinion: they are no follow-ups.
    """
    among = candidates(state, article, apart)
    found = among[scores(pair_features(state, article, among)) >= LEAST] if len(among) else among
    published = state.catalogue.published
    order = np.lexsort((found, published[found]))
    result: IntArray = found[order]
    return result


def candidates(state: State, article: int, apart: Collection[int] = ()) -> IntArray:
    """The articles that may be its follow-ups: live, of its language, within `WITHIN` of it, and no copies of it."""
    catalogue, size = state.catalogue, state.size
    published = catalogue.published[:size]
    live = catalogue.live()
    for section in apart:
        live &= catalogue.section[:size] != section
    if not 0 <= article < size or not live[article] or published[article] < 0:
        return np.zeros(0, np.int32)
    language = state.content.index.languages[:size]
    near = live & (published >= 0) & (np.abs(published - published[article]) <= WITHIN)
    near &= (language == language[article]) & (language != 0)
    near[state.stories.members(article)] = False
    return np.flatnonzero(near).astype(np.int32)


def scores(features: FloatArray) -> FloatArray:
    """The log-odds that two articles are on the same event, from `pair_features`: float64 (m,)."""
    result: FloatArray = WEIGHTS[0] + features @ np.array(WEIGHTS[1:])
    return result


def pair_features(state: State, article: int, among: IntArray) -> FloatArray:
    """How an article is related to each of its `candidates`, float64 (m, 7), one column for each of `FEATURES`.

        cosine   = of their vectors
        terms    = √(cosine of their weighted terms)
        both     = min(cosine · terms, `AGREED`)
        beyond   = terms - terms of the candidate that follows the `NEARBY` nearest by terms, or of the farthest
        topics   = √(Σ over shared topics  `topic_weight`)
        burst    = Σ over shared terms  log(N / df) / log(N) · max(0, log((1 + now) / (1 + df · M / N)))
        bursting = min(burst, 1)

    with N texts, df of them with the term, M texts within `WITHIN` of the article, and `now` of these with
    the term. The inverse document frequency (Spärck Jones, 1972) runs from 0 for a term that all texts have to 1 for
    one that a single text has. A burst is what the words of an event have, and those of a beat do not: rare in the
    archive and frequent in these days (after Kleinberg, 2002). An article whose beat has many like it must be nearer to
    be a follow-up: `beyond`.
    """
    cosine = _cosines(state, article, among)
    index = state.content.index
    own, found = index.of(article).hashes, index.overlaps(article, among)
    texts, count = index.texts_with(own), max(int(index.texts[index.languages[article], 0]), 2)
    terms = np.sqrt(index.likeness_with(article, among, texts, found).astype(np.float64))
    burst = _bursts(own, texts, count, found)
    nth = min(NEARBY, len(among) - 1)
    usual = -np.partition(-terms, nth)[nth] if len(among) else 0.0
    columns = [
        cosine,
        terms,
        np.minimum(cosine * terms, AGREED),
        terms - usual,
        np.sqrt(_shared_topics(state, article, among)),
        burst,
        np.minimum(burst, 1.0),
    ]
    return np.stack(columns, axis=1)


def _bursts(own: Hashes, texts: LongArray, count: int, found: TermOverlaps) -> FloatArray:
    """The bursts of the terms that each candidate has in common with the article, summed by their rarity.

    `own`: the article's terms, of which as many `texts` have each; `count`: number of texts.
    """
    rarity = np.log(count / np.maximum(texts, 1)) / np.log(count)
    days = 1 + found.others  # the article itself is one of the texts of these days
    bursts = np.maximum(np.log((2 + found.texts()) / (1 + texts * days / count)), 0.0)
    return found.sums(np.where((own & NAMED) != 0, rarity * bursts, 0.0))


def _shared_topics(state: State, article: int, among: IntArray) -> FloatArray:
    """The sum of `topic_weight` over the topics that each of `among` has in common with the article."""
    topics, table = state.catalogue.topics, state.catalogue.topic_counts
    own = np.unique(topics[article][topics[article] != 0])
    weights = np.array([topic_weight(topic, table) for topic in own.tolist()])
    return _shared(own, weights, among, topics)


@compiled
def _shared(own: LongArray, weights: FloatArray, among: IntArray, topics: LongArray) -> FloatArray:
    found = np.zeros(len(among))
    for row in range(len(among)):
        for t in range(len(own)):
            for topic in topics[among[row]]:
                if topic == own[t]:
                    found[row] += weights[t]
                    break
    return found


def _cosines(state: State, article: int, among: IntArray) -> FloatArray:
    norms = state.content.norms.astype(np.float64)
    products = _products(state.content.vectors, article, among)
    lengths = norms[among] * norms[article]
    cosines: FloatArray = np.divide(products, lengths, out=np.zeros(len(among)), where=lengths > 0)
    return cosines


@compiled
def _products(vectors: Vectors, article: int, among: IntArray) -> FloatArray:
    """Of whole numbers, and so the same in any order of addition."""
    found = np.zeros(len(among))
    for row in range(len(among)):
        other, product = among[row], np.int32(0)
        for d in range(vectors.shape[1]):
            product += np.int32(vectors[article, d]) * np.int32(vectors[other, d])
        found[row] = product
    return found
