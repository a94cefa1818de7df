"""What was shown and what of it was clicked, by shelf and by slot."""

from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.state.statistic import ARTICLES, Column, FoldContext, Statistic
from recirc.types import NO_POSITION, SHELVES, Arrays, EntryKind, FloatArray, IntArray, LongArray

POSITIONS = 64
SHOWN, CLICKED = 0, 1
STEPS = (0, 1, 2, 4, 8)
"""Counts of a single article are kept for ranges of positions, which begin at these."""
PLACES = len(SHELVES) * len(STEPS)
_STEP = np.searchsorted(STEPS, np.arange(POSITIONS), side="right") - 1


class Exposure(Statistic):
    """Impressions and clicks. A click is a view that came from a shelf; excluded entries are left out.

    Attributes:
        slots: int64 (len(SHELVES), POSITIONS, 2): impressions and clicks at each position of each shelf; the last
            position stands for all beyond it.
        articles: int32 (n_articles, PLACES, 2): the same for each article, by shelf and step.
    """

    name: ClassVar[str] = "exposure"
    articles: IntArray

    def __init__(self) -> None:
        shape = (len(SHELVES), POSITIONS, 2)
        super().__init__(
            {"articles": Column(np.int32, (ARTICLES, PLACES, 2))}, others={"slots": Column(np.int64, shape)}
        )
        self.slots: LongArray = np.zeros(shape, np.int64)

    @override
    def fold(self, context: FoldContext) -> None:
        self.reserve(context.size)
        records = context.records
        on_shelf = (records["shelf"] > 0) & (records["excluded"] == 0) & (records["position"] != NO_POSITION)
        if not on_shelf.any():
            return
        for column, kind in ((SHOWN, EntryKind.IMPRESSION), (CLICKED, EntryKind.VIEW)):
            chosen = records[on_shelf & (records["kind"] == kind)]
            position = np.minimum(chosen["position"], POSITIONS - 1)
            shelf = chosen["shelf"].astype(int) - 1
            np.add.at(self.slots[..., column], (shelf, position), 1)
            place = shelf * len(STEPS) + _STEP[position]
            np.add.at(self.articles[..., column], (chosen["article"], place), 1)

    def rates(self, prior: float = 0.0, weight: float = 0.0) -> FloatArray:
        """Clicks per impression at each place, float64 (PLACES,): (clicks + weight · prior) / (impressions + weight).

        0 where there is neither an impression nor a `weight`.

        >>> exposure = Exposure()
        >>> exposure.slots[0, :3] = [[10, 4], [20, 2], [30, 3]]  # positions 2 and 3 are one step
        >>> exposure.rates()[:4].tolist(), exposure.rates(prior=0.1, weight=10)[:4].tolist()
        ([0.4, 0.1, 0.1, 0.0], [0.25, 0.1, 0.1, 0.1])
        """
        steps = np.add.reduceat(self.slots, STEPS, axis=1)
        shown = steps[..., SHOWN].ravel() + weight
        clicked = steps[..., CLICKED].ravel() + weight * prior
        return np.divide(clicked, shown, out=np.zeros(PLACES), where=shown > 0)

    @override
    def save(self) -> Arrays:
        return super().save() | {"slots": self.slots}

    @override
    def restore(self, arrays: Arrays) -> None:
        super().restore(arrays)
        self.slots = arrays["slots"]
