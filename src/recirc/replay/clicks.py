"""A log of clicks as the protocols want it: sessions cut to their first articles, windows, and records to
fold.
"""

from typing import NamedTuple, cast

import numpy as np

from recirc.types import BoolArray, IntArray, LongArray, RecordArray

HOUR = 3_600_000
LONGEST = 20
"""A session's first so many distinct articles are used."""


class Clicks(NamedTuple):
    """Clicks in the order of their sessions.

    Attributes, n = clicks, s = sessions:
        records: RECORD (n,), VIEW entries, sorted by session and within it by time.
        window: int32 (n,): the hour in which the click's session began.
        used: bool (n,): among the first LONGEST distinct articles of its session.
        starts: int64 (s + 1,): where each session begins in `records`.
    """

    records: RecordArray
    window: IntArray
    used: BoolArray
    starts: LongArray


def clicks_of(records: RecordArray, window: IntArray | None = None) -> Clicks:
    """Arrange VIEW records, RECORD (n,), by session (their `visit`).

    Windows (int32 (n,)) are counted from the first. Without them, a session belongs to the hour of its first click.
    """
    order = np.lexsort((records["time"], records["visit"]))
    records = records[order]
    visit = records["visit"]
    starts = np.flatnonzero(np.r_[True, visit[1:] != visit[:-1], True])
    session = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    if window is None:
        first = records["time"][starts[:-1]] // HOUR
        window = (first - first.min()).astype(np.int32)[session]
    else:
        window = (window[order] - window.min()).astype(np.int32)
    return Clicks(records, window, _used(records["article"], session), starts)


def _used(article: IntArray, session: LongArray) -> BoolArray:
    """The first click of each article of a session, and of those the first LONGEST."""
    n = len(article)
    order = np.lexsort((np.arange(n), article, session))
    same = (session[order][1:] == session[order][:-1]) & (article[order][1:] == article[order][:-1])
    distinct = np.zeros(n, bool)
    distinct[order] = np.r_[True, ~same]
    running = np.cumsum(distinct)
    before = np.r_[0, running][np.searchsorted(session, session)]
    return cast(BoolArray, distinct & (running - before <= LONGEST))


class Queries(NamedTuple):
    """What is asked, and what the reader opened next.

    Attributes, q = queries:
        target: int32 (q,): the session's last article.
        time: int64 (q,), ms: when it was opened.
        window: int32 (q,): of the session.
        session: int64 (q,): the session's place in `Clicks.starts`.
        starts: int64 (q + 1,): where each query's history begins in `history`.
        history: int32 (…,): the articles before, oldest first.
    """

    target: IntArray
    time: LongArray
    window: IntArray
    session: LongArray
    starts: LongArray
    history: IntArray

    def of(self, query: int) -> IntArray:
        """The history of one query, int32 (s,)."""
        return self.history[self.starts[query] : self.starts[query + 1]]


def last_click_queries(clicks: Clicks) -> Queries:
    """One query for each session of at least two articles: all but the last predict the last."""
    session = np.repeat(np.arange(len(clicks.starts) - 1), np.diff(clicks.starts))
    kept = np.flatnonzero(clicks.used)
    sizes = np.bincount(session[kept], minlength=len(clicks.starts) - 1)
    ends = np.cumsum(sizes)
    tested = np.flatnonzero(sizes >= 2)
    last = kept[ends[tested] - 1]
    is_history = np.repeat(sizes >= 2, sizes)
    is_history[ends[tested] - 1] = False
    return Queries(
        target=clicks.records["article"][last],
        time=clicks.records["time"][last],
        window=clicks.window[last],
        session=tested,
        starts=np.r_[0, np.cumsum(sizes[tested] - 1)],
        history=np.ascontiguousarray(clicks.records["article"][kept[is_history]]),
    )
