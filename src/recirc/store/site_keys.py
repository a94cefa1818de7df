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


class KeyScope(Struct, frozen=True):
    """Which articles the shelves of a site key may show: those to which all that is given applies.

    Attributes:
        own: only articles that are read at the key's own sites.
        brand: slug of a newspaper's name: its articles; None: of all.
        sections, outlets: names or slugs, of which an article has one; empty: any.
    """

    own: bool = True
    brand: str | None = None
    sections: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = ["of its own sites"] if self.own else []
        said += [f"of the newspaper {self.brand}"] if self.brand else []
        said += [f"in {' or '.join(self.sections)}"] if self.sections else []
        said += [f"by {' or '.join(self.outlets)}"] if self.outlets else []
        return f"articles {', '.join(said)}" if said else "all articles"


OWN = KeyScope()
ALL = KeyScope(own=False)


class SiteKey(NamedTuple):
    """A key, the sites in whose pages it may stand, as origins (`https://www.paper.example`), and what it shows."""

    key: str
    name: str
    origins: tuple[str, ...]
    scope: KeyScope = OWN


def create(
    path: Path, name: str, origins: Sequence[str], scope: KeyScope = OWN, *, busy_seconds: float = 5.0
) -> str:
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
    value = msgspec.json.encode(_Stored(name, sites, int(now_seconds()), scope))
    Registry(path, KIND, busy_seconds=busy_seconds).set((key, value, 0))
    return key


class _Stored(Struct, frozen=True):
    """What is stored under a site key. `created` is seconds since 1970, UTC."""

    name: str
    origins: tuple[str, ...]
    created: int
    scope: KeyScope = ALL  # a key from before there were scopes goes on showing what it did


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

    def limit(self, name: str, scope: KeyScope) -> int:
        """Let the keys called `name` show `scope` from now on; return how many there are.

        Raises:
            ConflictError: another change came first; nothing was set.
            StoreError: the file cannot be used or written.
        """
        changes = []
        for key, entry in self._registry.entries(fresh_seconds=0.0).items():
            stored = _decoder.decode(entry.value)
            if stored.name == name:
                value = msgspec.json.encode(msgspec.structs.replace(stored, scope=scope))
                changes.append((key, value, entry.version))
        if changes:
            self._registry.set(*changes)
        return len(changes)

    def revoke(self, name: str) -> int:
        """Delete the keys called `name` and return how many there were. Raises StoreError."""
        keys = [each.key for each in self.all() if each.name == name]
        if keys:
            self._registry.set(*((key, None, None) for key in keys))
        return len(keys)

    @staticmethod
    def _decoded(entries: Mapping[str, Entry]) -> dict[str, SiteKey]:
        stored = {key: _decoder.decode(entry.value) for key, entry in entries.items()}
        return {key: SiteKey(key, each.name, each.origins, each.scope) for key, each in stored.items()}
