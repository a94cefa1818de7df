"""What is read together: for each article the articles most read after and before it in the same visit."""

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled, compiled_in_place, prefetch
from recirc.state.decay import BEFORE, SPAN, decay_factor, exceeds_span, is_wrong_leap, landmark_at, weight
from recirc.state.statistic import ARTICLES, Column, Entries, FoldContext, Statistic
from recirc.types import Arrays, IntArray, LongArray

Weights = NDArray[np.float32]

LEAP = 100
"""Half-lives. When the landmark moves further at once, the weights shrink by 2^LEAP only, and can come back."""

MOST_BEFORE = 2.0**84
"""No weight is larger, as seen from its own landmark."""


AHEAD = 8
"""Number of entries between fetching what one needs and counting it."""

LINE = 16
"""Neighbours in a line of the cache."""


class _Lists(NamedTuple):
    """The arrays of `CoReading`."""

    neighbours: IntArray
    after: Weights
    before: Weights
    error: Weights
    readers: IntArray
    landmark: LongArray
    leaps: LongArray


@compiled_in_place
def _place_of(a: int, b: int, neighbours: IntArray) -> int:
    """Place of b among a's neighbours, a free one if it is new; -1: it is new and the list is full."""
    width, begin = neighbours.shape[1], 0
    while begin + LINE <= width:
        # A line at a time without a branch, which the processor compares at once.
        found = np.int32(0)
        for k in range(np.uint64(begin), np.uint64(begin + LINE)):
            found |= np.int32(neighbours[a, k] == b) | np.int32(neighbours[a, k] < 0)
        if found:
            break
        begin += LINE
    for k in range(begin, width):
        if neighbours[a, k] == b:
            return k
        if neighbours[a, k] < 0:
            neighbours[a, k] = b
            return k
    return -1


@compiled_in_place
def _replace_weakest(a: int, b: int, lists: _Lists) -> int:
    """Put b in the place of a's weakest neighbour; which place. It takes that one's weight as error: so much b may have
    had before it was forgotten.
    """
    # A heap would find the weakest sooner, but most pairs are known already and do not come here.
    weakest, least = 0, np.float32(np.inf)
    for k in range(lists.neighbours.shape[1]):
        total = lists.after[a, k] + lists.before[a, k] + lists.error[a, k]
        if total < least:
            weakest, least = k, total
    lists.neighbours[a, weakest] = b
    lists.error[a, weakest] = least
    lists.after[a, weakest] = lists.before[a, weakest] = 0
    lists.readers[a, weakest] = 0
    return weakest


@compiled_in_place
def _fold(entries: Entries, lists: _Lists, half_life: float) -> None:
    # Names of their own: taken out of a tuple within the loop, each would be counted as a reference each time.
    fresh, prior, times, articles = entries.fresh, entries.prior, entries.time, entries.article
    neighbours, after, before, readers = lists.neighbours, lists.after, lists.before, lists.readers
    landmark, leaps, new_reader = lists.landmark, lists.leaps, entries.new_reader
    width = neighbours.shape[1]
    for i in range(len(fresh)):
        ahead = i + AHEAD
        if ahead < len(fresh) and fresh[ahead] and prior[ahead, 0] >= 0:
            for at in range(0, width, LINE):
                prefetch(neighbours, articles[ahead] * width + at)
                prefetch(neighbours, prior[ahead, 0] * width + at)
        if not fresh[i] or prior[i, 0] < 0:
            continue
        time, b = times[i], articles[i]
        # Asked for each entry, not for each batch, so that the batching changes no bit.
        if exceeds_span(time, half_life, landmark[0], SPAN):
            _move_landmark(lists, landmark_at(time, half_life))
        elif leaps[BEFORE] and is_wrong_leap(time / half_life, LEAP, leaps):
            _take_leap_back(lists)
        g = weight(time, half_life, landmark[0])
        for d in range(prior.shape[1]):
            a = prior[i, d]
            if a < 0:
                break
            w = np.float32(g / (d + 1))
            k = _place_of(a, b, neighbours)
            if k < 0:
                k = _replace_weakest(a, b, lists)
            after[a, k] += w
            if new_reader[i]:
                readers[a, k] += 1
            k = _place_of(b, a, neighbours)
            if k < 0:
                k = _replace_weakest(b, a, lists)
            before[b, k] += w


@compiled
def _move_landmark(lists: _Lists, landmark: int) -> None:
    before = lists.landmark[0]
    leap = before > 0 and landmark - before > LEAP
    lists.leaps[:] = 0
    if leap:
        lists.leaps[BEFORE] = before
    _scale(lists, -LEAP if leap else before - landmark)
    lists.landmark[0] = landmark


