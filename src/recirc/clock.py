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
    """The time (UTC) that is this long after the beginning of 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
