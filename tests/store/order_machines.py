"""Stores that follow one order of several machines, and ways to look at them."""

import asyncio
import sqlite3
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Literal

import psycopg
from store_samples import records

from recirc.engine import Engine
from recirc.settings import OrderSettings, Settings, StoreSettings
from recirc.store import history
from recirc.store.orders.jetstream_connection import connected, stream_name
from recirc.store.orders.jetstream_messages import GroupReader, Tip, part_of
from recirc.store.orders.joining import join
from recirc.store.orders.order import Offer
from recirc.store.ports import NOTHING, BusyError, ForkError, HistoryHead
from recirc.store.sqlite import SqliteStore


class Machines:
    """Stores in folders of their own that follow one order."""

    def __init__(
        self,
        folder: Path,
        address: str,
        site: str,
        *,
        engine: Literal["postgresql", "jetstream"] = "postgresql",
        accept_loss: bool = True,
    ) -> None:
        """`accept_loss`: as the setting; most tests have a database without a standby, or one server."""
        self.order = OrderSettings(engine=engine, address=address, site=site, accept_loss=accept_loss)
        self._folder = folder
        self._closing = ExitStack()

    def path(self, name: str) -> Path:
        return self._folder / name / "recirc.db"

    def store(self, name: str, *, busy_seconds: float = 60.0) -> SqliteStore:
        join(self.path(name), self.order, busy_seconds)
        return self._closing.enter_context(SqliteStore(self.path(name), busy_seconds=busy_seconds))

    def engine(self, name: str) -> Engine:
        join(self.path(name), self.order, 20.0)
        settings = Settings(
            store=StoreSettings(path=str(self.path(name)), busy_seconds=60.0), order=self.order
        )
        return self._closing.enter_context(closing(Engine.open(settings)))

    def close(self) -> None:
        self._closing.close()


def silent(_step: str, _done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def head_of(path: Path) -> HistoryHead:
    with closing(sqlite3.connect(path)) as connection:
        return history.head(connection)


def until(true: Any, seconds: float = 60.0) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def works(store: SqliteStore, number: int) -> bool:
    """Whether an event is acknowledged."""
    try:
        return store.append(records([number])).result() is not None
    except BusyError:
        return False


def load(store: SqliteStore, number: int, acknowledged: list[int], stop: threading.Event) -> None:
    """Events one after another, each sent until it is acknowledged."""
    event = number + 1
    while not stop.is_set():
        if works(store, event):
            acknowledged.append(event)
            event += 2


def said(store: SqliteStore) -> str | None:
    """Why nothing is written, if that is so."""
    try:
        store.check_history(NOTHING)
    except ForkError as error:
        return str(error)
    return None


def offers_of(order: OrderSettings) -> list[Offer]:
    """All commands of an order, read in its engine."""
    return _in_postgresql(order) if order.engine == "postgresql" else asyncio.run(_in_jetstream(order))


def _in_postgresql(order: OrderSettings) -> list[Offer]:
    with psycopg.connect(order.address) as connection:
        rows = connection.execute(
            "SELECT id, time, sender, payload FROM recirc_commands WHERE site = %s ORDER BY position",
            (order.site,),
        ).fetchall()
    return [Offer(*row) for row in rows]


async def _in_jetstream(order: OrderSettings) -> list[Offer]:
    client = await connected(order.address)
    stream = client.jetstream()
    info = await stream.stream_info(stream_name(order.site))
    reader = GroupReader(Tip(0, NOTHING))
    found: list[Offer] = []
    for number in range(1, info.state.last_seq + 1):
        message = await stream.get_msg(stream_name(order.site), number)
        found.extend(each.offer for each in reader.read(number, part_of(message.data or b"")))
    await client.close()
    return found
