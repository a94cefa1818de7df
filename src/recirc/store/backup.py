"""Copies of a store, also of one that is being written to, and what a file holds.

A copy of the SQLite file alone lacks what is still in its write-ahead log. A backup is made by SQLite itself, verified
entry by entry, and takes its place under its name at one moment.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from recirc.store import cleaning, history, rows
from recirc.store.database import check_ours, connect, explain, explained, keep_private
from recirc.store.erasing import StoredErasure
from recirc.store.ports import StoreError
from recirc.store.reerasing import erase_again, listed
from recirc.types import RECORD

PAGES = 2048
"""Pages of 4 KiB that are copied before others get their turn."""

RESTORE = "restore a backup"
ANOTHER = "name another backup"
"""What to do about damage: in the store, and in a backup."""

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


def backup(
    path: Path, target: Path, now: datetime, progress: Progress, *, overwrite: bool = False
) -> tuple[Path, Holdings]:
    """Copy the store at `path` to a file, or into a folder under a name of its own; what the copy holds.

    A name without an ending at which there is nothing becomes a folder. A file that is there already is replaced only
    with `overwrite`, and only when the new copy is whole and verified.

    Raises:
        StoreError: the store cannot be read, the copy cannot be written, or is there already, or it is not sound.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no store is there; name it with --db")
    if not target.suffix and not target.exists():
        make_folder(target)
    if target.is_dir():
        target = target / f"{path.stem}-{now:%Y%m%dT%H%M%SZ}{path.suffix}"
    if target.resolve() == path.resolve():
        raise StoreError(f"{target}: this is the store itself; name another file for the backup")
    if target.exists() and not overwrite:
        raise StoreError(
            f"{target}: a file is there already; name a folder, in which each backup gets a name of its own, or "
            "another file, or add --overwrite"
        )
    return target, _copied(path, target, progress)


