"""Sources of candidates: one compiled pass for each, all writing into the same table of evidence.

No source looks through all articles: each follows lists that the state keeps, so that a request costs the same with ten
thousand articles and with a million.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled_in_place
from recirc.rank.sessions import DAMPING, SessionScratch
from recirc.rank.visit_arrays import AHEAD, VisitArrays, fetch_visit
from recirc.rank.visit_lists import VisitLists, newest_visits
from recirc.types import BoolArray, FloatArray, IntArray, LongArray

Floats32 = NDArray[np.float32]

# Columns of the evidence, one row for each candidate.
SESSIONS = 0  # similarity of the similar visits that opened it, damped
VOTES = 1  # number of these visits
NEXT = 2  # similarity of those that opened it right after the newest article in common
AFTER = 3  # similarity of those that opened it anywhere after that article
RECENT = 4  # similarity, decayed by the visits' age
SAME_CONTEXT = 5  # 3 columns: similarity of the visits of the same referrer, device, region
COREAD = 8  # shares of the co-reading of the visit's articles, decayed with each step back
COREAD_MOST = 9  # the largest of these shares
AFTER_LAST = 10  # share of what is read after the last article
BEFORE_LAST = 11  # share of what is read before the last article
AFTER_PREVIOUS = 12  # share of what is read after the last article but one
COREAD_MASS = 13  # weight of all its pairs with articles of the visit
AFTER_MASS = 14  # weight of the pair in which it follows the last article
FOLLOWED = 15  # number of visits that opened it right after the last article
FOLLOWED_SAME_CONTEXT = 16  # 3 columns: number of those of the same referrer, device, region
FOLLOWED_RECENT = 19  # the same number, decayed by the visits' age
FOLLOWED_LATER = 20  # number of visits that opened it anywhere after the last article
FOLLOWED_END = 21  # number of those that have opened nothing after it
TWO_STEPS = 22  # share by way of a third article
EARLIER = 23  # shares of the co-reading of the articles of the reader's earlier visits
EARLIER_MOST = 24  # the largest of these shares
SEEN = 25  # 1: the reader opened it on an earlier visit
TEXT_LAST = 26  # cosine with the last article's text
TEXT = 27  # largest cosine with a text of the visit, decayed with each step back
EVIDENCE = 28

# Totals of the evidence, over all candidates.
SIMILARITY = 0  # sum over the similar visits
SIMILAR = 1  # number of similar visits
MASS_LAST = 2  # weight of all pairs in which an article follows the last one
FOLLOWERS = 3  # number of visits that went on from the last article
FOLLOWERS_SAME_CONTEXT = 4  # 3 columns: number of those of the same referrer, device, region
FOLLOWERS_RECENT = 7  # number of visits that went on from the last article, decayed by their age
TOTALS = 8

HOUR = 3_600_000.0
RECENT_HALF_LIFE = HOUR
FOLLOWED_HALF_LIFE = HOUR / 2
EARLIER_VISITS = 8
"""Number of articles of earlier visits whose co-reading counts, the newest."""
TWO_STEPS_LEAST = 0.02
"""Smallest share of the last article's co-reading with which a third article is followed."""
TWO_STEPS_CANDIDATE = 0.002
"""Smallest share with which two steps alone make an article a candidate."""


class CandidateTable(NamedTuple):
    """The candidates while the sources fill in their evidence.

    Attributes:
        marks: int32 (n_articles or more,): 1 + row of the candidate, 0: no candidate, -1: excluded.
        allowed: bool (n_articles,): articles that may become candidates.
        articles: int32 (room,): the candidates.
        size: int64 (1,): number of candidates.
        limit: int64 (1,): largest number of candidates.
        evidence: float64 (room, EVIDENCE).
        totals: float64 (TOTALS,).
    """

    marks: IntArray
    allowed: BoolArray
    articles: IntArray
    size: LongArray
    limit: LongArray
    evidence: FloatArray
    totals: FloatArray


class PairArrays(NamedTuple):
    """The arrays of `Coreading`.

    Attributes, k = neighbours of an article:
        neighbours: int32 (n_articles, k), -1 after the last.
        after, before: float32 (n_articles, k): weight of the pairs in which the neighbour is read after the article,
            and before it.
    """

    neighbours: IntArray
    after: Floats32
    before: Floats32


class CoreadingWeights(NamedTuple):
    """Weights of co-reading.

    Attributes:
        backward: weight of a neighbour that is read before the article, against one that is read after it.
        fading: factor for each step back from the last article of the visit.
        decay: factor of the stored weights as of the state's clock.
    """

    backward: float
    fading: float
    decay: float


