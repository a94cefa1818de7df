"""The words of a text as the search compares them: without case, accents and marks, with their stems and spellings.

In writing without spaces, and in Hangul, a run of signs is its overlapping pairs, so that a phrase of pairs finds any
part of it (Nie, Gao et al. 2000). What is written here is what the index holds, so that texts and queries of one
spelling meet whatever the language of who types.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from recirc.text.terms import stemmer

MAX_FORMS: Final = 8
"""Forms of one word, with the word itself."""
TAIL: Final = "\ue000"
"""Before a word that is written backwards: the ends of compound words are found by it. No text has this character."""
COMPOUNDING: Final = frozenset(("da", "de", "fi", "hu", "is", "nb", "nl", "no", "sv"))
"""Languages that write compound words as one word."""
PREFIXING: Final = frozenset(("ar", "fa", "ga", "he", "id"))
"""Languages in which the beginning of a word is another one in some of its forms."""
LEAST_COMPOUND: Final = 9
"""Letters of a word that may be a compound."""
LEAST_PART: Final = 5
"""Letters of a part of one."""
MAX_WORD: Final = 64

SIGNS: Final = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Kana, Han and Hangul."""
LETTERS: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3"
"""Thai, Lao, Burmese, Khmer."""
_MARKS: Final = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0966-\u0dff\u200c\u200d"
)  # combining marks of Latin, Greek, Cyrillic, Hebrew and Arabic; Indic scripts; joiners
_TOKEN: Final = re.compile(
    rf"([{SIGNS}{LETTERS}]{{1,256}})|[^\W_{SIGNS}{LETTERS}]++(?:[{_MARKS}]++[^\W_{SIGNS}{LETTERS}]*+)*+"
)
_DROPPED: Final = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u200c\u200d]"
)
_LETTER_FOR: Final = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŋ": "n",
    "ŧ": "t", "ı": "i", "ĸ": "k", "ς": "σ",
    "ٱ": "ا", "ة": "ه", "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه", "ە": "ه", "ء": "",
    "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ",
}  # fmt: skip
_LETTER: Final = str.maketrans(_LETTER_FOR)
_SPELLED: Final = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ø": "oe",
        "å": "aa",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "Ø": "Oe",
        "Å": "Aa",
    }
)
_TURKISH: Final = str.maketrans({"I": "ı", "İ": "i"})
_HEBREW_PREFIXES: Final = "הובלמשכ"
_HEBREW_PREFIXED: Final = 4
_ENDINGS: Final = {
    "pt": ((re.compile(r"[õã]es$"), "ão"), (re.compile(r"(?<=..)ais$"), "al")),
    "ar": ((re.compile(r"^(?:[وفبك]?ال|لل|و(?=.{4}))(?=.{3})"), ""),),
}
"""What Snowball's stemmers leave: plurals of -ão and -al, and what is joined to the Arabic article (as in light10)."""


class SearchToken(NamedTuple):
    """A word of a text, or a pair of signs, at `begin` to `end`. The first of its forms is how it is written."""

    begin: int
    end: int
    forms: tuple[str, ...]


def search_tokens(text: str, language: str = "") -> Iterator[SearchToken]:
    """The words of a text in order. `language` is a two-letter code, "": words have no stems.

    >>> [token.forms for token in search_tokens("Häuser, 北京市", "de")]
    [('hauser', 'haeuser', 'haus'), ('北京',), ('京市',), ('市',)]
    """
    for found in _TOKEN.finditer(text):
        run, begin = found[1], found.start()
        if run is None:
            if forms := word_forms(found[0][:MAX_WORD], language):
                yield SearchToken(begin, found.end(), forms)
            continue
        signs = _narrow(run)
        whole = len(signs) != len(run)
        for place in range(len(signs)):
            pair = signs[place : place + 2]
            ends = (begin, found.end()) if whole else (begin + place, begin + place + len(pair))
            yield SearchToken(*ends, (pair,))


