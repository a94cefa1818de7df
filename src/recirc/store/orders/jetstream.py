"""The commands of several machines in one order: a stream of NATS JetStream.

Whoever writes has read the stream to its end: each message is accepted only directly after the last one that its sender
knows (`Nats-Expected-Last-Sequence`). So a message whose answer was lost can be sent again without a second effect: at
most one of both has the place. All who read the stream see the same commands at the same positions, and each message
says what it follows.
"""

import asyncio
import random
import threading
from collections import deque
from collections.abc import Sequence
from time import monotonic
from typing import Any

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import APIError, NotFoundError

from recirc.hashing import sha256
from recirc.store.orders.epoch import Epoch
from recirc.store.orders.jetstream_connection import AWAY, Loop, connected, first_line, stream_name
from recirc.store.orders.jetstream_messages import GroupReader, Part, Tip, part_of, split
from recirc.store.orders.order import Offer, OrderAwayError, Ordered
from recirc.store.ports import NOTHING, ForkError, HistoryHead, StoreError

GROUP = 500
"""Commands in one group at most."""

GROUP_BYTES = 16 * 1024 * 1024
"""Payload of a group at most, if it is more than one command."""

WAITING = 20_000
"""Commands that have been read and not yet followed, at which reading pauses."""

LOOK_SECONDS = 0.5
"""How often the history is compared with the stream's where nothing new comes."""

LOOKS = 3
"""Looks in a row in which the stream's end must be missing: a new leader may not have all of it at once."""

AGAIN_SECONDS = 0.25
"""Pause before a connection is tried again."""

ANSWER_SECONDS = 2.0
"""What was asked while there was no leader is never answered: the next attempt is the first that a new one can hear."""

REPLICAS = 3

EPOCH, POSITION, HASH = "recirc-epoch", "recirc-position", "recirc-hash"
EXPECTED, MESSAGE_ID = "Nats-Expected-Last-Sequence", "Nats-Msg-Id"
NAME_IN_USE, WRONG_LAST = 10058, 10071


def stream_of(site: str, epoch: str, head: HistoryHead, accept_loss: bool) -> StreamConfig:
    """The stream of a site's order that begins after `head`. Its messages are never removed one by one."""
    return StreamConfig(
        name=stream_name(site),
        subjects=[f"{stream_name(site)}.commands"],
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        num_replicas=1 if accept_loss else REPLICAS,
        metadata={EPOCH: epoch, POSITION: str(head.position), HASH: head.hash.hex()},
    )


