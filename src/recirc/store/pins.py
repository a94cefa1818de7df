"""Editors' pins: which article stands at which place of the front page, until when. Kept in the store's file."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from recirc.store.registry import Registry
from recirc.store.registry_rows import PINS

KIND = PINS

LEADS = 11
"""Places at the head of the front page, each of which may be pinned; 1 is the top."""


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


class _Stored(Struct, frozen=True):
    article: str
    until: int
    holder: str


_decoder = msgspec.json.Decoder(_Stored)


class Pins:
    """The pins in the store at `path`, for any number of processes and threads. `clock` tells seconds."""

    def __init__(
        self, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._registry = Registry(path, KIND, busy_seconds=busy_seconds, clock=clock)

    def all(self, now: int) -> tuple[Pin, ...]:
        """What is pinned at `now` (ms), by place. Raises StoreError."""
        stored = {int(key): _decoder.decode(each.value) for key, each in self._registry.entries().items()}
        pins = (Pin(place, pin.article, pin.until, pin.holder) for place, pin in sorted(stored.items()))
        return tuple(pin for pin in pins if pin.until > now)

    def put(self, pin: Pin) -> None:
        """Pin an article, instead of what is pinned at that place. Raises StoreError."""
        value = msgspec.json.encode(_Stored(pin.article, pin.until, pin.holder))
        self._registry.set((f"{pin.place:02}", value, None))

    def remove(self, place: int) -> bool:
        """Remove what is pinned at a place; whether there was anything. Raises StoreError."""
        key = f"{place:02}"
        if key not in self._registry.entries(fresh_seconds=0.0):
            return False
        self._registry.set((key, None, None))
        return True