def indexed_forms(text: str, language: str) -> tuple[str, str]:
    """The words of a text as they are written, and the other forms by which each is found, for the index.

    >>> indexed_forms("Häuser am Kai", "de")
    ('hauser am kai', 'haeuser haus')
    """
    written: list[str] = []
    others: list[str] = []
    for token in search_tokens(text, language):
        written.append(token.forms[0])
        others += token.forms[1:]
        if tail := tail_of(text[token.begin : token.end], language):
            others.append(tail)
    return " ".join(written), " ".join(others)


def is_sign(character: str) -> bool:
    """Whether words are not told apart by spaces in this writing.

    >>> is_sign("北"), is_sign("한"), is_sign("ก"), is_sign("n")
    (True, True, True, False)
    """
    found = _TOKEN.match(character)
    return found is not None and found[1] is not None


def _narrow(run: str) -> str:
    """A run of signs in one width. Thai has compositions that normal form KC would take apart."""
    return unicodedata.normalize("NFKC", run) if not _THAI_TO_KHMER.search(run) else run


_THAI_TO_KHMER: Final = re.compile(rf"[{LETTERS}]")


@lru_cache(maxsize=65_536)
def word_forms(word: str, language: str = "") -> tuple[str, ...]:
    """How a word is found: as it is written, with "ue" for "ü", and the stems of both; () for marks alone.

    >>> word_forms("München"), word_forms("Ferries", "en"), word_forms("Straße", "de")
    (('munchen', 'muenchen'), ('ferries', 'ferri'), ('strasse', 'strass'))
    """
    spelled = word.translate(_SPELLED)
    found = dict.fromkeys([folded(word), folded(spelled)])
    for each in dict.fromkeys([word, spelled]):
        found |= dict.fromkeys([_stem(each, language)] if language else ())
    return tuple(form for form in found if form)[:MAX_FORMS]


def tail_of(word: str, language: str) -> str | None:
    """By what the end of a compound word is found: its stem backwards; None for a word that is too short for one.

    >>> tail_of("Krankenhäuser", "de") == TAIL + "suahneknark", tail_of("Häuser", "de")
    (True, None)
    """
    if language not in COMPOUNDING or len(word) < LEAST_COMPOUND:
        return None
    return TAIL + _stem(word, language)[::-1]


@lru_cache(maxsize=65_536)
def folded(word: str) -> str:
    """A word without case, accents, marks of vowels, and differences that people do not type.

    >>> folded("Straße"), folded("ação"), folded("ÇİÇEK"), folded("ｗｉｄｅ"), folded("מָקוֹם"), folded("مَدْرَسَـة")
    ('strasse', 'acao', 'cicek', 'wide', 'מקומ', 'مدرسه')
    """
    lower = word.lower()
    if lower.isascii():
        return lower
    bare = _DROPPED.sub("", unicodedata.normalize("NFKD", lower.translate(_LETTER))).translate(_LETTER)
    return unicodedata.normalize("NFC", "".join(map(_plain_digit, bare))).lower()[:MAX_WORD]


def _plain_digit(character: str) -> str:
    """A character, a digit of any writing as one of ours; of a composition that was taken apart no sign is left."""
    if character.isascii() or character.isspace():
        return character if character.isalnum() else ""
    return str(unicodedata.digit(character)) if character.isdecimal() else character


def _stem(word: str, language: str) -> str:
    """The stem of a word as the index holds it."""
    if language == "he":
        bare = folded(word)
        return bare[1:] if len(bare) >= _HEBREW_PREFIXED and bare[0] in _HEBREW_PREFIXES else bare
    lower = word.translate(_TURKISH).lower() if language in ("tr", "az") else word.lower()
    for pattern, replacement in _ENDINGS.get(language, ()):
        lower = pattern.sub(replacement, lower)
    found = stemmer(language)
    return folded(found.stemWord(lower) if found else lower)
