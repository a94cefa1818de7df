"""What a view or a reaction means, decided once when it enters the log, so that the state needs no tables of readers.

A view by the same reader counts again after `repeat` milliseconds. A reader counts once within 24 hours for an article,
and once a day (UTC) for each reaction, unless the reader's latest event about it on that day took it back. An
impression counts once a day for a reader, article and shelf. When the log's clock enters a new day, what is from before
the day before it is forgotten.

*Unconfirmed* are readers of whom nothing is known but the event: their browser asked for no page and no shelf. Once the
site has ENOUGH_CONFIRMED readers, they count up to the share that they usually have on other articles, and confirmed
ones as far as they are not too much alike; others are in doubt, and excluded, until they show life (`doubt`). Reactions
and shares need a counted view then, and impressions a counted view of the page beside whose text the shelf stood. What
an API key sent or an import brought is not concerned.
"""

from collections.abc import Iterator

import numpy as np

from recirc.compiled import compiled_unlocked
from recirc.hash_table import find, mix
from recirc.store.decision_columns import IMPRESSION, REACTION, READ, SHARE, VIEW, Bytes, Columns, columns_of
from recirc.store.doubt import (
    DAY,
    ENOUGH_CONFIRMED,
    READERS_AT_LEAST,
    UNCONFIRMED,
    Evidence,
    Memory,
    Moment,
    count,
    doubt,
    hold,
    known,
    latest,
    life,
)
from recirc.store.expiring_hash_map import ExpiringHashMap, MapArrays
from recirc.store.midnight import same_readers
from recirc.store.strata import HOUR, ROWS, Reader, ReaderCounts
from recirc.types import UNDONE, Decision, LongArray, RecordArray

__all__ = ["DAY", "ENOUGH_CONFIRMED", "READERS_AT_LEAST", "DecisionTables", "decided"]

COUNTED, NEW_READER = int(Decision.COUNTED), int(Decision.NEW_READER)
GIVEN, TAKEN_BACK = int(Decision.GIVEN), int(Decision.TAKEN_BACK)
KEYED, CONFIRMED, DOUBTFUL, DECIDED = (
    int(flag) for flag in (Decision.KEYED, Decision.CONFIRMED, Decision.DOUBTFUL, Decision.DECIDED)
)

AT_ONCE = 4_096
"""Entries for which room is made at a time."""


@compiled_unlocked
def _reader(columns: Columns, i: int) -> Reader:
    return Reader(columns.article[i], columns.network[i], columns.agent[i])


@compiled_unlocked
def _page(columns: Columns, i: int) -> int:
    """The article on whose page an impression or a reading was."""
    if columns.kind[i] == IMPRESSION and columns.source[i] >= 0:
        return columns.source[i]
    return columns.article[i]


