"""Where candidates come from: one compiled pass for each source, all writing into the same table of evidence.

A source never looks through all articles: it goes along lists that the state keeps, so that a request costs the same
with ten thousand articles and with a million.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.rank.sessions import DAMPING
from recirc.types import BoolArray, FloatArray, IntArray, LongArray

Floats32 = NDArray[np.float32]

# Columns of the evidence, one row a candidate.
SESSIONS = 0  # similarity of the similar visits that opened it, damped
VOTES = 1  # how many they are
NEXT = 2  # … of those that opened it right after the newest article in common
AFTER = 3  # … anywhere after it
RECENT = 4  # similarity, fading with the visits' age
LIKE = 5  # and the two beside it: similarity of the visits of the same referrer, device and region
COREAD = 8  # shares of the co-reading of the visit's articles, fading with each step back
COREAD_MOST = 9  # the largest of these shares
AFTER_LAST = 10  # share of what is read after the last article
BEFORE_LAST = 11  # … before it
AFTER_PREVIOUS = 12  # share of what is read after the last article but one
COREAD_MASS = 13  # weight of all its pairs with the visit
AFTER_MASS = 14  # weight of its being read after the last article
FOLLOWED = 15  # visits that opened it right after the last article
FOLLOWED_LIKE = 16  # and the two beside it: … of the same referrer, device and region
FOLLOWED_RECENT = 19  # …, fading with the visits' age
FOLLOWED_LATER = 20  # visits that opened it anywhere after the last article
FOLLOWED_END = 21  # … and opened nothing after it so far
TWO_STEPS = 22  # share by way of a third article
EARLIER = 23  # shares of the co-reading of what the reader opened in earlier visits
EARLIER_MOST = 24  # the largest of these
SEEN = 25  # 1: the reader opened it in an earlier visit
TEXT_LAST = 26  # cosine with the last article's text
TEXT = 27  # largest cosine with a text of the visit, fading with each step back
EVIDENCE = 28

# What is known of the question as a whole.
SIMILARITY = 0  # sum over the similar visits
SIMILAR = 1  # how many they are
MASS_LAST = 2  # weight of all pairs of the last article, read after it
FOLLOWERS = 3  # visits that went on from the last article
FOLLOWERS_LIKE = 4  # and the two beside it: … of the same referrer, device and region
WHOLE = 7

HOUR = 3_600_000.0
RECENT_HALF_LIFE = HOUR
FOLLOWED_HALF_LIFE = HOUR / 2
EARLIER_VISITS = 8
"""So many of the articles of earlier visits speak, the newest."""
TWO_STEPS_LEAST = 0.02
"""A third article takes part from this share of the last one's co-reading on."""
TWO_STEPS_CANDIDATE = 0.002
"""From this share on, two steps alone make a candidate."""


class CandidateTable(NamedTuple):
    """The candidates on their way through the sources.

    Attributes:
        marks: int32 (n_articles or more,): 1 + place among the candidates, 0: none, -1: barred.
        allowed: bool (n_articles,): what may become a candidate.
        articles: int32 (room,): the candidates.
        size: int64 (1,): how many there are.
        most: int64 (1,): how many there may be.
        evidence: float64 (room, EVIDENCE).
        whole: float64 (WHOLE,).
    """

    marks: IntArray
    allowed: BoolArray
    articles: IntArray
    size: LongArray
    most: LongArray
    evidence: FloatArray
    whole: FloatArray


@compiled
def candidate(article: int, pool: CandidateTable) -> int:
    """The place of an article among the candidates, made if need be; -1 when there is no room or it is barred."""
    at = pool.marks[article]
    if at == 0 and pool.size[0] < pool.most[0] and article < len(pool.allowed) and pool.allowed[article]:
        place = pool.size[0]
        pool.articles[place] = article
        pool.evidence[place, :] = 0
        pool.size[0] = place + 1
        pool.marks[article] = place + 1
        return place  # type: ignore[no-any-return]  # an element of an integer array
    return at - 1 if at > 0 else -1


