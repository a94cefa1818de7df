"""API keys, kept as hashes in the store's file.

A key is 32 random bytes, so nobody can find it from its hash by trying likely ones: a fast hash will do, and
a slow one, as passwords need, would only make each request slow.
"""

import hashlib
import hmac
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from recirc.store.database import connect, explained, prepare

PREFIX = "rk_"

KNOWN_SECONDS = 1.0
"""So long what was read is believed: a key that another process revoked is accepted no longer than that."""

UNKNOWN_SECONDS = 0.05
"""Least time between two looks into the file for unknown keys, so that guesses do not hammer the disk."""


def create(path: Path, name: str, *, busy_seconds: float = 5.0) -> str:
    """Make a key called `name` in the store at `path` and return it; it cannot be shown again.

    Several keys may have one name. Raises StoreError when the file cannot be used or written, ValueError for
    an empty name.
    """
    if not name.strip():
        raise ValueError("a key needs a name, by which it can be revoked")
    key = PREFIX + secrets.token_urlsafe(32)
    prepare(path, busy_seconds)
    with _opened(path, busy_seconds, writing=True) as connection:
        connection.execute(
            "INSERT INTO keys (hash, name, created) VALUES (?, ?, ?)", (_hash(key), name, int(time.time()))
        )
    return key


class ApiKeys:
    """The keys in the store at `path`, as this process knows them. `clock` tells seconds."""

    def __init__(
        self, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises StoreError when the file cannot be used."""
        self._path = path
        self._busy_seconds = busy_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._names: dict[bytes, str] = {}
        self._read_at = float("-inf")
        prepare(path, busy_seconds)

    def remembered(self, key: str) -> str | None:
        """As `check`, but at once: None too where the file would have to be looked at."""
        # Without the lock, which another thread may hold while it waits for the file.
        fresh = self._clock() - self._read_at < KNOWN_SECONDS
        return self._find(_hash(key)) if fresh else None

    def check(self, key: str) -> str | None:
        """The name of `key`, None for one that does not exist (any more). Raises StoreError.

        A key made or revoked by another process is noticed within UNKNOWN_SECONDS and KNOWN_SECONDS.
        """
        wanted = _hash(key)
        with self._lock:
            if self._clock() - self._read_at >= KNOWN_SECONDS:
                self._read()
            name = self._find(wanted)
            if name is None and self._clock() - self._read_at >= UNKNOWN_SECONDS:
                self._read()
                name = self._find(wanted)
        return name

    def any(self) -> bool:
        """Whether there is any key. Looks into the file each time. Raises StoreError."""
        with _opened(self._path, self._busy_seconds, writing=False) as connection:
            (found,) = connection.execute("SELECT EXISTS (SELECT 1 FROM keys)").fetchone()
        return bool(found)

    def names(self) -> list[str]:
        """The names of all keys, in order. Looks into the file each time. Raises StoreError."""
        with _opened(self._path, self._busy_seconds, writing=False) as connection:
            return [name for (name,) in connection.execute("SELECT name FROM keys ORDER BY name")]

    def revoke(self, name: str) -> int:
        """Delete the keys called `name` and return how many there were. Raises StoreError."""
        with self._lock, _opened(self._path, self._busy_seconds, writing=True) as connection:
            count = connection.execute("DELETE FROM keys WHERE name = ?", (name,)).rowcount
            self._read_at = float("-inf")
        return count

    def _find(self, wanted: bytes) -> str | None:
        # Each hash is compared whole, so that the time taken says nothing about how nearly a guess was right.
        found = None
        for known, name in self._names.items():
            if hmac.compare_digest(known, wanted):
                found = name
        return found

    def _read(self) -> None:
        with _opened(self._path, self._busy_seconds, writing=False) as connection:
            self._names = dict(connection.execute("SELECT hash, name FROM keys"))
        self._read_at = self._clock()


def _hash(key: str) -> bytes:
    return hashlib.blake2b(
        key.encode("utf-8", "surrogateescape"), digest_size=32, person=b"recirc key"
    ).digest()


@contextmanager
def _opened(path: Path, busy_seconds: float, *, writing: bool) -> Iterator[sqlite3.Connection]:
    with explained(path, busy_seconds), closing(connect(path, busy_seconds, writing=writing)) as connection:
        yield connection
