"""Where a text has a known form, letter by letter: whole words, the longest first, with the capitals that it needs."""

import re
from typing import Final, NamedTuple

from recirc.text.topics.gazetteer import FormKind, FormMeaning, Gazetteer, PatternWords, lowered

CAPITALS: Final = 0.7  # a line is in capitals when so many of its letters are
SHORT_FORM: Final = 4  # letters of an acronym that may stand as a word too ("Opec")


class Mention(NamedTuple):
    """A known form in a text, from `begin` to `end` (not included), and what it may mean."""

    begin: int
    end: int
    meanings: tuple[FormMeaning, ...]


def in_capitals(text: str) -> bool:
    """Whether a line is written in capitals, as wire services write headlines."""
    capitals = sum(map(str.isupper, text))
    return capitals > CAPITALS * (capitals + sum(map(str.islower, text)))


def mentions(gazetteer: Gazetteer, words: PatternWords, text: str) -> list[Mention]:
    """Every known form in a text, in order; none overlaps another."""
    text = text.replace("’", "'")
    capitals = in_capitals(text)
    found = []
    for last, (length, meanings) in gazetteer.automaton.iter(lowered(text)):
        begin, end = last + 1 - length, last + 1
        if _within_word(text, begin, end):
            continue
        shown = text[begin:end]
        meant = tuple(meaning for meaning in meanings if _fits(shown, meaning, capitals, words))
        if meant and not _without_comma(text, begin, meant):
            found.append(Mention(begin, end, meant))
    return _longest(found)


def _within_word(text: str, begin: int, end: int) -> bool:
    before = text[begin - 1] if begin else " "
    after = text[end] if end < len(text) else " "
    if before.isalnum() or (after.isalnum() and text[end - 1].isalnum()):
        return True
    if before in "-@#&_/" and begin > 1 and text[begin - 2].isalnum() and before in "&_@":
        return True
    # "Anglo-American" is no America, yet "Japan-U.S." and "U.S.-provided" are both.
    return (
        after == "."
        and end + 1 < len(text)
        and text[end + 1].isalpha()
        and len(text[begin:end]) <= SHORT_FORM
    )


def _fits(shown: str, meaning: FormMeaning, capitals: bool, words: PatternWords) -> bool:
    """Whether a form is written as it has to be: "us" is no US, "POLISH" in a headline in capitals no Poland."""
    written = meaning.written
    if (capitals or shown != written) and shown in words.ordinary_in_capitals:
        return False
    if shown == written:
        return True
    if written.islower():
        return shown == written.upper() if capitals else shown == written.capitalize()
    if written.isupper():
        letters = written.replace(".", "")
        return len(letters) >= SHORT_FORM and shown == written.capitalize()
    if shown == written.upper():
        return True
    return meaning.manner != FormKind.HINT and len(written) > 5 and shown == written.title()


_ABBREVIATED: Final = frozenset(
    ("Ark", "Calif", "Conn", "Fla", "Ill", "Mass", "Md", "Mich", "Minn", "NJ", "NY", "Pa", "Wis")
)
_STANDS_ALONE: Final = frozenset(("N.Y.", "N.J.", "D.C.", "N.H.", "N.C.", "S.C."))


def _without_comma(text: str, begin: int, meanings: tuple[FormMeaning, ...]) -> bool:
    """Whether this is an abbreviation of a state that no comma comes before: "Ind." ends a sentence as well."""
    written = meanings[0].written
    if meanings[0].manner != FormKind.REGION or written in _STANDS_ALONE:
        return False
    if not written.endswith(".") and written not in _ABBREVIATED:
        return False
    return not _AFTER_COMMA.search(text, max(0, begin - 3), begin)


_AFTER_COMMA: Final = re.compile(r",\s{1,2}$")


def _longest(found: list[Mention]) -> list[Mention]:
    found.sort(key=lambda mention: (mention.begin, -mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.begin >= kept[-1].end:
            kept.append(mention)
        elif mention.end - mention.begin > kept[-1].end - kept[-1].begin:
            kept[-1] = mention
    return kept
