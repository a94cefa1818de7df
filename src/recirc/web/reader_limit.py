"""Limits the number of readers that one network can pretend to be in a day, in this worker."""

from recirc.web.reader_hasher import DAY_MS

READERS = 500_000
"""Largest number of readers kept in memory; beyond it the networks seen first are dropped."""


class ReaderLimit:
    """The pseudonyms of the readers of each network today; `per_network` is the largest number of a network."""

    def __init__(self, per_network: int, most: int = READERS) -> None:
        self._per_network = per_network
        self._most = most
        self._day = -1
        self._readers: dict[str, set[int]] = {}
        self._size = 0

    def admits(self, network: str, reader: int, now: int) -> bool:
        """Whether this is one of the first `per_network` readers of the network on this day; `now` in ms.

        >>> limit = ReaderLimit(2)
        >>> [limit.admits("192.0.2.1", reader, 0) for reader in (1, 2, 3, 1)]
        [True, True, False, True]
        """
        day = now // DAY_MS
        if day > self._day:
            self._day, self._size = day, 0
            self._readers.clear()
        known = self._readers.setdefault(network, set())
        if reader in known:
            return True
        if len(known) >= self._per_network:
            return False
        known.add(reader)
        self._size += 1
        while self._size > self._most and len(self._readers) > 1:
            self._size -= len(self._readers.pop(next(iter(self._readers))))
        return True
