"""From what senders tell to what lies in the log: observations and columns of events become records."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.reading.columns import (
    UNDO,
    EventColumns,
    value_of,
    word_of,
)
from recirc.store.ids import record_key
from recirc.types import (
    NO_POSITION,
    REACTIONS,
    RECORD,
    SHELF_NUMBERS,
    UNDONE,
    EntryKind,
    Event,
    Exclusion,
    IntArray,
    LongArray,
    RecordArray,
)

NO_NAME = 255
_CODES = {name: place for place, name in enumerate(REACTIONS)}
_CODES |= {f"{UNDO}{name}": place + UNDONE for name, place in _CODES.items()}
COPIED = (
    "kind", "time", "reader", "visit", "serve_id", "value", "scroll", "region", "shelf", "position",
    "referrer", "device", "excluded",
)  # fmt: skip
"""Fields of a record that stand in the columns as they are."""


class Observation(NamedTuple):
    """An event and what its receiver knows about it.

    Attributes:
        event: as it was sent.
        received: ms since 1970, UTC; the time of events that do not say theirs.
        reader: keyed hash of who it was, 0: not known.
        visit: keyed hash of the visit that the sender named, 0: none, the visit is the reader's own.
        exclusion: why it is not counted.
        sender: whose ids the event's id is one of: the name of an API key, empty for readers' browsers.
    """

    event: Event
    received: int
    reader: int
    visit: int
    exclusion: Exclusion
    sender: str = ""


def records_of(observations: Sequence[Observation], article: IntArray, source: IntArray) -> RecordArray:
    """RECORD (n,) of n observations; `article` and `source` (int32 (n,), -1: none) are their indices.

    Raises:
        UnknownReactionError: a reaction is none of REACTIONS.
        KeyError: there is no shelf of an event's name.
    """
    records = np.zeros(len(observations), RECORD)
    for i, (event, received, reader, visit, exclusion, sender) in enumerate(observations):
        time = received if event.time is None else round(event.time.timestamp() * 1000)
        record = records[i]
        record["id"] = _id(event, sender, reader, visit, time)
        record["time"] = min(time, received)  # no clock but ours sets the pace
        record["reader"], record["visit"] = reader, visit
        record["serve_id"] = int(event.serve_id, 16) if event.serve_id else 0
        record["kind"] = EntryKind[event.kind.name]
        record["excluded"] = exclusion
        record["shelf"] = SHELF_NUMBERS[event.shelf] if event.shelf else 0
        record["position"] = NO_POSITION if event.position is None else event.position
        record["name"] = _name(event)
        record["value"], record["scroll"] = value_of(event), event.scroll or 0
        record["referrer"], record["device"] = event.referrer or 0, event.device or 0
        record["region"] = event.region or 0
    records["article"], records["source"] = article, source
    return records


class UnknownReactionError(ValueError):
    """A reaction that readers cannot give here; the text names those that they can."""


def _name(event: Event) -> int:
    if event.kind.name != "REACTION":
        return NO_NAME
    if event.name not in REACTIONS:
        raise UnknownReactionError(f"{event.name!r} is not a reaction; known are {', '.join(REACTIONS)}")
    return REACTIONS.index(event.name) + UNDONE * event.undo


def _id(event: Event, sender: str, reader: int, visit: int, time: int) -> int:
    """The same for the same event sent again: by the sender's id, else by who did what when. Without a time,
    each is its own.
    """
    if event.id is not None:
        return record_key("id", sender, event.id) if sender else record_key("id", event.id)
    if event.time is None:
        return secrets.randbits(63) or 1
    return record_key(
        event.kind.value, event.article, time, reader, visit, event.shelf, event.position, word_of(event)
    )


def records_from(columns: EventColumns, index: IntArray) -> RecordArray:
    """RECORD (n,) of imported events, in the order of the file.

    `index` (int32 (names,)) gives the dense index of each of `columns.names`. Ids are 0 where the sender gave
    none: see `with_ids`.

    Raises:
        UnknownReactionError: a reaction is none of REACTIONS.
    """
    records = np.zeros(columns.size, RECORD)
    for field in COPIED:
        records[field] = getattr(columns, field)
    records["article"] = index[columns.article]
    records["source"] = np.where(columns.source >= 0, index[columns.source], -1)
    records["name"] = _names(columns)
    if columns.ids is not None:
        records["id"] = [0 if given is None else record_key("id", given) for given in columns.ids]
    return records


def with_ids(records: RecordArray) -> RecordArray:
    """The records of a whole file in order of time, each with an id.

    An event whose sender gave none is told apart by kind, article, time and a running number among those that
    agree in
    all three: the same file imported twice is in the log once, and no reader's name goes into the id.
    """
    records = records[np.argsort(records["time"], kind="stable")]
    order = np.lexsort((records["article"], records["kind"], records["time"]))
    sorted_by = records[order]
    same = np.zeros(len(records), bool)
    same[1:] = True
    for field in ("time", "kind", "article"):
        same[1:] &= sorted_by[field][1:] == sorted_by[field][:-1]
    place = np.arange(len(records))
    running = np.empty(len(records), np.int64)
    running[order] = place - np.maximum.accumulate(np.where(same, 0, place))
    key = _mixed(records["time"], records["article"].astype(np.int64) << 8 | records["kind"])
    records["id"] = np.where(records["id"] != 0, records["id"], _mixed(key, running))
    return records


def _names(columns: EventColumns) -> NDArray[np.uint8]:
    """uint8 (n,): the place in REACTIONS of each reaction, NO_NAME for other events."""
    code = [_CODES.get(word, -1) for word in columns.words]
    known = np.array([*code, -1], np.int16)[columns.name]
    reaction = columns.kind == EntryKind.REACTION
    if (reaction & (known < 0)).any():
        wrong = (
            columns.words[columns.name[np.flatnonzero(reaction & (known < 0))[0]]] if columns.words else None
        )
        raise UnknownReactionError(f"{wrong!r} is not a reaction; known are {', '.join(REACTIONS)}")
    return np.where(reaction, known, NO_NAME).astype(np.uint8)


def _mixed(a: LongArray, b: LongArray) -> LongArray:
    """A 63-bit key of each pair, never 0. The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) after
    each.
    """
    h = np.zeros(len(a), np.uint64)
    for part in (a, b):
        h = (h ^ part.astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        for multiplier, shift in ((0xBF58476D1CE4E5B9, 30), (0x94D049BB133111EB, 27)):
            h = (h ^ (h >> np.uint64(shift))) * np.uint64(multiplier)
        h ^= h >> np.uint64(31)
    return (h >> np.uint64(1)).astype(np.int64) | 1
