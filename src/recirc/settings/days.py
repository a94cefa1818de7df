"""The site's time zone, and the days of it: those that readers see on pages and in figures."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from recirc.settings.description import SettingsError
from recirc.types import LongArray

MINUTE, DAY = 60_000, 86_400_000


def zone_named(name: str) -> ZoneInfo:
    """The time zone of this IANA name. Raises SettingsError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            f"{name!r} is not a time zone; write a name of the IANA database, such as 'Europe/Rome' or 'UTC'"
        ) from None


def day_of(time: int, zone: ZoneInfo) -> date:
    """The day in the zone at a time (ms since 1970, UTC).

    >>> day_of(1_795_435_200_000, ZoneInfo("Pacific/Auckland"))  # noon in Greenwich
    datetime.date(2026, 11, 24)
    """
    return datetime.fromtimestamp(time / 1000, zone).date()


def bounds_of(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """When a day of the zone begins and ends, ms since 1970, UTC. It may have 23 or 25 hours. Any day has its bounds,
    the calendar's first and last too.

    >>> begin, end = bounds_of(date(2026, 10, 25), ZoneInfo("Europe/Rome"))  # clocks go back by an hour
    >>> (end - begin) // 3_600_000
    25
    """
    begin = _midnight(day, zone)
    return begin, begin + DAY if day == date.max else _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def local_times(times: LongArray, zone: ZoneInfo) -> LongArray:
    """What clocks in the zone show at each time (ms since 1970, UTC), int64 (n,), as ms from 1970 on those clocks.

    >>> noon = np.array([1_795_435_200_000])
    >>> (local_times(noon, ZoneInfo("Asia/Kathmandu")) - noon) // 60_000
    array([345])
    """
    if zone.key == "UTC" or not len(times):
        return times
    first, last = (datetime.fromtimestamp(int(each) / 1000, UTC).year for each in (times.min(), times.max()))
    changes = [change for year in range(first, last + 1) for change in _changes(zone, year)]
    begin, offset = (np.array(column, np.int64) for column in zip(*changes, strict=True))
    local: LongArray = times + offset[np.searchsorted(begin, times, side="right") - 1]
    return local


@lru_cache(maxsize=512)
def _changes(zone: ZoneInfo, year: int) -> list[tuple[int, int]]:
    """Since when (ms) which offset from UTC (ms) applies in a year (UTC); the first since the year's beginning."""
    begin, end = (round(datetime(each, 1, 1, tzinfo=UTC).timestamp() * 1000) for each in (year, year + 1))
    found = [(begin, _offset(begin, zone))]
    for day in range(begin, end, DAY):
        later = min(day + DAY, end)
        if (offset := _offset(later, zone)) != _offset(day, zone):
            low, high = day, later
            while high - low > MINUTE:
                middle = (low + high) // 2 // MINUTE * MINUTE
                low, high = (middle, high) if _offset(middle, zone) != offset else (low, middle)
            found.append((high, offset))
    return [change for change in found if change[0] < end]


def _offset(time: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(time / 1000, zone).utcoffset() or timedelta()
    return round(offset.total_seconds() * 1000)
