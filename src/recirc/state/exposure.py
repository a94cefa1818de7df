"""What was shown and what of it was clicked, by shelf and by slot."""

from typing import ClassVar, cast

import numpy as np
from typing_extensions import override

from recirc.state.statistic import FoldContext, Overlap, Statistic, grown
from recirc.types import NO_POSITION, SHELVES, Arrays, EntryKind, FloatArray, IntArray, LongArray

POSITIONS = 64
SHOWN, CLICKED = 0, 1
STEPS = (0, 1, 2, 4, 8)
"""For single articles, positions are told apart by the last of these that they reach."""
PLACES = len(SHELVES) * len(STEPS)
_STEP = np.searchsorted(STEPS, np.arange(POSITIONS), side="right") - 1


class Exposure(Statistic):
    """Impressions and clicks. A click is a view that came from a shelf; what bots did is left out.

    Merging adds whole numbers: exact.

    Attributes:
        slots: int64 (len(SHELVES), POSITIONS, 2): seen and clicked, at each place of each shelf; the last
            place takes all beyond it.
        articles: int32 (n_articles, PLACES, 2): the same for each article, by shelf and step.
    """

    name: ClassVar[str] = "exposure"

    def __init__(self) -> None:
        self.slots: LongArray = np.zeros((len(SHELVES), POSITIONS, 2), np.int64)
        self.articles: IntArray = np.zeros((0, PLACES, 2), np.int32)

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
            position = np.minimum(chosen["position"], POSITIONS - 1)
            shelf = chosen["shelf"].astype(int) - 1
            np.add.at(self.slots[..., column], (shelf, position), 1)
            place = shelf * len(STEPS) + _STEP[position]
            np.add.at(self.articles[..., column], (chosen["article"], place), 1)

    def rates(self, prior: float = 0.0, weight: float = 0.0) -> FloatArray:
        """Clicks for each time that an article was seen in a place, float64 (PLACES,).

        With `weight`, as if each place had been seen so many times more with the rate `prior`; without, 0 where
        nothing was seen.
        """
        steps = np.add.reduceat(self.slots, STEPS, axis=1)
        seen = steps[..., SHOWN].ravel() + weight
        clicked = steps[..., CLICKED].ravel() + weight * prior
        return np.divide(clicked, seen, out=np.zeros(PLACES), where=seen > 0)

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:  # every impression counts
        theirs = cast(Exposure, other)
        self.size = max(self.size, theirs.size)
        self.articles = grown(self.articles, self.size)
        self.articles[: theirs.size] += theirs.articles[: theirs.size]
        self.slots += theirs.slots

    @override
    def save(self) -> Arrays:
        return {"slots": self.slots, "articles": self.articles[: self.size]}

    @override
    def load(self, arrays: Arrays) -> None:
        for name in ("slots", "articles"):
            if arrays[name].shape[1:] != getattr(self, name).shape[1:]:
                raise ValueError(f"exposure with {name} of shape {arrays[name].shape}")
        self.slots, self.articles = arrays["slots"], arrays["articles"]
        self.size = len(self.articles)
