"""The feature groups that have the same columns whatever the settings: the columns of each, and their computation.

A group is a named tuple. Its fields are the names of its columns, and its function sets each of them by name, so that a
value and its name cannot drift apart.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled_in_place
from recirc.rank import candidate_sources as sources
from recirc.state.lifetimes import NEVER
from recirc.types import FloatArray, IntArray, LongArray

EPSILON = 1e-5
PRIOR = 10.0
"""Views with which the share outside a context enters the share within it."""
FOLLOWERS_PRIOR = 3.0
MASS_PRIOR = 0.5
HOUR = 3_600_000.0
NO_AGE = 1e4
"""Hours: the age of an article without views and without a date."""


class FeatureInputs(NamedTuple):
    """The arrays that features are computed from, as of one moment.

    Attributes, n = articles, H and G = half-lives of popularity and contexts:
        popularity: float64 (n, 1, H); popularity_factors: float64 (H,); popularity_totals: float64 (1, H).
        transitions: float64 (n, 2, H); transitions_factors: float64 (H,); transitions_totals: float64 (2, H).
        contexts: float32 (n, BUCKETS, G); contexts_factors: float64 (G,); contexts_totals: float64 (BUCKETS, G).
        nearest: int32 (G,): the half-life of popularity that is nearest to each of the contexts'.
        first, last, published: int64 (n,), ms, as in `Lifetimes` and `Catalogue`.
        exposure: int32 (n, positions, 2): impressions and clicks, by group of positions.
        click_rates: float64 (positions,): clicks per impression.
        clock: int64 (1,), ms.
    """

    popularity: FloatArray
    popularity_factors: FloatArray
    popularity_totals: FloatArray
    transitions: FloatArray
    transitions_factors: FloatArray
    transitions_totals: FloatArray
    contexts: NDArray[np.float32]
    contexts_factors: FloatArray
    contexts_totals: FloatArray
    nearest: IntArray
    first: LongArray
    last: LongArray
    published: LongArray
    exposure: IntArray
    click_rates: FloatArray
    clock: LongArray


class SessionFeatures(NamedTuple):
    """Visits similar to this one that opened the candidate."""

    similarity: float
    visits: float
    next: float
    after: float
    recent: float
    of_the_most: float
    with_idf: float
    against_popularity: float
    next_of_all: float
    same_referrer: float
    same_device: float
    same_region: float


@compiled_in_place
def session_features(
    evidence: FloatArray, totals: FloatArray, usual: float, idf: float, largest: float
) -> SessionFeatures:
    """`usual`: log of the candidate's share of all views; `largest`: similarity of the most similar candidate."""
    similarity, total = evidence[sources.SESSIONS], totals[sources.SIMILARITY] + 1e-6
    return SessionFeatures(
        similarity=similarity,
        visits=evidence[sources.VOTES],
        next=evidence[sources.NEXT],
        after=evidence[sources.AFTER],
        recent=evidence[sources.RECENT],
        of_the_most=similarity / largest,
        with_idf=similarity * idf,
        against_popularity=np.log(similarity / total + 1e-4) - usual,
        next_of_all=evidence[sources.NEXT] / total,
        same_referrer=evidence[sources.SAME_CONTEXT] / total,
        same_device=evidence[sources.SAME_CONTEXT + 1] / total,
        same_region=evidence[sources.SAME_CONTEXT + 2] / total,
    )


class CoreadingFeatures(NamedTuple):
    """What is read together with the articles of the visit."""

    shares: float
    shares_of_the_most: float
    largest_share: float
    after_the_last: float
    before_the_last: float
    after_the_one_before: float
    mass: float
    after_the_last_against_popularity: float
    two_steps: float
    two_steps_against_popularity: float


@compiled_in_place
def coreading_features(
    evidence: FloatArray, totals: FloatArray, usual: float, largest: float
) -> CoreadingFeatures:
    """`usual`: log of the candidate's share of all views; `largest`: the largest of the candidates' shares."""
    expected = MASS_PRIOR * np.exp(usual)
    share_after = (evidence[sources.AFTER_MASS] + expected) / (totals[sources.MASS_LAST] + MASS_PRIOR)
    return CoreadingFeatures(
        shares=evidence[sources.COREAD],
        shares_of_the_most=evidence[sources.COREAD] / largest,
        largest_share=evidence[sources.COREAD_MOST],
        after_the_last=evidence[sources.AFTER_LAST],
        before_the_last=evidence[sources.BEFORE_LAST],
        after_the_one_before=evidence[sources.AFTER_PREVIOUS],
        mass=evidence[sources.COREAD_MASS],
        after_the_last_against_popularity=np.log(share_after + 1e-6) - usual,
        two_steps=evidence[sources.TWO_STEPS],
        two_steps_against_popularity=np.log(evidence[sources.TWO_STEPS] + 1e-4) - usual,
    )


