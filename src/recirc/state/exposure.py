"""Impressions and clicks, by shelf and by slot: of readers, each once a day."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.state.statistic import ARTICLES, Column, FoldContext, Statistic
from recirc.types import NO_POSITION, Arrays, Decision, EntryKind, FloatArray, IntArray, LongArray

POSITIONS = 64
SHOWN, CLICKED = 0, 1
STEPS = (0, 1, 2, 4, 8)
"""For single articles, positions are grouped: each counts at the last of these that is not beyond it."""
SHELVES, PLACES = "shelves", "places"
"""Axes of its arrays."""
_STEP = np.searchsorted(STEPS, np.arange(POSITIONS), side="right") - 1


class Exposure(Statistic):
    """Impressions and clicks: of impressions those that were counted when they entered the log (`store.decisions`), and
    views that are their reader's first of an article that day and came from a shelf. Of slots that an editors' rule
    gave nothing counts: nobody chose what was in them by its evidence.

    Attributes:
        numbers: uint8 (k,), ascending: numbers of the shelves in the log, see `types.SHELF_NUMBERS`.
        slots: int64 (k, POSITIONS, 2): shown and clicked, at each position of each shelf; the last position includes
            all beyond it.
        articles: int32 (n_articles, k * len(STEPS), 2): the same for each article, by shelf and step ("place").
    """

    name: ClassVar[str] = "exposure"

    articles: IntArray

    def __init__(self) -> None:
        super().__init__(
            {"articles": Column(np.int32, (ARTICLES, PLACES, 2))},
            others={
                "numbers": Column(np.uint8, (SHELVES,)),
                "slots": Column(np.int64, (SHELVES, POSITIONS, 2)),
            },
        )
        self.numbers: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.slots: LongArray = np.zeros((0, POSITIONS, 2), np.int64)

    @override
    def fold(self, context: FoldContext) -> None:
        records = context.records
        on_shelf = (records["shelf"] > 0) & (records["excluded"] == 0) & (records["position"] != NO_POSITION)
        on_shelf &= records["value"] >= 0  # else a rule gave the slot
        if not on_shelf.any():
            return
        for column, kind, flag in (
            (SHOWN, EntryKind.IMPRESSION, Decision.COUNTED),
            (CLICKED, EntryKind.VIEW, Decision.NEW_READER),
        ):
            counted = records["decision"] & (flag | Decision.DOUBTFUL) == flag
            chosen = records[on_shelf & (records["kind"] == kind) & counted]
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
        """Clicks per impression in each place, float64 (k * len(STEPS),):
        (clicks + weight · prior) / (impressions + weight).

        0 where there is neither an impression nor a `weight`.

        >>> exposure = Exposure()
        >>> exposure.slots = np.zeros((1, POSITIONS, 2), np.int64)
        >>> exposure.slots[0, :3] = [[10, 4], [20, 2], [30, 3]]  # positions 0, 1 and 2 are a place each
        >>> exposure.rates()[:4].tolist(), exposure.rates(prior=0.1, weight=10)[:4].tolist()
        ([0.4, 0.1, 0.1, 0.0], [0.25, 0.1, 0.1, 0.1])
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
    def save(self) -> Arrays:
        return super().save() | {"numbers": self.numbers, "slots": self.slots}

    @override
    def restore(self, arrays: Arrays) -> None:
        numbers, places = arrays["numbers"], arrays["articles"].shape[1]
        if places != len(numbers) * len(STEPS) or (np.diff(numbers.astype(int)) <= 0).any():
            raise ValueError(
                f"exposure: {len(numbers)} shelves with {places} places, or not in ascending order"
            )
        super().restore(arrays)
        self.numbers, self.slots = numbers, arrays["slots"]
