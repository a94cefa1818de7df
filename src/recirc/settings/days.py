"""The site's time zone, and the days of it: those that readers see on pages and in figures."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recirc.settings.description import SettingsError


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

    >>> day_of(1_795_392_000_000, ZoneInfo("Pacific/Auckland"))  # noon in Greenwich
    datetime.date(2026, 11, 24)
    """
    return datetime.fromtimestamp(time / 1000, zone).date()


def bounds_of(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """When a day of the zone begins and ends, ms since 1970, UTC. It may have 23 or 25 hours.

    >>> begin, end = bounds_of(date(2026, 10, 25), ZoneInfo("Europe/Rome"))  # clocks go back by an hour
    >>> (end - begin) // 3_600_000
    25
    """
    begin = _midnight(day, zone)
    return begin, _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).timestamp() * 1000)
