"""One SQLite file: how it is opened, what lies in it, and what its errors mean to who meets them."""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from recirc.store import (
    action_tables,
    addresses,
    article_life_tables,
    erasing,
    history,
    migration,
    pictures,
    registry_rows,
    rows,
    search_index,
)
from recirc.store import rules as rule_rows
from recirc.store.decider import DecisionRules
from recirc.store.ports import FORMAT, StoreError

APPLICATION = int.from_bytes(b"RECR", "big")
"""SQLite's `application_id` of our files, by which another program's database is told from ours."""

CHECKPOINT_PAGES = 16_000
"""Pages of 4 KiB in the write-ahead log before they are copied into the file, each once.
`benchmarks/store.py`: a long log takes a sixth more events a second than with 4,000."""

WAL_BYTES = 64 * 1024 * 1024
"""Size to which the write-ahead log shrinks again after a burst."""

CACHE_KIB = 64 * 1024
"""Memory for pages of the writer, in KiB."""

SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # `document` is the article's JSON, NULL while only events have named it; `digest` is blake2b of it.
    "CREATE TABLE articles (idx INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document BLOB, digest BLOB,"
    " withdrawn INTEGER NOT NULL DEFAULT 0)",
    rows.LOG_TABLE,
    registry_rows.TABLE,
    history.TABLE,
    search_index.TABLE,
    search_index.VOCABULARY,
    *addresses.TABLES,
    *article_life_tables.TABLES,
    *pictures.TABLES,
    *action_tables.TABLES,
    *rule_rows.TABLES,
    *erasing.TABLES,
)


def explain(error: sqlite3.Error, path: Path, busy_seconds: float) -> StoreError:
    """What `error` means for the file at `path`, with what to do about it."""
    # Extended codes keep the primary one in their lowest byte.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    texts = {
        sqlite3.SQLITE_FULL: "the disk is full; free some space and send again",
        sqlite3.SQLITE_BUSY: f"another process kept the file locked for longer than {busy_seconds:g} s;"
        " send again, or raise store.busy_seconds",
        sqlite3.SQLITE_CORRUPT: "the file is damaged; stop Recirc and restore a copy of the file,"
        " or try `sqlite3 FILE .recover`",
        sqlite3.SQLITE_NOTADB: "this is not a SQLite database; name another file in store.path",
        sqlite3.SQLITE_READONLY: "the file or its folder is read-only; make both writable for this user",
        sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that it is a file and that this user may"
        " read and write it and its folder",
        sqlite3.SQLITE_PERM: "this user may not use the file; check its permissions and those of its folder",
        sqlite3.SQLITE_IOERR: "the disk failed to read or write; check that it is sound and has free space",
        sqlite3.SQLITE_TOOBIG: "more entries in one append than a row can hold; hand them in in parts",
    }
    return StoreError(f"{path}: {texts.get(code, 'SQLite refused')} ({error})")


@contextmanager
def explained(path: Path, busy_seconds: float) -> Iterator[None]:
    """Turn every error of SQLite in the block into a StoreError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path, busy_seconds) from error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection's lock is the cause."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def connect(path: Path, busy_seconds: float, *, writing: bool) -> sqlite3.Connection:
    """A connection without implicit transactions; it may move between threads, but is used by one at a time.

    Raises sqlite3.Error when the file cannot be opened.
    """
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        if writing:
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        else:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(path: Path, busy_seconds: float, rules: DecisionRules | None = None) -> None:
    """Make the file, its folder and its tables where they are missing; check that they are ours.

    `rules`: how the events of an older file are decided when it is migrated; None: by the defaults.

    Raises StoreError when the file is not a database, another program's, of another format, damaged,
    read-only, or locked for longer than `busy_seconds` while there is still something to make.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path.parent}: the folder cannot be made; make it, or name another in store.path ({error})"
        ) from error
    with explained(path, busy_seconds), closing(connect(path, busy_seconds, writing=True)) as connection:
        deadline = time.monotonic() + busy_seconds
        while True:
            try:
                if _is_ours(connection, path, rules):
                    _use_write_ahead_log(connection, path)  # a backup has none: it is one file
                else:
                    _make(connection, path, rules)
                article_life_tables.make_missing(connection)
                pictures.make_missing(connection)
                action_tables.make_missing(connection)
                rule_rows.make_missing(connection)
                erasing.make_missing(connection)
                keep_private(path)
                _check_writable(connection)
                return
            except sqlite3.Error as error:
                # Going over to WAL does not wait for a lock by itself, as everything else does.
                if not is_busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def keep_private(path: Path) -> None:
    """Let nobody but its owner read the store; SQLite gives the files beside it the same permissions."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):  # not there, another user's, or on a disk without permissions
            path.with_name(path.name + suffix).chmod(0o600)


def check_ours(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreError for a file without our tables, of another program, or of another format."""
    found = None
    with suppress(sqlite3.OperationalError):  # no such table
        found = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if found is None or application != APPLICATION:
        raise StoreError(f"{path}: this is not a store of Recirc's")
    if found[0] != str(FORMAT):
        raise StoreError(
            f"{path}: the store's format is {found[0]}, and this command reads format {FORMAT};"
            " start Recirc on it once, which migrates an older file"
        )


def _is_ours(connection: sqlite3.Connection, path: Path, rules: DecisionRules | None) -> bool:
    """False for an empty file; migrates one of an older format. Raises StoreError for another program's or format."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        return False
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION:
        raise StoreError(
            f"{path}: a SQLite database, but not one of Recirc's; name another file in store.path"
        )
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        raise StoreError(f"{path}: Recirc's file, but its tables are not whole; restore a copy of the file")
    row = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    found = row[0] if row else "unknown"
    if found.isdecimal() and migration.OLDEST <= int(found) < FORMAT:
        migration.migrate(connection, path, int(found), rules or DecisionRules())
    elif found != str(FORMAT):
        raise StoreError(
            f"{path}: the store's format is {found}, and this Recirc reads format {FORMAT};"
            " use the Recirc that wrote it, or name another file in store.path"
        )
    return True


def _use_write_ahead_log(connection: sqlite3.Connection, path: Path) -> None:
    """Without it readers wait for the writer, and each commit costs several writes to the disk."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreError(
            f"{path}: no write-ahead log is possible here ({mode}); use a local disk, not a network folder"
        )


def _make(connection: sqlite3.Connection, path: Path, rules: DecisionRules | None) -> None:
    _use_write_ahead_log(connection, path)
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _is_ours(connection, path, rules):  # another process may have made them meanwhile
            for statement in SCHEMA:
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('format', ?)", (str(FORMAT),))
            connection.execute("INSERT INTO meta VALUES ('identity', ?)", (secrets.token_hex(16),))
            connection.execute("INSERT INTO meta VALUES ('words', ?)", (search_index.DONE,))
            history.begin_epoch(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check_writable(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if not is_busy(error):  # who holds the lock writes, so one can
            raise
