"""Who opened what: views and distinct readers, counted honestly, with everything that was not counted kept
beside them.
"""

import math
from collections.abc import Iterator
from typing import ClassVar, cast

import numpy as np
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.expiring_map import ExpiringHashMap, mixed, place
from recirc.state.rings import Ring
from recirc.state.statistic import FoldContext, Overlap, Statistic, grown
from recirc.types import (
    REACTIONS,
    UNDONE,
    Arrays,
    BoolArray,
    EntryKind,
    IntArray,
    LongArray,
    RecordArray,
    Window,
)

DAY = 86_400_000
RINGS = {Window.HOUR: (30, 120_000), Window.DAY: (24, 3_600_000), Window.WEEK: (28, 21_600_000)}
"""Each window's readers are kept in so many buckets of so many ms; the newest bucket is the one that is
filling.
"""

TICK = math.gcd(*(width for _, width in RINGS.values()))
"""Two moments within one multiple of so many ms see the same buckets of every window."""

PARTS = ("keys", "times", "tags")
RAW, EXCLUDED, REPEATED, READERS, READS, SHARES = range(6)


@compiled
def _fold_views(
    view: BoolArray,
    excluded: BoolArray,
    reader: LongArray,
    article: IntArray,
    time: LongArray,
    repeat: int,
    totals: LongArray,
    last_keys: LongArray,
    last_times: LongArray,
    last_used: LongArray,
    day_keys: LongArray,
    day_times: LongArray,
    day_tags: IntArray,
    day_used: LongArray,
    counted: BoolArray,
    arrived: BoolArray,
) -> None:
    for i in range(len(view)):
        a = article[i]
        if excluded[i]:
            totals[a, 0] += 1
            totals[a, 1] += 1
        if not view[i]:
            continue
        totals[a, 0] += 1
        pair = mixed(reader[i], a)
        day = time[i] // DAY
        at = place(last_keys, pair)
        again = last_keys[at] == pair and time[i] < last_times[at] + repeat
        if again and last_times[at] // DAY == day:
            totals[a, 2] += 1
            continue
        daily = mixed(pair, day)
        on = place(day_keys, daily)
        arrived[i] = day_keys[on] != daily
        if again and not arrived[i]:
            totals[a, 2] += 1
            continue
        counted[i] = True
        if last_keys[at] != pair:
            last_keys[at] = pair
            last_used[0] += 1
        last_times[at] = max(last_times[at], time[i])
        if arrived[i]:
            day_keys[on] = daily
            day_times[on] = time[i]
            day_tags[on] = a
            day_used[0] += 1
            totals[a, 3] += 1


