"""Where visits go on: how often an article was opened from another, and how often another was opened from it."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.state.decayed_counts import DecayedCounts, DecayedStatistic
from recirc.state.statistic import FoldContext

ARRIVALS, DEPARTURES = 0, 1

HEAVY_HITTERS = 64
"""Number of the heaviest articles of each column that are known without a search."""


class Transitions(DecayedStatistic):
    """Decayed counts of the steps from article to article within visits.

    An article that many readers come to from outside may lead nowhere, and may hardly ever be opened from another:
    popularity alone does not tell.

    A visit that opens 0, 1 and 2 has two steps:

    >>> from recirc.types import RECORD, Batch
    >>> context = FoldContext(Batch(1, np.zeros(3, RECORD), {}), 1)
    >>> entries = context.entries
    >>> entries.article[:], entries.prior[:, 0], entries.fresh[:] = [0, 1, 2], [-1, 0, 1], True
    >>> transitions = Transitions(half_lives=(3600.0,))
    >>> transitions.reserve(3)
    >>> transitions.fold(context)
    >>> [transitions.table.weights[:3, column, 0].tolist() for column in (ARRIVALS, DEPARTURES)]
    [[0.0, 1.0, 1.0], [1.0, 1.0, 0.0]]

    Attributes:
        table: `DecayedCounts` of two columns: ARRIVALS, views that were not their visit's first; DEPARTURES, views that
            were not its last, which the next view shows.
    """

    name: ClassVar[str] = "transitions"

    def __init__(self, *, half_lives: Sequence[float]) -> None:
        super().__init__(DecayedCounts(half_lives, columns=2, heavy_hitters=HEAVY_HITTERS))

    @override
    def fold(self, context: FoldContext) -> None:
        entries = context.entries
        steps = np.flatnonzero(entries.fresh & (entries.prior[:, 0] >= 0))
        if not len(steps):
            return
        # Each step is two entries, one after the other, so that the batching changes no bit.
        article = np.column_stack((entries.article[steps], entries.prior[steps, 0])).ravel()
        column = np.tile(np.array([[ARRIVALS], [DEPARTURES]], np.int32), (len(steps), 1))
        self.table.add(np.ones(len(article), bool), article, column, np.repeat(entries.time[steps], 2))
