"""Lines that are a date, with what else stands on them."""

import re
from typing import Final, NamedTuple

from recirc.extraction.furniture import without_reading_time
from recirc.text.calendars import is_part_of_month, month_of, weekday_of, western
from recirc.text.dates import DateContext, moment_of
from recirc.text.vocabulary import folded, starts, words

LONGEST: Final = 140  # characters of a line with a date
MOST_WORDS: Final = 16

_WRITTEN: Final = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?|"
    r"\d{4}[/.]\d{1,2}[/.]\d{1,2}|\d{1,2}([/.-])\s?\d{1,2}\1\s?(?:\d{4}|\d{2})\b|"
    r"\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日号號일]?"
)
_CLOCK: Final = re.compile(
    r"(?<!\d)\d{1,2}(?:[:.h時时]\d{2}(?::\d{2})?\s?(?:h|uhr|uur|godz\.?|ч|hrs|分)?|\s?(?:[ap]\.?m\.?|uhr|uur|h|時))(?!\d)"
    r"(?:\s?[ap]\.?m\b\.?)?(?:\s?\(?(?:[ECMP][SD]?T|GMT|UTC|CEST?|BST|MSK|IST|JST|[+-]\d{2}:?\d{2})\)?)?",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?|\d+(?:st|nd|rd|th|er|º|ª|\.)?")
_SMALL: Final = frozenset(
    [
        "at",
        "on",
        "the",
        "of",
        "um",
        "à",
        "a",
        "às",
        "as",
        "alle",
        "ore",
        "om",
        "o",
        "og",
        "kl",
        "klo",
        "le",
        "el",
        "il",
        "am",
        "den",
        "dem",
        "de",
        "del",
        "di",
        "do",
        "da",
        "den",
        "w",
        "г",
        "в",
        "года",
        "году",
        "г.",
        "r",
        "roku",
        "the",
        "h",
        "uhr",
        "uur",
        "hrs",
        "в",
        "от",
        "dnia",
        "den",
        "et",
        "et.",
        "on",
        "i",
        "y",
        "e",
        "und",
        "and",
        "gmt",
        "utc",
        "est",
        "edt",
        "cet",
        "cest",
        "time",
        "local",
        "في",
        "يوم",
        "الساعة",
        "صباحا",
        "مساء",
        "م",
        "ص",
        "ق",
        "ago",
        "min",
        "last",
        "uppdaterad",
        "senast",
        "vom",
        "zum",
        "der",
        "updated",
    ]
)

_UNKNOWN_LABEL: Final = re.compile(
    r"[^\W\d_]{4,14}(?: [^\W\d_]{4,14})?(?: (?:on|at|am|le|el|il|em|op|w|dnia|den|på))?:?", re.IGNORECASE
)
_PREPOSED: Final = re.compile(r"\s(?:on|at|am|le|el|il|em|op|w|dnia|den|på)\s\d", re.IGNORECASE)


class DatedLine(NamedTuple):
    """A date on a line.

    Attributes:
        text: the line without its label.
        rest: what is neither date, time, weekday nor label; empty where nothing is.
        changed: whether the label tells of a change.
        readable: whether the date can be read.
    """

    text: str
    rest: str
    changed: bool
    readable: bool


def date_in(line: str) -> DatedLine | None:
    """The date that a line is about; None of a line without one.

    >>> date_in("Published: May 4, 2026 at 5:30 PM").rest, date_in("Nora Lind, 4 September 2025, 10:15").rest
    ('', 'Nora Lind')
    >>> date_in("Date: some time in May").readable, date_in("Fire of 1912 remembered") is None
    (False, True)
    """
    if len(line) > LONGEST or len(line.split()) > MOST_WORDS:
        return None
    label = starts("dated").match(line)
    marked = bool(label) and bool(re.match(r"\s*[:：]\s*", line[label.end() :] if label else ""))
    if label and not marked and not re.match(r"\s|\d", line[label.end() :]):
        label = None
    bare = without_reading_time(line[label.end() :].lstrip(" :：.·|-–") if label else line)
    changed = bool(label) and folded(line[: label.end()] if label else "") in words("changed")
    if moment_of(bare, DateContext(order="day")) is None:
        strict = bool(
            re.match(r"(?:date|published|posted|updated|time|datum|data|fecha|дата)\b", line, re.IGNORECASE)
        )
        return DatedLine(bare, "", changed, readable=False) if marked and strict and bare else None
    rest = _rest(western(bare))
    if label is None and _PREPOSED.search(line) and _UNKNOWN_LABEL.fullmatch(rest) and line.startswith(rest):
        rest = ""  # "Geplaatst op 3 december": a verb and a preposition, whatever the verb
    # A later date on the line, as of "Published … | Updated …", is the change.
    return DatedLine(bare, rest, changed, readable=True)


def _rest(text: str) -> str:
    """The line without its dates, times and small words; the signs between pieces are kept as "|"."""
    text = _CLOCK.sub(" ", _WRITTEN.sub(" ", text))
    text = starts("dated").sub(lambda found: " " if _is_word(found) else found[0], text)
    kept: list[str] = []
    for piece in re.split(r"\s*[|,،，;•·–—]\s*|\s+-\s+|\s{3,}", text):
        tokens = [token for token in _WORD.findall(piece) if not _is_of_date(token)]
        if tokens and not all(token.casefold().strip(".") in _SMALL for token in tokens):
            words_left = piece.split()
            while words_left and _is_of_date(words_left[0].strip(",.()")):
                words_left.pop(0)
            while words_left and _is_of_date(words_left[-1].strip(",.()")):
                words_left.pop()
            if words_left:
                kept.append(" ".join(words_left))
    return " | ".join(kept)


def _is_word(found: re.Match[str]) -> bool:
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return not before.isalpha() and not after.isalpha()


def _is_of_date(token: str) -> bool:
    bare = token.strip(".,()").casefold()
    return (
        not bare
        or bare[0].isdigit()
        or bare in _SMALL
        or month_of(bare) is not None
        or is_part_of_month(bare)
        or weekday_of(bare) is not None
        or bare in words("dated")
    )
