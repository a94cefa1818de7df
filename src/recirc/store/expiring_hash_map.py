"""A hash map from 63-bit keys to times, in flat arrays that compiled loops read and write."""

from typing import NamedTuple

import numpy as np

from recirc.hash_table import EMPTY, insert
from recirc.types import BoolArray, LongArray


class MapArrays(NamedTuple):
    """What a compiled loop needs of an `ExpiringHashMap`. Whoever adds a key adds one to `used`.

    Attributes:
        keys: int64 (capacity,), EMPTY where there is no key.
        times: int64 (capacity,), ms.
        used: int64 (1,): number of keys.
    """

    keys: LongArray
    times: LongArray
    used: LongArray


class ExpiringHashMap:
    """A map from keys to times that drops old entries on request. Compiled loops write to its `arrays`.

    It never removes a single key, which open addressing makes hard: dropping old entries builds the arrays anew.

    >>> seen = ExpiringHashMap()
    >>> seen.fill(np.array([3, 5, 7]), np.array([10, 20, 30]))
    >>> seen.forget(20, extra=0)
    >>> np.sort(seen.arrays.keys[seen.arrays.keys != EMPTY]).tolist()
    [5, 7]
    """

    def __init__(self) -> None:
        self.arrays: MapArrays
        self.fill(np.zeros(0, np.int64), np.zeros(0, np.int64))

    def reserve(self, extra: int) -> None:
        """Make room for `extra` more keys."""
        # At most half full: linear probing then looks at 1.5 places for a present key, at 2.5 for an absent one.
        if 2 * (self.arrays.used[0] + extra) > len(self.arrays.keys):
            self._keep(self.arrays.keys != EMPTY, extra)

    def forget(self, oldest: int, extra: int) -> None:
        """Drop what is older than `oldest` (ms), and make room for `extra` more keys."""
        self._keep((self.arrays.keys != EMPTY) & (self.arrays.times >= oldest), extra)

    def _keep(self, chosen: BoolArray, extra: int) -> None:
        self.fill(self.arrays.keys[chosen], self.arrays.times[chosen], extra)

    def fill(self, keys: LongArray, times: LongArray, extra: int = 0) -> None:
        """Hold exactly these distinct keys, with room for `extra` more."""
        capacity = 1024
        while capacity < 3 * (len(keys) + extra):
            capacity *= 2
        room = MapArrays(np.zeros(capacity, np.int64), np.zeros(capacity, np.int64), np.array([len(keys)]))
        room.times[insert(room.keys, keys)] = times
        self.arrays = room
