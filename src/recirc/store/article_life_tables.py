"""The tables of `article_life`, and what is written in them when an article is published."""

import sqlite3

TABLES = (
    # Each version that another one replaced, with the time (ms since 1970) of its replacement.
    "CREATE TABLE IF NOT EXISTS versions (idx INTEGER NOT NULL, number INTEGER NOT NULL, replaced INTEGER NOT NULL,"
    " document BLOB NOT NULL, PRIMARY KEY (idx, number))",
    # Articles that may not be published yet; `until` is ms since 1970, NULL: until their sender changes them.
    "CREATE TABLE IF NOT EXISTS held (id TEXT PRIMARY KEY, until INTEGER, why TEXT NOT NULL, document BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS held_until ON held (until)",
    # Views of pages that no article is known for yet, by the normalised address; `time` is ms since 1970.
    "CREATE TABLE IF NOT EXISTS provisional (key INTEGER PRIMARY KEY, address TEXT NOT NULL, time INTEGER NOT NULL,"
    " observation BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS provisional_addresses ON provisional (address)",
    "CREATE INDEX IF NOT EXISTS withdrawn_articles ON articles (idx) WHERE withdrawn",
)
"""Files from before there were any get them when they are opened."""

MOST_PROVISIONAL = 20_000
"""Views that are kept at most; the oldest are dropped."""

PROVISIONAL_MS = 86_400_000
"""Time after which a view of a page is dropped whose article never came."""

VERSIONS = 200
"""Former versions that are kept of an article; a live page may be saved each minute."""


def make_missing(connection: sqlite3.Connection) -> None:
    """Make the tables in a file from before there were any."""
    for statement in TABLES:
        connection.execute(statement)


def keep_version(connection: sqlite3.Connection, index: int, now: int) -> None:
    """Keep the present version of an article, which is replaced at `now` (ms)."""
    (last,) = connection.execute(
        "SELECT coalesce(max(number), 0) FROM versions WHERE idx = ?", (index,)
    ).fetchone()
    connection.execute(
        "INSERT INTO versions SELECT idx, ?, ?, document FROM articles WHERE idx = ?", (last + 1, now, index)
    )
    connection.execute("DELETE FROM versions WHERE idx = ? AND number <= ?", (index, last + 1 - VERSIONS))
