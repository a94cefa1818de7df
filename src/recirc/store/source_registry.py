"""The sources that articles come from: those of the settings, those that a command added, and how each is doing.

Kept in the store's file. What a source remembers is bytes here: only who asks it knows what they say.
"""

import difflib
import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.database import connect, explained, prepare
from recirc.store.ports import StoreError

TABLES = (
    # `entry` is a SourceEntry as JSON; `added` is ms since 1970, UTC.
    "CREATE TABLE IF NOT EXISTS sources (address TEXT PRIMARY KEY, entry BLOB NOT NULL, added INTEGER NOT NULL)"
    " WITHOUT ROWID",
    # `mark` tells for which settings of the source `notebook` holds; `health` is a SourceHealth as JSON.
    "CREATE TABLE IF NOT EXISTS polls (address TEXT PRIMARY KEY, mark BLOB NOT NULL, notebook BLOB,"
    " health BLOB NOT NULL)",
)
"""Made with the first source that is kept: files from before there were any go on working."""


class SourceListError(Exception):
    """The list of sources does not allow this; the text says why and what to do."""


class SourceTally(Struct, frozen=True):
    """What became of the articles that a source brought."""

    new: int = 0
    changed: int = 0
    refused: int = 0

    def plus(self, other: "SourceTally") -> "SourceTally":
        """Both together.

        >>> SourceTally(1, 2, 3).plus(SourceTally(new=4))
        Tally(new=5, changed=2, refused=3)
        """
        return SourceTally(self.new + other.new, self.changed + other.changed, self.refused + other.refused)


