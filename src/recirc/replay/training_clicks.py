"""Which clicks of a log a model learns from, found in one pass that folds nothing but the visits."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from recirc.compiled import compiled
from recirc.settings import LearningSettings
from recirc.state.expiring_hash_map import mix
from recirc.state.state import State
from recirc.state.statistic import FoldContext
from recirc.state.visits import Visits
from recirc.types import NO_POSITION, SHELVES, Batch, BoolArray, EntryKind, IntArray, LongArray, ShelfKind

HOUR = 3_600_000
AT_ONCE = 65_536
"""Log entries that are read at a time."""

MOST = 2_000_000
"""Of more clicks than this only each second, fourth, … is looked at."""

EARLIER = 20
"""So many articles of a reader's earlier visits are told, the last ones, as the portal's own pages do."""

LOOKED_BACK = 200
"""So many of a reader's views are looked at to find them."""

EARLIER_ENTRIES = 20_000_000
"""Views of earlier visits are looked for in so many log entries before the first click."""

PRESENT = 262_144

LATE = 10_000
"""An impression may come to the log after the click that it led to, by so many entries."""

RECOMMENDATION = 1 + SHELVES.index(ShelfKind.RECOMMENDATION)
"""How a record names the shelf."""


class LogReader(Protocol):
    """What a log is read from."""

    def end(self) -> int:
        """Offset of the last entry."""

    def read(self, after: int, limit: int) -> Batch:
        """At most `limit` (rounded up to whole commits) entries that follow offset `after`, with what texts say."""

    def records(self, after: int, limit: int) -> Batch:
        """The same for those who do not look at texts."""


ProgressCallback: TypeAlias = Callable[[str, int, int], None]
"""Hears what is being done, and how much of how much of it is."""


class TrainingClicks(NamedTuple):
    """Views that were new in their visit and not its first, in the order of the log.

    Attributes, q = clicks:
        offset: int64 (q,): of the view in the log.
        time: int64 (q,), ms.
        reader: int64 (q,), 0: not known.
        beside: int64 (q,): key of the visit and of the article beside which Recommendation stood, where it was opened
            from there; 0: it was opened from elsewhere.
    """

    offset: LongArray
    time: LongArray
    reader: LongArray
    beside: LongArray

    def chosen(self, which: LongArray | BoolArray) -> "TrainingClicks":
        """Some of them, in that order."""
        return TrainingClicks(*(column[which] for column in self))


def newest_moment(log: LogReader, end: int) -> int:
    """When the log ends, ms; 0: it is empty. Of its last PRESENT entries one in a hundred may be later.

    An imported log may have visits that were left open for days: they do not stand for the present.
    """
    time = until(log.records(max(end - PRESENT, 0), PRESENT), end).records["time"]
    return int(np.quantile(time, 0.99, method="lower")) if len(time) else 0


class Downsampler:
    """Collects arrays of equal columns, and of too many entries every second, so that memory stays bounded."""

    def __init__(self, columns: int) -> None:
        self._parts: list[tuple[LongArray, ...]] = []
        self._columns = columns
        self._size = self._met = 0
        self._stride = 1

    def add(self, *columns: LongArray) -> None:
        """Take in entries: int64 (n,) each."""
        numbers = self._met + np.arange(len(columns[0]))
        self._met += len(numbers)
        kept = numbers % self._stride == 0
        self._parts.append(tuple(column[kept].astype(np.int64) for column in columns))
        self._size += int(kept.sum())
        if self._size > MOST:
            self._stride *= 2
            self._parts = [tuple(column[::2] for column in self.columns())]
            self._size = len(self._parts[0][0])

    def columns(self) -> tuple[LongArray, ...]:
        """All of them, int64 (m,) each."""
        if not self._parts:
            return (np.zeros(0, np.int64),) * self._columns
        return tuple(np.concatenate(parts) for parts in zip(*self._parts, strict=True))


def clicks_of(
    log: LogReader, start: State, end: int, since: int, learning: LearningSettings, told: ProgressCallback
) -> TrainingClicks:
    """The clicks from `since` (ms) on, up to log entry `end`; visits are what the state takes for one.

    `start` is the state before; it is left as it is.
    """
    visits = Visits(gap=learning.visit_gap, length=learning.visit_length, capacity=learning.visits)
    visits.load({name: array.copy() for name, array in start.visits.save().items()})
    found = Downsampler(4)
    at = start.offset
    while at < end:
        batch = until(log.records(at, AT_ONCE), end)
        context = FoldContext(batch, 1)
        visits.fold(context)
        entries = context.entries
        place = np.flatnonzero(entries.fresh & (entries.prior[:, 0] >= 0) & (entries.time >= since))
        found.add(
            place + batch.first, entries.time[place], batch.records["reader"][place], _beside(context, place)
        )
        at = batch.end
        told("finding clicks (log entries)", at - start.offset, end - start.offset)
    return TrainingClicks(*found.columns())


