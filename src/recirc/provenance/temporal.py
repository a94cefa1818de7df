"""Temporal expressions of a text: days without a year, and words such as "last week" beside them, in many languages."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from recirc.text.calendars import month_of, weekday_of, western
from recirc.text.vocabulary import words

MOST: Final = 300  # days that are read of one text

_FORMS: Final = (
    re.compile(
        r"(?<![\d.,:/€$£-])(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|º|\.)?\s(?:of |de |d['’])?"
        r"(?P<month>[^\W\d_]{3,12}\.?)(?![^\W\d_])"
    ),
    re.compile(
        r"(?<![^\W\d_])(?P<month>[^\W\d_]{3,12}\.?)\s(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
        r"(?!\d|[:.,]\d|\s?(?:%|percent|pct))"
    ),
    re.compile(r"(?<!\d)(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]"),
)
_YEAR_AFTER: Final = re.compile(r"^,?\s?(?:of |de |del |do |г\. )?(?P<year>\d{4})\b|^年")
_YEAR_BEFORE: Final = re.compile(r"(?P<year>\d{4})年$")
_LINK: Final = (
    r"[\s,，،、（(:—–-]*"
    r"(?:(?:on|am|den|dem|le|el|em|no dia|dia|il|op|dnia|в|في|the|di|w|dne|a)[\s,]+|也就是|即|在|"
    r"于|の|في\s|يوم\s|الموافق\s|بتاريخ\s)?"
)
_WEEKDAY_BEFORE: Final = re.compile(
    r"(?P<weekday>[^\W\d_]{3,14}(?:-feira)?\.?)[,،，、]?\s?(?:the |den |dem |le |el |dia |il |dnia )?$"
)
_WEEKDAY_AFTER: Final = re.compile(
    r"^[（(](?P<weekday>[月火水木金土日](?:曜日?)?|星期.|周.)[）)]|^(?P<after>星期.|周.)"
)

RELATIVE: Final = ("month", "last month", "next month", "week", "day")


@cache
def _relative() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    """For each of `RELATIVE`, the words before a day and the words after it."""
    found = {}
    for name in RELATIVE:
        phrases = "|".join(
            re.escape(each) for each in sorted(words(f"relative {name}"), key=len, reverse=True)
        )
        found[name] = (
            re.compile(rf"(?<![A-Za-zÀ-ÿА-я])(?:{phrases}){_LINK}$", re.IGNORECASE),
            re.compile(rf"^[\s,，]{{0,3}}(?:{phrases})(?![A-Za-zÀ-ÿА-я])", re.IGNORECASE),
        )
    return found


class DayMention(NamedTuple):
    """A day that a text names.

    Attributes:
        quote: the words, with the relative phrase or the weekday beside them.
        year: None where the text does not give it.
        weekday: that the text says it is, from 0 for Monday on.
        relative: "month", "last month", "next month", "week" or "day", of the phrase beside it.
    """

    quote: str
    start: int
    end: int
    month: int
    day: int
    year: int | None
    weekday: int | None
    relative: str | None

    def nearest(self, to: date) -> date | None:
        """The day of its year, or of the year in which it is nearest to another day."""
        years = (self.year,) if self.year else (to.year - 1, to.year, to.year + 1)
        found = [day for year in years if (day := _day(year, self.month, self.day)) is not None]
        return min(found, key=lambda each: abs(each - to), default=None)


def mentions(text: str) -> Iterator[DayMention]:
    """The days that a text names, in order of their form.

    >>> [(each.relative, each.month, each.day) for each in mentions("Erst vergangene Woche, am 22. Januar, kam er.")]
    [('week', 1, 22)]
    >>> next(mentions("on Monday, 1 September, late")).weekday
    0
    """
    count = 0
    text = western(text)
    for form in _FORMS:
        for found in form.finditer(text):
            month = int(found["month"]) if found["month"].isdigit() else month_of(found["month"])
            day = int(found["day"])
            if month is None or not 1 <= month <= 12 or not 1 <= day <= 31:
                continue
            if found["month"].lower() in ("may", "march", "mar", "set") and found["month"].islower():
                continue
            yield _mention(text, found, month, day)
            count += 1
            if count >= MOST:
                return


def _mention(text: str, found: re.Match[str], month: int, day: int) -> DayMention:
    before, after = text[max(0, found.start() - 60) : found.start()], text[found.end() : found.end() + 40]
    year_at = _YEAR_AFTER.match(after) or _YEAR_BEFORE.search(before)
    year = int(year_at["year"]) if year_at and year_at["year"] else None
    start, end = found.start(), found.end()
    weekday_at = _WEEKDAY_BEFORE.search(before)
    weekday = weekday_of(weekday_at["weekday"]) if weekday_at else None
    if weekday is not None and weekday_at is not None:
        start -= len(before) - weekday_at.start()
        before = before[: weekday_at.start()]
    else:
        later = _WEEKDAY_AFTER.match(after)
        weekday = weekday_of(later["weekday"] or later["after"]) if later else None
    relative = None
    for name, (ahead, behind) in _relative().items():
        at = ahead.search(before)
        if at is not None:
            relative, start = name, start - (len(before) - at.start())
            break
        at = behind.match(after)
        if at is not None and year is None:
            relative, end = name, end + at.end()
            break
    return DayMention(
        text[max(0, start) : end].strip(), max(0, start), end, month, day, year, weekday, relative
    )


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def replace_year(day: date, year: int) -> date | None:
    """The day of another year; None for 29 February where there is none."""
    return _day(year, day.month, day.day)
