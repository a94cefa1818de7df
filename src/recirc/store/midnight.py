"""The same reader on both sides of midnight, where the hash of a reader changes."""

import numpy as np

from recirc.compiled import compiled_unlocked
from recirc.hash_table import mix
from recirc.store.doubt import FIRST, LAST
from recirc.store.hash_rows import KEY, place_of
from recirc.types import BoolArray, EntryKind, IntArray, LongArray, RecordArray

DAY = 86_400_000
NEVER = 2**62
"""An age (ms) beyond all others."""


def same_readers(records: RecordArray, yesterday: LongArray, pairs: LongArray) -> RecordArray:
    """A copy of records that follow in the log, with the hash of the day before for readers who are known by it.

    A reader of whom a view of the article was counted under that hash within 24 hours, and none under today's, is the
    same reader: of this article, for the other ones the reader has today's hash.

    Args:
        records: RECORD (n,), the next ones of the log.
        yesterday: int64 (n,), the hashes of their readers by the salt of the day before, 0: not known.
        pairs: int64 (capacity, 5), as in `doubt.Doubts`.
    """
    copy = records.copy()
    # An impression belongs to the article beside which the shelf stood.
    beside = (records["kind"] == EntryKind.IMPRESSION) & (records["source"] >= 0)
    article = np.where(beside, records["source"], records["article"])
    time, reader = np.ascontiguousarray(records["time"]), np.ascontiguousarray(records["reader"])
    same: BoolArray = np.zeros(len(records), bool)
    _note(time, article, reader, np.ascontiguousarray(yesterday), pairs, same)
    copy["reader"] = np.where(same, yesterday, reader)
    return copy


@compiled_unlocked
def _note(
    time: LongArray,
    article: IntArray,
    reader: LongArray,
    yesterday: LongArray,
    pairs: LongArray,
    same: BoolArray,
) -> None:
    for i in range(len(time)):
        if yesterday[i] and _age(pairs, mix(reader[i], article[i]), time[i]) >= DAY:
            same[i] = _age(pairs, mix(yesterday[i], article[i]), time[i]) < DAY


@compiled_unlocked
def _age(pairs: LongArray, pair: int, time: int) -> int:
    """Time (ms) since a view of the article by the reader was counted; NEVER: not known."""
    at = place_of(pairs, pair)
    if pairs[at, KEY] != pair:
        return NEVER
    return int(min(abs(time - pairs[at, LAST]), abs(time - pairs[at, FIRST])))
