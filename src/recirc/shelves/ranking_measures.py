"""By what a ranking can go, and in which window."""

from typing import Final, NamedTuple

import numpy as np

from recirc.messages import MessageText, counted, marked, message
from recirc.state.activity import Measure
from recirc.state.audience import READERS, READS, SHARES, TICK
from recirc.state.contexts import REFERRERS
from recirc.state.rhythm import EVIDENCE
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, LongArray, RankBy, Window

MINUTE: Final = 60_000
SPANS: Final = {
    Window.HOUR: 60 * MINUTE,
    Window.DAY: 1440 * MINUTE,
    Window.WEEK: 10_080 * MINUTE,
    Window.EVER: 0,
}
"""Length of each named window, ms; 0: since the beginning."""

UNITS: Final = {"m": MINUTE, "h": 60 * MINUTE, "d": 1440 * MINUTE}

KINDS: Final = {
    RankBy.READERS: "most read",
    RankBy.RISING: "rising",
    RankBy.SHARES: "most shared",
    RankBy.REACTIONS: "most reacted to",
    RankBy.READING: "longest read",
}
"""The kind of reason of each."""

READ_THERE: Final = "read there"

WORDS: Final = {
    RankBy.READERS: marked("distinct readers, each once a day"),
    RankBy.RISING: marked("readers, compared with what is usual for its age and the hour"),
    RankBy.SHARES: marked("shares"),
    RankBy.REACTIONS: marked("reactions"),
    RankBy.READING: marked("engaged time of a reading"),
}
THERE: Final = marked("recent views from there")


class RankingTerms(NamedTuple):
    """By what a ranking goes, beyond its named window.

    Attributes:
        span: length of the window, ms; 0: that of the named window.
        by: what is counted.
        column: of `Contexts`: only views from there count; -1: all.
    """

    span: int = 0
    by: RankBy = RankBy.READERS
    column: int = -1


PLAIN: Final = RankingTerms()


class Measured(NamedTuple):
    """What a ranking goes by.

    Attributes, n = articles:
        scores: float64 (n,): the higher, the earlier; 0: no place.
        numbers: of each reason, by name, int64 (n,).
    """

    scores: FloatArray
    numbers: dict[str, LongArray | FloatArray]


def span_ms(text: str | None) -> int:
    """Length of a window such as 90m, 6h or 30d, in ms; 0: none is given.

    >>> span_ms("90m"), span_ms("30d"), span_ms(None)
    (5400000, 2592000000, 0)
    """
    return int(text[:-1]) * UNITS[text[-1]] if text else 0


def period(minutes: int) -> MessageText:
    """A window in words; 0: since the beginning.

    >>> period(60).text, period(90).many, period(2880).number
    ('last hour', 'last %(n)s minutes', 2)
    """
    if minutes <= 0:
        return message("so far")
    if minutes % 1440 == 0:
        return counted("last day", "last %(n)s days", minutes // 1440)
    if minutes % 60 == 0:
        return counted("last hour", "last %(n)s hours", minutes // 60)
    return counted("last minute", "last %(n)s minutes", minutes)


def ranking_method(terms: RankingTerms, window: Window) -> MessageText:
    """By what the ranking goes, and in which window."""
    if terms.column >= 0:
        return MessageText(THERE)
    minutes = (terms.span or SPANS[window]) // MINUTE
    return message("%(what)s, %(period)s", what=MessageText(WORDS[terms.by]), period=period(minutes))


def measured(state: State, terms: RankingTerms, window: Window, now: int, least: tuple[int, int]) -> Measured:
    """What is known of all articles at `now` (ms). `least`: readers for a place, and for what is compared."""
    span = terms.span or SPANS[window]
    if terms.column >= 0:
        return _there(state, terms.column, now, least[0])
    if terms.by is RankBy.RISING:
        return _rising(state, span or SPANS[Window.WEEK], now, max(least))
    if terms.by is RankBy.READING:
        seconds, reads = _counts(state, Measure.SECONDS, span, now), _counts(state, Measure.READS, span, now)
        mean: FloatArray = np.where(reads >= max(least), seconds / np.maximum(reads, 1), 0.0)
        return Measured(mean, {"seconds": np.rint(mean), "readings": reads})
    measure = {RankBy.SHARES: Measure.SHARES, RankBy.REACTIONS: Measure.REACTIONS}.get(
        terms.by, Measure.READERS
    )
    found = _counts(state, measure, span, now)
    fewest = least[0] if measure is Measure.READERS else 1
    return Measured(np.where(found >= fewest, found, 0).astype(float), {measure.name.lower(): found})


def _counts(state: State, measure: Measure, span: int, now: int) -> LongArray:
    """int64 (n,)."""
    if span:
        return state.activity.counts(measure, span, now)
    audience, size = state.audience, state.size
    if measure is Measure.SECONDS:
        return state.activity.seconds[:size]
    if measure is Measure.REACTIONS:
        given: LongArray = audience.reactions[:size].sum(axis=1)
        return given
    column = {Measure.SHARES: SHARES, Measure.READS: READS}.get(measure, READERS)
    return audience.totals[:size, column]


def _rising(state: State, span: int, now: int, least: int) -> Measured:
    """Readers beside those that are expected; what few readers say is drawn towards what is usual."""
    now = now // TICK * TICK
    readers = _counts(state, Measure.READERS, span, now)
    articles: IntArray = np.flatnonzero(readers >= least).astype(np.int32)
    earlier = np.maximum(_counts(state, Measure.READERS, 0, now)[articles] - readers[articles], 0)
    usual = state.rhythm.expected(articles, earlier, span, now)
    ratio = (readers[articles] + EVIDENCE) / (usual + EVIDENCE)
    scores, expected = np.zeros(len(readers)), np.zeros(len(readers))
    scores[articles] = np.where(ratio > 1.0, ratio, 0.0)
    expected[articles] = np.round(usual, 1)
    return Measured(scores, {"readers": readers, "usual": expected})


def _there(state: State, column: int, now: int, least: int) -> Measured:
    table = state.contexts.table
    weights = table.weights[: state.size, :, -1] * table.decay_factors(now)[-1]
    views: LongArray = np.rint(weights[:, column]).astype(np.int64)
    # Each view has exactly one kind of referrer.
    of: LongArray = np.rint(weights[:, :REFERRERS].sum(axis=1)).astype(np.int64)
    scores: FloatArray = np.where(views >= least, weights[:, column], 0.0)
    return Measured(scores, {"views": views, "of": of})
