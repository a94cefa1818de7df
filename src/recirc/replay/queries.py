"""Queries: at each used click from a session's second on, what the reader opened before it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.rank.visit import Visit
from recirc.replay.replay_log import ReplayLog
from recirc.types import BoolArray, IntArray, LongArray

EARLIER = 20
"""Number of distinct articles of a reader's other sessions that a query knows, the last ones."""

LOOKED_BACK = 1000
"""Number of a reader's clicks among which they are looked for."""


class Queries(NamedTuple):
    """A target and the history before it, for each used click from a session's second on, by session and time.

    Attributes, u = used clicks, q = queries:
        article: int32 (u,): of the used clicks, by session and time.
        source: int64 (u,): index of each of them in `ReplayLog.records`.
        start, at: int64 (q,): index in `article` of the session's first click, and of the target.
        last: bool (q,): the target is the session's last.
        time: int64 (q,), ms: when the target was opened.
        window: int32 (q,): of the session.
        session: int64 (q,): index of the session in `ReplayLog.starts`.
        reader: int64 (q,): keyed hash, 0: not known.
    """

    article: IntArray
    source: LongArray
    start: LongArray
    at: LongArray
    last: BoolArray
    time: LongArray
    window: IntArray
    session: LongArray
    reader: LongArray

    @property
    def target(self) -> IntArray:
        """The target articles, int32 (q,)."""
        return self.article[self.at]

    def history(self, query: int) -> IntArray:
        """The history of one query, int32 (s,), oldest first."""
        return self.article[self.start[query] : self.at[query]]

    def select(self, which: NDArray[np.bool_] | LongArray) -> "Queries":
        """Some of the queries, in the order of the indices."""
        rest = {
            name: getattr(self, name)[which] for name in self._fields if name not in ("article", "source")
        }
        return self._replace(**rest)


def queries_in(log: ReplayLog) -> Queries:
    """Every query in a log."""
    used = np.flatnonzero(log.used)
    session = log.session[used]
    source = log.clicks[used]
    first = np.searchsorted(session, session)
    at = np.flatnonzero(np.arange(len(used)) > first)
    following = np.r_[session[1:], -1]
    records = log.records
    return Queries(
        article=np.ascontiguousarray(records["article"][source]),
        source=source,
        start=first[at],
        at=at,
        last=following[at] != session[at],
        time=records["time"][source[at]],
        window=log.window[source[at]],
        session=session[at],
        reader=records["reader"][source[at]],
    )


@compiled
def _find_earlier(
    low: LongArray,
    high: LongArray,
    own: LongArray,
    article: IntArray,
    session: LongArray,
    limit: int,
    found: IntArray,
    count: IntArray,
) -> None:
    """For each query the last distinct articles of entries `low` to `high` that are not of its `own` session.

    Writes them to `found`, int32 (q, EARLIER), oldest first, and their number to `count`; only the last `limit` entries
    are read.
    """
    for q in range(len(low)):
        n = 0
        for i in range(high[q] - 1, max(low[q], high[q] - limit) - 1, -1):
            if session[i] == own[q]:
                continue
            known = False
            for j in range(n):
                known = known or found[q, j] == article[i]
            if not known:
                found[q, n] = article[i]
                n += 1
                if n == found.shape[1]:
                    break
        for j in range(n // 2):
            found[q, j], found[q, n - 1 - j] = found[q, n - 1 - j], found[q, j]
        count[q] = n


class VisitBuilder:
    """Builds the visits of queries. The clicks of readers' other sessions are looked up for all queries at once."""

    def __init__(
        self, log: ReplayLog, queries: Queries, known_from: LongArray, known_before: LongArray
    ) -> None:
        """`known_from`, `known_before`: as in `Schedule`."""
        self._queries = queries
        records, clicks = log.records, log.clicks
        known = np.flatnonzero(records["reader"][clicks] != 0)
        views = records[clicks[known]]
        order = np.lexsort((views["time"], known_from[clicks[known]], views["reader"]))
        reader, when = views["reader"][order], known_from[clicks[known]][order]
        low = np.searchsorted(reader, queries.reader)
        self._found: IntArray = np.empty((len(known_before), EARLIER), np.int32)
        self._count: IntArray = np.zeros(len(known_before), np.int32)
        if len(known_before):
            _find_earlier(
                low, _first_at(reader, when, queries.reader, known_before, low), queries.session,
                np.ascontiguousarray(views["article"][order]), log.session[known][order], LOOKED_BACK,
                self._found, self._count,
            )  # fmt: skip
        newest = log.records[queries.source]
        self._codes = [np.ascontiguousarray(newest[name]) for name in ("referrer", "device", "region")]

    def visit(self, query: int) -> Visit:
        """The visit of one query, with what is known of its reader."""
        newest = self._queries.at[query] - 1
        referrer, device, region = (int(codes[newest]) for codes in self._codes)
        return Visit(
            self._queries.history(query), self._found[query, : self._count[query]], referrer, device, region
        )


@compiled
def _first_at(
    reader: LongArray, when: LongArray, wanted: LongArray, bound: LongArray, low: LongArray
) -> LongArray:
    """In entries sorted by reader and `when`: the first of each `wanted` reader not before `bound`, int64 (q,)."""
    found = np.empty(len(wanted), np.int64)
    for q in range(len(wanted)):
        left, right = low[q], len(reader)
        while left < right:
            middle = (left + right) // 2
            if reader[middle] == wanted[q] and when[middle] < bound[q]:
                left = middle + 1
            else:
                right = middle
        found[q] = left
    return found
