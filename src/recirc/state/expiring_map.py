"""A hash table from 63-bit keys to places in other arrays: open addressing, compiled, growing between
batches.
"""

import numpy as np

from recirc.compiled import compiled
from recirc.types import BoolArray, IntArray, LongArray

EMPTY = 0


@compiled
def mixed(a: int, b: int) -> int:
    """One positive, never zero key from two. The finaliser of MurmurHash3, applied twice."""
    h = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(b)
    for _ in range(2):
        h ^= h >> np.uint64(33)
        h *= np.uint64(0xFF51AFD7ED558CCD)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0xC4CEB9FE1A85EC53)
        h ^= h >> np.uint64(32)
    return np.int64(h >> np.uint64(1)) | np.int64(1)  # type: ignore[return-value]  # an int to its callers


@compiled
def place(keys: LongArray, key: int) -> int:
    """Where `key` is in `keys` (int64, a power of two long), or the empty place where it belongs."""
    mask = len(keys) - 1
    at = (key >> 1) & mask
    while keys[at] != EMPTY and keys[at] != key:
        at = (at + 1) & mask
    return at


@compiled
def placed(keys: LongArray, room: LongArray) -> LongArray:
    """Put `keys` (distinct, n) into `room` (all EMPTY) and return their places, int64 (n,)."""
    places = np.empty(len(keys), np.int64)
    for i in range(len(keys)):
        at = place(room, keys[i])
        room[at] = keys[i]
        places[i] = at
    return places


class ExpiringHashMap:
    """A map from keys to a time and a tag each, that forgets what is too old when it is told to.

    Attributes:
        keys: int64 (capacity,), EMPTY where nothing is.
        times: int64 (capacity,), ms.
        tags: int32 (capacity,), what the key is about.
        used: int64 (1,): how many places are taken.
    """

    def __init__(self) -> None:
        self.keys: LongArray
        self.times: LongArray
        self.tags: IntArray
        self.used: LongArray = np.zeros(1, np.int64)
        self.fill(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32))

    def reserve(self, extra: int) -> None:
        """Make sure that `extra` more keys fit."""
        if 2 * (self.used[0] + extra) > len(self.keys):
            self._keep(self.keys != EMPTY, extra)

    def forget(self, oldest: int, extra: int) -> None:
        """Keep only what is not older than `oldest` (ms), with room for `extra` more keys."""
        self._keep((self.keys != EMPTY) & (self.times >= oldest), extra)

    def _keep(self, held: BoolArray, extra: int) -> None:
        self.fill(self.keys[held], self.times[held], self.tags[held], extra)

    def entries(self) -> tuple[LongArray, LongArray, IntArray]:
        """Keys, times and tags, sorted by key."""
        held = np.flatnonzero(self.keys != EMPTY)
        held = held[np.argsort(self.keys[held])]
        return self.keys[held], self.times[held], self.tags[held]

    def fill(self, keys: LongArray, times: LongArray, tags: IntArray, extra: int = 0) -> None:
        """Hold exactly these, with room for `extra` more."""
        capacity = 1024
        while capacity < 3 * (len(keys) + extra):
            capacity *= 2
        self.keys = np.zeros(capacity, np.int64)
        self.times = np.zeros(capacity, np.int64)
        self.tags = np.zeros(capacity, np.int32)
        places = placed(keys, self.keys)
        self.times[places] = times
        self.tags[places] = tags
        self.used[0] = len(keys)

    def shared(self, other: "ExpiringHashMap") -> tuple[IntArray, LongArray]:
        """Tags of the keys that both hold, int32 (n,), and the later of their two times, int64 (n,)."""
        keys, times, tags = self.entries()
        other_keys, other_times, _ = other.entries()
        _, mine, theirs = np.intersect1d(keys, other_keys, assume_unique=True, return_indices=True)
        return tags[mine], np.maximum(times[mine], other_times[theirs])

    def join(self, other: "ExpiringHashMap", *, keep_first: bool) -> None:
        """Take in `other`'s entries; of a key that both hold, the one of the first (or last) time stays."""
        mine, theirs = self.entries(), other.entries()
        keys = np.concatenate([mine[0], theirs[0]])
        times = np.concatenate([mine[1], theirs[1]])
        tags = np.concatenate([mine[2], theirs[2]])
        order = np.lexsort((times if keep_first else -times, keys))
        unique, chosen = np.unique(keys[order], return_index=True)
        self.fill(unique, times[order][chosen], tags[order][chosen])
