"""What a view or a reaction means, decided once when it enters the log, so that the state needs no tables of readers.

A view by the same reader counts again after `repeat` milliseconds. A reader counts once within 24 hours for an article,
and once a day (UTC) for each reaction, unless the reader's latest event about it on that day took it back. An
impression counts once a day for a reader, article and shelf. When the log's clock enters a new day, what is from before
the day before it is forgotten.

*Unconfirmed* are readers of whom nothing is known but the event: their browser asked for no page and no shelf. Once the
site has ENOUGH_CONFIRMED readers, they count up to the share that they usually have on other articles, and confirmed
ones as far as they are not too much alike; others are in doubt, and excluded, until they show life (`doubt`); what came
from a reader who opened more pages at once than a person does is no sign of it. Reactions
and shares need a counted view then, and impressions a counted view of the page beside whose text the shelf stood. What
an API key sent or an import brought is not concerned.
"""

from typing import NamedTuple

import numpy as np

from recirc.compiled import compiled_unlocked
from recirc.hash_table import EMPTY, mix
from recirc.store.decision_columns import (
    ARTICLE,
    DECISION,
    EXCLUDED,
    IMPRESSION,
    KIND,
    PUBLISH,
    REACTION,
    READ,
    SHARE,
    SHELF,
    SOURCE,
    TIME,
    VIEW,
    LogEntry,
    LogRows,
    clocks_of,
    entry_of,
    origin_of,
    rows_of,
)
from recirc.store.doubt import (
    DAY,
    EARLIER,
    ENOUGH_CONFIRMED,
    FIRST,
    LAST,
    NEVER,
    READERS_AT_LEAST,
    STATE,
    UNCONFIRMED,
    DecisionContext,
    Doubts,
    UsualReaders,
    admit,
    count,
    counted_at,
    hold,
    known,
    life,
    life_of_keyed,
    matters,
    note_keyed,
    row_of,
    seen_at,
)
from recirc.store.hash_rows import KEY, HashRows, is_crowded, place_of
from recirc.store.midnight import same_readers
from recirc.store.strata import ReaderCounts
from recirc.types import UNDONE, VOIDED, Decision, LongArray, RecordArray

__all__ = ["DAY", "ENOUGH_CONFIRMED", "READERS_AT_LEAST", "DecisionTables", "decided"]

COUNTED, NEW_READER = int(Decision.COUNTED), int(Decision.NEW_READER)
ALIVE, GIVEN, TAKEN_BACK = int(Decision.ALIVE), int(Decision.GIVEN), int(Decision.TAKEN_BACK)
KEYED, CONFIRMED, HASTY, DOUBTFUL, DECIDED = (
    int(flag)
    for flag in (
        Decision.KEYED,
        Decision.CONFIRMED,
        Decision.HASTY,
        Decision.DOUBTFUL,
        Decision.DECIDED,
    )
)

SHELVES = 256
"""Added to a shelf where a reaction's number could stand."""

STAMP = 1
"""Column of `_Tables.daily`."""


class _Tables(NamedTuple):
    """What the loops read and write.

    Attributes:
        daily: int64 (capacity, 2), see `HashRows`: the key of reader, article and day and of a reaction or a shelf, and
            the latest STAMP: 2 · time (ms), odd when the reaction was taken back.
        used: int64 (1,): number of its keys.
        clock: int64 (1,): the newest time of an entry so far, ms.
        doubts: see there.
    """

    daily: LongArray
    used: LongArray
    clock: LongArray
    doubts: Doubts


@compiled_unlocked
def _ready(log: LogRows, i: int, tables: _Tables, today: int) -> bool:
    """Move the log's clock to an entry, unless a new day begins with it or one of the tables has no room for it."""
    doubts, clock = tables.doubts, tables.clock[0]
    if log.bytes[i, EXCLUDED] < VOIDED and log.bytes[i, KIND] < PUBLISH:
        clock = max(clock, log.longs[i, TIME])
    if clock // DAY != today or max(log.ints[i, ARTICLE], log.ints[i, SOURCE]) >= doubts.held.shape[1]:
        return False
    if is_crowded(tables.daily, tables.used[0]) or is_crowded(doubts.pairs, doubts.used[0]):
        return False
    if is_crowded(doubts.strata.shared, doubts.strata.used[0]):
        return False
    tables.clock[0] = clock
    return True


