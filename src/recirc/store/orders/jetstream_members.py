"""The machines of a site and their leases in NATS: one entry of a bucket in memory, written by compare-and-set.

Each machine counts its beats there. One whose count has stood still for LEASE_SECONDS, by the clock of whoever looks,
is silent, and its leases are free. A holder trusts its leases for less than that after the beat that renewed them, by
its own clock, so no two clocks are compared; they need only run at the same speed.
"""

import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from nats.aio.client import Client
from nats.js.api import KeyValueConfig, StorageType
from nats.js.errors import APIError, BucketNotFoundError, KeyNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from recirc.store.orders.jetstream import REPLICAS
from recirc.store.orders.jetstream_connection import AWAY, Loop, connected, first_line, stream_name
from recirc.store.orders.jetstream_messages import part_of
from recirc.store.orders.members import LEASE_SECONDS, LEASES, SAMPLES, Member, Standing, may_hold
from recirc.store.orders.order import OrderAwayError

ANSWER_SECONDS = 2.0
ATTEMPTS = 10
"""Machines that write at the same moment try again."""

KEY = "standing"
Value = TypeVar("Value")


class Roll(Struct):
    """What the machines say of themselves: each with the number of its beats, and who holds what."""

    beats: dict[str, tuple[Member, int]] = {}
    leases: dict[str, str] = {}


class JetStreamMembership:
    """Members and leases of a site, over a connection that is made again when it is lost."""

    def __init__(self, address: str, site: str, *, accept_loss: bool = False) -> None:
        """`accept_loss`: as for the order; the bucket has one replica, too."""
        self._address, self._site = address, site
        self._replicas = 1 if accept_loss else REPLICAS
        self._stream = stream_name(site)
        self._loop = Loop(f"members {site}")
        self._client: Client | None = None
        self._bucket: KeyValue | None = None
        self._seen: dict[str, tuple[int, float]] = {}  # by member: its beats, and when that number was new
        self._ends: tuple[tuple[float, int], ...] = ()

    def beat(self, member: Member, now: float) -> Standing:
        """Say that a machine is there; `now` in s of its monotonic clock. Raises OrderAwayError."""
        roll = self._changed(member, there=True)
        alive = self._alive(roll)
        members = sorted((roll.beats[each][0] for each in alive), key=lambda one: (one.name, one.id))
        leases = {lease: holder for lease, holder in roll.leases.items() if holder in alive}
        end = self._asked(self._end())
        if end is not None:
            self._ends = ((now, end), *self._ends)[:SAMPLES]
        return Standing(member.id, tuple(members), leases, now, self._ends)

    def leave(self, member: Member) -> None:
        """Say that it is there no more. Raises OrderAwayError."""
        self._changed(member, there=False)

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._loop.wait(self._client.close(), 3 * ANSWER_SECONDS)
        self._loop.close()
        self._client = self._bucket = None

    def _changed(self, member: Member, *, there: bool) -> Roll:
        for _ in range(ATTEMPTS):
            roll, revision = self._asked(self._read())
            self._note(roll)
            if there:
                self._enter(roll, member)
            else:
                roll.beats.pop(member.id, None)
                roll.leases = {lease: holder for lease, holder in roll.leases.items() if holder != member.id}
            if self._asked(self._write(roll, revision)):
                self._note(roll)
                return roll
        raise OrderAwayError(f"the machines of the order {self._site!r} in JetStream all write at once")

    def _enter(self, roll: Roll, member: Member) -> None:
        """Count a beat; forget who is silent, and take what is free."""
        alive = self._alive(roll) | {member.id}
        beats = roll.beats.get(member.id, (member, 0))[1]
        roll.beats = {each: beat for each, beat in roll.beats.items() if each in alive}
        roll.beats[member.id] = (member, beats + 1)
        members = [each for each, _ in roll.beats.values()]
        for lease in LEASES:
            if roll.leases.get(lease) not in alive:
                roll.leases.pop(lease, None)
                if member.url and may_hold(lease, member, members):
                    roll.leases[lease] = member.id

    def _note(self, roll: Roll) -> None:
        """When each member's number of beats was new."""
        now = time.monotonic()
        for each, (_, beats) in roll.beats.items():
            if self._seen.get(each, (-1, 0.0))[0] != beats:
                self._seen[each] = (beats, now)
        self._seen = {each: seen for each, seen in self._seen.items() if each in roll.beats}

    def _alive(self, roll: Roll) -> set[str]:
        since = time.monotonic() - LEASE_SECONDS
        return {each for each in roll.beats if each in self._seen and self._seen[each][1] >= since}

    # What is asked of the server, in the loop's thread

    def _asked(self, work: Coroutine[Any, Any, Value]) -> Value:
        try:
            return self._loop.wait(work, 3 * ANSWER_SECONDS)
        except AWAY as error:
            self._bucket = None
            raise OrderAwayError(
                f"the machines of the order {self._site!r} in JetStream cannot be reached ({first_line(error)})"
            ) from error

    async def _kept(self) -> KeyValue:
        if self._bucket is not None and self._client is not None and not self._client.is_closed:
            return self._bucket
        if self._client is not None:
            await self._client.close()
        self._client = await connected(self._address)
        stream = self._client.jetstream(timeout=ANSWER_SECONDS)
        name = f"{self._stream}-members"
        try:
            self._bucket = await stream.key_value(name)
        except BucketNotFoundError:
            settings = KeyValueConfig(
                bucket=name, history=1, storage=StorageType.MEMORY, replicas=self._replicas
            )
            self._bucket = await stream.create_key_value(settings)
        return self._bucket

    async def _read(self) -> tuple[Roll, int]:
        bucket = await self._kept()
        try:
            entry = await bucket.get(KEY)
        except KeyNotFoundError:
            return Roll(), 0
        return _rolls.decode(entry.value or b"{}"), entry.revision or 0

    async def _write(self, roll: Roll, revision: int) -> bool:
        bucket = await self._kept()
        try:
            await bucket.update(KEY, msgspec.json.encode(roll), last=revision)
        except APIError:
            return False
        return True

    async def _end(self) -> int | None:
        """Position of the order's end."""
        assert self._client is not None
        stream = self._client.jetstream(timeout=ANSWER_SECONDS)
        try:
            info = await stream.stream_info(self._stream)
            message = await stream.get_msg(self._stream, info.state.last_seq)
        except NotFoundError:
            return None
        return part_of(message.data or b"").end


_rolls = msgspec.json.Decoder(Roll)
