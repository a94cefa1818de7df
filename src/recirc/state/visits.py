"""What readers open in one go: the last articles of each visit, and for each article the visits that had
it.
"""

from typing import ClassVar, cast

import numpy as np
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.expiring_map import place, placed
from recirc.state.statistic import FoldContext, Overlap, Statistic, grown, trimmed
from recirc.types import Arrays, BoolArray, IntArray, LongArray

OLDEST = 8
"""A visit stays in its slot until capacity / OLDEST others have begun after it."""


@compiled
def _fold(
    selected: BoolArray,
    visit: LongArray,
    named: BoolArray,
    article: IntArray,
    time: LongArray,
    context: IntArray,
    gap: int,
    oldest: int,
    index: LongArray,
    index_serial: LongArray,
    counters: LongArray,
    key: LongArray,
    serial: LongArray,
    start: LongArray,
    last: LongArray,
    count: IntArray,
    articles: IntArray,
    offsets: IntArray,
    contexts: IntArray,
    earlier: LongArray,
    newest: LongArray,
    fresh: BoolArray,
    prior: IntArray,
) -> None:
    slots, length = articles.shape
    distance = prior.shape[1]
    for i in range(len(selected)):
        if not selected[i]:
            continue
        k = visit[i]
        at = place(index, k)
        known = index[at] == k
        slot = index_serial[at] % slots if known else 0
        alive = known and serial[slot] == index_serial[at] and key[slot] == k
        seen = False
        if alive and (named[i] or time[i] <= last[slot] + gap):
            for j in range(count[slot]):
                seen = seen or articles[slot, j] == article[i]
            if not seen:
                for d in range(min(distance, count[slot])):
                    prior[i, d] = articles[slot, count[slot] - 1 - d]
            last[slot] = max(last[slot], time[i])
            # A visit that goes on for long moves to a new slot before its own is recycled: else the lists of its
            # articles would end there, with younger visits behind it.
            alive = seen or (count[slot] < length and counters[0] - serial[slot] < oldest)
        else:
            alive = False
        if not alive:
            counters[0] += 1
            slot = counters[0] % slots
            key[slot], serial[slot] = k, counters[0]
            start[slot] = last[slot] = time[i]
            count[slot] = 0
            articles[slot, :] = -1
            offsets[slot, :] = 0
            earlier[slot, :] = -1
            if not known:
                index[at] = k
                counters[1] += 1
            index_serial[at] = counters[0]
        contexts[slot] = context[i]
        if not seen:
            j = count[slot]
            articles[slot, j] = article[i]
            offsets[slot, j] = min(max(time[i] - start[slot], 0), 2**31 - 1)
            earlier[slot, j] = newest[article[i]]
            newest[article[i]] = serial[slot] * length + j
            count[slot] = j + 1
            fresh[i] = True


@compiled
def _link(
    order: LongArray, serial: LongArray, articles: IntArray, earlier: LongArray, newest: LongArray
) -> None:
    length = articles.shape[1]
    for entry in order:
        slot, j = entry // length, entry % length
        article = articles[slot, j]
        earlier[slot, j] = newest[article]
        newest[article] = serial[slot] * length + j


