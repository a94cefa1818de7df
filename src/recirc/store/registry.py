"""Small named values in the store's file: keys, pins, sources. Read by everybody, written by commands.

Each entry has a version. A change may name the version that it is based on, and is refused if another change came
first: read, decide again, and set (compare and set).
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from recirc.store.command_port import CommandPort
from recirc.store.commands import Change, SetEntries
from recirc.store.database import connect, explained
from recirc.store.registry_rows import Entry, read, read_keys, read_one

Found = TypeVar("Found")

FRESH_SECONDS = 1.0
"""How long entries that were read are believed: a change by another process is seen no later than that."""


class Registry:
    """One kind of entries in the store at `path`, for any number of processes and threads. `clock` tells seconds."""

    def __init__(
        self,
        path: Path,
        kind: str,
        *,
        busy_seconds: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.kind = kind
        self._path = path
        self._busy_seconds = busy_seconds
        self._clock = clock
        self._lock = threading.Lock()  # never held while the file is read
        self._known: Mapping[str, Entry] = {}
        self._read_at = float("-inf")

    @property
    def age(self) -> float:
        """Seconds since the entries were read."""
        return self._clock() - self._read_at

    @property
    def cached(self) -> Mapping[str, Entry]:
        """The entries as they were last read; does not look into the file."""
        return self._known

    def entries(self, *, fresh_seconds: float = FRESH_SECONDS) -> Mapping[str, Entry]:
        """The entries by key, read at most `fresh_seconds` ago. Empty where there is no file yet. Raises StoreError."""
        if self.age >= fresh_seconds:
            now, found = self._clock(), self._read()
            with self._lock:
                if now >= self._read_at:
                    self._known, self._read_at = found, now
        return self._known

    def entry(self, key: str) -> Entry | None:
        """One entry as it is in the file now, without reading the others; None: there is none. Raises StoreError."""
        return self._look(lambda connection: read_one(connection, self.kind, key), None)

    def keys(self) -> tuple[str, ...]:
        """The keys of all entries as they are in the file now, in order. Raises StoreError."""
        return self._look(lambda connection: read_keys(connection, self.kind), ())

    def set(self, *changes: tuple[str, bytes | None, int | None]) -> None:
        """Set entries by key, value (None: remove) and the version it is based on (None: any; 0: no entry yet).

        Raises:
            ConflictError: another change came first; nothing was set.
            StoreError: the file cannot be used or written.
        """
        self.set_all(Change(self.kind, *change) for change in changes)

    def set_all(self, changes: Iterable[Change]) -> None:
        """Set entries of any kinds together; as `set`."""
        command = SetEntries(tuple(changes))
        with CommandPort.open(self._path, busy_seconds=self._busy_seconds) as port:
            port.submit(command).result()
        self._read_at = float("-inf")

    def _read(self) -> dict[str, Entry]:
        return self._look(lambda connection: read(connection, self.kind), {})

    def _look(self, question: Callable[[sqlite3.Connection], Found], without_file: Found) -> Found:
        if not self._path.is_file():
            return without_file
        with (
            explained(self._path, self._busy_seconds),
            closing(connect(self._path, self._busy_seconds, writing=False)) as connection,
        ):
            if connection.execute("SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0]:
                return without_file  # another process is making the file
            return question(connection)
