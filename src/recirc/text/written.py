"""Terms as they are written in a text, to tell a reader what two texts share."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from recirc.text.terms import NAMED, tokens

_CHARACTERS: Final = 20_000
_MOST_SIGNS: Final = 12
_NEXT_NAME: Final = re.compile(r"[ ’'-]([^\W\d_][\w’'-]*)")
_NAME_BEFORE: Final = re.compile(r"([^\W\d_][\w’'-]*)[ ’'-]$")
_MOST_NAMES: Final = 3
_MOST_FORMS: Final = 4
_UNSPACED: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


class WrittenText(NamedTuple):
    """A text, and where its terms are: for each that can be named the places of its forms, in lower case first."""

    text: str
    places: Mapping[int, Sequence[tuple[int, int]]]


def written(text: str, language: str) -> WrittenText:
    """A text with the places of its terms: the first place of each of up to `_MOST_FORMS` forms.

    Those in lower case come first: at the beginning of a sentence and in headlines words may have capitals that they
    have nowhere else.
    """
    text = text[:_CHARACTERS]
    forms: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for token in tokens(text, language):
        if token.term & NAMED and len(forms[token.term]) < _MOST_FORMS:
            forms[token.term].setdefault(token.written, token.begin)
    places = {
        term: [(begin, begin + len(form)) for form, begin in sorted(of.items(), key=_capitals_last)]
        for term, of in forms.items()
    }
    return WrittenText(text, places)


def _capitals_last(form: tuple[str, int]) -> tuple[bool, int]:
    return not form[0].islower(), form[1]


def shared_phrases(terms: Iterable[int], text: WrittenText, other: str, most: int) -> list[str]:
    """Up to `most` of the terms as they are written in both texts, names before other words, longer names in full.

    Where the texts have other forms of all of them ("listen", "listening"), they are given as that.

    >>> from recirc.text.terms import tokens
    >>> ours = "A lifeboat from Hob Head was called out."
    >>> terms = [token.term for token in tokens("head lifeboat", "en")]
    >>> shared_phrases(terms, written(ours, "en"), "The Hob Head lifeboats are old.", 2)
    ['Hob Head', 'lifeboat']
    """
    found: list[str] = []
    folded = other.casefold()
    for term in terms:
        for begin, end in text.places.get(term, ()):
            if _begins_word(text.text[begin:end].casefold(), folded) or (
                _UNSPACED.fullmatch(text.text, begin, end) and text.text[begin:end] in other
            ):
                phrase = _grown((begin, end), text.text, other)
                if not any(_overlap(phrase.casefold(), each.casefold()) for each in found):
                    found.append(phrase)
                break
    if not found:
        forms = [text.text[begin:end] for term in terms for begin, end in text.places.get(term, ())[:1]]
        found = [f"forms of “{form}”" for form in forms]
    return sorted(found, key=str.islower)[:most]


def _begins_word(word: str, text: str) -> bool:
    """Whether a word stands in a text at the beginning of one, as `(?<!\\w)word` finds it: to compile an expression for
    each word took longer than all else that is looked for.

    >>> [_begins_word("head", text) for text in ("the forehead, headlands", "the forehead", "2_head")]
    [True, False, False]
    """
    at = text.find(word)
    while at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_"):
        at = text.find(word, at + 1)
    return at >= 0


def _overlap(one: str, other: str) -> bool:
    return one in other or other in one


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
