"""A log as the protocols want it: what is folded, and the clicks in it by session."""

from collections.abc import Mapping
from typing import NamedTuple, cast

import numpy as np

from recirc.types import ArticleFeatures, BoolArray, EntryKind, IntArray, LongArray, RecordArray

HOUR = 3_600_000
LONGEST = 20
"""A session's first so many distinct articles are used."""

GAP = 1_800_000
"""ms; a reader's session ends after so long a pause unless its sender named it. As `learning.visit_gap`."""


class ReplayLog(NamedTuple):
    """A log and its clicks: counted views, in the order of their sessions.

    Attributes, n = log entries, c = clicks, s = sessions:
        records: RECORD (n,), in the order of the log.
        understandings: place in `records` of each publication, and what it says.
        window: int32 (n,): the hour in which a click's session began, or of another entry's own time, counted from
            the first click's; what came before that is in window 0.
        places: int64 (c,): where the clicks are in `records`, by session and within it by time.
        used: bool (c,): among the first LONGEST distinct articles of its session.
        starts: int64 (s + 1,): where each session begins in `places`.
    """

    records: RecordArray
    understandings: Mapping[int, ArticleFeatures]
    window: IntArray
    places: LongArray
    used: BoolArray
    starts: LongArray

    @property
    def session(self) -> LongArray:
        """The session of each of `places`, int64 (c,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def clicks_of(
    records: RecordArray,
    window: IntArray | None = None,
    understandings: Mapping[int, ArticleFeatures] | None = None,
    gap: int = GAP,
) -> ReplayLog:
    """Find the sessions of a log, RECORD (n,), as the state does: named visits, and readers cut at pauses of `gap` ms.

    Windows (int32 (n,)) are counted from the first. Without them, a session belongs to the hour of its first click.
    """
    counted = np.flatnonzero((records["kind"] == EntryKind.VIEW) & (records["excluded"] == 0))
    places, starts = _sessions(records, counted, gap)
    session = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    if window is None:
        hours = records["time"] // HOUR
        hours[places] = hours[places[starts[:-1]]][session]
        window = np.maximum(hours - hours[places].min(initial=np.iinfo(np.int64).max), 0).astype(np.int32)
    else:
        window = (window - window.min()).astype(np.int32)
    used = _used(np.ascontiguousarray(records["article"][places]), session)
    return ReplayLog(records, understandings or {}, window, places, used, starts)


def _sessions(records: RecordArray, clicks: LongArray, gap: int) -> tuple[LongArray, LongArray]:
    """The clicks by session and time, int64 (c,), and where each session begins among them, int64 (s + 1,)."""
    views = records[clicks]
    named = views["visit"] != 0
    key = np.where(named, views["visit"], np.where(views["reader"] != 0, views["reader"], views["id"]))
    order = np.lexsort((views["time"], key, named))
    key, named, time = key[order], named[order], views["time"][order]
    begins = np.ones(len(order) + 1, bool)
    paused = ~named[1:] & (time[1:] > time[:-1] + gap)
    begins[1:-1] = (key[1:] != key[:-1]) | (named[1:] != named[:-1]) | paused
    return clicks[order], np.flatnonzero(begins) if len(order) else np.zeros(1, np.int64)


def _used(article: IntArray, session: LongArray) -> BoolArray:
    """The first click of each article of a session, and of those the first LONGEST."""
    n = len(article)
    order = np.lexsort((np.arange(n), article, session))
    same = (session[order][1:] == session[order][:-1]) & (article[order][1:] == article[order][:-1])
    distinct = np.zeros(n, bool)
    distinct[order[:1]] = True
    distinct[order[1:]] = ~same
    running = np.cumsum(distinct)
    before = np.r_[0, running][np.searchsorted(session, session)]
    return cast(BoolArray, distinct & (running - before <= LONGEST))
