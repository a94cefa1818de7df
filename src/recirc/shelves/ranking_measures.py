"""By what a ranking can go, and in which window."""

from typing import Final, NamedTuple

import numpy as np

from recirc.messages import MessageText, counted, marked, message
from recirc.state.activity import LONGEST, Measure
from recirc.state.audience import SHARES, TICK
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
    RankBy.SHARES: marked("shares, no more than readers"),
    RankBy.REACTIONS: marked("reactions, no more than readers"),
    RankBy.READING: marked("engaged time of a reader"),
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

FEWEST: Final = 3
"""Distinct readers whom any measure but the readers themselves asks for, even where fewer are stated."""

MOST_MEASURED: Final = 16
"""Number of measures of all articles that are kept until the state changes."""


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


def span_of(terms: RankingTerms, window: Window) -> int:
    """Length of the window that is measured, ms; 0: since the beginning. What is rising has a beginning: the longest
    named window that it knows is a week.
    """
    span = terms.span or SPANS[window]
    return SPANS[Window.WEEK] if terms.by is RankBy.RISING and not span else span


def ranking_method(terms: RankingTerms, window: Window) -> MessageText:
    """By what the ranking goes, and in which window."""
    if terms.column >= 0:
        return MessageText(THERE)
    minutes = span_of(terms, window) // MINUTE
    return message("%(what)s, %(period)s", what=MessageText(WORDS[terms.by]), period=period(minutes))


def measured(state: State, terms: RankingTerms, window: Window, now: int, least: tuple[int, int]) -> Measured:
    """What is known of all articles at `now` (ms), to the tick. `least`: readers for a place, and for what is compared.

    Requests share it; it must not be changed.
    """
    now = now // TICK * TICK
    key = (terms, span_of(terms, window), now, least)
    kept: dict[object, Measured] = state.derived("measured", dict)
    found = kept.get(key)
    if found is None:
        if len(kept) >= MOST_MEASURED:  # each is as long as the archive
            kept.clear()
        found = kept[key] = _measured(state, terms, span_of(terms, window), now, least)
    return found


def _measured(state: State, terms: RankingTerms, span: int, now: int, least: tuple[int, int]) -> Measured:
    fewest = max(FEWEST, *least)
    if terms.column >= 0:
        return _there(state, terms.column, now, fewest)
    if terms.by is RankBy.RISING:
        return _rising(state, span, now, fewest)
    readers = _readers(state, span, now)
    if terms.by is RankBy.READERS:
        return Measured(np.where(readers >= least[0], readers, 0).astype(float), {"readers": readers})
    enough = readers >= fewest
    if terms.by is RankBy.READING:
        seconds = state.activity.counts(Measure.SECONDS, span, now) if span else _ever(state, Measure.SECONDS)
        mean: FloatArray = np.minimum(seconds / np.maximum(readers, 1), LONGEST)
        return Measured(np.where(enough, mean, 0.0), {"seconds": np.rint(mean), "readers": readers})
    measure = Measure.SHARES if terms.by is RankBy.SHARES else Measure.REACTIONS
    sent = state.activity.counts(measure, span, now) if span else _ever(state, measure)
    # Nothing says whose a share is, but of so many readers no more than one each is plausible.
    found: LongArray = np.clip(sent, 0, readers)
    return Measured(
        np.where(enough, found, 0).astype(float), {measure.name.lower(): found, "readers": readers}
    )


def _readers(state: State, span: int, now: int) -> LongArray:
    """Distinct readers who are ranked, int64 (n,)."""
    if span:
        return state.activity.counts(Measure.READERS, span, now)
    return state.audience.readers(Window.EVER, now)


def _ever(state: State, measure: Measure) -> LongArray:
    """What was counted since the beginning, int64 (n,)."""
    if measure is Measure.SECONDS:
        return state.activity.seconds[: state.size]
    if measure is Measure.SHARES:
        return state.audience.totals[: state.size, SHARES]
    given: LongArray = state.audience.reactions[: state.size].sum(axis=1)
    return given


def _rising(state: State, span: int, now: int, least: int) -> Measured:
    """Readers beside those that are expected; what few readers say is drawn towards what is usual."""
    readers = _readers(state, span, now)
    articles: IntArray = np.flatnonzero(readers >= least).astype(np.int32)
    earlier = np.maximum(_readers(state, 0, now)[articles] - readers[articles], 0)
    usual = state.rhythm.expected(articles, earlier, span, now)
    ratio = (readers[articles] + EVIDENCE) / (usual + EVIDENCE)
    scores, expected = np.zeros(len(readers)), np.zeros(len(readers))
    scores[articles] = np.where(ratio > 1.0, ratio, 0.0)
    expected[articles] = np.round(usual, 1)
    return Measured(scores, {"readers": readers, "usual": expected})


def _there(state: State, column: int, now: int, least: int) -> Measured:
    """Recent views from there, no more than the article has readers in all."""
    table, readers = state.contexts.table, _readers(state, 0, now)
    factor = table.decay_factors(now)[-1]
    weights: FloatArray = np.minimum(table.weights[: state.size, column, -1] * factor, readers)
    # Each view has exactly one kind of referrer.
    of: LongArray = np.rint(table.weights[: state.size, :REFERRERS, -1].sum(axis=1) * factor).astype(np.int64)
    views: LongArray = np.rint(weights).astype(np.int64)
    return Measured(np.where(views >= least, weights, 0.0), {"views": views, "of": of})
