"""What readers open in one go: the last articles of each visit, and for each article the visits that had it."""

from typing import ClassVar, Final, NamedTuple

import numpy as np
from typing_extensions import override

from recirc.compiled import compiled_in_place, prefetch
from recirc.growing_arrays import lengthen
from recirc.hash_table import find, insert
from recirc.state.statistic import Column, Entries, FoldContext, Statistic, within
from recirc.types import Arrays, Decision, IntArray, LongArray

OLDEST = 8
"""A visit moves to a new slot once capacity / OLDEST others have begun after its own."""
MOST_VISITS = 2**48
"""Serials beyond it would leave the range of int64 when multiplied by the length of a visit."""
SLOTS: Final = "slots"
DOUBTFUL = int(Decision.DOUBTFUL)

AHEAD = 8
"""Number of entries between fetching what one needs and counting it; its place in the index is fetched before."""


class _Table(NamedTuple):
    """What the loop reads and writes: the arrays of `Visits` in their order, and an index from `key` to its last slot.

    Attributes:
        keys, serials: int64 (capacity of the index,): whose visit, and the serial of its last slot.
        used: int64 (1,): places taken in the index.
    """

    key: LongArray
    serial: LongArray
    start: LongArray
    last: LongArray
    counts: IntArray
    articles: IntArray
    offsets: IntArray
    contexts: IntArray
    earlier: LongArray
    newest: LongArray
    newest_serial: LongArray
    keys: LongArray
    serials: LongArray
    used: LongArray


@compiled_in_place
def _fold(entries: Entries, table: _Table, gap: int, oldest: int) -> None:
    # Names of their own: taken out of a tuple within the loop, each would be counted as a reference each time.
    is_view, decision, named, codes = entries.is_view, entries.decision, entries.named, entries.codes
    visit, opened, times = entries.visit, entries.article, entries.time
    prior, fresh, keys, serials = entries.prior, entries.fresh, table.keys, table.serials
    serial, last, counts, articles = table.serial, table.last, table.counts, table.articles
    start, offsets, contexts, earlier = table.start, table.offsets, table.contexts, table.earlier
    newest, newest_serial, its_key = table.newest, table.newest_serial, table.key
    slots, length = articles.shape
    for i in range(len(is_view)):
        if i + 2 * AHEAD < len(is_view):
            _fetch_place(visit[i + 2 * AHEAD], table)
            _fetch_slot(visit[i + AHEAD], opened[i + AHEAD], table)
        if not is_view[i] or decision[i] & DOUBTFUL:
            continue
        key, article, time = visit[i], opened[i], times[i]
        at = find(keys, key)
        slot = serials[at] % slots if keys[at] == key else -1
        # The index is not told when a slot is recycled, so what it names may be another's by now.
        if slot >= 0 and (serial[slot] != serials[at] or its_key[slot] != key):
            slot = -1
        if slot >= 0 and not named[i] and time > last[slot] + gap:
            slot = -1
        seen = False
        if slot >= 0:
            count = counts[slot]
            for j in range(count):
                seen = seen or articles[slot, j] == article
            if not seen:
                for d in range(min(prior.shape[1], count)):
                    prior[i, d] = articles[slot, count - 1 - d]
            # Entries may come late: an earlier view must not shorten the visit.
            last[slot] = max(last[slot], time)
            # A long visit moves to a new slot before its own is recycled: otherwise the lists of its articles would
            # end there, with younger visits behind it.
            if not seen and (count == length or newest_serial[0] - serial[slot] >= oldest):
                slot = -1
        if slot < 0:
            slot = _begin(table, at, key, time)
        for c in range(3):
            contexts[slot, c] = codes[i, c]
        if not seen:
            j = counts[slot]
            articles[slot, j] = article
            offsets[slot, j] = min(max(time - start[slot], 0), 2**31 - 1)
            earlier[slot, j] = newest[article]
            newest[article] = serial[slot] * length + j
            counts[slot] = j + 1
            fresh[i] = True


@compiled_in_place
def _fetch_place(key: int, table: _Table) -> None:
    """Fetch what tells the slot of a visit."""
    at = (key >> 1) & (len(table.keys) - 1)
    prefetch(table.keys, at)
    prefetch(table.serials, at)


@compiled_in_place
def _fetch_slot(key: int, article: int, table: _Table) -> None:
    """Fetch what a view of an article will need of its visit, if that is known."""
    prefetch(table.newest, article)
    at = find(table.keys, key)
    if table.keys[at] != key:
        return  # the next slot, which lies behind the last one
    slots, length = table.articles.shape
    slot = table.serials[at] % slots
    for column in (table.serial, table.key, table.start, table.last):
        prefetch(column, slot)
    prefetch(table.counts, slot)
    for row in (table.articles, table.offsets):
        prefetch(row, slot * length)
    prefetch(table.contexts, slot * 3)
    prefetch(table.earlier, slot * length)


@compiled_in_place
def _begin(table: _Table, at: int, key: int, time: int) -> int:
    """Give the next slot, an empty or the oldest one, to a visit whose place in the index is `at`; the slot."""
    table.newest_serial[0] += 1
    serial = table.newest_serial[0]
    slot: int = serial % len(table.key)
    table.key[slot], table.serial[slot] = key, serial
    table.start[slot] = table.last[slot] = time
    table.counts[slot] = 0
    table.articles[slot, :] = -1
    table.offsets[slot, :] = 0
    table.earlier[slot, :] = -1
    if table.keys[at] != key:
        table.keys[at] = key
        table.used[0] += 1
    table.serials[at] = serial
    return slot


