"""The moments as of which shelves are answered: many requests at one moment share their answer."""

from typing import Final

TICK_MS: Final = 100
"""Every boundary of a window of readers is a multiple of it, so no window ends earlier for it."""


def tick_of(now: int) -> int:
    """The moment of the tick that `now` (ms) is in.

    >>> tick_of(1_790_000_000_199)
    1790000000100
    """
    return now - now % TICK_MS