@compiled_unlocked
def _decide(log: LogRows, start: int, tables: _Tables, moment: DecisionContext) -> int:
    """Decide entries from one on until one is not ready: which; the number of entries when all are decided."""
    for i in range(start, len(log.bytes)):
        if not _ready(log, i, tables, moment.today):
            return i
        entry = entry_of(log, i)
        if entry.doubt:
            log.bytes[i, EXCLUDED] = 0
        kept = entry.flags & (KEYED | CONFIRMED)
        flags, why = kept | DECIDED, 0
        if entry.kind == VIEW:
            changed = _view(log, i, entry, tables, moment)
            flags, why = flags | changed & 255, changed >> 8
        elif entry.kind in (IMPRESSION, READ):
            flags |= _hasty(entry) | _sign(log, i, entry, tables, moment)
            if entry.kind == READ and not kept & KEYED and _is_of_nobody(tables.doubts, entry):
                flags |= DOUBTFUL
        elif entry.kind in (REACTION, SHARE):
            if not kept & KEYED and _is_of_nobody(tables.doubts, entry):
                why = UNCONFIRMED
            elif entry.kind == REACTION:
                flags |= _react(tables, mix(entry.reader, entry.article), entry)
        log.bytes[i, DECISION] = flags
        if why:
            log.bytes[i, EXCLUDED] = why
    return len(log.bytes)


@compiled_unlocked
def _view(log: LogRows, i: int, entry: LogEntry, tables: _Tables, moment: DecisionContext) -> int:
    """Flags of a view, and 256 times why it is in doubt."""
    doubts, time, keyed = tables.doubts, entry.time, entry.flags & KEYED
    confirmed, pair = entry.flags & CONFIRMED != 0, mix(entry.reader, entry.article)
    at = place_of(doubts.pairs, pair)
    there = doubts.pairs[at, KEY] == pair
    new_reader = not there or abs(time - doubts.pairs[at, FIRST]) >= DAY
    if not new_reader and doubts.pairs[at, LAST] != NEVER and time < doubts.pairs[at, LAST] + moment.repeat:
        return 0
    site_is_known, reader_flags = known(doubts.evidence.total), NEW_READER
    at = row_of(doubts, pair)
    if new_reader and keyed:
        note_keyed(doubts, at, origin_of(log, i, entry.article), tables.clock[0])
    elif new_reader:
        reader = origin_of(log, i, entry.article)
        why, reader_flags = admit(doubts, at, reader, confirmed, time, tables.clock[0], moment)
        if why:
            return why << 8
    seen_at(doubts, at, time)
    flags = COUNTED | (DOUBTFUL if site_is_known and not keyed and not confirmed else 0)
    if new_reader:
        counted_at(doubts, at, time)
        flags |= reader_flags
    return flags


@compiled_unlocked
def _hasty(entry: LogEntry) -> int:
    """HASTY, if it was set by whoever made the record; CROWDED, of the same bit, was decided before."""
    return 0 if entry.flags & NEW_READER else entry.flags & HASTY


@compiled_unlocked
def _sign(log: LogRows, i: int, entry: LogEntry, tables: _Tables, moment: DecisionContext) -> int:
    """Flags of an impression or a reading."""
    doubts, keyed, beside, flags = tables.doubts, entry.flags & KEYED, mix(entry.reader, entry.page), 0
    at = place_of(doubts.pairs, beside)
    there, hasty = doubts.pairs[at, KEY] == beside, _hasty(entry)
    if keyed and there:
        flags |= life_of_keyed(doubts, at, entry.page, entry.time, tables.clock[0], moment, -1)
    elif there and not hasty and matters(doubts, at, entry.page):
        flags |= life(doubts, at, entry.page, entry.time, tables.clock[0], moment, -1)
    if entry.kind == IMPRESSION:
        counts = there and doubts.pairs[at, LAST] != NEVER and entry.flags & CONFIRMED != 0
        if (keyed or not known(doubts.evidence.total) or counts) and _is_first_that_day(
            log, i, entry, tables
        ):
            flags |= COUNTED
    return flags


