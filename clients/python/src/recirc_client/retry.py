"""When to retry, and the delay before. Pure: time and randomness are arguments."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from msgspec import Struct

RETRY_STATUSES: Final = frozenset({429, 502, 503, 504})
"""Statuses that say "not now". All others are final."""


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How often, and for how long, a client retries.

    The delay before the n-th retry is a random part of first_seconds · 2^(n-1), at most max_seconds ("full jitter":
    Brooker, Exponential Backoff And Jitter, 2015), so that many clients do not come back at once. A longer
    delay that the server requests by `Retry-After` is added.
    """

    attempts: int = 6  # in all, the first included
    total_seconds: float = 30.0  # from the first attempt to the start of the last one, at most
    first_seconds: float = 0.2  # longest delay before the first retry
    max_seconds: float = 8.0  # longest delay before any retry

    def delay(self, attempt: int, requested: float | None, elapsed: float, random: float) -> float | None:
        """Seconds to wait after an attempt; None: it was the last one.

        Args:
            attempt: number of this attempt, from 1.
            requested: seconds of `Retry-After`; None: no such header.
            elapsed: seconds since the first attempt began.
            random: a random number from 0 to 1.

        >>> retry = RetryPolicy(attempts=4, first_seconds=1.0)
        >>> [retry.delay(n, None, 0.0, 0.5) for n in (1, 2, 3, 4)]
        [0.5, 1.0, 2.0, None]
        >>> retry.delay(1, 7.0, 0.0, 0.5), retry.delay(1, 40.0, 0.0, 0.5)
        (7.5, None)
        """
        if attempt >= self.attempts:
            return None
        delay = random * min(self.max_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 60))
        if requested is not None:
            delay += requested
        # A delay beyond the limit would be in vain, so the error is raised at once.
        return delay if elapsed + delay <= self.total_seconds else None


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` requests (RFC 9110, 10.2.3: seconds, or a date); None: missing or unreadable.

    >>> retry_after("5", 0.0), retry_after("Thu, 01 Jan 1970 00:00:09 GMT", 4.0), retry_after("soon", 0.0)
    (5.0, 5.0, None)
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.fromtimestamp(now, UTC)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
