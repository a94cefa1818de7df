"""How articles were read, by hour: sums over the log, and the entries of the last hour as they are.

It follows from the log alone and is made when it is first asked for: a server whose figures nobody looks at holds none.
"""

from typing import NamedTuple

import numpy as np

from recirc.store.ports import Log
from recirc.types import RECORD, Decision, EntryKind, IntArray, LongArray, RecordArray

HOUR = 3_600_000
RECENT_MS = HOUR
"""Age up to which the entries themselves are kept."""
MOST_RECENT = 400_000
"""Entries that are kept at most, 64 bytes each; of a busier site, the last minutes."""
AT_ONCE = 200_000
"""Log entries that are read at a time."""

VIEWS, READERS, READS, SECONDS, IMPRESSIONS, CLICKS, ONWARD, EXCLUDED, DOUBTFUL = range(9)
"""Columns of the sums: counted views; readers, each once a day; reads and their engaged seconds; on shelves shown and
opened; readers who went on to another article by a shelf beside this one; views that are excluded; in doubt."""
COLUMNS = 9

Sums = LongArray


class Table(NamedTuple):
    """Sums by key.

    Attributes:
        keys: int64 (n,), ascending.
        sums: int64 (n, columns).
    """

    keys: LongArray
    sums: Sums


def empty_table(columns: int) -> Table:
    """A table without rows."""
    return Table(np.zeros(0, np.int64), np.zeros((0, columns), np.int64))


def merged(*tables: Table) -> Table:
    """The sums of several tables.

    >>> a = Table(np.array([1, 5]), np.array([[2], [3]]))
    >>> merged(a, Table(np.array([5, 7]), np.array([[10], [1]])))
    Table(keys=array([1, 5, 7]), sums=array([[ 2],
           [13],
           [ 1]]))
    """
    keys = np.concatenate([table.keys for table in tables])
    sums = np.concatenate([table.sums for table in tables])
    order = np.argsort(keys, kind="stable")
    keys, sums = keys[order], sums[order]
    first = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1 if len(keys) else 0))
    if not len(first):
        return Table(keys, sums)
    return Table(keys[first], np.add.reduceat(sums, first, axis=0))


def pair(high: LongArray, low: IntArray) -> LongArray:
    """Two numbers as one key: `high` first, `low` in the lower 32 bits."""
    return (np.asarray(high, np.int64) << 32) | np.asarray(low, np.int64)


def halves(keys: LongArray) -> tuple[LongArray, LongArray]:
    """The two numbers of keys that `pair` made, int64 (n,) each."""
    return keys >> 32, keys & 0xFFFF_FFFF


class GrowingTable:
    """A table to which much is added often: what is new is kept apart until it is a tenth of the whole."""

    def __init__(self, columns: int) -> None:
        self._old = self._new = empty_table(columns)

    def add(self, table: Table) -> None:
        """Add a table of the same columns."""
        self._new = merged(self._new, table)
        if len(self._new.keys) * 10 > len(self._old.keys):
            self._old, self._new = merged(self._old, self._new), empty_table(table.sums.shape[1])

    def between(self, first: int, last: int) -> Table:
        """The rows whose keys are from `first` up to `last`, the latter not included."""
        return merged(*(_cut(table, first, last) for table in (self._old, self._new)))


def _cut(table: Table, first: int, last: int) -> Table:
    begin, end = np.searchsorted(table.keys, [first, last])
    return Table(table.keys[begin:end], table.sums[begin:end])


