"""When to ask again, and how long to wait before. Pure: time and chance are arguments."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from msgspec import Struct

AGAIN: Final = frozenset({429, 502, 503, 504})
"""Statuses that say: not now. All others are final."""


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How often, and for how long, a client asks again.

    Before the n-th repetition it waits a random part of first_seconds * 2^(n-1), at most most_seconds ("full jitter":
    Brooker, Exponential Backoff And Jitter, 2015), so that many clients do not come back at once. A server that
    asks for more by `Retry-After` gets it.
    """

    attempts: int = 6  # in all, the first included
    total_seconds: float = 30.0  # no attempt begins later than so long after the first
    first_seconds: float = 0.2
    most_seconds: float = 8.0

    def wait(self, attempt: int, asked: float | None, elapsed: float, chance: float) -> float | None:
        """How many seconds to wait after the `attempt`-th attempt; None: it was the last.

        Args:
            attempt: how many attempts there were, from 1.
            asked: what the server asked for, in seconds; None: nothing.
            elapsed: seconds since the first attempt began.
            chance: a random number from 0 to 1.

        >>> patience = RetryPolicy(attempts=4, first_seconds=1.0)
        >>> [patience.wait(n, None, 0.0, 0.5) for n in (1, 2, 3, 4)]
        [0.5, 1.0, 2.0, None]
        >>> patience.wait(1, 7.0, 0.0, 0.5), patience.wait(1, 40.0, 0.0, 0.5)
        (7.5, None)
        """
        if attempt >= self.attempts:
            return None
        own = chance * min(self.most_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 60))
        wait = own if asked is None else asked + own
        # To wait in vain helps nobody: what cannot be asked in time is told at once.
        return wait if elapsed + wait <= self.total_seconds else None


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` asks for (RFC 9110, 10.2.3: seconds, or a date); None: nothing that can be read.

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
