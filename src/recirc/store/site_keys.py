"""Keys that stand in the pages of other sites: they may read shelves and send events, and nothing else.

Everybody can read such a key, so it is kept as it is. What it is worth lies in the sites that it names: browsers say
truly from which site's page a request comes.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from recirc.clock import now_seconds
from recirc.settings import origin_of
from recirc.store.registry import FRESH_SECONDS, Registry
from recirc.store.registry_rows import Entry

PREFIX = "sk_"
KIND = "site keys"


class SiteKey(NamedTuple):
    """A key and the sites in whose pages it may stand, as origins (`https://www.paper.example`)."""

    key: str
    name: str
    origins: tuple[str, ...]


def create(path: Path, name: str, origins: Sequence[str], *, busy_seconds: float = 5.0) -> str:
    """Make a key for pages of the sites `origins` in the store at `path` and return it.

    Raises:
        ValueError: the name is empty, there is no site, or one is not an origin; the text says what to write.
        StoreError: the file cannot be used or written.
    """
    if not name.strip():
        raise ValueError("a key needs a name, by which it can be revoked")
    if not origins:
        raise ValueError("a site key needs a site, such as https://www.paper.example")
    for given in origins:
        if origin_of(given) != given.lower().rstrip("/"):
            meant = origin_of(given) or "https://www.paper.example"
            raise ValueError(f"{given!r} is no site's origin; write scheme and host alone: {meant}")
    key = PREFIX + secrets.token_urlsafe(18)
    sites = tuple(dict.fromkeys(str(origin_of(given)) for given in origins))
    value = msgspec.json.encode(_Stored(name, sites, int(now_seconds())))
    Registry(path, KIND, busy_seconds=busy_seconds).set((key, value, 0))
    return key


class _Stored(Struct, frozen=True):
    """What is stored under a site key. `created` is seconds since 1970, UTC."""

    name: str
    origins: tuple[str, ...]
    created: int


_decoder = msgspec.json.Decoder(_Stored)


class SiteKeys:
    """The site keys in the store at `path`, as this process knows them. `clock` tells seconds."""

    def __init__(
        self, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._registry = Registry(path, KIND, busy_seconds=busy_seconds, clock=clock)

    def remembered(self) -> Mapping[str, SiteKey] | None:
        """The keys by themselves as read a moment ago, at once; None: `read` them."""
        return self._decoded(self._registry.cached) if self._registry.age < FRESH_SECONDS else None

    def read(self) -> Mapping[str, SiteKey]:
        """The keys by themselves; may read the file. Raises StoreError."""
        return self._decoded(self._registry.entries())

    def all(self) -> list[SiteKey]:
        """The keys by name, from the file. Raises StoreError."""
        found = self._decoded(self._registry.entries(fresh_seconds=0.0)).values()
        return sorted(found, key=lambda each: (each.name, each.key))

    def revoke(self, name: str) -> int:
        """Delete the keys called `name` and return how many there were. Raises StoreError."""
        keys = [each.key for each in self.all() if each.name == name]
        if keys:
            self._registry.set(*((key, None, None) for key in keys))
        return len(keys)

    @staticmethod
    def _decoded(entries: Mapping[str, Entry]) -> dict[str, SiteKey]:
        stored = {key: _decoder.decode(entry.value) for key, entry in entries.items()}
        return {key: SiteKey(key, each.name, each.origins) for key, each in stored.items()}