@compiled_unlocked
def _decide(columns: Columns, start: int, stop: int, memory: Memory, moment: Moment, decision: Bytes) -> None:
    for i in range(start, stop):
        kind, time, flags = columns.kind[i], columns.time[i], int(decision[i])
        keyed = flags & KEYED
        if kind == VIEW:
            flags = _view(columns, i, memory, moment, flags)
        elif kind in (IMPRESSION, READ):
            page = _page(columns, i)
            beside = mix(columns.reader[i], page)
            if not keyed:
                flags |= life(memory, beside, page, time, columns.now[i], moment, -1)
            if kind == IMPRESSION:
                pair = mix(columns.reader[i], columns.article[i])
                daily = mix(pair ^ columns.shelf[i], time // DAY)
                real = keyed or not known(memory) or (flags & CONFIRMED and _has(memory.last, beside))
                if real and not _has(memory.seen, daily):
                    latest(memory.seen, daily, time)
                    flags |= COUNTED
        elif kind in (REACTION, SHARE):
            pair = mix(columns.reader[i], columns.article[i])
            if not keyed and known(memory) and not _has(memory.last, pair):
                columns.excluded[i] = UNCONFIRMED
            elif kind == REACTION:
                flags |= _react(memory.reacted, pair, time, columns.name[i])
        decision[i] = flags


@compiled_unlocked
def _has(table: MapArrays, key: int) -> bool:
    return bool(table.keys[find(table.keys, key)] == key)


@compiled_unlocked
def _view(columns: Columns, i: int, memory: Memory, moment: Moment, flags: int) -> int:
    """The flags of a view; notes why it is excluded, if it is."""
    last, days, time, now = memory.last, memory.days, columns.time[i], columns.now[i]
    pair = mix(columns.reader[i], columns.article[i])
    on = find(days.keys, pair)
    new_reader = days.keys[on] != pair or abs(time - days.times[on]) >= DAY
    if not new_reader:
        at = find(last.keys, pair)
        if last.keys[at] == pair and time < last.times[at] + moment.repeat:
            return flags
    keyed, confirmed, reader = flags & KEYED, flags & CONFIRMED, _reader(columns, i)
    site_is_known = known(memory)
    if new_reader and not keyed:
        why = doubt(memory, reader, confirmed != 0, now // HOUR)
        if why:
            columns.excluded[i] = why
            hold(memory, pair, reader, why, now)
            return flags
        count(memory, pair, reader, confirmed != 0, time, now, moment)
    latest(last, pair, time)
    if new_reader:
        latest(days, pair, time)
        flags |= NEW_READER
    if site_is_known and not keyed and not confirmed:
        flags |= DOUBTFUL
    return flags | COUNTED


@compiled_unlocked
def _react(reacted: MapArrays, pair: int, time: int, name: int) -> int:
    """What a reaction changes: GIVEN, TAKEN_BACK, or nothing."""
    undone = name >= UNDONE
    which = name - UNDONE if undone else name
    # The latest stamp decides; of two in one millisecond, taking it back is the later.
    stamp = 2 * time + undone
    daily = mix(pair ^ (which + 1), time // DAY)
    at = find(reacted.keys, daily)
    given = False
    if reacted.keys[at] != daily:
        reacted.keys[at] = daily
        reacted.used[0] += 1
    elif stamp <= reacted.times[at]:
        return 0
    else:
        given = reacted.times[at] % 2 == 0
    reacted.times[at] = stamp
    if not undone and not given:
        return GIVEN
    return TAKEN_BACK if undone and given else 0


@compiled_unlocked
def _recall(columns: Columns, start: int, stop: int, memory: Memory, moment: Moment, decision: Bytes) -> None:
    """Enter what was decided before into the tables."""
    for i in range(start, stop):
        kind, time, now, flags = columns.kind[i], columns.time[i], columns.now[i], int(decision[i])
        pair = mix(columns.reader[i], columns.article[i])
        if kind == VIEW and columns.doubt[i]:
            hold(memory, pair, _reader(columns, i), int(columns.doubt[i]), now)
        elif kind == VIEW and flags & COUNTED:
            latest(memory.last, pair, time)
            if flags & NEW_READER:
                latest(memory.days, pair, time)
                if not flags & KEYED:
                    count(memory, pair, _reader(columns, i), flags & CONFIRMED != 0, time, now, moment)
        elif kind in (IMPRESSION, READ):
            page = _page(columns, i)
            if not flags & KEYED:
                life(memory, mix(columns.reader[i], page), page, time, now, moment, flags)
            if kind == IMPRESSION and flags & COUNTED:
                latest(memory.seen, mix(pair ^ columns.shelf[i], time // DAY), time)
        elif kind == REACTION and not columns.doubt[i]:
            undone = columns.name[i] >= UNDONE
            which = columns.name[i] - UNDONE if undone else columns.name[i]
            latest(memory.reacted, mix(pair ^ (which + 1), time // DAY), 2 * time + undone)


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
        self._maps = tuple(
            ExpiringHashMap() for field in Memory._fields if field not in ("strata", "evidence")
        )
        self._strata = ReaderCounts()
        self._today = 0
        self._evidence = Evidence(np.zeros((2, 0, 2), np.int32), np.zeros((2, 2), np.int64))

    def horizon_at(self, clock: int) -> int:
        """Time (ms) before which nothing is known any more at `clock`, except of entries that came late that day."""
        return clock // DAY * DAY - max(DAY, self.repeat)

    def decide(self, records: RecordArray) -> None:
        """Write the decisions into records that follow in the log."""
        kept = np.uint8(KEYED | CONFIRMED)
        columns, decision = columns_of(records, self.clock), records["decision"] & kept | np.uint8(DECIDED)
        for start, stop, memory in self._parts(columns):
            _decide(columns, start, stop, memory, Moment(self.repeat, self._today), decision)
        records["decision"], records["excluded"] = decision, columns.excluded

    def same_readers(self, records: RecordArray, yesterday: LongArray) -> RecordArray:
        """A copy of records that follow in the log; see `midnight.same_readers`."""
        last, days = (table.arrays for table in self._maps[:2])
        return same_readers(records, yesterday, last, days)

    def recall(self, records: RecordArray) -> None:
        """Know records that were decided before. All from the first one with a time after the horizon on are enough."""
        columns, decision = columns_of(records, self.clock), np.ascontiguousarray(records["decision"])
        for start, stop, memory in self._parts(columns):
            _recall(columns, start, stop, memory, Moment(self.repeat, self._today), decision)

    def _parts(self, columns: Columns) -> Iterator[tuple[int, int, Memory]]:
        """Bounds of parts of the entries, and the tables with room for each."""
        self._reserve(columns.article, columns.source)
        for begin, end in self._days_in(columns.clock):
            for start in range(begin, end, AT_ONCE):
                stop = min(start + AT_ONCE, end)
                for table in self._maps:
                    table.reserve(stop - start)
                self._strata.reserve(ROWS * (stop - start))
                maps = (table.arrays for table in self._maps)
                yield start, stop, Memory(*maps, self._strata.arrays, self._evidence)

    def _reserve(self, article: LongArray, source: LongArray) -> None:
        """Have room for the articles of these entries."""
        articles = self._evidence.articles
        newest = max(int(article.max(initial=-1)), int(source.max(initial=-1)))
        missing = newest + 1 - articles.shape[1]
        if missing > 0:
            room = max(missing, articles.shape[1] // 2)
            self._evidence = self._evidence._replace(articles=np.pad(articles, ((0, 0), (0, room), (0, 0))))

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
        last, days, reacted, seen, waiting, held = self._maps
        today = self.clock // DAY
        yesterday = today * DAY - DAY
        last.forget(self.horizon_at(self.clock), 0)
        days.forget(yesterday, 0)
        reacted.forget(2 * yesterday, 0)
        seen.forget(yesterday, 0)
        for table in (waiting, held):
            table.fill(np.zeros(0, np.int64), np.zeros(0, np.int64))
        self._strata.forget(today - 1)
        for counts in self._evidence:
            counts[1] = counts[0] if today == self._today + 1 else 0
            counts[0] = 0
        self._today = today


def decided(records: RecordArray, repeat_seconds: float) -> RecordArray:
    """A copy of the records of a whole log, in order, with the decisions of a sequencer."""
    copy = records.copy()
    DecisionTables(round(repeat_seconds * 1000)).decide(copy)
    return copy
