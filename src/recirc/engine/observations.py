"""Converts events, single or in columns, into log records."""

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
    UNKNOWN_AGENT,
    Decision,
    EntryKind,
    Event,
    EventKind,
    Exclusion,
    IntArray,
    LongArray,
    RecordArray,
    networks,
)

NO_NAME = 255
_CODES = {name: place for place, name in enumerate(REACTIONS)}
_CODES |= {f"{UNDO}{name}": place + UNDONE for name, place in _CODES.items()}
COPIED = (
    "kind", "time", "reader", "visit", "serve_id", "value", "scroll", "region", "shelf", "position",
    "referrer", "device", "excluded",
)  # fmt: skip
"""Record fields copied unchanged from the columns."""


class Observation(NamedTuple):
    """An event with the receiver's knowledge about it.

    Attributes:
        event: as sent.
        received: ms since 1970, UTC; default for the event's own time.
        reader: keyed hash of the reader; 0 if unknown.
        visit: keyed hash of the sender's visit id; 0 for none, so that the reader identifies the visit.
        exclusion: why the event is not counted.
        sender: scope of the event's id: the name of an API key, empty for readers' browsers.
        confirmed: whether the reader had asked for the article's page, or for shelves beside it.
        yesterday: the reader's hash by the salt of the day before; 0: not known.
        network: keyed hash of the day of the reader's network, 1 to 65,535; 0: not known.
        agent: number of the browser (`reading.agents`), UNKNOWN_AGENT where the network is not known.
        hasty: whether the reader opened more pages at once than a person does.
    """

    event: Event
    received: int
    reader: int
    visit: int
    exclusion: Exclusion
    sender: str = ""
    confirmed: bool = False
    yesterday: int = 0
    network: int = 0
    agent: int = UNKNOWN_AGENT
    hasty: bool = False


def records_of(observations: Sequence[Observation], article: IntArray, source: IntArray) -> RecordArray:
    """Records, RECORD (n,), of n observations with their indices `article` and `source`, int32 (n,), -1 for none.

    Raises:
        UnknownReactionError: a reaction is not in REACTIONS.
        KeyError: a shelf of an event is unknown.
    """
    records = np.zeros(len(observations), RECORD)
    for i, observation in enumerate(observations):
        event, received, reader, visit, exclusion, sender, confirmed, _, network, agent, hasty = observation
        time = received if event.time is None else round(event.time.timestamp() * 1000)
        record = records[i]
        record["id"] = _id(event, sender, reader, visit, time)
        record["time"] = min(time, received)  # a sender's clock must not advance decay
        record["reader"], record["visit"] = reader, visit
        record["serve_id"] = int(event.serve_id, 16) if event.serve_id else 0
        record["kind"] = EntryKind[event.kind.name]
        record["excluded"] = exclusion
        record["shelf"] = SHELF_NUMBERS[event.shelf] if event.shelf else 0
        record["position"] = NO_POSITION if event.position is None else event.position
        record["name"] = agent if event.kind is EventKind.VIEW else _name(event)
        record["value"], record["scroll"] = value_of(event), event.scroll or 0
        record["referrer"], record["device"] = event.referrer or 0, event.device or 0
        record["region"] = event.region or 0
        record["decision"] = Decision.KEYED * bool(sender) | Decision.CONFIRMED * confirmed
        if event.kind is EventKind.VIEW:
            networks(records)[i] = network
        elif hasty and event.kind in (EventKind.IMPRESSION, EventKind.READ):
            record["decision"] |= Decision.HASTY
    records["article"], records["source"] = article, source
    return records


def yesterdays(observations: Sequence[Observation]) -> LongArray | None:
    """The readers' hashes by the salt of the day before, int64 (n,), 0 for none; None: there is none at all."""
    found = np.array([observation.yesterday for observation in observations], np.int64)
    return found if found.any() else None


