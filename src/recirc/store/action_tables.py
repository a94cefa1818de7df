"""The table of the audit trail, which the database makes with all others."""

import sqlite3

TABLES = (
    "CREATE TABLE IF NOT EXISTS actions (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, time INTEGER NOT NULL,"
    " actor TEXT NOT NULL, role TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL,"
    " detail TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS actions_subject ON actions (subject, number)",
)
"""Files from before there were any get them when they are opened."""


def make_missing(connection: sqlite3.Connection) -> None:
    """Make the tables in a file from before there were any."""
    for statement in TABLES:
        connection.execute(statement)


def keep(connection: sqlite3.Connection, row: tuple[str | int, ...]) -> None:
    """Keep an entry, a row without its number; sent again it has no second effect."""
    connection.execute(
        "INSERT OR IGNORE INTO actions (key, time, actor, role, action, subject, reason, detail)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
