"""Candidates for Recommendation: every article that some source speaks for, with what each source says of
it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.rank.sessions import DAMPING, neighbour_visits
from recirc.settings import Recommending
from recirc.state.state import State
from recirc.types import BoolArray, FloatArray, IntArray, LongArray

SESSIONS, COREADING, POPULARITY, TEXT = range(4)
SOURCES = ("sessions", "coreading", "popularity", "text")
MOST = 4096
"""Candidates that are gathered at most; sources come in the order above."""

POPULAR = 100
"""The most popular articles are candidates without further reason."""

Shares = NDArray[np.float32]


class Candidates(NamedTuple):
    """What may be recommended, and what each source says of it.

    Attributes:
    articles: int32 (n,), distinct, none of the history.
    shares: float64 (n, len(SOURCES)): what each source says, as a share of the most that it says of any
        candidate.
    votes: int32 (n,): similar visits that opened it.
    """

    articles: IntArray
    shares: FloatArray
    votes: IntArray


@compiled
def _candidate(article: int, marks: IntArray, articles: IntArray, size: LongArray) -> int:
    """The place of an article among the candidates, made if need be; -1 when there is no room or it is
    barred.
    """
    at = marks[article]
    if at == 0 and size[0] < len(articles):
        articles[size[0]] = article
        size[0] += 1
        marks[article] = size[0]
        return size[0] - 1  # type: ignore[no-any-return]  # an element of an integer array
    return at - 1 if at > 0 else -1


@compiled
def _add_sessions(
    found: int,
    touched: IntArray,
    similarity: FloatArray,
    shared: IntArray,
    count: IntArray,
    visit_articles: IntArray,
    readers: FloatArray,
    total: float,
    marks: IntArray,
    articles: IntArray,
    size: LongArray,
    shares: FloatArray,
    votes: IntArray,
) -> None:
    for i in range(found):
        slot = touched[i]
        weight = similarity[slot] * max(1.0 - DAMPING * shared[slot], 0.0)
        similarity[slot] = 0
        for j in range(count[slot]):
            article = visit_articles[slot, j]
            at = _candidate(article, marks, articles, size)
            if at >= 0:
                shares[at, 0] += weight * np.log(1.0 + total / (1.0 + readers[article]))
                votes[at] += 1


@compiled
def _add_coreading(
    history: IntArray,
    backward: float,
    fading: float,
    neighbours: IntArray,
    after: Shares,
    before: Shares,
    marks: IntArray,
    articles: IntArray,
    size: LongArray,
    shares: FloatArray,
) -> None:
    for d in range(len(history)):
        a = history[len(history) - 1 - d]
        if a >= len(neighbours):
            continue
        mass = 0.0
        for k in range(neighbours.shape[1]):
            mass += after[a, k] + backward * before[a, k]
        if mass <= 0:
            continue
        for k in range(neighbours.shape[1]):
            if neighbours[a, k] < 0:
                break
            at = _candidate(neighbours[a, k], marks, articles, size)
            if at >= 0:
                shares[at, 1] += fading**d * (after[a, k] + backward * before[a, k]) / mass


@compiled
def _add_text(
    history: IntArray,
    fading: float,
    neighbours: IntArray,
    similarities: Shares,
    marks: IntArray,
    articles: IntArray,
    size: LongArray,
    shares: FloatArray,
) -> None:
    for d in range(len(history)):
        a = history[len(history) - 1 - d]
        if a >= len(neighbours):
            continue
        for k in range(neighbours.shape[1]):
            if neighbours[a, k] < 0:
                break
            at = _candidate(neighbours[a, k], marks, articles, size)
            if at >= 0:
                shares[at, 3] = max(shares[at, 3], fading**d * similarities[a, k])


@compiled
def _add_popular(
    popularity: FloatArray,
    most: int,
    marks: IntArray,
    articles: IntArray,
    size: LongArray,
    shares: FloatArray,
) -> None:
    n = len(popularity)
    if n > 0:
        least = np.partition(popularity, n - most)[n - most] if n > most else 0.0
        for article in range(n):
            if popularity[article] >= least and popularity[article] > 0:
                _candidate(article, marks, articles, size)
    for at in range(size[0]):
        if articles[at] < n:
            shares[at, 2] = popularity[articles[at]]


class Gatherer:
    """Gathers candidates from a state. Holds the scratch space, so: one call at a time."""

    def __init__(self, recommending: Recommending) -> None:
        self.recommending = recommending
        self._marks: IntArray = np.zeros(0, np.int32)
        self._similarity: FloatArray = np.zeros(0)
        self._shared: IntArray = np.zeros(0, np.int32)
        self._articles: IntArray = np.empty(MOST, np.int32)
        self._shares: FloatArray = np.empty((MOST, len(SOURCES)))

    def gather(self, state: State, history: IntArray, allowed: BoolArray | None = None) -> Candidates:
        """Candidates for a reader who opened `history` (int32 (s,), distinct, oldest first).

        Articles that are not `allowed` (bool (n_articles,), None: all are) take no place among the popular ones.
        Everything is read as of the state's clock, so `now` plays no part.
        """
        rules = self.recommending
        self._make_room(state, history)
        size = np.zeros(1, np.int64)
        self._shares[:] = 0
        votes = np.zeros(MOST, np.int32)
        self._marks[history] = -1
        common = (self._marks, self._articles, size, self._shares)
        visits, coreading, popularity = state.visits, state.coreading, state.popularity
        touched = np.empty(rules.recent_visits * max(len(history), 1), np.int32)
        found = neighbour_visits(
            history, rules.recent_visits, rules.neighbour_visits, visits.serial, visits.articles,
            visits.earlier, visits.newest, self._similarity, self._shared, touched,
        )  # fmt: skip
        faded = popularity.readers(state.clock)
        slowest, current = np.ascontiguousarray(faded[:, -1]), np.ascontiguousarray(faded[:, rules.half_life])
        _add_sessions(
            found, touched, self._similarity, self._shared, visits.count, visits.articles,
            slowest, float(slowest.sum()), *common, votes,
        )  # fmt: skip
        _add_coreading(
            history,
            rules.backward,
            rules.fading,
            coreading.neighbours,
            coreading.after,
            coreading.before,
            *common,
        )
        content = state.content
        _add_text(history, rules.fading, content.neighbours, content.similarities, *common)
        if allowed is not None:
            current *= allowed
        _add_popular(current, POPULAR, *common)
        n = int(size[0])
        articles, shares = self._articles[:n].copy(), self._shares[:n].copy()
        self._marks[articles] = 0
        self._marks[history] = 0
        most = shares.max(axis=0, initial=0.0)
        return Candidates(articles, shares / np.where(most > 0, most, 1.0), votes[:n])

    def _make_room(self, state: State, history: IntArray) -> None:
        # The history may name articles that came after everything in the state.
        wanted = max(state.size, 1 + int(history.max(initial=-1)))
        if len(self._marks) < wanted:
            self._marks = np.zeros(2 * wanted, np.int32)
        if len(self._similarity) < len(state.visits.key):
            self._similarity = np.zeros(len(state.visits.key))
            self._shared = np.zeros(len(state.visits.key), np.int32)
