"""Subscriptions of feeds at their hubs (WebSub): what was asked for, with which secret, and until when."""

from pathlib import Path

import msgspec
from msgspec import Struct

from recirc.store.registry import Registry

KIND = "subscriptions"


class Subscription(Struct, frozen=True, kw_only=True):
    """The subscription of one source.

    Attributes:
        hub: address of the hub.
        topic: address of the feed, as the hub knows it.
        secret: with it the hub signs what it sends.
        requested: when it was asked for, in seconds since 1970.
        until: when it ends, in seconds since 1970; 0: the hub has not confirmed it.
    """

    hub: str
    topic: str
    secret: str
    requested: float
    until: float = 0.0


_decoder = msgspec.json.Decoder(Subscription)


class Subscriptions:
    """The subscriptions in the store at `path`, by address of the source."""

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        self._registry = Registry(path, KIND, busy_seconds=busy_seconds)

    def find(self, address: str) -> Subscription | None:
        """The subscription of a source; None: there is none. Raises StoreError."""
        entry = self._registry.entries(fresh_seconds=0.0).get(address)
        return _decoder.decode(entry.value) if entry is not None else None

    def put(self, address: str, subscription: Subscription | None) -> None:
        """Keep the subscription of a source; None: it has none any more. Raises StoreError."""
        value = None if subscription is None else msgspec.json.encode(subscription)
        self._registry.set((address, value, None))
