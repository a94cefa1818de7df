"""Follow-ups: articles on the same event that are no copies of each other. Each may have a slot of its own."""

from collections.abc import Collection
from typing import Final

import numpy as np

from recirc.state.state import State
from recirc.state.topic_counts import topic_weight
from recirc.text.term_overlaps import sums_among, texts_among
from recirc.text.terms import NAMED
from recirc.types import FloatArray, IntArray

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
    live = catalogue.live() & ~np.isin(catalogue.section[:size], list(apart))
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
    terms = np.sqrt(state.content.index.likeness_with(article, among).astype(np.float64))
    burst = _bursts(state, article, among)
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


def _bursts(state: State, article: int, among: IntArray) -> FloatArray:
    """The bursts of the terms that each of `among` has in common with the article, summed by their rarity."""
    index = state.content.index
    own = index.of(article).hashes
    own = own[(own & NAMED) != 0]
    count = max(int(index.texts[index.languages[article], 0]), 2)
    texts = index.texts_with(own).astype(np.float64)
    rarity = np.log(count / np.maximum(texts, 1)) / np.log(count)
    now = texts_among(own, among, index.terms, index.counts)
    days = 1 + len(among)  # the article itself is one of the texts of these days
    bursts = np.maximum(np.log((2 + now) / (1 + texts * days / count)), 0.0)
    return sums_among(own, rarity * bursts, among, index.terms, index.counts)


def _shared_topics(state: State, article: int, among: IntArray) -> FloatArray:
    """The sum of `topic_weight` over the topics that each of `among` has in common with the article."""
    topics, table = state.catalogue.topics, state.catalogue.topic_counts
    theirs = topics[among]
    shared = np.zeros(len(among))
    for topic in np.unique(topics[article][topics[article] != 0]).tolist():
        shared += (theirs == topic).any(axis=1) * topic_weight(topic, table)
    return shared


def _cosines(state: State, article: int, among: IntArray) -> FloatArray:
    vectors, norms = state.content.vectors, state.content.norms.astype(np.float64)
    # Whole numbers below 2**53: exact in any order of addition, and so the same everywhere.
    products = vectors[among].astype(np.float64) @ vectors[article].astype(np.float64)
    lengths = norms[among] * norms[article]
    cosines: FloatArray = np.divide(products, lengths, out=np.zeros(len(among)), where=lengths > 0)
    return cosines
