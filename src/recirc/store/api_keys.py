"""API keys, kept as hashes in the store's file.

A key is 32 random bytes, so nobody can find it from its hash by trying likely ones: a fast hash will do, and
a slow one, as passwords need, would only make each request slow.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from recirc.clock import now_seconds
from recirc.hashing import digest
from recirc.store.database import prepare
from recirc.store.registry import FRESH_SECONDS, Registry
from recirc.store.registry_rows import Entry

PREFIX = "rk_"
KIND = "keys"

UNKNOWN_SECONDS = 0.05
"""Least time between two looks into the file for unknown keys, so that guesses do not hammer the disk."""


class ApiKey(Struct, frozen=True):
    """What is stored of a key, under its hash. `created` is seconds since 1970, UTC."""

    name: str
    created: int


_decoder = msgspec.json.Decoder(ApiKey)


def create(path: Path, name: str, *, busy_seconds: float = 5.0) -> str:
    """Make a key called `name` in the store at `path` and return it; it cannot be shown again.

    Several keys may have one name. Raises StoreError when the file cannot be used or written, ValueError for
    an empty name.
    """
    if not name.strip():
        raise ValueError("a key needs a name, by which it can be revoked")
    key = PREFIX + secrets.token_urlsafe(32)
    value = msgspec.json.encode(ApiKey(name, int(now_seconds())))
    Registry(path, KIND, busy_seconds=busy_seconds).set((_hash(key), value, 0))
    return key


class ApiKeys:
    """The keys in the store at `path`, as this process knows them. `clock` tells seconds."""

    def __init__(
        self, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises StoreError when the file cannot be used."""
        prepare(path, busy_seconds)
        self._registry = Registry(path, KIND, busy_seconds=busy_seconds, clock=clock)

    def remembered(self, key: str) -> str | None:
        """As `check`, but at once: None too where the file would have to be read."""
        return self._find(self._registry.cached, key) if self._registry.age < FRESH_SECONDS else None

    def check(self, key: str) -> str | None:
        """The name of `key`, None for one that does not exist (any more). Raises StoreError.

        A key made or revoked by another process is noticed within UNKNOWN_SECONDS and FRESH_SECONDS.
        """
        name = self._find(self._registry.entries(), key)
        if name is None:
            name = self._find(self._registry.entries(fresh_seconds=UNKNOWN_SECONDS), key)
        return name

    def any(self) -> bool:
        """Whether there is any key. Reads the file each time. Raises StoreError."""
        return bool(self._registry.entries(fresh_seconds=0.0))

    def names(self) -> list[str]:
        """The names of all keys, in order. Reads the file each time. Raises StoreError."""
        return sorted(self._named(self._registry.entries(fresh_seconds=0.0)).values())

    def revoke(self, name: str) -> int:
        """Delete the keys called `name` and return how many there were. Raises StoreError."""
        named = self._named(self._registry.entries(fresh_seconds=0.0))
        hashes = [each for each, its_name in named.items() if its_name == name]
        if hashes:
            self._registry.set(*((each, None, None) for each in hashes))
        return len(hashes)

    @staticmethod
    def _named(entries: Mapping[str, Entry]) -> dict[str, str]:
        return {key: _decoder.decode(entry.value).name for key, entry in entries.items()}

    @staticmethod
    def _find(entries: Mapping[str, Entry], key: str) -> str | None:
        wanted, found = _hash(key), None
        # Each hash is compared whole, so that the time taken says nothing about how nearly a guess was right.
        for known, entry in entries.items():
            if hmac.compare_digest(known, wanted):
                found = entry
        return _decoder.decode(found.value).name if found is not None else None


def _hash(key: str) -> str:
    return digest(key.encode("utf-8", "surrogateescape"), 32, person=b"recirc key").hex()