@compiled_in_place
def row_of(article: int, table: CandidateTable) -> int:
    """The row of an article, added if need be; -1 if the table is full or the article is not allowed."""
    mark = table.marks[article]
    if (
        mark == 0
        and table.size[0] < table.limit[0]
        and article < len(table.allowed)
        and table.allowed[article]
    ):
        row = table.size[0]
        table.articles[row] = article
        table.evidence[row, :] = 0
        table.size[0] = row + 1
        table.marks[article] = row + 1
        return row  # type: ignore[no-any-return]  # an element of an integer array
    return mark - 1 if mark > 0 else -1


@compiled_in_place
def add_all(articles: IntArray, table: CandidateTable) -> None:
    """Add candidates without evidence of their own; the list ends at the first negative number."""
    for article in articles:
        if article < 0:
            break
        row_of(article, table)


@compiled_in_place
def add_sessions(
    found: int,
    history: IntArray,
    context: IntArray,
    clock: int,
    visits: VisitArrays,
    scratch: SessionScratch,
    table: CandidateTable,
) -> None:
    """Add what the `found` similar visits opened (see `neighbour_visits`); sets their similarity back to zero."""
    steps = len(history)
    for i in range(found):
        if i + AHEAD < found:
            fetch_visit(scratch.touched[i + AHEAD], visits)
        slot = scratch.touched[i]
        shared = scratch.shared[slot]
        weight = scratch.similarity[slot] * max(1.0 - DAMPING * shared, 0.0)
        scratch.similarity[slot] = 0
        if weight <= 0:
            continue
        newest_shared = history[steps - 1 - shared]
        recent = weight * 2.0 ** (-(clock - visits.last[slot]) / RECENT_HALF_LIFE)
        table.totals[SIMILARITY] += weight
        table.totals[SIMILAR] += 1
        place = visits.counts[slot]
        for j in range(visits.counts[slot]):
            if visits.articles[slot, j] == newest_shared:
                place = j
        for j in range(visits.counts[slot]):
            row = row_of(visits.articles[slot, j], table)
            if row < 0:
                continue
            evidence = table.evidence[row]
            evidence[SESSIONS] += weight
            evidence[VOTES] += 1
            evidence[RECENT] += recent
            if j == place + 1:
                evidence[NEXT] += weight
            if j > place:
                evidence[AFTER] += weight
            for c in range(3):
                if visits.contexts[slot, c] == context[c]:
                    evidence[SAME_CONTEXT + c] += weight


