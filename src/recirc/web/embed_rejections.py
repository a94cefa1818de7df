"""Rejected requests of pages of other sites: counted, so that a mistyped key does not go unnoticed for weeks."""

import mmap
import multiprocessing
import struct
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from operator import itemgetter
from typing import Final

from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter

from recirc.clock import from_ms

MOST_KEPT: Final = 500
"""Rejections that are kept one by one, those seen longest ago are dropped: anybody can invent keys and origins."""
MOST_BYTES: Final = 120
"""Largest length of a key or an origin that is kept, in UTF-8."""
LOCK_SECONDS: Final = 0.5
"""Longest wait for another worker; a count is worth no more."""

_SLOT: Final = struct.Struct(f"=B{MOST_BYTES}s{MOST_BYTES}sqqqq")
"""Number of the kind from 1, 0: free; key; origin; requests; ms of the first and of the last; its turn, the highest of
the last one.
"""


class RejectionKind(Enum):
    """Why a request was rejected."""

    UNKNOWN_KEY = "unknown-key"
    WRONG_ORIGIN = "wrong-origin"
    NO_KEY = "no-key"


_KINDS: Final = tuple(RejectionKind)


class EmbedRejection(Struct, frozen=True, kw_only=True):
    """Requests that were rejected for one reason, with one key, from the pages of one site, since the server started.

    Attributes:
        kind: `unknown-key`, `wrong-origin` (the key is for other sites), `no-key` (the site is allowed nowhere).
        key: the site key that was sent; empty: none.
        origin: the site, as the browser names it; empty: the request came from a server.
        requests: how many.
    """

    kind: str
    key: str
    origin: str
    requests: int
    first: datetime
    last: datetime


class RejectionTable:
    """The rejections of all workers, in memory that is shared by fork."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, MOST_KEPT * _SLOT.size)
        self._lock = multiprocessing.Lock()
        self._stuck = False

    def count(self, kind: RejectionKind, key: str, origin: str, now: int) -> None:
        """Count one rejected request at `now` (ms)."""
        # A worker that was killed within the next lines holds the lock for ever: then nothing more is counted here.
        if self._stuck or not self._lock.acquire(timeout=LOCK_SECONDS):
            self._stuck = True
            return
        try:
            self._count((_KINDS.index(kind) + 1, _padded(key), _padded(origin)), now)
        finally:
            self._lock.release()

    def all(self) -> list[EmbedRejection]:
        """The rejections, the last one first."""
        return [
            EmbedRejection(
                kind=_KINDS[number - 1].value,
                key=_text(key),
                origin=_text(origin),
                requests=requests,
                first=from_ms(first),
                last=from_ms(last),
            )
            for number, key, origin, requests, first, last, _ in sorted(
                self._slots(), key=itemgetter(6), reverse=True
            )
            if number
        ]

    def _count(self, about: tuple[int, bytes, bytes], now: int) -> None:
        slots = list(self._slots())
        turns = [slot[6] for slot in slots]  # of a free one it is 0
        place = next((number for number, slot in enumerate(slots) if slot[:3] == about), None)
        requests, first = (1, now) if place is None else (slots[place][3] + 1, slots[place][4])
        place = turns.index(min(turns)) if place is None else place
        _SLOT.pack_into(self._memory, place * _SLOT.size, *about, requests, first, now, max(turns) + 1)

    def _slots(self) -> Iterator[tuple[int, bytes, bytes, int, int, int, int]]:
        return _SLOT.iter_unpack(self._memory)


def _padded(text: str) -> bytes:
    return text.encode("utf-8", "replace")[:MOST_BYTES].ljust(MOST_BYTES, b"\0")


def _text(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode("utf-8", "ignore")


class EmbedRejections:
    """Counts rejections in the metrics of this worker, and in `table` for all. `clock` returns ms."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], int], table: RejectionTable) -> None:
        self._clock = clock
        self._table = table
        self._counter = Counter(
            "recirc_embed_rejections",
            "Requests of pages of other sites that were rejected, by reason.",
            ("reason",),
            registry=registry,
        )
        for kind in RejectionKind:
            self._counter.labels(kind.value)

    def count(self, kind: RejectionKind, key: str, origin: str) -> None:
        """Count one rejected request."""
        self._counter.labels(kind.value).inc()
        self._table.count(kind, key, origin, self._clock())

    def all(self) -> list[EmbedRejection]:
        """The rejections of all workers, the last one first."""
        return self._table.all()
