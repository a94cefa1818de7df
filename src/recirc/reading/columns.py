"""Events as a struct of arrays: the result of every reader of event files, ready to become log entries."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from recirc.hashing import Hasher, hasher
from recirc.reading.bots import exclusion
from recirc.reading.rejections import Rejection, shown
from recirc.types import NO_POSITION, SHELF_NUMBERS, EntryKind, Event, EventKind, IntArray, LongArray

KINDS: Final[dict[EventKind, EntryKind]] = {kind: EntryKind[kind.name] for kind in EventKind}
ON_SHELF: Final = (EntryKind.IMPRESSION, EntryKind.VIEW)
"""Kinds of events that can happen on a shelf."""

UNDO: Final = "undo "
_POSITIVE: Final = 0x7FFF_FFFF_FFFF_FFFF
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class EventColumns(NamedTuple):
    """n events, one array for each field. Articles and words are codes: places in `names` and `words`.

    Attributes:
        names: ids of the articles that `article` and `source` name, each once.
        words: words of `name` (which reaction, where it was shared), each once; with UNDO before it, the reaction is
            taken back.
        kind: uint8 (n,), Entry.
        article: int32 (n,), place in `names`.
        time: int64 (n,), ms since 1970, UTC.
        reader: int64 (n,), 63-bit hash of the sender's name for the reader, 0: unknown.
        visit: int64 (n,), likewise of the visit, 0: not known.
        serve_id: uint64 (n,), 0: none.
        source: int32 (n,), place in `names` of the article beside which the shelf stood, -1: none.
        value: float32 (n,), see `value_of`.
        scroll: float32 (n,), 0 to 1.
        region: uint16 (n,).
        shelf: uint8 (n,), 0: none, else its number in SHELF_NUMBERS.
        position: uint8 (n,), NO_POSITION: none.
        referrer: uint8 (n,).
        device: uint8 (n,).
        name: int32 (n,), place in `words`, -1: none.
        excluded: uint8 (n,), Exclusion.
        ids: the senders' own ids of the events, None for an event without one; None when no event has one.
    """

    names: list[str]
    words: list[str]
    kind: NDArray[np.uint8]
    article: IntArray
    time: LongArray
    reader: LongArray
    visit: LongArray
    serve_id: NDArray[np.uint64]
    source: IntArray
    value: NDArray[np.float32]
    scroll: NDArray[np.float32]
    region: NDArray[np.uint16]
    shelf: NDArray[np.uint8]
    position: NDArray[np.uint8]
    referrer: NDArray[np.uint8]
    device: NDArray[np.uint8]
    name: IntArray
    excluded: NDArray[np.uint8]
    ids: list[str | None] | None

    @property
    def size(self) -> int:
        """Number of events."""
        return len(self.time)


class EventChunk(NamedTuple):
    """Consecutive events of a file, and what was rejected between them."""

    events: EventColumns
    rejections: list[Rejection]


class EventFile(Protocol):
    """One or several files of events, read chunk by chunk."""

    @property
    def total_bytes(self) -> int:
        """Size on disk."""

    @property
    def read_bytes(self) -> int:
        """How much of it was read, approximately."""

    def __iter__(self) -> Iterator[EventChunk]:
        """The chunks, in order."""


class SenderKeys:
    """63-bit keys of the names that senders have for readers and visits; the names themselves are never kept.

    A name and a number with the same digits have the same key. Without a salt, a key cannot be traced back to a name
    that is hard to guess; with a secret salt, to no name.
    """

    def __init__(self, salt: bytes = b"") -> None:
        """`salt` has at most 64 bytes; files that are imported with different salts share no readers."""
        self._reader = hasher(8, key=salt, person=b"reader")
        self._visit = hasher(8, key=salt, person=b"visit")

    def readers(self, names: Sequence[object]) -> LongArray:
        """Keys of readers; int64 (len(names),), never 0 but for None and the empty name."""
        return _keys(self._reader, names)

    def visits(self, names: Sequence[object]) -> LongArray:
        """Keys of visits; int64 (len(names),), never 0 but for None and the empty name."""
        return _keys(self._visit, names)


def _keys(salted: Hasher, names: Sequence[object]) -> LongArray:
    def digest(name: object) -> bytes:
        keyed = salted.copy()
        keyed.update(str(name).encode("utf-8", "surrogatepass"))
        return keyed.digest()

    digests = {name: digest(name) for name in dict.fromkeys(names)}
    keys = np.frombuffer(b"".join([digests[name] for name in names]), "<i8") & _POSITIVE
    known = np.array([name is not None and name != "" for name in names], np.bool_)
    return np.where(known, np.maximum(keys, 1), 0)


def word_of(event: Event) -> str | None:
    """The event's `name`, with UNDO before it where a reaction is taken back."""
    return f"{UNDO}{event.name}" if event.undo and event.kind is EventKind.REACTION else event.name


