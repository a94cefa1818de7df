"""The row of the table that compares: what three machines wrote is, to the byte, what one machine makes of it."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psycopg

from machines_faults import Row, Say
from machines_site import ARTICLES, SITE, Site, again, articles, finish
from recirc.clock import now_ms
from recirc.engine import Engine
from recirc.settings import OrderSettings, Settings, StoreSettings
from recirc.store.api_keys import create
from recirc.store.backup import verify
from recirc.store.orders.jetstream_connection import connected, stream_name
from recirc.store.orders.jetstream_messages import GroupReader, Tip, part_of
from recirc.store.orders.order import Offer, Ordered, sequence
from recirc.store.ports import NOTHING, HistoryHead, Receipt
from recirc.store.registry import Registry
from recirc.store.sequencer import Sequencer
from recirc.store.sqlite import SqliteStore
from recirc.types import RECORD, EntryKind, RecordArray, Request

UNDER_WAY = 200
"""Commands of one machine whose outcome is not known yet, at most."""

SHELVES, SEARCHES = 1_000, 100


class Writing(threading.Thread):
    """Commands of many kinds at one machine."""

    def __init__(self, site: Site, number: int, count: int) -> None:
        super().__init__(daemon=True)
        self._machine, self._number, self._count = site.machines[number], number, count
        self.made = 0
        self.error: Exception | None = None

    def run(self) -> None:
        """Hand in all of them."""
        try:
            with SqliteStore(self._machine.path, busy_seconds=60.0, lead=False) as store:
                self._write(store)
        except Exception as error:  # it is raised where the thread is waited for
            self.error = error

    def _write(self, store: SqliteStore) -> None:
        rng = np.random.default_rng(self._number)
        pins = Registry(self._machine.path, "pins", busy_seconds=60.0)
        indices = again(partial(store.intern, [f"article-{number}" for number in range(ARTICLES)]))
        waiting: list[tuple[RecordArray, Future[Receipt]]] = []
        for number in range(self._count):
            draw = rng.random()
            if draw < 0.01:
                edited = articles()[int(rng.integers(ARTICLES))]
                body = edited["body"] + f"<p>By machine {self._number}, {number}.</p>"
                again(partial(self._machine.post, "/v1/articles", [{**edited, "body": body}], 60.0))
            elif draw < 0.012:
                again(partial(pins.set, (f"{int(rng.integers(9)):02}", str(number).encode(), None)))
            elif draw < 0.014:
                again(partial(store.intern, [f"only named {int(rng.integers(50))}"]))
            elif draw < 0.0145:
                again(partial(create, self._machine.path, f"key {self._number} {number}"))
            else:
                views = _views(rng, indices)
                waiting.append((views, store.append(views)))
            self.made = number + 1
            if len(waiting) >= UNDER_WAY:
                for each in waiting:
                    finish(store, *each)
                waiting.clear()
        for each in waiting:
            finish(store, *each)


def _views(rng: np.random.Generator, indices: Any) -> Any:
    """A visit of one to three articles by one of 2,000 readers; one in ten is sent twice."""
    made = np.zeros(int(rng.integers(1, 4)), RECORD)
    reader = int(rng.integers(1, 2_000))
    made["id"] = (
        rng.integers(1, 2**63 - 1, len(made)) if rng.random() < 0.9 else rng.integers(1, 9_999, len(made))
    )
    made["time"] = now_ms() - rng.integers(0, 80_000_000)
    made["reader"], made["visit"] = reader, reader
    made["article"] = rng.choice(indices, len(made))
    made["source"], made["kind"] = -1, EntryKind.VIEW
    return made


class Finished:
    """An order that has ended, for a store that follows it without its engine."""

    durable = False

    def __init__(self, offers: Sequence[Offer]) -> None:
        self._left = list(offers)

    def offer(self, offers: Sequence[Offer]) -> None:
        """Nobody offers anything."""
        raise AssertionError(f"{len(offers)} offers to an order that has ended")

    def give_up(self, ids: Sequence[bytes]) -> None:
        """Nobody waits."""

    def follow(self, head: HistoryHead, seconds: float) -> list[Ordered] | None:
        """The next of what there was."""
        del seconds
        taken, self._left = self._left[:777], self._left[777:]
        return sequence(head, taken) or None

    def end(self) -> None:
        """It has ended."""

    def close(self) -> None:
        """There is nothing to let go of."""


def offers_of(order: OrderSettings) -> list[Offer]:
    """All commands of an order, read in its engine."""
    if order.engine == "jetstream":
        return asyncio.run(_offers_in_jetstream(order))
    with psycopg.connect(order.address) as connection:
        rows = connection.execute(
            "SELECT id, time, sender, payload FROM recirc_commands WHERE site = %s ORDER BY position", (SITE,)
        ).fetchall()
    return [Offer(*row) for row in rows]


async def _offers_in_jetstream(order: OrderSettings) -> list[Offer]:
    client = await connected(order.address)
    stream = client.jetstream()
    info = await stream.stream_info(stream_name(SITE))
    reader, found = GroupReader(Tip(0, NOTHING)), []
    for number in range(1, info.state.last_seq + 1):
        message = await stream.get_msg(stream_name(SITE), number)
        found += [each.offer for each in reader.read(number, part_of(message.data or b""))]
    await client.close()
    return found


def same(site: Site, count: int, say: Say) -> Iterator[Row]:
    """`count` commands written at all three at once; then rows, state, shelves and searches beside one machine's."""
    threads = [Writing(site, number, count // len(site.machines) + 1) for number in range(len(site.machines))]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    while alive := [thread for thread in threads if thread.is_alive()]:
        alive[0].join(10)
        say(f"{sum(thread.made for thread in threads):,} of {count:,} commands")
    for thread in threads:
        if thread.error is not None:
            raise thread.error
    site.settle()
    seconds = time.monotonic() - began
    position = site.machines[0].head().position
    offers = offers_of(site.machines[0].settings.order)
    alone = site.folder / "alone" / "recirc.db"
    SqliteStore(alone).close()
    Sequencer(alone, 60.0, Finished(offers)).close()
    for each in site.machines:
        each.kill()
    paths = [alone, *(each.path for each in site.machines)]
    digests = {verify(path, lambda *_: None).digest for path in paths}
    say(f"{len(digests)} digest(s) of all rows of {len(paths)} stores")
    different = _differences(paths, site.machines[0].settings)
    for each in site.machines:
        each.start()
    for each in site.machines:
        each.wait()
    state, shelves, searches = different["state"], different["shelves"], different["searches"]
    figure = (
        f"{position:,} commands in {seconds:.0f} s ({position / seconds:,.0f}/s);"
        f" {len(digests)} digest of the rows of {len(paths)} stores; different: {state} arrays of the state,"
        f" {shelves} of {SHELVES:,} shelves, {searches} of {SEARCHES} searches"
    )
    met = len(offers) == position >= count and len(digests) == 1 and not any(different.values())
    yield Row(f"{count:,} commands at all three", figure, "as one machine, to the byte", met, met)


def _differences(paths: Sequence[Path], settings: Settings) -> dict[str, int]:
    """How many arrays, shelves and searches of the stores are not the first one's; nothing is written there."""
    found = {"state": 0, "shelves": 0, "searches": 0}
    now = now_ms()
    with ExitStack() as stack:
        engines = []
        for path in paths:
            alike = msgspec.structs.replace(
                settings, store=StoreSettings(path=str(path)), order=OrderSettings()
            )
            engines.append(stack.enter_context(closing(Engine.open(alike, lead=False))))
        saved = []
        for engine in engines:
            with engine._log_consumer.reading() as state:
                saved.append(state.save())
        for arrays in saved[1:]:
            found["state"] += sum(
                name not in arrays or not np.array_equal(array, arrays[name], equal_nan=True)
                for name, array in saved[0].items()
            )
        rng = np.random.default_rng(5)
        names = [each["id"] for each in articles()]
        words = " ".join(each["headline"] for each in articles()).split()
        for number in range(SHELVES):
            chosen = rng.choice(names, 3).tolist()
            request = Request(article=chosen[0], history=tuple(chosen[1:]), personalised=bool(number % 2))
            found["shelves"] += len({msgspec.json.encode(each.shelves(request, now)) for each in engines}) > 1
        for number in range(SEARCHES):
            asked = " ".join(rng.choice(words, 1 + number % 3).tolist())
            answers = {msgspec.json.encode(each.browse.search(asked, now, 20)) for each in engines}
            found["searches"] += len(answers) > 1
    return found
