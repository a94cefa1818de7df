"""Editors' pins: which article stands at which place of the front page, until when. Kept in the store's file."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from recirc.store.database import connect, explained, prepare

TABLE = (
    # `until` is ms since 1970, UTC; `holder` the name of the key that set it.
    "CREATE TABLE IF NOT EXISTS pins (place INTEGER PRIMARY KEY, article TEXT NOT NULL, until INTEGER NOT NULL,"
    " holder TEXT NOT NULL)"
)
"""Made with the first pin: files from before there were any go on working."""

LEADS = 11
"""Places at the head of the front page, each of which may be pinned; 1 is the top."""

KNOWN_SECONDS = 1.0
"""So long what was read is believed: a pin that another process set is seen no later than that."""


class Pin(NamedTuple):
    """One article at one place.

    Attributes:
        place: 1 is the top of the front page.
        article: its id.
        until: ms since 1970, UTC: from then on nothing is pinned here.
        holder: name of the key with which it was set.
    """

    place: int
    article: str
    until: int
    holder: str


class Pins:
    """The pins in the store at `path`, for any number of processes and threads. `clock` tells seconds."""

    def __init__(
        self, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._clock = clock
        self._lock = threading.Lock()  # of what is known, never held while the file is locked
        self._known: tuple[Pin, ...] = ()
        self._read_at = float("-inf")

    def all(self, now: int) -> tuple[Pin, ...]:
        """What is pinned at `now` (ms), by place. Raises StoreError."""
        with self._lock:
            if self._clock() - self._read_at >= KNOWN_SECONDS:
                self._known, self._read_at = self._read(), self._clock()
            return tuple(pin for pin in self._known if pin.until > now)

    def put(self, pin: Pin) -> None:
        """Pin an article, instead of what is pinned at that place. Raises StoreError."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO pins VALUES (?, ?, ?, ?)", pin)

    def remove(self, place: int) -> bool:
        """Take away what is pinned at a place; whether there was anything. Raises StoreError."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM pins WHERE place = ?", (place,)).rowcount > 0

    def _read(self) -> tuple[Pin, ...]:
        with (
            explained(self._path, self._busy_seconds),
            closing(connect(self._path, self._busy_seconds, writing=False)) as connection,
        ):
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'pins'").fetchone():
                return ()
            return tuple(map(Pin._make, connection.execute("SELECT * FROM pins ORDER BY place")))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        prepare(self._path, self._busy_seconds)
        with (
            explained(self._path, self._busy_seconds),
            closing(connect(self._path, self._busy_seconds, writing=True)) as connection,
        ):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(TABLE)
            yield connection
            connection.execute("COMMIT")
        self._read_at = float("-inf")
