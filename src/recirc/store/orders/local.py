"""The embedded default: the order in which this process's sequencer receives commands."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from recirc.store.orders.order import Offer, Ordered, sequence
from recirc.store.ports import HistoryHead, StoreError

GROUP_BYTES = 16 * 1024 * 1024
"""Payload of one group at most, so that the pages of its transaction fit in the cache."""


class LocalOrder:
    """An order in memory: a command has its place when the follower has committed it."""

    durable = False

    def __init__(self) -> None:
        self._offers: SimpleQueue[Offer | None] = SimpleQueue()
        self._lock = threading.Lock()  # nothing enters the queue after its end
        self._ended = False

    def offer(self, offers: Sequence[Offer]) -> None:
        """Hand in commands. Raises StoreError when the order has ended."""
        with self._lock:
            if self._ended:
                raise StoreError("the store is closed")
            for each in offers:
                self._offers.put(each)

    def give_up(self, ids: Sequence[bytes]) -> None:
        """Without effect: nothing here waits for another machine."""

    def follow(self, head: HistoryHead, seconds: float) -> list[Ordered] | None:
        """The next commands, up to GROUP_BYTES of them; None after the end."""
        taken = self._take(seconds)
        return None if taken is None else sequence(head, taken)

    def _take(self, seconds: float) -> list[Offer] | None:
        taken: list[Offer] = []
        size = 0
        with suppress(Empty):
            offer = self._offers.get(timeout=seconds)
            while offer is not None:
                taken.append(offer)
                size += len(offer.payload)
                if size >= GROUP_BYTES:
                    return taken
                offer = self._offers.get_nowait()
            if not taken:
                return None
            self._offers.put(None)  # the end comes after these
        return taken

    def end(self) -> None:
        """Accept no more."""
        with self._lock:
            if not self._ended:
                self._ended = True
                self._offers.put(None)

    def close(self) -> None:
        """Without effect: there is nothing to let go of."""
