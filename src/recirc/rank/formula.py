"""The default formula of Recommendation. It serves until a learned model is better, and whenever there is no model."""

from typing import NamedTuple

import numpy as np

from recirc.compiled import compiled_in_place
from recirc.rank import candidate_sources as sources
from recirc.rank.candidate_sources import CandidateTable
from recirc.rank.feature_groups import FeatureInputs
from recirc.settings import RecommendationSettings
from recirc.types import FloatArray, IntArray

PARTS = ("sessions", "coreading", "popularity", "text")
SESSIONS, COREADING, POPULARITY, TEXT = range(len(PARTS))

FEW_VISITS = 3.0
"""Number of similar visits of which half of what they say is believed."""

FEW_FOLLOWERS = 1.0
"""Number of visits that went on from the last article just now, of which half of what they say is believed."""

REGION, REFERRER = 6.0, 4.0
"""First-stage weights of an article's share of the views of the same region, and of the same referrer."""

_COLUMN_REFERRER, _COLUMN_REGION = 0, 2
"""Where the two are in a visit's context."""


def weights_of(recommending: RecommendationSettings) -> FloatArray:
    """The weight of each part, float64 (len(PARTS),)."""
    rules = recommending
    return np.array((rules.sessions, rules.coreading, rules.popularity, rules.text))


class OrderWeights(NamedTuple):
    """What the order in which others read adds to the first two parts (`RecommendationSettings`).

    Attributes:
        after: weight of `sources.AFTER` beside `sources.SESSIONS`.
        next: weight of the share of `sources.FOLLOWED_RECENT` beside `sources.COREAD`.
    """

    after: float
    next: float


def order_weights_of(recommending: RecommendationSettings) -> OrderWeights:
    """The weights of the order."""
    return OrderWeights(recommending.sessions_after, recommending.coreading_next)


class FirstStage(NamedTuple):
    """What the first stage finds of each candidate.

    Attributes, n = candidates or more:
        parts: float64 (n, len(PARTS)): what each part of the formula adds.
        scores: float64 (n,): of the first stage.
        largest: float64 (len(PARTS),), room.
    """

    parts: FloatArray
    scores: FloatArray
    largest: FloatArray


@compiled_in_place
def fill_parts(
    table: CandidateTable,
    inputs: FeatureInputs,
    half_life: int,
    weights: FloatArray,
    order: OrderWeights,
    stage: FirstStage,
) -> None:
    """Write what each part adds to each candidate's score: weight times share.

    score = sessions · S + coreading · C + popularity · P + text · T, each share between 0 and 1: the candidate's
    evidence over the largest of all candidates. In S a similar visit counts more for what it opened after the newest
    article in common. C is co-reading, and what the newest visits opened right after the last article. S is shrunk by
    v / (v + FEW_VISITS) for a candidate that is in v of the similar visits, so that a handful of visits does not
    outweigh everything else.

    Args:
        half_life: which half-life of popularity P is of.
        weights: float64 (len(PARTS),), see `weights_of`.
    """
    fill_raw_parts(table, inputs, half_life, order, stage)
    scale_parts(table.size[0], weights, table, stage)


@compiled_in_place
def fill_raw_parts(
    table: CandidateTable, inputs: FeatureInputs, half_life: int, order: OrderWeights, stage: FirstStage
) -> None:
    """Write the evidence for each part, and the largest of each."""
    parts, largest = stage.parts, stage.largest
    for p in range(len(PARTS)):
        largest[p] = 0.0
    slowest = len(inputs.popularity_factors) - 1
    factor = inputs.popularity_factors[slowest]
    total = inputs.popularity_totals[0, slowest] * factor
    followed = order.next / (table.totals[sources.FOLLOWERS_RECENT] + FEW_FOLLOWERS)
    for row in range(table.size[0]):
        a = table.articles[row]
        parts[row, SESSIONS] = (
            table.evidence[row, sources.SESSIONS] + order.after * table.evidence[row, sources.AFTER]
        )
        if parts[row, SESSIONS] > 0:  # of most it is zero, and a logarithm takes as long as all the rest
            rarity = np.log(1.0 + total / (1.0 + inputs.popularity[a, 0, slowest] * factor))
            parts[row, SESSIONS] *= rarity
        parts[row, COREADING] = (
            table.evidence[row, sources.COREAD] + followed * table.evidence[row, sources.FOLLOWED_RECENT]
        )
        parts[row, POPULARITY] = inputs.popularity[a, 0, half_life]
        parts[row, TEXT] = table.evidence[row, sources.TEXT]
        for p in range(len(PARTS)):
            largest[p] = max(largest[p], parts[row, p])


@compiled_in_place
def scale_parts(n: int, weights: FloatArray, table: CandidateTable, stage: FirstStage) -> None:
    """Make shares of the evidence of the first n candidates, times the weights."""
    parts, largest = stage.parts, stage.largest
    for row in range(n):
        for p in range(len(PARTS)):
            parts[row, p] = weights[p] * parts[row, p] / largest[p] if largest[p] > 0 else 0.0
        votes = table.evidence[row, sources.VOTES]
        parts[row, SESSIONS] *= votes / (votes + FEW_VISITS)


@compiled_in_place
def fill_scores(table: CandidateTable, inputs: FeatureInputs, columns: IntArray, stage: FirstStage) -> None:
    """Write a cheap score that selects the candidates for the trees.

    The default formula, and the share of the views of readers from the same region and of the same referrer.

    Args:
        columns: int32 (3,): columns of `Contexts` for the visit's referrer, device and region.
    """
    parts, scores = stage.parts, stage.scores
    half_lives = len(inputs.contexts_factors)
    first = _first_half_life(half_lives)
    for row in range(table.size[0]):
        a = table.articles[row]
        score = 0.0
        for p in range(len(PARTS)):
            score += parts[row, p]
        score += REFERRER * _context_share(a, columns[_COLUMN_REFERRER], first, inputs)
        for s in range(first, half_lives):
            score += REGION * _context_share(a, columns[_COLUMN_REGION], s, inputs)
        scores[row] = score + 0.5 * min(5.0 * table.evidence[row, sources.TWO_STEPS], 1.0)


@compiled_in_place
def fill_context_terms(article: int, inputs: FeatureInputs, columns: IntArray, terms: FloatArray) -> None:
    """Write what `fill_scores` adds for the contexts of a visit, one after another; float64 (`context_terms`,)."""
    half_lives = len(inputs.contexts_factors)
    first = _first_half_life(half_lives)
    terms[0] = REFERRER * _context_share(article, columns[_COLUMN_REFERRER], first, inputs)
    for s in range(first, half_lives):
        terms[1 + s - first] = REGION * _context_share(article, columns[_COLUMN_REGION], s, inputs)


@compiled_in_place
def context_terms(inputs: FeatureInputs) -> int:
    """How many terms there are: one for the referrer, and one for each half-life but the first for the region."""
    half_lives = len(inputs.contexts_factors)
    return 1 + half_lives - _first_half_life(half_lives)


@compiled_in_place
def _first_half_life(half_lives: int) -> int:
    return 1 if half_lives > 1 else 0


@compiled_in_place
def _context_share(article: int, column: int, s: int, inputs: FeatureInputs) -> float:
    """Share of the views in a context that are of an article."""
    views = inputs.contexts[article, column, s] * inputs.contexts_factors[s]
    every = inputs.contexts_totals[column, s] * inputs.contexts_factors[s] + 1.0
    return float(views / every)
