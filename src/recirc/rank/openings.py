"""How readers came to an article: counts over the newest visits that opened it."""

import numpy as np

from recirc.compiled import compiled_in_place
from recirc.rank.visit_arrays import VisitArrays, visit_arrays
from recirc.state.visits import Visits
from recirc.types import IntArray, LongArray

VISITS, CAME_FROM_ANOTHER, SAME_REFERRER, SAME_DEVICE, SAME_REGION = range(5)

RECENT_VISITS = 200
"""Number of an article's newest visits that are counted."""


def openings(article: int, context: IntArray, visits: Visits) -> LongArray:
    """Counts of the newest visits that opened an article, at most RECENT_VISITS, by the names above; int64 (5,).

    VISITS: all of them; CAME_FROM_ANOTHER: those in which it was not the first article; SAME_…: those whose newest
    view has the same code as `context` (int32 (3,): referrer, device, region).
    """
    counts = np.zeros(5, np.int64)
    if article < len(visits.newest):
        count_openings(article, context, visit_arrays(visits), counts)
    return counts


@compiled_in_place
def count_openings(article: int, context: IntArray, visits: VisitArrays, counts: LongArray) -> None:
    """As `openings`, added to `counts`."""
    slots, length = visits.earlier.shape
    entry = visits.newest[article]
    for _ in range(RECENT_VISITS):
        if entry < 0:
            break
        slot, place = (entry // length) % slots, entry % length
        if visits.serial[slot] != entry // length:
            break
        counts[VISITS] += 1
        if place > 0:
            counts[CAME_FROM_ANOTHER] += 1
        for c in range(3):
            if visits.contexts[slot, c] == context[c]:
                counts[SAME_REFERRER + c] += 1
        entry = visits.earlier[slot, place]