class UnknownReactionError(ValueError):
    """A reaction that is not offered; the message names the known ones."""


def _name(event: Event) -> int:
    if event.kind.name != "REACTION":
        return NO_NAME
    if event.name not in REACTIONS:
        raise UnknownReactionError(f"{event.name!r} is not a reaction; known are {', '.join(REACTIONS)}")
    return REACTIONS.index(event.name) + UNDONE * event.undo


def _id(event: Event, sender: str, reader: int, visit: int, time: int) -> int:
    """An id that is equal for an event sent twice: from the sender's id or, failing that, from reader, action and time.

    An event with neither id nor time is always new.
    """
    if event.id is not None:
        return record_key("id", sender, event.id) if sender else record_key("id", event.id)
    if event.time is None:
        return secrets.randbits(63) or 1
    return record_key(
        event.kind.value, event.article, time, reader, visit, event.shelf, event.position, word_of(event)
    )


def records_from(columns: EventColumns, index: IntArray) -> RecordArray:
    """Records, RECORD (n,), of imported events in file order.

    `index`, int32 (names,), maps `columns.names` to dense indices. Where the sender gave no id it is 0; see `with_ids`.

    Raises:
        UnknownReactionError: a reaction is not in REACTIONS.
    """
    records = np.zeros(columns.size, RECORD)
    for field in COPIED:
        records[field] = getattr(columns, field)
    records["article"] = index[columns.article]
    records["source"] = np.where(columns.source >= 0, index[columns.source], -1)
    records["name"] = _names(columns)
    records["decision"] = Decision.KEYED
    if columns.ids is not None:
        records["id"] = [0 if given is None else record_key("id", given) for given in columns.ids]
    return records


def with_ids(records: RecordArray) -> RecordArray:
    """The records of a whole file, sorted by time, each with an id.

    Where the sender gave no id, it is made from kind, article, time and a running number among records equal in all
    three. So a file imported twice is stored once, and no reader's name enters the id.
    """
    records = records[np.argsort(records["time"], kind="stable")]
    order = np.lexsort((records["article"], records["kind"], records["time"]))
    in_order = records[order]
    same = np.zeros(len(records), bool)
    same[1:] = True
    for field in ("time", "kind", "article"):
        same[1:] &= in_order[field][1:] == in_order[field][:-1]
    place = np.arange(len(records))
    running = np.empty(len(records), np.int64)
    running[order] = place - np.maximum.accumulate(np.where(same, 0, place))
    key = _mix(records["time"], records["article"].astype(np.int64) << 8 | records["kind"])
    records["id"] = np.where(records["id"] != 0, records["id"], _mix(key, running))
    return records


def _names(columns: EventColumns) -> NDArray[np.uint8]:
    """Position in REACTIONS of each reaction, uint8 (n,); NO_NAME for other events."""
    code = [_CODES.get(word, -1) for word in columns.words]
    known = np.array([*code, -1], np.int16)[columns.name]
    reaction = columns.kind == EntryKind.REACTION
    if (reaction & (known < 0)).any():
        first = columns.name[np.flatnonzero(reaction & (known < 0))[0]]
        wrong = columns.words[first] if columns.words else None
        raise UnknownReactionError(f"{wrong!r} is not a reaction; known are {', '.join(REACTIONS)}")
    return np.where(reaction, known, NO_NAME).astype(np.uint8)


def _mix(a: LongArray, b: LongArray) -> LongArray:
    """A 63-bit hash of each pair, never 0, by the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    h = np.zeros(len(a), np.uint64)
    for part in (a, b):
        h = (h ^ part.astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        for multiplier, shift in ((0xBF58476D1CE4E5B9, 30), (0x94D049BB133111EB, 27)):
            h = (h ^ (h >> np.uint64(shift))) * np.uint64(multiplier)
        h ^= h >> np.uint64(31)
    return (h >> np.uint64(1)).astype(np.int64) | 1
