"""The port behind the sequencer: commands are offered, and come back in one sequence for everybody who follows it.

The local order is the embedded default; the others put the commands of several machines into one sequence.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from recirc.hashing import sha256
from recirc.store.ports import HASH_BYTES, BusyError, HistoryHead

VERSION = 2
"""Version of the commands' encoding and of the rules by which they are decided. A machine that meets a later one must
be updated: it would read them wrong, or decide otherwise than the others.
"""


class OrderAwayError(BusyError):
    """The order cannot be reached at the moment."""


class Offer(NamedTuple):
    """A command on its way into the order.

    Attributes:
        id: 16 random bytes; an offer that is made twice takes effect once.
        time: of its making, ms since 1970, UTC, by the sender's clock.
        sender: name of the machine.
        payload: the command as msgpack.
    """

    id: bytes
    time: int
    sender: str
    payload: bytes


class Ordered(NamedTuple):
    """A command at its place; the first has position 1. `digest` stands for it in `hash`, the running hash after it."""

    position: int
    digest: bytes
    hash: bytes
    offer: Offer


class Order(Protocol):
    """One sequence of commands.

    A caller may rely on this: an offer that comes back from `follow` is kept for good, at its position, on every
    machine. One that does not come back may still do so until the order says otherwise; offering it again, by its id,
    is without a second effect.
    """

    durable: bool
    """Whether what `follow` returns is kept by the order itself. If not, the follower's commit keeps it."""

    def offer(self, offers: Sequence[Offer]) -> None:
        """Hand in commands; does not wait. Raises StoreError when the order is closed."""

    def give_up(self, ids: Sequence[bytes]) -> None:
        """Do not offer these any longer; what has been sent may still come back from `follow`."""

    def follow(self, head: HistoryHead, seconds: float) -> list[Ordered] | None:
        """The next commands after `head`, at least one unless none come within `seconds`; None after the end.

        Raises:
            OrderAwayError: the order cannot be reached; try again.
            ForkError: the order's history does not contain `head`.
        """

    def end(self) -> None:
        """Accept no more; `follow` returns None after what was handed in. Does not wait."""

    def close(self) -> None:
        """Let go of connections."""


def digest(payload: bytes) -> bytes:
    """What stands for a command in the running hash, so that a text erased later leaves the history valid."""
    return sha256(payload, HASH_BYTES)


def chain(before: bytes, digest: bytes) -> bytes:
    """The running hash after a command: SHA-256 of the hash before it and its digest, cut to 16 bytes.

    >>> chain(bytes(16), digest(b"a command")).hex()
    '358d08b0f3656869df0842f005421e6c'
    """
    return sha256(before + digest, HASH_BYTES)


def sequence(head: HistoryHead, offers: Sequence[Offer]) -> list[Ordered]:
    """The offers at the places after `head`."""
    ordered: list[Ordered] = []
    position, running = head
    for offer in offers:
        position, its_digest = position + 1, digest(offer.payload)
        running = chain(running, its_digest)
        ordered.append(Ordered(position, its_digest, running, offer))
    return ordered