def columns_of(events: Sequence[Event], times: Sequence[int], keys: SenderKeys) -> EventColumns:
    """Decoded events as columns.

    Args:
        events: n events.
        times: when each happened, ms since 1970; n of them.
        keys: makes the keys of readers and visits.
    """
    codes: dict[str, int] = {}
    words: dict[str, int] = {}
    article = [codes.setdefault(event.article, len(codes)) for event in events]
    source = [-1 if e.source is None else codes.setdefault(e.source, len(codes)) for e in events]
    named = [word_of(e) for e in events]
    name = [-1 if word is None else words.setdefault(word, len(words)) for word in named]
    with_ids = any(event.id is not None for event in events)
    return EventColumns(
        names=list(codes),
        words=list(words),
        kind=np.array([KINDS[e.kind] for e in events], np.uint8),
        article=np.array(article, np.int32),
        time=np.array(times, np.int64),
        reader=keys.readers([e.reader for e in events]),
        visit=keys.visits([e.visit for e in events]),
        serve_id=np.array([int(e.serve_id or "0", 16) for e in events], np.uint64),
        source=np.array(source, np.int32),
        value=np.array([value_of(e) for e in events], np.float32),
        scroll=np.array([e.scroll or 0.0 for e in events], np.float32),
        region=np.array([e.region or 0 for e in events], np.uint16),
        shelf=np.array([SHELF_NUMBERS[e.shelf] if e.shelf else 0 for e in events], np.uint8),
        position=np.array([NO_POSITION if e.position is None else e.position for e in events], np.uint8),
        referrer=np.array([e.referrer or 0 for e in events], np.uint8),
        device=np.array([e.device or 0 for e in events], np.uint8),
        name=np.array(name, np.int32),
        excluded=np.array([exclusion(e.user_agent) for e in events], np.uint8),
        ids=[e.id for e in events] if with_ids else None,
    )


def value_of(event: Event) -> float:
    """The `value` of a record: the propensity of an item that was seen or opened on a shelf, 0 if unknown; the engaged
    seconds of other events.

    >>> value_of(Event(kind=EventKind.VIEW, article="a", shelf="ranking", propensity=0.25, seconds=9.0))
    0.25
    """
    shown = event.shelf is not None and KINDS[event.kind] in ON_SHELF
    return (event.propensity if shown else event.seconds) or 0.0


def milliseconds(moment: datetime) -> int:
    """A moment with a zone in ms since 1970, UTC."""
    return round((moment - _EPOCH).total_seconds() * 1000)


class EventRules(NamedTuple):
    """Which events of a file are accepted.

    Attributes:
        now: ms since 1970, UTC.
        max_ahead: ms; events further in the future are rejected. Old ones are accepted, back to 1970.
        keys: makes the keys of readers and visits.
        reactions: the names that a reaction can have; None: any.
    """

    now: int
    max_ahead: int
    keys: SenderKeys
    reactions: Collection[str] | None = None

    def time_fault(self, time: int) -> str | None:
        """Why an event at this time, ms since 1970, is rejected; None: it is not."""
        if time < 0:
            return '"time" lies before 1970'
        if time > self.now + self.max_ahead:
            ahead, most = (time - self.now) / 1000, self.max_ahead / 1000
            return f'"time" lies {ahead:,.0f} seconds in the future; at most {most:,.0f} are accepted'
        return None

    def shelf_fault(self, name: str | None) -> str | None:
        """What is wrong with the name of a shelf; None: nothing."""
        if name is None or name in SHELF_NUMBERS:
            return None
        return f'"shelf" is not one of {", ".join(sorted(SHELF_NUMBERS))}: {shown(name)}'

    def reaction_fault(self, name: str | None) -> str | None:
        """Why a reaction with this name is rejected; None: it is not."""
        if self.reactions is None or name in self.reactions:
            return None
        given = "missing" if name is None else f"not a reaction: {shown(name)}"
        return f'"name" is {given}; known are {", ".join(self.reactions)}'
