"""Log entries as the loops that decide read and write them: the records' own memory, without copies of columns."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled_unlocked
from recirc.store.strata import Reader
from recirc.types import (
    REACTIONS,
    RECORD,
    UNDONE,
    UNKNOWN_AGENT,
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


class LogEntry(NamedTuple):
    """A log entry. Its `kind` is NOTHING where it is excluded, or is a reaction that is not offered.

    An entry without a reader belongs to its visit's reader, one with neither to a reader of its own. `page` is where it
    happened: the article, or of an impression the one beside the shelf. `doubt` is what was decided of that before.
    """

    kind: int
    time: int
    reader: int
    article: int
    page: int
    name: int
    flags: int
    doubt: int


@compiled_unlocked
def entry_of(log: LogRows, i: int) -> LogEntry:
    """LogEntry `i`."""
    kind, name = int(log.bytes[i, KIND]), int(log.bytes[i, NAME])
    excluded, doubt = int(log.bytes[i, EXCLUDED]), 0
    if excluded in (FIRST_DOUBT, SECOND_DOUBT, THIRD_DOUBT):
        # What was in doubt is decided again, when what came before it was excluded afterwards.
        excluded, doubt = 0, excluded
    page = log.ints[i, SOURCE] if kind == IMPRESSION and log.ints[i, SOURCE] >= 0 else log.ints[i, ARTICLE]
    if excluded or (kind == REACTION and name % UNDONE >= OFFERED):
        kind = NOTHING
    reader = log.longs[i, READER]
    if reader == 0:
        reader = log.longs[i, VISIT] if log.longs[i, VISIT] != 0 else log.longs[i, ID]
    flags = int(log.bytes[i, DECISION])
    # One type on all paths, else some versions of numba cannot tell the type of the result.
    article, page = int(np.int64(log.ints[i, ARTICLE])), int(np.int64(page))
    return LogEntry(kind, log.longs[i, TIME], reader, article, page, name, flags, doubt)


@compiled_unlocked
def origin_of(log: LogRows, i: int, article: int) -> Reader:
    """Where view `i` comes from."""
    agent = int(log.bytes[i, NAME])
    # The sums are int64.
    return Reader(article, log.shorts[i, NETWORK] + 0 if agent != UNKNOWN_AGENT else 0, agent)


def clocks_of(records: RecordArray, clock: int) -> LongArray:
    """The log's clock at each record, ms, int64 (n,): the newest time of an event that is to be believed; `clock` is
    that before them. What was excluded afterwards is not believed, nor what is no event.
    """
    believed = (records["excluded"] < VOIDED) & (records["kind"] < EntryKind.PUBLISH)
    found: LongArray = np.maximum.accumulate(np.maximum(records["time"] * believed, clock))
    return found
