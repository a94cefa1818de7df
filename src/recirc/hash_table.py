"""Hash tables of 63-bit keys in flat arrays, for compiled loops: mixing, finding, inserting."""

import numpy as np

from recirc.compiled import compiled, compiled_in_place
from recirc.types import LongArray

EMPTY = 0


@compiled_in_place
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


@compiled_in_place
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
