"""Which texts are related, and what they share: never a number alone."""

from collections.abc import Sequence, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled, compiled_in_place
from recirc.shelves.reasons import Evidence
from recirc.state.content import ENGLISH
from recirc.state.state import State
from recirc.state.topic_counts import TELLING, TopicCounts, topic_weight
from recirc.text.terms import NAMED
from recirc.types import BoolArray, IntArray, LongArray

MOST_TERMS: Final = 8
"""Number of shared terms that are kept to name some of them."""
LEAST_TERMS: Final = 2
"""Number of terms that can be named which two texts without a common topic must share: one may be there by chance."""
WITH_TOPIC: Final = 0.6
"""Share of the least closeness from which two texts are related if they have a topic in common."""

AROUND: Final = 2.0
ENGLISH_AROUND: Final = 0.5
"""Weights of neighbours in common in the order; see docs/decisions/2026-11-29-likeness-by-language.md."""


@compiled
def with_topic(article: int, others: IntArray, topics: LongArray, counts: TopicCounts) -> BoolArray:
    """Which of the others have a telling topic in common with an article, bool (m,)."""
    out = np.zeros(len(others), np.bool_)
    for place in range(len(others)):
        out[place] = has_common_topic(article, others[place], topics, counts)
    return out


@compiled_in_place
def has_common_topic(one: int, other: int, topics: LongArray, counts: TopicCounts) -> bool:
    """Whether two articles have a topic in common whose weight is TELLING; `topics` as `Catalogue` keeps them."""
    for own in topics[one]:
        for its in topics[other]:
            if own != 0 and own == its and topic_weight(own, counts) >= TELLING:
                return True
    return False


@compiled_in_place
def named_in_common(one: int, other: int, terms: NDArray[np.uint32], counts: NDArray[np.int16]) -> int:
    """Number of terms that can be named and both texts have, counted up to LEAST_TERMS; arrays of `TermIndex`."""
    found = 0
    for k in range(counts[one]):
        term = terms[one, k]
        if term & np.uint32(NAMED) == 0:
            continue
        for j in range(counts[other]):
            if terms[other, j] == term:
                found += 1
                break
        if found == LEAST_TERMS:
            break
    return found


def around_weight(state: State, article: int) -> np.float32:
    """The weight of neighbours in common with an article."""
    return np.float32(ENGLISH_AROUND if state.content.index.languages[article] == ENGLISH else AROUND)


def related_texts(state: State, article: int, precision: float) -> dict[int, tuple[float, float]]:
    """The text neighbours of an article that are related to it: score and likeness by article.

    score = likeness + w · (closeness - likeness), w = AROUND, in English ENGLISH_AROUND

    Which closeness is enough, is learned from the archive (`calibration`); with a topic in common, a part of it is.
    """
    content = state.content
    held = content.similarities[article] > 0
    others, likeness = content.neighbours[article][held], content.similarities[article][held]
    close = content.closeness(article, others, likeness)
    least = np.float32(content.least_closeness(article, precision) if precision else 0.0)
    enough = close >= np.where(
        with_topic(article, others, state.catalogue.topics, state.catalogue.topic_counts),
        least * np.float32(WITH_TOPIC),
        least,
    )
    around = around_weight(state, article)
    score = likeness + around * (close - likeness)
    row = zip(others[enough].tolist(), score[enough].tolist(), likeness[enough].tolist(), strict=True)
    return {other: (points, alike) for other, points, alike in row}


class SharedTerms:
    """The terms that an article shares with others, looked up for several at once."""

    def __init__(self, state: State, article: int, others: Sequence[int]) -> None:
        """`others`: those that are asked for first."""
        self._index, self._article, self._others = state.content.index, article, others
        self._found: dict[int, list[int]] = {}

    def of(self, other: int) -> tuple[int, ...]:
        """The terms shared with another article, the rarest first."""
        if not self._found:
            found = self._index.shared_each(self._article, self._others, MOST_TERMS)
            self._found = dict(zip(self._others, found, strict=True))
        if other not in self._found:
            self._found[other] = self._index.shared(self._article, other, MOST_TERMS)
        return tuple(self._found[other])


def shared(
    state: State, article: int, other: int, likeness: float, known: SharedTerms | None = None
) -> Evidence | None:
    """What two texts share: topics, else terms; None: nothing that could be named."""
    topics, content = state.catalogue.topics, state.content
    numbers = {"deviations": round(content.deviations(article, likeness), 1)}
    own = topics[article].tolist()
    common = _telling({*own} & {*topics[other].tolist()} - {0}, state) if any(own) else ()
    terms = (known or SharedTerms(state, article, [other])).of(other)
    if common:
        return Evidence("same topics", numbers, article, common, terms=terms, of=other)
    if len(terms) < LEAST_TERMS:
        return None
    return Evidence("similar text", numbers, article, terms=terms, of=other)


def _telling(topics: Set[int], state: State) -> tuple[int, ...]:
    """Those of some topics that tell something, the most telling first."""
    weights = {topic: topic_weight(topic, state.catalogue.topic_counts) for topic in topics}
    found = [topic for topic in topics if weights[topic] >= TELLING]
    return tuple(sorted(found, key=lambda topic: (-weights[topic], topic)))
