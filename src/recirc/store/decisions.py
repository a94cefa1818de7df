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
from typing import NamedTuple

import numpy as np

from recirc.compiled import compiled_unlocked
from recirc.hash_table import find, mix
from recirc.store.decision_columns import IMPRESSION, REACTION, READ, SHARE, VIEW, Bytes, Columns, columns_of
from recirc.store.doubt import (
    DAY,
    ENOUGH_CONFIRMED,
    READERS_AT_LEAST,
    UNCONFIRMED,
    Doubts,
    Moment,
    UsualReaders,
    admit,
    count,
    hold,
    known,
    latest,
    life,
    matters,
)
from recirc.store.expiring_hash_map import ExpiringHashMap, MapArrays
from recirc.store.midnight import same_readers
from recirc.store.strata import ROWS, Reader, ReaderCounts
from recirc.types import UNDONE, UNKNOWN_AGENT, Decision, LongArray, RecordArray

__all__ = ["DAY", "ENOUGH_CONFIRMED", "READERS_AT_LEAST", "DecisionTables", "decided"]

COUNTED, NEW_READER = int(Decision.COUNTED), int(Decision.NEW_READER)
ALIVE, GIVEN, TAKEN_BACK = int(Decision.ALIVE), int(Decision.GIVEN), int(Decision.TAKEN_BACK)
KEYED, CONFIRMED, DOUBTFUL, DECIDED = (
    int(flag) for flag in (Decision.KEYED, Decision.CONFIRMED, Decision.DOUBTFUL, Decision.DECIDED)
)

MAPS = 6
"""The maps of `_Tables` and `Doubts`."""

AT_ONCE = 4_096
"""Entries for which room is made at a time."""


class _Tables(NamedTuple):
    """Arrays of the maps.

    Attributes:
        reacted: reader, article, reaction and day to the latest stamp: 2 · time, odd when it was taken back.
        seen: reader, article, shelf and day of an impression to its time.
    """

    reacted: MapArrays
    seen: MapArrays


@compiled_unlocked
def _reader(article: int, network: int, agent: int) -> Reader:
    # The sums are int64.
    return Reader(article, network + 0 if agent != UNKNOWN_AGENT else 0, agent + 0)


