"""Impressions and clicks, by shelf and by slot."""

from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.state.statistic import FoldContext, Overlap, Statistic, grown
from recirc.types import NO_POSITION, Arrays, EntryKind, FloatArray, IntArray, LongArray

POSITIONS = 64
SHOWN, CLICKED = 0, 1
STEPS = (0, 1, 2, 4, 8)
"""For single articles, positions are grouped: each counts at the last of these that is not beyond it."""
_STEP = np.searchsorted(STEPS, np.arange(POSITIONS), side="right") - 1


class Exposure(Statistic):
    """Impressions and clicks. A click is a view that came from a shelf; events of bots are left out.

    Merging adds whole numbers: exact.

    Attributes:
        numbers: uint8 (k,), ascending: numbers of the shelves in the log, see `types.SHELF_NUMBERS`.
        slots: int64 (k, POSITIONS, 2): shown and clicked, at each position of each shelf; the last position includes
            all beyond it.
        articles: int32 (n_articles, k * len(STEPS), 2): the same for each article, by shelf and step ("place").
    """

    name: ClassVar[str] = "exposure"

    def __init__(self) -> None:
        self.numbers = np.zeros(0, np.uint8)
        self.slots: LongArray = np.zeros((0, POSITIONS, 2), np.int64)
        self.articles: IntArray = np.zeros((0, 0, 2), np.int32)

    @override
    def fold(self, moment: FoldContext) -> None:
        self.size = max(self.size, moment.size)
        self.articles = grown(self.articles, self.size)
        records = moment.records
        on_shelf = (records["shelf"] > 0) & (records["excluded"] == 0) & (records["position"] != NO_POSITION)
        if not on_shelf.any():
            return
        for column, kind in ((SHOWN, EntryKind.IMPRESSION), (CLICKED, EntryKind.VIEW)):
            chosen = records[on_shelf & (records["kind"] == kind)]
            self._add_shelves(chosen["shelf"])
            position = np.minimum(chosen["position"], POSITIONS - 1)
            row = np.searchsorted(self.numbers, chosen["shelf"])
            np.add.at(self.slots[..., column], (row, position), 1)
            place = row * len(STEPS) + _STEP[position]
            np.add.at(self.articles[..., column], (chosen["article"], place), 1)

    def shelf(self, number: int) -> LongArray:
        """The rows of `slots` of one shelf, int64 (POSITIONS, 2)."""
        row = self._row(number)
        return self.slots[row] if row >= 0 else np.zeros((POSITIONS, 2), np.int64)

    def place(self, number: int, position: int) -> int:
        """Column of `articles`, and place in `rates`, of a slot of a shelf; -1: the log has nothing of the shelf."""
        row = self._row(number)
        return row * len(STEPS) + int(_STEP[min(position, POSITIONS - 1)]) if row >= 0 else -1

    def rates(self, prior: float = 0.0, weight: float = 0.0) -> FloatArray:
        """Clicks for each impression in each place, float64 (k * len(STEPS),).

        With `weight`, as if each place had this many impressions more, with the rate `prior`; without, 0 where there
        are none.
        """
        steps = np.add.reduceat(self.slots, STEPS, axis=1)
        seen = steps[..., SHOWN].ravel() + weight
        clicked = steps[..., CLICKED].ravel() + weight * prior
        return np.divide(clicked, seen, out=np.zeros(len(seen)), where=seen > 0)

    def _row(self, number: int) -> int:
        row = int(np.searchsorted(self.numbers, number))
        return row if row < len(self.numbers) and self.numbers[row] == number else -1

    def _add_shelves(self, numbers: NDArray[np.uint8]) -> None:
        """Make room for shelves that are new."""
        known = np.union1d(self.numbers, np.flatnonzero(np.bincount(numbers, minlength=256))).astype(np.uint8)
        if len(known) == len(self.numbers):
            return
        rows = np.searchsorted(known, self.numbers)
        slots = np.zeros((len(known), POSITIONS, 2), np.int64)
        slots[rows] = self.slots
        articles = np.zeros((len(self.articles), len(known) * len(STEPS), 2), np.int32)
        articles[:, (rows[:, None] * len(STEPS) + np.arange(len(STEPS))).ravel()] = self.articles
        self.numbers, self.slots, self.articles = known, slots, articles

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:  # every impression counts
        theirs = cast(Exposure, other)
        self.size = max(self.size, theirs.size)
        self.articles = grown(self.articles, self.size)
        self._add_shelves(theirs.numbers)
        rows = np.searchsorted(self.numbers, theirs.numbers)
        places = (rows[:, None] * len(STEPS) + np.arange(len(STEPS))).ravel()
        self.articles[: theirs.size, places] += theirs.articles[: theirs.size]
        self.slots[rows] += theirs.slots

    @override
    def save(self) -> Arrays:
        return {"numbers": self.numbers, "slots": self.slots, "articles": self.articles[: self.size]}

    @override
    def load(self, arrays: Arrays) -> None:
        numbers, slots, articles = (arrays[name] for name in ("numbers", "slots", "articles"))
        k = len(numbers)
        for name, found, right in (
            ("slots", slots.shape, (k, POSITIONS, 2)),
            ("articles", articles.shape[1:], (k * len(STEPS), 2)),
        ):
            if found != right:
                raise ValueError(f"exposure of {k} shelves with {name} of shape {found}")
        self.numbers, self.slots, self.articles = numbers, slots, articles
        self.size = len(articles)
