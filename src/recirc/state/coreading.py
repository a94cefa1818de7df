"""What is read together: for each article the articles most read after and before it in the same visit."""

from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.decay import fade, landmark_of, overdue, weight
from recirc.state.statistic import FoldContext, Overlap, Statistic, grown
from recirc.types import Arrays, BoolArray, IntArray, LongArray

Weights = NDArray[np.float32]


@compiled
def _slot_for(
    a: int, b: int, neighbours: IntArray, after: Weights, before: Weights, error: Weights, readers: IntArray
) -> int:
    """Where b is among a's neighbours; if it is not, the weakest makes way for it and leaves its weight as
    error.
    """
    weakest, least = 0, np.float32(np.inf)
    for k in range(neighbours.shape[1]):
        if neighbours[a, k] == b:
            return k
        if neighbours[a, k] < 0:
            neighbours[a, k] = b
            return k
        total = after[a, k] + before[a, k] + error[a, k]
        if total < least:
            weakest, least = k, total
    neighbours[a, weakest] = b
    error[a, weakest] = least
    after[a, weakest] = before[a, weakest] = 0
    readers[a, weakest] = 0
    return weakest


@compiled
def _fold(
    fresh: BoolArray,
    arrived: BoolArray,
    prior: IntArray,
    article: IntArray,
    time: LongArray,
    half_life: float,
    landmark: LongArray,
    neighbours: IntArray,
    after: Weights,
    before: Weights,
    error: Weights,
    readers: IntArray,
) -> None:
    for i in range(len(fresh)):
        if not fresh[i] or prior[i, 0] < 0:
            continue
        if overdue(time[i], half_life, landmark[0]):
            moved = landmark_of(time[i], half_life)
            factor = np.float32(2.0 ** (landmark[0] - moved))
            after *= factor
            before *= factor
            error *= factor
            landmark[0] = moved
        g = weight(time[i], half_life, landmark[0])
        b = article[i]
        for d in range(prior.shape[1]):
            a = prior[i, d]
            if a < 0:
                break
            w = np.float32(g / (d + 1))
            k = _slot_for(a, b, neighbours, after, before, error, readers)
            after[a, k] += w
            if arrived[i]:
                readers[a, k] += 1
            k = _slot_for(b, a, neighbours, after, before, error, readers)
            before[b, k] += w


@compiled
def _merge_rows(
    neighbours: IntArray,
    after: Weights,
    before: Weights,
    error: Weights,
    readers: IntArray,
    their_neighbours: IntArray,
    their_after: Weights,
    their_before: Weights,
    their_error: Weights,
    their_readers: IntArray,
) -> None:
    width = neighbours.shape[1]
    ids = np.empty(2 * width, np.int32)
    values = np.empty((2 * width, 3), np.float32)
    counts = np.empty(2 * width, np.int32)
    for a in range(len(their_neighbours)):
        # Who is missing from a full list may have had as much as its weakest member.
        mine_least, their_least = np.float32(0), np.float32(0)
        if neighbours[a, width - 1] >= 0:
            mine_least = (after[a] + before[a] + error[a]).min()
        if their_neighbours[a, width - 1] >= 0:
            their_least = (their_after[a] + their_before[a] + their_error[a]).min()
        n = 0
        for k in range(width):
            if neighbours[a, k] < 0:
                break
            ids[n], counts[n] = neighbours[a, k], readers[a, k]
            values[n, 0], values[n, 1], values[n, 2] = after[a, k], before[a, k], error[a, k] + their_least
            n += 1
        mine = n
        for k in range(width):
            b = their_neighbours[a, k]
            if b < 0:
                break
            at = -1
            for j in range(mine):
                if ids[j] == b:
                    at = j
            if at < 0:
                at = n
                ids[n], counts[n] = b, 0
                values[n, 0], values[n, 1], values[n, 2] = 0, 0, mine_least
                n += 1
            else:
                values[at, 2] -= their_least
            counts[at] += their_readers[a, k]
            values[at, 0] += their_after[a, k]
            values[at, 1] += their_before[a, k]
            values[at, 2] += their_error[a, k]
        totals = values[:n, 0] + values[:n, 1] + values[:n, 2]
        order = np.argsort(-totals, kind="mergesort")
        neighbours[a, :] = -1
        after[a, :] = before[a, :] = error[a, :] = 0
        readers[a, :] = 0
        for k in range(min(n, width)):
            j = order[k]
            neighbours[a, k], readers[a, k] = ids[j], counts[j]
            after[a, k], before[a, k], error[a, k] = values[j, 0], values[j, 1], values[j, 2]