class ReadingHistory:
    """The sums over a log up to `offset`.

    Attributes:
        hours: by the hour since 1970 (UTC) and the article, `pair(hour, article)`.
        steps: readers by the article beside which the shelf was and the one that they opened, `pair(from, to)`.
        recent: RECORD (n,): views, reads and impressions of the last hour, in the log's order.
        offset: of the last log entry in it.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._mends: tuple[int, ...] | None = None
        self.hours, self.steps = GrowingTable(COLUMNS), GrowingTable(1)
        self._parts: list[RecordArray] = []
        self.offset = 0

    def _begin(self) -> None:
        self.hours, self.steps = GrowingTable(COLUMNS), GrowingTable(1)
        self._parts, self.offset = [], 0

    def catch_up(self, now: int) -> bool:
        """Add the next part of the log; whether there was any. `now` in ms. Raises StoreError.

        Where entries of the past were excluded or decided anew, it begins again.
        """
        batch = self._log.read(self.offset, AT_ONCE)
        if self._mends is not None and batch.mends != self._mends:
            self._begin()
            batch = self._log.read(0, AT_ONCE)
        self._mends = batch.mends
        records = batch.records
        if not len(records):
            return False
        self.offset = batch.end
        self._add(records)
        fresh = records[(records["time"] > now - RECENT_MS) & (records["kind"] < EntryKind.PUBLISH)]
        if len(fresh):
            self._parts.append(fresh)
        return True

    @property
    def recent(self) -> RecordArray:
        """See the class. The array is kept, and is not to be changed."""
        if len(self._parts) != 1:
            self._parts = [np.concatenate([np.zeros(0, RECORD), *self._parts])]
        return self._parts[0]

    def forget(self, now: int) -> None:
        """Drop the entries that are older than an hour at `now` (ms), and the oldest of too many."""
        recent = self.recent
        kept = recent[recent["time"] > now - RECENT_MS][-MOST_RECENT:]
        if len(kept) < len(recent):
            self._parts = [kept.copy()]

    def _add(self, records: RecordArray) -> None:
        hour = records["time"].astype(np.int64) // HOUR
        kind, decision, counts = records["kind"], records["decision"], records["excluded"] == 0
        view, seen = kind == EntryKind.VIEW, kind == EntryKind.IMPRESSION
        counted = view & counts & ((decision & Decision.COUNTED) != 0)
        # By a sign of life a reader counts whose view was in doubt: of a read the article, else the page it stood on.
        late = (kind == EntryKind.READ) & counts & ((decision & Decision.NEW_READER) != 0)
        beside = seen & counts & ((decision & Decision.NEW_READER) != 0) & (records["source"] >= 0)
        new = counted & ((decision & Decision.NEW_READER) != 0)
        read = (kind == EntryKind.READ) & counts & ((decision & Decision.DOUBTFUL) == 0)
        onward = new & (records["source"] >= 0) & (records["source"] != records["article"])
        seconds = np.nan_to_num(records["value"], nan=0.0, posinf=0.0, neginf=0.0)
        chosen = {
            VIEWS: counted,
            READERS: new | late,
            READS: read,
            IMPRESSIONS: seen & counts & ((decision & Decision.COUNTED) != 0) & (records["shelf"] > 0),
            CLICKS: new & (records["shelf"] > 0),
            EXCLUDED: view & ~counts,
            DOUBTFUL: counted & ((decision & Decision.DOUBTFUL) != 0),
        }
        sums = np.zeros((len(records), COLUMNS), np.int64)
        for column, mask in chosen.items():
            sums[:, column] = mask
        sums[:, EXCLUDED] -= late
        sums[:, SECONDS] = np.where(read, np.clip(seconds, 0, 86_400), 0)
        some = sums.any(axis=1)
        self.hours.add(merged(Table(pair(hour[some], records["article"][some]), sums[some])))
        for rows, changes in ((onward, {ONWARD: 1}), (beside, {READERS: 1, EXCLUDED: -1})):
            other = np.zeros((int(rows.sum()), COLUMNS), np.int64)
            for column, change in changes.items():
                other[:, column] = change
            self.hours.add(merged(Table(pair(hour[rows], records["source"][rows]), other)))
        ones = np.ones((int(onward.sum()), 1), np.int64)
        moves = pair(records["source"][onward], records["article"][onward])
        self.steps.add(merged(Table(moves, ones)))
