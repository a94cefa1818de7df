"""Normative diversity of rankings: rank-aware divergences between what is shown, what was read, and what there is.

After RADio (Vrijenhoek, Bénédict, Gutierrez Granada, Odijk, de Rijke: "RADio – Rank-Aware Divergence Metrics to Measure
Normative Diversity in News Recommendations", RecSys 2022): each is the Jensen-Shannon divergence of two distributions,
in bits, 0 where they are the same and 1 where they have nothing in common; an article at rank r of a list weighs
1 / log2(r + 1). What RADio calls activation and alternative voices is not measured: the one needs a measure of affect
that holds in every language, the other who of the people in a text belongs to a minority; no log and no
archive says so.
"""

from typing import Final

import numpy as np

from recirc.rank.divergence import divergence, rank_weights
from recirc.state.catalogue import Catalogue
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, LongArray

HOUR: Final = 3_600_000
SUPPLY_HOURS: Final = 24
"""Articles published so many hours before the beginning of the state's hour are the supply."""
PAIRS: Final = 1_000
"""About how many pairs of lists fragmentation is the mean of."""
LISTED: Final = 20
"""Articles of a list that are compared."""


class NormativeDiversity:
    """Measures rankings against what their reader read and what was published."""

    def __init__(self) -> None:
        self._hour = -1
        self._supply: tuple[LongArray, FloatArray] = np.zeros(0, np.int64), np.zeros(0)

    def measure(self, ranking: IntArray, history: IntArray, state: State) -> tuple[float, float]:
        """Calibration and representation of a ranking, int32 (m,), for a reader who opened `history`, int32 (s,).

        Calibration compares the sections of the list with those of what was opened; representation the topics (people,
        organisations and places among them) with those of what was published in the SUPPLY_HOURS before. NaN where
        sections or topics are not known.
        """
        catalogue, size = state.catalogue, state.catalogue.size
        ranking, history = ranking[:LISTED], history[(history >= 0) & (history < size)]
        ranking = ranking[(ranking >= 0) & (ranking < size)]
        weights = rank_weights(len(ranking))
        sections = catalogue.section
        calibration = divergence(sections[ranking], weights, sections[history], np.ones(len(history)))
        topics = catalogue.topics[ranking]
        keys, per_topic = topics.ravel(), np.repeat(weights, topics.shape[1])
        representation = divergence(keys, per_topic, *self._supplied(catalogue, state.clock))
        return calibration, representation

    def _supplied(self, catalogue: Catalogue, clock: int) -> tuple[LongArray, FloatArray]:
        """The topics of what was published before the hour, and how often: the same whichever query asks first."""
        hour = clock // HOUR
        if hour != self._hour:
            published = catalogue.published[: catalogue.size]
            fresh = (published >= (hour - SUPPLY_HOURS) * HOUR) & (published < hour * HOUR)
            topics = catalogue.topics[: catalogue.size][fresh].ravel()
            keys, counts = np.unique(topics[topics != 0], return_counts=True)
            self._hour, self._supply = hour, (keys, counts.astype(np.float64))
        return self._supply


def fragmentation(lists: IntArray) -> float:
    """The mean divergence of the stories of lists that follow each other; NaN for fewer than two lists.

    Args:
        lists: int32 (n, LISTED): the stories of each list, best first, from 1; 0: no more.

    >>> same = np.array([[1, 2, 3], [1, 2, 3]], np.int32)
    >>> fragmentation(same), round(fragmentation(np.array([[1, 2], [3, 4]], np.int32)), 2)
    (0.0, 0.99)
    """
    found = [
        divergence(one.astype(np.int64), weights, other.astype(np.int64), weights)
        for one, other, weights in zip(
            lists[:-1], lists[1:], [rank_weights(lists.shape[1])] * max(len(lists) - 1, 0), strict=True
        )
    ]
    known = [each for each in found if not np.isnan(each)]
    return float(np.mean(known)) if known else float("nan")
