"""Whether an article's sender holds it back: an embargo, a schedule, a draft. What cannot be read is a hold."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from recirc.reading.dates import date_of
from recirc.reading.rejections import Rejection, shown
from recirc.text.dates import names_zone
from recirc.types import Article

DEEPEST: Final = 3
"""Objects within each other in which embargoes are looked for, such as `meta` and `acf` of WordPress."""

LONGEST: Final = 200
"""Characters of a date; a longer text is none."""

WIDEST_ZONE: Final = timedelta(hours=14)
"""A local date whose zone is not certain is over everywhere after this time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_NOTHING: Final = frozenset(
    ("", "false", "no", "none", "null", "nil", "n/a", "na", "n", "off", "0", "-", "never", "not set", "unset")
)
_ZERO_DATE: Final = re.compile(r"0000-00-00.*|0001-01-01.*|-0001-.*")
_REMARK: Final = re.compile(
    r"(?:reason|notes?|text|comments?|type|by|user|lifted|zone|tz|policy|history|message|label|name|kind|title)$"
)
_EMBARGO: Final = re.compile(
    r"embarg|sperrfrist|sperrvermerk|holdun?till?|heldun?till?|notforpublicationbefore|notbefore|onhold|heldback"
    r"|goeslive|golive"
)
_HOLD: Final = re.compile(
    r"(?:is)?(?:hold|held)(?:un)?(?:til?l|for|date|back|release|publication|forrelease|forpublication)?|schedul.*"
    r"|(?:start)?publish(?:es)?(?:at|on|after|from|when|start|up)|(?:release|livedate|livefrom)(?:d)?(?:at|on|date|time)"
    r"|(?:is|app)?draft"
)
_VISIBLE: Final = re.compile(
    r"(?:visible|valid|available|active|online|display|live|show)(?:from|after|at|since|start|startdate|startsat)"
    r"|availab(?:le|ility)starts?|availablestart|startpublish.*|onsaledate|validstart"
)
_PUBLISHED: Final = re.compile(
    r"(?:dc|dcterms|news|first|date|datetime)?(?:publish(?:ed)?|publication|published|pub|issued?|posted)"
    r"(?:at|on|date|time|datetime|gmt|utc)*|date(?:gmt)?|createdat|(?:dc|dcterms)?available|firstcreated"
)
_STATUS: Final = re.compile(
    r"(?:pub|post|publication|article|workflow|editorial)?(?:status|state)|visibility"
)
_STANDING: Final = frozenset(
    (
        *(
            "draft",
            "auto-draft",
            "pending",
            "private",
            "future",
            "scheduled",
            "withheld",
            "embargoed",
            "embargo",
        ),
        *("hold", "onhold", "held", "unpublished", "trash", "canceled", "cancelled", "killed"),
    )
)
_WITH_ZONE: Final = re.compile(
    r"\d{4}-?\d\d-?\d\d[T ]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?\s*(?:Z|[+-]\d\d(?::?\d\d)?)?|\d{4}-?\d\d-?\d\d",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d\d:\d\d(?::\d\d)?\s+(?:[+-]\d{4}|GMT|UTC?|Z)"
)
_NUMBER: Final = re.compile(r"-?\d{9,19}(?:\.\d{1,9})?")
_YEAR: Final = re.compile(r"(?<!\d)(2\d{3}|9999)(?!\d)")


class Hold(NamedTuple):
    """Why an article may not be published yet.

    Attributes:
        field: the field that says so.
        written: its value, as its sender wrote it.
        until: when it may be published; None: the value cannot be read.
    """

    field: str
    written: str
    until: datetime | None

    @property
    def text(self) -> str:
        """The hold in words."""
        if self.until is None:
            return f'it is held back: "{self.field}" is {self.written}, which is no date; it waits until that changes'
        return f'it is held back until {self.until:%Y-%m-%d %H:%M:%S} UTC: "{self.field}" is {self.written}'


class HeldArticle(Rejection, frozen=True):
    """An article that its sender holds back: it is published when its time comes.

    Attributes:
        article: the article.
        until: the moment; None: it cannot be read, so the article is held until its sender changes it.
    """

    article: Article | None = None
    until: datetime | None = None


class _Kind(Enum):
    """How a field can hold an article back."""

    EMBARGO = 1  # a date ahead, or any value that cannot be read
    DATE = 2  # a date ahead
    STATUS = 3  # one of the words of `_STANDING`
    NONE = 4


_UNREADABLE: Final = "unreadable"


def hold_of(row: Mapping[str, object], now: datetime) -> Hold | None:
    """What holds an article back, given its fields as its sender wrote them; None: nothing.

    Of several, one that cannot be read comes first, else the latest. Names count in any spelling (`embargoUntil`,
    `embargo_until`, `prism:embargoDate`); embargoes also within objects, such as `meta`.

    >>> now = datetime(2026, 11, 22, tzinfo=UTC)
    >>> hold_of({"embargoed": "2026-11-23T06:00:00+01:00"}, now).until.isoformat()
    '2026-11-23T05:00:00+00:00'
    >>> hold_of({"embargo": True}, now).until, hold_of({"embargo": "", "published": "2026-11-21"}, now)
    (None, None)
    """
    found = list(_holds(row, now, 0))
    if not found:
        return None
    return max(found, key=lambda hold: hold.until or _LATEST)


