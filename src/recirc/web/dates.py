"""Dates as readers see them: in words, in the site's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class DateFormats:
    """Formats of dates in one time zone; each is a filter of the templates.

    >>> formats = DateFormats(ZoneInfo("Europe/Rome"))
    >>> formats.moment(datetime(2026, 11, 22, 23, 40, tzinfo=UTC))
    '23 November 2026, 00:40 CET'
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def date(self, when: datetime) -> str:
        """`22 November 2026`."""
        when = when.astimezone(self._zone)
        return f"{when.day} {when:%B %Y}"

    def weekday(self, when: datetime) -> str:
        """`Sunday`."""
        return f"{when.astimezone(self._zone):%A}"

    def iso_date(self, when: datetime) -> str:
        """`2026-11-22`, for machines."""
        return when.astimezone(self._zone).date().isoformat()

    def moment(self, when: datetime) -> str:
        """`22 November 2026, 07:40 UTC`."""
        return f"{self.date(when)}, {when.astimezone(self._zone):%H:%M %Z}"

    def brief(self, when: datetime, now: datetime) -> str:
        """`07:40` of the same day, `20 Nov` of the last half year, else `20 Nov 1987`."""
        when, now = when.astimezone(self._zone), now.astimezone(self._zone)
        if when.date() == now.date():
            return f"{when:%H:%M}"
        day = f"{when.day} {when:%b}"
        return day if abs((now - when).days) < 183 else f"{day} {when.year}"


def clock(when: datetime) -> str:
    """`07:40:05 UTC`."""
    return f"{when.astimezone(UTC):%H:%M:%S} UTC"


def iso(when: datetime) -> str:
    """RFC 3339, for machines."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def rfc2822(when: datetime) -> str:
    """As feeds write dates: `Sun, 22 Nov 2026 07:40:00 +0000`, whatever the server's language."""
    when = when.astimezone(UTC)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{days[when.weekday()]}, {when:%d} {months[when.month - 1]} {when:%Y %H:%M:%S} +0000"