@compiled
def _scale(lists: _Lists, exponent: int) -> None:
    # A power of two: no mantissa changes, so it does not matter when the landmark moves.
    factor = np.float32(2.0**exponent)
    for weights in (lists.after, lists.before, lists.error):
        for a in range(weights.shape[0]):
            for k in range(weights.shape[1]):
                if weights[a, k] != 0:  # nothing is written over zeros, which take no memory
                    weights[a, k] *= factor


@compiled
def _take_leap_back(lists: _Lists) -> None:
    """Undo a leap; pairs that were read since then lose their weights."""
    _scale(lists, LEAP)
    lists.landmark[0] = lists.leaps[BEFORE]
    lists.leaps[:] = 0
    for weights in (lists.after, lists.before, lists.error):
        for a in range(weights.shape[0]):
            for k in range(weights.shape[1]):
                if weights[a, k] > MOST_BEFORE:
                    weights[a, k] = 0


class CoReading(Statistic):
    """The strongest `width` co-read neighbours of each article, with decaying weights in both directions.

    A fresh view of b adds g(t)/d to the pairs with the articles opened d = 1, 2, … views before it in the visit. In a
    full list a new neighbour replaces the weakest one, whose weight becomes its `error`: true weights lie between
    after + before and after + before + error. This is Space-Saving: Metwally, Agrawal, El Abbadi: "Efficient
    Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005.

    Lists of two. Article 1 is read after 0 three times, 2 once; then 3 replaces 2, and may have had its weight:

    >>> from recirc.types import RECORD, Batch
    >>> def read(*articles):
    ...     context = FoldContext(Batch(1, np.zeros(len(articles), RECORD), {}), 1)
    ...     context.entries.article[:], context.entries.prior[:], context.entries.fresh[:] = articles, 0, True
    ...     pairs.fold(context)
    >>> pairs = CoReading(width=2, half_life=3600.0)
    >>> pairs.reserve(4)
    >>> read(1, 1, 2, 1)
    >>> pairs.neighbours[0].tolist(), pairs.after[0].tolist(), pairs.error[0].tolist()
    ([1, 2], [3.0, 1.0], [0.0, 0.0])
    >>> read(3)
    >>> pairs.neighbours[0].tolist(), pairs.after[0].tolist(), pairs.error[0].tolist()
    ([1, 3], [3.0, 1.0], [0.0, 1.0])

    Attributes, n = articles, K = `width`:
        neighbours: int32 (n, K), -1: free, free places last.
        after: float32 (n, K): weight of reading the neighbour after the article, as seen from the landmark.
        before: float32 (n, K): … before it.
        error: float32 (n, K): weight that the neighbour may have had before it was in the list.
        readers: int32 (n, K): readers, each once a day, that read the neighbour after the article since it has been in
            the list.
        landmark: int64 (1,), in half-lives since 1970.
        leaps: int64 (3,), what is doubted of it, see `decay.BEFORE`.
    """

    name: ClassVar[str] = "coreading"
    neighbours: IntArray
    after: Weights
    before: Weights
    error: Weights
    readers: IntArray

    def __init__(self, *, width: int, half_life: float) -> None:
        """`half_life` in seconds."""
        self.half_life = half_life * 1000
        shape = (ARTICLES, width)
        super().__init__(
            {
                "neighbours": Column(np.int32, shape, fill=-1, holds_articles=True),
                **dict.fromkeys(("after", "before", "error"), Column(np.float32, shape)),
                "readers": Column(np.int32, shape),
            },
            others={"landmark": Column(np.int64, (1,)), "leaps": Column(np.int64, (3,))},
        )
        self.landmark: LongArray = np.zeros(1, np.int64)
        self.leaps: LongArray = np.zeros(3, np.int64)

    @override
    def fold(self, context: FoldContext) -> None:
        _fold(context.entries, _Lists(*(getattr(self, name) for name in _Lists._fields)), self.half_life)

    def decay_factor(self, now: int) -> float:
        """Factor that turns stored weights into those at `now` (ms)."""
        return decay_factor(now, self.half_life, int(self.landmark[0]))

    @override
    def save(self) -> Arrays:
        return super().save() | {"landmark": self.landmark, "leaps": self.leaps}

    @override
    def restore(self, arrays: Arrays) -> None:
        super().restore(arrays)
        self.landmark, self.leaps = arrays["landmark"], arrays["leaps"]
