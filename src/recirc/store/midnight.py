"""The same reader on both sides of midnight, where the hash of a reader changes."""

import numpy as np

from recirc.compiled import compiled_unlocked
from recirc.hash_table import find, mix
from recirc.store.expiring_hash_map import MapArrays
from recirc.types import BoolArray, EntryKind, IntArray, LongArray, RecordArray

DAY = 86_400_000
NEVER = 2**62
"""An age (ms) beyond all others."""


def same_readers(records: RecordArray, yesterday: LongArray, last: MapArrays, days: MapArrays) -> RecordArray:
    """A copy of records that follow in the log, with the hash of the day before for readers who are known by it.

    A reader of whom a view of the article was counted under that hash within 24 hours, and none under today's, is the
    same reader: of this article, for the other ones the reader has today's hash.

    Args:
        records: RECORD (n,), the next ones of the log.
        yesterday: int64 (n,), the hashes of their readers by the salt of the day before, 0: not known.
        last: reader and article to the time (ms) of the last counted view.
        days: reader and article to the time at which the reader was last counted.
    """
    copy = records.copy()
    # An impression belongs to the article beside which the shelf stood.
    beside = (records["kind"] == EntryKind.IMPRESSION) & (records["source"] >= 0)
    article = np.where(beside, records["source"], records["article"])
    time, reader = np.ascontiguousarray(records["time"]), np.ascontiguousarray(records["reader"])
    same: BoolArray = np.zeros(len(records), bool)
    _note(time, article, reader, np.ascontiguousarray(yesterday), last, days, same)
    copy["reader"] = np.where(same, yesterday, reader)
    return copy


@compiled_unlocked
def _note(
    time: LongArray,
    article: IntArray,
    reader: LongArray,
    yesterday: LongArray,
    last: MapArrays,
    days: MapArrays,
    same: BoolArray,
) -> None:
    for i in range(len(time)):
        if yesterday[i] and _age(last, days, mix(reader[i], article[i]), time[i]) >= DAY:
            same[i] = _age(last, days, mix(yesterday[i], article[i]), time[i]) < DAY


@compiled_unlocked
def _age(last: MapArrays, days: MapArrays, pair: int, time: int) -> int:
    """Time (ms) since a view of the article by the reader was counted; NEVER: not known."""
    age = NEVER
    at, on = find(last.keys, pair), find(days.keys, pair)
    if last.keys[at] == pair:
        age = min(age, abs(time - last.times[at]))
    if days.keys[on] == pair:
        age = min(age, abs(time - days.times[on]))
    return age
