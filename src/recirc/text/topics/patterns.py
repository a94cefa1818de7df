"""Finds unknown people and organisations by patterns: "Senator Jane Doe", "Doe Motors Ltd"."""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from recirc.text.topics.gazetteer import PatternWords

MAX_WORDS: Final = 7  # of a name
_CAPITAL: Final = "A-ZÀ-ÖØ-ÞŁŚŠŽČĆİ"
_JOINTS: Final = "of the|of|de la|de|del|du|da|di|von der|von|van der|van|bin|ibn|al|el|&"
_RUN: Final = re.compile(rf"(?<![\w])[{_CAPITAL}][\w'&.-]*(?: (?:(?:{_JOINTS}) )?[{_CAPITAL}][\w'&.-]*)*")
_WORD_BEFORE: Final = re.compile(r"([A-Za-z][\w-]*) $")
_INITIAL: Final = re.compile(rf"(?:[{_CAPITAL}]\.)+")
_ABBREVIATION: Final = frozenset(("Jr.", "Sr.", "St.", "Messrs.", "Drs."))
_PARTICLES: Final = frozenset(
    ("de", "la", "del", "du", "da", "di", "von", "der", "van", "bin", "ibn", "al", "el")
)


class PatternMatch(NamedTuple):
    """A name found by a pattern, from `begin` to `end` (excluded).

    `kind` "surname" is one capitalised word, which may be the surname of a person named in full elsewhere.
    """

    kind: Literal["person", "organisation", "surname"]
    name: str
    begin: int
    end: int
    titled: bool = False


class _Word(NamedTuple):
    text: str
    begin: int


def find_names(text: str, words: PatternWords) -> list[PatternMatch]:
    """Every name found by a pattern, in order. The text must not be in capitals."""
    found: list[PatternMatch] = []
    for run in _RUN.finditer(text.replace("’", "'")):
        for part in _sentences(run.group(), run.start(), words):
            match = _classify(part, text, words)
            if match is not None:
                found.append(match)
    return found


def _sentences(run: str, begin: int, words: PatternWords) -> list[list[_Word]]:
    """The words of a run of capitalised words, split after sentence ends and possessives."""
    parts: list[list[_Word]] = [[]]
    for match in re.finditer(r"\S+", run):
        word, ends = _strip(match.group(), words)
        parts[-1].append(_Word(word, begin + match.start()))
        if ends:
            parts.append([])
    return [_trim(part, words) for part in parts]


def _strip(word: str, words: PatternWords) -> tuple[str, bool]:
    """A word without possessive or final period, and whether the name ends with it."""
    for end in ("'s", "'"):
        if word.endswith(end):
            return word.removesuffix(end), True
    if not word.endswith(".") or word in words.titles or word in _ABBREVIATION or _INITIAL.fullmatch(word):
        return word, False
    return (word, False) if word in words.forms else (word.rstrip("."), True)


def _trim(part: list[_Word], words: PatternWords) -> list[_Word]:
    while part and (part[0].text in words.stop or part[0].text.islower()):
        part = part[1:]
    return part


def _classify(part: Sequence[_Word], text: str, words: PatternWords) -> PatternMatch | None:
    if not part or len(part) > MAX_WORDS + 4:
        return None
    names = [word.text for word in part]
    begin, end = part[0].begin, part[-1].begin + len(part[-1].text)
    core = len(names)
    while core and names[core - 1] in words.forms:
        core -= 1
    if core < len(names):
        return (
            PatternMatch("organisation", " ".join(names[:core]), begin, end)
            if core and len(names[0]) > 1
            else None
        )
    title = max((place for place, name in enumerate(names) if name in words.titles), default=-1)
    if title < 0 and len(names) > 1 and _organisation(names, words):
        return PatternMatch("organisation", " ".join(names), begin, end)
    rest = part[title + 1 :]
    if not rest:
        return None
    before = _WORD_BEFORE.search(text, max(0, rest[0].begin - 24), rest[0].begin)
    titled = title >= 0 or (before is not None and before.group(1) in words.titles)
    return _person(rest, titled, words)


def _organisation(names: Sequence[str], words: PatternWords) -> bool:
    return names[-1] in words.kinds or (names[0] in words.heads and names[1].startswith("of"))


def _person(rest: Sequence[_Word], titled: bool, words: PatternWords) -> PatternMatch | None:
    names = [word.text for word in rest]
    begin, end = rest[0].begin, rest[-1].begin + len(rest[-1].text)
    if len(names) == 1:
        return PatternMatch("surname", names[0], begin, end, titled) if len(names[0]) > 2 else None
    is_person = titled or names[0] in words.first_names
    if not is_person or len(names) > 5 or not all(map(_can_be_personal, names)):
        return None
    if any(
        name in words.kinds or name in words.heads or name in words.stop or name == "of" for name in names
    ):
        return None
    return PatternMatch("person", person_name(names), begin, end, titled)


def person_name(names: Sequence[str]) -> str:
    """A person's name without middle initials, which newspapers use inconsistently."""
    inner = [name for name in names[1:-1] if not _INITIAL.fullmatch(name)]
    return " ".join((names[0], *inner, names[-1]))


def surname(name: str) -> str:
    """The last name of a person, with the particles before it.

    >>> surname("Wim Duisenberg"), surname("Barend du Plessis"), surname("Robert Smith Jr.")
    ('Duisenberg', 'du Plessis', 'Smith')
    """
    words = name.removesuffix(" Jr.").removesuffix(" Jr").split()
    place = len(words) - 1
    while place > 1 and words[place - 1].lower() in _PARTICLES:
        place -= 1
    return " ".join(words[place:])


def _can_be_personal(name: str) -> bool:
    if name in _PARTICLES or _INITIAL.fullmatch(name) or name in ("Jr.", "Sr."):
        return True
    return len(name) > 1 and not name.isupper() and "&" not in name and not any(map(str.isdigit, name))
