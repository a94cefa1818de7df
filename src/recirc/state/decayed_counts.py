"""A table of decayed counts, and the statistics that are one: popularity, transitions and contexts."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled, compiled_in_place, prefetch
from recirc.growing_arrays import grow
from recirc.state.decay import (
    BEFORE,
    LONG_SPAN,
    decay_factor,
    exceeds_span,
    is_wrong_leap,
    landmark_at,
    weight,
)
from recirc.state.statistic import ARTICLES, Column, Statistic, within
from recirc.types import Arrays, BoolArray, FloatArray, IntArray, LongArray

Flags = NDArray[np.uint8]

LEAP = 400
"""Half-lives. When the landmark moves further at once, the sums shrink by 2^LEAP only: to nothing that can be seen, and
back to what they were if the move turns out to be wrong."""

MOST_BEFORE = 2.0**200
"""No sum of entries is larger, as seen from its own landmark."""


AHEAD = 16
"""Number of entries between fetching what one needs and counting it."""


class _Table(NamedTuple):
    """The arrays of `DecayedCounts`; `gains`: float64 (H,), what an entry adds at each half-life."""

    half_lives: FloatArray
    landmarks: LongArray
    leaps: LongArray
    weights: FloatArray
    totals: FloatArray
    heavy_hitters: IntArray
    counts: IntArray
    threshold: FloatArray
    flags: Flags
    gains: FloatArray


@compiled_in_place
def _add(chosen: BoolArray, article: IntArray, columns: IntArray, time: LongArray, table: _Table) -> None:
    # Names of their own: taken out of a tuple within the loop, each would be counted as a reference each time.
    half_lives, landmarks, leaps = table.half_lives, table.landmarks, table.leaps
    weights, totals, threshold, flags = table.weights, table.totals, table.threshold, table.flags
    gains, known, last = table.gains, False, 0
    row = weights.shape[1] * weights.shape[2]
    for i in range(len(chosen)):
        ahead = i + AHEAD
        if ahead < len(chosen) and chosen[ahead]:
            for c in range(columns.shape[1]):
                at = article[ahead] * row + columns[ahead, c] * weights.shape[2]
                prefetch(weights, at)
                prefetch(weights, at + weights.shape[2] - 1)
                prefetch(flags, article[ahead] * flags.shape[1] + columns[ahead, c])
        if not chosen[i]:
            continue
        if not known or time[i] != last:  # entries of one time add the same
            known, last = True, time[i]
            for h in range(len(half_lives)):
                # Asked for each entry, not for each batch, so that the batching changes no bit.
                if exceeds_span(time[i], half_lives[h], landmarks[h], LONG_SPAN):
                    _move_landmark(h, landmark_at(time[i], half_lives[h]), table)
                elif leaps[h, BEFORE]:
                    known = False  # each entry counts as one
                    if is_wrong_leap(time[i] / half_lives[h], LEAP, leaps[h]):
                        _take_leap_back(h, table)
                gains[h] = weight(time[i], half_lives[h], landmarks[h])
        a = article[i]
        for c in range(columns.shape[1]):
            column = columns[i, c]
            for h in range(len(half_lives)):
                weights[a, column, h] += gains[h]
                totals[column, h] += gains[h]
                # Asked here and not in the function, for a call with so many arrays costs more than all the rest.
                if weights[a, column, h] > threshold[column, h] and not flags[a, column] >> h & 1:
                    _insert(a, column, h, table)


@compiled
def _move_landmark(h: int, landmark: int, table: _Table) -> None:
    before = table.landmarks[h]
    leap = before > 0 and landmark - before > LEAP
    table.leaps[h, :] = 0
    if leap:
        table.leaps[h, BEFORE] = before
    _scale(h, -LEAP if leap else before - landmark, table)
    table.landmarks[h] = landmark


@compiled
def _scale(h: int, exponent: int, table: _Table) -> None:
    # A power of two: no mantissa changes, so neither does any order among the weights.
    factor = 2.0**exponent
    weights = table.weights
    for a in range(weights.shape[0]):
        for c in range(weights.shape[1]):
            if weights[a, c, h] != 0:  # nothing is written over zeros, which take no memory
                weights[a, c, h] *= factor
    table.totals[:, h] *= factor
    for c in range(len(table.totals)):
        table.threshold[c, h] *= factor if table.threshold[c, h] > 0 else 1.0


@compiled
def _take_leap_back(h: int, table: _Table) -> None:
    _scale(h, LEAP, table)
    table.landmarks[h] = table.leaps[h, BEFORE]
    table.leaps[h, :] = 0
    table.totals[:, h] = 0.0
    table.heavy_hitters[:, h] = -1
    table.counts[:, h] = 0
    table.threshold[:, h] = -1.0
    for c in range(len(table.totals)):
        for a in range(len(table.weights)):
            table.flags[a, c] &= ~np.uint8(1 << h)
            # Where something was added after the leap, nothing of what was there before can be told apart.
            if table.weights[a, c, h] > MOST_BEFORE:
                table.weights[a, c, h] = 0.0
            table.totals[c, h] += table.weights[a, c, h]
            if table.weights[a, c, h] > max(table.threshold[c, h], 0.0):
                _insert(a, c, h, table)


@compiled_in_place
def _insert(article: int, column: int, h: int, table: _Table) -> None:
    """Add an article to a list that it is not in, right after its weight has passed the list's threshold."""
    held = table.heavy_hitters[column, h]
    if table.counts[column, h] == len(held):
        _halve(column, h, table)
        if table.weights[article, column, h] <= table.threshold[column, h]:
            return
    held[table.counts[column, h]] = article
    table.counts[column, h] += 1
    table.flags[article, column] |= np.uint8(1 << h)