@compiled_in_place
def add_followers(
    last_article: int,
    limit: int,
    context: IntArray,
    clock: int,
    visits: VisitArrays,
    lists: VisitLists,
    table: CandidateTable,
) -> None:
    """Add what the newest `limit` visits that opened `last_article` opened after it."""
    slots, length = visits.earlier.shape
    listed = newest_visits(last_article, visits, lists)
    most = min(limit, lists.counts[listed])
    for number in range(most):
        if number + AHEAD < most:
            fetch_visit((lists.entries[listed, number + AHEAD] // length) % slots, visits)
        entry = lists.entries[listed, number]
        slot, place = (entry // length) % slots, entry % length
        # The slot may have been taken by a newer visit meanwhile; all older entries of the list are gone then too.
        if visits.serial[slot] != entry // length:
            break
        if place + 1 >= visits.counts[slot]:
            continue
        recent = 2.0 ** (-(clock - visits.last[slot]) / FOLLOWED_HALF_LIFE)
        table.totals[FOLLOWERS] += 1
        table.totals[FOLLOWERS_RECENT] += recent
        for c in range(3):
            if visits.contexts[slot, c] == context[c]:
                table.totals[FOLLOWERS_SAME_CONTEXT + c] += 1
        for j in range(place + 1, visits.counts[slot]):
            row = row_of(visits.articles[slot, j], table)
            if row < 0:
                continue
            evidence = table.evidence[row]
            evidence[FOLLOWED_LATER] += 1
            if j == visits.counts[slot] - 1:
                evidence[FOLLOWED_END] += 1
            if j > place + 1:
                continue
            evidence[FOLLOWED] += 1
            evidence[FOLLOWED_RECENT] += recent
            for c in range(3):
                if visits.contexts[slot, c] == context[c]:
                    evidence[FOLLOWED_SAME_CONTEXT + c] += 1


@compiled_in_place
def pair_mass(article: int, backward: float, pairs: PairArrays) -> float:
    """Weight of all pairs of an article, those with an article read before it times `backward`."""
    mass = 0.0
    for k in range(pairs.neighbours.shape[1]):
        if pairs.neighbours[article, k] < 0:
            break
        mass += pairs.after[article, k] + backward * pairs.before[article, k]
    return mass


@compiled_in_place
def add_coreading(
    history: IntArray, weights: CoreadingWeights, pairs: PairArrays, table: CandidateTable
) -> None:
    """Add what is read together with the articles of the visit."""
    backward = weights.backward
    for d in range(len(history)):
        a = history[len(history) - 1 - d]
        mass = pair_mass(a, backward, pairs)
        if mass <= 0:
            continue
        mass_after = pair_mass(a, 0.0, pairs) + 1e-30
        mass_before = max((mass - mass_after) / backward, 1e-30) if backward > 0 else 1e-30
        if d == 0:
            table.totals[MASS_LAST] = mass_after * weights.decay
        for k in range(pairs.neighbours.shape[1]):
            if pairs.neighbours[a, k] < 0:
                break
            row = row_of(pairs.neighbours[a, k], table)
            if row < 0:
                continue
            evidence = table.evidence[row]
            weight = pairs.after[a, k] + backward * pairs.before[a, k]
            evidence[COREAD] += weights.fading**d * weight / mass
            evidence[COREAD_MOST] = max(evidence[COREAD_MOST], weight / mass)
            evidence[COREAD_MASS] += weight * weights.decay
            if d == 0:
                evidence[AFTER_LAST] = pairs.after[a, k] / mass_after
                evidence[BEFORE_LAST] = pairs.before[a, k] / mass_before
                evidence[AFTER_MASS] = pairs.after[a, k] * weights.decay
            elif d == 1:
                evidence[AFTER_PREVIOUS] = pairs.after[a, k] / mass_after


@compiled_in_place
def add_two_steps(last_article: int, backward: float, pairs: PairArrays, table: CandidateTable) -> None:
    """Add what is read together with what is read together with the last article."""
    mass = pair_mass(last_article, backward, pairs)
    if mass <= 0:
        return
    for k in range(pairs.neighbours.shape[1]):
        middle = pairs.neighbours[last_article, k]
        if middle < 0:
            break
        share = (pairs.after[last_article, k] + backward * pairs.before[last_article, k]) / mass
        if share < TWO_STEPS_LEAST:
            continue
        beyond = pair_mass(middle, backward, pairs)
        for j in range(pairs.neighbours.shape[1]):
            if pairs.neighbours[middle, j] < 0 or beyond <= 0:
                break
            both = share * (pairs.after[middle, j] + backward * pairs.before[middle, j]) / beyond
            row = table.marks[pairs.neighbours[middle, j]] - 1
            if row == -1 and both > TWO_STEPS_CANDIDATE:
                row = row_of(pairs.neighbours[middle, j], table)
            if row >= 0:
                table.evidence[row, TWO_STEPS] += both


@compiled_in_place
def add_earlier(
    earlier: IntArray, size: int, backward: float, pairs: PairArrays, table: CandidateTable
) -> None:
    """What is read together with the newest articles of the reader's earlier visits, of those below `size`; adds no
    candidates.
    """
    followed = 0
    for d in range(len(earlier)):
        a = earlier[len(earlier) - 1 - d]
        if a >= size:
            continue
        row = table.marks[a] - 1
        if row >= 0:
            table.evidence[row, SEEN] = 1
        followed += 1
        if followed > EARLIER_VISITS:
            continue
        mass = pair_mass(a, backward, pairs)
        for k in range(pairs.neighbours.shape[1]):
            if pairs.neighbours[a, k] < 0 or mass <= 0:
                break
            row = table.marks[pairs.neighbours[a, k]] - 1
            if row >= 0:
                share = (pairs.after[a, k] + backward * pairs.before[a, k]) / mass
                table.evidence[row, EARLIER] += share
                table.evidence[row, EARLIER_MOST] = max(table.evidence[row, EARLIER_MOST], share)


@compiled_in_place
def add_text(
    history: IntArray, fading: float, neighbours: IntArray, similarities: Floats32, table: CandidateTable
) -> None:
    """Add what is similar in text to the articles of the visit, `fading` with each step back from the last."""
    for d in range(len(history)):
        a = history[len(history) - 1 - d]
        for k in range(neighbours.shape[1]):
            if neighbours[a, k] < 0:
                break
            row = row_of(neighbours[a, k], table)
            if row >= 0:
                evidence = table.evidence[row]
                evidence[TEXT] = max(evidence[TEXT], fading**d * similarities[a, k])
                if d == 0:
                    evidence[TEXT_LAST] = similarities[a, k]
