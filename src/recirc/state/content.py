"""Which texts are alike: each article's vector, terms and nearest neighbours, found when it is published."""

from typing import ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.calibration import (
    BINS,
    LABELLED,
    PAIRS,
    SAME,
    SCALE,
    SQUARES,
    SUM,
    closeness,
    least_closeness,
    tally,
    unrelated,
)
from recirc.state.statistic import ARTICLES, Column, FoldContext, Statistic
from recirc.text.language_vectors import LANGUAGES
from recirc.text.slugs import key
from recirc.text.term_index import CODES, TermIndex, code_of
from recirc.text.terms import MAX_TERMS, Terms
from recirc.types import Arrays, ArticleFeatures, EntryKind, IntArray, LongArray

Vectors = NDArray[np.int8]
Similarities = NDArray[np.float32]

TERM_WEIGHT: Final = 0.5
ENGLISH_WEIGHT: Final = 0.3
"""Weights of the terms against the vectors; see docs/decisions/2026-11-29-likeness-by-language.md."""
ENGLISH: Final = code_of("en")
WITH_TABLE: Final = frozenset((ENGLISH, *map(code_of, LANGUAGES)))
UNSORTED: Final = key("news")
"""The section of an article that came without one: it says nothing of its subject."""
NO_TERMS: Final = Terms(np.zeros(0, np.uint32), np.zeros(0, np.uint8))


class ComparedText(NamedTuple):
    """What is compared of a text: its vector, its terms, and the codes of its language and its section."""

    vector: Vectors
    terms: Terms
    language: int
    section: int


@compiled
def _likeness(article: int, words: Similarities, texts: "Texts", out: Similarities) -> None:
    """The likeness of an article to each other of its language, -1 for the rest; see `Content`."""
    # Products of whole numbers: no order of summing changes a bit, so every machine finds the same neighbours.
    vectors, norms, languages = texts.vectors, texts.norms, texts.languages
    dimensions = vectors.shape[1]
    for a in range(len(out)):
        if a == article or languages[a] != languages[article] or languages[a] == 0:
            out[a] = np.float32(-1)
            continue
        terms = np.sqrt(words[a])
        if not texts.table:
            out[a] = terms
            continue
        cosine = np.float32(0)
        if norms[a] > 0 and norms[article] > 0:
            product = np.int32(0)
            for d in range(dimensions):
                product += np.int32(vectors[article, d]) * np.int32(vectors[a, d])
            cosine = max(np.float32(product / (norms[article] * norms[a])), np.float32(0))
        out[a] = (cosine + texts.weight * terms) / (np.float32(1) + texts.weight)


@compiled
def _insert(a: int, b: int, similarity: float, neighbours: IntArray, similarities: Similarities) -> None:
    """Put b among a's neighbours if it is near enough; nearer first, of equals the lower index first."""
    k = neighbours.shape[1]
    # Most articles are not near enough: they are turned away by one look at the end of the list.
    if neighbours[a, k - 1] >= 0 and (
        similarities[a, k - 1] > similarity
        or (similarities[a, k - 1] == similarity and neighbours[a, k - 1] < b)
    ):
        return
    at = k - 1
    while at > 0 and (
        neighbours[a, at - 1] < 0
        or similarities[a, at - 1] < similarity
        or (similarities[a, at - 1] == similarity and neighbours[a, at - 1] > b)
    ):
        neighbours[a, at], similarities[a, at] = neighbours[a, at - 1], similarities[a, at - 1]
        at -= 1
    neighbours[a, at], similarities[a, at] = b, similarity


@compiled
def _remove(b: int, neighbours: IntArray, similarities: Similarities) -> None:
    """Take b out of all lists, and empty its own."""
    width = neighbours.shape[1]
    # All lists are searched: whose list has b is not noted, since changes of texts are rare.
    for a in range(len(neighbours)):
        for k in range(width):
            if neighbours[a, k] == b:
                for j in range(k, width - 1):
                    neighbours[a, j], similarities[a, j] = neighbours[a, j + 1], similarities[a, j + 1]
                neighbours[a, width - 1], similarities[a, width - 1] = -1, -1
                break
    neighbours[b, :] = -1
    similarities[b, :] = -1


