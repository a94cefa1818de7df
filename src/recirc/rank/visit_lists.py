"""The newest visits of articles, side by side: a list that is followed through memory once, and not for each request.

The list of an article's visits (`Visits.earlier`) is linked through tens of megabytes, so each step waits for memory.
What was followed is kept; when the article was opened again, only what is new in front of it is followed.
"""

from typing import Final, NamedTuple

import numpy as np

from recirc.compiled import compiled_in_place
from recirc.rank.visit_arrays import VisitArrays
from recirc.types import IntArray, LongArray

LISTS: Final = 2048
"""Number of articles whose visits are kept, a power of two; of two that share a row, the last that was asked for."""


class VisitLists(NamedTuple):
    """The newest entries of some articles, see `VisitArrays`; which of them is kept is told by an article's last bits.

    Attributes, w = entries of an article:
        articles, counts: int32 (LISTS,): whose they are, -1: nobody's, and how many.
        entries: int64 (LISTS, w), the newest first.
        room: int64 (w,).
    """

    articles: IntArray
    counts: IntArray
    entries: LongArray
    room: LongArray

    @classmethod
    def of(cls, width: int) -> "VisitLists":
        """None yet, with room for so many entries of each article."""
        return cls(
            np.full(LISTS, -1, np.int32),
            np.zeros(LISTS, np.int32),
            np.zeros((LISTS, width), np.int64),
            np.zeros(width, np.int64),
        )


@compiled_in_place
def newest_visits(article: int, visits: VisitArrays, lists: VisitLists) -> int:
    """The row with the newest entries of an article. The visit of an entry may have lost its slot since: then all that
    come after it have too.
    """
    row = article & (LISTS - 1)
    newest = visits.newest[article] if article < len(visits.newest) else -1
    entries, known = lists.entries[row], lists.counts[row]
    if lists.articles[row] != article:
        known = 0
    if known > 0 and entries[0] == newest:
        return int(row)
    slots, length = visits.earlier.shape
    width, n, entry = len(entries), 0, newest
    while n < width and entry >= 0 and (known == 0 or entry != entries[0]):
        serial = entry // length
        if visits.serial[serial % slots] != serial:
            break
        lists.room[n] = entry
        n += 1
        entry = visits.earlier[serial % slots, entry % length]
    kept = min(known, width - n) if known > 0 and entry == entries[0] else 0
    for place in range(kept - 1, -1, -1):
        entries[n + place] = entries[place]
    for place in range(n):
        entries[place] = lists.room[place]
    lists.articles[row], lists.counts[row] = article, n + kept
    return int(row)