@compiled
def _halve(column: int, h: int, table: _Table) -> None:
    """Remove the lighter half of a full list; of equals, those that came last."""
    # One pass for every K insertions: a heap would pay for each, and its order changes with every weight.
    held = table.heavy_hitters[column, h]
    most = len(held) // 2
    its = np.empty(len(held))
    for k in range(len(held)):
        its[k] = table.weights[held[k], column, h]
    edge = np.partition(its, len(held) - most)[len(held) - most]
    equals = most - (its > edge).sum()
    kept = 0
    for k in range(len(held)):
        stays = its[k] > edge
        if its[k] == edge and equals > 0:
            stays = True
            equals -= 1
        if stays:
            held[kept] = held[k]
            kept += 1
        else:
            table.flags[held[k], column] &= ~np.uint8(1 << h)
    held[kept:] = -1
    table.counts[column, h] = kept
    table.threshold[column, h] = edge


@compiled
def _top(column: int, h: int, weights: FloatArray, heavy_hitters: IntArray, counts: IntArray) -> IntArray:
    most, count = heavy_hitters.shape[2] // 2, counts[column, h]
    held = heavy_hitters[column, h, :count]
    if count <= most:
        return held.copy()
    its = np.empty(count)
    for k in range(count):
        its[k] = weights[held[k], column, h]
    heaviest: IntArray = held[its >= np.partition(its, count - most)[count - most]]
    return heaviest


