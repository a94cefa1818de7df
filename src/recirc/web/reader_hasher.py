"""Readers are counted, not tracked: who a reader is, nobody can say, not even this server tomorrow.

A reader is a keyed hash of address (of IPv6: its /64), user agent and site. Its key, the salt, is random and lies
in memory. With the first event of a later UTC day it is replaced by a one-way hash of itself and fresh random
bytes: from then on nothing exists from which the hashes of the days before could be made again.
"""

import mmap
import multiprocessing
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

SALT_BYTES = 32
DAY_MS = 86_400_000
_DAY = struct.Struct("<q")
_POSITIVE = (1 << 63) - 1


class ReaderHasher:
    """The salt of the day, shared by all processes that are forked after this was made.

    It lies in an anonymous shared mapping: never in a file, in a log, or in an answer.
    """

    def __init__(self, now: int) -> None:
        self._lock = multiprocessing.get_context("fork").Lock()
        self._memory = mmap.mmap(-1, _DAY.size + SALT_BYTES)
        if hasattr(mmap, "MADV_DONTDUMP"):  # Linux: not in a core dump either
            self._memory.madvise(mmap.MADV_DONTDUMP)
        self._memory[:] = _DAY.pack(now // DAY_MS) + os.urandom(SALT_BYTES)

    def key(self, network: str, user_agent: str, site: str, now: int) -> int:
        """Who this is today: a number from 1 to 2**63 - 1, the same in every worker; `now` in ms."""
        return self._hash(("reader", network, user_agent, site), now)

    def named(self, kind: str, name: str, now: int) -> int:
        """The same for a reader or visit that a sender with a key calls `name`; the name is not kept."""
        return self._hash(("named", kind, name), now)

    def _hash(self, parts: tuple[str, ...], now: int) -> int:
        # Lengths stand before the parts: ("ab", "c") and ("a", "bc") are two readers.
        message = b"".join(struct.pack("<I", len(part)) + part for part in (text.encode() for text in parts))
        with self._held(), memoryview(self._memory) as memory:
            self._turn(memory, now // DAY_MS)
            digest = blake2b(message, key=memory[_DAY.size :], digest_size=8).digest()
        return (int.from_bytes(digest, "little") & _POSITIVE) or 1

    def _turn(self, memory: memoryview, day: int) -> None:
        if day <= _DAY.unpack_from(memory)[0]:
            return
        fresh = blake2b(os.urandom(SALT_BYTES), key=memory[_DAY.size :], digest_size=SALT_BYTES).digest()
        memory[:] = _DAY.pack(day) + fresh

    @contextmanager
    def _held(self) -> Iterator[None]:
        # Held for a microsecond. Who waits a second waits for a worker that was killed with it in its hand.
        self._lock.acquire(timeout=1.0)
        try:
            yield
        finally:
            self._lock.release()
