"""Stores that follow one order in PostgreSQL, and ways to look at them."""

import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg

from postgres import Cluster
from recirc.engine import Engine
from recirc.settings import OrderSettings, Settings, StoreSettings
from recirc.store import history
from recirc.store.orders.joining import join
from recirc.store.orders.order import Offer
from recirc.store.ports import HistoryHead
from recirc.store.sqlite import SqliteStore


class Machines:
    """Stores in folders of their own that follow one order."""

    def __init__(self, folder: Path, address: str, site: str, *, accept_loss: bool = True) -> None:
        """`accept_loss`: as the setting; most tests have a database without a standby."""
        self.order = OrderSettings(engine="postgresql", address=address, site=site, accept_loss=accept_loss)
        self._folder = folder
        self._closing = ExitStack()

    def path(self, name: str) -> Path:
        return self._folder / name / "recirc.db"

    def store(self, name: str, *, busy_seconds: float = 20.0) -> SqliteStore:
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


def until(true: Any, seconds: float = 20.0) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def offers_of(primary: Cluster, site: str) -> list[Offer]:
    with psycopg.connect(primary.address) as connection:
        rows = connection.execute(
            "SELECT id, time, sender, payload FROM recirc_commands WHERE site = %s ORDER BY position", (site,)
        ).fetchall()
    return [Offer(*row) for row in rows]
