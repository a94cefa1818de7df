"""Terms as they are written in a text, to tell a reader what two texts share."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from recirc.text.terms import NAMED, tokens

_CHARACTERS: Final = 20_000
_MOST_SIGNS: Final = 12
_NEXT_NAME: Final = re.compile(r"[ ’'-]([^\W\d_][\w’'-]*)")
_NAME_BEFORE: Final = re.compile(r"([^\W\d_][\w’'-]*)[ ’'-]$")
_MOST_NAMES: Final = 3
_UNSPACED: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


class WrittenText(NamedTuple):
    """A text, and where its terms are: for each that can be named the place of one occurrence."""

    text: str
    places: Mapping[int, tuple[int, int]]


def written(text: str, language: str) -> WrittenText:
    """A text with the places of its terms.

    Of several occurrences the first in lower case is taken: at the beginning of a sentence and in headlines words may
    have capitals that they have nowhere else.
    """
    text = text[:_CHARACTERS]
    places: dict[int, tuple[int, int]] = {}
    for token in tokens(text, language):
        if not token.term & NAMED:
            continue
        known = places.get(token.term)
        if known is None or (token.written.islower() and not text[known[0] : known[1]].islower()):
            places[token.term] = (token.begin, token.begin + len(token.written))
    return WrittenText(text, places)


def shared_phrases(terms: Iterable[int], text: WrittenText, other: str, most: int) -> list[str]:
    """Up to `most` of the terms as they are written in `text`, longer names in full where `other` has them as well.

    >>> from recirc.text.terms import tokens
    >>> ours = "A lifeboat from Hob Head was called out."
    >>> terms = [token.term for token in tokens("head lifeboat", "en")]
    >>> shared_phrases(terms, written(ours, "en"), "The Hob Head lifeboats are old.", 2)
    ['Hob Head', 'lifeboat']
    """
    found: list[str] = []
    for term in terms:
        place = text.places.get(term)
        if place is None:
            continue
        phrase = _grown(place, text.text, other)
        if not any(
            phrase.casefold() in each.casefold() or each.casefold() in phrase.casefold() for each in found
        ):
            found.append(phrase)
        if len(found) == most:
            break
    return found


def _grown(place: tuple[int, int], text: str, other: str) -> str:
    """The word at a place with its neighbours, as far as they belong to one name that the other text has too."""
    begin, end = place
    if _UNSPACED.fullmatch(text, begin, end):
        while begin > 0 and end - begin < _MOST_SIGNS and _has(text, begin - 1, end, other):
            begin -= 1
        while end < len(text) and end - begin < _MOST_SIGNS and _has(text, begin, end + 1, other):
            end += 1
        return text[begin:end]
    if not text[begin].isupper() or text[begin:end] not in other:
        return text[begin:end]
    for _ in range(_MOST_NAMES):
        after = _NEXT_NAME.match(text, end)
        if after and after[1][0].isupper() and text[begin : after.end()] in other:
            end = after.end()
            continue
        before = _NAME_BEFORE.search(text, max(0, begin - 40), begin)
        if not before or not before[1][0].isupper() or _starts_sentence(text, before.start()):
            break
        if text[before.start() : end] not in other:
            break
        begin = before.start()
    return text[begin:end]


def _has(text: str, begin: int, end: int, other: str) -> bool:
    return bool(_UNSPACED.fullmatch(text, begin, end)) and text[begin:end] in other


def _starts_sentence(text: str, place: int) -> bool:
    before = text[max(0, place - 3) : place].rstrip(" “\"„‘'")
    return not before or before[-1] in ".!?:\n"
