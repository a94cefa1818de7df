"""Log entries as the loops that decide read them."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.types import (
    IN_DOUBT,
    REACTIONS,
    UNDONE,
    VOIDED,
    EntryKind,
    LongArray,
    RecordArray,
    networks,
)

Bytes = NDArray[np.uint8]

VIEW, READ, REACTION, IMPRESSION, SHARE = (
    int(kind)
    for kind in (EntryKind.VIEW, EntryKind.READ, EntryKind.REACTION, EntryKind.IMPRESSION, EntryKind.SHARE)
)
OFFERED: Final = len(REACTIONS)
_DOUBTED: Final = np.isin(np.arange(256), [int(each) for each in IN_DOUBT]).astype(np.uint8)

NOTHING: Final = 255
"""In the place of a kind: the entry decides nothing."""


class Columns(NamedTuple):
    """Entries as the loops read them.

    Attributes:
        reader: int64 (n,). An entry without a reader belongs to its visit's reader, one with neither to a reader of its
            own.
        article: int64 (n,). source: int64 (n,), of an impression the article beside the shelf; -1: none.
        kind: uint8 (n,), as in the log; NOTHING: excluded, or a reaction that is not offered.
        clock: int64 (n,), the time of an event; 0 where it is not to be believed, because it was excluded afterwards.
        now: int64 (n,), the newest `clock` up to each entry.
        network: uint16 (n,), see `networks`.
        excluded: uint8 (n,); 0 where the doubt is to be decided.
        doubt: uint8 (n,), what was decided of a doubt before.
    """

    time: LongArray
    clock: LongArray
    now: LongArray
    article: LongArray
    source: LongArray
    reader: LongArray
    kind: Bytes
    name: Bytes
    shelf: Bytes
    network: NDArray[np.uint16]
    excluded: Bytes
    doubt: Bytes


def columns_of(records: RecordArray, clock: int) -> Columns:
    """The columns of records; `clock` is the newest time (ms) before them."""
    reader, visit, given = records["reader"], records["visit"], records["excluded"]
    kind, name = records["kind"].copy(), np.ascontiguousarray(records["name"])
    # What was in doubt is decided again, when what came before it was excluded afterwards.
    doubt = given * _DOUBTED[given]
    excluded = given - doubt
    kind[(excluded != 0) | (kind == REACTION) & (name % UNDONE >= OFFERED)] = NOTHING
    believed = records["time"] * ((given < VOIDED) & (records["kind"] < EntryKind.PUBLISH))
    return Columns(
        time=np.ascontiguousarray(records["time"]),
        clock=believed,
        now=np.maximum.accumulate(np.maximum(believed, clock)),
        article=records["article"].astype(np.int64),
        source=records["source"].astype(np.int64),
        reader=np.where(reader != 0, reader, np.where(visit != 0, visit, records["id"])),
        kind=kind,
        name=name,
        shelf=np.ascontiguousarray(records["shelf"]),
        network=np.ascontiguousarray(networks(records)),
        excluded=excluded,
        doubt=doubt,
    )
