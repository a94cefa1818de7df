"""Which terms of one text others have: each of them is looked up in a small table, in one pass over the others."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.types import FloatArray, IntArray, LongArray

Hashes = NDArray[np.uint32]
Weights = NDArray[np.uint8]
Small = NDArray[np.int16]

SLOTS: Final = 256
"""Slots of the table, a power of two of more than twice the terms that are kept of a text."""


@compiled
def _table(own: Hashes) -> tuple[Hashes, IntArray]:
    """The terms by hash (open addressing, linear probing), 0: free, and the place of each in `own`."""
    keys, places = np.zeros(SLOTS, np.uint32), np.zeros(SLOTS, np.int32)
    for place in range(len(own)):
        at = (own[place] >> np.uint32(1)) & np.uint32(SLOTS - 1)
        while keys[at] != 0:
            at = (at + np.uint32(1)) & np.uint32(SLOTS - 1)
        keys[at], places[at] = own[place], place
    return keys, places


@compiled
def _place(term: int, keys: Hashes, places: IntArray) -> int:
    """The place of a term, -1: the text does not have it."""
    at = (term >> np.uint32(1)) & np.uint32(SLOTS - 1)
    while keys[at] != 0:
        if keys[at] == term:
            return int(places[at])
        at = (at + np.uint32(1)) & np.uint32(SLOTS - 1)
    return -1


@compiled
def texts_among(own: Hashes, among: IntArray, terms: Hashes, counts: Small) -> LongArray:
    """The number of texts of `among` with each of these terms, int64 (t,).

    Args:
        own: uint32 (t,), distinct, at most `MAX_TERMS`.
        among: int32 (m,), rows of `terms`, uint32 (n, MAX_TERMS), of which `counts`, int16 (n,), are filled.
    """
    keys, places = _table(own)
    found = np.zeros(len(own), np.int64)
    for other in among:
        for k in range(counts[other]):
            place = _place(terms[other, k], keys, places)
            if place >= 0:
                found[place] += 1
    return found


@compiled
def sums_among(
    own: Hashes,
    values: FloatArray,
    among: IntArray,
    terms: Hashes,
    counts: Small,
    weights: Weights | None = None,
) -> FloatArray:
    """The sum of `values`, float64 (t,), over the terms that each text of `among` has, float64 (m,); else as above.

    `weights`: uint8 (n, MAX_TERMS), those of the terms in the other text, by which values are multiplied; None: by 1.
    """
    keys, places = _table(own)
    found = np.zeros(len(among))
    for row in range(len(among)):
        other = among[row]
        for k in range(counts[other]):
            place = _place(terms[other, k], keys, places)
            if place >= 0:
                # Which of the two it is numba decides when it compiles the loop.
                found[row] += values[place] if weights is None else values[place] * weights[other, k]
    return found
