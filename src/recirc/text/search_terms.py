"""What a query's words may be in texts: their forms in each language, phrases of them, beginnings and compounds."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice, product
from typing import Final, NamedTuple

from recirc.text.query import QueryTerm
from recirc.text.search_words import (
    COMPOUNDING,
    LEAST_PART,
    TAIL,
    SearchToken,
    folded,
    is_sign,
    search_tokens,
    word_forms,
)

MAX_ALTERNATIVES: Final = 12
"""Forms of one word that are searched."""
MAX_COMPOUNDS: Final = 4
"""Words of one query of which compounds are searched."""
MAX_TYPED: Final = 24
"""Letters of a word that is looked for with one letter put right."""

_ELISION: Final = re.compile(
    r"(?<!\w)(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|dell|all|nell|sull|dall|coll|un|quest|quell)['’](?=\w)",
    re.IGNORECASE,
)
_UMLAUT: Final = re.compile("([aou])(?:e|(?<=a)a)")
_POSSESSIVE: Final = re.compile(r"(?<=\w)['’]s$", re.IGNORECASE)
_ALPHABETS: Final = (
    "abcdefghijklmnopqrstuvwxyz", "абвгдежзиклмнопрстуфхцчшщъыьэюяієґђјљњћџ", "αβγδεζηθικλμνξοπρστυφχψω",
    "אבגדהוזחטיכלמנסעפצקרשת", "ابتثجحخدذرزسشصضطظعغفقكلمنهويپچژگ",
)  # fmt: skip


class Phrase(NamedTuple):
    """Words in a row as the index holds them; `prefix`: the last is the beginning of one.

    One word may be any form of a word in a text; of several each is as it is written there.
    """

    words: tuple[str, ...]
    prefix: bool = False


def alternatives(
    term: QueryTerm, languages: Collection[str] = (), *, compounds: bool = False
) -> tuple[Phrase, ...]:
    """What a term of a query may be in a text, at most MAX_ALTERNATIVES; () where it has no word.

    >>> [each.words for each in alternatives(QueryTerm("Häuser"), ["de"])]
    [('hauser',), ('haeuser',), ('haus',)]
    >>> alternatives(QueryTerm("Sixty-f", prefix=True)), alternatives(QueryTerm("l'école"))
    ((Phrase(words=('sixty', 'f'), prefix=True),), (Phrase(words=('ecole',), prefix=False),))
    """
    text = term.text if term.exact else _POSSESSIVE.sub("", _ELISION.sub("", term.text))
    tokens = _query_tokens(text)
    if not tokens:
        return ()
    if len(tokens) > 1 or is_sign(text[tokens[0].begin]):
        return _phrases(text, tokens, prefix=term.prefix)
    word = text[tokens[0].begin : tokens[0].end]
    if term.exact or term.prefix:
        found = [Phrase((form,), term.prefix) for form in word_forms(word)]
    else:
        forms = dict.fromkeys(word_forms(word))
        for language in languages:
            forms |= dict.fromkeys(word_forms(word, language))
        found = [Phrase((form,)) for form in forms]
    if compounds and not term.exact and not term.prefix:
        found += _compounds(word, languages)
    return tuple(dict.fromkeys(found))[:MAX_ALTERNATIVES]


def _query_tokens(text: str) -> list[SearchToken]:
    """The tokens of a phrase; the last sign alone, which ends each run in texts, only where it is all."""
    tokens = list(search_tokens(text))
    if len(tokens) > 1 and is_sign(text[tokens[-1].begin]):
        pair, last = tokens[-2].forms[0], tokens[-1].forms[0]
        if len(pair) > 1 and pair.endswith(last):
            del tokens[-1]
    return tokens


def _phrases(text: str, tokens: Sequence[SearchToken], *, prefix: bool) -> tuple[Phrase, ...]:
    last = tokens[-1]
    if is_sign(text[last.begin]):  # a pair is found within any run; an ideograph alone begins a pair
        prefix = len(last.forms[0]) == 1 and "\u3400" <= last.forms[0] <= "\u9fff"
    spelled = product(*map(_as_written, tokens))
    return tuple(Phrase(words, prefix) for words in islice(spelled, MAX_ALTERNATIVES))


def _as_written(token: SearchToken) -> tuple[str, ...]:
    """How a text may write a word in a phrase: also with "ue" for "ü", or the other way round."""
    word = token.forms[0]
    return tuple(dict.fromkeys([*token.forms, *(_UMLAUT.sub(r"\1", word),) * (not is_sign(word[0]))]))


def _compounds(word: str, languages: Collection[str]) -> Iterator[Phrase]:
    """Words that begin, or end, with the stem of this one."""
    for language in languages:
        stem = word_forms(word, language)[-1] if language in COMPOUNDING else ""
        if len(stem) >= LEAST_PART:
            yield Phrase((stem,), prefix=True)
            yield Phrase((TAIL + stem[::-1],), prefix=True)


def one_letter_off(word: str) -> list[str]:
    """All that a folded word of one alphabet is after one letter was left out, added, replaced, or two were swapped.

    >>> found = one_letter_off("fery")
    >>> "ferry" in found, "very" in found, "frey" in found, "ery" in found, one_letter_off("北京")
    (True, True, True, True, [])
    """
    alphabet = next((each for each in _ALPHABETS if all(letter in each for letter in word)), "")
    if not alphabet or len(word) > MAX_TYPED:
        return []
    found: dict[str, None] = {}
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        if len(after) > 1:
            found[before + after[1] + after[0] + after[2:]] = None
        if after:
            found[before + after[1:]] = None
        for letter in alphabet:
            found[before + letter + after] = None
            if after:
                found[before + letter + after[1:]] = None
    found.pop(word, None)
    return [each for each in found if each]


def written_as(text: str, form: str) -> str | None:
    """How a text writes a word of this form, None: it does not have it.

    >>> written_as("Der Straßenbahnausbau", "strassenbahnausbau")
    'Straßenbahnausbau'
    """
    for token in search_tokens(text):
        if token.forms[0] == form:
            return text[token.begin : token.end]
    return None


def single_word(term: QueryTerm) -> str | None:
    """The folded word of a term that is one word in letters; None for phrases, beginnings, and writing in signs."""
    tokens = _query_tokens(term.text)
    if len(tokens) != 1 or term.prefix or is_sign(term.text[tokens[0].begin]):
        return None
    return folded(term.text[tokens[0].begin : tokens[0].end])
