"""The default formula of Recommendation, which serves until a learned model is better, and whenever there is
none.
"""

import numpy as np

from recirc.compiled import compiled
from recirc.rank import candidate_sources as of
from recirc.rank.candidate_sources import CandidateTable
from recirc.rank.features import FeatureInputs
from recirc.settings import RecommendationSettings
from recirc.types import FloatArray, IntArray

PARTS = ("sessions", "coreading", "popularity", "text")
SESSIONS, COREADING, POPULARITY, TEXT = range(len(PARTS))

REGION, REFERRER = 6.0, 4.0
"""In the first stage: what a share of the views of the same region, or referrer, counts for."""


def shares(pool: CandidateTable, readings: FeatureInputs, recommending: RecommendationSettings) -> FloatArray:
    """What each part adds to each candidate's score, float64 (n, len(PARTS)): weight times share.

    score = sessions · S + coreading · C + popularity · P + text · T, each share between 0 and 1: what the source
    says of the candidate over the most that it says of any.
    """
    rules = recommending
    weights = np.array((rules.sessions, rules.coreading, rules.popularity, rules.text))
    return _shares(pool, readings, rules.half_life, weights)


@compiled
def _shares(pool: CandidateTable, readings: FeatureInputs, now: int, weights: FloatArray) -> FloatArray:
    n = pool.size[0]
    slowest = len(readings.popularity_factors) - 1
    factor = readings.popularity_factors[slowest]
    total = readings.popularity_totals[0, slowest] * factor
    parts = np.empty((n, 4))
    most = np.zeros(4)
    for at in range(n):
        a = pool.articles[at]
        rarity = np.log(1.0 + total / (1.0 + readings.popularity[a, 0, slowest] * factor))
        parts[at, 0] = pool.evidence[at, of.SESSIONS] * rarity
        parts[at, 1] = pool.evidence[at, of.COREAD]
        parts[at, 2] = readings.popularity[a, 0, now]
        parts[at, 3] = pool.evidence[at, of.TEXT]
        for p in range(4):
            most[p] = max(most[p], parts[at, p])
    for at in range(n):
        for p in range(4):
            parts[at, p] = weights[p] * parts[at, p] / most[p] if most[p] > 0 else 0.0
    return parts


def stage_one(
    pool: CandidateTable, parts: FloatArray, readings: FeatureInputs, columns: IntArray
) -> FloatArray:
    """A cheap score by which the candidates are chosen that the trees will see, float64 (n,).

    The default formula, and what readers from the same region and by the same referrer read.
    """
    return _stage_one(pool, parts, readings, columns)


@compiled
def _stage_one(
    pool: CandidateTable, parts: FloatArray, readings: FeatureInputs, columns: IntArray
) -> FloatArray:
    n = pool.size[0]
    score = np.empty(n)
    spans = len(readings.contexts_factors)
    of_all = readings.contexts_totals * readings.contexts_factors + 1.0
    for at in range(n):
        a = pool.articles[at]
        score[at] = parts[at].sum()
        for c in (0, 2):
            for s in range(1 if spans > 1 else 0, spans):
                views = readings.contexts[a, columns[c], s] * readings.contexts_factors[s]
                share = views / of_all[columns[c], s]
                if c == 2:
                    score[at] += REGION * share
                elif s <= 1:
                    score[at] += REFERRER * share
        score[at] += 0.5 * min(5.0 * pool.evidence[at, of.TWO_STEPS], 1.0)
    return score
