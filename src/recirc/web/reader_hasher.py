"""Pseudonyms of readers, which last for a day: readers are counted, not tracked.

A reader is a keyed hash of address (IPv6: its /64 network), User-Agent and site. The key of the hash, the salt, is
random and kept in memory only. With the first event of a later UTC day it is replaced by a one-way hash of itself and
fresh random bytes. The salt of the day before is kept for that day, so that who read an article before midnight is the
same reader of it after midnight; then the hashes of that day cannot be computed again.

The random bytes of the next day are drawn a day ahead, so that several machines of a site can have the same, each in
its own memory: one gives its salts to the others (`salts`, `adopt`).
"""

import mmap
import multiprocessing
import os
import struct
import time
from collections.abc import Callable
from multiprocessing.synchronize import Lock
from typing import NamedTuple

from recirc import hashing
from recirc.web.reader_pace import ReaderPace
from recirc.web.served_pages import ServedPages

SALT_BYTES = 32
DAY_MS = 86_400_000
_LENGTH = struct.Struct("<I")
_DAY = struct.Struct("<qd")
"""The day of the salt, and the reading of the monotonic clock, in seconds, when it began."""

WRONG_SECONDS = 3600.0
"""A salt whose day lies ahead was made under a wrong clock; after this time the clock is believed again."""

_POSITIVE = (1 << 63) - 1
_NONE = bytes(SALT_BYTES)
"""In the place of yesterday's salt: there is none."""
_SALT = slice(_DAY.size, _DAY.size + SALT_BYTES)
_BEFORE = slice(_DAY.size + SALT_BYTES, _DAY.size + 2 * SALT_BYTES)
_NEXT = slice(_DAY.size + 2 * SALT_BYTES, None)


class Pseudonyms(NamedTuple):
    """A reader's hash by the salt of today, and by that of the day before, 0: it is not known any more."""

    today: int
    yesterday: int = 0


class Salts(NamedTuple):
    """The salts of one day (days since 1970): today's, yesterday's, and the random bytes of tomorrow's. Secret."""

    day: int
    today: bytes
    before: bytes
    following: bytes


class ReaderHasher:
    """The salt of the day, shared by all processes that are forked after this object was created.

    It is in an anonymous shared mapping, and never in a file, a log or a response.

    Attributes:
        served: the pages that readers asked for, shared in the same way.
        pace: how many pages readers open at once, likewise.
    """

    def __init__(self, now: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.served = ServedPages()
        self.pace = ReaderPace()
        self._monotonic = monotonic
        self._lock = multiprocessing.get_context("fork").Lock()
        self._locked = _Locked(self._lock)
        self._memory = mmap.mmap(-1, _DAY.size + 3 * SALT_BYTES)
        if hasattr(mmap, "MADV_DONTDUMP"):  # Linux: keeps it out of core dumps
            self._memory.madvise(mmap.MADV_DONTDUMP)
        self._memory[:] = (
            _DAY.pack(now // DAY_MS, monotonic()) + os.urandom(SALT_BYTES) + _NONE + os.urandom(SALT_BYTES)
        )
        # Views, no copies: the salts are in that memory alone.
        self._view = memoryview(self._memory)
        self._salt, self._before = self._view[_SALT], self._view[_BEFORE]

    def key(self, network: str, user_agent: str, site: str, now: int) -> int:
        """The reader's pseudonym of today: 1 to 2**63 - 1, the same in every worker; `now` in ms."""
        return self._hash(("reader", network, user_agent, site), now, before=False).today

    def keys(self, network: str, user_agent: str, site: str, now: int) -> Pseudonyms:
        """The reader's pseudonyms of today and of the day before."""
        return self._hash(("reader", network, user_agent, site), now)

    def block(self, block: str, now: int) -> int:
        """A number of today for a block of addresses (`access.block_of`), 1 to 65,535; several blocks share each."""
        return self._hash(("block", block), now, before=False).today % 65_535 + 1

    def keys_of_name(self, kind: str, name: str, now: int) -> Pseudonyms:
        """Those of a reader or visit that a sender with an API key calls `name`; the name is not kept."""
        return self._hash(("named", kind, name), now)

    def salts(self, now: int) -> Salts:
        """The salts, for another machine of the site; never for a disk or a log. `now` in ms."""
        with self._locked, memoryview(self._memory) as memory:
            self._renew(memory, now // DAY_MS)
            day, _ = _DAY.unpack_from(memory)
            return Salts(day, bytes(memory[_SALT]), bytes(memory[_BEFORE]), bytes(memory[_NEXT]))

    def adopt(self, salts: Salts, now: int) -> bool:
        """Take the salts of another machine; whether they are of this day, else nothing changes.

        Raises:
            ValueError: they are no salts.
        """
        if {len(each) for each in salts[1:]} != {SALT_BYTES}:
            raise ValueError(f"a salt has {SALT_BYTES} bytes")
        with self._locked, memoryview(self._memory) as memory:
            self._renew(memory, now // DAY_MS)
            day, began = _DAY.unpack_from(memory)
            if salts.day != day:
                return False
            memory[:] = _DAY.pack(day, began) + salts.today + salts.before + salts.following
            return True

    def _hash(self, parts: tuple[str, ...], now: int, *, before: bool = True) -> Pseudonyms:
        """Today's, and with `before` yesterday's too."""
        # With the parts' lengths, so that ("ab", "c") and ("a", "bc") are two readers.
        encoded = [text.encode() for text in parts]
        message = b"".join([_LENGTH.pack(len(part)) + part for part in encoded])
        with self._locked:
            self._renew(self._view, now // DAY_MS)
            today = _number(message, self._salt)
            return Pseudonyms(
                today, _number(message, self._before) if before and self._before != _NONE else 0
            )

    def _renew(self, memory: memoryview, day: int) -> None:
        salt_day, began = _DAY.unpack_from(memory)
        if day == salt_day or (day < salt_day and self._monotonic() - began < WRONG_SECONDS):
            return
        salt = bytes(memory[_SALT])
        fresh = hashing.digest(bytes(memory[_NEXT]), SALT_BYTES, key=salt)
        before = salt if day == salt_day + 1 else _NONE
        memory[:] = _DAY.pack(day, self._monotonic()) + fresh + before + os.urandom(SALT_BYTES)


class _Locked:
    """Holds a lock in its block, for a microsecond: after a second its holder must have been killed."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.acquire(timeout=1.0)

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _number(message: bytes, salt: memoryview) -> int:
    return (int.from_bytes(hashing.digest(message, 8, key=salt), "little") & _POSITIVE) or 1
