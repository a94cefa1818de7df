"""Where visits go on: how often an article was opened from another, and how often another was opened from it."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.state.decayed_counts import DecayedCounts, DecayedStatistic
from recirc.state.statistic import FoldContext

ARRIVALS, DEPARTURES = 0, 1

HEAVY_HITTERS = 64
"""So many of the leading articles are known without a search."""


class Transitions(DecayedStatistic):
    """Fading counts of the steps from article to article within visits.

    An article that many come to from outside may lead nowhere, and hardly ever be gone on to: popularity alone does
    not tell.

    Merging adds; it agrees with one fold up to the rounding of float64 sums (relative 1e-9).

    Attributes:
        table: `DecayedCounts` of two columns: ARRIVALS, views that were not their visit's first; DEPARTURES, views that
            were not its last, told by the next.
    """

    name: ClassVar[str] = "passage"

    def __init__(self, *, half_lives: Sequence[float]) -> None:
        super().__init__(DecayedCounts(half_lives, columns=2, heavy_hitters=HEAVY_HITTERS))

    @override
    def fold(self, moment: FoldContext) -> None:
        self.make_room(moment)
        steps = np.flatnonzero(moment.fresh & (moment.prior[:, 0] >= 0))
        if not len(steps):
            return
        # Each step is two entries one after the other, so that no order of folding changes a bit.
        article = np.column_stack((moment.article[steps], moment.prior[steps, 0])).ravel()
        column = np.tile(np.array([[ARRIVALS], [DEPARTURES]], np.int32), (len(steps), 1))
        time = np.repeat(moment.time[steps], 2)
        self.table.add(np.ones(len(article), bool), article, column, time)