@compiled
def add_all(articles: IntArray, pool: CandidateTable) -> None:
    """Candidates without evidence of their own; the list ends at the first negative."""
    for article in articles:
        if article < 0:
            break
        candidate(article, pool)


@compiled
def add_sessions(
    found: int,
    touched: IntArray,
    similarity: FloatArray,
    shared: IntArray,
    history: IntArray,
    context: IntArray,
    clock: int,
    last: LongArray,
    count: IntArray,
    articles: IntArray,
    contexts: IntArray,
    pool: CandidateTable,
) -> None:
    """What the `found` similar visits opened (see `sessions.neighbour_visits`); zeroes `similarity` again."""
    steps = len(history)
    for i in range(found):
        slot = touched[i]
        weight = similarity[slot] * max(1.0 - DAMPING * shared[slot], 0.0)
        similarity[slot] = 0
        if weight <= 0:
            continue
        newest_shared = history[steps - 1 - shared[slot]]
        recent = weight * 2.0 ** (-(clock - last[slot]) / RECENT_HALF_LIFE)
        pool.whole[SIMILARITY] += weight
        pool.whole[SIMILAR] += 1
        place = count[slot]
        for j in range(count[slot]):
            if articles[slot, j] == newest_shared:
                place = j
        for j in range(count[slot]):
            at = candidate(articles[slot, j], pool)
            if at < 0:
                continue
            row = pool.evidence[at]
            row[SESSIONS] += weight
            row[VOTES] += 1
            row[RECENT] += recent
            if j == place + 1:
                row[NEXT] += weight
            if j > place:
                row[AFTER] += weight
            for c in range(3):
                if contexts[slot, c] == context[c]:
                    row[LIKE + c] += weight


