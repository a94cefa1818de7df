"""API keys, kept as hashes in the store's file.

A key is 32 random bytes, so nobody can find it from its hash by trying likely ones: a fast hash will do, and
a slow one, as passwords need, would only make each request slow.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
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


class Scope(Enum):
    """What a key may be used for."""

    READ = "read"  # figures, statuses and lists
    PUBLISH = "publish"  # articles, pictures, webhooks, inspections
    EDITOR = "editor"  # rules, pins, findings, exclusions, what was withdrawn and erased
    EVENTS = "events"  # what readers did


class ApiKey(Struct, frozen=True, omit_defaults=True):
    """What is stored of a key, under its hash.

    Attributes:
        created, expires: seconds since 1970, UTC; None: it does not expire.
        scopes: what it may be used for; empty: everything.
    """

    name: str
    created: int
    scopes: tuple[Scope, ...] = ()
    expires: int | None = None

    def may(self, scope: Scope) -> bool:
        """Whether it may be used for something."""
        return not self.scopes or scope in self.scopes

    def is_over(self, now: float) -> bool:
        """Whether it has expired at `now`, in seconds since 1970."""
        return self.expires is not None and self.expires <= now


_decoder = msgspec.json.Decoder(ApiKey)


def create(
    path: Path,
    name: str,
    *,
    scopes: Iterable[Scope] = (),
    expires: int | None = None,
    busy_seconds: float = 5.0,
) -> str:
    """Make a key called `name` in the store at `path` and return it; it cannot be shown again.

    Args:
        path, name: of the store, and of the key.
        scopes: what it may be used for; none: everything.
        expires: seconds since 1970, UTC; None: never.
        busy_seconds: longest wait for the file.

    Raises:
        ValueError: the name is empty, or another key has it.
        StoreError: the file cannot be used or written.
    """
    if not name.strip():
        raise ValueError("a key needs a name, by which it can be revoked")
    registry = Registry(path, KIND, busy_seconds=busy_seconds)
    if any(_decoder.decode(entry.value).name == name for entry in registry.entries().values()):
        raise ValueError(
            f"there is a key named {name!r} already; choose another name, or end that one first: recirc key revoke "
            f"{name!r}"
        )
    key = PREFIX + secrets.token_urlsafe(32)
    chosen = tuple(each for each in Scope if each in set(scopes))
    value = msgspec.json.encode(ApiKey(name, int(now_seconds()), chosen, expires))
    registry.set((_hash(key), value, 0))
    return key


class ApiKeys:
    """The keys in the store at `path`, as this process knows them. `clock` tells seconds."""

    def __init__(
        self, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises StoreError when the file cannot be used."""
        prepare(path, busy_seconds)
        self._registry = Registry(path, KIND, busy_seconds=busy_seconds, clock=clock)

    def remembered(self, key: str) -> ApiKey | None:
        """As `find`, but at once: None too where the file would have to be read."""
        return self._find(self._registry.cached, key) if self._registry.age < FRESH_SECONDS else None

    def find(self, key: str) -> ApiKey | None:
        """What is known of `key`, None for one that does not exist (any more), or has expired. Raises StoreError.

        A key made or revoked by another process is noticed within UNKNOWN_SECONDS and FRESH_SECONDS.
        """
        found = self._find(self._registry.entries(), key)
        if found is None:
            found = self._find(self._registry.entries(fresh_seconds=UNKNOWN_SECONDS), key)
        return found

    def all(self) -> list[ApiKey]:
        """All keys, also those that have expired, by name. Reads the file each time. Raises StoreError."""
        entries = self._registry.entries(fresh_seconds=0.0).values()
        return sorted((_decoder.decode(entry.value) for entry in entries), key=lambda each: each.name)

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
    def _find(entries: Mapping[str, Entry], key: str) -> ApiKey | None:
        wanted, found = _hash(key), None
        # Each hash is compared whole, so that the time taken says nothing about how nearly a guess was right.
        for known, entry in entries.items():
            if hmac.compare_digest(known, wanted):
                found = entry
        stored = None if found is None else _decoder.decode(found.value)
        return None if stored is None or stored.is_over(now_seconds()) else stored


def _hash(key: str) -> str:
    return digest(key.encode("utf-8", "surrogateescape"), 32, person=b"recirc key").hex()
