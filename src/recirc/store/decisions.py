"""What a view or a reaction means, decided once when it enters the log, so that the state needs no tables of readers.

A view by the same reader counts again after `repeat` milliseconds. A reader counts once within 24 hours for an article,
and once a day (UTC) for each reaction, unless the reader's latest event about it on that day took it back. An
impression counts once a day for a reader, article and shelf. When the log's clock enters a new day, what is from before
the day before it is forgotten.

*Unconfirmed* are readers of whom nothing is known but the event: their browser asked for no page and no shelf. Once the
site has ENOUGH_CONFIRMED readers, they count up to the share that they usually have on other articles (`_in_doubt`);
further ones are excluded, and so are their reactions and shares without a counted view; their impressions do not count.
What an API key sent or an import brought is not concerned.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled_unlocked
from recirc.hash_table import find, mix
from recirc.store.expiring_hash_map import ExpiringHashMap, MapArrays
from recirc.store.midnight import same_readers
from recirc.types import (
    REACTIONS,
    UNDONE,
    VOIDED,
    Decision,
    EntryKind,
    Exclusion,
    IntArray,
    LongArray,
    RecordArray,
)

DAY = 86_400_000

Bytes = NDArray[np.uint8]
VIEW, REACTION, IMPRESSION, SHARE = (
    int(kind) for kind in (EntryKind.VIEW, EntryKind.REACTION, EntryKind.IMPRESSION, EntryKind.SHARE)
)
UNCONFIRMED = np.uint8(Exclusion.UNCONFIRMED)
OFFERED = len(REACTIONS)
COUNTED, NEW_READER = np.uint8(Decision.COUNTED), np.uint8(Decision.NEW_READER)
GIVEN, TAKEN_BACK = np.uint8(Decision.GIVEN), np.uint8(Decision.TAKEN_BACK)
KEYED, CONFIRMED, DOUBTFUL, DECIDED = (
    np.uint8(flag) for flag in (Decision.KEYED, Decision.CONFIRMED, Decision.DOUBTFUL, Decision.DECIDED)
)

ENOUGH_CONFIRMED = 50
"""Confirmed readers of the newest two days from which on it is known that browsers of this site ask for pages."""

READERS_AT_LEAST = 3
"""Unconfirmed readers of an article that count in any case."""

SLACK = 2.0
"""How many times the site's usual share of unconfirmed readers an article may have."""


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
    shelf: Bytes
    excluded: Bytes


class _Moment(NamedTuple):
    """`repeat` in ms, and the day (UTC) of the log's clock."""

    repeat: int
    today: int


class _Evidence(NamedTuple):
    """New readers of the newest two days, without those of keys and imports; row 0 the newest.

    Attributes:
        articles: int32 (2, n, 2): of each article, confirmed and unconfirmed.
        total: int64 (2, 2): of all.
    """

    articles: IntArray
    total: LongArray


class _Tables(NamedTuple):
    """Arrays of the maps.

    Attributes:
        last: reader and article to the time of the last counted view.
        days: reader and article to the time at which the reader was last counted.
        reacted: reader, article, reaction and day to the latest stamp: 2 · time, odd when it was taken back.
        seen: reader, article, shelf and day of an impression to its time.
    """

    last: MapArrays
    days: MapArrays
    reacted: MapArrays
    seen: MapArrays


@compiled_unlocked
def _in_doubt(evidence: _Evidence, article: int) -> bool:
    """Whether one more unconfirmed reader of the article is beyond what is usual on the other articles."""
    confirmed = evidence.total[0, 0] + evidence.total[1, 0]
    if confirmed < ENOUGH_CONFIRMED:
        return False
    own_confirmed = evidence.articles[0, article, 0] + evidence.articles[1, article, 0]
    own = evidence.articles[0, article, 1] + evidence.articles[1, article, 1]
    others = evidence.total[0, 1] + evidence.total[1, 1] - own
    usual = others / max(confirmed - own_confirmed, 1)
    return bool(own >= READERS_AT_LEAST + SLACK * usual * own_confirmed)


@compiled_unlocked
def _note_reader(evidence: _Evidence, article: int, age: int, unconfirmed: int) -> None:
    if 0 <= age < 2:
        evidence.articles[age, article, unconfirmed] += 1
        evidence.total[age, unconfirmed] += 1


