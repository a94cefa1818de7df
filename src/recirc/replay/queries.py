"""What is asked of a policy: at each used click from a session's second on, what the reader opened before it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.rank.visit import Visit
from recirc.replay.replay_log import ReplayLog
from recirc.types import BoolArray, IntArray, LongArray

EARLIER = 20
"""So many distinct articles of a reader's other sessions are told, the last ones."""

LOOKED_BACK = 1000
"""So many of a reader's clicks are looked at to find them."""


class Queries(NamedTuple):
    """A target and the history before it, for each used click from a session's second on, by session and time.

    Attributes, u = used clicks, q = queries:
        article: int32 (u,): of the used clicks, by session and time.
        source: int64 (u,): where each of them is in `ReplayLog.records`.
        begin, at: int64 (q,): where in `article` the session begins, and where the target is.
        last: bool (q,): the target is the session's last.
        time: int64 (q,), ms: when the target was opened.
        window: int32 (q,): of the session.
        session: int64 (q,): the session's place in `ReplayLog.starts`.
        reader: int64 (q,): keyed hash, 0: not known.
    """

    article: IntArray
    source: LongArray
    begin: LongArray
    at: LongArray
    last: BoolArray
    time: LongArray
    window: IntArray
    session: LongArray
    reader: LongArray

    @property
    def target(self) -> IntArray:
        """The article that was opened, int32 (q,)."""
        return self.article[self.at]

    def of(self, query: int) -> IntArray:
        """The history of one query, int32 (s,), oldest first."""
        return self.article[self.begin[query] : self.at[query]]

    def chosen(self, which: NDArray[np.bool_] | LongArray) -> "Queries":
        """Some of the queries, in that order."""
        rest = {
            name: getattr(self, name)[which] for name in self._fields if name not in ("article", "source")
        }
        return self._replace(**rest)


def queries_of(clicks: ReplayLog) -> Queries:
    """Every query that a log holds."""
    used = np.flatnonzero(clicks.used)
    session = clicks.session[used]
    source = clicks.places[used]
    first = np.searchsorted(session, session)
    at = np.flatnonzero(np.arange(len(used)) > first)
    following = np.r_[session[1:], -1]
    records = clicks.records
    return Queries(
        article=np.ascontiguousarray(records["article"][source]),
        source=source,
        begin=first[at],
        at=at,
        last=following[at] != session[at],
        time=records["time"][source[at]],
        window=clicks.window[source[at]],
        session=session[at],
        reader=records["reader"][source[at]],
    )


@compiled
def _look_back(
    low: LongArray,
    high: LongArray,
    own: LongArray,
    article: IntArray,
    session: LongArray,
    most: int,
    found: IntArray,
    count: IntArray,
) -> None:
    for q in range(len(low)):
        n = 0
        for i in range(high[q] - 1, max(low[q], high[q] - most) - 1, -1):
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
    """Makes the visits of queries; what a reader opened in other sessions is looked up for all of them at once."""

    def __init__(self, clicks: ReplayLog, queries: Queries, moment: LongArray, bound: LongArray) -> None:
        """`moment` (int64 (n,)): for each log entry the moment from which on it is known, a window or ms; `bound`
        (int64 (q,)): what was known strictly before it may be told with each query.
        """
        self._queries = queries
        records, places = clicks.records, clicks.places
        known = np.flatnonzero(records["reader"][places] != 0)
        views = records[places[known]]
        order = np.lexsort((views["time"], moment[places[known]], views["reader"]))
        reader, when = views["reader"][order], moment[places[known]][order]
        low = np.searchsorted(reader, queries.reader)
        self._found: IntArray = np.empty((len(bound), EARLIER), np.int32)
        self._count: IntArray = np.zeros(len(bound), np.int32)
        if len(bound):
            _look_back(
                low, _first_at(reader, when, queries.reader, bound, low), queries.session,
                np.ascontiguousarray(views["article"][order]), clicks.session[known][order], LOOKED_BACK,
                self._found, self._count,
            )  # fmt: skip
        newest = clicks.records[queries.source]
        self._codes = [np.ascontiguousarray(newest[name]) for name in ("referrer", "device", "region")]

    def visit(self, query: int) -> Visit:
        """What is known of the reader of one query."""
        newest = self._queries.at[query] - 1
        referrer, device, region = (int(codes[newest]) for codes in self._codes)
        return Visit(
            self._queries.of(query), self._found[query, : self._count[query]], referrer, device, region
        )


@compiled
def _first_at(
    reader: LongArray, when: LongArray, wanted: LongArray, bound: LongArray, low: LongArray
) -> LongArray:
    """In entries by reader and moment: the first of each `wanted` reader that is not before `bound`, int64 (q,)."""
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
