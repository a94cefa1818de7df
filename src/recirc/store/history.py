"""The history of a store: which commands were applied, in which order, and the running hash over them."""

import secrets
import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from recirc.hashing import hasher
from recirc.store.orders.order import Ordered, chain
from recirc.store.ports import HASH_BYTES, NOTHING, ForkError, HistoryHead, StoreError

TABLE = (
    "CREATE TABLE commands (position INTEGER PRIMARY KEY, time INTEGER NOT NULL, sender TEXT NOT NULL,"
    " kind TEXT NOT NULL, refused INTEGER NOT NULL, digest BLOB NOT NULL, hash BLOB NOT NULL)"
)


def head(connection: sqlite3.Connection) -> HistoryHead:
    """The end of the history."""
    row = connection.execute("SELECT position, hash FROM commands ORDER BY position DESC LIMIT 1").fetchone()
    return HistoryHead(*row) if row else NOTHING


def check(connection: sqlite3.Connection, known: HistoryHead) -> HistoryHead:
    """The end of the history, which must go on from `known`.

    Raises:
        ForkError: it does not, or its order went another way.
    """
    if known != NOTHING:
        row = connection.execute("SELECT hash FROM commands WHERE position = ?", (known.position,)).fetchone()
        if row is None or row[0] != known.hash:
            raise ForkError("the log went back or is another one; restart Recirc, which folds it anew")
    if (why := fork(connection)) is not None:
        raise ForkError(why)
    return head(connection)


def add(connection: sqlite3.Connection, ordered: Ordered, kind: str, *, refused: bool) -> None:
    """Note that a command was applied, or refused."""
    position, digest, running, offer = ordered
    connection.execute(
        "INSERT INTO commands VALUES (?, ?, ?, ?, ?, ?, ?)",
        (position, offer.time, offer.sender, kind, refused, digest, running),
    )


def epoch(connection: sqlite3.Connection) -> str:
    """Name of the history; another one begins when a store is restored to an earlier moment."""
    return _meta(connection, "epoch") or ""


def begin_epoch(connection: sqlite3.Connection, name: str = "") -> None:
    """Begin another epoch, with a name of its own unless one is given."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('epoch', ?)", (name or secrets.token_hex(8),))


def followed(connection: sqlite3.Connection) -> str | None:
    """Name of the order that the store follows; None: its commands have an order of their own."""
    return _meta(connection, "order")


def follow(connection: sqlite3.Connection, site: str) -> None:
    """Note that the store follows an order."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('order', ?)", (site,))


def unfollow(connection: sqlite3.Connection) -> None:
    """Have the store stand alone, in an epoch of its own."""
    connection.execute("DELETE FROM meta WHERE key IN ('order', 'fork')")
    begin_epoch(connection)


def fork(connection: sqlite3.Connection) -> str | None:
    """Why nothing is written at the moment: the order went another way than this store."""
    return _meta(connection, "fork")


def note_fork(connection: sqlite3.Connection, why: str | None) -> None:
    """Note why nothing is written, for all processes; None: it is mended."""
    if why is None:
        connection.execute("DELETE FROM meta WHERE key = 'fork'")
    else:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('fork', ?)", (why,))


def _meta(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else None


LOCAL: Final = ("epoch", "fork", "identity", "order", "unclean")
"""What `meta` says of this file alone; everything else follows from the commands."""


def rows_digest(connection: sqlite3.Connection) -> str:
    """Hash of all rows that follow from the commands, in hexadecimal: equal on machines that follow one order.

    The search index is read through its own interface: how it is stored depends on the transactions.
    """
    tables = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
    ).fetchall()
    virtual = [name for name, sql in tables if sql.startswith("CREATE VIRTUAL")]
    running = hasher(HASH_BYTES)
    for name, _ in tables:
        if name.startswith("sqlite_") or any(name.startswith(f"{each}_") for each in virtual):
            continue
        columns = "rowid, *" if name in virtual else "*"
        width = len(connection.execute(f"SELECT {columns} FROM {name} LIMIT 0").description)
        places = ", ".join(map(str, range(1, min(width, 3) + 1)))
        running.update(name.encode())
        for row in connection.execute(f"SELECT {columns} FROM {name} ORDER BY {places}"):
            if name != "meta" or row[0] not in LOCAL:
                running.update(msgspec.msgpack.encode(row))
    return running.hexdigest()


def verify(connection: sqlite3.Connection) -> int:
    """Hold the running hash against the digests of the commands; how many there are.

    Raises:
        StoreError: a command is missing, or a hash is wrong.
    """
    expected = NOTHING
    for position, found, running in _links(connection):
        if expected is NOTHING and position > 1:  # joined an order that began with a copy of another store
            expected = HistoryHead(position - 1, b"")
        if position != expected.position + 1:
            raise StoreError(f"the history is damaged: command {expected.position + 1:,} is missing")
        if expected.hash and running != chain(expected.hash, found):
            raise StoreError(f"the history is damaged: the hash of command {position:,} is wrong")
        expected = HistoryHead(position, running)
    return expected.position


def _links(connection: sqlite3.Connection) -> Iterator[tuple[int, bytes, bytes]]:
    yield from connection.execute("SELECT position, digest, hash FROM commands ORDER BY position")
