"""Writes the old days of a store's log to an archive, and again those whose entries were changed afterwards."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np

from recirc.store import history, rows
from recirc.store.archive_files import (
    ArchivePlace,
    DayName,
    days_of,
    mends_digest,
    open_place,
    remains_of,
    scratch_file,
)
from recirc.store.database import connect, explained
from recirc.store.decisions import DAY
from recirc.store.log_archive import ArchivedDay, DayWriter, day_in, is_stale
from recirc.store.ports import ForkError, StoreError
from recirc.types import RECORD

GROUP: Final = 131_072
"""Rows after which a row group ends."""


class Archived(NamedTuple):
    """What was done: names of the files that are new, and of those that were written again."""

    written: tuple[str, ...]
    rewritten: tuple[str, ...]

    def in_words(self) -> str:
        """What was done, for people."""
        parts = [f"{len(self.written)} days of the log were archived"]
        if self.rewritten:
            parts.append(f"{len(self.rewritten)} were written again, because the log has changed")
        return ", ".join(parts)


class LogArchiver:
    """Copies whole days (UTC, by the order's clock) of one store's log to one place, the oldest first."""

    def __init__(self, path: Path, address: str, busy_seconds: float) -> None:
        """Raises BucketError."""
        self._path = path
        self._place: ArchivePlace = open_place(address, path.parent)
        self._busy_seconds = busy_seconds

    def run(self, until: int) -> Archived:
        """Archive the days that ended before `until` (ms since 1970, UTC).

        Raises:
            ForkError: the archive is of another history than the store.
            StoreError: the store or a file of the archive cannot be read.
            OSError: the archive cannot be written.
        """
        with self._connected() as connection:
            names = self._place.names()
            days, remains = days_of(names), remains_of(names)
            newest = self._check(connection, days[-1]) if days else None
            for name in remains:
                self._place.remove(name)
            rewritten = tuple(self._rewrite(connection, day) for day in _stale(connection, days))
            written: list[str] = []
            while (found := self._write_next(connection, newest, until)) is not None:
                name, newest = found
                written.append(name)
        return Archived(tuple(written), rewritten)

    def stale(self) -> list[str]:
        """Names of the files that the next run removes or writes again, because the log has changed since.

        Raises StoreError, OSError.
        """
        with self._connected() as connection:
            names = self._place.names()
            return [*(day.file for day in _stale(connection, days_of(names))), *remains_of(names)]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with (
            explained(self._path, self._busy_seconds),
            closing(connect(self._path, self._busy_seconds, writing=False)) as connection,
        ):
            yield connection

    def _check(self, connection: sqlite3.Connection, name: DayName) -> ArchivedDay:
        """What the newest day says of itself, if it was written from this store's history."""
        day = day_in(self._place, name.file)
        row = connection.execute("SELECT hash FROM commands WHERE position = ?", (day.position,)).fetchone()
        if row is None or row[0].hex() != day.hash:
            raise ForkError(
                f"{self._place.address}: {name.file} was written from another history than that of {self._path} "
                f"(command {day.position:,}); name another folder in store.archive, or the right store"
            )
        return day

    def _write_next(
        self, connection: sqlite3.Connection, before: ArchivedDay | None, until: int
    ) -> tuple[str, ArchivedDay] | None:
        """Archive the day after `before` (None: the first one); its name, and what it says of itself."""
        last = 0 if before is None else before.last
        end = _end_of_next(connection, last)
        if end is None or end > until:
            return None
        head = history.head(connection)
        day = ArchivedDay(
            first=last + 1, last=last, epoch="",
            position=head.position, hash=head.hash.hex(), after="" if before is None else before.hash,
        )  # fmt: skip
        date = f"{datetime.fromtimestamp(end / 1000 - 1, UTC):%Y-%m-%d}"
        return self._write(connection, day, date, "time < ?", end)

    def _rewrite(self, connection: sqlite3.Connection, name: DayName) -> str:
        """Write a day as the log has it now; its new name. Its place in the history stays."""
        day = day_in(self._place, name.file)
        file, _ = self._write(connection, day, name.day, "first <= ?", name.last)
        self._place.remove(name.file)
        return file

    def _write(
        self, connection: sqlite3.Connection, day: ArchivedDay, date: str, where: str, value: int
    ) -> tuple[str, ArchivedDay]:
        with scratch_file(self._path.parent) as file:
            connection.execute("BEGIN")  # the entries, and which changes they have seen, are of one moment
            try:
                epoch, mends = history.epoch(connection), rows.mends(connection)
                writer, last = DayWriter(file, msgspec.structs.replace(day, epoch=epoch)), day.first - 1
                for first, blob, features in _groups(connection, day.first, where, value):
                    records = np.frombuffer(blob, RECORD)
                    writer.add(first, records, features, _ids(connection, records["article"]))
                    last = first + len(records) - 1
                day = writer.close(last)
            finally:
                connection.execute("ROLLBACK")
            name = DayName(date, day.first, last, len(mends), mends_digest(epoch, mends)).file
            self._place.put(name, file)
        if DayName.of(name) is None or name not in self._place.names():
            raise StoreError(f"{self._place.address}: {name} was written, and is not found there")
        return name, day


def _stale(connection: sqlite3.Connection, days: list[DayName]) -> list[DayName]:
    epoch, mends = history.epoch(connection), rows.mends(connection)
    return [day for day in days if is_stale(day, epoch, mends)]


def _end_of_next(connection: sqlite3.Connection, last: int) -> int | None:
    """End (ms since 1970) of the day of the entry after entry `last`; None: there is none."""
    row = connection.execute(
        "SELECT time FROM log WHERE first > ? ORDER BY first LIMIT 1", (last,)
    ).fetchone()
    return None if row is None else (row[0] // DAY + 1) * DAY


def _groups(
    connection: sqlite3.Connection, begin: int, where: str, value: int
) -> Iterator[tuple[int, bytes, dict[int, bytes]]]:
    """Entries of the log in groups of whole appends: the first one, records, features by place."""
    found = connection.execute(
        f"SELECT first, count, records, understandings FROM log WHERE first >= ? AND {where} ORDER BY first",
        (begin, value),
    )
    blobs: list[bytes] = []
    features: dict[int, bytes] = {}
    size = 0
    for first, count, records, noted in found:
        for place, each in (
            msgspec.msgpack.decode(noted, type=dict[int, msgspec.Raw]) if noted else {}
        ).items():
            features[size + place] = bytes(each)
        blobs.append(records)
        size += count
        if size >= GROUP:
            yield first + count - size, b"".join(blobs), features
            blobs, features, size = [], {}, 0
    if size:
        yield first + count - size, b"".join(blobs), features


def _ids(
    connection: sqlite3.Connection, indices: "np.ndarray[tuple[int], np.dtype[np.int32]]"
) -> dict[int, str]:
    found: dict[int, str] = {}
    for marks, part in rows.parts(np.unique(indices).tolist()):
        found.update(connection.execute(f"SELECT idx, id FROM articles WHERE idx IN ({marks})", part))
    return found