@compiled
def add_followers(
    last_article: int,
    most: int,
    context: IntArray,
    clock: int,
    serial: LongArray,
    last: LongArray,
    count: IntArray,
    articles: IntArray,
    contexts: IntArray,
    earlier: LongArray,
    newest: LongArray,
    pool: CandidateTable,
) -> None:
    """What the newest `most` visits that opened `last_article` opened after it."""
    slots, length = articles.shape
    entry = newest[last_article]
    for _ in range(most):
        if entry < 0:
            break
        slot, place = (entry // length) % slots, entry % length
        if serial[slot] != entry // length:
            break
        entry = earlier[slot, place]
        if place + 1 >= count[slot]:
            continue
        recent = 2.0 ** (-(clock - last[slot]) / FOLLOWED_HALF_LIFE)
        pool.whole[FOLLOWERS] += 1
        for c in range(3):
            if contexts[slot, c] == context[c]:
                pool.whole[FOLLOWERS_LIKE + c] += 1
        for j in range(place + 1, count[slot]):
            at = candidate(articles[slot, j], pool)
            if at < 0:
                continue
            row = pool.evidence[at]
            row[FOLLOWED_LATER] += 1
            if j == count[slot] - 1:
                row[FOLLOWED_END] += 1
            if j > place + 1:
                continue
            row[FOLLOWED] += 1
            row[FOLLOWED_RECENT] += recent
            for c in range(3):
                if contexts[slot, c] == context[c]:
                    row[FOLLOWED_LIKE + c] += 1


@compiled
def mass_of(article: int, backward: float, neighbours: IntArray, after: Floats32, before: Floats32) -> float:
    """Weight of all pairs of an article, those read before it times `backward`."""
    mass = 0.0
    for k in range(neighbours.shape[1]):
        if neighbours[article, k] < 0:
            break
        mass += after[article, k] + backward * before[article, k]
    return mass


@compiled
def add_coreading(
    history: IntArray,
    backward: float,
    fading: float,
    faded: float,
    neighbours: IntArray,
    after: Floats32,
    before: Floats32,
    pool: CandidateTable,
) -> None:
    """What is read together with the articles of the visit; `faded` is what weights are read with."""
    for d in range(len(history)):
        a = history[len(history) - 1 - d]
        mass = mass_of(a, backward, neighbours, after, before)
        if mass <= 0:
            continue
        mass_after = mass_of(a, 0.0, neighbours, after, before) + 1e-30
        mass_before = max((mass - mass_after) / backward, 1e-30) if backward > 0 else 1e-30
        if d == 0:
            pool.whole[MASS_LAST] = mass_after * faded
        for k in range(neighbours.shape[1]):
            if neighbours[a, k] < 0:
                break
            at = candidate(neighbours[a, k], pool)
            if at < 0:
                continue
            row = pool.evidence[at]
            weight = after[a, k] + backward * before[a, k]
            row[COREAD] += fading**d * weight / mass
            row[COREAD_MOST] = max(row[COREAD_MOST], weight / mass)
            row[COREAD_MASS] += weight * faded
            if d == 0:
                row[AFTER_LAST] = after[a, k] / mass_after
                row[BEFORE_LAST] = before[a, k] / mass_before
                row[AFTER_MASS] = after[a, k] * faded
            elif d == 1:
                row[AFTER_PREVIOUS] = after[a, k] / mass_after


@compiled
def add_two_steps(
    last_article: int,
    backward: float,
    neighbours: IntArray,
    after: Floats32,
    before: Floats32,
    pool: CandidateTable,
) -> None:
    """What is read together with what is read together with the last article."""
    mass = mass_of(last_article, backward, neighbours, after, before)
    if mass <= 0:
        return
    for k in range(neighbours.shape[1]):
        middle = neighbours[last_article, k]
        if middle < 0:
            break
        share = (after[last_article, k] + backward * before[last_article, k]) / mass
        if share < TWO_STEPS_LEAST:
            continue
        beyond = mass_of(middle, backward, neighbours, after, before)
        for j in range(neighbours.shape[1]):
            if neighbours[middle, j] < 0 or beyond <= 0:
                break
            both = share * (after[middle, j] + backward * before[middle, j]) / beyond
            at = pool.marks[neighbours[middle, j]] - 1
            if at == -1 and both > TWO_STEPS_CANDIDATE:
                at = candidate(neighbours[middle, j], pool)
            if at >= 0:
                pool.evidence[at, TWO_STEPS] += both


@compiled
def add_earlier(
    earlier: IntArray,
    backward: float,
    neighbours: IntArray,
    after: Floats32,
    before: Floats32,
    pool: CandidateTable,
) -> None:
    """What is read together with what the reader opened in earlier visits (the newest of it)."""
    for d in range(len(earlier)):
        a = earlier[len(earlier) - 1 - d]
        at = pool.marks[a] - 1
        if at >= 0:
            pool.evidence[at, SEEN] = 1
        if d >= EARLIER_VISITS:
            continue
        mass = mass_of(a, backward, neighbours, after, before)
        for k in range(neighbours.shape[1]):
            if neighbours[a, k] < 0 or mass <= 0:
                break
            at = pool.marks[neighbours[a, k]] - 1
            if at >= 0:
                share = (after[a, k] + backward * before[a, k]) / mass
                pool.evidence[at, EARLIER] += share
                pool.evidence[at, EARLIER_MOST] = max(pool.evidence[at, EARLIER_MOST], share)


@compiled
def add_text(
    history: IntArray, fading: float, neighbours: IntArray, similarities: Floats32, pool: CandidateTable
) -> None:
    """What is alike in text to the articles of the visit."""
    for d in range(len(history)):
        a = history[len(history) - 1 - d]
        for k in range(neighbours.shape[1]):
            if neighbours[a, k] < 0:
                break
            at = candidate(neighbours[a, k], pool)
            if at >= 0:
                row = pool.evidence[at]
                row[TEXT] = max(row[TEXT], fading**d * similarities[a, k])
                if d == 0:
                    row[TEXT_LAST] = similarities[a, k]
