"""Copies of a store, also of one that is being written to, and what a file holds.

A copy of the SQLite file alone lacks what is still in its write-ahead log. A backup is made by SQLite itself, verified
entry by entry, and takes its place under its name at one moment.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from recirc.store import history, rows
from recirc.store.database import check_ours, connect, explained
from recirc.store.ports import StoreError
from recirc.types import RECORD

PAGES = 2048
"""Pages of 4 KiB that are copied before others get their turn."""

AT_ONCE = 256
"""Appends of the log that are verified between two reports of progress."""

Progress = Callable[[str, int, int], None]
"""Receives a step's name, how much of it is done, and of how much."""


class Holdings(Struct, frozen=True, kw_only=True):
    """What a store holds, every part of it read and verified.

    Attributes:
        entries: log entries, each append of which matches its checksum, without a gap.
        articles: articles with a text; `names` are ids that only events have named; `withdrawn` of the articles.
        registry: keys, pins, sources and their polls.
        commands: in the history, the running hash over which is right.
        digest: hash of all rows that follow from the commands, in hexadecimal: equal on machines of one order.
        bytes: size of the file.
    """

    entries: int
    articles: int
    names: int
    withdrawn: int
    registry: int
    commands: int
    digest: str
    bytes: int


def backup(path: Path, target: Path, now: datetime, progress: Progress) -> tuple[Path, Holdings]:
    """Copy the store at `path` to a file, or into a folder under a name of its own; what the copy holds.

    A file that is there already is replaced only when the new copy is whole and verified.

    Raises:
        StoreError: the store cannot be read, the copy cannot be written, or it is not sound.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no store is there; name it with --db")
    if target.is_dir():
        target = target / f"{path.stem}-{now:%Y%m%dT%H%M%SZ}{path.suffix}"
    if target.resolve() == path.resolve():
        raise StoreError(f"{target}: this is the store itself; name another file for the backup")
    return target, _copied(path, target, progress)


def restore(
    source: Path, path: Path, now: datetime, progress: Progress, *, order: str | None = None
) -> tuple[Path | None, Holdings]:
    """Put a verified copy of the backup `source` in the place of the store at `path`.

    The store that was there is kept beside it; its new name (None: there was none) and what was restored are returned.
    The restored store goes on following the order of several machines named `order`, if it did so. Else it stands alone
    and begins another epoch.

    Raises:
        StoreError: the backup is not sound, a server has the store open, or the disk refuses.
    """
    if not source.is_file():
        raise StoreError(f"{source}: no backup is there")
    if source.resolve() == path.resolve():
        raise StoreError(f"{path}: this is the store itself; name the backup to restore")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        fresh = path.with_name(f"{path.name}.restoring")
        try:
            holdings = _copied(source, fresh, progress)
            with explained(fresh, 5.0), closing(connect(fresh, 5.0, writing=True)) as connection:
                if order is None or history.followed(connection) != order:
                    history.unfollow(connection)
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            kept = None
            if path.exists():
                kept = path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%SZ}")
                for suffix in ("", "-wal", "-shm"):
                    with suppress(FileNotFoundError):
                        path.with_name(path.name + suffix).rename(kept.with_name(kept.name + suffix))
            fresh.rename(path)
        except OSError as error:
            raise StoreError(f"{path}: it cannot be restored there ({error})") from error
        finally:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    fresh.with_name(fresh.name + suffix).unlink()
    return kept, holdings


def verify(path: Path, progress: Progress) -> Holdings:
    """Read everything in a store and hold it against its checksums.

    Raises:
        StoreError: it is not a store of ours, or something in it is damaged; the text says what.
    """
    with explained(path, 5.0), closing(connect(path, 5.0, writing=False)) as connection:
        check_ours(connection, path)
        connection.execute("BEGIN")  # one moment of a store that is being written to
        progress("pages", 0, 1)
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreError(f"{path}: the file is damaged: {found}; restore a backup")
        entries = _verify_log(connection, path, progress)
        articles, names, withdrawn = connection.execute(
            "SELECT count(document), count(*) - count(document), coalesce(sum(withdrawn), 0) FROM articles"
        ).fetchone()
        (registry,) = connection.execute("SELECT count(*) FROM registry").fetchone()
        try:
            commands = history.verify(connection)
        except StoreError as error:
            raise StoreError(f"{path}: {error}; restore a backup") from None
        progress("rows", 0, 1)
        digest = history.rows_digest(connection)
    return Holdings(
        entries=entries,
        articles=articles,
        names=names,
        withdrawn=withdrawn,
        registry=registry,
        commands=commands,
        digest=digest,
        bytes=path.stat().st_size,
    )


def _verify_log(connection: sqlite3.Connection, path: Path, progress: Progress) -> int:
    end, expected = rows.end(connection), 1
    found = connection.execute(
        "SELECT first, count, checksum, records, understandings FROM log ORDER BY first"
    )
    for number, (first, count, checksum, records, noted) in enumerate(found):
        if number % AT_ONCE == 0:
            progress("log entries", expected - 1, end)
        if first != expected:
            raise StoreError(f"{path}: the log is damaged: entry {expected} is missing; restore a backup")
        if len(records) != count * RECORD.itemsize or checksum != rows.checksum(records, noted):
            raise StoreError(
                f"{path}: the log is damaged: the append at offset {first} does not match its checksum;"
                " restore a backup"
            )
        expected = first + count
    progress("log entries", end, end)
    return end


def _copied(source: Path, target: Path, progress: Progress) -> Holdings:
    """A verified copy under `target`'s name; nothing is there, or what was there before, if it fails."""
    part = target.with_name(f"{target.name}.part")
    try:
        with explained(source, 5.0), closing(connect(source, 5.0, writing=False)) as connection:
            check_ours(connection, source)
            with closing(sqlite3.connect(part)) as copy:
                connection.backup(
                    copy, pages=PAGES, progress=lambda _, left, total: progress("pages", total - left, total)
                )
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
        holdings = verify(part, progress)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise StoreError(
            f"{target}: the copy cannot be written ({error}); free space or name another"
        ) from error
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                part.with_name(part.name + suffix).unlink()
    return holdings


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody has the sequencer of the store at `path` as long as this lasts."""
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(
                f"{path}: a server or another command has this store open; stop it, then restore"
            ) from None
        yield
