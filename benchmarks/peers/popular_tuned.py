"""A peer that ranks by popularity alone, in the time window that predicts best on the first day."""

from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.compiled import compiled
from recirc.rank.visit import Visit
from recirc.replay.policies.policy import Policy, best_among
from recirc.settings import Settings
from recirc.state.state import State
from recirc.types import BoolArray, EntryKind, IntArray, LongArray, RecordArray

MINUTE = 60_000
SPANS = tuple(MINUTE * minutes for minutes in (5, 10, 20, 30, 60, 120, 240, 480, 1440))
"""Time windows that are tried, ms."""

UNTUNED = SPANS.index(60 * MINUTE)
"""An hour, until one is selected."""

DAY = 24
"""Number of the log's first windows on which it is selected."""

CUTOFF = 20
EVERY = 4
"""Every Nth click is used for the selection; a day has enough."""


@compiled
def _slide(
    times: LongArray,
    articles: IntArray,
    size: int,
    spans: LongArray,
    now: int,
    since: LongArray,
    counts: IntArray,
) -> None:
    """Subtract the clicks that are older than each span from its counts."""
    for w in range(len(spans)):
        while since[w] < size and times[since[w]] <= now - spans[w]:
            counts[w, articles[since[w]]] -= 1
            since[w] += 1


@compiled
def _add(
    click: BoolArray,
    article: IntArray,
    time: LongArray,
    size: int,
    times: LongArray,
    articles: IntArray,
    counts: IntArray,
) -> int:
    for i in range(len(click)):
        if click[i]:
            times[size], articles[size] = time[i], article[i]
            counts[:, article[i]] += 1
            size += 1
    return size


@compiled
def _top(counts: IntArray, excluded: IntArray, limit: int) -> IntArray:
    """The `limit` articles of highest count, at least 1, none of `excluded`; among equals, the lower index first."""
    found = np.empty(limit, np.int32)
    n = 0
    for a in range(len(counts)):
        c = counts[a]
        if c <= 0 or (n == limit and c <= counts[found[n - 1]]):
            continue
        out = False
        for b in excluded:
            out = out or b == a
        if out:
            continue
        at = n if n < limit else limit - 1
        n = min(n + 1, limit)
        while at > 0 and counts[found[at - 1]] < c:
            found[at] = found[at - 1]
            at -= 1
        found[at] = a
    return found[:n]


@compiled
def _ahead(counts: IntArray, excluded: IntArray, target: int) -> int:
    """Number of articles before the target in that order."""
    before = 0
    for a in range(len(counts)):
        before += counts[a] > counts[target] or (counts[a] == counts[target] and a < target)
    for b in excluded:
        if b < len(counts):
            before -= counts[b] > counts[target] or (counts[b] == counts[target] and b < target)
    return before


class PopularTuned(Policy):
    """Most clicks in the last minutes or hours: true sliding windows, one of SPANS.

    Each of them is evaluated on the log's first DAY windows, and the best by HR@20 is used from then on; until then an
    hour.

    Attributes:
        span: index in SPANS of the window in use.
    """

    name = "popular-tuned"
    learns: ClassVar[bool] = True

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.span = UNTUNED
        self._spans: LongArray = np.array(SPANS, np.int64)
        self._times: LongArray = np.zeros(1024, np.int64)
        self._articles: IntArray = np.zeros(1024, np.int32)
        self._counts: IntArray = np.zeros((len(SPANS), 1024), np.int32)
        self._since: LongArray = np.zeros(len(SPANS), np.int64)
        self._size = self._clock = self._learned = 0
        self._hits: LongArray = np.zeros(len(SPANS), np.int64)

    @override
    def fold(self, records: RecordArray) -> None:
        click = (records["kind"] == EntryKind.VIEW) & (records["excluded"] == 0)
        self._make_room(len(records), 1 + int(records["article"].max(initial=-1)))
        article, time = np.ascontiguousarray(records["article"]), np.ascontiguousarray(records["time"])
        self._size = _add(click, article, time, self._size, self._times, self._articles, self._counts)
        self._clock = max(self._clock, int(time.max(initial=0)))

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        self._slide()
        counts = self._counts[self.span]
        if among is not None:
            known = among < len(counts)
            return best_among(
                among, np.where(known, counts[np.where(known, among, 0)], 0).astype(float), slots
            )
        return _top(counts, visit.history, slots)

    @override
    def learn(self, state: State, visit: Visit, target: int, among: IntArray | None) -> None:
        self._learned += 1
        if self._learned % EVERY or target >= self._counts.shape[1]:
            return
        self._slide()
        for place in range(len(SPANS)):
            counts = self._counts[place]
            if counts[target] > 0 and _ahead(counts, visit.history, target) < CUTOFF:
                self._hits[place] += 1

    @override
    def end_window(self, window: int) -> None:
        if window >= DAY - 1 and not self.finished:
            if self._hits.any():
                self.span = int(self._hits.argmax())
            self.finished = True

    def _slide(self) -> None:
        _slide(self._times, self._articles, self._size, self._spans, self._clock, self._since, self._counts)

    def _make_room(self, extra: int, articles: int) -> None:
        if self._size + extra > len(self._times):
            room = 2 * (self._size + extra)
            self._times, self._articles = np.resize(self._times, room), np.resize(self._articles, room)
        if articles > self._counts.shape[1]:
            wider = np.zeros((len(SPANS), 2 * articles), np.int32)
            wider[:, : self._counts.shape[1]] = self._counts
            self._counts = wider
