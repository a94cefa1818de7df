"""A hash map from 63-bit keys to times, in flat arrays that compiled loops read and write."""

from typing import NamedTuple

import numpy as np

from recirc.compiled import compiled
from recirc.types import Arrays, BoolArray, LongArray

EMPTY = 0


@compiled
def mix(a: int, b: int) -> int:
    """One positive, never zero key from two numbers. The finaliser of MurmurHash3 (Appleby, 2011), applied twice.

    >>> mix(1, 2) == mix(1, 2), mix(1, 2) == mix(2, 1), mix(0, 0) > 0
    (True, False, True)
    """
    h = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(b)
    for _ in range(2):
        h ^= h >> np.uint64(33)
        h *= np.uint64(0xFF51AFD7ED558CCD)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0xC4CEB9FE1A85EC53)
        h ^= h >> np.uint64(32)
    return np.int64(h >> np.uint64(1)) | np.int64(1)  # type: ignore[return-value]  # an int to its callers


@compiled
def find(keys: LongArray, key: int) -> int:
    """Place of `key` in `keys` (int64, a power of two long, not full), or the empty place where it belongs.

    Linear probing (Knuth, TAOCP 3, 6.4, algorithm L): a key goes into the first free place from the one that its bits
    name. The lowest bit of a mixed key is always set, so it is left out.

    >>> keys = np.zeros(8, np.int64)
    >>> for key in (5, 21, 7):  # 5 >> 1 and 21 >> 1 are 2 and 10: both name place 2 of 8
    ...     keys[find(keys, key)] = key
    >>> keys.tolist(), find(keys, 21), find(keys, 37)
    ([0, 0, 5, 21, 7, 0, 0, 0], 3, 5)
    """
    # Neighbouring places share a cache line, so a longer probe costs less than a jump to another place would.
    mask = len(keys) - 1
    at = (key >> 1) & mask
    while keys[at] != EMPTY and keys[at] != key:
        at = (at + 1) & mask
    return at


@compiled
def insert(room: LongArray, keys: LongArray) -> LongArray:
    """Put `keys` (int64 (n,), distinct) into `room` (all EMPTY), and return their places, int64 (n,)."""
    places = np.empty(len(keys), np.int64)
    for i in range(len(keys)):
        at = find(room, keys[i])
        room[at] = keys[i]
        places[i] = at
    return places


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
    >>> {name: array.tolist() for name, array in seen.save().items()}
    {'keys': [5, 7], 'times': [20, 30]}
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

    def save(self) -> Arrays:
        """`keys` and `times`, both int64 (n,), by rising key: how they lie in the table depends on the batches."""
        held = np.flatnonzero(self.arrays.keys != EMPTY)
        held = held[np.argsort(self.arrays.keys[held])]
        return {"keys": self.arrays.keys[held], "times": self.arrays.times[held]}

    def fill(self, keys: LongArray, times: LongArray, extra: int = 0) -> None:
        """Hold exactly these distinct keys, with room for `extra` more."""
        capacity = 1024
        while capacity < 3 * (len(keys) + extra):
            capacity *= 2
        room = MapArrays(np.zeros(capacity, np.int64), np.zeros(capacity, np.int64), np.array([len(keys)]))
        room.times[insert(room.keys, keys)] = times
        self.arrays = room
