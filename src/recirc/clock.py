"""The clock on the wall. Only entry points read it: whatever decides receives the time as an argument."""

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
