"""The numbers behind the evidence of several articles at once, in one compiled call."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
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
TEXT_ABOUT = 6  # the article of the visit that its text is similar to; NONE: there is none
TODAY = 7  # readers of the last day
EVER = 8  # readers so far
START = 9  # ms: when it was published or, if that is unknown, first opened
PUBLISHED = 10  # 1: START is when it was published
TIMES_SHOWN = 11
TIMES_CLICKED = 12
NUMBERS = 13


class EvidenceArrays(NamedTuple):
    """The arrays of a state that evidence comes from.

    Attributes, n = articles, k = neighbours:
        coread, readers: int32 (n, k), of `CoReading`.
        alike: int32 (n, k), similarities: float32 (n, k), of `Content`.
        totals: int64 (n, 6), of `Audience`.
        published, first: int64 (n,), ms.
        exposure: int32 (n, positions, 2).
    """

    coread: IntArray
    readers: IntArray
    alike: IntArray
    similarities: NDArray[np.float32]
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
            state.content.neighbours,
            state.content.similarities,
            state.audience.totals,
            state.catalogue.published,
            state.lifetimes.first,
            state.exposure.articles,
        )


class EvidenceQuery(NamedTuple):
    """What the numbers depend on besides the state.

    Attributes:
        opened, earlier: int32 (s,), articles of the visit, and of earlier ones, oldest first.
        least_readers: of a link by co-reading; least_similarity: of one by text.
        today: int64 (n,): readers of each article in the last day.
    """

    opened: IntArray
    earlier: IntArray
    least_readers: int
    least_similarity: float
    today: LongArray


@compiled
def evidence_numbers(
    articles: IntArray, query: EvidenceQuery, arrays: EvidenceArrays
) -> tuple[LongArray, NDArray[np.float64]]:
    """The numbers, int64 (m, NUMBERS), and the cosine with the text of TEXT_ABOUT, float64 (m,), of m articles."""
    numbers, cosines = np.zeros((len(articles), NUMBERS), np.int64), np.zeros(len(articles))
    for i in range(len(articles)):
        article, row = articles[i], numbers[i]
        _link_coread(article, query.opened, query.least_readers, arrays, row, VISIT_READERS)
        _link_coread(article, query.earlier, query.least_readers, arrays, row, EARLIER_READERS)
        cosines[i] = _link_text(article, query.opened, query.least_similarity, arrays, row)
        row[TODAY], row[EVER] = query.today[article], arrays.totals[article, READERS]
        published = arrays.published[article]
        row[START] = published if published >= 0 else arrays.first[article]
        row[PUBLISHED] = 1 if published >= 0 else 0
        for place in range(arrays.exposure.shape[1]):
            row[TIMES_SHOWN] += arrays.exposure[article, place, SHOWN]
            row[TIMES_CLICKED] += arrays.exposure[article, place, CLICKED]
    return numbers, cosines


@compiled
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


@compiled
def _link_text(article: int, opened: IntArray, least: float, arrays: EvidenceArrays, row: LongArray) -> float:
    """The cosine with the newest opened article whose text is similar enough; 0 without one."""
    row[TEXT_ABOUT] = NONE
    for d in range(len(opened) - 1, -1, -1):
        before = opened[d]
        if before >= len(arrays.alike):
            continue
        for k in range(arrays.alike.shape[1]):
            if arrays.alike[before, k] == article and arrays.similarities[before, k] >= least:
                row[TEXT_ABOUT] = before
                return float(arrays.similarities[before, k])
    return 0.0
