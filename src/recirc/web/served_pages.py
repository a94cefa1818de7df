"""Which readers asked for which pages in the last hours: evidence that an event comes from someone who saw the page."""

import mmap
from typing import Final

import numpy as np

from recirc.hash_table import mix
from recirc.types import LongArray

HOURS_MS: Final = 3 * 3_600_000
"""Age at which a generation of requests is closed; it is forgotten after as long again."""

SETS: Final = 1 << 16
WAYS: Final = 8


class ServedPages:
    """Readers and the articles whose page or shelves they asked for, in memory that forked processes share.

    Two generations of SETS sets of WAYS keys; the first word of the memory is the number of the newest generation. A
    full set loses a key, so under a heavy load some requests are forgotten early; none is ever invented, except by a
    collision of 63-bit keys. No lock: what two processes write at one moment may lose one of the two.
    """

    def __init__(self) -> None:
        memory = mmap.mmap(-1, 8 * (1 + 2 * SETS * WAYS))
        if hasattr(mmap, "MADV_DONTDUMP"):  # Linux: keeps it out of core dumps
            memory.madvise(mmap.MADV_DONTDUMP)
        words: LongArray = np.frombuffer(memory, np.int64)
        self._generation = words[:1]
        self._keys = words[1:].reshape(2, SETS, WAYS)

    def add(self, reader: int, article: int, now: int) -> None:
        """Note a request; `reader` is a keyed hash, `article` a hash of its id, `now` in ms."""
        key = mix(reader, article)
        keys = self._keys[self._turn(now) % 2, key % SETS]
        known = keys.tolist()  # of eight numbers a list is searched sooner than an array
        if key not in known:
            keys[known.index(0) if 0 in known else (key >> 20) % WAYS] = key

    def has(self, reader: int, article: int, now: int) -> bool:
        """Whether such a request was noted within HOURS_MS; perhaps also up to twice as long ago."""
        self._turn(now)
        key = mix(reader, article)
        return bool((self._keys[:, key % SETS] == key).any())

    def _turn(self, now: int) -> int:
        generation, newest = now // HOURS_MS, int(self._generation[0])
        if generation > newest:
            self._generation[0] = generation
            self._keys[generation % 2] = 0
            if generation > newest + 1:
                self._keys[newest % 2] = 0
        return max(generation, newest)
