"""What is read now: distinct readers of each article, fading at several half-lives."""

from collections.abc import Sequence
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.state.decayed_counts import DecayedCounts, DecayedStatistic
from recirc.state.statistic import FoldContext, Overlap, Statistic
from recirc.types import FloatArray

HEAVY_HITTERS = 128
"""So many of the leading articles are known without a search."""


class Popularity(DecayedStatistic):
    """Fading counts of distinct readers (once a day and article, as `Audience` counts them).

    Merging adds; it agrees with one fold up to the rounding of float64 sums (relative 1e-9).

    Attributes:
        table: `DecayedCounts` of one column, the readers.
    """

    name: ClassVar[str] = "popularity"

    def __init__(self, *, half_lives: Sequence[float]) -> None:
        super().__init__(DecayedCounts(half_lives, heavy_hitters=HEAVY_HITTERS))

    @property
    def half_lives(self) -> FloatArray:
        """float64 (H,), ms."""
        return self.table.half_lives

    @property
    def weights(self) -> NDArray[np.float64]:
        """Readers as seen from the landmark, float64 (n_articles, H)."""
        return cast(FloatArray, self.table.weights[:, 0, :])

    @override
    def fold(self, moment: FoldContext) -> None:
        self.make_room(moment)
        column = np.zeros((len(moment.records), 1), np.int32)
        self.table.add(moment.arrived, moment.article, column, moment.time)

    def readers(self, now: int) -> FloatArray:
        """Faded readers at `now` (ms), float64 (n_articles, H)."""
        faded: FloatArray = self.weights[: self.size] * self.table.factors(now)
        return faded

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:
        super().merge(other, overlap)
        self.table.take_back(overlap.article, overlap.time)
