"""Dates as feeds, pages, files and people write them, read without guessing.

The one reader of dates in texts: what has several readings, a zone that is not known, or the zero of some system's
calendar is unknown rather than another moment.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, Literal, NamedTuple, TypeAlias

from recirc.text.calendars import cut_month_of, month_of, short_weekdays, weekday_of, western
from recirc.text.calendars import plain_name as name_of
from recirc.text.clocks import NoTimeError, clock_in

FIRST_YEAR: Final = 1600  # newspapers began in 1605
LAST_YEAR: Final = 2100
LONGEST: Final = 200  # characters of a text that a date is looked for in

DateOrder: TypeAlias = Literal["day", "month"]
"""What comes first in "06/02/2026"."""

_LETTER: Final = (
    r"(?:[^\W\d_]|[\u0300-\u036f\u064b-\u0652\u0900-\u0963\u0970-\u09e3\u0b80-\u0bcd\u0e31-\u0e4e׳])"
)
_NAME: Final = (
    rf"(?P<month>{_LETTER}{{2,14}}(?:\s{_LETTER}{{4,7}}|/{_LETTER}{{3,12}})??|[ก-๎]{{1,3}}\.[ก-๎]{{1,3}})[.॰]?"
)
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?"
_OF: Final = r"(?:(?:of|de|del|di|do|da)\s|(?:d|ta)['’]\s?)?"  # "de cember" is no preposition and a month
_YEAR: Final = r"(?P<year>\d{4})"
_WRITTEN: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<![^\W\d_]){_NAME}\s{{0,3}}{_DAY}\s{{0,2}}[,،]?\s{{1,3}}{_OF}{_YEAR}(?!\d)",
        rf"(?<!\d){_DAY}[\s/-]{{0,3}}{_OF}{_NAME}[\s,،/-]{{0,3}}{_OF}{_YEAR}(?!\d)",
        # Hungarian, Latvian, Lithuanian
        rf"(?<!\d){_YEAR}(?:\. gada |\s?m\. |[\s,.]{{1,3}})(?:(?P<first>\d{{1,2}})\.\s)?{_NAME}"
        rf"(?(first)|\s{{1,2}}{_DAY})(?!\d)",
        # RFC 822 with its years of two digits
        rf"(?<!\d){_DAY}[\s-]{_NAME}[\s-](?P<year>\d{{2}})(?=\s\d{{1,2}}[:.]\d\d)",
        # the C library's asctime and date
        rf"(?<![^\W\d_]){_NAME}\s{{1,2}}{_DAY}(?P<clock>\s\d\d:\d\d:\d\d(?:\s[A-Z]{{1,5}})?)\s{_YEAR}(?!\d)",
        rf"(?<!\d){_DAY}\s?tháng\s?(?P<month>\d{{1,2}})(?:,|\snăm)?\s?{_YEAR}(?!\d)",
    )
)
_IDEOGRAPHIC: Final = re.compile(
    r"(?<!\d)(?P<era>令和|平成|昭和|民國|民国)?\s?(?P<year>\d{1,4}|元)\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日号號일]"
)
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_NUMERIC: Final = re.compile(
    r"(?<!\d)(?<!\d[/.-])(?P<first>\d{1,2})\s?(?P<sep>[/.-])\s?(?P<second>\d{1,2})\s?(?P=sep)\s?(?P<year>\d{4}|(?<=\.)\d{2})(?!\d)"
)
_ISO: Final = re.compile(
    r"(?<![\d-])(?P<year>\d{4})(?P<sep>[-/.])\s?(?P<month>\d{1,2})(?P=sep)\s?(?P<day>\d{1,2})(?![\d-])(?:T(?=\d))?",
    re.IGNORECASE,
)
_BASIC: Final = re.compile(r"[\dW-]{8,10}(?:T[\d:.,]{4,16}(?:Z|[+-][\d:]{2,5})?)?")
_DIGITS_ALONE: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")
_EPOCH: Final = re.compile(r"\d{10}|\d{13}")
_HIDDEN: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BRACKETS: Final = re.compile(r"[(\[][^()\[\]]*[)\]]")
_WORD: Final = re.compile(rf"{_LETTER}+")
_WORDS_AT_MOST: Final = 6  # beside a date in a text that is nothing else
_ZEROS: Final = frozenset(
    datetime.fromisoformat(f"{each}Z")
    for each in (
        *("1601-01-01T00:00:00", "1753-01-01T00:00:00", "1899-12-30T00:00:00", "1900-01-01T00:00:00"),
        "1901-12-13T20:45:52",
    )
)
"""Where the calendars of Windows, SQL Server, spreadsheets and of Unix with 32 bits begin. The zero of Unix is its
whole day in any zone.
"""
_UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WIDEST_ZONE: Final = timedelta(hours=14)
_MONTH_FIRST: Final = ("en-us", "en-ph", "en-pr", "es-us", "es-pr", "fil", "fil-ph")
_NEITHER: Final = ("en", "en-ca", "fr-ca", "zh", "ja", "ko", "hu", "lt", "mn", "fa", "sv", "eu", "und", "mul")
"""Languages with both orders, or which begin with the year."""


class DateContext(NamedTuple):
    """What is known where a date is written: its language, such as "de" or "en-GB", and what comes first in dates in
    numbers; None: unknown. `zone` is that of times without one."""

    language: str | None = None
    order: DateOrder | None = None
    zone: tzinfo = UTC


UNKNOWN: Final = DateContext()


def context_of(texts: Iterable[object], language: object = None) -> DateContext:
    """What dates beside each other, addresses with a date in them, and the language say of the order of day and month.

    >>> context_of(["06/02/2026", "28/01/2026"]).order, context_of(["06/02/2026"], "de").order
    ('day', 'day')
    >>> context_of(["06/02/2026", "https://tide.example/2026/02/06/quay"]).order
    'day'
    >>> context_of(["06/02/2026"], "en").order, context_of([], "en-US").order
    (None, 'month')
    """
    name = language.strip().replace("_", "-").lower() if isinstance(language, str) else ""
    written = [western(text[:LONGEST]) for text in texts if isinstance(text, str)]
    days = {
        tuple(map(int, found.group("year", "month", "day")))
        for text in written
        for found in _ISO.finditer(text)
    }
    orders: set[DateOrder] = set()
    for found in (found for text in written for found in _NUMERIC.finditer(text) if found["sep"] != "."):
        year, first, second = int(found["year"]), int(found["first"]), int(found["second"])
        possible = {"day": second <= 12, "month": first <= 12}
        if first != second and all(
            possible.values()
        ):  # which of the two is a day that stands there otherwise as well
            possible = {"day": (year, second, first) in days, "month": (year, first, second) in days}
        if possible["day"] != possible["month"]:
            orders.add("day" if possible["day"] else "month")
    if len(orders) == 1:
        return DateContext(name or None, orders.pop())
    if orders or not name or name in _NEITHER or name[:2] in _NEITHER[3:]:
        return DateContext(name or None)
    return DateContext(name, "month" if name in _MONTH_FIRST else "day")


def numeric_dates(text: str) -> list[str]:
    """Dates in numbers within a text whose order can be in doubt, such as "06/02/2026"."""
    return [found[0] for found in _NUMERIC.finditer(western(text)) if found["sep"] != "."]


def names_zone(text: str, context: DateContext = UNKNOWN) -> bool:
    """Whether a date says in which zone its time is.

    >>> names_zone("29 Nov 2026 11 PM ET"), names_zone("29.11.2026 23:00 Uhr")
    (True, False)
    """
    here, there = (
        moment_of(text, context._replace(zone=zone), alone=True)
        for zone in (UTC, timezone(timedelta(hours=1)))
    )
    return here is not None and here == there


def moment_of(text: str, context: DateContext = UNKNOWN, *, alone: bool = False) -> datetime | None:
    """The moment that a text names, with the zone it gives; UTC where it gives none, midnight without a time.

    Reads ISO 8601 and RFC 5322 in the forms that occur, names of months in the languages of `calendars.LOCALES`,
    Chinese, Japanese, Korean, Thai and Vietnamese dates, seconds or milliseconds since 1970, and days in numbers where
    only one reading is possible. None for all else, for days that no calendar has, for the zeros of systems'
    calendars, and outside the years 1600 to 2100.

    Args:
        text: at most `LONGEST` characters of it are read.
        context: what decides whether "03/04/2019" is in April. "03.04.2019" always is.
        alone: the text has to be a date and nothing else, so that further numbers or an unknown zone make it unknown.

    >>> moment_of("Posted on Nov. 19, 2019 at 5:30 p.m. EST").isoformat()
    '2019-11-19T17:30:00-05:00'
    >>> moment_of("19/11/2019").isoformat(), moment_of("03/04/2019"), moment_of("yesterday")
    ('2019-11-19T00:00:00+00:00', None, None)
    >>> moment_of("Publié le 4 mars 2025 à 10h15").isoformat(), moment_of("2025年9月4日").day
    ('2025-03-04T10:15:00+00:00', 4)
    >>> moment_of("28.11.2026 23:00 Uhr").isoformat(), moment_of("Sat, 28 Nov 2026 10:00:00 FOO", alone=True)
    ('2026-11-28T23:00:00+00:00', None)
    """
    text = _HIDDEN.sub("", western(text[:LONGEST])).replace("\u2212", "-").replace("：", ":")
    text = " ".join(unicodedata.normalize("NFC", text).split())
    try:
        found = _compact(text) or _in_words(text, context, alone)
        if found is None or is_zero(found) or not FIRST_YEAR <= found.astimezone(UTC).year <= LAST_YEAR:
            return None
    except (ValueError, OverflowError, IndexError):  # the 31st of February and its like
        return None
    return found


def is_zero(moment: datetime) -> bool:
    """Whether a moment is the zero of some system's calendar rather than a date."""
    return (
        moment.date() == _UNIX.date()
        or moment.astimezone(UTC).date() == _UNIX.date()
        or abs(moment - _UNIX) <= _WIDEST_ZONE
        or moment in _ZEROS
    )


