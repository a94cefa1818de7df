"""Finds known forms in a text: whole words with the required capitals, preferring the longest."""

import re
from typing import Final, NamedTuple

from recirc.text.topics.gazetteer import FormKind, FormMeaning, Gazetteer, PatternWords, lower

CAPITALS: Final = 0.7  # least share of capitals in a line that counts as written in capitals
MIN_ACRONYM: Final = 4  # least letters of an acronym that is also written as a word ("Opec")


class Mention(NamedTuple):
    """A known form in a text, from `begin` to `end` (excluded), with its possible meanings."""

    begin: int
    end: int
    meanings: tuple[FormMeaning, ...]


def in_capitals(text: str) -> bool:
    """Whether a line is written in capitals, as wire services write headlines."""
    capitals = sum(map(str.isupper, text))
    return capitals > CAPITALS * (capitals + sum(map(str.islower, text)))


def mentions(gazetteer: Gazetteer, words: PatternWords, text: str) -> list[Mention]:
    """Every known form in a text, in order and without overlaps."""
    text = text.replace("’", "'")
    capitals = in_capitals(text)
    found = []
    for last, (length, meanings) in gazetteer.automaton.iter(lower(text)):
        begin, end = last + 1 - length, last + 1
        if _within_word(text, begin, end):
            continue
        form = text[begin:end]
        possible = tuple(meaning for meaning in meanings if _capitals_fit(form, meaning, capitals, words))
        if possible and not _lacks_comma(text, begin, possible):
            found.append(Mention(begin, end, possible))
    return _longest(found)


def _within_word(text: str, begin: int, end: int) -> bool:
    before = text[begin - 1] if begin else " "
    after = text[end] if end < len(text) else " "
    if before.isalnum() or (after.isalnum() and text[end - 1].isalnum()):
        return True
    if before in "-@#&_/" and begin > 1 and text[begin - 2].isalnum() and before in "&_@":
        return True
    # "Anglo-American" is not America, but "Japan-U.S." and "U.S.-provided" are mentions.
    return (
        after == "."
        and end + 1 < len(text)
        and text[end + 1].isalpha()
        and len(text[begin:end]) <= MIN_ACRONYM
    )


def _capitals_fit(form: str, meaning: FormMeaning, capitals: bool, words: PatternWords) -> bool:
    """Whether a form has the required capitals: "us" is not US, "POLISH" in a headline in capitals is not Poland."""
    written = meaning.written
    if (capitals or form != written) and form in words.ordinary_in_capitals:
        return False
    if form == written:
        return True
    if written.islower():
        return form == written.upper() if capitals else form == written.capitalize()
    if written.isupper():
        letters = written.replace(".", "")
        return len(letters) >= MIN_ACRONYM and form == written.capitalize()
    if form == written.upper():
        return True
    return meaning.form_kind != FormKind.HINT and len(written) > 5 and form == written.title()


_BARE_ABBREVIATIONS: Final = frozenset(
    ("Ark", "Calif", "Conn", "Fla", "Ill", "Mass", "Md", "Mich", "Minn", "NJ", "NY", "Pa", "Wis")
)
_UNAMBIGUOUS: Final = frozenset(("N.Y.", "N.J.", "D.C.", "N.H.", "N.C.", "S.C."))


def _lacks_comma(text: str, begin: int, meanings: tuple[FormMeaning, ...]) -> bool:
    """Whether this is a state's abbreviation without a comma before it: "Ind." may also end a sentence."""
    written = meanings[0].written
    if meanings[0].form_kind != FormKind.REGION or written in _UNAMBIGUOUS:
        return False
    if not written.endswith(".") and written not in _BARE_ABBREVIATIONS:
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