class Visits(Statistic):
    """The last visits, each with the distinct articles it opened, oldest first.

    A visit that its sender named goes on under its name; another ends after `gap` without a view. One that
    opens more than `length` articles goes on in a new slot. The newest `capacity` slots are kept. Merging is
    exact while both together hold no more than that; then the oldest by start go. (The order of `newest`
    among views of the same millisecond is not part of the promise.)

    Attributes, with V = slots so far (at most `capacity`), L = `length`:
        key, serial, start, last: int64 (V,): whose visit; its running number, from 1; first and last view,
            ms.
        count: int32 (V,): articles held.
        articles: int32 (V, L): dense indices.
        offsets: int32 (V, L): ms since `start`.
        contexts: int32 (V, 3): the sender's codes of referrer, device and region, of the newest view.
        earlier: int64 (V, L): the entry (serial · L + place) that had the same article before this one, -1:
            none.
        newest: int64 (n_articles,): the entry that had the article last, -1: none. With `earlier` a list of
            the article's visits, newest first, that costs no memory per article.
    """

    name: ClassVar[str] = "visits"

    def __init__(self, *, gap: float, length: int, capacity: int) -> None:
        self.gap = round(gap * 1000)
        self.length = length
        self.capacity = capacity
        self.size = 0
        self.newest: LongArray = np.full(0, -1, np.int64)
        self._allocate(min(capacity, 1024))

    def _allocate(self, slots: int) -> None:
        self.key: LongArray = np.zeros(slots, np.int64)
        self.serial: LongArray = np.zeros(slots, np.int64)
        self.start: LongArray = np.zeros(slots, np.int64)
        self.last: LongArray = np.zeros(slots, np.int64)
        self.count: IntArray = np.zeros(slots, np.int32)
        self.articles: IntArray = np.full((slots, self.length), -1, np.int32)
        self.offsets: IntArray = np.zeros((slots, self.length), np.int32)
        self.contexts: IntArray = np.zeros((slots, 3), np.int32)
        self.earlier: LongArray = np.full((slots, self.length), -1, np.int64)
        self.counters: LongArray = np.zeros(2, np.int64)  # newest serial; places taken in the index
        self._index_anew(0)

    @override
    def fold(self, moment: FoldContext) -> None:
        self.size = max(self.size, moment.size)
        self.newest = grown(self.newest, self.size, -1)
        self._make_room(len(moment.records))
        _fold(
            moment.view, moment.visit, moment.named, moment.article, moment.time, moment.context,
            self.gap, max(self.capacity // OLDEST, 1),
            self._index, self._index_serial, self.counters,
            self.key, self.serial, self.start, self.last, self.count, self.articles, self.offsets, self.contexts,
            self.earlier, self.newest, moment.fresh, moment.prior,
        )  # fmt: skip

    def going_on(self, key: int, named: bool, time: int) -> int:
        """Slot of the visit that a view at `time` (ms) would go on with; -1: it would begin a new one.

        `key` is whose visit it is, `named` whether its sender said so, as in `FoldContext`.
        """
        at = place(self._index, key)
        if self._index[at] != key:
            return -1
        serial = int(self._index_serial[at])
        slot = serial % len(self.key)
        if self.serial[slot] != serial or self.key[slot] != key:
            return -1
        return slot if named or time <= self.last[slot] + self.gap else -1

    def _make_room(self, extra: int) -> None:
        # Slots are numbered serial % slots: as long as no serial has wrapped, they can move to a longer
        # array.
        wanted = int(self.counters[0]) + extra + 1
        if wanted > len(self.key) and len(self.key) < self.capacity:
            slots = min(self.capacity, max(wanted, 2 * len(self.key)))
            for name in ("key", "serial", "start", "last", "count", "offsets", "contexts"):
                setattr(self, name, np.resize(getattr(self, name), (slots, *getattr(self, name).shape[1:])))
            for name in ("articles", "earlier"):
                setattr(self, name, np.resize(getattr(self, name), (slots, self.length)))
            self._clear_from(int(self.counters[0]) + 1)
        if 2 * (int(self.counters[1]) + extra) > len(self._index):
            self._index_anew(extra)

    def _clear_from(self, slot: int) -> None:
        for name in ("key", "serial", "start", "last", "count", "offsets", "contexts"):
            getattr(self, name)[slot:] = 0
        self.articles[slot:] = -1
        self.earlier[slot:] = -1

    def _index_anew(self, extra: int) -> None:
        held = np.flatnonzero(self.serial)
        held = held[np.argsort(self.serial[held])]
        keys, serials = self.key[held], self.serial[held]
        # Of a key that has several slots, the newest is the one that goes on.
        keys, last = np.unique(keys[::-1], return_index=True)
        serials = serials[::-1][last]
        size = 1024
        while size < 3 * (len(keys) + extra):
            size *= 2
        self._index: LongArray = np.zeros(size, np.int64)
        self._index_serial: LongArray = np.zeros(size, np.int64)
        self._index_serial[placed(keys, self._index)] = serials
        self.counters[1] = len(keys)

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:  # a visit counts no readers
        theirs = cast(Visits, other)
        mine = [self._held(), theirs._held()]
        columns = {name: np.concatenate([part[name] for part in mine]) for name in mine[0]}
        order = np.lexsort((columns["key"], columns["start"]))[-self.capacity :]
        self.size = max(self.size, theirs.size)
        self._allocate(min(self.capacity, max(1024, len(order) + 1)))
        slots = len(self.key)
        serials = np.arange(1, len(order) + 1)
        for name, column in columns.items():
            getattr(self, name)[serials % slots] = column[order]
        self.serial[serials % slots] = serials
        self.counters[0] = len(order)
        self.newest = np.full(self.size, -1, np.int64)
        self._index_anew(0)
        _link(self._entries_by_time(), self.serial, self.articles, self.earlier, self.newest)

    def _entries_by_time(self) -> LongArray:
        """Places slot · L + j of all entries, in order of their time."""
        slot, j = np.nonzero(self.articles >= 0)
        when = self.start[slot] + self.offsets[slot, j]
        return cast(LongArray, (slot * self.length + j)[np.lexsort((j, self.serial[slot], when))])

    def _held(self) -> Arrays:
        held = np.flatnonzero(self.serial)
        held = held[np.argsort(self.serial[held])]
        names = ("key", "start", "last", "count", "articles", "offsets", "contexts")
        return {name: getattr(self, name)[held] for name in names}

    @override
    def save(self) -> Arrays:
        slots = min(int(self.counters[0]) + 1, len(self.key))
        names = ("key", "serial", "start", "last", "count", "articles", "offsets", "contexts", "earlier")
        kept = trimmed({name: getattr(self, name) for name in names}, slots)
        return kept | {"newest": self.newest[: self.size], "counters": self.counters}

    @override
    def load(self, arrays: Arrays) -> None:
        if arrays["articles"].shape[1] != self.length or len(arrays["key"]) > self.capacity:
            raise ValueError(f"visits of shape {arrays['articles'].shape} do not fit length {self.length}")
        for name, array in arrays.items():
            setattr(self, name, array)
        self.size = len(self.newest)
        self._index_anew(0)

    @override
    def canonical(self) -> Arrays:
        held = self._held()
        order = np.lexsort((held["key"], held["start"]))
        return {name: array[order] for name, array in held.items()}