@compiled
def _fold_reactions(
    chosen: LongArray,
    name: LongArray,
    reader: LongArray,
    article: IntArray,
    time: LongArray,
    reactions: LongArray,
    day_keys: LongArray,
    day_stamps: LongArray,
    day_tags: IntArray,
    day_used: LongArray,
) -> None:
    for i in chosen:
        undone = name[i] >= UNDONE
        which = name[i] - UNDONE if undone else name[i]
        # The later word stands; of two in one millisecond, the withdrawal.
        stamp = 2 * time[i] + undone
        daily = mixed(mixed(reader[i], article[i]) ^ (which + 1), time[i] // DAY)
        at = place(day_keys, daily)
        given = False
        if day_keys[at] != daily:
            day_keys[at] = daily
            day_tags[at] = article[i] * reactions.shape[1] + which
            day_used[0] += 1
        elif stamp <= day_stamps[at]:
            continue
        else:
            given = day_stamps[at] % 2 == 0
        day_stamps[at] = stamp
        reactions[article[i], which] += (not undone) - given


class Audience(Statistic):
    """Views, readers and reactions of each article.

    A view by the same reader counts again after `repeat` seconds, or on another day (UTC); a reader counts once
    a day for an article, and once a day for each reaction, unless the last that the reader said of it on that day was
    to take it back. When the log's clock enters a new day, who was seen
    before the day before it is forgotten.

    Merging is exact when the log was cut by reader. Cut by visit, a reader whom both sides counted on the same day
    is recognised as long as neither has forgotten that day: of the two visits the earlier is kept (one fold
    keeps the one that came first in the log). A view that repeats one of another visit within `repeat` is
    counted when the two visits were cut apart.

    Attributes, n = articles:
        totals: int64 (n, 6): views sent, of them excluded, of them repeated; readers; reads; shares.
        reactions: int64 (n, len(REACTIONS)): distinct readers.
        rings: for each window readers by the bucket of time in which they arrived.
    """

    name: ClassVar[str] = "audience"

    def __init__(self, *, repeat: float) -> None:
        self.repeat = round(repeat * 1000)
        self.clock = 0
        self.totals: LongArray = np.zeros((0, 6), np.int64)
        self.reactions: LongArray = np.zeros((0, len(REACTIONS)), np.int64)
        self.rings: dict[Window, Ring] = {w: Ring(*shape) for w, shape in RINGS.items()}
        self._last = ExpiringHashMap()
        self._days = ExpiringHashMap()
        self._reacted = (
            ExpiringHashMap()
        )  # of each reader and reaction the last word's stamp: 2 * time, odd when taken back

    @override
    def fold(self, moment: FoldContext) -> None:
        self._make_room(moment)
        for start, stop in self._days_in(moment.time):
            self._fold_within_a_day(moment, slice(start, stop))
        for ring in self.rings.values():
            ring.fold(moment.arrived, moment.article, moment.time)
        records = moment.records
        for kind, column in ((EntryKind.READ, READS), (EntryKind.SHARE, SHARES)):
            chosen = (records["excluded"] == 0) & (records["kind"] == kind)
            if chosen.any():
                np.add.at(self.totals[:, column], moment.article[chosen], 1)

    def _days_in(self, time: LongArray) -> Iterator[tuple[int, int]]:
        """The places between which the clock stays within one day; at each new day, what is too old is forgotten.

        So what is forgotten depends on the log alone, and not on how it was cut into batches.
        """
        start = 0
        clocks = np.maximum.accumulate(np.maximum(time, self.clock))
        for midnight in np.flatnonzero(np.diff(clocks // DAY, prepend=self.clock // DAY)).tolist():
            yield start, midnight
            start, self.clock = midnight, int(clocks[midnight])
            self._forget(len(time) - midnight)
        yield start, len(time)
        self.clock = int(clocks[-1]) if len(clocks) else self.clock

    def _forget(self, room: int) -> None:
        today = self.clock // DAY * DAY
        self._last.forget(today - max(DAY, self.repeat), room)
        self._days.forget(today - DAY, room)
        self._reacted.forget(2 * (today - DAY), room)

    def _fold_within_a_day(self, moment: FoldContext, part: slice) -> None:
        records = moment.records[part]
        reader, article, time = moment.reader[part], moment.article[part], moment.time[part]
        excluded = (records["kind"] == EntryKind.VIEW) & (records["excluded"] != 0)
        _fold_views(
            moment.view[part], excluded, reader, article, time, self.repeat, self.totals,
            self._last.keys, self._last.times, self._last.used,
            self._days.keys, self._days.times, self._days.tags, self._days.used,
            moment.counted[part], moment.arrived[part],
        )  # fmt: skip
        reacted = _reactions(records)
        if len(reacted):
            _fold_reactions(
                reacted, records["name"].astype(np.int64), reader, article, time, self.reactions,
                self._reacted.keys, self._reacted.times, self._reacted.tags, self._reacted.used,
            )  # fmt: skip

    def _make_room(self, moment: FoldContext) -> None:
        self.size = max(self.size, moment.size)
        self.totals = grown(self.totals, self.size)
        self.reactions = grown(self.reactions, self.size)
        for ring in self.rings.values():
            ring.make_room(self.size)
        for table in (self._last, self._days, self._reacted):
            table.reserve(len(moment.time))

    def readers(self, window: Window, now: int) -> LongArray:
        """Distinct readers of each article in the window that ends `now` (ms), int64 (n,).

        A window covers its newest, still filling bucket and the full ones before it: "an hour" is 58 to 60
        minutes. Read it before anything is folded or asked: it is no copy.
        """
        if window is Window.EVER:
            return self.totals[: self.size, READERS]
        return self.rings[window].readers(now)[: self.size]

    def readers_of(self, article: int, window: Window, now: int) -> int:
        """The same for one article."""
        if window is Window.EVER:
            return int(self.totals[article, READERS])
        return self.rings[window].readers_of(article, now)

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:
        theirs = cast(Audience, other)
        self.size = max(self.size, theirs.size)
        self.clock = max(self.clock, theirs.clock)
        self.totals = grown(self.totals, self.size)
        self.reactions = grown(self.reactions, self.size)
        self.totals[: theirs.size] += theirs.totals[: theirs.size]
        self.reactions[: theirs.size] += theirs.reactions[: theirs.size]
        np.subtract.at(self.totals[:, READERS], overlap.article, 1)
        for window, ring in self.rings.items():
            ring.make_room(self.size)
            ring.merge(theirs.rings[window], overlap.article, overlap.time)
        self._last.join(theirs._last, keep_first=False)
        self._days.join(theirs._days, keep_first=True)
        self._join_reacted(theirs._reacted)
        self._forget(0)

    def _join_reacted(self, theirs: ExpiringHashMap) -> None:
        """Of a reader whom both heard, the later word stands: what was counted for the other is taken off."""
        flat = self.reactions.reshape(-1)
        for table in (self._reacted, theirs):
            np.subtract.at(flat, _standing(table), 1)
        self._reacted.join(theirs, keep_first=False)
        np.add.at(flat, _standing(self._reacted), 1)

    def doubles(self, other: "Audience") -> tuple[IntArray, LongArray]:
        """Of readers whom both counted for the same article on the same day: the article, int32 (n,), and when the
        later of the two was counted, int64 (n,), ms.
        """
        return self._days.shared(other._days)

    @override
    def save(self) -> Arrays:
        arrays: Arrays = {"totals": self.totals[: self.size], "reactions": self.reactions[: self.size]}
        for window in RINGS:
            arrays[f"ring.{window.value}"] = self.rings[window].counts[:, : self.size]
            arrays[f"buckets.{window.value}"] = self.rings[window].bucket
        for name in ("_last", "_days", "_reacted"):
            columns = getattr(self, name).entries()
            arrays |= {f"{name[1:]}.{part}": column for part, column in zip(PARTS, columns, strict=True)}
        arrays["clock"] = np.array([self.clock])
        return arrays

    @override
    def canonical(self) -> Arrays:
        arrays = self.save()
        for window, (buckets, width) in RINGS.items():
            ring, bucket = arrays[f"ring.{window.value}"], arrays[f"buckets.{window.value}"]
            told = (bucket > self.clock // width - buckets) & ring.any(axis=1)
            arrays[f"ring.{window.value}"] = np.where(told[:, None], ring, 0)
            arrays[f"buckets.{window.value}"] = np.where(told, bucket, -1)
        return arrays

    @override
    def load(self, arrays: Arrays) -> None:
        self.totals, self.reactions = arrays["totals"], arrays["reactions"]
        self.size = len(self.totals)
        for window in RINGS:
            ring = arrays[f"ring.{window.value}"]
            if ring.shape[1] != self.size:
                raise ValueError(f"the ring of {window.value} has shape {ring.shape}")
            self.rings[window].replace(ring, arrays[f"buckets.{window.value}"])
        for name in ("_last", "_days", "_reacted"):
            getattr(self, name).fill(*(arrays[f"{name[1:]}.{part}"] for part in PARTS))
        self.clock = int(arrays["clock"][0])


def _reactions(records: RecordArray) -> LongArray:
    """Places of the reactions that count, given or taken back, int64 (n,)."""
    name = records["name"]
    known = (name % UNDONE < len(REACTIONS)) & (records["kind"] == EntryKind.REACTION)
    return np.flatnonzero(known & (records["excluded"] == 0))


def _standing(reacted: ExpiringHashMap) -> IntArray:
    """Tags of the reactions that were not taken back, int32 (n,)."""
    _, stamps, tags = reacted.entries()
    standing: IntArray = tags[stamps % 2 == 0]
    return standing
