"""When a page says it was published: what it writes, read without guessing."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recirc.extraction.calendars import month_of, western

FIRST_YEAR: Final = 1600  # as in sources.dates
LAST_YEAR: Final = 2100
LONGEST: Final = 200  # characters of a text that a date is looked for in

_CLOCK: Final = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})(?::|[h时時](?=\d\d)|(?<=\d)\.(?=\d\d)|(?=\s{0,2}[ap]\.?m))(?P<minute>\d{2})?(?::(?P<second>\d{2}))?"
    r"\s{0,2}(?P<half>[ap])?(?:\.?m\b\.?)?\s{0,2}\(?(?P<zone>[A-Z]{1,5}\b|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_NAME: Final = r"(?P<month>[^\W\d_]{3,12}(?:\s[^\W\d_]{4,7}|/[^\W\d_]{3,12})??)\.?"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?"
_OF: Final = r"(?:(?:of|de|del|di|do|da|d['’]|ta['’])\s?)?"
_YEAR: Final = r"(?P<year>\d{4})"
_WRITTEN: Final = (
    re.compile(
        rf"(?<![^\W\d_]){_NAME}\s{{0,3}}{_DAY}\s{{0,2}}[,،]?\s{{1,3}}{_OF}{_YEAR}(?!\d)", re.IGNORECASE
    ),
    re.compile(rf"(?<!\d){_DAY}[\s-]{{0,3}}{_OF}{_NAME}[\s,،-]{{1,3}}{_OF}{_YEAR}(?!\d)", re.IGNORECASE),
    re.compile(rf"(?<!\d){_YEAR}[\s,.]{{1,3}}{_NAME}\s{{1,2}}{_DAY}(?!\d)", re.IGNORECASE),  # Hungarian
    re.compile(
        r"(?<!\d)(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日号號일]"
    ),
)
_NUMERIC: Final = re.compile(
    r"(?<!\d)(?<!\d[/.-])(?P<first>\d{1,2})(?P<sep>[/.-])\s?(?P<second>\d{1,2})(?P=sep)\s?(?P<year>\d{4}|(?<=\.)\d{2})(?!\d)"
)
_ISO: Final = re.compile(
    r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T\s]{1,2}(\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d{1,12})?\s?(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?)?(?!\d)",
    re.IGNORECASE,
)
_EPOCH: Final = re.compile(r"\d{10}|\d{13}")
_MAIL: Final = re.compile(r"[A-Za-z]{3},\s{1,3}\d{1,2}\s[A-Za-z]{3}\s\d{4}\s\d[\d:]{3,7}(?:\s\S{1,9})?")

_PLACES: Final = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
_HOURS: Final = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "IST": 5.5, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11,
}  # fmt: skip


def moment_of(text: str, *, day_first: bool = False) -> datetime | None:
    """The moment that a text names, with the zone it gives; UTC where it gives none, midnight without a time.

    Reads ISO 8601 in the forms that pages have, RFC 2822, dates with the month's name in the languages of
    `calendars.LOCALES`, Chinese and Japanese dates, seconds or milliseconds since 1970, and days in numbers where only
    one reading is possible. None for all else, for days that no calendar has, and outside the years 1600 to 2100.

    Args:
        text: at most `LONGEST` characters of it are read.
        day_first: whether "03/04/2019" is the third of April; without it, it is not read. "03.04.2019" always is.

    >>> moment_of("Posted on Nov. 19, 2019 at 5:30 p.m. EST").isoformat()
    '2019-11-19T17:30:00-05:00'
    >>> moment_of("19/11/2019").isoformat(), moment_of("03/04/2019"), moment_of("yesterday")
    ('2019-11-19T00:00:00+00:00', None, None)
    >>> moment_of("Publié le 4 mars 2025 à 10h15").isoformat(), moment_of("2025年9月4日").day
    ('2025-03-04T10:15:00+00:00', 4)
    """
    text = western(" ".join(text[:LONGEST].split()))
    try:
        found = _epoch(text) or _iso(text) or _mail(text) or _written(text) or _numeric(text, day_first)
    except (ValueError, OverflowError, TypeError, IndexError):  # the 31st of February and its like
        return None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)


def _iso(text: str) -> datetime | None:
    found = _ISO.search(text)
    if found is None:
        return None
    year, month, day, clock, zone = found.groups()
    hours, minutes, seconds = ([*map(int, (clock or "0:00").split(":")), 0])[:3]
    return datetime(int(year), int(month), int(day), hours, minutes, seconds, tzinfo=_zone(zone))


def _mail(text: str) -> datetime | None:
    return parsedate_to_datetime(text) if _MAIL.fullmatch(text) else None


def _written(text: str) -> datetime | None:
    for form in _WRITTEN:
        for found in form.finditer(text):
            name = found["month"]
            month = int(name) if name.isdigit() else month_of(name) or _shortened(name)
            if month is not None:
                rest = f"{text[: found.start()]} {text[found.end() :]}"
                return _with_clock(datetime(int(found["year"]), month, int(found["day"]), tzinfo=UTC), rest)
    return None


def _shortened(name: str) -> int | None:
    """The month of an English name that is cut or misspelt after its third letter, such as "Septem"."""
    full = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
    return next(
        (n for n, each in enumerate(full, 1) if len(name) > 3 and each.startswith(name.lower()[:4])), None
    )


def _numeric(text: str, day_first: bool) -> datetime | None:
    found = _NUMERIC.search(text)
    if found is None:
        return None
    first, second = int(found["first"]), int(found["second"])
    if first != second and first <= 12 and second <= 12 and not day_first and found["sep"] != ".":
        return None  # the day or the month
    day, month = (first, second) if second <= 12 else (second, first)
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return _with_clock(datetime(year, month, day, tzinfo=UTC), rest)


def _with_clock(day: datetime, text: str) -> datetime:
    for found in _CLOCK.finditer(text):
        if found["minute"] is None and found["half"] is None:
            continue
        hour, half = int(found["hour"]), (found["half"] or "").lower()
        if half:
            if not 1 <= hour <= 12:
                continue
            hour = hour % 12 + (12 if half == "p" else 0)
        minute, second = int(found["minute"] or 0), int(found["second"] or 0)
        return day.replace(hour=hour, minute=minute, second=second, tzinfo=_zone(found["zone"]))
    return day


def _zone(written: str | None) -> tzinfo:
    """The zone of a name or an offset; UTC without one and for names that are not known."""
    name = (written or "Z").upper()
    if name[0] in "+-":
        digits = name[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-offset if name[0] == "-" else offset)
    if name in _PLACES:
        try:
            return ZoneInfo(_PLACES[name])
        except ZoneInfoNotFoundError:  # a machine without the table of zones
            return UTC
    return timezone(timedelta(hours=_HOURS[name])) if _HOURS.get(name) else UTC
