"""Log entries as the loops that decide read and write them: the records' own memory, without copies of columns."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.types import (
    REACTIONS,
    RECORD,
    VOIDED,
    EntryKind,
    Exclusion,
    IntArray,
    LongArray,
    RecordArray,
)

Bytes = NDArray[np.uint8]

VIEW, READ, REACTION, IMPRESSION, SHARE, PUBLISH = (
    int(kind)
    for kind in (
        EntryKind.VIEW,
        EntryKind.READ,
        EntryKind.REACTION,
        EntryKind.IMPRESSION,
        EntryKind.SHARE,
        EntryKind.PUBLISH,
    )
)
OFFERED: Final = len(REACTIONS)
FIRST_DOUBT, SECOND_DOUBT, THIRD_DOUBT = (
    int(each) for each in (Exclusion.UNCONFIRMED, Exclusion.ALIKE, Exclusion.LIFELESS)
)

NOTHING: Final = 255
"""In the place of a kind: the entry decides nothing."""


def _place(field: str, size: int) -> int:
    """Place of a field in a record, counted in numbers of so many bytes."""
    assert RECORD.fields is not None, "a record has fields"
    return int(RECORD.fields[field][1]) // size


ID, TIME, READER, VISIT = (_place(field, 8) for field in ("id", "time", "reader", "visit"))
ARTICLE, SOURCE = _place("article", 4), _place("source", 4)
NETWORK = _place("scroll", 2)
KIND, EXCLUDED, SHELF, NAME, DECISION = (
    _place(field, 1) for field in ("kind", "excluded", "shelf", "name", "decision")
)


class LogRows(NamedTuple):
    """Views of the memory of n records, by size of number; the places of fields are the constants of this module.

    Attributes:
        longs: int64 (n, 8).
        ints: int32 (n, 16).
        shorts: uint16 (n, 32).
        bytes: uint8 (n, 64).
    """

    longs: LongArray
    ints: IntArray
    shorts: NDArray[np.uint16]
    bytes: Bytes


def rows_of(records: RecordArray) -> LogRows:
    """The rows of records, which must be writable and without gaps."""
    table = records.view(np.int64).reshape(len(records), RECORD.itemsize // 8)
    return LogRows(table, table.view(np.int32), table.view(np.uint16), table.view(np.uint8))


def clocks_of(records: RecordArray, clock: int) -> LongArray:
    """The log's clock at each record, ms, int64 (n,): the newest time of an event that is to be believed; `clock` is
    that before them. What was excluded afterwards is not believed, nor what is no event.
    """
    believed = (records["excluded"] < VOIDED) & (records["kind"] < EntryKind.PUBLISH)
    found: LongArray = np.maximum.accumulate(np.maximum(records["time"] * believed, clock))
    return found