class CoReading(Statistic):
    """The strongest `width` co-read neighbours of each article, with fading weights in both directions.

    A fresh view of b adds g(t)/d to the pairs with the articles opened d = 1, 2, … views before it in the
    visit. A full list gives the place of its weakest neighbour away (Space-Saving: Metwally, Agrawal, El
    Abbadi, ICDT 2005), whose weight becomes the newcomer's `error`: true weights lie between after + before
    and after + before + error.

    Merging is exact, up to the rounding of float32 sums (relative 1e-5), while lists have room; of full
    lists, the weights stay within that interval, and any pair heavier than 2/`width` of all weight of its
    article is kept. A reader whose visits were cut apart may count twice in `readers`.

    Attributes, n = articles, K = `width`:
        neighbours: int32 (n, K), -1: free, free places last.
        after: float32 (n, K): weight of reading the neighbour after the article, as seen from the landmark.
        before: float32 (n, K): … before it.
        error: float32 (n, K): what the place may have forgotten.
        readers: int32 (n, K): readers, each once a day, seen to read the neighbour after the article since it has
            its place.
        landmark: int64 (1,), in half-lives since 1970.
    """

    name: ClassVar[str] = "coreading"
    _tables = ("neighbours", "after", "before", "error", "readers")

    def __init__(self, *, width: int, half_life: float) -> None:
        self.half_life = half_life * 1000
        self.width = width
        self.landmark: LongArray = np.zeros(1, np.int64)
        self.neighbours: IntArray = np.full((0, width), -1, np.int32)
        self.after: Weights = np.zeros((0, width), np.float32)
        self.before: Weights = np.zeros((0, width), np.float32)
        self.error: Weights = np.zeros((0, width), np.float32)
        self.readers: IntArray = np.zeros((0, width), np.int32)

    @override
    def fold(self, moment: FoldContext) -> None:
        self._make_room(moment.size)
        _fold(
            moment.fresh, moment.arrived, moment.prior, moment.article, moment.time, self.half_life, self.landmark,
            self.neighbours, self.after, self.before, self.error, self.readers,
        )  # fmt: skip

    def faded(self, now: int) -> float:
        """What weights are multiplied with to be read at `now` (ms)."""
        return fade(now, self.half_life, int(self.landmark[0]))

    def _make_room(self, size: int) -> None:
        self.size = max(self.size, size)
        for name in self._tables:
            setattr(self, name, grown(getattr(self, name), self.size, -1 if name == "neighbours" else 0))

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:  # pairs belong to visits, not to days
        theirs = cast(CoReading, other)
        self._make_room(theirs.size)
        together = np.maximum(self.landmark, theirs.landmark)
        mine_factor = np.float32(np.exp2(self.landmark - together)[0])
        their_factor = np.float32(np.exp2(theirs.landmark - together)[0])
        for name in ("after", "before", "error"):
            getattr(self, name)[:] *= mine_factor
        n = theirs.size
        _merge_rows(
            self.neighbours, self.after, self.before, self.error, self.readers,
            theirs.neighbours[:n], theirs.after[:n] * their_factor, theirs.before[:n] * their_factor,
            theirs.error[:n] * their_factor, theirs.readers[:n],
        )  # fmt: skip
        self.landmark = together

    @override
    def save(self) -> Arrays:
        return {name: getattr(self, name)[: self.size] for name in self._tables} | {"landmark": self.landmark}

    @override
    def load(self, arrays: Arrays) -> None:
        if arrays["neighbours"].shape[1] != self.width:
            raise ValueError(f"lists of {arrays['neighbours'].shape[1]} neighbours, not {self.width}")
        for name, array in arrays.items():
            setattr(self, name, array)
        self.size = len(self.neighbours)

    @override
    def canonical(self) -> Arrays:
        order = np.argsort(self.neighbours[: self.size], axis=1)
        tables = {
            name: np.take_along_axis(getattr(self, name)[: self.size], order, 1) for name in self._tables
        }
        return tables | {"landmark": self.landmark}
