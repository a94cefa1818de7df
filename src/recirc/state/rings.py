"""Readers in a window that ends now: counted by buckets of time, and the sum over the buckets kept beside them."""

from typing import cast

import numpy as np

from recirc.compiled import compiled
from recirc.types import BoolArray, IntArray, LongArray

NEVER = -1
"""The bucket that a sum ends with while nobody has asked for it."""


@compiled
def _fold(
    arrived: BoolArray,
    article: IntArray,
    time: LongArray,
    width: int,
    counts: IntArray,
    bucket: LongArray,
    total: LongArray,
    until: int,
) -> None:
    buckets = len(counts)
    for i in range(len(arrived)):
        if not arrived[i]:
            continue
        b = time[i] // width
        row = b % buckets
        if b > bucket[row]:
            if until - buckets < bucket[row] <= until:
                for a in range(len(total)):
                    total[a] -= counts[row, a]
            counts[row] = 0
            bucket[row] = b
        if b == bucket[row]:
            counts[row, article[i]] += 1
            if until - buckets < b <= until:
                total[article[i]] += 1


class Ring:
    """Readers that arrived in each of the last `buckets` buckets of `width` ms; the newest bucket is still filling.

    The sum over a window is kept from one question to the next and follows with each arrival, so that what many ask at
    one moment is added up once. It is no part of what is learned: it follows from the counts.

    Attributes, n = articles there is room for:
        counts: int32 (buckets, n): readers that arrived in each bucket.
        bucket: int64 (buckets,): which bucket of time each row holds, -1: none yet.
    """

    def __init__(self, buckets: int, width: int) -> None:
        self.width = width
        self.counts: IntArray = np.zeros((buckets, 0), np.int32)
        self.bucket: LongArray = np.full(buckets, -1, np.int64)
        self._total: LongArray = np.zeros(0, np.int64)
        self._until = NEVER

    def make_room(self, size: int) -> None:
        """Have room for at least `size` articles, doubling."""
        buckets, room = self.counts.shape
        if room < size:
            wider = np.zeros((buckets, max(size, 2 * room, 64)), np.int32)
            wider[:, :room] = self.counts
            total = np.zeros(wider.shape[1], np.int64)
            total[:room] = self._total
            self.counts, self._total = wider, total

    def replace(self, counts: IntArray, bucket: LongArray) -> None:
        """Hold these from now on.

        Raises:
            ValueError: there are more or fewer buckets.
        """
        if len(counts) != len(self.bucket) or len(bucket) != len(self.bucket):
            raise ValueError(f"a ring of {len(counts)} buckets, not {len(self.bucket)}")
        self.counts, self.bucket = counts, bucket
        self._total, self._until = np.zeros(counts.shape[1], np.int64), NEVER

    def fold(self, arrived: BoolArray, article: IntArray, time: LongArray) -> None:
        """Count those who `arrived` (bool (n,)) at `article` (int32 (n,)) at `time` (int64 (n,), ms). One who comes
        too late for every bucket is left out.
        """
        _fold(arrived, article, time, self.width, self.counts, self.bucket, self._total, self._until)

    def readers(self, now: int) -> LongArray:
        """Readers of each article in the buckets up to that of `now` (ms), int64 (room,). Read it before anything is
        folded or asked: it is no copy.
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

    def merge(self, other: "Ring", article: IntArray, time: LongArray) -> None:
        """Add the readers of another part of the log. Readers whom both counted are taken out again: `article`,
        int32 (m,), and `time`, int64 (m,), ms, say where. There is room for `other`'s articles already.
        """
        counts, mine, theirs = self.counts, self.bucket, other.bucket
        counts[theirs > mine] = 0
        same = np.flatnonzero(theirs >= mine)
        shared = min(counts.shape[1], other.counts.shape[1])
        counts[same, :shared] += other.counts[same, :shared]
        bucket = np.maximum(mine, theirs)
        late = time // self.width
        held = bucket[late % len(bucket)] == late
        np.subtract.at(counts, ((late % len(bucket))[held], article[held]), 1)
        self.replace(counts, bucket)
