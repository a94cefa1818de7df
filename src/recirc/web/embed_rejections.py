"""Rejected requests of pages of other sites: counted, so that a mistyped key does not go unnoticed for weeks."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final

from msgspec import Struct, structs
from prometheus_client import CollectorRegistry, Counter

from recirc.clock import from_ms

MOST_KEPT: Final = 500
"""Rejections that are kept one by one, those seen longest ago are dropped: anybody can invent keys and origins."""
MOST_CHARACTERS: Final = 120
"""Largest length of a key or an origin that is kept."""


class RejectionKind(Enum):
    """Why a request was rejected."""

    UNKNOWN_KEY = "unknown-key"
    WRONG_ORIGIN = "wrong-origin"
    NO_KEY = "no-key"


class EmbedRejection(Struct, frozen=True, kw_only=True):
    """Requests that were rejected for one reason, with one key, from the pages of one site, since the worker started.

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


class EmbedRejections:
    """The rejections of this worker. `clock` returns ms."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str, str], EmbedRejection] = OrderedDict()
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
        key, origin = key[:MOST_CHARACTERS], origin[:MOST_CHARACTERS]
        place, now = (kind.value, key, origin), from_ms(self._clock())
        known = self._kept.get(place)
        self._kept[place] = (
            EmbedRejection(kind=kind.value, key=key, origin=origin, requests=1, first=now, last=now)
            if known is None
            else structs.replace(known, requests=known.requests + 1, last=now)
        )
        self._kept.move_to_end(place)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def all(self) -> list[EmbedRejection]:
        """The rejections, the last one first."""
        return list(reversed(self._kept.values()))
