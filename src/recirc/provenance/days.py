"""Days that a text speaks of as near to its own day: "earlier this month, on May 13", "Thursday, May 30"."""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

_MONTHS: Final = tuple(name.lower() for name in calendar.month_name)[1:]
_DAYS: Final = tuple(name.lower() for name in calendar.day_name)
_MONTH: Final = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan\.|Feb\.|Mar\.|Apr\.|Aug\.|Sept\.|Sep\.|Oct\.|Nov\.|Dec\.)"
)
_DAY: Final = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|[:.,]\d)"
_ON: Final = (
    rf"(?:{_MONTH} {_DAY}|(?P<day2>[0-3]?\d)(?:st|nd|rd|th)? (?:of )?{_MONTH.replace('month', 'month2')})"
)
_IN: Final = rf"{_MONTH}(?: {_DAY})?"
_NO_YEAR: Final = r"(?!,? (?:of )?\d{4})"

_EXPRESSIONS: Final = tuple(
    (name, re.compile(form))
    for name, form in (
        ("month", rf"\b(?:earlier|later) this month,? (?:on )?{_ON}{_NO_YEAR}"),
        ("month", rf"\b(?:on )?{_ON},? (?:earlier|later) this month\b"),
        ("last month", rf"\b[Ll]ast month,? (?:in|on) {_IN}{_NO_YEAR}"),
        ("next month", rf"\b[Nn]ext month,? (?:in|on) {_IN}{_NO_YEAR}"),
        ("before", rf"\b[Ee]arlier this year,? (?:in|on) {_IN}{_NO_YEAR}"),
        ("after", rf"\b[Ll]ater this year,? (?:in|on) {_IN}{_NO_YEAR}"),
        ("day", rf"\b(?:[Tt]oday|[Yy]esterday|[Tt]omorrow),? (?:on )?{_ON}{_NO_YEAR}"),
        ("week", rf"\b(?:[Ee]arlier|[Ll]ater) this week,? (?:on )?{_ON}{_NO_YEAR}"),
        (
            "weekday",
            rf"\b(?:on |last |this )(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day),? (?:the )?{_ON}{_NO_YEAR}",
        ),
    )
)
_DATELINE: Final = re.compile(rf"^[A-ZÀ-Þ][\w'’ .,/-]{{2,50}}?, {_MONTH} {_DAY} (?:\(\w+\) ?)?[-–—]")
_HAPPENED: Final = re.compile(
    r"\b(?:was|were|died|announced|happened|took place|signed|began|opened|voted|arrested|crashed|resigned|won|killed|"
    r"said|told|struck|closed|launched|arrived|met)\b"
    rf"(?:(?!\b(?:and|that|which|who)\b)[^.!?;\"“”\n]){{0,40}}?\bon "
    rf"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?{_ON},? (?P<year>\d{{4}})\b"
)
_COMING: Final = re.compile(rf"\b(?:the )?(?:upcoming|coming) (?:[\w'’-]+ ){{0,2}}?{_MONTH}(?: [a-z]+)?")
_YEAR: Final = re.compile(r"(?<![\d,.$£€])(1[5-9]\d\d|20\d\d|21\d\d)(?!\d|,\d|\.\d)")
_LATER_WORDS: Final = re.compile(
    r"\b(?:correct|amend|updat|clarif|editor|revis|will|would|expected|scheduled|set to|due|planned|until|deadline|"
    r"expires?|matures?|to be|if)",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"[.!?][\"”’)]?\s+(?=[A-Z“\"])")

SLACK: Final = timedelta(days=2)  # midnight lies elsewhere elsewhere, and a page may follow its article late
DATELINE_SLACK: Final = timedelta(days=60)
LONGEST: Final = 60_000  # characters of a text that are looked at
LONGEST_PARAGRAPH: Final = 3_000  # of them, of one paragraph: each expression is looked at within all of it


class Contradiction(NamedTuple):
    """Words of a text that cannot have been written on a day."""

    quote: str
    why: str
    confidence: float