class JetStreamOrder:
    """The order of a site's commands in a stream.

    One coroutine reads and writes by turns, in a thread of its own; `follow` takes what it has read.
    """

    durable = True

    def __init__(self, address: str, site: str, epoch: Epoch, *, accept_loss: bool = False) -> None:
        """Begin the order with this store's history, if there is none for the site.

        `address`: the servers, separated by commas, as nats://user:password@host:4222. A stream of fewer than three
        replicas is refused unless `accept_loss`. Does not wait for a server.
        """
        self._address, self._site, self._epoch, self._accept_loss = address, site, epoch, accept_loss
        self._stream = stream_name(site)
        self._subject = f"{self._stream}.commands"
        self._told = f"{self._stream}.told"
        self._changed = threading.Condition()  # of the next eight
        self._queue: dict[bytes, Offer] = {}
        self._came: deque[Ordered] = deque()
        self._head: HistoryHead | None = None  # where `follow` goes on
        self._problem: StoreError | None = None
        self._begun = 0  # number of times that reading began anew
        self._forked_at = 0  # the last of these that ended with a fork
        self._ended = self._closed = False
        self._missing = 0
        self._loop = Loop(f"order {site}")
        self._wake = asyncio.Event()
        self._loop.begin(self._run())

    # What the sequencer calls

    def offer(self, offers: Sequence[Offer]) -> None:
        """Hand in commands. Raises StoreError when the order is closed."""
        with self._changed:
            if self._ended:
                raise StoreError("the store is closed")
            self._queue.update((each.id, each) for each in offers)
        self._loop.call(self._wake.set)

    def give_up(self, ids: Sequence[bytes]) -> None:
        """Do not offer these any longer."""
        with self._changed:
            for each in ids:
                self._queue.pop(each, None)

    def follow(self, head: HistoryHead, seconds: float) -> list[Ordered] | None:
        """The next commands. Raises OrderAwayError, ForkError."""
        deadline = monotonic() + seconds
        with self._changed:
            if head != self._head:
                self._head, self._problem = head, None
                self._came.clear()
                self._begin()
            elif self._begun == self._forked_at:
                self._begin()  # it may be mended by now
            while not self._came:
                if self._ended and not self._queue:
                    return None
                left = deadline - monotonic()
                if isinstance(self._problem, ForkError) or (self._problem is not None and left <= 0):
                    raise self._problem
                if left <= 0:
                    return []
                self._changed.wait(left)
            found = [self._came.popleft() for _ in range(min(GROUP, len(self._came)))]
            self._head = HistoryHead(found[-1].position, found[-1].hash)
        self._loop.call(self._wake.set)
        return found

    def end(self) -> None:
        """Accept no more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._loop.call(self._wake.set)

    def close(self) -> None:
        """Let go of the connection."""
        with self._changed:
            if self._closed:
                return
            self._ended = self._closed = True
            self._queue.clear()
            self._begin()
            self._changed.notify_all()
        self._loop.close()

    def _begin(self) -> None:
        self._begun += 1
        self._loop.call(self._wake.set)

    # Reading and writing, in the loop's thread

    async def _run(self) -> None:
        client: Client | None = None
        try:
            while not self._closed:
                client = await self._attempt(client)
        finally:
            if client is not None:
                await client.close()

    async def _attempt(self, client: Client | None) -> Client | None:
        """Read and write until that ends; the connection, if it may be used again."""
        with self._changed:
            begun, head, waits = self._begun, self._head, self._begun == self._forked_at
        if head is None or waits:
            await self._pause(LOOK_SECONDS)
            return client
        try:
            if client is None or client.is_closed:
                client = await connected(self._address, lambda: self._is_away("the server is gone"))
                await client.subscribe(self._told, cb=self._hear)
            await self._serve(client, begun, head)
        except ForkError as error:
            self._forked_at = begun
            self._fails(error)
        except AWAY as error:
            self._is_away(first_line(error))
            if client is not None:
                await client.close()
            client = None
            await asyncio.sleep(AGAIN_SECONDS)
        return client

    async def _serve(self, client: Client, begun: int, head: HistoryHead) -> None:
        """Read and write until `follow` begins anew, or an error."""
        stream = client.jetstream(timeout=ANSWER_SECONDS)

        info = await self._join(stream, head)
        reader = GroupReader(await self._place(stream, info, head))
        looked, self._missing = 0.0, 0
        while begun == self._begun:
            self._wake.clear()
            if await self._read(stream, reader, head):
                continue
            if reader.tip.head.position < head.position:
                self._lacks(head)
            elif monotonic() >= looked + LOOK_SECONDS:
                await self._look(stream, reader)
                looked = monotonic()
                continue
            elif group := self._group():
                await self._send(client, stream, reader.tip, group)
                continue
            await self._pause(LOOK_SECONDS)

    async def _hear(self, _: Any) -> None:
        self._wake.set()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    def _fails(self, problem: StoreError) -> None:
        with self._changed:
            if isinstance(problem, ForkError) or not isinstance(self._problem, ForkError):
                self._problem = problem
            self._changed.notify_all()

    def _is_away(self, why: str) -> None:
        self._fails(OrderAwayError(f"the order {self._site!r} in JetStream cannot be reached ({why})"))

    async def _join(self, stream: JetStreamContext, head: HistoryHead) -> StreamInfo:
        """Make the site's stream where it is missing; the store takes the order's epoch."""
        try:
            await stream.add_stream(stream_of(self._site, self._epoch.name(), head, self._accept_loss))
        except APIError as error:
            if error.err_code != NAME_IN_USE:
                raise
        info = await stream.stream_info(self._stream)
        kept = info.config.metadata or {}
        if EPOCH not in kept:
            raise ForkError(f"the stream {self._stream!r} is not one of Recirc's; name another site")
        if kept[EPOCH] != self._epoch.name():
            if head != NOTHING:
                raise ForkError(
                    f"this store has a history of its own, and the order {self._site!r} another one; begin with an "
                    "empty store, or with a backup of a machine that follows this order"
                )
            self._epoch.take(kept[EPOCH])
        if head.position < int(kept[POSITION]):
            raise ForkError(
                f"the order {self._site!r} begins after command {int(kept[POSITION]):,}, and this store has "
                f"{head.position:,}; begin with a backup of a machine that follows this order"
            )
        self._check_replicas(info)
        return info

    def _check_replicas(self, info: StreamInfo) -> None:
        if (info.config.num_replicas or 1) < REPLICAS and not self._accept_loss:
            raise ForkError(
                f"the stream {self._stream!r} has {info.config.num_replicas or 1} replica(s), so a lost disk could "
                "lose what was acknowledged. Nothing is written until it has three (nats stream edit "
                f"{self._stream} --replicas 3), or order.accept_loss says that such a loss is accepted"
            )

    async def _place(self, stream: JetStreamContext, info: StreamInfo, head: HistoryHead) -> Tip:
        """Where to read on for what follows `head`: before the last group that begins no later."""
        kept = info.config.metadata or {}
        low, high = max(info.state.first_seq, 1), info.state.last_seq
        start = Tip(low - 1, HistoryHead(int(kept[POSITION]), bytes.fromhex(kept[HASH])))
        if start.head.position == head.position:
            return self._checked(start, head)
        found: tuple[int, Part] | None = None
        while low <= high:
            middle = (low + high) // 2
            part = await self._message(stream, middle)
            if part is None or part.position > head.position:
                high = middle - 1
            else:
                found, low = (middle, part), middle + 1
        if found is None:
            return start
        number, part = found
        return self._checked(Tip(number - part.part - 1, part.before), head)

    def _checked(self, tip: Tip, head: HistoryHead) -> Tip:
        if tip.head.position == head.position and tip.head != head:
            raise self._forked(head)
        return tip

    async def _message(self, stream: JetStreamContext, number: int) -> Part | None:
        try:
            message = await stream.get_msg(self._stream, number, direct=True)
        except NotFoundError:
            return None
        return part_of(message.data or b"")

    async def _read(self, stream: JetStreamContext, reader: GroupReader, head: HistoryHead) -> bool:
        """Take the next message, if there is one and room for it."""
        if len(self._came) >= WAITING:
            await self._pause(LOOK_SECONDS)
            return True
        number = reader.tip.number + 1
        part = await self._message(stream, number)
        if part is None:
            return False
        try:
            ordered = reader.read(number, part)
        except ForkError as error:
            raise self._forked(reader.tip.head) from error
        if ordered and ordered[0].position <= head.position:  # the store has the first of them
            if ordered[-1].position >= head.position:
                known = ordered[head.position - ordered[0].position]
                if known.hash != head.hash:
                    raise self._forked(head)
            ordered = ordered[head.position - ordered[0].position + 1 :]
        with self._changed:
            self._missing, self._problem = 0, None
            for each in ordered:
                self._queue.pop(each.offer.id, None)
            self._came.extend(ordered)
            self._changed.notify_all()
        return True

    def _group(self) -> list[Offer]:
        group: list[Offer] = []
        size = 0
        with self._changed:
            for each in self._queue.values():
                size += len(each.payload)
                if group and (len(group) == GROUP or size > GROUP_BYTES):
                    break
                group.append(each)
        return group

    async def _send(self, client: Client, stream: JetStreamContext, tip: Tip, group: Sequence[Offer]) -> None:
        """Offer a group directly after what was read. Whether it is there, reading tells."""
        for number, message in enumerate(split(tip.head, group, client.max_payload), tip.number):
            headers = {EXPECTED: str(number), MESSAGE_ID: sha256(message, 16).hex()}
            try:
                await stream.publish(self._subject, message, stream=self._stream, headers=headers)
            except APIError as error:
                first = error.err_code == WRONG_LAST  # another machine was
                await asyncio.sleep(random.uniform(0, 0.005) if first else AGAIN_SECONDS)
                return
        await client.publish(self._told, b"")

    async def _look(self, stream: JetStreamContext, reader: GroupReader) -> None:
        """Compare what was read with the stream. Raises ForkError."""
        tip = reader.tip
        info = await stream.stream_info(self._stream)
        if (info.config.metadata or {}).get(EPOCH) != self._epoch.name():
            raise self._forked(tip.head)
        self._check_replicas(info)
        if info.state.last_seq < tip.number:
            self._lacks(tip.head)
            return
        if reader.last is not None:
            part = await self._message(stream, tip.number)
            if part is not None and part != reader.last:
                raise self._forked(tip.head)
        self._missing = 0
        with self._changed:
            self._problem = None

    def _lacks(self, head: HistoryHead) -> None:
        """The stream ends before what is known. Raises ForkError when that stays so."""
        self._missing += 1
        if self._missing >= LOOKS:
            raise self._forked(head)

    def _forked(self, head: HistoryHead) -> ForkError:
        return ForkError(
            f"the order {self._site!r} went another way than this store, whose last command is {head.position:,}: the "
            "stream was restored, lost its end, or is another one. Nothing is written until that is mended: restore "
            "the stream, or replace this store by a backup of a machine that follows it"
        )