class SourceHealth(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a source is doing. All None and 0: it was never asked.

    Attributes:
        failed: when it last failed, and `error` the cause; both stay when it has recovered.
        failures: how often it failed in a row; 0: the last time was a success.
        causes: how often it failed in all, by cause.
        next: it is asked again then.
        last: of the last time; `total` of all times.
        refusals: why articles were left out, the last few.
    """

    kind: str | None = None
    asked: datetime | None = None
    succeeded: datetime | None = None
    failed: datetime | None = None
    error: str | None = None
    failures: int = 0
    causes: dict[str, int] = {}
    next: datetime | None = None
    last: SourceTally = SourceTally()
    total: SourceTally = SourceTally()
    refusals: tuple[str, ...] = ()


class SourceRecord(NamedTuple):
    """What is kept of a source: what it remembers (None: nothing, or that of other settings), and its health."""

    notebook: bytes | None
    health: SourceHealth


def utc_now() -> datetime:
    """The moment by the machine's clock."""
    return datetime.now(UTC)


class SourceRegistry:
    """The sources of the store at `path` and of the settings, for any number of processes and threads."""

    def __init__(
        self,
        path: Path,
        settings: SourcesSettings,
        *,
        busy_seconds: float = 5.0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._path = path
        self._settings = settings
        self._busy_seconds = busy_seconds
        self._clock = clock

    # The list

    def entries(self) -> tuple[SourceEntry, ...]:
        """All sources: those of the settings, which win, then those that were added, by address. Raises StoreError."""
        given = {entry.address: entry for entry in self._settings.list}
        added = {
            address: _entry(self._path, said)
            for address, said in self._rows("SELECT address, entry FROM sources")
        }
        return (*given.values(), *(added[address] for address in sorted(added) if address not in given))

    def is_set(self, address: str) -> bool:
        """Whether the settings name this source."""
        return any(entry.address == address for entry in self._settings.list)

    def find(self, address: str) -> SourceEntry:
        """The source with this address.

        Raises:
            SourceListError: there is none; the text names the nearest.
            StoreError: the file cannot be read.
        """
        entries = {entry.address: entry for entry in self.entries()}
        if address in entries:
            return entries[address]
        raise SourceListError(f"{address}: no such source{_nearest(address, list(entries))}")

    def check_new(self, address: str) -> None:
        """Whether this address can be added.

        Raises:
            SourceListError: it is there already.
            StoreError: the file cannot be read.
        """
        if self.is_set(address):
            raise SourceListError(
                f"{address}: the settings have this source already; change it there, under [[sources.list]]"
            )
        if any(entry.address == address for entry in self.entries()):
            raise SourceListError(
                f"{address}: this source is there already; to change it, remove it first:"
                f" recirc sources remove {address}"
            )

    def add(self, entry: SourceEntry) -> None:
        """Add a source, which nothing is remembered of yet.

        Raises:
            SourceListError: its address is there already.
            StoreError: it cannot be kept.
        """
        self.check_new(entry.address)
        with self._writing() as connection:
            connection.execute("DELETE FROM polls WHERE address = ?", (entry.address,))
            connection.execute(
                "INSERT INTO sources VALUES (?, ?, ?) ON CONFLICT (address) DO UPDATE SET entry = excluded.entry",
                (entry.address, msgspec.json.encode(entry), round(self._clock().timestamp() * 1000)),
            )

    def remove(self, address: str) -> None:
        """Remove a source that was added; its articles stay.

        Raises:
            SourceListError: there is none, or it is one of the settings.
            StoreError: the file cannot be written.
        """
        if self.is_set(address):
            raise SourceListError(
                f"{address}: this source stands in the settings, so no command removes it; take its"
                " [[sources.list]] out of recirc.toml (or of RECIRC_SOURCES__LIST) and restart"
            )
        self.find(address)
        with self._writing() as connection:
            connection.execute("DELETE FROM sources WHERE address = ?", (address,))
            connection.execute("DELETE FROM polls WHERE address = ?", (address,))

    # How they are doing

    def health(self) -> dict[str, SourceHealth]:
        """By address, the health of each source that was ever asked. Raises StoreError."""
        return {address: _health(said) for address, said in self._rows("SELECT address, health FROM polls")}

    def standing(self, entry: SourceEntry) -> SourceRecord:
        """What is kept of a source. Raises StoreError."""
        for mark, notebook, said in self._rows(
            "SELECT mark, notebook, health FROM polls WHERE address = ?", (entry.address,)
        ):
            return SourceRecord(notebook if mark == mark_of(entry) else None, _health(said))
        return SourceRecord(None, SourceHealth())

    def keep(self, entry: SourceEntry, notebook: bytes | None, health: SourceHealth) -> None:
        """Keep how a source is doing, and what it remembers; without `notebook`, that stays as it was.

        Raises StoreError.
        """
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO polls VALUES (?, ?, ?, ?) ON CONFLICT (address) DO UPDATE SET"
                " notebook = CASE WHEN excluded.notebook IS NULL AND mark = excluded.mark"
                " THEN notebook ELSE excluded.notebook END, mark = excluded.mark, health = excluded.health",
                (entry.address, mark_of(entry), notebook, msgspec.json.encode(health)),
            )

    # Within

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of our tables; none where there is no file or no table yet."""
        if not self._path.is_file():
            return []
        with (
            explained(self._path, self._busy_seconds),
            closing(connect(self._path, self._busy_seconds, writing=False)) as connection,
        ):
            made = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('sources', 'polls')")
            return connection.execute(query, values).fetchall() if made.fetchone() == (2,) else []

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        prepare(self._path, self._busy_seconds)
        with (
            explained(self._path, self._busy_seconds),
            closing(connect(self._path, self._busy_seconds, writing=True)) as connection,
        ):
            connection.execute("BEGIN IMMEDIATE")
            for statement in TABLES:
                connection.execute(statement)
            yield connection
            connection.execute("COMMIT")


def mark_of(entry: SourceEntry) -> bytes:
    """What tells whether a notebook holds for an entry: with another section or outlet, all articles come anew."""
    asked = msgspec.structs.replace(entry, every_seconds=None, most=1)
    return hashlib.blake2b(msgspec.json.encode(asked), digest_size=8).digest()


def _nearest(address: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(address, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return (
        "; recirc sources list shows those there are"
        if known
        else "; there are none yet, see recirc sources add"
    )


def _entry(path: Path, said: bytes) -> SourceEntry:
    try:
        return msgspec.json.decode(said, type=SourceEntry)
    except msgspec.MsgspecError as error:
        raise StoreError(
            f"{path}: a source was added by another version of Recirc; use that version, or remove the source ({error})"
        ) from error


def _health(said: bytes) -> SourceHealth:
    try:
        return msgspec.json.decode(said, type=SourceHealth)
    except msgspec.MsgspecError:  # of another version; it will be told anew soon enough
        return SourceHealth()