class FollowerFeatures(NamedTuple):
    """Visits that went on from the last article, and those of them that went on to the candidate."""

    next: float
    next_of_all: float
    next_of_same_referrer: float
    next_of_same_device: float
    next_of_same_region: float
    recent: float
    later: float
    at_the_end: float
    against_popularity: float


@compiled_in_place
def follower_features(evidence: FloatArray, totals: FloatArray, usual: float) -> FollowerFeatures:
    """`usual`: log of the candidate's share of all views."""
    followed, expected = evidence[sources.FOLLOWED], MASS_PRIOR * np.exp(usual)
    share_after = (followed + expected) / (totals[sources.FOLLOWERS] + MASS_PRIOR)
    return FollowerFeatures(
        next=followed,
        next_of_all=followed / (totals[sources.FOLLOWERS] + 1.0),
        next_of_same_referrer=_same_context(evidence, totals, 0),
        next_of_same_device=_same_context(evidence, totals, 1),
        next_of_same_region=_same_context(evidence, totals, 2),
        recent=evidence[sources.FOLLOWED_RECENT],
        later=evidence[sources.FOLLOWED_LATER],
        at_the_end=evidence[sources.FOLLOWED_END],
        against_popularity=np.log(share_after + 1e-6) - usual,
    )


@compiled_in_place
def _same_context(evidence: FloatArray, totals: FloatArray, context: int) -> float:
    """The share of followers of the same referrer (0), device (1) or region (2), shrunk to the share of all."""
    share = evidence[sources.FOLLOWED] / (totals[sources.FOLLOWERS] + 1.0)
    followed = evidence[sources.FOLLOWED_SAME_CONTEXT + context]
    every = totals[sources.FOLLOWERS_SAME_CONTEXT + context]
    return (followed + FOLLOWERS_PRIOR * share) / (every + FOLLOWERS_PRIOR)  # type: ignore[no-any-return]


class EarlierFeatures(NamedTuple):
    """The reader's earlier visits."""

    seen: float
    shares: float
    largest_share: float


@compiled_in_place
def earlier_features(evidence: FloatArray) -> EarlierFeatures:
    """What is read together with what the reader opened on earlier visits."""
    return EarlierFeatures(
        seen=evidence[sources.SEEN],
        shares=evidence[sources.EARLIER],
        largest_share=evidence[sources.EARLIER_MOST],
    )


class TextFeatures(NamedTuple):
    """Cosines with the texts of the last article, and of the visit."""

    last: float
    visit: float


@compiled_in_place
def text_features(evidence: FloatArray) -> TextFeatures:
    """How similar the candidate's text is."""
    return TextFeatures(last=evidence[sources.TEXT_LAST], visit=evidence[sources.TEXT])


class AgeFeatures(NamedTuple):
    """Hours."""

    since_the_first_view_or_publication: float
    since_the_last_view: float


@compiled_in_place
def age_features(article: int, inputs: FeatureInputs) -> AgeFeatures:
    """How old an article is, and how long ago it was last opened."""
    last = inputs.last[article]
    return AgeFeatures(
        since_the_first_view_or_publication=age(article, inputs),
        since_the_last_view=(inputs.clock[0] - last) / HOUR if last > 0 else NO_AGE,
    )


@compiled_in_place
def age(article: int, inputs: FeatureInputs) -> float:
    """Hours since an article was published or, if that is unknown or in the future, first opened."""
    start = inputs.published[article]
    if start < 0 or start > inputs.clock[0]:
        start = inputs.first[article]
    return (inputs.clock[0] - start) / HOUR if start != NEVER else NO_AGE


class ExposureFeatures(NamedTuple):
    """Clicks on shelves, against what impressions in the same positions bring on average."""

    clicks_against_expected: float
    expected: float


@compiled_in_place
def exposure_features(article: int, inputs: FeatureInputs) -> ExposureFeatures:
    """Logs of the ratio of clicks to expected clicks, and of the latter."""
    expected, clicks = 0.0, 0
    for p in range(len(inputs.click_rates)):
        expected += inputs.exposure[article, p, 0] * inputs.click_rates[p]
        clicks += inputs.exposure[article, p, 1]
    return ExposureFeatures(
        clicks_against_expected=np.log((clicks + 1.0) / (expected + 1.0)), expected=np.log(expected + 1.0)
    )


class VisitFeatures(NamedTuple):
    """The visit; `referrer`, `device` and `region` are the codes."""

    articles: float
    earlier_articles: float
    hour_of_day: float
    referrer: float
    device: float
    region: float


class EvidenceTotals(NamedTuple):
    """How much evidence there is for the visit as a whole."""

    followers: float
    similarity: float
    similar_visits: float
    mass_after: float


@compiled_in_place
def evidence_totals(totals: FloatArray) -> EvidenceTotals:
    """From the totals of the candidate sources."""
    return EvidenceTotals(
        followers=totals[sources.FOLLOWERS],
        similarity=totals[sources.SIMILARITY],
        similar_visits=totals[sources.SIMILAR],
        mass_after=totals[sources.MASS_LAST],
    )