@compiled
def _place(a: int, likeness: Similarities, neighbours: IntArray, similarities: Similarities) -> None:
    """Fill a's list from its likeness to all articles, and put a into theirs."""
    for b in range(len(likeness)):
        if b != a and likeness[b] > 0:
            _insert(a, b, likeness[b], neighbours, similarities)
            _insert(b, a, likeness[b], neighbours, similarities)


@compiled
def _learn(a: int, likeness: Similarities, sections: LongArray, pairs: LongArray) -> None:
    """Add the pairs of a with all others of its language; see `calibration`."""
    for b in range(len(likeness)):
        if likeness[b] < 0:
            continue
        whole = np.int64(np.rint(likeness[b] * np.float32(SCALE)))
        pairs[PAIRS] += 1
        pairs[SUM] += whole
        pairs[SQUARES] += whole * whole
        if sections[a] != 0 and sections[b] != 0:
            pairs[LABELLED] += 1
            pairs[SAME] += sections[a] == sections[b]


class Texts(NamedTuple):
    """What `_likeness` compares: arrays of `Content`, whether a table knows the language, and the weight of terms."""

    vectors: Vectors
    norms: Similarities
    languages: NDArray[np.int16]
    table: bool
    weight: np.float32


class Content(Statistic):
    """For each article the `width` others of its language that are most like it, whichever was published first.

    likeness = (cosine of the vectors + w · √(cosine of the terms)) / (1 + w), w = TERM_WEIGHT or ENGLISH_WEIGHT

    In a language of which no table of words is known it is √(cosine of the terms) alone; a text without a language
    is like no other. How rare a term is, and from which likeness on two texts are related, is learned for each
    language from the articles themselves: see `term_index` and `calibration`.

    When an article is withdrawn or its text changes, it leaves the lists of others, and an article that it had pushed
    out of a full list does not come back.

    Two neighbours each. Article 2 is nearer to 0 than 1 is; the cosines of the vectors are 3/5 and 4/5, no term is
    known, and in English a likeness is the cosine / 1.3:

    >>> content = Content(dimensions=2, width=2)
    >>> content.reserve(3)
    >>> for article, vector in enumerate(([1, 0], [3, 4], [4, 3])):
    ...     content.set(article, ComparedText(np.array(vector, np.int8), NO_TERMS, code_of("en"), 0))
    >>> content.neighbours[0].tolist(), content.similarities[0].round(3).tolist()
    ([2, 1], [0.6150000095367432, 0.4620000123977661])

    Attributes, n = articles, K = `width`:
        vectors: int8 (n, dimensions), 0: no text.
        norms: float32 (n,), 0: no text.
        neighbours: int32 (n, K), nearest first, -1: none.
        similarities: float32 (n, K), likeness, -1: none.
        sections: int64 (n,), key of the section's slug, 0: none or `UNSORTED`.
        index: the terms.
        pairs: int64 (CODES, 5), tallies: int64 (CODES, BINS, 2), by code of the language: see `calibration`.
    """

    name: ClassVar[str] = "content"
    vectors: Vectors
    norms: Similarities
    neighbours: IntArray
    similarities: Similarities
    sections: LongArray

    def __init__(self, *, dimensions: int, width: int) -> None:
        self.index = TermIndex()
        self.pairs: LongArray = np.zeros((CODES, SAME + 1), np.int64)
        self.tallies: LongArray = np.zeros((CODES, BINS, 2), np.int64)
        self._least: dict[tuple[int, float], float] = {}
        self._unrelated: dict[int, tuple[float, float]] = {}
        super().__init__(
            {
                "vectors": Column(np.int8, (ARTICLES, dimensions)),
                "norms": Column(np.float32),
                "neighbours": Column(np.int32, (ARTICLES, width), fill=-1, holds_articles=True),
                "similarities": Column(np.float32, (ARTICLES, width), fill=-1),
                "sections": Column(np.int64),
            },
            others={
                "pairs": Column(np.int64, (CODES, SAME + 1)),
                "tallies": Column(np.int64, (CODES, BINS, 2)),
                "terms": Column(np.uint32, (ARTICLES, MAX_TERMS)),
                "weights": Column(np.uint8, (ARTICLES, MAX_TERMS)),
                "counts": Column(np.int16),
                "languages": Column(np.int16),
                "lengths": Column(np.float64),
                "texts": Column(np.int64, (CODES, 2)),
            },
        )

    @override
    def fold(self, context: FoldContext) -> None:
        for place in np.flatnonzero(context.records["kind"] >= EntryKind.PUBLISH).tolist():
            features = context.features.get(place)
            self.set(int(context.entries.article[place]), self._features(features))

    def _features(self, features: ArticleFeatures | None) -> ComparedText:
        if features is None:
            return ComparedText(np.zeros(self.vectors.shape[1], np.int8), NO_TERMS, 0, 0)
        terms = Terms(np.frombuffer(features.terms, np.uint32), np.frombuffer(features.weights, np.uint8))
        section = 0 if features.section == UNSORTED else features.section
        return ComparedText(
            np.frombuffer(features.vector, np.int8), terms, code_of(features.language), section
        )

    @override
    def reserve(self, size: int) -> None:
        super().reserve(size)
        self.index.make_room(self.size)

    def set(self, article: int, text: ComparedText) -> None:
        """Give an article that there is room for this text."""
        self.sections[article] = text.section
        old = self.index.of(article)
        if (
            np.array_equal(text.vector, self.vectors[article])
            and text.language == self.index.languages[article]
            and np.array_equal(text.terms.hashes, old.hashes)
            and np.array_equal(text.terms.weights, old.weights)
        ):
            return
        if self.index.languages[article]:
            _remove(article, self.neighbours[: self.size], self.similarities[: self.size])
        self.vectors[article] = text.vector
        self.norms[article] = np.sqrt(np.float32((text.vector.astype(np.int32) ** 2).sum()))
        self.index.set(article, text.terms, text.language)
        if text.language:
            likeness = self.likeness(article)
            _place(article, likeness, self.neighbours, self.similarities)
            self._learn(article, likeness)

    def likeness(self, article: int) -> Similarities:
        """Likeness of an article to each other, float32 (n,), 0 to 1; -1 for itself and in another language."""
        out = np.empty(self.size, np.float32)
        code = int(self.index.languages[article])
        weight = np.float32(ENGLISH_WEIGHT if code == ENGLISH else TERM_WEIGHT)
        texts = Texts(self.vectors, self.norms, self.index.languages, code in WITH_TABLE, weight)
        _likeness(article, self.index.likeness(article), texts, out)
        return out

    def _learn(self, article: int, likeness: Similarities) -> None:
        language = int(self.index.languages[article])
        self._least.clear()
        self._unrelated.clear()
        _learn(article, likeness, self.sections, self.pairs[language])
        held = self.neighbours[article][self.neighbours[article] >= 0]
        labelled = held[self.sections[held] != 0]
        if self.sections[article] and len(labelled):
            close = self.closeness(article, labelled, likeness[labelled])
            tally(close, self.sections[labelled] == self.sections[article], self.tallies[language])

    def closeness(self, article: int, others: IntArray, likeness: Similarities) -> Similarities:
        """Likeness of an article to `others` (int32 (m,)) + how far they have the same neighbours, float32 (m,)."""
        return closeness(article, others, likeness, self.neighbours, self.similarities)

    def least_closeness(self, article: int, precision: float) -> float:
        """The closeness from which on another text of its language is related to an article's."""
        return self.least_of_language(int(self.index.languages[article]), precision)

    def least_of_language(self, language: int, precision: float) -> float:
        """The same for all texts of a language, by its code."""
        found = self._least.get((language, precision))
        if found is None:
            found = least_closeness(self.pairs[language], self.tallies[language], precision)
            self._least[language, precision] = found
        return found

    def deviations(self, article: int, likeness: float) -> float:
        """How far a likeness is above that of unrelated texts of the article's language, in standard deviations."""
        language = self.index.languages.item(article)
        found = self._unrelated.get(language)
        if found is None:
            found = self._unrelated[language] = unrelated(self.pairs[language])
        return (likeness - found[0]) / found[1]

    @override
    def save(self) -> Arrays:
        index = self.index.save()
        index["lengths"] = index.pop("norms")
        return super().save() | index | {"pairs": self.pairs, "tallies": self.tallies}

    @override
    def restore(self, arrays: Arrays) -> None:
        super().restore(arrays)
        self.index.load({**arrays, "norms": arrays["lengths"]})
        self.pairs, self.tallies = arrays["pairs"], arrays["tallies"]
        self._least.clear()
        self._unrelated.clear()
