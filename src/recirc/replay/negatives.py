"""Negative samples: the articles that a target competes with under the protocol `sampled`."""

import numpy as np

from recirc.compiled import compiled
from recirc.replay.queries import Queries
from recirc.replay.replay_log import HOUR, ReplayLog
from recirc.types import IntArray, LongArray

NEGATIVES = 50
DRAWS = 4096
"""Draws from the last hour; after them the rest is filled up from the clicks before the query, newest first."""


@compiled
def _mix(seed: np.uint64) -> np.uint64:
    """The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), for a state."""
    h = seed
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@compiled
def _is_new(article: int, own: IntArray, drawn: IntArray, n: int) -> bool:
    for i in range(len(own)):
        if own[i] == article:
            return False
    for i in range(n):  # noqa: SIM110  # numba knows no generators within a call
        if drawn[i] == article:
            return False
    return True


@compiled
def _sample(
    article: IntArray, low: int, high: int, own: IntArray, target: int, seed: int, out: IntArray
) -> int:
    """Fill `out` with the target and distinct articles of clicks `low` to `high`, shuffled; returns their number."""
    state = np.uint64(seed)
    out[0] = target
    n = 1
    for _ in range(DRAWS if high > low else 0):
        if n == len(out):
            break
        state += np.uint64(0x9E3779B97F4A7C15)
        drawn = article[low + np.int64(_mix(state) % np.uint64(high - low))]
        if _is_new(drawn, own, out, n):
            out[n] = drawn
            n += 1
    for i in range(high - 1, -1, -1):
        if n == len(out):
            break
        if _is_new(article[i], own, out, n):
            out[n] = article[i]
            n += 1
    for i in range(n - 1, 0, -1):
        state += np.uint64(0x9E3779B97F4A7C15)
        j = np.int64(_mix(state) % np.uint64(i + 1))
        out[i], out[j] = out[j], out[i]
    return n


class NegativeSampler:
    """Samples NEGATIVES articles for a query; the same target click always gets the same sample.

    Clicks of the hour before the target are drawn with equal probability, so articles by popularity. An article is used
    unless it is in the sample already or the session opens it, before or later. If the hour has too few such articles,
    those clicked last before it are added; if the whole past has too few, the sample is smaller.
    """

    def __init__(self, log: ReplayLog, queries: Queries) -> None:
        self._log = log
        self._queries = queries
        views = log.records[log.clicks]
        order = np.argsort(views["time"], kind="stable")
        self._time: LongArray = views["time"][order]
        self._article: IntArray = np.ascontiguousarray(views["article"][order])
        self._session_articles: IntArray = np.ascontiguousarray(views["article"])
        self._high = np.searchsorted(self._time, queries.time, side="left")
        self._low = np.searchsorted(self._time, queries.time - HOUR, side="left")
        self._seed = log.records["id"][queries.source[queries.at]]
        self._target = queries.target

    def candidates(self, query: int) -> IntArray:
        """The target and its negatives, int32 (≤ NEGATIVES + 1,), distinct, shuffled."""
        session = self._queries.session[query]
        own = self._session_articles[self._log.starts[session] : self._log.starts[session + 1]]
        out = np.empty(NEGATIVES + 1, np.int32)
        n = _sample(
            self._article,
            self._low[query],
            self._high[query],
            own,
            self._target[query],
            self._seed[query],
            out,
        )
        return out[:n]
