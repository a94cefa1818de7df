"""What speaks for each article beside another one, in one compiled pass: texts, topics and co-reading."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled, compiled_in_place
from recirc.rank.selection import insert_by_score
from recirc.shelves.kinship import kinship
from recirc.shelves.likeness import (
    LEAST_TERMS,
    WITH_TOPIC,
    has_common_topic,
    named_in_common,
    with_topic,
)
from recirc.state.calibration import closeness
from recirc.state.state import State
from recirc.state.topic_counts import TopicCounts
from recirc.types import BoolArray, FloatArray, IntArray, LongArray

SHRINK = 5.0
"""A pair read by n visits counts n / (n + SHRINK) of its weight: two readers are not yet a pattern."""

# Columns of what is found, one row for each article.
CLOSE, LIKENESS, READ, READERS, KIN = range(5)


class RelatedArrays(NamedTuple):
    """The arrays of a state that Related goes by.

    Attributes, n = articles, K = text neighbours, k = neighbours by co-reading, T = topics:
        neighbours, similarities: int32 and float32 (n, K), of `Content`.
        topics: int64 (n, T), topic_counts: of `Catalogue`.
        coread, readers: int32 (n, k); after, before: float32 (n, k), of `CoReading`.
        terms: uint32 (n, MAX_TERMS), counts: int16 (n,), of `TermIndex`.
    """

    neighbours: IntArray
    similarities: NDArray[np.float32]
    topics: LongArray
    topic_counts: TopicCounts
    coread: IntArray
    readers: IntArray
    after: NDArray[np.float32]
    before: NDArray[np.float32]
    terms: NDArray[np.uint32]
    counts: NDArray[np.int16]

    @classmethod
    def of(cls, state: State) -> "RelatedArrays":
        """The arrays themselves, not copies."""
        content, pairs = state.content, state.coreading
        return cls(
            content.neighbours,
            content.similarities,
            state.catalogue.topics,
            state.catalogue.topic_counts,
            pairs.neighbours,
            pairs.readers,
            pairs.after,
            pairs.before,
            content.index.terms,
            content.index.counts,
        )


class RelatedRules(NamedTuple):
    """What is not of an array.

    Attributes:
        least: closeness from which two texts are related, without a common topic.
        around: weight of neighbours in common in the order.
        backward: weight of a neighbour that is read before the article.
        topic_weight, coreading_weight: of the settings.
        least_readers: of a pair.
    """

    least: np.float32
    around: np.float32
    backward: np.float32
    topic_weight: float
    coreading_weight: float
    least_readers: int


@compiled
def _texts(
    article: int, rules: RelatedRules, arrays: RelatedArrays, found: FloatArray, related: IntArray
) -> int:
    """Write the related texts into `related`, score and likeness of each into a row of `found`. Returns how many."""
    held = arrays.similarities[article] > 0
    others, likeness = arrays.neighbours[article][held], arrays.similarities[article][held]
    close = closeness(article, others, likeness, arrays.neighbours, arrays.similarities)
    topical, m = with_topic(article, others, arrays.topics, arrays.topic_counts), 0
    for place in range(len(others)):
        least = rules.least * np.float32(WITH_TOPIC) if topical[place] else rules.least
        if close[place] >= least:
            related[m] = others[place]
            found[m, CLOSE] = likeness[place] + rules.around * (close[place] - likeness[place])
            found[m, LIKENESS] = likeness[place]
            m += 1
    return m


@compiled
def related_pass(article: int, rules: RelatedRules, arrays: RelatedArrays) -> tuple[IntArray, FloatArray]:
    """The articles that texts or readers relate to one, int32 (m,), ascending; what speaks for each, float64 (m, 5).

    READ is coreading_weight · √(w / max w · n / max n) · n / (n + SHRINK), see `Related`; KIN is topic_weight ·
    kinship.
    """
    coread, k = arrays.coread[article], arrays.coread.shape[1]
    rows = np.zeros((arrays.neighbours.shape[1] + k, 5))
    others = np.empty(len(rows), np.int32)
    m = _texts(article, rules, arrays, rows, others)
    heaviest, most = np.float32(0), 1
    for place in range(k):
        if coread[place] >= 0:
            weight = arrays.after[article, place] + rules.backward * arrays.before[article, place]
            heaviest, most = max(heaviest, weight), max(most, arrays.readers[article, place])
    for place in range(k):
        readers = arrays.readers[article, place]
        if coread[place] < 0 or heaviest <= 0 or readers < rules.least_readers:
            continue
        weight = arrays.after[article, place] + rules.backward * arrays.before[article, place]
        share = (
            np.sqrt(np.float64(weight / heaviest) * readers / most) * readers / (np.float64(readers) + SHRINK)
        )
        at = 0
        while at < m and others[at] != coread[place]:
            at += 1
        if at == m:
            others[m] = coread[place]
            m += 1
        rows[at, READ], rows[at, READERS] = rules.coreading_weight * share, readers
    order = np.argsort(others[:m])
    others, rows = others[:m][order], rows[:m][order]
    rows[:, KIN] = rules.topic_weight * kinship(
        article, others, arrays.neighbours, arrays.similarities, arrays.topics, arrays.topic_counts
    )
    return others, rows


class RelatedSlots(NamedTuple):
    """The slots of Related.

    Attributes:
        allowed: bool (n_articles,): articles that may be shown.
        story: int32 (n_articles,); excluded: int32 (e,): stories that may not appear.
        slots: number of slots; most: number of the best articles that may get one.
    """

    allowed: BoolArray
    story: IntArray
    excluded: IntArray
    slots: int
    most: int


@compiled
def place_related(
    article: int, rules: RelatedRules, arrays: RelatedArrays, wanted: RelatedSlots
) -> tuple[IntArray, FloatArray, FloatArray, int]:
    """Fill the slots with the best articles that have evidence, each of another story.

    Returns the articles, int32 (m,), best first; what speaks for each, float64 (m, 5), as `related_pass` has it, with
    KIN 1 where the texts give the reason, and 0 where the readers do; the scores, float64 (m,); and how many
    articles there were to choose from, at most `wanted.most`.
    """
    others, rows = related_pass(article, rules, arrays)
    scores = rows[:, CLOSE] + rows[:, KIN] + rows[:, READ]
    order, held = np.empty(len(others), np.int32), 0
    for place in range(len(others)):
        other = others[place]
        found = rows[place, CLOSE] + rows[place, READ] > 0
        if found and other != article and wanted.allowed[other]:
            held = insert_by_score(place, scores, others, order, held, wanted.most)
    chosen, placed = np.empty(min(wanted.slots, held), np.int64), 0
    for at in range(held):
        if placed == wanted.slots:
            break
        place = order[at]
        its = wanted.story[others[place]]
        taken = False
        for story in wanted.excluded:
            taken = taken or story == its
        for slot in range(placed):
            taken = taken or wanted.story[others[chosen[slot]]] == its
        if taken:
            continue
        by_text = _speaks_by_text(article, others[place], rows[place], arrays)
        if by_text or rows[place, READERS] > 0:
            chosen[placed], rows[place, KIN] = place, 1.0 if by_text else 0.0
            placed += 1
    chosen = chosen[:placed]
    return others[chosen], rows[chosen], scores[chosen], held


@compiled_in_place
def _speaks_by_text(article: int, other: int, row: FloatArray, arrays: RelatedArrays) -> bool:
    """Whether what two texts share can be named, and is the reason rather than their readers."""
    if row[CLOSE] == 0:
        return False
    if has_common_topic(article, other, arrays.topics, arrays.topic_counts):
        return True
    return (
        row[CLOSE] >= row[READ]
        and named_in_common(article, other, arrays.terms, arrays.counts) >= LEAST_TERMS
    )
