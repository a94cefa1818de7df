"""The clicks of a log that a model learns from, found in one pass that folds only the visits."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from recirc.compiled import compiled
from recirc.hash_table import mix
from recirc.settings import LearningSettings
from recirc.shelves.recommendation import Recommendation
from recirc.state.state import State
from recirc.state.statistic import FoldContext
from recirc.state.visits import Visits
from recirc.types import NO_POSITION, Batch, BoolArray, EntryKind, IntArray, LongArray

HOUR = 3_600_000
BATCH_ENTRIES = 65_536
"""Number of log entries that are read at a time."""

MAX_CLICKS = 2_000_000
"""Of more clicks than this only every second, fourth, … is used."""

EARLIER = 20
"""Number of articles of a reader's earlier visits that a query knows, the last ones, as in the portal."""

LOOKED_BACK = 200
"""Number of a reader's views among which they are looked for."""

EARLIER_ENTRIES = 20_000_000
"""Number of log entries before the first click in which views of earlier visits are looked for."""

PRESENT = 262_144
"""Number of log entries at the end of the log that represent the present."""

LATE = 10_000
"""Number of entries by which an impression may come to the log after the click that it led to."""


class LogReader(Protocol):
    """A log that can be read in parts."""

    def end(self) -> int:
        """Offset of the last entry."""

    def read(self, after: int, limit: int) -> Batch:
        """At most `limit` (rounded up to whole commits) entries after offset `after`, with the articles' features."""

    def records(self, after: int, limit: int) -> Batch:
        """The same without the articles' features."""


ProgressCallback: TypeAlias = Callable[[str, int, int], None]
"""Receives the name of a step, how much of it is done, and how much there is."""


class TrainingClicks(NamedTuple):
    """Views that were new in their visit and not its first, in the order of the log; none from a slot that a rule gave.

    Attributes, q = clicks:
        offset: int64 (q,): of the view in the log.
        time: int64 (q,), ms.
        reader: int64 (q,), 0: not known.
        shelf_key: int64 (q,): key of the visit and of the article beside which Recommendation was shown, if the click
            was on that shelf; else 0.
    """

    offset: LongArray
    time: LongArray
    reader: LongArray
    shelf_key: LongArray

    def select(self, which: LongArray | BoolArray) -> "TrainingClicks":
        """Some of the clicks, in the order of the indices."""
        return TrainingClicks(*(column[which] for column in self))


def log_end_time(log: LogReader, end: int) -> int:
    """The time at which the log ends, ms; 0: it is empty. One in a hundred of its last PRESENT entries may be later.

    An imported log may have visits that were left open for days, which do not represent the present.
    """
    time = truncate(log.records(max(end - PRESENT, 0), PRESENT), end).records["time"]
    return int(np.quantile(time, 0.99, method="lower")) if len(time) else 0


class Downsampler:
    """Collects entries in columns; of too many it keeps only every second, so that memory stays bounded."""

    def __init__(self, columns: int) -> None:
        self._parts: list[tuple[LongArray, ...]] = []
        self._columns = columns
        self._size = self._met = 0
        self._stride = 1

    def add(self, *columns: LongArray) -> None:
        """Add entries: int64 (n,) for each column."""
        numbers = self._met + np.arange(len(columns[0]))
        self._met += len(numbers)
        kept = numbers % self._stride == 0
        self._parts.append(tuple(column[kept].astype(np.int64) for column in columns))
        self._size += int(kept.sum())
        if self._size > MAX_CLICKS:
            self._stride *= 2
            self._parts = [tuple(column[::2] for column in self.columns())]
            self._size = len(self._parts[0][0])

    def columns(self) -> tuple[LongArray, ...]:
        """The entries that were kept: int64 (m,) for each column."""
        if not self._parts:
            return (np.zeros(0, np.int64),) * self._columns
        return tuple(np.concatenate(parts) for parts in zip(*self._parts, strict=True))


def find_training_clicks(
    log: LogReader, start: State, end: int, since: int, learning: LearningSettings, progress: ProgressCallback
) -> TrainingClicks:
    """The clicks from `since` (ms) on, up to log entry `end`; visits are those of the state.

    `start` is the state before, which is not changed.
    """
    visits = Visits(gap=learning.visit_gap, length=learning.visit_length, capacity=learning.visits)
    visits.load({name: array.copy() for name, array in start.visits.save().items()})
    found = Downsampler(4)
    at = start.offset
    while at < end:
        batch = truncate(log.records(at, BATCH_ENTRIES), end)
        context = FoldContext(batch, 1)
        visits.reserve(context.size)
        visits.fold(context)
        entries = context.entries
        free = (batch.records["shelf"] == 0) | (batch.records["value"] >= 0)  # no rule gave the slot
        place = np.flatnonzero(entries.fresh & (entries.prior[:, 0] >= 0) & (entries.time >= since) & free)
        found.add(
            place + batch.first,
            entries.time[place],
            batch.records["reader"][place],
            _shelf_keys(context, place),
        )
        at = batch.end
        progress("finding clicks (log entries)", at - start.offset, end - start.offset)
    return TrainingClicks(*found.columns())


