"""Writes the old days of a store's log to an archive, and again those whose entries were changed afterwards."""

import sqlite3
from bisect import bisect_left
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
from recirc.store.log_archive import ArchivedDay, DayWriter, checksum_of, day_in, is_stale
from recirc.store.ports import ForkError, StoreError
from recirc.types import RECORD

GROUP: Final = 131_072
"""Rows after which a row group ends."""


class Archived(NamedTuple):
    """What was done.

    Attributes:
        written: names of the files that are new.
        rewritten: names of those that were written again.
        renamed: names of those whose entries are as they were, though the log has changed before them.
        is_behind: nothing was done, since another machine of the site archived what this one has not applied yet.
    """

    written: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    is_behind: bool = False

    def in_words(self) -> str:
        """What was done, for people."""
        if self.is_behind:
            return "the archive of the log waits until this machine has caught up with the order"
        parts = [f"{len(self.written)} days of the log were archived"]
        if self.rewritten:
            parts.append(f"{len(self.rewritten)} were written again, because the log has changed")
        if self.renamed:
            parts.append(f"{len(self.renamed)} are as they were")
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
            stale = _stale(connection, days)
            if not (stale or remains or _next_end(connection, days[-1].last if days else 0, until)):
                return Archived()  # without asking what the newest file says of itself
            newest = day_in(self._place, days[-1].file) if days else None
            if newest is not None and _is_behind(connection, newest, days):
                return Archived(is_behind=True)
            if newest is not None and not _has(connection, newest):
                raise ForkError(self._fork(connection, days))
            for file in remains:
                self._place.remove(file)
            written, rewritten, renamed = list[str](), list[str](), list[str]()
            for name in stale:
                day = day_in(self._place, name.file)
                if (new := self._rename(connection, name, day)) is not None:
                    renamed.append(new)
                else:
                    rewritten.append(self._rewrite(connection, name, day))
            while (found := self._write_next(connection, newest, until)) is not None:
                new, newest = found
                written.append(new)
        return Archived(tuple(written), tuple(rewritten), tuple(renamed))

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

    def _fork(self, connection: sqlite3.Connection, days: list[DayName]) -> str:
        """Why a store does not go on with an archive whose newest day is not of its history, and what to do."""
        lost = bisect_left(days, True, key=lambda name: not _has(connection, day_in(self._place, name.file)))
        if lost == 0:
            return (
                f"{self._place.address}: its days were written from another history than that of {self._path}; name "
                "another folder in store.archive, or the right store; if the store was restored from a backup that "
                "is older than the archive, remove the archive's files"
            )
        return (
            f"{self._place.address}: the days from {days[lost].file} on were written from another history than that of "
            f"{self._path}; if the store was restored from an older backup, remove these {len(days) - lost} files, "
            "and the days are archived again; else name another folder in store.archive, or the right store"
        )

    def _write_next(
        self, connection: sqlite3.Connection, before: ArchivedDay | None, until: int
    ) -> tuple[str, ArchivedDay] | None:
        """Archive the day after `before` (None: the first one); its name, and what it says of itself."""
        last = 0 if before is None else before.last
        end = _next_end(connection, last, until)
        if end is None:
            return None
        head = history.head(connection)
        day = ArchivedDay(
            first=last + 1, last=last, epoch="",
            position=head.position, hash=head.hash.hex(), after="" if before is None else before.hash,
        )  # fmt: skip
        date = f"{datetime.fromtimestamp(end / 1000 - 1, UTC):%Y-%m-%d}"
        return self._write(connection, day, date, "time < ?", end)

    def _rename(self, connection: sqlite3.Connection, name: DayName, day: ArchivedDay) -> str | None:
        """Give a day that is as the log has it the name for that; None: it has to be written again."""
        connection.execute("BEGIN")
        try:
            epoch, mends = history.epoch(connection), rows.mends(connection)
            if day.epoch != epoch or (day.first, day.last) != (name.first, name.last):
                return None
            found = tuple(
                checksum_of(np.frombuffer(blob, RECORD), features)
                for _, blob, features in _groups(connection, day.first, "first <= ?", day.last)
            )
        finally:
            connection.execute("ROLLBACK")
        if found != day.checksums:
            return None
        new = name._replace(mends=len(mends), digest=mends_digest(epoch, mends)).file
        self._place.rename(name.file, new)
        self._find(new)
        return new

    def _rewrite(self, connection: sqlite3.Connection, name: DayName, day: ArchivedDay) -> str:
        """Write a day as the log has it now; its new name. Its place in the history stays."""
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
        self._find(name)
        return name, day

    def _find(self, name: str) -> None:
        """Make sure that a file is there which was just written: else it would be written again and again."""
        if DayName.of(name) is None or name not in self._place.names():
            raise StoreError(f"{self._place.address}: {name} was written, and is not found there")


def _stale(connection: sqlite3.Connection, days: list[DayName]) -> list[DayName]:
    epoch, mends = history.epoch(connection), rows.mends(connection)
    return [day for day in days if is_stale(day, epoch, mends)]


def _has(connection: sqlite3.Connection, day: ArchivedDay) -> bool:
    """Whether a day was written from the history of this store."""
    row = connection.execute("SELECT hash FROM commands WHERE position = ?", (day.position,)).fetchone()
    return row is not None and bool(row[0].hex() == day.hash)


def _is_behind(connection: sqlite3.Connection, newest: ArchivedDay, days: list[DayName]) -> bool:
    """Whether another machine of the same order wrote the archive from what this one has not applied yet."""
    if history.followed(connection) is None or newest.epoch != history.epoch(connection):
        return False
    seen = len(rows.mends(connection))
    return newest.position > history.head(connection).position or any(day.mends > seen for day in days)


def _next_end(connection: sqlite3.Connection, last: int, until: int) -> int | None:
    """End (ms since 1970) of the day of the entry after entry `last`; None: there is none, or it ends after `until`."""
    row = connection.execute(
        "SELECT time FROM log WHERE first > ? ORDER BY first LIMIT 1", (last,)
    ).fetchone()
    end = None if row is None else (row[0] // DAY + 1) * DAY
    return end if end is not None and end <= until else None


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
