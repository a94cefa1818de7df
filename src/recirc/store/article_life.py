"""What happens to articles beside their publication: former versions, articles held back, withdrawals with reasons."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from recirc.store import registry_rows, rows, rules
from recirc.store.article_life_tables import MOST_PROVISIONAL, PROVISIONAL_MS
from recirc.store.commands import Append, HoldBack, KeepProvisional, Withdraw
from recirc.store.decider import Decider
from recirc.store.ports import Receipt


class HeldRow(NamedTuple):
    """An article that is held back; `until` is ms since 1970, None: until its sender changes it."""

    id: str
    until: int | None
    why: str
    document: bytes


class ProvisionalRow(NamedTuple):
    """A view of a page that no article was known for; `time` is ms since 1970."""

    key: int
    address: str
    time: int
    observation: bytes


class VersionRow(NamedTuple):
    """A former version of an article; `replaced` is ms since 1970."""

    number: int
    replaced: int
    document: bytes


def versions(connection: sqlite3.Connection, index: int) -> list[VersionRow]:
    """The former versions of an article, the oldest first."""
    found = connection.execute(
        "SELECT number, replaced, document FROM versions WHERE idx = ? ORDER BY number", (index,)
    )
    return [VersionRow(*row) for row in found]


def hold(connection: sqlite3.Connection, command: HoldBack) -> None:
    """Keep an article until it may be published, instead of what was kept of it before."""
    connection.execute(
        "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)",
        (command.id, command.until, command.why, command.document),
    )


def release(connection: sqlite3.Connection, ids: Sequence[str], until: int | None = None) -> None:
    """Hold these articles no longer; with `until` (ms) only if their time had come by then."""
    where = "" if until is None else f" AND until <= {int(until)}"
    connection.executemany(f"DELETE FROM held WHERE id = ?{where}", ((id_,) for id_ in ids))


def held(connection: sqlite3.Connection, due: int | None = None) -> list[HeldRow]:
    """The articles that are held back, those that come first at the head; with `due` (ms) those whose time has come."""
    where = "" if due is None else f" WHERE until <= {int(due)}"
    found = connection.execute(
        f"SELECT id, until, why, document FROM held{where} ORDER BY until IS NULL, until, id"
    )
    return [HeldRow(*row) for row in found]


def withdrawn(connection: sqlite3.Connection) -> list[int]:
    """Indices of the withdrawn articles."""
    return [index for (index,) in connection.execute("SELECT idx FROM articles WHERE withdrawn ORDER BY idx")]


def withdraw(connection: sqlite3.Connection, command: Withdraw, decider: Decider) -> Receipt:
    """Withdraw articles, with what is known of why; what hangs on them ends with them: pins, and holds."""
    ids = {change.key for change in command.changes}
    for key, entry in registry_rows.read(connection, registry_rows.PINS).items():
        pin = msgspec.json.decode(entry.value)
        if isinstance(pin, dict) and pin.get("article") in ids:
            connection.execute("DELETE FROM registry WHERE kind = ? AND key = ?", (registry_rows.PINS, key))
    rules.end_pins(connection, ids, command.time)
    release(connection, tuple(ids))
    registry_rows.change(connection, command.changes)
    return rows.append(connection, Append(command.records, (), command.time, command.time), decider)


def keep_provisional(connection: sqlite3.Connection, command: KeepProvisional) -> None:
    """Keep views, and drop those that are too old or too many."""
    oldest = max(time for _, _, time, _ in command.rows) - PROVISIONAL_MS
    # First, so that what is sent again finds what it left.
    connection.execute("DELETE FROM provisional WHERE time < ?", (oldest,))
    connection.executemany(
        "INSERT OR IGNORE INTO provisional VALUES (?, ?, ?, ?)",
        (row for row in command.rows if row[2] >= oldest),
    )
    connection.execute(
        "DELETE FROM provisional WHERE key IN (SELECT key FROM provisional ORDER BY time DESC LIMIT -1 OFFSET ?)",
        (MOST_PROVISIONAL,),
    )


def drop_provisional(connection: sqlite3.Connection, keys: Sequence[int]) -> None:
    """Drop views that were counted."""
    connection.executemany("DELETE FROM provisional WHERE key = ?", ((key,) for key in keys))


def provisional_arrived(connection: sqlite3.Connection) -> list[str]:
    """The addresses of kept views at which there is a live article now."""
    found = connection.execute(
        "SELECT DISTINCT address FROM provisional JOIN addresses USING (address) JOIN articles USING (idx)"
        " WHERE NOT withdrawn"
    )
    return [address for (address,) in found]


def provisional(connection: sqlite3.Connection, address: str, most: int) -> list[ProvisionalRow]:
    """The kept views of a page, the oldest first."""
    found = connection.execute(
        "SELECT key, address, time, observation FROM provisional WHERE address = ? ORDER BY time LIMIT ?",
        (address, most),
    )
    return [ProvisionalRow(*row) for row in found]
