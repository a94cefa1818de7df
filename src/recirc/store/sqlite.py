"""The embedded default: archive and log in one SQLite file, with one writer thread and grouped commits.

A write is a function over the writer's connection, handed over through a queue. The writer takes all that
waits, runs each function in a savepoint of its own within one transaction, and answers after the commit.
Several processes may have the file open: SQLite's lock puts their transactions in one order, and offsets are
given inside them.
"""

import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from recirc.store import addresses, rows, search_index
from recirc.store.database import connect, explained, prepare
from recirc.store.ports import ArchivedArticle, Receipt, SearchHit, StoreError
from recirc.store.writer import Writer
from recirc.text.query import ParsedQuery
from recirc.types import (
    RECORD,
    Article,
    ArticleFeatures,
    Batch,
    EntryKind,
    IntArray,
    Publication,
    RecordArray,
)

_articles = msgspec.json.Decoder(Article)
_understandings = msgspec.msgpack.Decoder(dict[int, ArticleFeatures])


def milliseconds() -> int:
    """The time now, in ms since 1970, UTC."""
    return time.time_ns() // 1_000_000


class SqliteStore:
    """`Archive`, `Log` and `Search` (see `ports`) on one SQLite file, for many threads and processes at once.

    Reads have connections of their own and never wait for the writer. PUBLISH entries have id 0 and the time
    (ms since 1970, UTC) that `clock` tells when the writer makes them; they precede the records of the same
    append. WITHDRAW entries are not de-duplicated. Callbacks of the futures run in the writer's thread: they
    must be short, and not wait for another write.
    """

    def __init__(
        self, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], int] = milliseconds
    ) -> None:
        """Open the file, or make it with its folder.

        Raises StoreError when it cannot be used: not a database, another program's, another format, damaged,
        read-only, or locked for longer than `busy_seconds`.
        """
        self._path = path
        self._busy_seconds = busy_seconds
        self._clock = clock
        prepare(path, busy_seconds)
        search_index.prepare(path, busy_seconds)
        # An index never changes its meaning, so what was once read stays true.
        self._known: dict[str, int] = {}
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        with self._reading() as connection:
            self._identity = rows.identity(connection)
        self._writer = Writer(path, busy_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def identity(self) -> str:
        """Random name given to this file when it was made; what its log is folded into fits no other."""
        return self._identity

    def close(self) -> None:
        """Finish what was handed in, then let go of the file. May be called again."""
        self._writer.close()
        self._closed = True
        self._let_go()

    # Archive

    def intern(self, ids: Sequence[str]) -> IntArray:
        """Indices of `ids`, int32 (n,); unknown ids are given one, durably. Raises StoreError."""
        found = self.find(ids)
        if (found >= 0).all():
            return found
        missing = list(
            dict.fromkeys(name for name, index in zip(ids, found.tolist(), strict=True) if index < 0)
        )
        future = self._writer.submit(partial(rows.intern, ids=missing), weight=len(missing))
        self._known.update(future.result())
        return self._indices(ids)

    def find(self, ids: Sequence[str]) -> IntArray:
        """Indices of `ids`, int32 (n,); -1 for unknown ones. Raises StoreError."""
        missing = list(dict.fromkeys(name for name in ids if name not in self._known))
        if missing:
            with self._reading() as connection:
                self._known.update(rows.find(connection, missing))
        return self._indices(ids)

    def get(self, indices: Sequence[int]) -> list[ArchivedArticle | None]:
        """What is kept under each index; None where none was given. Raises StoreError."""
        wanted = [int(index) for index in indices]
        kept: dict[int, ArchivedArticle] = {}
        with self._reading() as connection:
            for marks, part in rows.parts(list(dict.fromkeys(wanted))):
                for index, name, document, withdrawn in connection.execute(
                    f"SELECT idx, id, document, withdrawn FROM articles WHERE idx IN ({marks})", part
                ):
                    kept[index] = ArchivedArticle(name, self._article(name, document), bool(withdrawn))
        return [kept.get(index) for index in wanted]

    def locate(self, address: str) -> int:
        """Index of the live article at an address, as its publication told it; -1: there is none. Raises StoreError."""
        with self._reading() as connection:
            return addresses.find(connection, address)

    def fill_addresses(self, addresses_of: Callable[[Article], Iterable[str]]) -> None:
        """Give a file from before articles were found by their addresses what it lacks. Raises StoreError."""
        with self._reading() as connection:
            if addresses.there(connection):
                return

        def read(document: bytes) -> Iterable[str]:
            try:
                return addresses_of(_articles.decode(document))
            except msgspec.MsgspecError:
                return ()  # damaged: who asks for the article hears of it

        self._writer.submit(partial(addresses.fill, addresses_of=read), weight=self.size()).result()

    def size(self) -> int:
        """How many indices have been given. Raises StoreError."""
        with self._reading() as connection:
            return rows.size(connection)

    # Search

    def search(self, question: ParsedQuery, now: int, most: int) -> list[int]:
        """Indices of at most `most` articles, the best first at `now` (ms since 1970). Raises StoreError."""
        with self._reading() as connection:
            return search_index.search(connection, question, now, most)

    def hits(self, question: ParsedQuery, indices: Sequence[int]) -> list[SearchHit]:
        """What was found in each of these, in their order. Raises StoreError."""
        with self._reading() as connection:
            return search_index.hits(connection, question, indices)

    # Log

    def append(self, records: RecordArray, publications: Sequence[Publication] = ()) -> "Future[Receipt]":
        """Add entries; the receipt comes when they are on disk, or a StoreError and nothing is kept.

        `records`, RECORD (n,), is copied. Raises ValueError at once for another dtype and PUBLISH records,
        which only the store makes, and StoreError when the store is closed.
        """
        if records.dtype != RECORD or records.ndim != 1:
            raise ValueError(f"records are RECORD (n,), not {records.dtype} {records.shape}")
        if (records["kind"] == EntryKind.PUBLISH).any():
            raise ValueError("records hold a PUBLISH entry: hand articles in as publications")
        entries = records.copy()
        drafts = [rows.draft(publication) for publication in publications]

        def work(connection: sqlite3.Connection) -> Receipt:
            return rows.append(connection, entries, drafts, self._clock())

        return self._writer.submit(work, weight=len(entries) + len(drafts))

    def read(self, after: int, limit: int) -> Batch:
        """At most `limit` entries that follow offset `after`, rounded up to whole appends, at least one.

        Empty at the end. The records are writable and the caller's own. Raises StoreError, also when what is
        kept is not what was written.
        """
        start = max(after, 0) + 1
        blobs: list[bytes] = []
        understandings: dict[int, ArticleFeatures] = {}
        skipped = 0
        with self._reading() as connection, closing(self._rows_from(connection, start)) as found:
            for first, count, records, noted in found:
                if first + count <= start:  # the last append, and it is known already
                    continue
                if first < start:
                    skipped = start - first
                blobs.append(records)
                for place, understanding in noted.items():
                    if first + place >= start:
                        understandings[first + place - start] = understanding
                if first + count - start >= limit:
                    break
        return Batch(start, np.frombuffer(bytearray().join(blobs), RECORD)[skipped:], understandings)

    def end(self) -> int:
        """Offset of the last entry on disk, 0 when there is none. Raises StoreError."""
        with self._reading() as connection:
            return rows.end(connection)

    # Within

    def _rows_from(
        self, connection: sqlite3.Connection, start: int
    ) -> Generator[tuple[int, int, bytes, dict[int, ArticleFeatures]], None, None]:
        """From the append that holds offset `start` on: first, count, records, understandings by place."""
        cursor = connection.execute(
            "SELECT first, count, checksum, records, understandings FROM log"
            " WHERE first >= coalesce((SELECT max(first) FROM log WHERE first <= ?), 0) ORDER BY first",
            (start,),
        )
        expected = None
        with closing(cursor):  # else the connection would go on reading the file as it is now
            for first, count, checksum, records, noted in cursor:
                cause = None
                if first > (expected or start):
                    cause = f"comes after a gap, entry {expected or start} is missing"
                elif len(records) != count * RECORD.itemsize:
                    cause = f"has {len(records)} bytes instead of {count * RECORD.itemsize}"
                elif checksum != rows.checksum(records, noted):
                    cause = "does not match its checksum"
                if cause:
                    raise StoreError(
                        f"{self._path}: the log is damaged: the append at offset {first} {cause};"
                        " restore a copy of the file"
                    )
                try:
                    understood = _understandings.decode(noted) if noted else {}
                except msgspec.MsgspecError as error:
                    raise StoreError(
                        f"{self._path}: what the append at offset {first} says of its articles was written by"
                        f" another version of Recirc; use that version ({error})"
                    ) from error
                yield first, count, records, understood
                expected = first + count

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading that no other thread uses; kept for the next who needs one."""
        if self._closed:
            raise StoreError(f"{self._path}: the store is closed")
        with explained(self._path, self._busy_seconds):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = connect(self._path, self._busy_seconds, writing=False)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
        self._idle.append(connection)
        if self._closed:  # closed meanwhile: nobody else will
            self._let_go()

    def _let_go(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _indices(self, ids: Sequence[str]) -> IntArray:
        known = self._known
        return np.fromiter((known.get(name, -1) for name in ids), np.int32, len(ids))

    def _article(self, name: str, document: bytes | None) -> Article | None:
        if document is None:
            return None
        try:
            return _articles.decode(document)
        except msgspec.MsgspecError as error:
            raise StoreError(
                f"{self._path}: article {name!r} is damaged; publish it again ({error})"
            ) from error
