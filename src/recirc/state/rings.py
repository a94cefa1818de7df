"""Readers in a window that ends now: counts by buckets of time, and the sum over the buckets."""

from typing import NamedTuple, cast

import numpy as np

from recirc.compiled import compiled_in_place
from recirc.growing_arrays import room_for, zeros
from recirc.state.statistic import Entries
from recirc.types import BoolArray, IntArray, LongArray

NEVER = -1
"""The bucket at which the sum ends while there has been no request for it."""


class _Table(NamedTuple):
    counts: IntArray
    bucket: LongArray
    total: LongArray


@compiled_in_place
def _fold(entries: Entries, table: _Table, width: int, until: int) -> None:
    buckets = len(table.counts)
    for i in range(len(entries.ranked)):
        if not entries.ranked[i]:
            continue
        b = entries.time[i] // width
        row = b % buckets
        if b > table.bucket[row]:
            # The sum loses the bucket that this row held, if it was in the sum at all.
            if until - buckets < table.bucket[row] <= until:
                for a in range(len(table.total)):
                    table.total[a] -= table.counts[row, a]
            table.counts[row] = 0
            table.bucket[row] = b
        # An entry older than the row's bucket is too late for every window.
        if b == table.bucket[row]:
            table.counts[row, entries.article[i]] += 1
            if until - buckets < b <= until:
                table.total[entries.article[i]] += 1


class Ring:
    """New readers in each of the last `buckets` buckets of `width` ms; the newest bucket is still filling.

    The sum over a window is kept between requests and updated with each new reader, so that many requests at one time
    share the work. It follows from the counts, so it is not saved.

    Three buckets of ten seconds, and a reader at 5, 12, 14 and 31 seconds. The window that ends at 29 seconds holds the
    buckets 0, 1 and 2; the one that ends at 31 seconds holds 1, 2 and 3, which took the row of bucket 0:

    >>> ring = Ring(buckets=3, width=10_000)
    >>> ring.reserve(1)
    >>> def add(*seconds):
    ...     from recirc.state.statistic import FoldContext
    ...     from recirc.types import RECORD, Batch
    ...     entries = FoldContext(Batch(1, np.zeros(len(seconds), RECORD), {}), 1).entries
    ...     entries.time[:], entries.ranked[:] = [1_000 * second for second in seconds], True
    ...     ring.fold(entries)
    >>> add(5, 12, 14)
    >>> ring.counts[:, 0].tolist(), ring.bucket.tolist(), ring.readers_of(0, 29_000)
    ([1, 2, 0], [0, 1, -1], 3)
    >>> add(31)
    >>> ring.counts[:, 0].tolist(), ring.bucket.tolist(), ring.readers_of(0, 31_000)
    ([1, 2, 0], [3, 1, -1], 3)

    Attributes, n = articles there is room for:
        counts: int32 (buckets, n): ranked readers in each bucket.
        bucket: int64 (buckets,): number of the bucket in each row, since 1970; -1: none yet.
    """

    def __init__(self, buckets: int, width: int) -> None:
        self.width = width
        self.counts: IntArray = np.zeros((buckets, 0), np.int32)
        self.bucket: LongArray = np.full(buckets, -1, np.int64)
        self._total: LongArray = np.zeros(0, np.int64)
        self._until = NEVER

    def reserve(self, size: int) -> None:
        """Make room for at least `size` articles."""
        buckets, room = self.counts.shape
        if room < size:
            wider: IntArray = zeros((buckets, room_for(size, room)), np.int32)
            wider[:, :room] = self.counts
            total = np.zeros(wider.shape[1], np.int64)
            total[:room] = self._total
            self.counts, self._total = wider, total

    def restore(self, counts: IntArray, bucket: LongArray) -> None:
        """Replace `counts` and `bucket` by others of the same number of buckets."""
        self.counts, self.bucket = counts, bucket
        self._total, self._until = np.zeros(counts.shape[1], np.int64), NEVER

    def fold(self, entries: Entries) -> None:
        """Count the new readers. One that comes too late for every bucket is left out."""
        _fold(entries, _Table(self.counts, self.bucket, self._total), self.width, self._until)

    def readers(self, now: int) -> LongArray:
        """Readers of each article in the buckets up to that of `now` (ms), int64 (room,). It is no copy: the next fold
        or request changes it.
        """
        self._move_to(now // self.width)
        return self._total

    def readers_of(self, article: int, now: int) -> int:
        """The same for one article."""
        newest = now // self.width
        if newest == self._until:
            return int(self._total[article])
        return int(self.counts[self._between(newest - len(self.bucket), newest), article].sum())

    def _between(self, before: int, newest: int) -> BoolArray:
        """Which rows hold buckets after `before` up to `newest`, bool (buckets,)."""
        return (self.bucket > before) & (self.bucket <= newest)

    def _move_to(self, newest: int) -> None:
        """Let the sum end with the bucket `newest`."""
        until, buckets = self._until, len(self.bucket)
        if newest == until:
            return
        if until == NEVER or not until < newest < until + buckets:
            held = self._between(newest - buckets, newest)
            self._total = cast(LongArray, self.counts[held].sum(axis=0, dtype=np.int64))
        else:
            for row in np.flatnonzero(self._between(until - buckets, newest - buckets)):
                self._total -= self.counts[row]
            for row in np.flatnonzero(self._between(until, newest)):
                self._total += self.counts[row]
        self._until = newest
