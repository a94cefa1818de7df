"""Log entries as the loops that decide read them."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.types import (
    IN_DOUBT,
    REACTIONS,
    UNDONE,
    UNKNOWN_AGENT,
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
        network, agent: int64 (n,), of views, as in `strata.Reader`.
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
    network: LongArray
    agent: LongArray
    excluded: Bytes
    doubt: Bytes


def columns_of(records: RecordArray, clock: int) -> Columns:
    """The columns of records; `clock` is the newest time (ms) before them."""
    reader, visit = records["reader"], records["visit"]
    kind, name = records["kind"].copy(), np.ascontiguousarray(records["name"])
    # What was in doubt is decided again, when what came before it was excluded afterwards.
    doubted = np.isin(records["excluded"], [int(each) for each in IN_DOUBT])
    excluded = np.where(doubted, np.uint8(0), records["excluded"])
    kind[(excluded != 0) | (kind == REACTION) & (name % UNDONE >= OFFERED)] = NOTHING
    is_event = records["kind"] < EntryKind.PUBLISH
    believed = np.where((records["excluded"] < VOIDED) & is_event, records["time"], 0)
    located = (kind == VIEW) & (name != UNKNOWN_AGENT)
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
        network=np.where(located, networks(records), 0).astype(np.int64),
        agent=np.where(located, name, UNKNOWN_AGENT).astype(np.int64),
        excluded=excluded,
        doubt=np.where(doubted, records["excluded"], np.uint8(0)),
    )
