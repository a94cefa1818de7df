"""Under which addresses articles are found: kept in the transaction that publishes them."""

import sqlite3
from collections.abc import Iterable, Sequence

from recirc.hashing import digest

TABLES = (
    # `place` is the address's among those of its article, most reliable first.
    "CREATE TABLE IF NOT EXISTS addresses (address TEXT NOT NULL, place INTEGER NOT NULL, idx INTEGER NOT NULL,"
    " PRIMARY KEY (address, place, idx)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS addresses_of ON addresses (idx)",
)
"""Files from before there were any get them, filled, by `fill`."""


ERASED_TABLE = (
    # Addresses of erased articles, as hashes: nothing is published at them again.
    "CREATE TABLE IF NOT EXISTS erased_addresses (hash BLOB PRIMARY KEY) WITHOUT ROWID"
)
"""Files from before there was one get it when they are opened."""


def address_hash(address: str) -> bytes:
    """What is kept of an address of an erased article, 16 bytes."""
    return digest(address.encode("utf-8", "surrogatepass"), 16)


def is_erased(connection: sqlite3.Connection, given: Sequence[str]) -> bool:
    """Whether an article that was erased had one of these addresses."""
    return any(
        connection.execute("SELECT 1 FROM erased_addresses WHERE hash = ?", (address_hash(each),)).fetchone()
        for each in given
    )


def there(connection: sqlite3.Connection) -> bool:
    """Whether the file has the table."""
    made = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'addresses'").fetchone()
    return bool(made[0])


def keep(connection: sqlite3.Connection, index: int, addresses: Sequence[str]) -> None:
    """From now on the article with this index is found under these addresses alone."""
    connection.execute("DELETE FROM addresses WHERE idx = ?", (index,))
    connection.executemany(
        "INSERT OR IGNORE INTO addresses VALUES (?, ?, ?)",
        ((address, place, index) for place, address in enumerate(addresses)),
    )


def find(connection: sqlite3.Connection, address: str) -> int:
    """Index of the live article most likely at an address, of several the one published first; -1: none."""
    row = connection.execute(
        "SELECT idx FROM addresses JOIN articles USING (idx) WHERE address = ? AND NOT withdrawn"
        " ORDER BY place, idx LIMIT 1",
        (address,),
    ).fetchone()
    return int(row[0]) if row else -1


def owner(connection: sqlite3.Connection, address: str) -> int:
    """As `find`, but also a withdrawn article, where no live one is at the address."""
    row = connection.execute(
        "SELECT idx FROM addresses JOIN articles USING (idx) WHERE address = ? ORDER BY withdrawn, place, idx LIMIT 1",
        (address,),
    ).fetchone()
    return int(row[0]) if row else -1


def is_withdrawn(connection: sqlite3.Connection, given: Sequence[str]) -> bool:
    """Whether a withdrawn article has one of these addresses, and no live one has."""
    for address in given:
        found = connection.execute(
            "SELECT min(withdrawn) FROM addresses JOIN articles USING (idx) WHERE address = ?", (address,)
        ).fetchone()
        if found[0]:
            return True
    return False


def fill(connection: sqlite3.Connection, given: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Make the table of an older file; `given` are the addresses of each article, by its index."""
    if there(connection):
        return
    for statement in TABLES:
        connection.execute(statement)
    for index, each in given:
        keep(connection, index, each)
