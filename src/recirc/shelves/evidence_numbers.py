"""The numbers behind the evidence of several articles at once, in one compiled call."""

from typing import NamedTuple

import numpy as np

from recirc.compiled import compiled, compiled_in_place
from recirc.state.audience import READERS
from recirc.state.exposure import CLICKED, SHOWN
from recirc.state.state import State
from recirc.types import IntArray, LongArray

NONE = -1

# Columns of the numbers, one row for each article.
VISIT_READERS = 0  # readers who went on to it from an article of the visit
VISIT_OF = 1  # of so many readers of that article
VISIT_ABOUT = 2  # which article that is; NONE: there is none with enough
EARLIER_READERS = 3  # the same three for articles of earlier visits
EARLIER_OF = 4
EARLIER_ABOUT = 5
TODAY = 6  # readers of the last day
EVER = 7  # readers so far
START = 8  # ms: when it was published or, if that is unknown, first opened
PUBLISHED = 9  # 1: START is when it was published
TIMES_SHOWN = 10
TIMES_CLICKED = 11
NUMBERS = 12


class EvidenceArrays(NamedTuple):
    """The arrays of a state that evidence comes from.

    Attributes, n = articles, k = neighbours:
        coread, readers: int32 (n, k), of `CoReading`.
        totals: int64 (n, 6), of `Audience`.
        published, first: int64 (n,), ms.
        exposure: int32 (n, positions, 2).
    """

    coread: IntArray
    readers: IntArray
    totals: LongArray
    published: LongArray
    first: LongArray
    exposure: IntArray

    @classmethod
    def of(cls, state: State) -> "EvidenceArrays":
        """The arrays themselves, not copies."""
        return cls(
            state.coreading.neighbours,
            state.coreading.readers,
            state.audience.totals,
            state.catalogue.published,
            state.lifetimes.first,
            state.exposure.articles,
        )


class EvidenceQuery(NamedTuple):
    """What the numbers depend on besides the state.

    Attributes:
        opened, earlier: int32 (s,), articles of the visit, and of earlier ones, oldest first.
        least_readers: of a link by co-reading.
        today: int64 (n,): readers of each article in the last day.
    """

    opened: IntArray
    earlier: IntArray
    least_readers: int
    today: LongArray


@compiled
def evidence_numbers(articles: IntArray, query: EvidenceQuery, arrays: EvidenceArrays) -> LongArray:
    """The numbers of m articles, int64 (m, NUMBERS)."""
    numbers = np.zeros((len(articles), NUMBERS), np.int64)
    for i in range(len(articles)):
        fill_numbers(articles[i], query, arrays, numbers[i])
    return numbers


@compiled_in_place
def fill_numbers(article: int, query: EvidenceQuery, arrays: EvidenceArrays, row: LongArray) -> None:
    """Write the numbers of one article, int64 (NUMBERS,)."""
    for column in range(NUMBERS):
        row[column] = 0
    _link_coread(article, query.opened, query.least_readers, arrays, row, VISIT_READERS)
    _link_coread(article, query.earlier, query.least_readers, arrays, row, EARLIER_READERS)
    row[TODAY], row[EVER] = query.today[article], arrays.totals[article, READERS]
    published = arrays.published[article]
    row[START] = published if published >= 0 else arrays.first[article]
    row[PUBLISHED] = 1 if published >= 0 else 0
    for place in range(arrays.exposure.shape[1]):
        row[TIMES_SHOWN] += arrays.exposure[article, place, SHOWN]
        row[TIMES_CLICKED] += arrays.exposure[article, place, CLICKED]


@compiled_in_place
def _link_coread(
    article: int, opened: IntArray, least: int, arrays: EvidenceArrays, row: LongArray, column: int
) -> None:
    """Three columns of the newest opened article from which enough readers went on to this one."""
    row[column + 2] = NONE
    for d in range(len(opened) - 1, -1, -1):
        before = opened[d]
        if before >= len(arrays.coread):
            continue
        for k in range(arrays.coread.shape[1]):
            if arrays.coread[before, k] == article and arrays.readers[before, k] >= least:
                row[column] = arrays.readers[before, k]
                row[column + 1] = arrays.totals[before, READERS]
                row[column + 2] = before
                return