def until_of(value: object, margin: timedelta = WIDEST_ZONE) -> datetime | str | None:
    """The moment that a value names; None: it says that there is none; else `unreadable`.

    A local form, whose zone is a guess, counts as `margin` later, so that no embargo is published early.
    """
    if value is None or value is False or value == 0:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, bool):
        return _UNREADABLE
    if isinstance(value, (int, float)):
        return _of_number(value)
    if isinstance(value, str):
        return _of_text(value.strip(), margin)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Sequence):
        read = [until_of(each, margin) for each in value]
        moments = [each for each in read if isinstance(each, datetime)]
        return max(moments) if moments else _UNREADABLE if _UNREADABLE in read else None
    return _UNREADABLE


def _holds(row: Mapping[str, object], now: datetime, depth: int) -> Iterator[Hold]:
    for name, value in row.items():
        kind = _kind(name)
        if kind is _Kind.NONE or (depth and kind is not _Kind.EMBARGO):
            if isinstance(value, Mapping) and depth < DEEPEST:
                yield from _holds(value, now, depth + 1)
            continue
        until = _of_status(value) if kind is _Kind.STATUS else until_of(value, _margin(kind, value, now))
        if until is None:
            continue
        if isinstance(until, str):
            if kind is not _Kind.DATE or _is_far_ahead(value, now):
                yield Hold(name, shown(value), None)
        elif until > now:
            yield Hold(name, shown(str(value)) if isinstance(value, datetime) else shown(value), until)


def _margin(kind: _Kind, value: object, now: datetime) -> timedelta:
    """How much later than UTC a local form counts. A publication date only while it is ahead: nearly all are over, and
    an article that is published must not wait for fourteen hours.
    """
    if kind is _Kind.DATE:
        found = until_of(value, timedelta(0))
        return WIDEST_ZONE if isinstance(found, datetime) and found > now else timedelta(0)
    return WIDEST_ZONE


@lru_cache(maxsize=4096)
def _kind(name: str) -> _Kind:
    plain = re.sub(r"[^a-z]", "", name.rpartition(":")[2].lower())
    if _REMARK.search(plain) and not plain.endswith("until"):
        return _Kind.NONE
    if _EMBARGO.search(plain) or _HOLD.fullmatch(plain):
        return _Kind.EMBARGO
    if _STATUS.fullmatch(plain):
        return _Kind.STATUS
    return _Kind.DATE if _VISIBLE.fullmatch(plain) or _PUBLISHED.fullmatch(plain) else _Kind.NONE


def _of_status(value: object) -> str | None:
    word = re.sub(r"[\s_]", "", value.lower()) if isinstance(value, str) else ""
    return _UNREADABLE if word.rpartition(":")[2].removesuffix("post") in _STANDING else None


def _of_number(number: float) -> datetime | str:
    if 19_000_101 <= number <= 22_001_231 and number == int(number):
        return _of_text(str(int(number)), timedelta(0)) or _UNREADABLE
    while abs(number) >= 1e11:  # milliseconds, microseconds, nanoseconds
        number /= 1000
    if number < 1e8:
        return _UNREADABLE
    return _EPOCH + timedelta(seconds=number)


def _of_text(text: str, margin: timedelta) -> datetime | str | None:
    if len(text) > LONGEST:
        return _UNREADABLE
    if text.lower() in _NOTHING or _ZERO_DATE.fullmatch(text):
        return None
    try:
        if _NUMBER.fullmatch(text):
            return _of_number(float(text))
        if _WITH_ZONE.fullmatch(text):
            return _in_utc(datetime.fromisoformat(re.sub(r"\s+(?=[Zz+-])", "", text)))
        if _MAIL.fullmatch(text):
            return _in_utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, OverflowError, IndexError):
        return _UNREADABLE
    found = date_of(text)
    if found is None or not _agrees(found, text):
        return _UNREADABLE
    return found if names_zone(text) else found + margin


def _agrees(found: datetime, text: str) -> bool:
    """Whether a date has the year, month and day that the text has: lenient readers make up what they miss."""
    numbers = {int(number) for number in re.findall(r"\d+", text[:100])}
    days = {(found + timedelta(days=shift)).day for shift in (-1, 0, 1)}
    named = found.month in numbers or re.search(r"[^\W\d_]{3}", text) is not None
    return found.year in numbers and not days.isdisjoint(numbers) and named


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_far_ahead(value: object, now: datetime) -> bool:
    """Whether a date that cannot be read names a later year, such as 9999-12-31."""
    years = [int(year) for year in _YEAR.findall(str(value)[:60])]
    return bool(years) and min(years) > now.year
