"""Values by key, within bounds of number and memory: keys come from requests, which are endless."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Final, NamedTuple

from typing_extensions import override

MOST_BYTES: Final = 128_000_000
"""Of all values of one cache together."""

_USUAL: Final = 4_000
"""Bytes that a value is taken for that does not say its size, with its key."""


class SizedValue(NamedTuple):
    """A value, and what it is of besides its key."""

    at: Hashable
    value: Any

    @property
    def nbytes(self) -> int:
        """Bytes of the value."""
        return size_of(self.value)


class BoundedValues(OrderedDict[Hashable, Any]):
    """The newest values; beyond `most` of them, or `most_bytes`, the oldest are dropped, one by one.

    What a value takes is its number of bytes in `nbytes` when it is put in or counted again, or what is usual. Threads
    may put values in at once.

    >>> from types import SimpleNamespace
    >>> values = BoundedValues(3, 1_000)
    >>> for key, size in (("a", 400), ("b", 500), ("c", 300)):
    ...     values[key] = SimpleNamespace(nbytes=size)
    >>> list(values), values.nbytes
    (['b', 'c'], 800)
    """

    def __init__(self, most: int, most_bytes: int = MOST_BYTES) -> None:
        super().__init__()
        self.nbytes = 0
        self._sizes: dict[Hashable, int] = {}
        self._putting = threading.Lock()
        self._most = most
        self._most_bytes = most_bytes

    @override
    def __setitem__(self, key: Hashable, value: Any) -> None:
        """Keep a value as the newest one."""
        with self._putting:
            super().__setitem__(key, value)
            self.move_to_end(key)
            self._count(key, size_of(value))

    def used(self, key: Hashable) -> Any:
        """The value of a key, which is the newest one from now on; None: there is none."""
        with self._putting:
            value = self.get(key)
            if value is not None:
                self.move_to_end(key)
        return value

    def recount(self, key: Hashable) -> None:
        """Count a value again that may have grown; nothing happens where it has been dropped."""
        with self._putting:
            if key in self:
                self._count(key, size_of(self[key]))

    def _count(self, key: Hashable, size: int) -> None:
        self.nbytes += size - self._sizes.get(key, 0)
        self._sizes[key] = size  # as it was counted: a value may say another size later
        while len(self) > self._most or (self.nbytes > self._most_bytes and len(self) > 1):
            self.nbytes -= self._sizes.pop(self.popitem(last=False)[0])


def size_of(value: Any) -> int:
    """Bytes that a value and its key are taken for."""
    size: int = getattr(value, "nbytes", _USUAL)
    return size