def contradictions(text: str, day: date) -> Iterator[Contradiction]:
    """Where a text contradicts that it was written on `day`; historical dates, quotations and plans do not.

    >>> list(contradictions("He asked earlier this month, on May 13.", date(2025, 4, 6)))[0].quote
    'earlier this month, on May 13'
    >>> list(contradictions("He asked earlier this month, on May 13.", date(2025, 5, 30)))
    []
    """
    text = text[:LONGEST]
    dateline = _DATELINE.match(text)
    if dateline is not None:
        written = _nearest(dateline, day)
        if written is not None and abs(written - day) > DATELINE_SLACK:
            yield Contradiction(dateline[0], f"its dateline is of {_named(written)}", 0.85)
    for paragraph in (line[:LONGEST_PARAGRAPH] for line in text.split("\n")):
        for name, form in _EXPRESSIONS:
            for match in form.finditer(paragraph):
                if _told_of_another_time(paragraph, match, day):
                    continue
                reason = _wrong(name, match, day)
                if reason is not None:
                    yield Contradiction(match[0], reason, 0.75 if name == "weekday" else 0.9)
        for match in _HAPPENED.finditer(paragraph):
            written = _day_of(match, int(match["year"]))
            sentence = _sentence(paragraph, match)
            if written is None or _LATER_WORDS.search(sentence) or _quoted(paragraph, match.start()):
                continue
            if written > day + SLACK:
                yield Contradiction(match[0], f"it tells of {written:%Y-%m-%d} as of something past", 0.85)


def coming(text: str) -> str | None:
    """What a text says is to come in a month: "the upcoming June summit"."""
    found = _COMING.search(text[:LONGEST])
    return found[0] if found else None


def _wrong(name: str, match: re.Match[str], day: date) -> str | None:
    """What an expression requires that `day` does not fulfil; None where it is fulfilled."""
    month = _month_of(match)
    nearby = {(day + shift).month for shift in (-SLACK, timedelta(), SLACK)}
    if name in ("month", "last month", "next month"):
        step = {"month": 0, "last month": 1, "next month": -1}[name]
        if all((number - 1 - step) % 12 + 1 != month for number in nearby):
            wanted = calendar.month_name[(month - 1 + step) % 12 + 1]
            return f"that was written in {wanted}"
    elif name == "before" and all(month > number for number in nearby):
        return f"that was written in {calendar.month_name[month]} or later in the year"
    elif name == "after" and all(month < number for number in nearby):
        return f"that was written in {calendar.month_name[month]} or earlier in the year"
    elif name in ("day", "week"):
        written = _nearest(match, day)
        if written is not None and abs(written - day) > timedelta(days=4 if name == "day" else 9):
            return f"that was written about {_named(written)}"
    elif name == "weekday":
        fits = [year for year in range(day.year - 1, day.year + 2) if _weekday(match, year)]
        if not fits and _day_of(match, day.year) is not None:
            return f"in none of the years {day.year - 1} to {day.year + 1} was that a {match['weekday']}"
    return None


def _month_of(match: re.Match[str]) -> int:
    groups = match.groupdict()
    written = (groups.get("month") or groups["month2"]).rstrip(".").lower()
    return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(written[:3]))


def _day_of(match: re.Match[str], year: int) -> date | None:
    groups = match.groupdict()
    written = groups.get("day") or groups.get("day2")
    try:
        return date(year, _month_of(match), int(written)) if written else None
    except ValueError:
        return None


def _nearest(match: re.Match[str], day: date) -> date | None:
    found = [_day_of(match, year) for year in (day.year - 1, day.year, day.year + 1)]
    return min((each for each in found if each is not None), key=lambda each: abs(each - day), default=None)


def _weekday(match: re.Match[str], year: int) -> bool:
    written = _day_of(match, year)
    return written is not None and _DAYS[written.weekday()] == match["weekday"].lower()


def _named(day: date) -> str:
    return f"{calendar.month_name[day.month]} {day.day}"


def _told_of_another_time(paragraph: str, match: re.Match[str], day: date) -> bool:
    if _quoted(paragraph, match.start()):
        return True
    years = [int(year) for year in _YEAR.findall(paragraph)]
    return any(abs(year - day.year) > 1 for year in years)


def _quoted(paragraph: str, place: int) -> bool:
    before = paragraph[:place]
    return before.count('"') % 2 == 1 or before.count("“") > before.count("”")


def _sentence(paragraph: str, match: re.Match[str]) -> str:
    start, end = 0, len(paragraph)
    for border in _SENTENCE_END.finditer(paragraph):
        if border.end() <= match.start():
            start = border.end()
        elif border.start() >= match.end():
            end = border.start()
            break
    return paragraph[start:end]
