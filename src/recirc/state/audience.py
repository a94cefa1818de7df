"""Who opened what: views and distinct readers, with the number of everything that was not counted."""

import math
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.expiring_hash_map import ExpiringHashMap, MapArrays, find, mix
from recirc.state.rings import Ring
from recirc.state.statistic import ARTICLES, Column, Entries, FoldContext, Statistic
from recirc.types import REACTIONS, UNDONE, Arrays, BoolArray, EntryKind, LongArray, RecordArray, Window

DAY = 86_400_000
RINGS = {Window.HOUR: (30, 120_000), Window.DAY: (24, 3_600_000), Window.WEEK: (28, 21_600_000)}
"""Number of buckets and their width (ms) for each window; the newest bucket is still filling."""

TICK = math.gcd(*(width for _, width in RINGS.values()))
"""Between two multiples of this many ms no window gains or loses a bucket."""

RAW, EXCLUDED, REPEATED, READERS, READS, SHARES = range(6)
MAPS = ("last", "days", "reacted")


@compiled
def _fold_views(
    entries: Entries, excluded: BoolArray, totals: LongArray, last: MapArrays, days: MapArrays, repeat: int
) -> None:
    for i in range(len(entries.is_view)):
        a, time = entries.article[i], entries.time[i]
        if excluded[i]:
            totals[a, RAW] += 1
            totals[a, EXCLUDED] += 1
        if not entries.is_view[i]:
            continue
        totals[a, RAW] += 1
        pair = mix(entries.reader[i], a)
        day = time // DAY
        at = find(last.keys, pair)
        again = last.keys[at] == pair and time < last.times[at] + repeat
        # Most repetitions fall on the same day: they need no look into the second table.
        if again and last.times[at] // DAY == day:
            totals[a, REPEATED] += 1
            continue
        daily = mix(pair, day)
        on = find(days.keys, daily)
        entries.new_reader[i] = days.keys[on] != daily
        if again and not entries.new_reader[i]:
            totals[a, REPEATED] += 1
            continue
        entries.counted[i] = True
        if last.keys[at] != pair:
            last.keys[at] = pair
            last.used[0] += 1
        # Entries may come late: an earlier view must not move the time back.
        last.times[at] = max(last.times[at], time)
        if entries.new_reader[i]:
            days.keys[on] = daily
            days.times[on] = time
            days.used[0] += 1
            totals[a, READERS] += 1


