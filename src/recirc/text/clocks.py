"""Times of day beside a date, with half of the day and zone."""

import re
from datetime import tzinfo
from typing import Final, NamedTuple

from recirc.text.zones import PATTERN, zone_of

_AM: Final = r"a\.?\s?m\b\.?|صباحًا|صباحا|ص\b|ÖÖ|π\.?μ\.?|पूर्वाह्न|上午|午前|오전|凌晨|清晨|早上"
_PM: Final = r"p\.?\s?m\b\.?|مساءً|مساء|م\b|ÖS|μ\.?μ\.?|अपराह्न|下午|午後|오후|晚上|傍晚"
_TIME: Final = re.compile(
    rf"(?<![\d.,:/+-])(?:(?P<am1>上午|午前|오전|凌晨|清晨|早上)|(?P<pm1>下午|午後|오후|晚上|傍晚))?\s?"
    r"(?P<hour>\d{1,2})(?:"
    r"[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,12}))?)?(?![\d:])"
    r"|\s?(?:h|[時时點点시])\s?(?:(?P<minute2>\d{1,2})\s?(?:min|[分분m](?![a-z]))?(?:\s?(?P<second2>\d{1,2})\s?[秒초])?)?(?![\d:a-z])"
    rf"|(?=\s?(?:{_AM}|{_PM}))"
    r"|(?=\s?(?:Uhr|uur|o['’]clock)\b))"
    rf"\s?(?:(?P<am>{_AM})|(?P<pm>{_PM}))?",
    re.IGNORECASE,
)
_FILLER: Final = re.compile(r"\s*(?:(?:Uhr|uur|hrs?|h|ч)\b\.?,?)?\s*\(?", re.IGNORECASE)
_ZONE: Final = re.compile(PATTERN)
_AN_HOUR: Final = 3600


class NoTimeError(ValueError):
    """A time of day that cannot be read, so that the moment is unknown."""


class Clock(NamedTuple):
    """A time of day.

    Attributes:
        seconds: since midnight.
        zone: the one beside it; None: none.
        rest: the text without it.
        days: 1 for 24:00, else 0.
    """

    seconds: int
    microseconds: int
    zone: tzinfo | None
    rest: str
    days: int = 0


def clock_in(text: str, *, alone: bool) -> Clock:
    """The first time of day in the text around a date, midnight without one. The date stood at the line break.

    Args:
        text: what stands around the date.
        alone: a zone that is not known makes the moment unknown rather than UTC.

    Raises:
        NoTimeError: there is no such time, such as 25:00, or its zone is not known.

    >>> clock_in("at 5:30 p.m. EST", alone=False)[0]
    63000
    """
    found = _TIME.search(text)
    if found is None:
        return _without_time(text, alone)
    parts = found.groupdict()
    hour, minute = int(parts["hour"]), int(parts["minute"] or parts["minute2"] or 0)
    second = min(int(parts["second"] or parts["second2"] or 0), 59 if parts["second"] != "60" else 60)
    if parts["am"] or parts["am1"]:
        if hour > 12:
            raise NoTimeError
        hour %= 12
    elif (parts["pm"] or parts["pm1"]) and hour < 12:
        hour += 12
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise NoTimeError
    microseconds = int((parts["fraction"] or "0")[:6].ljust(6, "0"))
    filler = _FILLER.match(text, found.end())
    begin = filler.end() if filler else found.end()
    zone, end = _zone(text, begin, alone)
    rest = f"{text[: found.start()]} {text[end if zone is not None else found.end() :]}"
    seconds = (hour % 24) * _AN_HOUR + minute * 60 + min(second, 59)
    return Clock(seconds, microseconds, zone, rest, hour // 24)


def _without_time(text: str, alone: bool) -> Clock:
    """A date alone, for which only a zone directly behind it counts, as in "2026-11-28+01:00" and "2026-11-28Z"."""
    place = text.find("\n") + 1
    begin = place + len(text[place:]) - len(text[place:].lstrip())
    found = _ZONE.match(text, begin)
    zone = zone_of(found[0]) if found and (found[0] == "Z" or ":" in found[0]) else None
    if zone is None or not alone:
        return Clock(0, 0, None, text)
    return Clock(0, 0, zone, text[:begin] + text[found.end() if found else begin :])


def _zone(text: str, begin: int, alone: bool) -> tuple[tzinfo | None, int]:
    """The zone at a place in a text, and where it ends.

    Raises:
        NoTimeError: something stands there that can only be a zone, and is not known.
    """
    found = _ZONE.match(text, begin)
    if found is None:
        return None, begin
    zone = zone_of(found[0])
    if zone is None and alone and (found[0].isupper() or found[0][:1] in "+-" or "/" in found[0]):
        raise NoTimeError
    return zone, found.end()
