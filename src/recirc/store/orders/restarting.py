"""Beginning an order anew from one machine's store: after a failover that lost what was acknowledged."""

from contextlib import closing
from pathlib import Path

from recirc.settings import OrderSettings
from recirc.store import history
from recirc.store.backup import alone
from recirc.store.database import connect, explained
from recirc.store.ports import StoreError


def begin_order(path: Path, settings: OrderSettings, busy_seconds: float) -> int:
    """Have the order begin after the last command of the store at `path`, in another epoch; that command's position.

    Every other machine notices that its history is not the order's, and is rebuilt from this one.

    Raises:
        StoreError: a server has the store open, it is not of this order, or the database refuses.
    """
    if settings.engine == "local":
        raise StoreError("this machine follows no order of several; name it in [order]")
    if not path.exists():
        raise StoreError(f"{path}: no store is there; name it with --db")
    import psycopg

    with (
        alone(path),
        explained(path, busy_seconds),
        closing(connect(path, busy_seconds, writing=True)) as connection,
    ):
        if history.followed(connection) not in (None, settings.site):
            raise StoreError(f"{path}: this store follows another order than {settings.site!r}")
        try:
            with psycopg.connect(
                settings.address, connect_timeout=3, target_session_attrs="read-write"
            ) as database:
                # The machine that starts next begins it from its own store; only this one has the new epoch.
                for table in ("recirc_commands", "recirc_confirmed", "recirc_orders"):
                    database.execute(f"DELETE FROM {table} WHERE site = %s".encode(), (settings.site,))
                head = history.head(connection)
                history.begin_epoch(connection)
                history.note_fork(connection, None)
                database.execute(
                    "INSERT INTO recirc_orders VALUES (%s, %s, %s, %s, %s)",
                    (settings.site, history.epoch(connection), head.position, head.position, head.hash),
                )
                database.execute(
                    "INSERT INTO recirc_confirmed VALUES (%s, %s)", (settings.site, head.position)
                )
        except psycopg.Error as error:
            first = str(error).strip().split("\n")[0]
            raise StoreError(f"the order {settings.site!r} in PostgreSQL refused: {first}") from error
    return head.position
