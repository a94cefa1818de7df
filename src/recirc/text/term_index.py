"""How much two texts of one language have in common by the terms they share, the rarer the more.

How rare a term is, is learned from the texts in the index: in how many of the same language it is.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.text.term_overlaps import TermOverlaps, overlaps
from recirc.text.terms import MAX_TERMS, NAMED, Terms
from recirc.types import Arrays, IntArray, LongArray

Hashes = NDArray[np.uint32]
Weights = NDArray[np.uint8]
Small = NDArray[np.int16]
Norms = NDArray[np.float64]

CODES: Final = 26 * 26 + 1
"""Number of codes of languages, with 0 for none."""
STEPS: Final = 256
"""Steps of a rarity, so that it is a whole number: log2(texts / texts with the term) · STEPS, see `_rarity`."""
COMMON: Final = 0.25
"""Share of a language's texts beyond which a term is not looked up: it tells next to nothing, and is in long lists."""
FEW: Final = 64
"""Number of texts up to which every term is looked up, and only those that can be named count: so few texts do not yet
tell which words are common.
"""
IMAGINED: Final = 8
"""Texts without any of these terms that are imagined beside those of a language: what two of two texts have is not yet
common.
"""
GROWTH: Final = 1.25
"""A language's lengths are worked out anew when its number of texts has grown by this factor."""
_LEAST_SLOTS: Final = 1024


Number = TypeVar("Number", bound=np.generic)


class Vocabulary(NamedTuple):
    """The terms by hash (open addressing, linear probing; Knuth, TAOCP 3, 6.4).

    Attributes, k = slots, a power of two:
        keys: uint32 (k,), 0: free.
        texts: int32 (k,), number of texts with the term.
        heads: int32 (k,), 1 + place of the term in the text that came last, in all rows one after another; 0: none.
        following: int32 (n · MAX_TERMS,), the same for the text before it.
    """

    keys: Hashes
    texts: IntArray
    heads: IntArray
    following: IntArray


def code_of(language: str) -> int:
    """A number for a language, 0 if it has no two-letter code ("pt-BR" is "pt").

    >>> code_of("aa"), code_of("pt-BR") == code_of("pt"), code_of(""), code_of("fil")
    (1, True, 0, 0)
    """
    short = language.partition("-")[0].lower()
    if len(short) != len("en") or not (short.isascii() and short.isalpha()):
        return 0
    return (ord(short[0]) - ord("a")) * 26 + ord(short[1]) - ord("a") + 1


def language_of(code: int) -> str:
    """The language of a code, empty for 0.

    >>> language_of(code_of("pt-BR")), language_of(0)
    ('pt', '')
    """
    first, second = divmod(code - 1, 26)
    return chr(ord("a") + first) + chr(ord("a") + second) if code > 0 else ""


@compiled
def _slot(term: int, keys: Hashes) -> int:
    """The slot of a term, or the free one where it belongs."""
    mask = len(keys) - 1
    at = (term >> 1) & mask
    while keys[at] != 0 and keys[at] != term:
        at = (at + 1) & mask
    return at


@compiled
def _add(article: int, terms: Hashes, count: int, words: Vocabulary) -> int:
    """Put a text's terms first in their lists. Returns the number of terms that are new."""
    new = 0
    for k in range(count):
        at = _slot(terms[article, k], words.keys)
        if words.keys[at] == 0:
            words.keys[at] = terms[article, k]
            new += 1
        place = article * MAX_TERMS + k
        words.following[place] = words.heads[at]
        words.heads[at] = place + 1
        words.texts[at] += 1
    return new


@compiled
def _take_out(article: int, terms: Hashes, count: int, words: Vocabulary) -> None:
    """Take a text's terms out of their lists."""
    for k in range(count):
        at = _slot(terms[article, k], words.keys)
        words.texts[at] -= 1
        own, before, place = article * MAX_TERMS + k + 1, 0, words.heads[at]
        while place != own:
            before, place = place, words.following[place - 1]
        if before == 0:
            words.heads[at] = words.following[own - 1]
        else:
            words.following[before - 1] = words.following[own - 1]
        words.following[own - 1] = 0


