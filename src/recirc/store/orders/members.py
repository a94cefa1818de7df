"""The machines of a site, known to each other through their order, and what one of them does for all.

A lease is held by one machine, which renews it with each beat; it passes to another when its holder has been silent.
What a machine knows of this stands in a small file beside its store, for all its processes. It holds no secret: a
member's token is there as its digest.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from recirc.hashing import sha256
from recirc.settings import OrderSettings

BEAT_SECONDS = 1.0
LEASE_SECONDS = 5.0
"""Silence after which a machine's leases pass to another, by the order's clock."""

TRUST_SECONDS = 4.0
"""Age at which what a machine knows is not relied on: less than a lease, so that two never hold the same."""

SAMPLES = 30
"""Number of earlier ends of the order that are remembered, one for each beat."""

SALT, POLLING, TRAINING, ARCHIVING = "salt", "polling", "training", "archiving"
LEASES: Final = (SALT, POLLING, TRAINING, ARCHIVING)
"""What one machine does for the site: give out the readers' salt, poll the sources, train, archive the log."""


class Member(Struct, frozen=True):
    """A machine that is there.

    Attributes:
        id: random, another one after each start.
        name: for people.
        url: where the others reach it.
        proof: digest of the token by which it shows the others who it is, in hexadecimal.
        agreed: it has the site's salt.
    """

    id: str
    name: str
    url: str
    proof: str
    agreed: bool


class Standing(Struct, frozen=True):
    """What one beat told.

    Attributes:
        me: id of this machine.
        members: those that beat within LEASE_SECONDS.
        leases: id of the holder, by lease.
        at: when the beat began, in s of the monotonic clock of this machine.
        ends: position of the order's end at this beat and those before, each with its time, newest first.
    """

    me: str
    members: tuple[Member, ...]
    leases: dict[str, str]
    at: float
    ends: tuple[tuple[float, int], ...]

    def member(self, id: str) -> Member | None:
        """The member of that id, if it is there."""
        return next((each for each in self.members if each.id == id), None)

    def behind(self, position: int) -> float | None:
        """Seconds by which a store at `position` is behind the order; None: more than is remembered."""
        for number, (at, end) in enumerate(self.ends):
            if end <= position:
                return 0.0 if number == 0 else self.at - at
        return None


class Membership(Protocol):
    """How the machines of a site know of each other: a small port beside the order, over the same engine."""

    def beat(self, member: Member, now: float) -> Standing:
        """Say that a machine is there, and take or keep the leases that are free. Raises OrderAwayError.

        `now` is in s of this machine's monotonic clock. A member without a `url` takes no lease.
        """

    def leave(self, member: Member) -> None:
        """Say that it is there no more, and let go of its leases. Raises OrderAwayError."""

    def close(self) -> None:
        """Let go of connections."""


def proof_of(token: str) -> str:
    """The digest by which a token is known, in hexadecimal."""
    return sha256(token.encode(), 32).hex()


def may_hold(lease: str, member: Member, members: Sequence[Member]) -> bool:
    """Whether a machine may take a lease: the salt only if it has it, or no other has."""
    return lease != SALT or member.agreed or not any(each.agreed for each in members)


def note_standing(path: Path, standing: Standing) -> None:
    """Write what is known beside the store at `path`. Raises OSError."""
    place = _place(path)
    part = place.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(standing))
    part.replace(place)


def forget_standing(path: Path) -> None:
    """Remove the note of an earlier start. Raises OSError."""
    _place(path).unlink(missing_ok=True)


def standing_of(path: Path) -> Standing | None:
    """What is known, however old; None: nothing yet."""
    try:
        return _standings.decode(_place(path).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


def holds(path: Path, order: OrderSettings, lease: str) -> bool:
    """Whether this machine is the one of the site that does this; a single machine does everything."""
    if order.engine == "local":
        return True
    standing = standing_of(path)
    return (
        standing is not None
        and time.monotonic() - standing.at < TRUST_SECONDS
        and standing.leases.get(lease) == standing.me
    )


def machine_name(order: OrderSettings) -> str:
    """Name of this machine."""
    return order.machine or os.uname().nodename


_standings = msgspec.json.Decoder(Standing)


def _place(path: Path) -> Path:
    return path.with_name(f"{path.name}.standing")
