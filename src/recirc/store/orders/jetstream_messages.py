"""How commands stand in a stream of messages: in groups, each of one message or of several that follow one another.

A message says where its group belongs: the position and the running hash before its first command. It is written on
the condition that the stream's last message is the one its sender has read, so two groups never claim one place, and
whoever reads the stream can check each against the one before.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from recirc.store.orders.order import VERSION, Offer, Ordered, sequence
from recirc.store.ports import ForkError, HistoryHead, StoreError

ROOM = 4096
"""Bytes of a message that are left for headers and for what stands beside the data."""


class Part(Struct, frozen=True, array_like=True):
    """One message: a group of commands, or a piece of one.

    Attributes:
        version: of the commands' encoding.
        position: of the command before the group's first.
        hash: the running hash there.
        part, parts: number of this piece, from 0, and how many the group has.
        count: commands of the group.
        data: this piece of the group's offers as msgpack.
    """

    version: int
    position: int
    hash: bytes
    part: int
    parts: int
    count: int
    data: bytes

    @property
    def before(self) -> HistoryHead:
        """Where the group belongs."""
        return HistoryHead(self.position, self.hash)

    @property
    def end(self) -> int:
        """Position of the last command once this message is there."""
        return self.position + self.count * (self.part == self.parts - 1)


class Tip(NamedTuple):
    """How far a stream has been read: the sequence number of the last message, and the last command."""

    number: int
    head: HistoryHead


_parts = msgspec.msgpack.Decoder(Part)
_offers = msgspec.msgpack.Decoder(list[Offer])


def split(before: HistoryHead, offers: Sequence[Offer], room: int) -> list[bytes]:
    """The messages of a group of commands, of `room` bytes at most each, ROOM included.

    >>> from recirc.store.ports import NOTHING
    >>> offer = Offer(bytes(16), 1_700_000_000_000, "one", bytes(10_000))
    >>> [len(each) for each in split(NOTHING, [offer], 8192)]
    [4123, 4123, 1871]
    """
    data = msgspec.msgpack.encode(offers)
    size = room - ROOM
    if size <= 0:
        raise StoreError(
            f"the server takes messages of {room:,} bytes at most; set max_payload to 1 MB or more"
        )
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return [
        msgspec.msgpack.encode(
            Part(VERSION, before.position, before.hash, number, len(pieces), len(offers), piece)
        )
        for number, piece in enumerate(pieces)
    ]


def part_of(message: bytes) -> Part:
    """One message, read. Raises ForkError for what is none, and for a later version's."""
    try:
        part = _parts.decode(message)
    except msgspec.MsgspecError as error:
        raise ForkError(f"a message of the stream is none of an order of commands ({error})") from error
    if part.version > VERSION:
        raise ForkError(
            f"what follows command {part.position:,} was written by a later version of Recirc; update this machine, too"
        )
    return part


class GroupReader:
    """Puts the pieces of groups together, in the order of their messages.

    A group whose pieces are not all there, one after the other, never took effect: its sender begins again.
    """

    def __init__(self, tip: Tip) -> None:
        self.tip = tip
        self.last: Part | None = None  # message that was read
        self._pieces: list[Part] = []

    def read(self, number: int, part: Part) -> list[Ordered]:
        """The commands of the group that the message at `number` completes; none until then.

        Raises:
            ForkError: it does not follow what was read.
        """
        if number != self.tip.number + 1 or part.before != self.tip.head:
            raise ForkError(f"message {number:,} does not follow command {self.tip.head.position:,}")
        if part.part == 0:
            self._pieces = []
        self.last = part
        self._pieces.append(part)
        self.tip = Tip(number, self.tip.head)
        if [each.part for each in self._pieces] != list(range(part.parts)):
            return []
        ordered = list(_ordered(self._pieces))
        self.tip = Tip(number, HistoryHead(ordered[-1].position, ordered[-1].hash))
        self._pieces = []
        return ordered


def _ordered(pieces: Sequence[Part]) -> Iterator[Ordered]:
    try:
        offers = _offers.decode(b"".join(each.data for each in pieces))
    except msgspec.MsgspecError as error:
        raise ForkError(f"a group of commands cannot be read ({error})") from error
    if not offers or len(offers) != pieces[0].count:
        raise ForkError(f"a group of {pieces[0].count:,} commands has {len(offers):,}")
    yield from sequence(pieces[0].before, offers)
