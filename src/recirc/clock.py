"""The clock on the wall, and two forms of a time. Only entry points read it: decisions receive the time as an argument.

In the log, in the state and in function arguments a time is an int, milliseconds since 1970 (UTC).
"""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present time, with its zone (UTC)."""
    return datetime.now(UTC)


def now_ms() -> int:
    """Milliseconds since 1970 (UTC), as the log counts time."""
    return time.time_ns() // 1_000_000


def now_seconds() -> float:
    """Seconds since 1970 (UTC), as file systems and SQLite count time."""
    return time.time()


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of a time with a zone.

    >>> to_ms(datetime(1970, 1, 1, 0, 1, tzinfo=UTC))
    60000
    """
    return round(moment.timestamp() * 1000)


def from_ms(milliseconds: float) -> datetime:
    """The time (UTC) that is this long after the beginning of 1970; the calendar's first or last for one beyond it.

    >>> from_ms(to_ms(datetime.fromisoformat("0001-01-01T00:00:00+05:00")))  # in UTC it was the year before
    datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.min.replace(tzinfo=UTC) if milliseconds < 0 else datetime.max.replace(tzinfo=UTC)
