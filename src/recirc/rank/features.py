"""The features of a candidate: one compiled pass over the state's arrays, the same for training and for serving.

Every feature is a share, a ratio or an age, never a raw count alone, so that a model learned on one day serves the
next.
All is read as of the state's clock. Shares s of what is rare are told as log(s + ε).
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.rank import candidate_sources as of
from recirc.rank.candidate_sources import CandidateTable
from recirc.settings import LearningSettings
from recirc.state.contexts import DEVICES, REFERRERS
from recirc.state.lifetimes import NEVER
from recirc.state.transitions import ARRIVALS, DEPARTURES
from recirc.types import FloatArray, IntArray, LongArray

Features = NDArray[np.float32]

GROUPS = (
    "popularity",
    "passage",
    "context",
    "sessions",
    "coreading",
    "followers",
    "earlier",
    "text",
    "age",
    "exposure",
    "formula",
    "visit",
)
"""What a feature speaks of. The last but one sums up sessions, coreading and popularity; the last is the same for all
candidates.
"""

EPSILON = 1e-5
PRIOR = 10.0
"""A share within a context counts for so many views of the share outside it."""
FOLLOWERS_PRIOR = 3.0
MASS_PRIOR = 0.5
HOUR = 3_600_000.0
NO_AGE = 1e4
"""Hours: an article that nobody read and nobody dated."""


class FeatureCatalogue(NamedTuple):
    """Names and groups of the features, in the order of their columns.

    Attributes:
        names: (F,).
        groups: int32 (F,), places in GROUPS.
    """

    names: tuple[str, ...]
    groups: IntArray


def catalogued(learning: LearningSettings) -> FeatureCatalogue:
    """Which features there are; half-lives come from the settings."""
    long = [_span(seconds) for seconds in learning.half_lives]
    short = [_span(seconds) for seconds in learning.context_half_lives]
    told = {
        "popularity": [
            *(f"popularity {span}" for span in long),
            *(f"trend {a} to {b}" for a, b in pairwise(long)),
        ],
        "passage": [
            *(f"arrivals {span}" for span in long),
            *(f"departures a reader {span}" for span in long),
        ],
        "context": [
            f"{told} {span}"
            for kind in ("referrer", "device", "region")
            for span in short
            for told in (kind, f"{kind} against all")
        ],
        "sessions": [
            "similarity", "visits", "next", "after", "recent", "of the most", "with idf", "against popularity",
            "next of all", "same referrer", "same device", "same region",
        ],
        "coreading": [
            "shares", "shares of the most", "largest share", "after the last", "before the last",
            "after the one before", "mass", "after the last against popularity", "two steps",
            "two steps against popularity",
        ],
        "followers": [
            "next", "next of all", "next of same referrer", "next of same device", "next of same region", "recent",
            "later", "at the end", "against popularity",
        ],
        "earlier": ["seen", "shares", "largest share"],
        "text": ["last", "visit"],
        "age": ["since the first view or publication", "since the last view"],
        "exposure": ["clicks against expected", "expected"],
        "formula": ["score"],
        "visit": [
            "articles", "earlier articles", "hour of day", "referrer", "device", "region",
            *(f"last article's popularity {span}" for span in long), "last article's age", "followers", "similarity",
            "similar visits", "mass after",
        ],
    }  # fmt: skip
    names = tuple(f"{group}: {name}" for group in GROUPS for name in told[group])
    groups = [place for place, group in enumerate(GROUPS) for _ in told[group]]
    return FeatureCatalogue(names, np.array(groups, np.int32))


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


class FeatureInputs(NamedTuple):
    """What the features are read from, as of one moment.

    Attributes, n = articles, H and G = half-lives of popularity and contexts:
        popularity: float64 (n, 1, H); popularity_factors: float64 (H,); popularity_totals: float64 (1, H).
        passage: float64 (n, 2, H); passage_factors: float64 (H,); passage_totals: float64 (2, H).
        contexts: float32 (n, BUCKETS, G); contexts_factors: float64 (G,); contexts_totals: float64 (BUCKETS, G).
        base: int32 (G,): which of popularity's half-lives is nearest to each of the contexts'.
        first, last, published: int64 (n,), ms, as in `Lifetimes` and `Catalogue`.
        shown: int32 (n, positions, 2): seen and clicked, by group of positions; rates: float64 (positions,): clicks
            for each time seen.
        clock: int64 (1,), ms.
    """

    popularity: FloatArray
    popularity_factors: FloatArray
    popularity_totals: FloatArray
    passage: FloatArray
    passage_factors: FloatArray
    passage_totals: FloatArray
    contexts: NDArray[np.float32]
    contexts_factors: FloatArray
    contexts_totals: FloatArray
    base: IntArray
    first: LongArray
    last: LongArray
    published: LongArray
    shown: IntArray
    rates: FloatArray
    clock: LongArray


class QueryFeatures(NamedTuple):
    """The question, for the features.

    Attributes:
        last: int64 (1,): index of the visit's last article, -1: none that is known.
        lengths: float64 (2,): articles of the visit, and of earlier ones.
        context: int32 (3,): columns of `Contexts`.
    """

    last: LongArray
    lengths: FloatArray
    context: IntArray


@compiled
def _age(article: int, readings: FeatureInputs) -> float:
    """Hours since an article was published or, where nobody said, first opened."""
    began = readings.published[article]
    if began < 0 or began > readings.clock[0]:
        began = readings.first[article]
    return (readings.clock[0] - began) / HOUR if began != NEVER else NO_AGE


@compiled
def fill(
    chosen: IntArray,
    pool: CandidateTable,
    formula: FloatArray,
    readings: FeatureInputs,
    asked: QueryFeatures,
    out: Features,
) -> None:
    """The features of some candidates.

    Args:
        chosen: int32 (m,): places in the pool.
        formula: float64 (pool's size,): score of the default formula.
        out: float32 (m, F), is filled.
    """
    half_lives = len(readings.popularity_factors)
    spans = len(readings.contexts_factors)
    whole = pool.whole
    clock = readings.clock[0]
    most_similar, most_coread = 1e-9, 1e-9
    for at in range(pool.size[0]):
        most_similar = max(most_similar, pool.evidence[at, of.SESSIONS])
        most_coread = max(most_coread, pool.evidence[at, of.COREAD])
    pop_total = readings.popularity_totals[0] * readings.popularity_factors + 1e-6
    arrivals_total = readings.passage_totals[ARRIVALS] * readings.passage_factors + 1e-6
    hour = half_lives // 2  # popularity in the middle of the half-lives stands for "usually"
    last = asked.last[0]
    shares = np.empty(half_lives)
    for place in range(len(chosen)):
        at = chosen[place]
        a = pool.articles[at]
        found = pool.evidence[at]
        row = out[place]
        f = 0
        # popularity
        for h in range(half_lives):
            shares[h] = readings.popularity[a, 0, h] * readings.popularity_factors[h] / pop_total[h]
            row[f] = np.log(shares[h] + EPSILON)
            f += 1
        for h in range(half_lives - 1):
            row[f] = row[h] - row[h + 1]
            f += 1
        usual = row[hour]
        # passage
        for h in range(half_lives):
            arrivals = readings.passage[a, ARRIVALS, h] * readings.passage_factors[h]
            row[f] = np.log(arrivals / arrivals_total[h] + EPSILON)
            f += 1
        for h in range(half_lives):
            departures = readings.passage[a, DEPARTURES, h] * readings.passage_factors[h]
            row[f] = departures / (readings.popularity[a, 0, h] * readings.popularity_factors[h] + 1.0)
            f += 1
        # context
        for c in range(3):
            column = asked.context[c]
            for s in range(spans):
                usually = shares[readings.base[s]]
                views = readings.contexts[a, column, s] * readings.contexts_factors[s]
                of_all = readings.contexts_totals[column, s] * readings.contexts_factors[s]
                row[f] = np.log((views + PRIOR * usually) / (of_all + PRIOR) + EPSILON)
                row[f + 1] = row[f] - row[readings.base[s]]
                f += 2
        # sessions
        similarity, similar = found[of.SESSIONS], whole[of.SIMILARITY] + 1e-6
        idf = np.log(
            1.0 + pop_total[half_lives - 1] / (1.0 + shares[half_lives - 1] * pop_total[half_lives - 1])
        )
        row[f] = similarity
        row[f + 1] = found[of.VOTES]
        row[f + 2] = found[of.NEXT]
        row[f + 3] = found[of.AFTER]
        row[f + 4] = found[of.RECENT]
        row[f + 5] = similarity / most_similar
        row[f + 6] = similarity * idf
        row[f + 7] = np.log(similarity / similar + 1e-4) - usual
        row[f + 8] = found[of.NEXT] / similar
        for c in range(3):
            row[f + 9 + c] = found[of.LIKE + c] / similar
        f += 12
        # coreading
        row[f] = found[of.COREAD]
        row[f + 1] = found[of.COREAD] / most_coread
        row[f + 2] = found[of.COREAD_MOST]
        row[f + 3] = found[of.AFTER_LAST]
        row[f + 4] = found[of.BEFORE_LAST]
        row[f + 5] = found[of.AFTER_PREVIOUS]
        row[f + 6] = found[of.COREAD_MASS]
        expected = MASS_PRIOR * np.exp(usual)
        row[f + 7] = (
            np.log((found[of.AFTER_MASS] + expected) / (whole[of.MASS_LAST] + MASS_PRIOR) + 1e-6) - usual
        )
        row[f + 8] = found[of.TWO_STEPS]
        row[f + 9] = np.log(found[of.TWO_STEPS] + 1e-4) - usual
        f += 10
        # followers
        followed = found[of.FOLLOWED]
        share = followed / (whole[of.FOLLOWERS] + 1.0)
        row[f] = followed
        row[f + 1] = share
        for c in range(3):
            row[f + 2 + c] = (found[of.FOLLOWED_LIKE + c] + FOLLOWERS_PRIOR * share) / (
                whole[of.FOLLOWERS_LIKE + c] + FOLLOWERS_PRIOR
            )
        row[f + 5] = found[of.FOLLOWED_RECENT]
        row[f + 6] = found[of.FOLLOWED_LATER]
        row[f + 7] = found[of.FOLLOWED_END]
        row[f + 8] = np.log((followed + expected) / (whole[of.FOLLOWERS] + MASS_PRIOR) + 1e-6) - usual
        f += 9
        # earlier
        row[f] = found[of.SEEN]
        row[f + 1] = found[of.EARLIER]
        row[f + 2] = found[of.EARLIER_MOST]
        f += 3
        # text
        row[f] = found[of.TEXT_LAST]
        row[f + 1] = found[of.TEXT]
        f += 2
        # age
        row[f] = _age(a, readings)
        row[f + 1] = (clock - readings.last[a]) / HOUR if readings.last[a] > 0 else NO_AGE
        f += 2
        # exposure
        expected_clicks, clicks = 0.0, 0
        for p in range(len(readings.rates)):
            expected_clicks += readings.shown[a, p, 0] * readings.rates[p]
            clicks += readings.shown[a, p, 1]
        row[f] = np.log((clicks + 1.0) / (expected_clicks + 1.0))
        row[f + 1] = np.log(expected_clicks + 1.0)
        f += 2
        # formula
        row[f] = formula[at]
        f += 1
        # visit
        row[f] = asked.lengths[0]
        row[f + 1] = asked.lengths[1]
        row[f + 2] = (clock // int(HOUR)) % 24
        row[f + 3] = asked.context[0]
        row[f + 4] = asked.context[1] - REFERRERS
        row[f + 5] = asked.context[2] - REFERRERS - DEVICES
        f += 6
        for h in range(half_lives):
            its = (
                readings.popularity[last, 0, h] * readings.popularity_factors[h] / pop_total[h]
                if last >= 0
                else 0.0
            )
            row[f] = np.log(its + EPSILON)
            f += 1
        row[f] = _age(last, readings) if last >= 0 else NO_AGE
        row[f + 1] = whole[of.FOLLOWERS]
        row[f + 2] = whole[of.SIMILARITY]
        row[f + 3] = whole[of.SIMILAR]
        row[f + 4] = whole[of.MASS_LAST]
