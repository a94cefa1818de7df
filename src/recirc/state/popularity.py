"""What is read now: distinct readers of each article, decaying at several half-lives."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.state.decayed_counts import DecayedCounts, DecayedStatistic
from recirc.state.statistic import FoldContext
from recirc.types import FloatArray

HEAVY_HITTERS = 128
"""Number of the most read articles that are known without a search."""


class Popularity(DecayedStatistic):
    """Decayed counts of distinct readers (once a day and article, as `Audience` ranks them).

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
    def weights(self) -> FloatArray:
        """Readers as seen from the landmark, float64 (n_articles, H)."""
        return self.table.weights[:, 0, :]

    @override
    def fold(self, context: FoldContext) -> None:
        entries = context.entries
        self.table.add(
            entries.ranked, entries.article, np.zeros((len(entries.time), 1), np.int32), entries.time
        )

    def readers(self, now: int) -> FloatArray:
        """Decayed readers at `now` (ms), float64 (n_articles, H)."""
        decayed: FloatArray = self.weights[: self.size] * self.table.decay_factors(now)
        return decayed