@compiled_unlocked
def _decide(
    columns: Columns, start: int, stop: int, tables: _Tables, doubts: Doubts, moment: Moment, decision: Bytes
) -> None:
    last, days, waiting, held, _, (_, total) = doubts
    reacted, seen = tables
    for i in range(start, stop):
        kind, article, time, flags = columns.kind[i], columns.article[i], columns.time[i], int(decision[i])
        keyed, pair = flags & KEYED, mix(columns.reader[i], article)
        if kind == VIEW:
            on = find(days.keys, pair)
            new_reader = days.keys[on] != pair or abs(time - days.times[on]) >= DAY
            if not new_reader and _has(last, pair) and time < _time(last, pair) + moment.repeat:
                continue
            confirmed, site_is_known = flags & CONFIRMED != 0, known(total)
            if new_reader and not keyed:
                reader = _reader(article, columns.network[i], columns.name[i])
                why = admit(doubts, pair, reader, confirmed, time, columns.now[i], moment)
                if why:
                    columns.excluded[i] = why
                    continue
            latest(last, pair, time)
            flags |= COUNTED | (DOUBTFUL if site_is_known and not keyed and not confirmed else 0)
            if new_reader:
                latest(days, pair, time)
                flags |= NEW_READER
        elif kind in (IMPRESSION, READ):
            page = columns.source[i] if kind == IMPRESSION and columns.source[i] >= 0 else article
            beside = mix(columns.reader[i], page)
            if not keyed and matters(waiting, held, beside, page):
                flags |= life(doubts, beside, page, time, columns.now[i], moment, -1)
            if kind == IMPRESSION:
                daily = mix(pair ^ columns.shelf[i], time // DAY)
                real = keyed or not known(total) or (flags & CONFIRMED and _has(last, beside))
                if real and not _has(seen, daily):
                    latest(seen, daily, time)
                    flags |= COUNTED
        elif kind in (REACTION, SHARE):
            if not keyed and known(total) and not _has(last, pair):
                columns.excluded[i] = UNCONFIRMED
            elif kind == REACTION:
                flags |= _react(reacted, pair, time, columns.name[i])
        decision[i] = flags


@compiled_unlocked
def _has(table: MapArrays, key: int) -> bool:
    return bool(table.keys[find(table.keys, key)] == key)


@compiled_unlocked
def _time(table: MapArrays, key: int) -> int:
    return int(table.times[find(table.keys, key)])


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
def _recall(
    columns: Columns, start: int, stop: int, tables: _Tables, doubts: Doubts, moment: Moment, decision: Bytes
) -> None:
    """Enter what was decided before into the tables."""
    reacted, seen = tables
    for i in range(start, stop):
        kind, article, time, flags = columns.kind[i], columns.article[i], columns.time[i], int(decision[i])
        pair, now = mix(columns.reader[i], article), columns.now[i]
        if kind == VIEW:
            reader = _reader(article, columns.network[i], columns.name[i])
            if columns.doubt[i]:
                hold(doubts.waiting, doubts.held, pair, reader, int(columns.doubt[i]), now)
            elif flags & COUNTED:
                latest(doubts.last, pair, time)
                if flags & NEW_READER:
                    latest(doubts.days, pair, time)
                    if not flags & KEYED:
                        count(doubts, pair, reader, flags & CONFIRMED != 0, time, now, moment)
        elif kind in (IMPRESSION, READ):
            page = columns.source[i] if kind == IMPRESSION and columns.source[i] >= 0 else article
            if not flags & KEYED and flags & ALIVE:
                life(doubts, mix(columns.reader[i], page), page, time, now, moment, flags)
            if kind == IMPRESSION and flags & COUNTED:
                latest(seen, mix(pair ^ columns.shelf[i], time // DAY), time)
        elif kind == REACTION and not columns.doubt[i]:
            undone = columns.name[i] >= UNDONE
            which = columns.name[i] - UNDONE if undone else columns.name[i]
            latest(reacted, mix(pair ^ (which + 1), time // DAY), 2 * time + undone)


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
        self._maps = tuple(ExpiringHashMap() for _ in range(MAPS))
        self._strata = ReaderCounts()
        self._today = 0
        self._evidence = UsualReaders(np.zeros((2, 0, 3), np.int32), np.zeros((2, 3), np.int64))

    def horizon_at(self, clock: int) -> int:
        """Time (ms) before which nothing is known any more at `clock`, except of entries that came late that day."""
        return clock // DAY * DAY - max(DAY, self.repeat)

    def decide(self, records: RecordArray) -> None:
        """Write the decisions into records that follow in the log."""
        kept = np.uint8(KEYED | CONFIRMED)
        columns, decision = columns_of(records, self.clock), records["decision"] & kept | np.uint8(DECIDED)
        for start, stop, tables, doubts in self._parts(columns):
            _decide(columns, start, stop, tables, doubts, Moment(self.repeat, self._today), decision)
        records["decision"], records["excluded"] = decision, columns.excluded

    def same_readers(self, records: RecordArray, yesterday: LongArray) -> RecordArray:
        """A copy of records that follow in the log; see `midnight.same_readers`."""
        _, _, last, days, *_ = (table.arrays for table in self._maps)
        return same_readers(records, yesterday, last, days)

    def recall(self, records: RecordArray) -> None:
        """Know records that were decided before. All from the first one with a time after the horizon on are enough."""
        columns, decision = columns_of(records, self.clock), np.ascontiguousarray(records["decision"])
        for start, stop, tables, doubts in self._parts(columns):
            _recall(columns, start, stop, tables, doubts, Moment(self.repeat, self._today), decision)

    def _parts(self, columns: Columns) -> Iterator[tuple[int, int, _Tables, Doubts]]:
        """Bounds of parts of the entries, and the tables with room for each."""
        self._reserve(columns.article, columns.source)
        for begin, end in self._days_in(columns.clock):
            for start in range(begin, end, AT_ONCE):
                stop = min(start + AT_ONCE, end)
                for table in self._maps:
                    table.reserve(2 * (stop - start))  # `held` may take two keys of an entry
                self._strata.reserve(ROWS * (stop - start))
                reacted, seen, last, days, waiting, held = (table.arrays for table in self._maps)
                doubts = Doubts(last, days, waiting, held, self._strata.arrays, self._evidence)
                yield start, stop, _Tables(reacted, seen), doubts

    def _reserve(self, article: LongArray, source: LongArray) -> None:
        """Have room for the articles of these entries."""
        articles = self._evidence.articles
        newest = max(int(article.max(initial=-1)), int(source.max(initial=-1)))
        self._strata.reserve_articles(newest + 1)
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
        reacted, seen, last, days, waiting, held = self._maps
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
