"""Arrays that grow by rows, and take memory only for what is in them.

Large ones are mappings of their own, whose pages take memory when they are first written to, and which go back to the
system at once. Most rows of some tables stay zero (of an article without a text, the sketch), so nothing here writes
zeros over zeros. `numpy.zeros` does: the allocator reuses memory and clears it, and numpy asks for huge pages.
"""

import mmap
from math import prod
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

Number = TypeVar("Number", bound=np.generic)

PAGE: Final = 4096
"""Bytes that are looked at together, as a page of memory has."""

GROWTH: Final = 4
"""An array that is full grows by this part of its rows: a quarter."""


LARGE: Final = 1 << 20
"""Bytes from which on an array is a mapping of its own."""


def zeros(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """A new array of zeros."""
    kind = np.dtype(dtype)
    size = prod(shape) * kind.itemsize
    if size < LARGE or not hasattr(mmap, "MAP_ANONYMOUS"):
        return np.zeros(shape, kind)
    # Private: a shared mapping would be one for all processes that are forked.
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return np.frombuffer(memory, kind).reshape(shape)


def grow(array: NDArray[Number], size: int, fill: float = 0) -> NDArray[Number]:
    """`array` with room for at least `size` rows, new ones filled with `fill`.

    The room grows by a quarter, so that adding rows one by one copies each of them some four times, and a fifth of the
    memory at most is room.

    >>> len(grow(np.zeros(64), 65)), len(grow(np.zeros(64), 64))
    (80, 64)
    """
    return array if len(array) >= size else lengthen(array, room_for(size, len(array)), fill)


def room_for(size: int, now: int) -> int:
    """Rows to have room for, to hold `size` of them where there is room for `now`."""
    return max(size, now + now // GROWTH, 64)


def lengthen(array: NDArray[Number], size: int, fill: float = 0) -> NDArray[Number]:
    """A copy of `array` with `size` rows, new ones filled with `fill`."""
    longer = zeros((size, *array.shape[1:]), array.dtype)
    copy_nonzero(np.ascontiguousarray(array), longer)
    if fill != 0:
        longer[len(array) :] = fill
    return longer


def copy_nonzero(source: NDArray[Any], target: NDArray[Any]) -> None:
    """Copy an array over the beginning of one that is zero and as long or longer, page by page, without those that are
    zero. Both are contiguous and of one dtype.

    >>> target = np.zeros(3, np.int32)
    >>> copy_nonzero(np.array([0, 7], np.int32), target)
    >>> target.tolist()
    [0, 7, 0]
    """
    if not source.nbytes:
        return
    given, taking = (each.reshape(-1).view(np.uint8) for each in (source, target))
    whole = len(given) // PAGE * PAGE
    pages, places = given[:whole].reshape(-1, PAGE), taking[:whole].reshape(-1, PAGE)
    used = np.flatnonzero(pages.view(np.uint64).any(axis=1))
    places[used] = pages[used]
    taking[whole : len(given)] = given[whole:]