@compiled_unlocked
def _is_first_that_day(log: LogRows, i: int, entry: LogEntry, tables: _Tables) -> bool:
    """Whether an impression is its reader's first of article and shelf on its day; noted."""
    shelf = SHELVES + int(log.bytes[i, SHELF])
    daily = mix(mix(entry.reader, entry.article) ^ shelf, entry.time // DAY)
    return _stamp(tables, daily, 2 * entry.time) == NEVER


@compiled_unlocked
def _stamp(tables: _Tables, key: int, stamp: int) -> int:
    """Note a stamp that is later than the one that is known, which is returned; NEVER: none was."""
    at, before = place_of(tables.daily, key), NEVER
    if tables.daily[at, KEY] != key:
        tables.daily[at, KEY] = key
        tables.used[0] += 1
    else:
        before = tables.daily[at, STAMP]
    tables.daily[at, STAMP] = max(before, stamp)
    return before


@compiled_unlocked
def _is_of_nobody(doubts: Doubts, entry: LogEntry) -> bool:
    """Whether readers of the site are known, and no view of the article by this one counts."""
    pair = mix(entry.reader, entry.article)
    at = place_of(doubts.pairs, pair)
    was_counted = doubts.pairs[at, KEY] == pair and doubts.pairs[at, LAST] != NEVER
    return bool(known(doubts.evidence.total) and not was_counted)


@compiled_unlocked
def _reaction(entry: LogEntry, pair: int) -> int:
    """Key of a reader's reaction on its day."""
    which = entry.name - UNDONE if entry.name >= UNDONE else entry.name
    return mix(pair ^ (which + 1), entry.time // DAY)


@compiled_unlocked
def _react(tables: _Tables, pair: int, entry: LogEntry) -> int:
    """What a reaction changes: GIVEN, TAKEN_BACK, or nothing."""
    undone = entry.name >= UNDONE
    # The latest stamp decides; of two in one millisecond, taking it back is the later.
    stamp = 2 * entry.time + undone
    before = _stamp(tables, _reaction(entry, pair), stamp)
    if stamp <= before:
        return 0
    given = before != NEVER and before % 2 == 0
    if not undone and not given:
        return GIVEN
    return TAKEN_BACK if undone and given else 0


@compiled_unlocked
def _recall(log: LogRows, start: int, tables: _Tables, moment: DecisionContext) -> int:
    """Enter what was decided before into the tables, from one entry on until one is not ready, as `_decide`."""
    doubts = tables.doubts
    for i in range(start, len(log.bytes)):
        if not _ready(log, i, tables, moment.today):
            return i
        entry, now = entry_of(log, i), tables.clock[0]
        pair, flags = mix(entry.reader, entry.article), entry.flags
        if entry.kind == VIEW and entry.doubt:
            hold(doubts, row_of(doubts, pair), origin_of(log, i, entry.article), entry.doubt, now)
        elif entry.kind == VIEW and flags & COUNTED:
            at = row_of(doubts, pair)
            seen_at(doubts, at, entry.time)
            if flags & NEW_READER:
                counted_at(doubts, at, entry.time)
                reader = origin_of(log, i, entry.article)
                if flags & KEYED:
                    note_keyed(doubts, at, reader, now)
                else:
                    count(doubts, at, reader, flags & CONFIRMED != 0, entry.time, now, moment)
        elif entry.kind in (IMPRESSION, READ):
            at = place_of(doubts.pairs, mix(entry.reader, entry.page))
            there = doubts.pairs[at, KEY] != EMPTY
            if there and flags & ALIVE:
                if flags & KEYED:
                    life_of_keyed(doubts, at, entry.page, entry.time, now, moment, flags)
                else:
                    life(doubts, at, entry.page, entry.time, now, moment, flags)
            if entry.kind == IMPRESSION and flags & COUNTED:
                _is_first_that_day(log, i, entry, tables)
        elif entry.kind == REACTION and not entry.doubt:
            _stamp(tables, _reaction(entry, pair), 2 * entry.time + (entry.name >= UNDONE))
    return len(log.bytes)


class DecisionTables:
    """What has to be known of readers to decide: their views and reactions of the newest two days of the log.

    Deciding depends on the entries and their order alone, not on how they are cut into batches.

    Attributes:
        repeat: ms.
    """

    def __init__(self, repeat: int) -> None:
        self.repeat = repeat
        self._clock: LongArray = np.zeros(1, np.int64)
        self._today = 0
        self._daily = HashRows(2, np.zeros(1, np.int64))
        self._pairs = HashRows(5, np.zeros(1, np.int64))
        self._held: LongArray = np.zeros((2, 0), np.int64)
        self._strata = ReaderCounts()
        self._evidence = UsualReaders(np.zeros((2, 0, 3), np.int32), np.zeros((2, 4), np.int64))

    @property
    def clock(self) -> int:
        """The newest time of an entry so far, ms."""
        return int(self._clock[0])

    @property
    def size(self) -> int:
        """Number of rows for which there is room."""
        return len(self._daily.rows) + len(self._pairs.rows)

    def horizon_at(self, clock: int) -> int:
        """Time (ms) before which nothing is known any more at `clock`, except of entries that came late that day."""
        return clock // DAY * DAY - max(DAY, self.repeat)

    def decide(self, records: RecordArray) -> None:
        """Write the decisions into records that follow in the log; they are writable and without gaps."""
        log, at = rows_of(records), 0
        while (at := _decide(log, at, self._tables(), DecisionContext(self.repeat, self._today))) < len(
            records
        ):
            self._prepare(records[at:])

    def same_readers(self, records: RecordArray, yesterday: LongArray) -> RecordArray:
        """A copy of records that follow in the log; see `midnight.same_readers`."""
        return same_readers(records, yesterday, self._pairs.rows)

    def recall(self, records: RecordArray) -> None:
        """Know records that were decided before. All from the first one with a time after the horizon on are enough."""
        records = records if records.flags.writeable and records.flags.c_contiguous else records.copy()
        log, at = rows_of(records), 0
        while (at := _recall(log, at, self._tables(), DecisionContext(self.repeat, self._today))) < len(
            records
        ):
            self._prepare(records[at:])

    def _tables(self) -> _Tables:
        pairs = self._pairs
        doubts = Doubts(pairs.rows, pairs.used, self._held, self._strata.arrays, self._evidence)
        return _Tables(self._daily.rows, self._daily.used, self._clock, doubts)

    def _prepare(self, records: RecordArray) -> None:
        """Make the tables ready for the first of these entries: on a new day forget what is old, and have room.

        So what is forgotten depends on the log alone, and not on the batching.
        """
        self._daily.grow()
        self._pairs.grow()
        self._strata.grow()
        newest = max(int(records["article"].max()), int(records["source"].max()))
        missing = newest + 1 - self._held.shape[1]
        if missing > 0:
            room = max(missing, self._held.shape[1] // 2)
            self._held = np.pad(self._held, ((0, 0), (0, room)))
            articles = np.pad(self._evidence.articles, ((0, 0), (0, room), (0, 0)))
            self._evidence = self._evidence._replace(articles=articles)
            self._strata.reserve_articles(
                self._held.shape[1]
            )  # `_ready` asks `_held` alone whether there is room
        first = records[:1]
        clock = int(clocks_of(first, self.clock)[0])
        if clock // DAY != self._today:
            self._forget(clock)

    def _forget(self, clock: int) -> None:
        """Begin the day of `clock`."""
        today, yesterday = clock // DAY, clock // DAY * DAY - DAY
        self._daily.keep(self._daily.rows[:, STAMP] >= 2 * yesterday)
        rows = self._pairs.rows
        rows[:, (STATE, EARLIER)] = 0
        for column, oldest in ((LAST, self.horizon_at(clock)), (FIRST, yesterday)):
            rows[rows[:, column] < oldest, column] = NEVER
        self._pairs.keep((rows[:, LAST] != NEVER) | (rows[:, FIRST] != NEVER))
        self._held[:] = 0
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
