"""A log in the form that protocols need: its entries, and the clicks among them by session."""

from collections.abc import Mapping
from typing import NamedTuple, cast

import numpy as np

from recirc.types import ArticleFeatures, BoolArray, EntryKind, IntArray, LongArray, RecordArray

HOUR = 3_600_000
LONGEST = 20
"""Number of a session's distinct articles that are used, the first ones."""

GAP = 1_800_000
"""ms; the pause that ends a reader's session unless the sender named the visit. As `learning.visit_gap`."""


class ReplayLog(NamedTuple):
    """A log and its log: counted views, in the order of their sessions.

    Attributes, n = log entries, c = log, s = sessions:
        records: RECORD (n,), in the order of the log.
        article_features: by the index in `records` of each publication.
        window: int32 (n,): hours from the first click to the start of the click's session, or to the time of another
            entry; entries before the first click are in window 0.
        clicks: int64 (c,): index of each click in `records`, by session and within it by time.
        used: bool (c,): whether a click is the first on one of the first LONGEST distinct articles of its session.
        starts: int64 (s + 1,): index in `clicks` of each session's first click.
    """

    records: RecordArray
    article_features: Mapping[int, ArticleFeatures]
    window: IntArray
    clicks: LongArray
    used: BoolArray
    starts: LongArray

    @property
    def session(self) -> LongArray:
        """The session of each of `clicks`, int64 (c,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def replay_log_from(
    records: RecordArray,
    window: IntArray | None = None,
    article_features: Mapping[int, ArticleFeatures] | None = None,
    gap: int = GAP,
) -> ReplayLog:
    """Find the sessions of a log, RECORD (n,), as the state does: named visits, and readers' clicks split at pauses of
    `gap` ms.

    Windows (int32 (n,)) are renumbered from the first. By default, a session belongs to the hour of its first click.
    """
    counted = np.flatnonzero((records["kind"] == EntryKind.VIEW) & (records["excluded"] == 0))
    clicks, starts = _sessions(records, counted, gap)
    session = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    if window is None:
        hours = records["time"] // HOUR
        hours[clicks] = hours[clicks[starts[:-1]]][session]
        window = np.maximum(hours - hours[clicks].min(initial=np.iinfo(np.int64).max), 0).astype(np.int32)
    else:
        window = (window - window.min()).astype(np.int32)
    used = _used(np.ascontiguousarray(records["article"][clicks]), session)
    return ReplayLog(records, article_features or {}, window, clicks, used, starts)


def _sessions(records: RecordArray, clicks: LongArray, gap: int) -> tuple[LongArray, LongArray]:
    """The clicks by session and time, int64 (c,), and the index of each session's first one, int64 (s + 1,)."""
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