class Visits(Statistic):
    """The last visits, each with the distinct articles that it opened, oldest first.

    A visit that its sender named goes on under that name; any other ends after `gap` seconds without a view. A visit
    that opens more than `length` articles goes on in a new slot. The newest `capacity` slots are kept.

    Attributes, with V = slots in use (at most `capacity`), L = `length`:
        key, serial, start, last: int64 (V,): whose visit; its running number, from 1, which lies in slot
            serial % slots; first and last view, ms.
        count: int32 (V,): articles held.
        articles: int32 (V, L): dense indices.
        offsets: int32 (V, L): ms since `start`.
        contexts: int32 (V, 3): the sender's codes of referrer, device and region, of the newest view.
        earlier: int64 (V, L): the entry (serial · L + place) that had the same article before this one, -1: none.
        newest: int64 (n_articles,): the entry that had the article last, -1: none. With `earlier` a list of the
            article's visits, newest first, that takes no memory per article.
        newest_serial: int64 (1,).
        lineage: another object when other visits take the place of those that were there, and do not follow them.
    """

    name: ClassVar[str] = "visits"
    key: LongArray
    serial: LongArray
    start: LongArray
    last: LongArray
    count: IntArray
    articles: IntArray
    offsets: IntArray
    contexts: IntArray
    earlier: LongArray
    newest: LongArray

    def __init__(self, *, gap: float, length: int, capacity: int) -> None:
        self.gap = round(gap * 1000)
        self.length = length
        self.capacity = capacity
        self._slots = {
            **dict.fromkeys(("key", "serial", "start", "last"), Column(np.int64, (SLOTS,))),
            "count": Column(np.int32, (SLOTS,)),
            "articles": Column(np.int32, (SLOTS, length), fill=-1, holds_articles=True),
            "offsets": Column(np.int32, (SLOTS, length)),
            "contexts": Column(np.int32, (SLOTS, 3)),
            "earlier": Column(np.int64, (SLOTS, length), fill=-1),
        }
        super().__init__(
            {"newest": Column(np.int64, fill=-1)},
            others={**self._slots, "newest_serial": Column(np.int64, (1,))},
        )
        for name, column in self._slots.items():
            setattr(self, name, column.array(min(capacity, 1024)))
        self.newest_serial: LongArray = np.zeros(1, np.int64)
        self.lineage = object()
        self._rebuild_index(0)

    @override
    def fold(self, context: FoldContext) -> None:
        self._reserve_slots(len(context.records))
        _fold(context.entries, self._table(), self.gap, max(self.capacity // OLDEST, 1))

    def _table(self) -> _Table:
        names = (*self._slots, "newest", "newest_serial", "_keys", "_serials", "_used")
        return _Table(*(getattr(self, name) for name in names))

    def open_slot(self, key: int, named: bool, time: int) -> int:
        """Slot of the visit that a view at `time` (ms) would continue; -1: it would begin a new one.

        `key` and `named` as `visit` and `named` in `Entries`.
        """
        at = find(self._keys, key)
        if self._keys[at] != key:
            return -1
        serial = int(self._serials[at])
        slot: int = serial % len(self.key)
        if self.serial[slot] != serial or self.key[slot] != key:
            return -1
        return slot if named or time <= self.last[slot] + self.gap else -1

    def _reserve_slots(self, extra: int) -> None:
        # A serial lies in slot serial % slots: as long as none has wrapped, all can move to a longer array.
        wanted = int(self.newest_serial[0]) + extra + 1
        if wanted > len(self.key) and len(self.key) < self.capacity:
            slots = min(self.capacity, max(wanted, 2 * len(self.key)))
            for name, column in self._slots.items():
                setattr(self, name, lengthen(getattr(self, name), slots, column.fill))
        if 2 * (int(self._used[0]) + extra) > len(self._keys):
            self._rebuild_index(extra)

    def _rebuild_index(self, extra: int) -> None:
        held = np.flatnonzero(self.serial)
        held = held[np.argsort(self.serial[held])]
        # Of a key that has several slots, the newest is the one that goes on.
        keys, last = np.unique(self.key[held][::-1], return_index=True)
        size = 1024
        while size < 3 * (len(keys) + extra):
            size *= 2
        self._keys: LongArray = np.zeros(size, np.int64)
        self._serials: LongArray = np.zeros(size, np.int64)
        self._serials[insert(self._keys, keys)] = self.serial[held][::-1][last]
        self._used: LongArray = np.array([len(keys)])

    @override
    def save(self) -> Arrays:
        slots = min(int(self.newest_serial[0]) + 1, len(self.key))
        kept = {name: getattr(self, name)[:slots] for name in self._slots}
        return super().save() | kept | {"newest_serial": self.newest_serial}

    @override
    def restore(self, arrays: Arrays) -> None:
        slots, newest = len(arrays["key"]), int(arrays["newest_serial"][0])
        counted = within(arrays["count"], 0, self.length + 1) and within(arrays["serial"], 0, newest + 1)
        # Slots are found by serial % slots, so there must be one for each serial that has not been recycled.
        if (
            slots > self.capacity
            or slots < min(newest + 1, self.capacity)
            or not counted
            or newest > MOST_VISITS
        ):
            raise ValueError(f"visits: {newest} visits in {slots} slots of {self.capacity}, or wrong counts")
        super().restore(arrays)
        for name in (*self._slots, "newest_serial"):
            setattr(self, name, arrays[name])
        self.lineage = object()
        self._rebuild_index(0)