class DecayedCounts:
    """Counts by article and column, decaying at several half-lives, with their totals over all articles.

    The heaviest articles of each column are known without a search through all articles. Weights only grow between two
    moves of the landmark, and a move leaves their order as it is. So an article whose weight passes `threshold` joins
    the list, and when the list is full, its lighter half goes: the K heaviest are always in it.

    A half-life of one second, so that the landmark is at second 0, and K = 1. Article 0 is counted at second 0, article
    1 at 1 and 2, article 2 at 3. Their weights are 2^0, 2^1 + 2^2 and 2^3; a second later they have decayed to

    >>> table = DecayedCounts((1.0,), heavy_hitters=1)
    >>> table.reserve(3)
    >>> articles, seconds = np.array([0, 1, 1, 2], np.int32), np.array([0, 1, 2, 3])
    >>> table.add(np.ones(4, bool), articles, np.zeros((4, 1), np.int32), 1_000 * seconds)
    >>> table.weights[:3, 0, 0].tolist(), (table.weights[:3, 0, 0] * table.decay_factors(4_000)).tolist()
    ([1.0, 6.0, 8.0], [0.0625, 0.375, 0.5])

    The list holds two. Article 2 found it full, so 0, lighter than 1, went:

    >>> table.heavy_hitters[0, 0].tolist(), table.threshold.tolist(), table.top(0, 0).tolist()
    ([1, 2], [[6.0]], [2])

    Attributes, n = articles, C = columns, H = half-lives:
        half_lives: float64 (H,), ms.
        landmarks: int64 (H,), in half-lives since 1970 (see `decay`).
        leaps: int64 (H, 3): what is doubted of the landmarks.
        weights: (n, C, H), as seen from the landmark.
        totals: float64 (C, H), their sums over all articles.
        heavy_hitters: int32 (C, H, 2 K): the lists of the heaviest articles, unordered, free places (-1) last.
        counts: int32 (C, H): how many each list holds.
        threshold: float64 (C, H): no article outside the list weighs more; -1 until the list is full for the first
            time.
    """

    def __init__(
        self,
        half_lives: Sequence[float],
        *,
        columns: int = 1,
        heavy_hitters: int = 128,
    ) -> None:
        """`half_lives` in seconds; `heavy_hitters` is K."""
        shape = (columns, len(half_lives))
        self.half_lives: FloatArray = np.array(half_lives, float) * 1000
        self.landmarks: LongArray = np.zeros(len(half_lives), np.int64)
        self.leaps: LongArray = np.zeros((len(half_lives), 3), np.int64)
        # Single precision would lose additions to a sum that is 2^24 times as large.
        self.weights: FloatArray = np.zeros((0, *shape))
        self.totals: FloatArray = np.zeros(shape)
        self.heavy_hitters: IntArray = np.full((*shape, 2 * heavy_hitters), -1, np.int32)
        self.counts: IntArray = np.zeros(shape, np.int32)
        self.threshold: FloatArray = np.full(shape, -1.0)
        # Bit h: the article is in the list of half-life h. A search through the list would take longer than the rest.
        self._flags: Flags = np.zeros((0, columns), np.uint8)

    @property
    def columns(self) -> dict[str, Column]:
        """What `save` gives, for `Statistic`."""
        saved = self.save(0)
        fixed = {name: Column(array.dtype, array.shape) for name, array in saved.items()}
        fixed["heavy_hitters"] = fixed["heavy_hitters"]._replace(holds_articles=True)
        return fixed | {"weights": Column(self.weights.dtype, (ARTICLES, *self.weights.shape[1:]))}

    def reserve(self, size: int) -> None:
        """Make room for `size` articles."""
        self.weights = grow(self.weights, size)
        self._flags = grow(self._flags, len(self.weights))

    def add(self, chosen: BoolArray, article: IntArray, columns: IntArray, time: LongArray) -> None:
        """Add one to some columns of an article, for each chosen entry.

        Args:
            chosen: bool (m,).
            article: int32 (m,).
            columns: int32 (m, c): the columns of each entry.
            time: int64 (m,), ms.
        """
        table = _Table(
            self.half_lives, self.landmarks, self.leaps, self.weights, self.totals, self.heavy_hitters, self.counts,
            self.threshold, self._flags, np.empty(len(self.half_lives)),
        )  # fmt: skip
        _add(chosen, article, columns, time, table)

    def top(self, column: int, h: int) -> IntArray:
        """The K heaviest articles of a column at a half-life, int32 (K or fewer,), in no order; of equals at the edge
        all that the list holds.
        """
        return _top(column, h, self.weights, self.heavy_hitters, self.counts)

    def heaviest(self, column: int) -> IntArray:
        """The heaviest articles of a column by each half-life in turn, int32 (m,)."""
        return np.concatenate([self.top(column, h) for h in range(len(self.half_lives))])

    def decay_factors(self, now: int) -> FloatArray:
        """Factors that turn weights and totals into those at `now` (ms), float64 (H,)."""
        return np.array(
            [decay_factor(now, h, m) for h, m in zip(self.half_lives, self.landmarks, strict=True)]
        )

    def save(self, size: int) -> Arrays:
        """The counts of the first `size` articles, as plain arrays."""
        return {
            "half_lives": self.half_lives,
            "landmarks": self.landmarks,
            "leaps": self.leaps,
            "weights": self.weights[:size],
            "totals": self.totals,
            "heavy_hitters": self.heavy_hitters,
            "counts": self.counts,
            "threshold": self.threshold,
        }

    def restore(self, arrays: Arrays) -> None:
        """Become a saved table with the same `columns`. Raises ValueError if it was made with other half-lives."""
        if not np.array_equal(arrays["half_lives"], self.half_lives):
            raise ValueError(f"counts with other half-lives: {arrays['half_lives'] / 1000} seconds")
        heavy, counts = arrays["heavy_hitters"], arrays["counts"]
        if not np.array_equal(heavy >= 0, np.arange(heavy.shape[2]) < counts[..., None]) or not within(
            counts, 0, 2**31
        ):
            raise ValueError("lists of heavy hitters that are longer or shorter than they say")
        self.landmarks, self.weights, self.totals = arrays["landmarks"], arrays["weights"], arrays["totals"]
        self.heavy_hitters, self.counts, self.threshold = heavy, counts, arrays["threshold"]
        self.leaps = arrays["leaps"]
        self._flags = np.zeros((len(self.weights), len(self.totals)), np.uint8)
        for c, h, k in np.argwhere(heavy >= 0):
            self._flags[heavy[c, h, k], c] |= 1 << h


class DecayedStatistic(Statistic):
    """A statistic that is one table; each class says which entries it counts in which columns.

    Attributes:
        table: the counts.
    """

    def __init__(self, table: DecayedCounts) -> None:
        self.table = table
        super().__init__({}, others=table.columns)

    @override
    def _lengthen(self, room: int) -> None:
        self.table.reserve(room)

    @override
    def save(self) -> Arrays:
        return self.table.save(self.size)

    @override
    def restore(self, arrays: Arrays) -> None:
        self.table.restore(arrays)
        self.size = len(arrays["weights"])
