"""Keys that stand in the pages of other sites: they may read shelves and send events, and nothing else.

Everybody can read such a key, so it is kept as it is. What it is worth lies in the sites that it names: browsers say
truly from which site's page a request comes.
"""

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from recirc.settings import origin_of
from recirc.store.database import connect, explained, prepare

PREFIX = "sk_"
TABLE = (
    # `origins` are separated by spaces.
    "CREATE TABLE IF NOT EXISTS site_keys (key TEXT PRIMARY KEY, name TEXT NOT NULL, origins TEXT NOT NULL,"
    " created INTEGER NOT NULL) WITHOUT ROWID"
)
KNOWN_SECONDS = 1.0
"""So long what was read is believed, as with the other keys."""


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
    sites = " ".join(dict.fromkeys(str(origin_of(given)) for given in origins))
    prepare(path, busy_seconds)
    with _opened(path, busy_seconds, writing=True) as connection:
        connection.execute(TABLE)
        connection.execute("INSERT INTO site_keys VALUES (?, ?, ?, ?)", (key, name, sites, int(time.time())))
    return key


class SiteKeys:
    """The site keys in the store at `path`, as this process knows them. `clock` tells seconds."""

    def __init__(
        self, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, SiteKey] = {}
        self._read_at = float("-inf")

    def remembered(self) -> Mapping[str, SiteKey] | None:
        """The keys by themselves as read a moment ago, at once; None: `read` them."""
        return self._known if self._clock() - self._read_at < KNOWN_SECONDS else None

    def read(self) -> Mapping[str, SiteKey]:
        """The keys by themselves; may look into the file. Raises StoreError."""
        with self._lock:
            known = self.remembered()
            if known is None:
                known = self._known = {each.key: each for each in self.all()}
                self._read_at = self._clock()
        return known

    def all(self) -> list[SiteKey]:
        """The keys by name, from the file. Raises StoreError."""
        with _opened(self._path, self._busy_seconds, writing=False) as connection:
            if not _there(connection):
                return []
            found = connection.execute("SELECT key, name, origins FROM site_keys ORDER BY name, created, key")
            return [SiteKey(key, name, tuple(origins.split())) for key, name, origins in found]

    def revoke(self, name: str) -> int:
        """Delete the keys called `name` and return how many there were. Raises StoreError."""
        with self._lock, _opened(self._path, self._busy_seconds, writing=True) as connection:
            self._read_at = float("-inf")
            if not _there(connection):
                return 0
            return connection.execute("DELETE FROM site_keys WHERE name = ?", (name,)).rowcount


def _there(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'site_keys'").fetchone()
    return bool(found[0])


@contextmanager
def _opened(path: Path, busy_seconds: float, *, writing: bool) -> Iterator[sqlite3.Connection]:
    with explained(path, busy_seconds), closing(connect(path, busy_seconds, writing=writing)) as connection:
        yield connection
