"""Beginning an order anew from one machine's store: after a failover that lost what was acknowledged."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from recirc.settings import OrderSettings
from recirc.store import history
from recirc.store.backup import alone
from recirc.store.database import connect, explained
from recirc.store.ports import HistoryHead, StoreError


def begin_order(path: Path, settings: OrderSettings, busy_seconds: float) -> int:
    """Have the order begin after the last command of the store at `path`, in another epoch; that command's position.

    Every other machine notices that its history is not the order's, and is rebuilt from this one.

    Raises:
        StoreError: a server has the store open, it is not of this order, or the order's engine refuses.
    """
    if settings.engine == "local":
        raise StoreError("this machine follows no order of several; name it in [order]")
    if not path.exists():
        raise StoreError(f"{path}: no store is there; name it with --db")
    with (
        alone(path),
        explained(path, busy_seconds),
        closing(connect(path, busy_seconds, writing=True)) as connection,
    ):
        if history.followed(connection) not in (None, settings.site):
            raise StoreError(f"{path}: this store follows another order than {settings.site!r}")
        head = history.head(connection)
        _engines[settings.engine](settings, head, lambda: _another_epoch(connection))
    return head.position


def _another_epoch(connection: sqlite3.Connection) -> str:
    history.begin_epoch(connection)
    history.note_fork(connection, None)
    return history.epoch(connection)


def _in_postgresql(settings: OrderSettings, head: HistoryHead, another_epoch: Callable[[], str]) -> None:
    import psycopg

    try:
        with psycopg.connect(
            settings.address, connect_timeout=3, target_session_attrs="read-write"
        ) as database:
            # The machine that starts next begins it from its own store; only this one has the new epoch.
            for table in ("recirc_commands", "recirc_confirmed", "recirc_orders"):
                database.execute(f"DELETE FROM {table} WHERE site = %s".encode(), (settings.site,))
            database.execute(
                "INSERT INTO recirc_orders VALUES (%s, %s, %s, %s, %s)",
                (settings.site, another_epoch(), head.position, head.position, head.hash),
            )
            database.execute("INSERT INTO recirc_confirmed VALUES (%s, %s)", (settings.site, head.position))
    except psycopg.Error as error:
        first = str(error).strip().split("\n")[0]
        raise StoreError(f"the order {settings.site!r} in PostgreSQL refused: {first}") from error


def _in_jetstream(settings: OrderSettings, head: HistoryHead, another_epoch: Callable[[], str]) -> None:
    from nats.js.errors import NotFoundError

    from recirc.store.orders.jetstream import stream_of
    from recirc.store.orders.jetstream_connection import AWAY, connected, first_line, stream_name

    async def begin() -> None:
        client = await connected(settings.address)
        try:
            stream = client.jetstream()
            with suppress(NotFoundError):  # it was lost as a whole
                await stream.delete_stream(stream_name(settings.site))
            await stream.add_stream(stream_of(settings.site, another_epoch(), head, settings.accept_loss))
        finally:
            await client.close()

    try:
        asyncio.run(begin())
    except AWAY as error:
        raise StoreError(f"the order {settings.site!r} in JetStream refused: {first_line(error)}") from error


_engines: Final[dict[str, Callable[[OrderSettings, HistoryHead, Callable[[], str]], None]]] = {
    "postgresql": _in_postgresql,
    "jetstream": _in_jetstream,
}
