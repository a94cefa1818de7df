"""What readers did with each article, in windows of any length from five minutes to a year."""

from enum import IntEnum
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled_in_place
from recirc.state.sparse_buckets import CellTable, SparseBuckets, add_to_cell
from recirc.state.statistic import Column, Entries, FoldContext, Statistic
from recirc.types import Arrays, Decision, EntryKind, FloatArray, LongArray

Bytes = NDArray[np.uint8]


class Measure(IntEnum):
    """What is counted."""

    READERS = 0  # distinct readers, each once a day
    READS = 1  # reading events: a reader may have several
    SECONDS = 2  # their engaged time, of one at most LONGEST
    SHARES = 3  # as often as they were sent
    REACTIONS = 4  # given and not taken back


MINUTE: Final = 60_000
LEVELS: Final = {
    "minutes": (181, 2 * MINUTE),
    "hours": (169, 60 * MINUTE),
    "days": (367, 1440 * MINUTE),
}
"""Number of buckets and their width (ms): a window of up to six hours goes by two minutes, up to a week by hours, up to
a year by days."""

LONGEST: Final = 1_800
"""Seconds that one reading event may say at most; a page sends one each time that its reader leaves it for a while."""

READ, REACTION, SHARE = (int(kind) for kind in (EntryKind.READ, EntryKind.REACTION, EntryKind.SHARE))
DOUBTFUL, GIVEN, TAKEN_BACK = (int(each) for each in (Decision.DOUBTFUL, Decision.GIVEN, Decision.TAKEN_BACK))
READERS, READS, SECONDS, SHARES, REACTIONS = (int(each) for each in Measure)


@compiled_in_place
def _fold(
    entries: Entries, kind: Bytes, excluded: Bytes, seconds: LongArray, width: int, table: CellTable
) -> None:
    for i in range(len(kind)):
        article, bucket = entries.article[i], entries.time[i] // width
        if entries.ranked[i]:
            add_to_cell(article, bucket, READERS, 1, table)
        if kind[i] < READ or kind[i] > SHARE or excluded[i]:
            continue
        if kind[i] == READ and not entries.decision[i] & DOUBTFUL:
            add_to_cell(article, bucket, READS, 1, table)
            add_to_cell(article, bucket, SECONDS, seconds[i], table)
        elif kind[i] == SHARE:
            add_to_cell(article, bucket, SHARES, 1, table)
        elif kind[i] == REACTION and entries.decision[i] & (GIVEN | TAKEN_BACK):
            given = 1 if entries.decision[i] & GIVEN else -1
            add_to_cell(article, bucket, REACTIONS, given, table)


class Activity(Statistic):
    """What readers did with each article, by buckets of time, at three widths; and its engaged time so far.

    Attributes, n = articles:
        seconds: int64 (n,): engaged time of all counted readings.
        levels: the buckets by name of LEVELS, each with the columns of `Measure`.
    """

    name: ClassVar[str] = "activity"
    seconds: LongArray

    def __init__(self) -> None:
        self.levels = {
            name: SparseBuckets(buckets, width, len(Measure)) for name, (buckets, width) in LEVELS.items()
        }
        others: dict[str, Column] = {}
        for name, level in self.levels.items():
            others |= level.columns(name)
        super().__init__({"seconds": Column(np.int64)}, others)

    @override
    def fold(self, context: FoldContext) -> None:
        entries, records = context.entries, context.records
        kind, excluded = (np.ascontiguousarray(records[field]) for field in ("kind", "excluded"))
        seconds = np.zeros(len(records), np.int64)
        reads = kind == EntryKind.READ
        told: FloatArray = np.nan_to_num(records["value"][reads].astype(float))
        seconds[reads] = np.clip(np.rint(told), 0, LONGEST).astype(np.int64)
        counted = reads & (excluded == 0) & (entries.decision & np.uint8(DOUBTFUL) == 0)
        np.add.at(self.seconds, entries.article[counted], seconds[counted])
        for level in self.levels.values():
            level.reserve(self.size, len(records))
            _fold(entries, kind, excluded, seconds, level.width, level.table)

    def counts(self, measure: Measure, span: int, now: int) -> LongArray:
        """What was counted of each article in the window of `span` ms that ends `now` (ms), int64 (n,).

        The window covers its newest, still filling bucket and full ones before it, and is never longer than `span`
        (which is five minutes at least). It is shorter by one bucket at most where `span` is a multiple of its width,
        by two otherwise: of two minutes up to six hours, of an hour up to a week, of a day beyond.
        """
        level = next((each for each in self.levels.values() if span <= each.reach), self.levels["days"])
        return level.sums(measure, span, now, self.size)

    @override
    def _lengthen(self, room: int) -> None:
        super()._lengthen(room)
        for level in self.levels.values():
            level.reserve(room)

    @override
    def save(self) -> Arrays:
        arrays = super().save()
        for name, level in self.levels.items():
            arrays |= level.save(name)
        return arrays

    @override
    def restore(self, arrays: Arrays) -> None:
        super().restore(arrays)
        for name, level in self.levels.items():
            level.restore(name, arrays, self.size)