def _compact(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970, and the basic forms of ISO 8601."""
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    digits = _DIGITS_ALONE.fullmatch(text)
    if digits:
        year, month, day, hour, minute, second = map(int, digits.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    if _BASIC.fullmatch(text) and "/" not in text:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _in_words(text: str, context: DateContext, alone: bool) -> datetime | None:
    found = _iso(text) or _ideographic(text) or _written(text, context) or _numeric(text, context)
    if found is None:
        return None
    day, rest = found
    try:
        clock = clock_in(rest, alone=alone)
    except NoTimeError:
        return None
    if alone and not _is_rest(clock.rest):
        return None
    zone = clock.zone or context.zone
    return day.replace(tzinfo=zone) + timedelta(
        days=clock.days, seconds=clock.seconds, microseconds=clock.microseconds
    )


_Found: TypeAlias = tuple[datetime, str]
"""The midnight that begins a day, without a zone, and the text around the date."""


def _found(match: re.Match[str], year: int, month: int, day: int) -> _Found:
    before, after = (
        match.string[: match.start()],
        match.string[match.end() :].removeprefix(":"),
    )  # as in the logs of Apache
    inner = (match.groupdict().get("clock") or "") if "clock" in match.re.groupindex else ""
    return datetime(year, month, day), f"{before}\n{inner} {after}"  # noqa: DTZ001 - its zone comes with its time


def _iso(text: str) -> _Found | None:
    found = _ISO.search(text)
    return _found(found, int(found["year"]), int(found["month"]), int(found["day"])) if found else None


def _ideographic(text: str) -> _Found | None:
    found = _IDEOGRAPHIC.search(text)
    if found is None:
        return None
    year = 1 if found["year"] == "元" else int(found["year"])
    return _found(found, year + _ERAS.get(found["era"] or "", 0), int(found["month"]), int(found["day"]))


def _written(text: str, context: DateContext) -> _Found | None:
    for form in _WRITTEN:
        for found in form.finditer(text):
            name = found["month"]
            month = int(name) if name.isdigit() else month_of(name, context.language) or cut_month_of(name)
            if month is None:
                continue
            parts = found.groupdict()
            year = int(parts["year"])
            if len(parts["year"]) == 2:
                year += 2000 if year < 50 else 1900
            elif 2400 <= year < 2700 and (re.search("[ก-๎]", text) or (context.language or "")[:2] == "th"):
                year -= 543  # the Buddhist era
            return _found(found, year, month, int(parts["day"] or parts["first"]))
    return None


def _numeric(text: str, context: DateContext) -> _Found | None:
    found = _NUMERIC.search(text)
    if found is None:
        return None
    first, second = int(found["first"]), int(found["second"])
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    if first == second or first > 12 or second > 12 or found["sep"] == ".":
        day_first = second <= 12
    else:
        order = _order_by_weekday(text, year, first, second) or context.order
        if order is None:
            return None
        day_first = order == "day"
    day, month = (first, second) if day_first else (second, first)
    return _found(found, year, month, day)


def _order_by_weekday(text: str, year: int, first: int, second: int) -> DateOrder | None:
    """The order that the name of the weekday beside a date leaves possible."""
    named = {number for word in _WORD.findall(text) if (number := weekday_of(word)) is not None}
    if len(named) != 1:
        return None
    day_first = datetime(year, second, first, tzinfo=UTC).weekday() in named
    month_first = datetime(year, first, second, tzinfo=UTC).weekday() in named
    if day_first == month_first:
        return None
    return "day" if day_first else "month"


def _is_rest(text: str) -> bool:
    """Whether what is left of a date is weekdays, little words and signs, without a number."""
    text = _BRACKETS.sub(" ", text)
    if re.search(r"\d", text):
        return False
    others = [word for word in _WORD.findall(text) if name_of(word) not in short_weekdays()]
    return len(others) <= _WORDS_AT_MOST
