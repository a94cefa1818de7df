"""Pictures of articles: which are wanted, which are kept, and which nobody uses any more.

A publication notes the addresses of its pictures in its own transaction. Whoever fetches them asks for those that are
due, and hands in what became of each as a command; so every process and machine knows the same of them.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from recirc.store.commands import DropPictures, KeepPicture
from recirc.types import Article, PictureFacts

UPLOADED = "media:"
"""Begins the address of a picture that was uploaded; its key follows. It is never fetched."""

TABLES = (
    # `facts` is JSON of PictureFacts and `key` the one in it, NULL: there are no files. `due` is when it is fetched, ms
    # since 1970, NULL: never again; of a kept one it is when it was kept. `problem` says why there are no files.
    "CREATE TABLE IF NOT EXISTS pictures (address TEXT PRIMARY KEY, facts TEXT, key TEXT, due INTEGER,"
    " attempts INTEGER NOT NULL DEFAULT 0, problem TEXT NOT NULL DEFAULT '') WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS picture_keys ON pictures (key)",
    "CREATE INDEX IF NOT EXISTS pictures_due ON pictures (due) WHERE facts IS NULL AND due IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS picture_uses (idx INTEGER NOT NULL, address TEXT NOT NULL,"
    " PRIMARY KEY (idx, address)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS picture_users ON picture_uses (address)",
)
"""Files from before there were any get them when they are opened."""


def make_missing(connection: sqlite3.Connection) -> None:
    """Make the tables in a file from before there were any."""
    for statement in TABLES:
        connection.execute(statement)


class WantedPicture(NamedTuple):
    """A picture to be fetched.

    Attributes:
        attempts: how often that failed.
        article: index of an article that has it.
    """

    address: str
    attempts: int
    article: int


class UnusedPicture(NamedTuple):
    """A kept picture that no live article has; `shared`: another address has the same files."""

    address: str
    key: str
    shared: bool


def addresses_of(article: Article) -> tuple[str, ...]:
    """The addresses of an article's pictures, and of its authors' portraits."""
    portraits = (author.picture for author in article.authors if author.picture)
    return tuple(dict.fromkeys([*(picture.address for picture in article.pictures), *portraits]))


def note(connection: sqlite3.Connection, index: int, addresses: Sequence[str], now: int) -> None:
    """Note which pictures an article has; those that are not kept are due at `now` (ms)."""
    connection.execute("DELETE FROM picture_uses WHERE idx = ?", (index,))
    connection.executemany(
        "INSERT OR IGNORE INTO picture_uses VALUES (?, ?)", ((index, address) for address in addresses)
    )
    connection.executemany(
        "INSERT OR IGNORE INTO pictures (address, due) VALUES (?, ?)",
        ((address, None if address.startswith(UPLOADED) else now) for address in addresses),
    )


def keep(connection: sqlite3.Connection, command: KeepPicture) -> None:
    """Note what became of a picture."""
    kept = msgspec.json.encode(command.facts).decode() if command.facts else None
    connection.execute(
        "INSERT OR REPLACE INTO pictures (address, facts, key, due, attempts, problem) VALUES (?, ?, ?, ?, ?, ?)",
        (
            command.address,
            kept,
            command.facts.key if command.facts else None,
            command.due,
            command.attempts,
            command.problem,
        ),
    )


def drop(connection: sqlite3.Connection, command: DropPictures) -> None:
    """Forget pictures that no live article has; one that was published meanwhile stays."""
    for address in command.addresses:
        if not _is_used(connection, address):
            connection.execute("DELETE FROM pictures WHERE address = ?", (address,))


def wanted(connection: sqlite3.Connection, now: int, most: int) -> list[WantedPicture]:
    """The pictures to be fetched at `now` (ms), the longest due first."""
    rows = connection.execute(
        "SELECT address, attempts, (SELECT max(uses.idx) FROM picture_uses AS uses JOIN articles USING (idx)"
        " WHERE uses.address = pictures.address AND NOT withdrawn) AS article FROM pictures"
        " WHERE facts IS NULL AND due IS NOT NULL AND due <= ? AND article IS NOT NULL ORDER BY due, address LIMIT ?",
        (now, most),
    )
    return [WantedPicture(*row) for row in rows]


def facts(connection: sqlite3.Connection, addresses: Sequence[str]) -> dict[str, PictureFacts]:
    """What is known of those pictures that are kept, by address."""
    rows = connection.execute(
        "SELECT address, facts FROM pictures WHERE facts NOT NULL AND address IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(addresses).decode(),),
    )
    return {address: msgspec.json.decode(known, type=PictureFacts) for address, known in rows}


def awaited(connection: sqlite3.Connection, addresses: Sequence[str]) -> set[str]:
    """Those of some pictures that were never tried yet, and are to be fetched."""
    rows = connection.execute(
        "SELECT address FROM pictures WHERE facts IS NULL AND due IS NOT NULL AND attempts = 0"
        " AND address IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(addresses).decode(),),
    )
    return {address for (address,) in rows}


def problems(connection: sqlite3.Connection, most: int) -> list[tuple[str, str]]:
    """Addresses of pictures that could not be kept, and why."""
    found = connection.execute(
        "SELECT address, problem FROM pictures WHERE facts IS NULL AND problem != '' ORDER BY address LIMIT ?",
        (most,),
    )
    return [(str(address), str(problem)) for address, problem in found]


def unused(connection: sqlite3.Connection, before: int, most: int) -> list[UnusedPicture]:
    """Kept pictures of withdrawn articles that no live one has; with `before` (ms) also those kept before then that no
    article has.
    """
    rows = connection.execute(
        "SELECT DISTINCT address, key FROM articles JOIN picture_uses USING (idx) JOIN pictures USING (address)"
        f" WHERE withdrawn AND facts NOT NULL AND {_NOT_LIVE} LIMIT ?",
        (most,),
    ).fetchall()
    if before > 0:
        rows += connection.execute(
            "SELECT address, key FROM pictures WHERE facts NOT NULL AND coalesce(due, 0) < ?"
            " AND NOT EXISTS (SELECT 1 FROM picture_uses AS uses WHERE uses.address = pictures.address) LIMIT ?",
            (before, most),
        ).fetchall()
    return [UnusedPicture(address, key, _is_shared(connection, address, key)) for address, key in rows]


_NOT_LIVE = (
    "NOT EXISTS (SELECT 1 FROM picture_uses AS uses JOIN articles AS users USING (idx)"
    " WHERE uses.address = pictures.address AND NOT users.withdrawn)"
)


def _is_used(connection: sqlite3.Connection, address: str) -> bool:
    return bool(
        connection.execute(
            "SELECT 1 FROM picture_uses JOIN articles USING (idx) WHERE address = ? AND NOT withdrawn LIMIT 1",
            (address,),
        ).fetchone()
    )


def _is_shared(connection: sqlite3.Connection, address: str, key: str) -> bool:
    return bool(
        connection.execute(
            "SELECT 1 FROM pictures WHERE address != ? AND key = ? LIMIT 1", (address, key)
        ).fetchone()
    )
