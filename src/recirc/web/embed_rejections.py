"""Rejected requests of pages of other sites: counted, so that a mistyped key does not go unnoticed for weeks."""

import fcntl
import logging
import mmap
import os
import struct
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple

from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter

from recirc.clock import from_ms

log = logging.getLogger("recirc.web")

MOST_KEPT: Final = 500
"""Rejections that are kept one by one, those seen longest ago are dropped: anybody can invent keys and origins."""
MOST_BYTES: Final = 120
"""Largest length of a key or an origin that is kept, in UTF-8."""
REGIONS: Final = 64
"""Workers that are counted for; memory that no worker writes to costs nothing."""
TRIES: Final = 20
"""Readings of a row that its worker is just writing, which takes less than a microsecond."""

_FIELDS: Final = struct.Struct(f"=B{MOST_BYTES}s{MOST_BYTES}sqqqq")
"""Number of the kind from 1; key; origin; requests; ms of the first and of the last; turn."""
_SLOT: Final = struct.Struct(f"=I{_FIELDS.size}s")
"""Checksum of the fields, and the fields."""
_REGION: Final = MOST_KEPT * _SLOT.size
_FREE: Final = bytes(_FIELDS.size)


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


class _Row(NamedTuple):
    """Requests of one kind, key and origin that one worker rejected.

    Attributes:
        about: number of the kind from 1; key; origin.
        first, last: ms of the first and of the last request.
        turn: grows with each request that the worker rejected.
    """

    about: tuple[int, bytes, bytes]
    requests: int
    first: int
    last: int
    turn: int


class RejectionTable:
    """The rejections of all workers, in memory that is shared by fork.

    Each worker writes into a region of its own, so that none waits for another, and a reader adds the regions up. A
    region belongs to the process that holds the lock of its byte in a file, which ends with the process: the worker
    that replaces it continues the region. A row that was read while it was written, or whose writer was killed at
    it, has the wrong checksum.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, REGIONS * MOST_KEPT * _SLOT.size)
        self._claims = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as there is the table
        weakref.finalize(self, self._claims.close)
        self._process = 0
        self._region: int | None = None
        self._rows: dict[tuple[int, bytes, bytes], tuple[int, _Row]] = {}

    def count(self, kind: RejectionKind, key: str, origin: str, now: int) -> None:
        """Count one rejected request at `now` (ms), without waiting. For one thread of a process alone."""
        if self._process != os.getpid():
            self._claim()
        if self._region is None:
            return
        about = (_KINDS.index(kind) + 1, _padded(key), _padded(origin))
        # In the order of their turns, the oldest first.
        turn = next(reversed(self._rows.values()))[1].turn + 1 if self._rows else 1
        place, row = self._rows.pop(about, (None, _Row(about, 0, now, now, 0)))
        if place is None:
            full = len(self._rows) == MOST_KEPT
            place = self._rows.pop(next(iter(self._rows)))[0] if full else len(self._rows)
        row = row._replace(requests=row.requests + 1, last=now, turn=turn)
        self._rows[about] = place, row
        self._write(self._region, place, row)

    def all(self) -> list[EmbedRejection]:
        """The rejections, the last one first, at most MOST_KEPT."""
        found: dict[tuple[int, bytes, bytes], _Row] = {}
        for row in (row for region in range(REGIONS) for row in self._read(region)):
            one = found.get(row.about, row)
            requests = row.requests if one is row else one.requests + row.requests
            newer = max(one, row, key=_recency)
            found[row.about] = newer._replace(requests=requests, first=min(one.first, row.first))
        return [
            EmbedRejection(
                kind=_KINDS[number - 1].value,
                key=_text(key),
                origin=_text(origin),
                requests=row.requests,
                first=from_ms(row.first),
                last=from_ms(row.last),
            )
            for row in sorted(found.values(), key=_recency, reverse=True)[:MOST_KEPT]
            for number, key, origin in (row.about,)
        ]

    def _claim(self) -> None:
        """Take the first region that no running process has, with what the former one counted there."""
        self._process, self._region, self._rows = os.getpid(), None, {}
        for region in range(REGIONS):
            try:
                fcntl.lockf(self._claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, region)
            except OSError:
                continue
            self._region = region
            break
        else:
            log.warning(
                "more than %s workers run: what this one rejects of pages of other sites is in its metrics, but not "
                "in the list of rejections",
                REGIONS,
            )
            return
        for place, row in enumerate(sorted(self._read(region), key=lambda row: row.turn)):
            self._rows[row.about] = place, row
        self._memory[region * _REGION : (region + 1) * _REGION] = bytes(_REGION)
        for place, row in self._rows.values():
            self._write(region, place, row)

    def _write(self, region: int, place: int, row: _Row) -> None:
        packed = _FIELDS.pack(*row.about, *row[1:])
        _SLOT.pack_into(self._memory, region * _REGION + place * _SLOT.size, zlib.crc32(packed), packed)

    def _read(self, region: int) -> Iterator[_Row]:
        for place in range(MOST_KEPT):
            for _ in range(TRIES):
                checksum, packed = _SLOT.unpack_from(self._memory, region * _REGION + place * _SLOT.size)
                if checksum == zlib.crc32(packed):
                    number, key, origin, *rest = _FIELDS.unpack(packed)
                    yield _Row((number, key, origin), *rest)
                    break
                if packed == _FREE:
                    return  # so are those after it


def _recency(row: _Row) -> tuple[int, int]:
    return row.last, row.turn


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
