"""Follow-ups: articles on the same event that are no copies of each other. Each may have a slot of its own."""

from collections.abc import Collection
from typing import Final

import numpy as np

from recirc.state.state import State
from recirc.text.terms import NAMED
from recirc.types import BoolArray, FloatArray, IntArray

WITHIN: Final = 3 * 86_400_000
"""Longest time between the publications of follow-ups, ms."""
DAY: Final = 86_400_000
RAREST: Final = 8
"""Number of shared terms that count, the rarest first."""
FEATURES: Final = ("cosine", "terms", "topics", "rare", "burst", "gap")
"""What two articles are compared by, see `pair_features`."""
WEIGHTS: Final = (-12.8, 2.98, 4.9, 2.11, 1.22, 0.78, 0.11)
"""Of a constant and of each feature: a logistic regression, fitted by `benchmarks/follow_ups.py --fit`."""
LEAST: Final = 0.4
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
    """How an article is related to each of others of its language, float64 (m, 6), one column for each of `FEATURES`.

        cosine = of their vectors
        terms  = √(cosine of their weighted terms)
        topics = Σ over shared topics  log(N / df) / log(N)
        rare   = Σ over the `RAREST` rarest shared terms  log(N / df) / log(N)
        burst  = Σ over shared terms  log(N / df) / log(N) · max(0, log((1 + now) / (1 + df · M / N)))
        gap    = days between their publications

    with N texts, df of them with the topic or the term, M texts within `WITHIN` of the article, and `now` of these with
    the term. The inverse document frequency (Spärck Jones, 1972) runs from 0 for a term that all texts have to 1 for
    one that a single text has. A burst is what the words of an event have, and those of a beat do not: rare in the
    archive and frequent in these days (after Kleinberg, 2002).
    """
    published = state.catalogue.published[: state.size]
    shared, rarity, bursts = _shared_terms(state, article, among)
    weighed = np.where(shared, rarity, 0.0)
    rarest = -np.sort(-weighed, axis=1)[:, :RAREST]
    return np.stack(
        [
            _cosines(state, article, among),
            np.sqrt(state.content.index.likeness(article)[among].astype(np.float64)),
            _shared_topics(state, article, among),
            rarest.sum(axis=1),
            weighed @ bursts,
            np.abs(published[among] - published[article]) / DAY,
        ],
        axis=1,
    )


def _shared_terms(state: State, article: int, among: IntArray) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Which terms of the article each of `among` has, bool (m, t); their rarity and their bursts, float64 (t,)."""
    index = state.content.index
    own = index.of(article).hashes
    own = np.sort(own[(own & NAMED) != 0])
    count = max(int(index.texts[index.languages[article], 0]), 2)
    texts = index.texts_with(own).astype(np.float64)
    rarity = np.log(count / np.maximum(texts, 1)) / np.log(count)
    shared = np.zeros((len(among), len(own)), np.bool_)
    if len(own) and len(among):
        theirs = index.terms[among]
        places = np.minimum(np.searchsorted(own, theirs), len(own) - 1)
        rows, columns = np.nonzero((own[places] == theirs) & (theirs != 0))
        shared[rows, places[rows, columns]] = True
    # The article itself is one of the texts of these days.
    now, days = 1 + shared.sum(axis=0), 1 + len(among)
    bursts = np.maximum(np.log((1 + now) / (1 + texts * days / count)), 0.0)
    return shared, rarity, bursts


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
    cosines: FloatArray = np.divide(products, lengths, out=np.zeros(len(among)), where=lengths > 0)
    return cosines
