"""Lines that are of a page and never of an article: notices about cookies, reading times, addresses, page numbers."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from recirc.text.vocabulary import words

LONGEST_NOTICE: Final = 700  # characters
MOST_SIGNS: Final = 60  # of a reading time
MOST_SHEETS: Final = 400  # lines that end a sheet

_MINUTES: Final = re.compile(
    r"(?<![\d:.,])\d{1,3}(?:\s?[-–]\s?\d{1,3})?\s*[-–]?\s*"
    r"(?:min(?:ut\w*|s)?\b\.?|мин(?:ут\w*)?\b\.?|دقائق|دقيقة|分钟|分鐘|分(?=で))",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"^(?:[^\W\d][^:/\n]{2,24}:\s+)?(?P<address>(?:https?://)?(?P<host>(?:[a-z0-9-]{1,60}\.){1,4}[a-z]{2,12})(?:[/?#]\S*)?)$",
    re.IGNORECASE,
)
_SHEET: Final = re.compile(
    r"^[-–—|\s]*(?:(?:page|pg|p|seite|pág|pag|página|pagina|strona|str|стр|страница|صفحة|第)\.?\s*)?"
    r"(?:\d{1,3}\s*(?:/|of|von|sur|de|di|van|z|из|من)\s*\d{1,3}|[-–—]\s?\d{1,3}\s?[-–—]|"
    r"(?<=[a-zа-яه第]\s)\d{1,3}|(?<=第)\d{1,3})\s*(?:页|頁|ページ)?[-–—|\s]*$",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def is_notice(text: str) -> bool:
    """Whether a line asks for consent to cookies.

    >>> is_notice("We and our 90 partners store cookies. Accept all. Manage choices.")
    True
    >>> is_notice("She sold forty cookies at the fair and gave the money to the choir.")
    False
    """
    if len(text) > LONGEST_NOTICE:
        return False
    low = text.casefold()
    if not any(word in low for word in words("cookies")):
        return False
    return any(
        phrase in low if _CJK.search(phrase) else re.search(rf"(?<!\w){re.escape(phrase)}", low)
        for phrase in words("consent")
    )


def is_reading_time(text: str) -> bool:
    """Whether a line is nothing but how long it takes to read the article.

    >>> is_reading_time("Lesedauer: 4 Minuten"), is_reading_time("この記事は4分で読めます")
    (True, True)
    >>> is_reading_time("4 minutes read"), is_reading_time("4 minutes late")
    (True, False)
    """
    return (
        len(text) <= MOST_SIGNS
        and bool(_MINUTES.search(text))
        and not without_reading_time(text).strip(" .·|:：,-–")
    )


def without_reading_time(text: str) -> str:
    """A line without the reading time that stands on it, as beside a name and a date."""
    found = _MINUTES.search(text)
    if found is None:
        return text
    before, after = text[: found.start()], text[found.end() :]
    reading = words("reading")
    while (last := re.search(r"([^\W\d_]+(?:['’][^\W\d_]+)?)[\s:：~≈]*$", before)) and last[
        1
    ].casefold() in reading:
        before = before[: last.start()]
    while (first := re.match(r"[\s]*([^\W\d_]+(?:['’][^\W\d_]+)?)", after)) and first[
        1
    ].casefold() in reading:
        after = after[first.end() :]
    return f"{before} {after}" if after.strip() else before


def address_in(text: str) -> str | None:
    """The address that a line consists of, with a label or without; None of other lines.

    >>> address_in("Clipped from: https://www.tide.example/a/17"), address_in("tide.example")
    ('https://www.tide.example/a/17', 'https://tide.example')
    >>> address_in("See tide.example for more."), address_in("No. 4") is None
    (None, True)
    """
    found = _ADDRESS.match(text.strip())
    if found is None or len(text) > 300:
        return None
    address = found["address"]
    return address if "://" in address else f"https://{address}"


def without_sheets(lines: Sequence[str]) -> list[str]:
    """The lines of a document of several sheets without their numbers and without the heads that are repeated.

    >>> without_sheets(["The Tide | 4 May", "A ferry stays", "It stays.", "1 / 2", "The Tide | 4 May", "It does."])
    ['The Tide | 4 May', 'A ferry stays', 'It stays.', 'It does.']
    """
    ends = [n for n, line in enumerate(lines) if len(line) < 40 and _SHEET.match(line.strip())][:MOST_SHEETS]
    breaks = [n for n, line in enumerate(lines) if line[:1] == "\f"][:MOST_SHEETS]
    if not ends and not breaks:
        return list(lines)
    counts = Counter(line.strip() for line in lines if line.strip() and len(line) < 120)
    near = {place + step for place in (*ends, *breaks) for step in (-2, -1, 0, 1, 2)}
    seen: set[str] = set()
    kept: list[str] = []
    numbers = set(ends)
    for place, line in enumerate(lines):
        bare = line.strip()
        repeated = counts[bare] > 1 and bare in seen and place in near
        seen.add(bare)
        if place not in numbers and not repeated:
            kept.append(line.lstrip("\f"))
    return kept
