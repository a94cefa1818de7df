"""What a view or a reaction means, decided once when it enters the log, so that the state needs no tables of readers.

A view by the same reader counts again after `repeat` milliseconds, or on another day (UTC). A reader counts once a day
for an article, and once a day for each reaction, unless the reader's latest event about it on that day took it back.
When the log's clock enters a new day, views and reactions from before the day before it are forgotten.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled_unlocked
from recirc.hash_table import find, mix
from recirc.store.expiring_hash_map import ExpiringHashMap, MapArrays
from recirc.types import REACTIONS, UNDONE, VOIDED, Decision, EntryKind, IntArray, LongArray, RecordArray

DAY = 86_400_000

Bytes = NDArray[np.uint8]
VIEW, REACTION = int(EntryKind.VIEW), int(EntryKind.REACTION)
OFFERED = len(REACTIONS)
COUNTED, NEW_READER = np.uint8(Decision.COUNTED), np.uint8(Decision.NEW_READER)
GIVEN, TAKEN_BACK = np.uint8(Decision.GIVEN), np.uint8(Decision.TAKEN_BACK)
KEYED, DECIDED = np.uint8(Decision.KEYED), np.uint8(Decision.DECIDED)


class _Columns(NamedTuple):
    """Entries as the loops read them.

    Attributes:
        reader: int64 (n,). An entry without a reader belongs to its visit's reader, one with neither to a reader of its
            own.
        kind: uint8 (n,), as in the log; 255: excluded, or a reaction that is not offered.
        clock: int64 (n,), the time, or 0 where it is not to be believed, because the entry was excluded afterwards.
    """

    time: LongArray
    clock: LongArray
    article: IntArray
    reader: LongArray
    kind: Bytes
    name: Bytes


class _Tables(NamedTuple):
    """Arrays of the maps.

    Attributes:
        last: reader and article to the time of the last counted view.
        days: reader, article and day to the time of the first counted view.
        reacted: reader, article, reaction and day to the latest stamp: 2 · time, odd when it was taken back.
    """

    last: MapArrays
    days: MapArrays
    reacted: MapArrays


@compiled_unlocked
def _decide(columns: _Columns, start: int, stop: int, tables: _Tables, repeat: int, decision: Bytes) -> None:
    last, days, reacted = tables.last, tables.days, tables.reacted
    for i in range(start, stop):
        article, time = columns.article[i], columns.time[i]
        if columns.kind[i] == VIEW:
            pair = mix(columns.reader[i], article)
            day = time // DAY
            at = find(last.keys, pair)
            again = last.keys[at] == pair and time < last.times[at] + repeat
            # Most repetitions are on the same day: they need no look into the second table.
            if again and last.times[at] // DAY == day:
                continue
            daily = mix(pair, day)
            on = find(days.keys, daily)
            new_reader = days.keys[on] != daily
            if again and not new_reader:
                continue
            decision[i] |= COUNTED
            if last.keys[at] != pair:
                last.keys[at] = pair
                last.used[0] += 1
            # Entries may come late: an earlier view must not move the time back.
            last.times[at] = max(last.times[at], time)
            if new_reader:
                decision[i] |= NEW_READER
                days.keys[on] = daily
                days.times[on] = time
                days.used[0] += 1
        elif columns.kind[i] == REACTION:
            undone = columns.name[i] >= UNDONE
            which = columns.name[i] - UNDONE if undone else columns.name[i]
            # The latest stamp decides; of two in one millisecond, taking it back is the later.
            stamp = 2 * time + undone
            daily = mix(mix(columns.reader[i], article) ^ (which + 1), time // DAY)
            at = find(reacted.keys, daily)
            given = False
            if reacted.keys[at] != daily:
                reacted.keys[at] = daily
                reacted.used[0] += 1
            elif stamp <= reacted.times[at]:
                continue
            else:
                given = reacted.times[at] % 2 == 0
            reacted.times[at] = stamp
            if not undone and not given:
                decision[i] |= GIVEN
            if undone and given:
                decision[i] |= TAKEN_BACK


@compiled_unlocked
def _recall(columns: _Columns, start: int, stop: int, tables: _Tables, decision: Bytes) -> None:
    """Enter what was decided before into the tables."""
    last, days, reacted = tables.last, tables.days, tables.reacted
    for i in range(start, stop):
        article, time = columns.article[i], columns.time[i]
        if columns.kind[i] == VIEW and decision[i] & COUNTED:
            pair = mix(columns.reader[i], article)
            _latest(last, pair, time)
            if decision[i] & NEW_READER:
                _latest(days, mix(pair, time // DAY), time)
        elif columns.kind[i] == REACTION:
            undone = columns.name[i] >= UNDONE
            which = columns.name[i] - UNDONE if undone else columns.name[i]
            daily = mix(mix(columns.reader[i], article) ^ (which + 1), time // DAY)
            _latest(reacted, daily, 2 * time + undone)


@compiled_unlocked
def _latest(table: MapArrays, key: int, time: int) -> None:
    at = find(table.keys, key)
    if table.keys[at] != key:
        table.keys[at] = key
        table.times[at] = time
        table.used[0] += 1
    else:
        table.times[at] = max(table.times[at], time)


class DecisionTables:
    """What has to be known of readers to decide: their views and reactions of the newest two days of the log.

    Deciding depends on the entries and their order alone, not on how they are cut into batches.

    Attributes:
        repeat: ms.
        clock: ms, the newest time of an entry so far.
    """

    def __init__(self, repeat: int) -> None:
        self.repeat = repeat
        self.clock = 0
        self._maps = tuple(ExpiringHashMap() for _ in _Tables._fields)

    def horizon_at(self, clock: int) -> int:
        """Time (ms) before which nothing is known any more at `clock`, except of entries that came late that day."""
        return clock // DAY * DAY - max(DAY, self.repeat)

    def decide(self, records: RecordArray) -> None:
        """Write the decisions into records that follow in the log."""
        columns, decision = _columns(records), records["decision"] & KEYED | DECIDED
        for start, stop in self._days_in(columns.clock):
            _decide(columns, start, stop, self._tables(stop - start), self.repeat, decision)
        records["decision"] = decision

    def recall(self, records: RecordArray) -> None:
        """Know records that were decided before. All from the first one with a time after the horizon on are enough."""
        columns, decision = _columns(records), np.ascontiguousarray(records["decision"])
        for start, stop in self._days_in(columns.clock):
            _recall(columns, start, stop, self._tables(stop - start), decision)

    def _tables(self, extra: int) -> _Tables:
        for table in self._maps:
            table.reserve(extra)
        return _Tables(*(table.arrays for table in self._maps))

    def _days_in(self, time: LongArray) -> Iterator[tuple[int, int]]:
        """Bounds of the parts in which the log's clock stays within one day; before each new day, forget what is old.

        So what is forgotten depends on the log alone, and not on the batching.
        """
        if not len(time):
            return
        start = 0
        clocks = np.maximum.accumulate(np.maximum(time, self.clock))
        for midnight in np.flatnonzero(np.diff(clocks // DAY, prepend=self.clock // DAY)).tolist():
            yield start, midnight
            start, self.clock = midnight, int(clocks[midnight])
            self._forget()
        yield start, len(time)
        self.clock = int(clocks[-1])

    def _forget(self) -> None:
        last, days, reacted = self._maps
        yesterday = self.clock // DAY * DAY - DAY
        last.forget(self.horizon_at(self.clock), 0)
        days.forget(yesterday, 0)
        reacted.forget(2 * yesterday, 0)


def decided(records: RecordArray, repeat_seconds: float) -> RecordArray:
    """A copy of the records of a whole log, in order, with the decisions of a sequencer."""
    copy = records.copy()
    DecisionTables(round(repeat_seconds * 1000)).decide(copy)
    return copy


def _columns(records: RecordArray) -> _Columns:
    reader, visit = records["reader"], records["visit"]
    kind, name = records["kind"].copy(), np.ascontiguousarray(records["name"])
    kind[(records["excluded"] != 0) | (kind == REACTION) & (name % UNDONE >= OFFERED)] = 255
    return _Columns(
        time=np.ascontiguousarray(records["time"]),
        clock=np.where(records["excluded"] < VOIDED, records["time"], 0),
        article=np.ascontiguousarray(records["article"]),
        reader=np.where(reader != 0, reader, np.where(visit != 0, visit, records["id"])),
        kind=kind,
        name=name,
    )
