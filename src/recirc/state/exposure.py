"""What was shown and what of it was clicked, by shelf and by slot."""

from typing import ClassVar, cast

import numpy as np
from typing_extensions import override

from recirc.state.statistic import Moment, Overlap, Statistic, grown
from recirc.types import NO_POSITION, SHELVES, Arrays, Entry, LongArray

POSITIONS = 64
SHOWN, CLICKED = 0, 1


class Exposure(Statistic):
    """Impressions and clicks. A click is a view that came from a shelf; what bots did is left out.

    Merging adds whole numbers: exact.

    Attributes:
        slots: int64 (len(SHELVES), POSITIONS, 2): seen and clicked, at each place of each shelf; the last
            place takes all beyond it.
        articles: int64 (n_articles, 2): the same for each article, on all shelves.
    """

    name: ClassVar[str] = "exposure"

    def __init__(self) -> None:
        self.slots: LongArray = np.zeros((len(SHELVES), POSITIONS, 2), np.int64)
        self.articles: LongArray = np.zeros((0, 2), np.int64)

    @override
    def fold(self, moment: Moment) -> None:
        self.size = max(self.size, moment.size)
        self.articles = grown(self.articles, self.size)
        records = moment.records
        on_shelf = (records["shelf"] > 0) & (records["excluded"] == 0) & (records["position"] != NO_POSITION)
        for column, kind in ((SHOWN, Entry.IMPRESSION), (CLICKED, Entry.VIEW)):
            chosen = records[on_shelf & (records["kind"] == kind)]
            position = np.minimum(chosen["position"], POSITIONS - 1)
            np.add.at(self.slots[..., column], (chosen["shelf"].astype(int) - 1, position), 1)
            np.add.at(self.articles[:, column], chosen["article"], 1)

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
        if arrays["slots"].shape != self.slots.shape:
            raise ValueError(f"exposure of shape {arrays['slots'].shape}")
        self.slots, self.articles = arrays["slots"], arrays["articles"]
        self.size = len(self.articles)