@compiled
def _rarity(texts: int, whole: int) -> int:
    """log2((whole + IMAGINED) / texts) in steps."""
    return int(
        np.rint(np.log2(np.float64(whole + IMAGINED)) * STEPS) - np.rint(np.log2(np.float64(texts)) * STEPS)
    )


@compiled
def _length(
    article: int, terms: Hashes, weights: Weights, count: int, whole: int, words: Vocabulary
) -> float:
    """√ Σ (weight · rarity)² of a text. The sum is a whole number below 2**53, and so exact."""
    total = 0.0
    for k in range(count):
        if whole <= FEW and terms[article, k] & np.uint32(NAMED) == 0:
            continue
        texts = words.texts[_slot(terms[article, k], words.keys)]
        total += float(weights[article, k] * _rarity(texts, whole)) ** 2
    return float(np.sqrt(total))


@compiled
def _lengths(
    code: int,
    codes: Small,
    terms: Hashes,
    weights: Weights,
    counts: Small,
    norms: Norms,
    whole: int,
    words: Vocabulary,
) -> None:
    """The lengths of all texts of a language."""
    for a in range(len(norms)):
        if codes[a] == code:
            norms[a] = _length(a, terms, weights, counts[a], whole, words)


@compiled
def _products(
    article: int, terms: Hashes, weights: Weights, count: int, whole: int, words: Vocabulary, out: Norms
) -> None:
    """Add Σ over common terms of weight · rarity of both to `out`, float64 (n,)."""
    for k in range(count):
        at = _slot(terms[article, k], words.keys)
        texts = words.texts[at]
        common = texts > COMMON * whole if whole > FEW else terms[article, k] & np.uint32(NAMED) == 0
        if common or texts < 2:
            continue
        rarity = _rarity(texts, whole)
        own = float(weights[article, k] * rarity)
        place = words.heads[at]
        while place != 0:
            other, column = (place - 1) // MAX_TERMS, (place - 1) % MAX_TERMS
            out[other] += own * float(weights[other, column] * rarity)
            place = words.following[place - 1]


@compiled
def _shared(
    a: int, b: int, terms: Hashes, counts: Small, words: Vocabulary, whole: int, found: Hashes
) -> int:
    """Write the terms that can be named and both texts have, the rarest first, into `found`. Returns their number."""
    rarities = np.empty(len(found), np.int64)
    n = 0
    for k in range(counts[a]):
        term = terms[a, k]
        if term & np.uint32(NAMED) == 0:
            continue
        for j in range(counts[b]):
            if terms[b, j] == term:
                rarity = _rarity(words.texts[_slot(term, words.keys)], whole)
                at = n if n < len(found) else n - 1
                if n == len(found) and rarities[at] >= rarity:
                    break
                while at > 0 and rarities[at - 1] < rarity:
                    rarities[at], found[at] = rarities[at - 1], found[at - 1]
                    at -= 1
                rarities[at], found[at] = rarity, term
                n = min(n + 1, len(found))
                break
    return n


@compiled
def _shared_each(
    a: int, others: IntArray, terms: Hashes, counts: Small, words: Vocabulary, whole: int, found: Hashes
) -> IntArray:
    """As `_shared` for each of `others`, into a row of `found`, uint32 (m, most). Returns their numbers, int32 (m,)."""
    numbers = np.zeros(len(others), np.int32)
    for place in range(len(others)):
        numbers[place] = _shared(a, others[place], terms, counts, words, whole, found[place])
    return numbers