def make_folder(folder: Path) -> None:
    """Make a folder for backups, and those that it is in. Raises StoreError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder}: this folder for backups cannot be made ({error.strerror}); name another"
        ) from error


def restore(
    source: Path,
    path: Path,
    now: datetime,
    progress: Progress,
    *,
    order: str | None = None,
    erasures: Sequence[StoredErasure] = (),
) -> tuple[Path | None, Holdings]:
    """Put a verified copy of the backup `source` in the place of the store at `path`.

    The store that was there is kept beside it; its new name (None: there was none) and what was restored are returned.
    The restored store goes on following the order of several machines named `order`, if it did so. Else it stands alone
    and begins another epoch, and what was erased since the backup leaves it again: by the list of the store that was
    there, and by `erasures`, those of receipts.

    Raises:
        StoreError: the backup is not sound, a server has the store open, or the disk refuses.
    """
    if not source.is_file():
        raise StoreError(f"{source}: no backup is there")
    if source.resolve() == path.resolve():
        raise StoreError(f"{path}: this is the store itself; name the backup to restore")
    with _named(source, ANOTHER), closing(connect(source, 5.0, writing=False)) as connection:
        check_ours(connection, source)  # before anything is made beside the store
    path.parent.mkdir(parents=True, exist_ok=True)
    with alone(path):
        fresh = path.with_name(f"{path.name}.restoring")
        try:
            holdings = _copied(source, fresh, progress, ANOTHER)
            if _begin(fresh, [*listed(path), *erasures], order):
                holdings = verify(fresh, progress)
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


def _begin(fresh: Path, erasures: Sequence[StoredErasure], order: str | None) -> int:
    """Let a copy stand alone, unless it follows this order; then erase again. How many erasures it did not know.

    A store that follows an order receives them from there.
    """
    with explained(fresh, 5.0):
        with closing(connect(fresh, 5.0, writing=True)) as connection:
            alone = order is None or history.followed(connection) != order
            if alone:
                history.unfollow(connection)
            erased = erase_again(connection, erasures) if alone else 0
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if erased:
            cleaning.clean(fresh, 5.0)
    return erased


def verify(path: Path, progress: Progress, *, named: Path | None = None, advice: str = RESTORE) -> Holdings:
    """Read everything in a store and hold it against its checksums.

    Args:
        path: the file.
        progress: receives what is done.
        named: the file that errors name, where `path` is a copy of it.
        advice: what to do about damage.

    Raises:
        StoreError: it is not a store of ours, or something in it is damaged; the text says what.
    """
    given, path = path, named or path
    with _named(path, advice), closing(connect(given, 5.0, writing=False)) as connection:
        check_ours(connection, path)
        connection.execute("BEGIN")  # one moment of a store that is being written to
        progress("pages", 0, 1)
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreError(f"{path}: the file is damaged: {found}; {advice}")
        entries = _verify_log(connection, path, progress, advice)
        articles, names, withdrawn = connection.execute(
            "SELECT count(document), count(*) - count(document), coalesce(sum(withdrawn), 0) FROM articles"
        ).fetchone()
        (registry,) = connection.execute("SELECT count(*) FROM registry").fetchone()
        try:
            commands = history.verify(connection)
        except StoreError as error:
            raise StoreError(f"{path}: {error}; {advice}") from None
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
        bytes=given.stat().st_size,
    )


def _verify_log(connection: sqlite3.Connection, path: Path, progress: Progress, advice: str) -> int:
    end, expected = rows.end(connection), 1
    found = connection.execute(
        "SELECT first, count, checksum, records, understandings FROM log ORDER BY first"
    )
    for number, (first, count, checksum, records, noted) in enumerate(found):
        if number % AT_ONCE == 0:
            progress("log entries", expected - 1, end)
        if first != expected:
            raise StoreError(f"{path}: the log is damaged: entry {expected} is missing; {advice}")
        if len(records) != count * RECORD.itemsize or checksum != rows.checksum(records, noted):
            raise StoreError(
                f"{path}: the log is damaged: the append at offset {first} does not match its checksum;"
                f" {advice}"
            )
        expected = first + count
    progress("log entries", end, end)
    return end


@contextmanager
def _named(path: Path, advice: str) -> Iterator[None]:
    """As `explained`, with `advice` where the file is damaged or none of SQLite's."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        texts = {
            sqlite3.SQLITE_CORRUPT: "the file is damaged",
            sqlite3.SQLITE_NOTADB: "this is not a store of Recirc's",
        }
        if code not in texts:
            raise explain(error, path, 5.0) from error
        raise StoreError(f"{path}: {texts[code]}; {advice} ({error})") from error


def _copy_pages(source: sqlite3.Connection, part: Path, target: Path, progress: Progress) -> None:
    """Raises StoreError where the copy cannot be written, and sqlite3.Error where the source cannot be read."""
    with closing(_new_file(part, target)) as copy:
        try:
            source.backup(
                copy, pages=PAGES, progress=lambda _, left, total: progress("pages", total - left, total)
            )
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                raise _unwritable(target, error) from error
            raise


def _new_file(part: Path, target: Path) -> sqlite3.Connection:
    try:
        copy = sqlite3.connect(part)
    except sqlite3.Error as error:
        raise _unwritable(target, error) from error
    keep_private(part)
    try:
        copy.execute("PRAGMA user_version = 1")  # writes the first page
    except sqlite3.Error as error:
        copy.close()
        raise _unwritable(target, error) from error
    return copy


def _unwritable(target: Path, error: Exception) -> StoreError:
    if not target.parent.is_dir():
        return StoreError(f"{target}: there is no folder {target.parent}; make it, or name another")
    return StoreError(f"{target}: the copy cannot be written ({error}); free space or name another")


def _copied(source: Path, target: Path, progress: Progress, advice: str = RESTORE) -> Holdings:
    """A verified copy under `target`'s name; nothing is there, or what was there before, if it fails."""
    part = target.with_name(f"{target.name}.part")
    try:
        with _named(source, advice), closing(connect(source, 5.0, writing=False)) as connection:
            check_ours(connection, source)
            _copy_pages(connection, part, target, progress)
        holdings = verify(part, progress, named=source, advice=advice)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                part.with_name(part.name + suffix).unlink()
    return holdings


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody has the sequencer of the store at `path` as long as this lasts. Raises StoreError."""
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(
                f"{path}: a server or another command has this store open; stop it, then restore"
            ) from None
        yield
