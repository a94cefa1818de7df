"""The arrays of `Visits` as compiled loops read them."""

from typing import Final, NamedTuple

from recirc.compiled import compiled_in_place, prefetch
from recirc.state.visits import Visits
from recirc.types import IntArray, LongArray

AHEAD: Final = 8
"""Number of visits between fetching what one has, and reading it."""


class VisitArrays(NamedTuple):
    """The arrays of `Visits`: a ring of slots, and for each article a linked list of the visits that opened it.

    Attributes, s = slots, l = articles of a visit:
        serial: int64 (s,): running number of the visit in the slot.
        last: int64 (s,), ms: time of its newest view.
        counts: int32 (s,): number of its articles.
        articles: int32 (s, l), in the order of opening.
        contexts: int32 (s, 3): codes of referrer, device and region of its newest view.
        earlier: int64 (s, l): for each article the entry of the visit that opened it before; an entry is
            serial · l + position, -1: none.
        newest: int64 (n_articles,): the newest entry of each article.
    """

    serial: LongArray
    last: LongArray
    counts: IntArray
    articles: IntArray
    contexts: IntArray
    earlier: LongArray
    newest: LongArray


def visit_arrays(visits: Visits) -> VisitArrays:
    """The arrays themselves, not copies."""
    return VisitArrays(
        serial=visits.serial,
        last=visits.last,
        counts=visits.count,
        articles=visits.articles,
        contexts=visits.contexts,
        earlier=visits.earlier,
        newest=visits.newest,
    )


@compiled_in_place
def fetch_visit(slot: int, visits: VisitArrays) -> None:
    """Fetch what a loop over visits will read of the one in a slot: each lies anywhere in memory."""
    length = visits.articles.shape[1]
    prefetch(visits.serial, slot)
    prefetch(visits.counts, slot)
    prefetch(visits.last, slot)
    prefetch(visits.contexts, 3 * slot)
    prefetch(visits.articles, slot * length)