@compiled_unlocked
def _decide(
    columns: _Columns,
    start: int,
    stop: int,
    tables: _Tables,
    evidence: _Evidence,
    moment: _Moment,
    decision: Bytes,
) -> None:
    last, days, reacted, seen = tables
    excluded = columns.excluded
    for i in range(start, stop):
        known = evidence.total[0, 0] + evidence.total[1, 0] >= ENOUGH_CONFIRMED
        kind, article, time = columns.kind[i], columns.article[i], columns.time[i]
        pair = mix(columns.reader[i], article)
        trusted = decision[i] & (KEYED | CONFIRMED)
        if kind == VIEW:
            at, on = find(last.keys, pair), find(days.keys, pair)
            new_reader = days.keys[on] != pair or abs(time - days.times[on]) >= DAY
            if not new_reader and last.keys[at] == pair and time < last.times[at] + moment.repeat:
                continue
            if new_reader and not trusted and _in_doubt(evidence, article):
                excluded[i] = UNCONFIRMED
                continue
            decision[i] |= COUNTED
            if known and not trusted:
                decision[i] |= DOUBTFUL
            _latest(last, pair, time)
            if new_reader:
                decision[i] |= NEW_READER
                _latest(days, pair, time)
                if not decision[i] & KEYED:
                    _note_reader(evidence, article, moment.today - time // DAY, 0 if trusted else 1)
        elif kind == IMPRESSION:
            daily = mix(pair ^ columns.shelf[i], time // DAY)
            if (trusted or not known) and seen.keys[find(seen.keys, daily)] != daily:
                _latest(seen, daily, time)
                decision[i] |= COUNTED
        elif kind in (REACTION, SHARE):
            if known and not trusted and last.keys[find(last.keys, pair)] != pair:
                excluded[i] = UNCONFIRMED
            elif kind == REACTION:
                decision[i] |= _react(reacted, pair, time, columns.name[i])


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
        return int(GIVEN)
    return int(TAKEN_BACK) if undone and given else 0


@compiled_unlocked
def _recall(
    columns: _Columns,
    start: int,
    stop: int,
    tables: _Tables,
    evidence: _Evidence,
    moment: _Moment,
    decision: Bytes,
) -> None:
    """Enter what was decided before into the tables."""
    last, days, reacted, seen = tables
    for i in range(start, stop):
        kind, article, time = columns.kind[i], columns.article[i], columns.time[i]
        pair = mix(columns.reader[i], article)
        if kind == VIEW and decision[i] & COUNTED:
            _latest(last, pair, time)
            if decision[i] & NEW_READER:
                _latest(days, pair, time)
                if not decision[i] & KEYED:
                    unconfirmed = 0 if decision[i] & CONFIRMED else 1
                    _note_reader(evidence, article, moment.today - time // DAY, unconfirmed)
        elif kind == IMPRESSION and decision[i] & COUNTED:
            _latest(seen, mix(pair ^ columns.shelf[i], time // DAY), time)
        elif kind == REACTION:
            undone = columns.name[i] >= UNDONE
            which = columns.name[i] - UNDONE if undone else columns.name[i]
            _latest(reacted, mix(pair ^ (which + 1), time // DAY), 2 * time + undone)


@compiled_unlocked
def _latest(table: MapArrays, key: int, time: int) -> None:
    """Note a time of a key. Entries may come late: an earlier one does not move it back."""
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
        self._today = 0
        self._evidence = _Evidence(np.zeros((2, 0, 2), np.int32), np.zeros((2, 2), np.int64))

    def horizon_at(self, clock: int) -> int:
        """Time (ms) before which nothing is known any more at `clock`, except of entries that came late that day."""
        return clock // DAY * DAY - max(DAY, self.repeat)

    def decide(self, records: RecordArray) -> None:
        """Write the decisions into records that follow in the log."""
        columns, decision = _columns(records), records["decision"] & (KEYED | CONFIRMED) | DECIDED
        self._reserve(columns.article)
        for start, stop in self._days_in(columns.clock):
            tables, moment = self._tables(stop - start), _Moment(self.repeat, self._today)
            _decide(columns, start, stop, tables, self._evidence, moment, decision)
        records["decision"], records["excluded"] = decision, columns.excluded

    def same_readers(self, records: RecordArray, yesterday: LongArray) -> RecordArray:
        """A copy of records that follow in the log; see `midnight.same_readers`."""
        last, days, *_ = self._tables(0)
        return same_readers(records, yesterday, last, days)

    def recall(self, records: RecordArray) -> None:
        """Know records that were decided before. All from the first one with a time after the horizon on are enough."""
        columns, decision = _columns(records), np.ascontiguousarray(records["decision"])
        columns.kind[records["excluded"] == UNCONFIRMED] = 255
        self._reserve(columns.article)
        for start, stop in self._days_in(columns.clock):
            tables, moment = self._tables(stop - start), _Moment(self.repeat, self._today)
            _recall(columns, start, stop, tables, self._evidence, moment, decision)

    def _reserve(self, article: IntArray) -> None:
        """Have room for the articles of these entries."""
        articles = self._evidence.articles
        missing = int(article.max(initial=-1)) + 1 - articles.shape[1]
        if missing > 0:
            room = max(missing, articles.shape[1] // 2)
            self._evidence = self._evidence._replace(articles=np.pad(articles, ((0, 0), (0, room), (0, 0))))

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
        last, days, reacted, seen = self._maps
        today = self.clock // DAY
        yesterday = today * DAY - DAY
        last.forget(self.horizon_at(self.clock), 0)
        days.forget(yesterday, 0)
        reacted.forget(2 * yesterday, 0)
        seen.forget(yesterday, 0)
        for counts in self._evidence:
            counts[1] = counts[0] if today == self._today + 1 else 0
            counts[0] = 0
        self._today = today


def decided(records: RecordArray, repeat_seconds: float) -> RecordArray:
    """A copy of the records of a whole log, in order, with the decisions of a sequencer."""
    copy = records.copy()
    DecisionTables(round(repeat_seconds * 1000)).decide(copy)
    return copy


def _columns(records: RecordArray) -> _Columns:
    reader, visit = records["reader"], records["visit"]
    kind, name = records["kind"].copy(), np.ascontiguousarray(records["name"])
    # What was in doubt is decided again, when what came before it was excluded afterwards.
    excluded = np.where(records["excluded"] == UNCONFIRMED, np.uint8(0), records["excluded"])
    kind[(excluded != 0) | (kind == REACTION) & (name % UNDONE >= OFFERED)] = 255
    return _Columns(
        time=np.ascontiguousarray(records["time"]),
        clock=np.where(records["excluded"] < VOIDED, records["time"], 0),
        article=np.ascontiguousarray(records["article"]),
        reader=np.where(reader != 0, reader, np.where(visit != 0, visit, records["id"])),
        kind=kind,
        name=name,
        shelf=np.ascontiguousarray(records["shelf"]),
        excluded=excluded,
    )