def until(batch: Batch, end: int) -> Batch:
    """A batch without what came to the log after `end`."""
    return batch if batch.end <= end else batch.part(0, end - batch.first + 1)


def _beside(context: FoldContext, place: LongArray) -> LongArray:
    """A key for each visit and article beside which Recommendation stood, of some entries, int64 (m,).

    0: of something else, or by somebody who does not count.
    """
    records = context.records[place]
    on_shelf = (records["shelf"] == RECOMMENDATION) & (records["source"] >= 0) & (records["excluded"] == 0)
    on_shelf &= records["position"] != NO_POSITION
    source = np.ascontiguousarray(records["source"])
    return np.where(on_shelf, _keys(np.ascontiguousarray(context.entries.visit[place]), source), 0)


@compiled
def _keys(visit: LongArray, source: IntArray) -> LongArray:
    keys = np.empty(len(visit), np.int64)
    for i in range(len(visit)):
        keys[i] = mix(visit[i], source[i])
    return keys


class ClickHistory:
    """What readers opened before a click, and what they had seen on the shelf that they opened it from, as far as the
    log tells.
    """

    def __init__(self, log: LogReader, clicks: TrainingClicks, end: int, told: ProgressCallback) -> None:
        """Read the log up to entry `end` for these clicks, of which there is one at least. Raises StoreError."""
        begin = at = max(int(clicks.offset[0]) - 1 - EARLIER_ENTRIES, 0)
        readers, shelves = (np.unique(column) for column in (clicks.reader, clicks.beside))
        opened, seen = [(np.zeros(0, np.int64),) * 3], [(np.zeros(0, np.int64),) * 3]
        while at < end:
            batch = until(log.records(at, AT_ONCE), end)
            records, context = batch.records, FoldContext(batch, 1)
            view = np.flatnonzero(
                context.entries.is_view & (records["reader"] != 0) & _among(records["reader"], readers)
            )
            opened.append(_columns(records["reader"], records["article"], batch.first, view))
            place = np.flatnonzero(records["kind"] == EntryKind.IMPRESSION)
            beside = np.zeros(len(records), np.int64)
            beside[place] = _beside(context, place)
            shown = np.flatnonzero((beside != 0) & _among(beside, shelves))
            seen.append(_columns(beside, records["article"], batch.first, shown))
            at = batch.end
            told("finding earlier visits (log entries)", at - begin, end - begin)
        self._opened, self._seen = _Listing(opened), _Listing(seen)

    def earlier(self, reader: int, offset: int, history: IntArray) -> IntArray:
        """The last EARLIER distinct articles that a reader opened before a log entry, but for those of the visit's
        `history` (int32 (s,)); int32 (e,), oldest first.
        """
        own = set(history.tolist())
        newest_first = self._opened.of(reader, offset)[::-1][:LOOKED_BACK] if reader else []
        distinct = [article for article in dict.fromkeys(newest_first) if article not in own][:EARLIER]
        return np.array(distinct[::-1], np.int32)

    def shown(self, beside: int, offset: int) -> IntArray:
        """The distinct articles that were seen in Recommendation beside an article in a visit, int32 (m,), also if they
        are told up to LATE entries after the log entry: a page sends what was seen on it now and then.
        """
        return np.unique(np.array(self._seen.of(beside, offset + LATE), np.int32))


class _Listing:
    """Articles by key, in the order of the log."""

    def __init__(self, parts: list[tuple[LongArray, LongArray, LongArray]]) -> None:
        """Parts of three columns: key, offset, article."""
        key, offset, article = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        order = np.lexsort((offset, key))
        self._key, self._offset, self._article = key[order], offset[order], article[order]

    def of(self, key: int, offset: int) -> list[int]:
        """The articles with a key whose entries come before a log entry."""
        low, high = np.searchsorted(self._key, (key, key + 1)).tolist()
        stop = low + int(np.searchsorted(self._offset[low:high], offset))
        articles: list[int] = self._article[low:stop].tolist()
        return articles


def _columns(
    key: LongArray, article: IntArray, first: int, place: LongArray
) -> tuple[LongArray, LongArray, LongArray]:
    return key[place], place + first, article[place].astype(np.int64)


def _among(values: LongArray, known: LongArray) -> BoolArray:
    """Which values are known; `known` is sorted and not empty."""
    return np.asarray(known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values)
