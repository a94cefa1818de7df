"""How an article was come by: a look at the newest visits that opened it."""

import numpy as np

from recirc.compiled import compiled
from recirc.state.visits import Visits
from recirc.types import IntArray, LongArray

VISITS, CAME_FROM_ANOTHER, SAME_REFERRER, SAME_DEVICE, SAME_REGION = range(5)

LOOKED_AT = 200
"""So many of an article's newest visits are looked at."""


def openings(article: int, context: IntArray, visits: Visits) -> LongArray:
    """Counts of the newest visits that opened an article, at most LOOKED_AT, by the names above; int64 (5,).

    VISITS are all of them; CAME_FROM_ANOTHER those in which it was not the first article; SAME_… those whose newest
    view has the same code as `context` (int32 (3,): referrer, device, region).
    """
    counts = np.zeros(5, np.int64)
    if article < len(visits.newest):
        _openings(article, context, visits.serial, visits.contexts, visits.earlier, visits.newest, counts)
    return counts


@compiled
def _openings(
    article: int,
    context: IntArray,
    serial: LongArray,
    contexts: IntArray,
    earlier: LongArray,
    newest: LongArray,
    counts: LongArray,
) -> None:
    slots, length = earlier.shape
    entry = newest[article]
    for _ in range(LOOKED_AT):
        if entry < 0:
            break
        slot, place = (entry // length) % slots, entry % length
        if serial[slot] != entry // length:
            break
        counts[VISITS] += 1
        if place > 0:
            counts[CAME_FROM_ANOTHER] += 1
        for c in range(3):
            if contexts[slot, c] == context[c]:
                counts[SAME_REFERRER + c] += 1
        entry = earlier[slot, place]