@compiled
def _fold_reactions(
    chosen: LongArray, name: LongArray, entries: Entries, reactions: LongArray, reacted: MapArrays
) -> None:
    for i in chosen:
        undone = name[i] >= UNDONE
        which = name[i] - UNDONE if undone else name[i]
        a, time = entries.article[i], entries.time[i]
        # The latest stamp decides; of two in one millisecond, taking it back is the later.
        stamp = 2 * time + undone
        daily = mix(mix(entries.reader[i], a) ^ (which + 1), time // DAY)
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
        if not undone:
            reactions[a, which] += 1
        if given:
            reactions[a, which] -= 1


class Audience(Statistic):
    """Views, readers and reactions of each article.

    A view by the same reader counts again after `repeat` seconds, or on another day (UTC). A reader counts once a day
    for an article, and once a day for each reaction, unless the reader's latest event about it on that day took it
    back. When the log's clock enters a new day, views and reactions from before the day before it are forgotten.

    Attributes, n = articles:
        totals: int64 (n, 6): views sent, of them excluded, of them repeated; readers; reads; shares.
        reactions: int64 (n, len(REACTIONS)): distinct readers.
        rings: for each window new readers by the bucket of time.
        clock: ms, the newest time so far.
    """

    name: ClassVar[str] = "audience"
    totals: LongArray
    reactions: LongArray

    def __init__(self, *, repeat: float) -> None:
        self.repeat = round(repeat * 1000)
        self.clock = 0
        self.rings: dict[Window, Ring] = {w: Ring(*shape) for w, shape in RINGS.items()}
        # last: reader and article to the time of the last counted view; days: reader, article and day to the first;
        # reacted: reader, article, reaction and day to the latest stamp: 2 · time, odd when it was taken back.
        self._maps = {name: ExpiringHashMap() for name in MAPS}
        others = {"clock": Column(np.int64, (1,))}
        for window, (buckets, _) in RINGS.items():
            others[f"ring.{window.value}"] = Column(np.int32, (buckets, ARTICLES))
            others[f"buckets.{window.value}"] = Column(np.int64, (buckets,))
        for name in MAPS:
            others |= {f"{name}.{part}": Column(np.int64, (name,)) for part in ("keys", "times")}
        super().__init__(
            {
                "totals": Column(np.int64, (ARTICLES, 6)),
                "reactions": Column(np.int64, (ARTICLES, len(REACTIONS))),
            },
            others,
        )

    @override
    def fold(self, context: FoldContext) -> None:
        entries, records = context.entries, context.records
        self.reserve(context.size)
        for table in self._maps.values():
            table.reserve(len(records))
        for start, stop in self._days_in(entries.time):
            self._fold_within_a_day(entries.part(start, stop), records[start:stop])
        for ring in self.rings.values():
            ring.fold(entries)
        for kind, column in ((EntryKind.READ, READS), (EntryKind.SHARE, SHARES)):
            chosen = (records["excluded"] == 0) & (records["kind"] == kind)
            if chosen.any():
                np.add.at(self.totals[:, column], entries.article[chosen], 1)

    def _days_in(self, time: LongArray) -> Iterator[tuple[int, int]]:
        """Bounds of the parts in which the log's clock stays within one day; before each new day, forget what is old.

        So what is forgotten depends on the log alone, and not on the batching.
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
        self._maps["last"].forget(today - max(DAY, self.repeat), room)
        self._maps["days"].forget(today - DAY, room)
        self._maps["reacted"].forget(2 * (today - DAY), room)

    def _fold_within_a_day(self, entries: Entries, records: RecordArray) -> None:
        excluded = (records["kind"] == EntryKind.VIEW) & (records["excluded"] != 0)
        last, days, reacted = (self._maps[name].arrays for name in MAPS)
        _fold_views(entries, excluded, self.totals, last, days, self.repeat)
        name = records["name"].astype(np.int64)
        is_reaction = (records["kind"] == EntryKind.REACTION) & (records["excluded"] == 0)
        chosen = np.flatnonzero(is_reaction & (name % UNDONE < len(REACTIONS)))
        if len(chosen):
            _fold_reactions(chosen, name, entries, self.reactions, reacted)

    @override
    def reserve(self, size: int) -> None:
        super().reserve(size)
        for ring in self.rings.values():
            ring.reserve(self.size)

    def readers(self, window: Window, now: int) -> LongArray:
        """Distinct readers of each article in the window that ends `now` (ms), int64 (n,).

        A window covers its newest, still filling bucket and the full ones before it: "an hour" is 58 to 60 minutes. It
        is no copy: the next fold or request changes it.
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
    def save(self) -> Arrays:
        arrays = super().save() | {"clock": np.array([self.clock])}
        for window, ring in self.rings.items():
            arrays[f"ring.{window.value}"] = ring.counts[:, : self.size]
            arrays[f"buckets.{window.value}"] = ring.bucket
        for name, table in self._maps.items():
            arrays |= {f"{name}.{part}": array for part, array in table.save().items()}
        return arrays

    @override
    def restore(self, arrays: Arrays) -> None:
        super().restore(arrays)
        self.clock = int(arrays["clock"][0])
        for window, ring in self.rings.items():
            ring.restore(arrays[f"ring.{window.value}"], arrays[f"buckets.{window.value}"])
        for name, table in self._maps.items():
            table.fill(arrays[f"{name}.keys"], arrays[f"{name}.times"])