class TermIndex:
    """The terms of many texts, and how alike two of one language are by them.

    Attributes, n = texts:
        terms: uint32 (n, MAX_TERMS); weights: uint8 (n, MAX_TERMS); counts: int16 (n,), number of a text's terms.
        languages: int16 (n,), `code_of` its language, 0: none.
        norms: float64 (n,), √ Σ (weight · rarity)² as of when the text came or `GROWTH` was reached.
        texts: int64 (CODES, 2): for each language the number of texts, and what it was at the last working out.

    Three texts, of which two share a word:

    >>> from recirc.text.terms import terms
    >>> index = TermIndex()
    >>> for text, said in enumerate(("the ferry sails", "a ferry strike", "the chess final")):
    ...     index.set(text, terms(said, "", "en"), code_of("en"))
    >>> [round(float(each), 2) for each in index.likeness(0)[1:]]
    [0.34, 0.0]
    """

    def __init__(self) -> None:
        self.size = 0
        self.terms: Hashes = np.zeros((0, MAX_TERMS), np.uint32)
        self.weights: Weights = np.zeros((0, MAX_TERMS), np.uint8)
        self.counts: Small = np.zeros(0, np.int16)
        self.languages: Small = np.zeros(0, np.int16)
        self.norms: Norms = np.zeros(0)
        self.texts: LongArray = np.zeros((CODES, 2), np.int64)
        self._words = _vocabulary(_LEAST_SLOTS, np.zeros(0, np.int32))
        self._known = 0

    def make_room(self, size: int) -> None:
        """Grow to at least `size` texts; new ones are empty."""
        if len(self.counts) < size:
            room = max(size, 2 * len(self.counts), 64)
            for name in ("terms", "weights", "counts", "languages", "norms"):
                setattr(self, name, _longer(getattr(self, name), room))
            self._words = self._words._replace(following=_longer(self._words.following, room * MAX_TERMS))
        self.size = max(self.size, size)

    def of(self, article: int) -> Terms:
        """The terms of a text. Views: do not modify."""
        count = self.counts[article]
        return Terms(self.terms[article, :count], self.weights[article, :count])

    def set(self, article: int, terms: Terms, language: int) -> None:
        """Set the terms and the code of the language of a text; without a language it has no terms."""
        self.make_room(article + 1)
        _take_out(article, self.terms, int(self.counts[article]), self._words)
        self.texts[self.languages[article], 0] -= 1
        count = min(len(terms.hashes), MAX_TERMS) if language else 0
        for row, values in ((self.terms[article], terms.hashes), (self.weights[article], terms.weights)):
            row[:count], row[count:] = values[:count], 0
        self.counts[article], self.languages[article] = count, language
        self.texts[language, 0] += 1
        self.texts[0] = 0
        self._make_room_for_terms(count)
        self._known += _add(article, self.terms, count, self._words)
        self._measure(article, language)

    def _measure(self, article: int, language: int) -> None:
        whole, before = self.texts[language].tolist()
        if language and whole > before * GROWTH:
            self.texts[language, 1] = whole
            size, words = self.size, self._words
            columns = (self.terms, self.weights, self.counts, self.norms[:size])
            _lengths(language, self.languages, *columns, whole, words)
        else:
            count = int(self.counts[article])
            self.norms[article] = _length(
                article, self.terms, self.weights, count, max(whole, 1), self._words
            )

    def likeness(self, article: int) -> NDArray[np.float32]:
        """Cosine of the weighted terms of a text with those of each other, float32 (n,); 0 in another language."""
        out = np.zeros(self.size)
        language, count = int(self.languages[article]), int(self.counts[article])
        whole = max(int(self.texts[language, 0]), 1)
        _products(article, self.terms, self.weights, count, whole, self._words, out)
        lengths = self.norms[: self.size] * self.norms[article]
        cosines = np.divide(out, lengths, out=np.zeros(self.size), where=lengths > 0)
        found: NDArray[np.float32] = np.minimum(cosines, 1.0).astype(np.float32)
        return found

    def overlaps(self, article: int, others: IntArray) -> TermOverlaps:
        """The terms of a text that each of `others`, int32 (m,), has too."""
        return overlaps(self.of(article).hashes, others, self.terms, self.weights, self.counts)

    def likeness_with(
        self, article: int, others: IntArray, texts: LongArray, found: TermOverlaps
    ) -> NDArray[np.float32]:
        """As `likeness`, with each of `others`, int32 (m,), of its language: float32 (m,).

        `texts`: `texts_with` of its terms; `found`: `overlaps` with these.
        """
        own, whole = self.of(article), max(int(self.texts[self.languages[article], 0]), 1)
        rarity = np.rint(np.log2(whole + IMAGINED) * STEPS) - np.rint(np.log2(np.maximum(texts, 1)) * STEPS)
        common = texts > COMMON * whole if whole > FEW else (own.hashes & NAMED) == 0
        out = found.products(np.where(common, 0.0, own.weights * rarity * rarity))
        lengths = self.norms[others] * self.norms[article]
        cosines = np.divide(out, lengths, out=np.zeros(len(others)), where=lengths > 0)
        result: NDArray[np.float32] = np.minimum(cosines, 1.0).astype(np.float32)
        return result

    def texts_with(self, terms: Hashes) -> LongArray:
        """The number of texts with each term, int64 (n,)."""
        return np.array([self._words.texts[_slot(term, self._words.keys)] for term in terms], np.int64)

    def shared(self, a: int, b: int, most: int) -> list[int]:
        """The `most` rarest terms that can be named and that both texts have, the rarest first."""
        return self.shared_each(a, [b], most)[0]

    def shared_each(self, a: int, others: Sequence[int], most: int) -> list[list[int]]:
        """As `shared`, for one text and each of several others."""
        found = np.zeros((len(others), most), np.uint32)
        whole = max(int(self.texts[self.languages[a], 0]), 1)
        columns = (self.terms, self.counts, self._words)
        counts = _shared_each(a, np.array(others, np.int32), *columns, whole, found)
        return [row[:count] for row, count in zip(found.tolist(), counts.tolist(), strict=True)]

    def save(self) -> Arrays:
        """The index as plain arrays, possibly views."""
        by_text = {
            name: getattr(self, name)[: self.size]
            for name in ("terms", "weights", "counts", "languages", "norms")
        }
        return by_text | {"texts": self.texts}

    def load(self, arrays: Arrays) -> None:
        """Restore a saved index.

        Raises:
            ValueError: a text has more terms than there is room for, or a language without a code.
        """
        counts, languages = arrays["counts"], arrays["languages"]
        if len(counts) and (
            counts.min() < 0 or counts.max() > MAX_TERMS or languages.min() < 0 or languages.max() >= CODES
        ):
            raise ValueError("terms beyond their row, or a language without a code")
        if (arrays["terms"][np.arange(MAX_TERMS) < counts[:, None]] == 0).any():
            raise ValueError("a term of 0, which is none")
        for name in ("terms", "weights", "counts", "languages", "norms", "texts"):
            setattr(self, name, arrays[name])
        self.size = len(counts)
        self._words = _vocabulary(_LEAST_SLOTS, np.zeros(self.size * MAX_TERMS, np.int32))
        self._known = 0
        for article in range(self.size):
            count = int(counts[article])
            self._make_room_for_terms(count)
            self._known += _add(article, self.terms, count, self._words)

    def _make_room_for_terms(self, count: int) -> None:
        """Double the slots until half of them stay free, leaving out terms that no text has any more."""
        if 2 * (self._known + count) <= len(self._words.keys):
            return
        old = self._words
        held = np.flatnonzero(old.texts > 0)
        slots = len(old.keys)
        while 2 * (len(held) + count) > slots // 2:
            slots *= 2
        self._words = _vocabulary(slots, old.following)
        _move(held, old, self._words)
        self._known = len(held)


@compiled
def _move(held: LongArray, old: Vocabulary, new: Vocabulary) -> None:
    for slot in held:
        at = _slot(old.keys[slot], new.keys)
        new.keys[at], new.texts[at], new.heads[at] = old.keys[slot], old.texts[slot], old.heads[slot]


def _vocabulary(slots: int, following: IntArray) -> Vocabulary:
    return Vocabulary(
        np.zeros(slots, np.uint32), np.zeros(slots, np.int32), np.zeros(slots, np.int32), following
    )


def _longer(array: NDArray[Number], size: int) -> NDArray[Number]:
    longer: NDArray[Number] = np.zeros((size, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer
