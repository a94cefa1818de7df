"""The terms of a text: the stems of its words, or in writing without spaces its pairs of signs, with their weights.

Two texts are compared by the terms they share (`term_index`), and a term can be named to a reader as the word that it
was in the text.
"""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

MODEL: Final = "terms 1"  # raise the number with any change that gives other terms or weights
MAX_TERMS: Final = 96
"""Terms that are kept of a text, those with the largest weight, and common words only where there is room."""
NAMED: Final = 1
"""The lowest bit of a term: it says something by itself. Words such as "and" or "said" and numbers do not."""

_CHARACTERS: Final = 20_000
_HEADLINE_CHARACTERS: Final = 1_000
_HEADLINE_WEIGHT: Final = 2.0
_HALF_WEIGHT_AT: Final = 1_000  # words
_STEPS: Final = 64  # of a weight of 1; so 255 is an eightfold e
_LEAST_LETTERS: Final = 3  # of a word that can be named

_STEMMERS: Final = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}

_SIGNS: Final = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"  # kana and Han
_LETTERS: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
_TOKEN: Final = re.compile(rf"[{_SIGNS}]{{1,256}}|[{_LETTERS}]{{1,256}}|[^\W_{_SIGNS}{_LETTERS}]{{1,64}}")
_RUN_OF_SIGNS: Final = re.compile(rf"[{_SIGNS}]")
_RUN_OF_LETTERS: Final = re.compile(rf"[{_LETTERS}]")
_KATAKANA: Final = re.compile(r"[\u30a0-\u30ff]{3,}")
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]{2,}")
_PAIR: Final = 2
_THREE: Final = 3


class Terms(NamedTuple):
    """The terms of a text, the heaviest first.

    Attributes:
        hashes: uint32 (n,), distinct; the lowest bit is `NAMED`.
        weights: uint8 (n,), above 0.
    """

    hashes: NDArray[np.uint32]
    weights: NDArray[np.uint8]


class Token(NamedTuple):
    """A term in the text: its hash, and the words as they are written there."""

    term: int
    written: str
    begin: int


def terms(headline: str, body: str, language: str) -> Terms:
    """The terms of an article. `language` is a two-letter code; without one there are none.

    weight = 64 · log(1 + Σ over occurrences w), with w 2 in the headline, 1000 / (1000 + words before it) in the body.

    >>> found = terms("Ferry strike", "Ferries are on strike.", "en")
    >>> len(found.hashes), found.weights[:2].tolist()
    (4, [89, 89])
    """
    counts: defaultdict[int, float] = defaultdict(float)
    if not language:
        body = headline = ""  # nothing is said of a text in no known language
    for token in tokens(headline[:_HEADLINE_CHARACTERS], language):
        counts[token.term] += _HEADLINE_WEIGHT
    for place, token in enumerate(tokens(body[:_CHARACTERS], language)):
        counts[token.term] += _HALF_WEIGHT_AT / (_HALF_WEIGHT_AT + place)
    weighed = [(min(round(_STEPS * math.log1p(count)), 255), term) for term, count in counts.items()]
    weighed.sort(key=lambda each: (-(each[1] & NAMED), -each[0]))
    kept = sorted(weighed[:MAX_TERMS], key=lambda each: (-each[0], each[1]))
    return Terms(
        np.array([term for _, term in kept], np.uint32), np.array([weight for weight, _ in kept], np.uint8)
    )


def tokens(text: str, language: str) -> Iterator[Token]:
    """The terms of a text in order. The text is in normal form C, as articles are."""
    for found in _TOKEN.finditer(text):
        word = found[0]
        if _RUN_OF_SIGNS.match(word):
            yield from _grams(word, _PAIR, found.start(), language)
        elif _RUN_OF_LETTERS.match(word):
            yield from _grams(word, _THREE, found.start(), language)
        elif len(word) > 1:
            yield Token(_term(word.lower(), language), word, found.start())


def _grams(run: str, length: int, begin: int, language: str) -> Iterator[Token]:
    """The n-grams of a run of writing without spaces (Nie, Gao et al. 2000: pairs do as well as words in Chinese)."""
    for place in range(max(1, len(run) - length + 1)):
        gram = run[place : place + length]
        yield Token(_gram(gram, language), gram, begin + place)


@lru_cache(maxsize=65_536)
def _term(word: str, language: str) -> int:
    """The hash of a word's stem."""
    stem = stemmer(language)
    named = (
        len(word) >= _LEAST_LETTERS
        and not any(map(str.isdigit, word))
        and word not in common_words(language)
        and _folded(word) not in common_words(language)
    )
    return _hash(f"{language}:{_folded(stem.stemWord(word) if stem else word)}", named=named)


@lru_cache(maxsize=65_536)
def _gram(gram: str, language: str) -> int:
    named = bool(_HAN.fullmatch(gram) or _KATAKANA.fullmatch(gram)) and gram not in common_words(language)
    return _hash(f"{language}:{gram}", named=named)


def _hash(text: str, *, named: bool) -> int:
    """A 32-bit hash, never 0: CRC-32, then the finaliser of MurmurHash3, the lowest bit replaced by `NAMED`."""
    mixed = crc32(text.encode("utf-8", "surrogatepass"))
    mixed = (mixed ^ (mixed >> 16)) * 0x85EBCA6B & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 13)) * 0xC2B2AE35 & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 16)) & 0xFFFFFFFE
    return (mixed or 2) | (NAMED if named else 0)


def _folded(word: str) -> str:
    """A word without the accents of Latin, Greek and Cyrillic letters, and with ss for ß.

    >>> _folded("straßenbahn"), _folded("ação"), _folded("สวัสดี") == "สวัสดี"
    ('strassenbahn', 'acao', True)
    """
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFD", word.replace("ß", "ss"))
    if not any("\u0300" <= character <= "\u036f" for character in decomposed):
        return word.replace("ß", "ss")
    bare = "".join(character for character in decomposed if not "\u0300" <= character <= "\u036f")
    return unicodedata.normalize("NFC", bare)


@cache
def stemmer(language: str) -> Any:
    """Snowball's stemmer of a language, None where there is none."""
    from Stemmer import Stemmer

    return Stemmer(_STEMMERS[language]) if language in _STEMMERS else None


@cache
def common_words(language: str) -> frozenset[str]:
    """Words of a language that say nothing by themselves, in lower case; none where no list is known."""
    from stop_words import StopWordError, get_stop_words

    try:
        found = get_stop_words(language)
    except StopWordError:
        found = []
    written = " ".join((*found, *_calendar_words(language))).lower()
    lower = set(re.findall(r"[^\W\d_]+", written))
    return frozenset(lower | {_folded(word) for word in lower})


def _calendar_words(language: str) -> Iterator[str]:
    """Names of days and months: what happened on a Tuesday has nothing to do with what else did."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return
    for names in (locale.days, locale.months):
        for width in names["format"].values():
            yield from (name.rstrip(".") for name in width.values())
        for width in names["stand-alone"].values():
            yield from (name.rstrip(".") for name in width.values())
