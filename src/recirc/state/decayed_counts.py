"""A table of fading sums, and the statistics that are one: popularity, passage and contexts."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import DTypeLike, NDArray
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.decay import fade, landmark_of, overdue, weight
from recirc.state.statistic import FoldContext, Overlap, Statistic, grown
from recirc.types import Arrays, BoolArray, FloatArray, IntArray, LongArray

Weights = NDArray[np.float32] | NDArray[np.float64]
Flags = NDArray[np.uint8]


@compiled
def _lead(
    article: int,
    column: int,
    h: int,
    weights: Weights,
    heavy_hitters: IntArray,
    counts: IntArray,
    least: FloatArray,
    leads: Flags,
) -> None:
    """Let an article that is no leader join, right after its weight grew past the least."""
    held = heavy_hitters[column, h]
    if counts[column, h] == len(held):
        _thin(held, column, h, weights, counts, least, leads)
        if weights[article, column, h] <= least[column, h]:
            return
    held[counts[column, h]] = article
    counts[column, h] += 1
    leads[article, column] |= np.uint8(1 << h)


@compiled
def _thin(
    held: IntArray,
    column: int,
    h: int,
    weights: Weights,
    counts: IntArray,
    least: FloatArray,
    leads: Flags,
) -> None:
    """Let the lighter half of a full list go; of equals, those that came last."""
    most = len(held) // 2
    its = np.empty(len(held))
    for k in range(len(held)):
        its[k] = weights[held[k], column, h]
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
            leads[held[k], column] &= ~np.uint8(1 << h)
    held[kept:] = -1
    counts[column, h] = kept
    least[column, h] = edge


@compiled
def _leading(column: int, h: int, weights: Weights, heavy_hitters: IntArray, counts: IntArray) -> IntArray:
    most, count = heavy_hitters.shape[2] // 2, counts[column, h]
    held = heavy_hitters[column, h, :count]
    if count <= most:
        return held.copy()
    its = np.empty(count)
    for k in range(count):
        its[k] = weights[held[k], column, h]
    heavy: IntArray = held[its >= np.partition(its, count - most)[count - most]]
    return heavy


@compiled
def _add(
    chosen: BoolArray,
    article: IntArray,
    columns: IntArray,
    time: LongArray,
    half_lives: FloatArray,
    landmarks: LongArray,
    weights: Weights,
    totals: FloatArray,
    heavy_hitters: IntArray,
    counts: IntArray,
    least: FloatArray,
    leads: Flags,
) -> None:
    gains = np.empty(len(half_lives))
    for i in range(len(chosen)):
        if not chosen[i]:
            continue
        for h in range(len(half_lives)):
            if overdue(time[i], half_lives[h], landmarks[h]):
                moved = landmark_of(time[i], half_lives[h])
                factor = 2.0 ** (landmarks[h] - moved)
                weights[:, :, h] *= factor
                totals[:, h] *= factor
                for c in range(len(totals)):
                    least[c, h] *= factor if least[c, h] > 0 else 1.0
                landmarks[h] = moved
            gains[h] = weight(time[i], half_lives[h], landmarks[h])
        for c in range(columns.shape[1]):
            for h in range(len(half_lives)):
                a, column = article[i], columns[i, c]
                weights[a, column, h] += gains[h]
                totals[column, h] += gains[h]
                # Asked here, for a call with so many arrays costs more than all the rest.
                if weights[a, column, h] > least[column, h] and not leads[a, column] >> h & 1:
                    _lead(a, column, h, weights, heavy_hitters, counts, least, leads)


class DecayedCounts:
    """Sums by article and column, fading at several half-lives, with their totals over all articles.

    Merging adds; it agrees with one fold up to the rounding of the sums (relative 1e-9 for float64, 1e-5 for
    float32).

    Attributes, n = articles, C = columns, H = half-lives:
        half_lives: float64 (H,), ms.
        landmarks: int64 (H,), in half-lives since 1970 (see `decay`).
        weights: (n, C, H), sums as seen from the landmark.
        totals: float64 (C, H), their sums over all articles.
        heavy_hitters: int32 (C, H, 2 K): articles of large weight, unordered, free places (-1) last. Weights only grow
            between two moves of the landmark, which leaves their order as it is. So an article that grows past `least`
            joins, and when the list is full its lighter half goes: the K of the largest weight are always among
            them, and no search through all articles is needed to find them.
        counts: int32 (C, H): how many each list holds.
        least: float64 (C, H): nothing outside the list weighs more; -1 before it was full for the first time.
    """

    def __init__(
        self,
        half_lives: Sequence[float],
        *,
        columns: int = 1,
        heavy_hitters: int = 128,
        dtype: DTypeLike = np.float64,
    ) -> None:
        """`half_lives` in seconds; `heavy_hitters` is K."""
        self.half_lives: FloatArray = np.array(half_lives, float) * 1000
        self.landmarks: LongArray = np.zeros(len(half_lives), np.int64)
        self.weights: Weights = np.zeros((0, columns, len(half_lives)), dtype)
        self.totals: FloatArray = np.zeros((columns, len(half_lives)))
        self.heavy_hitters: IntArray = np.full((columns, len(half_lives), 2 * heavy_hitters), -1, np.int32)
        self.counts: IntArray = np.zeros((columns, len(half_lives)), np.int32)
        self.least: FloatArray = np.full((columns, len(half_lives)), -1.0)
        self._leads: Flags = np.zeros(
            (0, columns), np.uint8
        )  # bit h: it is among the heavy_hitters of half-life h

    def reserve(self, size: int) -> None:
        """Make room for so many articles."""
        self.weights = cast(Weights, grown(self.weights, size))
        self._leads = grown(self._leads, len(self.weights))

    def add(self, chosen: BoolArray, article: IntArray, columns: IntArray, time: LongArray) -> None:
        """Add one to some columns of an article, for each chosen entry.

        Args:
            chosen: bool (m,).
            article: int32 (m,).
            columns: int32 (m, c): the columns of each entry.
            time: int64 (m,), ms.
        """
        _add(
            chosen, article, columns, time, self.half_lives, self.landmarks, self.weights, self.totals,
            self.heavy_hitters, self.counts, self.least, self._leads,
        )  # fmt: skip

    def leading(self, column: int, h: int) -> IntArray:
        """The K articles of the largest weight in a column at a half-life, int32 (K or fewer,), in no order; of
        equals at the edge all that the list holds.
        """
        return _leading(column, h, self.weights, self.heavy_hitters, self.counts)

    def factors(self, now: int) -> FloatArray:
        """What sums are multiplied with to be read at `now` (ms), float64 (H,)."""
        return np.array([fade(now, h, m) for h, m in zip(self.half_lives, self.landmarks, strict=True)])

    def merge(self, other: "DecayedCounts") -> None:
        """Take in another table's sums."""
        self.reserve(len(other.weights))
        together = np.maximum(self.landmarks, other.landmarks)
        mine, theirs = np.exp2(self.landmarks - together), np.exp2(other.landmarks - together)
        self.weights *= mine.astype(self.weights.dtype)
        self.weights[: len(other.weights)] += other.weights * theirs.astype(self.weights.dtype)
        self.totals = self.totals * mine + other.totals * theirs
        self.landmarks = together
        self._lead_anew()

    def _lead_anew(self) -> None:
        columns, half_lives, room = self.heavy_hitters.shape
        self.heavy_hitters[:] = -1
        self.least[:] = -1.0
        for c in range(columns):
            for h in range(half_lives):
                weights = self.weights[:, c, h]
                top = np.lexsort((np.arange(len(weights)), -weights))[: room // 2]
                top = top[weights[top] > 0]
                self.heavy_hitters[c, h, : len(top)] = top
                self.counts[c, h] = len(top)
                if len(top) == room // 2:
                    self.least[c, h] = weights[top].min()
        self._flag_leaders()

    def _flag_leaders(self) -> None:
        self._leads = np.zeros((len(self.weights), len(self.totals)), np.uint8)
        for c, h, k in np.argwhere(self.heavy_hitters >= 0):
            self._leads[self.heavy_hitters[c, h, k], c] |= 1 << h

    def take_back(self, article: IntArray, time: LongArray) -> None:
        """Subtract one from the first column of each article (int32 (m,)), added at `time` (int64 (m,), ms).

        What was added again since is left, so nothing falls below zero but by rounding, which is mended.
        """
        again = np.exp2(time[:, None] / self.half_lives - self.landmarks)
        np.subtract.at(self.weights[:, 0, :], article, again)
        self.totals[0] -= again.sum(axis=0)
        np.maximum(self.weights, 0, out=self.weights)
        np.maximum(self.totals, 0, out=self.totals)
        self._lead_anew()

    def save(self, size: int) -> Arrays:
        """The sums of the first `size` articles, as plain arrays."""
        return {
            "half_lives": self.half_lives,
            "landmarks": self.landmarks,
            "weights": self.weights[:size],
            "totals": self.totals,
            "heavy_hitters": self.heavy_hitters,
            "counts": self.counts,
            "least": self.least,
        }

    def canonical(self, size: int) -> Arrays:
        """As saved, without the heavy_hitters, which follow from the sums but for the choice among equals."""
        saved = self.save(size)
        return {
            name: array for name, array in saved.items() if name not in ("heavy_hitters", "counts", "least")
        }

    def load(self, arrays: Arrays) -> None:
        """Take the place of a saved table. Raises ValueError if it was made at other half-lives or columns."""
        if not np.array_equal(arrays["half_lives"], self.half_lives):
            raise ValueError(f"sums at other half-lives: {arrays['half_lives'] / 1000} seconds")
        for name in ("weights", "heavy_hitters"):
            shape, wanted = arrays[name].shape[-2:], getattr(self, name).shape[-2:]
            if shape != wanted:
                raise ValueError(f"{name} of shape (…, {shape}), not (…, {wanted})")
        self.landmarks, self.weights = arrays["landmarks"], arrays["weights"]
        self.totals, self.heavy_hitters = arrays["totals"], arrays["heavy_hitters"]
        self.counts, self.least = arrays["counts"], arrays["least"]
        self._flag_leaders()


class DecayedStatistic(Statistic):
    """A statistic that is one table; each says itself which entries it adds to which columns.

    Merging adds, as tables do: steps and views belong to visits, which are never cut. Who counts readers, each once a
    day, takes back what both sides counted.

    Attributes:
        table: the sums.
    """

    def __init__(self, table: DecayedCounts) -> None:
        self.table = table

    def make_room(self, moment: FoldContext) -> None:
        """Let the table have a row for every article of a batch."""
        self.size = max(self.size, moment.size)
        self.table.reserve(self.size)

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:
        theirs = cast(DecayedStatistic, other)
        self.size = max(self.size, theirs.size)
        self.table.reserve(self.size)
        self.table.merge(theirs.table)

    @override
    def save(self) -> Arrays:
        return self.table.save(self.size)

    @override
    def canonical(self) -> Arrays:
        return self.table.canonical(self.size)

    @override
    def load(self, arrays: Arrays) -> None:
        self.table.load(arrays)
        self.size = len(arrays["weights"])
