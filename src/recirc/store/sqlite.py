"""The embedded default: archive and log in one SQLite file.

Writes are commands for the file's one sequencer, in this process or another (`command_port`). Reads have connections of
their own and never wait for it.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np

from recirc.store import addresses, history, rows, search_index
from recirc.store.cancellation import Cancellation
from recirc.store.command_port import CommandPort
from recirc.store.commands import (
    Append,
    Command,
    FillAddresses,
    IndexWords,
    Intern,
    SetEntries,
)
from recirc.store.database import connect, explain
from recirc.store.decider import DecisionRules, rules_in
from recirc.store.ports import ArchivedArticle, ForkError, HistoryHead, Receipt, SearchHit, StoreError
from recirc.store.sqlite_article_life import SqliteArticleLife
from recirc.store.trusted_clock import TrustedClock
from recirc.store.write_monitor import WriteMonitor
from recirc.text.query import ParsedQuery
from recirc.types import (
    RECORD,
    Article,
    Batch,
    EntryKind,
    IntArray,
    LongArray,
    Publication,
    RecordArray,
)

_articles = msgspec.json.Decoder(Article)


class SqliteStore(SqliteArticleLife):
    """`Archive`, `Log` and `Search` (see `ports`) on one SQLite file, for many threads and processes at once.

    PUBLISH entries have id 0 and the time (ms since 1970, UTC) that `clock` tells when they are handed in; they precede
    the records of the same append. No entry is later than the clock of its append, or of one before it. Callbacks of
    the futures run in the sequencer's thread: they must be short, and not wait for another write.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_seconds: float = 5.0,
        clock: Callable[[], int] | None = None,
        lead: bool = True,
        rules: DecisionRules | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Open the file, or make it with its folder.

        Args:
            path: of the file.
            busy_seconds: to wait for a locked file.
            clock: tells the time of PUBLISH entries, ms since 1970, UTC; None: the machine's, see `TrustedClock`.
            lead: whether this process may have the sequencer.
            rules: how events are decided from now on; None: as they were, at first by the defaults.
            progress: receives how many articles of an old file are indexed for the search, and how many there are.

        Raises StoreError when it cannot be used: not a database, another program's, another format, damaged,
        read-only, or locked for longer than `busy_seconds`.
        """
        self._path = path
        self._busy_seconds = busy_seconds
        self._clock = clock
        self._port = CommandPort.open(path, busy_seconds=busy_seconds, lead=lead, rules=rules)
        # An index never changes its meaning, so what was once read stays true.
        self._known: dict[str, int] = {}
        self._writes = WriteMonitor(path, busy_seconds)
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        try:
            with self._reading() as connection:
                self._identity = rows.identity(connection)
                known = rules_in(connection)
                self._trusted_clock = TrustedClock(rows.newest_time(connection))
            if rules is not None and rules != (known or DecisionRules()):
                self._submit(SetEntries((rules.change(),))).result()
            self._index_words(progress)
        except BaseException:
            self._port.close()
            raise

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
        self._port.close()
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
        self._known.update(self._submit(Intern(tuple(missing))).result())
        return self._indices(ids)

    def find(self, ids: Sequence[str]) -> IntArray:
        """Indices of `ids`, int32 (n,); -1 for unknown ones. Raises StoreError."""
        with suppress(KeyError):
            return np.array([self._known[name] for name in ids], np.int32)
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
                for index, name, document, withdrawn, digest in connection.execute(
                    f"SELECT idx, id, document, withdrawn, digest FROM articles WHERE idx IN ({marks})", part
                ):
                    article = self._article(name, document)
                    kept[index] = ArchivedArticle(name, article, bool(withdrawn), digest or b"")
        return [kept.get(index) for index in wanted]

    def locate(self, address: str) -> int:
        """Index of the live article at an address, as its publication told it; -1: there is none. Raises StoreError."""
        with self._reading() as connection:
            return addresses.find(connection, address)

    def owner(self, address: str) -> int:
        """Index of the article at an address, of a withdrawn one where no live one is; -1: none. Raises StoreError."""
        with self._reading() as connection:
            return addresses.owner(connection, address)

    def fill_addresses(self, addresses_of: Callable[[Article], Iterable[str]]) -> None:
        """Give a file from before articles were found by their addresses what it lacks. Raises StoreError."""
        with self._reading() as connection:
            if addresses.there(connection):
                return
            documents = connection.execute(
                "SELECT idx, document FROM articles WHERE document NOT NULL"
            ).fetchall()
        found: list[tuple[int, tuple[str, ...]]] = []
        for index, document in documents:
            with suppress(msgspec.MsgspecError):  # damaged: whoever reads the article sees the error
                found.append((index, tuple(addresses_of(_articles.decode(document)))))
        self._submit(FillAddresses(tuple(found))).result()

    def size(self) -> int:
        """How many indices have been given. Raises StoreError."""
        with self._reading() as connection:
            return rows.size(connection)

    # Search

    def search(
        self, question: ParsedQuery, now: int, most: int, cancellation: Cancellation | None = None
    ) -> list[int]:
        """Indices of at most `most` articles, the best first at `now` (ms since 1970). Raises StoreError."""
        with self._reading() as connection, _covered(connection, cancellation):
            return search_index.search(connection, question, now, most)

    def hits(
        self, question: ParsedQuery, indices: Sequence[int], cancellation: Cancellation | None = None
    ) -> list[SearchHit]:
        """What was found in each of these, in their order. Raises StoreError."""
        with self._reading() as connection, _covered(connection, cancellation):
            return search_index.hits(connection, question, indices)

    def corrections(self, question: ParsedQuery, cancellation: Cancellation | None = None) -> dict[str, str]:
        """For each word of the question that no article has: the known one a letter off. Raises StoreError."""
        with self._reading() as connection, _covered(connection, cancellation):
            return search_index.corrections(connection, question)

    # Log

    def append(
        self,
        records: RecordArray,
        publications: Sequence[Publication] = (),
        *,
        restore: Collection[str] = (),
        yesterday: LongArray | None = None,
    ) -> "Future[Receipt]":
        """Add entries; the receipt comes when they are on disk, or a StoreError and nothing is kept.

        `records`, RECORD (n,), is copied. Publications whose ids are in `restore` end withdrawals. `yesterday`: see
        `Append`. Raises ValueError at once for another dtype and PUBLISH records, which only the store makes, and
        StoreError when the store is closed.
        """
        if records.dtype != RECORD or records.ndim != 1:
            raise ValueError(f"records are RECORD (n,), not {records.dtype} {records.shape}")
        if (records["kind"] == EntryKind.PUBLISH).any():
            raise ValueError("records hold a PUBLISH entry: hand articles in as publications")
        articles = tuple(
            rows.article_row(publication, restore=publication.article.id in restore)
            for publication in publications
        )
        received = self._trusted_clock()
        time = received if self._clock is None else self._clock()
        before = b"" if yesterday is None else yesterday.tobytes()
        return self._submit(Append(records.tobytes(), articles, time, max(time, received), before))

    def read(self, after: int, limit: int) -> Batch:
        """At most `limit` entries that follow offset `after`, rounded up to whole appends, at least one.

        Empty at the end. The records are writable and the caller's own. Raises StoreError, also when what is
        kept is not what was written.
        """
        with self._reading() as connection:
            try:
                return rows.read(connection, after, limit)
            except StoreError as error:
                raise StoreError(f"{self._path}: {error}") from error.__cause__

    def end(self) -> int:
        """Offset of the last entry on disk, 0 when there is none. Raises StoreError."""
        with self._reading() as connection:
            return rows.end(connection)

    def write_problem(self) -> str | None:
        """Why nothing can be written at the moment; None: it can. It may take seconds to know."""
        return self._writes.problem(self._port.connect, partial(self._port.submit, Intern(())))

    def check_history(self, known: HistoryHead) -> HistoryHead:
        """The end of the history, which must go on from `known`, an earlier end of it.

        Raises:
            ForkError: it does not: the file was replaced by an older or another one, or its order went another way.
        """
        with self._reading() as connection:
            try:
                return history.check(connection, known)
            except ForkError as error:
                raise ForkError(f"{self._path}: {error}") from None

    # Within

    def _submit(self, command: Command) -> "Future[Any]":
        if self._closed:
            raise StoreError(f"{self._path}: the store is closed")
        return self._writes.watch(self._port.submit, command)

    def _index_words(self, progress: Callable[[int, int], None] | None) -> None:
        with self._reading() as connection:
            if search_index.complete(connection):
                return
        while (done := self._submit(IndexWords()).result()) is not None:
            if progress is not None:
                progress(min(done, self.size()), self.size())

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading that no other thread uses; kept for the next who needs one."""
        if self._closed:
            raise StoreError(f"{self._path}: the store is closed")
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = connect(self._path, self._busy_seconds, writing=False)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise explain(error, self._path, self._busy_seconds) from error
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


def _covered(
    connection: sqlite3.Connection, cancellation: Cancellation | None
) -> AbstractContextManager[None]:
    return nullcontext() if cancellation is None else cancellation.covers(connection)
