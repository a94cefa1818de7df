"""The rows of the registry: read and changed within a transaction of the caller's."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from recirc.store.commands import Change
from recirc.store.ports import ConflictError

TABLE = (
    "CREATE TABLE registry (kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value BLOB NOT NULL,"
    " PRIMARY KEY (kind, key)) WITHOUT ROWID"
)


PINS, WITHDRAWALS = "pins", "withdrawals"
"""Kinds of entries that end with their article."""

ACCOUNTS, SESSIONS, TOPICS = "accounts", "sessions", "topics"
"""Kinds of entries that end with a name that is erased."""


class Entry(NamedTuple):
    """An entry of the registry. `version` grows with every change of it."""

    value: bytes
    version: int


def read(connection: sqlite3.Connection, kind: str) -> dict[str, Entry]:
    """All entries of a kind, by key."""
    rows = connection.execute("SELECT key, value, version FROM registry WHERE kind = ? ORDER BY key", (kind,))
    return {key: Entry(value, version) for key, value, version in rows}


def read_one(connection: sqlite3.Connection, kind: str, key: str) -> Entry | None:
    """One entry; None: there is none."""
    row = connection.execute(
        "SELECT value, version FROM registry WHERE kind = ? AND key = ?", (kind, key)
    ).fetchone()
    return Entry(*row) if row else None


def read_keys(connection: sqlite3.Connection, kind: str) -> tuple[str, ...]:
    """The keys of all entries of a kind, in order."""
    rows = connection.execute("SELECT key FROM registry WHERE kind = ? ORDER BY key", (kind,))
    return tuple(key for (key,) in rows)


def change(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """Apply changes within the transaction of `connection`. Raises ConflictError."""
    for each in changes:
        row = connection.execute(
            "SELECT version, value FROM registry WHERE kind = ? AND key = ?", (each.table, each.key)
        ).fetchone()
        version, value = row or (0, None)
        if each.version is None and value == each.value:
            continue  # nothing changes, so that a command sent again leaves no other version
        if each.version is not None and each.version != version:
            if value == each.value:
                continue  # the same change, sent again
            raise ConflictError(
                f"{each.table} {each.key!r} was changed meanwhile; read it again and decide again"
            )
        if each.value is None:
            connection.execute("DELETE FROM registry WHERE kind = ? AND key = ?", (each.table, each.key))
        else:
            connection.execute(
                "INSERT OR REPLACE INTO registry VALUES (?, ?, ?, ?)",
                (each.table, each.key, _next_version(connection), each.value),
            )


def _next_version(connection: sqlite3.Connection) -> int:
    """A version that no entry of this file ever had: an entry made anew is not taken for the one before it."""
    (version,) = connection.execute(
        "INSERT INTO meta VALUES ('registry version', 1)"
        " ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING CAST(value AS INTEGER)"
    ).fetchone()
    return int(version)
