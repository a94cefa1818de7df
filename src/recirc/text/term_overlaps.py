"""Which terms of one text others have: each of them is looked up in a small table, in one pass over the others."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.types import FloatArray, IntArray, LongArray

Hashes = NDArray[np.uint32]
Weights = NDArray[np.uint8]
Small = NDArray[np.int16]

SLOTS: Final = 256
"""Slots of the table, a power of two of more than twice the terms that are kept of a text."""


class TermOverlaps(NamedTuple):
    """Terms of one text that others have too, h of them, in the order of the others.

    Attributes:
        row: int32 (h,): which of the others.
        place: int32 (h,): place of the term in the text.
        weight: uint8 (h,): weight of the term in the other.
        others, terms: how many there are of both.
    """

    row: IntArray
    place: IntArray
    weight: Weights
    others: int
    terms: int

    def texts(self) -> LongArray:
        """Number of others with each term, int64 (terms,)."""
        return np.bincount(self.place, minlength=self.terms)

    def sums(self, values: FloatArray) -> FloatArray:
        """The sum of `values`, float64 (terms,), over the terms that each of the others has, float64 (others,)."""
        return self._sums(values[self.place])

    def _sums(self, each: FloatArray) -> FloatArray:
        # Of no numbers at all it counts in integers, whatever the weights.
        return np.bincount(self.row, weights=each, minlength=self.others).astype(np.float64, copy=False)

    def products(self, values: FloatArray) -> FloatArray:
        """As `sums`, each value times the weight of the term in the other."""
        return self._sums(values[self.place] * self.weight)


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
def overlaps(own: Hashes, among: IntArray, terms: Hashes, weights: Weights, counts: Small) -> TermOverlaps:
    """The terms of `own` that each text of `among` has.

    Args:
        own: uint32 (t,), distinct, at most `MAX_TERMS`.
        among: int32 (m,), rows of `terms`, uint32 (n, MAX_TERMS), and of `weights`, uint8 (n, MAX_TERMS), of which as
            many as `counts`, int16 (n,), says are filled.
    """
    keys, places = _table(own)
    most = 0
    for other in among:
        most += counts[other]
    rows, found, theirs = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.uint8)
    size = 0
    for row in range(len(among)):
        other = among[row]
        for k in range(counts[other]):
            place = _place(terms[other, k], keys, places)
            if place >= 0:
                rows[size], found[size], theirs[size] = row, place, weights[other, k]
                size += 1
    return TermOverlaps(rows[:size], found[:size], theirs[:size], len(among), len(own))