def truncate(batch: Batch, end: int) -> Batch:
    """The part of a batch up to log entry `end`."""
    return batch if batch.end <= end else batch.part(0, end - batch.first + 1)


def _shelf_keys(context: FoldContext, place: LongArray) -> LongArray:
    """The key of the visit and of the article beside which Recommendation was shown, for some entries, int64 (m,).

    0: not on that shelf, or excluded.
    """
    records = context.records[place]
    on_shelf = (
        (records["shelf"] == Recommendation.number) & (records["source"] >= 0) & (records["excluded"] == 0)
    )
    on_shelf &= (records["position"] != NO_POSITION) & (records["value"] >= 0)
    source = np.ascontiguousarray(records["source"])
    return np.where(on_shelf, _keys(np.ascontiguousarray(context.entries.visit[place]), source), 0)


@compiled
def _keys(visit: LongArray, source: IntArray) -> LongArray:
    keys = np.empty(len(visit), np.int64)
    for i in range(len(visit)):
        keys[i] = mix(visit[i], source[i])
    return keys


class ClickHistory:
    """What readers opened before a click, and saw on the shelf on which they clicked, as far as the log has it."""

    def __init__(self, log: LogReader, clicks: TrainingClicks, end: int, progress: ProgressCallback) -> None:
        """Read the log up to entry `end` for these clicks, at least one. Raises StoreError."""
        begin = at = max(int(clicks.offset[0]) - 1 - EARLIER_ENTRIES, 0)
        readers, shelves = (np.unique(column) for column in (clicks.reader, clicks.shelf_key))
        opened, seen = [(np.zeros(0, np.int64),) * 3], [(np.zeros(0, np.int64),) * 3]
        while at < end:
            batch = truncate(log.records(at, BATCH_ENTRIES), end)
            records, context = batch.records, FoldContext(batch, 1)
            view = np.flatnonzero(
                context.entries.is_view & (records["reader"] != 0) & _among(records["reader"], readers)
            )
            opened.append(_columns(records["reader"], records["article"], batch.first, view))
            place = np.flatnonzero(records["kind"] == EntryKind.IMPRESSION)
            keys = np.zeros(len(records), np.int64)
            keys[place] = _shelf_keys(context, place)
            shown = np.flatnonzero((keys != 0) & _among(keys, shelves))
            seen.append(_columns(keys, records["article"], batch.first, shown))
            at = batch.end
            progress("finding earlier visits (log entries)", at - begin, end - begin)
        self._opened, self._seen = _ArticlesByKey(opened), _ArticlesByKey(seen)

    def earlier(self, reader: int, offset: int, history: IntArray) -> IntArray:
        """The last EARLIER distinct articles that a reader opened before a log entry, without those of the visit's
        `history` (int32 (s,)); int32 (e,), oldest first.
        """
        own = set(history.tolist())
        newest_first = self._opened.before(reader, offset)[::-1][:LOOKED_BACK] if reader else []
        distinct = [article for article in dict.fromkeys(newest_first) if article not in own][:EARLIER]
        return np.array(distinct[::-1], np.int32)

    def shown(self, shelf_key: int, offset: int) -> IntArray:
        """The distinct articles that the reader saw on the shelf before a log entry, int32 (m,).

        Includes impressions up to LATE entries after it, because pages send impressions with a delay.
        """
        return np.unique(np.array(self._seen.before(shelf_key, offset + LATE), np.int32))


class _ArticlesByKey:
    """Articles by key, in the order of the log."""

    def __init__(self, parts: list[tuple[LongArray, LongArray, LongArray]]) -> None:
        """Parts of three columns: key, offset, article."""
        key, offset, article = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        order = np.lexsort((offset, key))
        self._key, self._offset, self._article = key[order], offset[order], article[order]

    def before(self, key: int, offset: int) -> list[int]:
        """The articles of a key's entries before a log entry."""
        low, high = np.searchsorted(self._key, (key, key + 1)).tolist()
        stop = low + int(np.searchsorted(self._offset[low:high], offset))
        articles: list[int] = self._article[low:stop].tolist()
        return articles


def _columns(
    key: LongArray, article: IntArray, first: int, place: LongArray
) -> tuple[LongArray, LongArray, LongArray]:
    return key[place], place + first, article[place].astype(np.int64)


def _among(values: LongArray, known: LongArray) -> BoolArray:
    """Which values are in `known`, which is sorted and not empty; bool (n,)."""
    return np.asarray(known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values)
