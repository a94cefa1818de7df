"""A clock that one wrong setting of the machine's clock does not move: what it says ends up in the log for good."""

import logging
import threading
import time
from collections.abc import Callable

from recirc.clock import now_ms

logger = logging.getLogger("recirc.store")

HOUR, DAY = 3_600_000, 86_400_000

STEP = HOUR
"""By how much the clock may be set forward at once and be believed."""

PATIENCE = HOUR
"""How long a clock that was set further ahead has to go on evenly before it is believed after all: a virtual machine
that was stopped for days wakes with a right clock, of which its own counter knows nothing."""

STANDSTILL = 400 * DAY
"""How long a store may have been without any entry when it is opened."""


def boot_ms() -> int:
    """Milliseconds since the machine was started, those asleep included."""
    source = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(source) // 1_000_000


class TrustedClock:
    """Milliseconds since 1970 (UTC) as the wall clock says, unless it was set far ahead of what has passed.

    A wall clock that jumps ten years ahead, and back an hour later:

    >>> wall, boot = [1_000_000], [0]
    >>> trusted = TrustedClock(0, wall=lambda: wall[0], boot=lambda: boot[0])
    >>> trusted()
    1000000
    >>> wall[0], boot[0] = 10 * 365 * DAY, 60_000
    >>> trusted()
    1060000
    >>> wall[0], boot[0] = 1_120_000, 120_000
    >>> trusted()
    1120000
    """

    def __init__(
        self, newest: int, *, wall: Callable[[], int] = now_ms, boot: Callable[[], int] = boot_ms
    ) -> None:
        """`newest`: time (ms) of the last entry that is known, 0: none; `boot` tells ms of even time."""
        self._wall, self._boot = wall, boot
        self._lock = threading.Lock()
        self._at, self._doubted = boot(), 0
        self._doubted_at: int | None = None
        reading = wall()
        self._time = reading
        if newest and reading > newest + STANDSTILL:
            self._time = newest
            self._doubt(reading, self._at)

    def __call__(self) -> int:
        """The time now, ms."""
        with self._lock:
            wall, boot = self._wall(), self._boot()
            expected = self._time + max(boot - self._at, 0)
            if wall <= expected + STEP or self._proven(wall, boot):
                self._doubted_at = None
                expected = wall
            elif self._doubted_at is None:
                self._doubt(wall, boot)
            self._time, self._at = expected, boot
            return expected

    def _doubt(self, wall: int, boot: int) -> None:
        self._doubted, self._doubted_at = wall, boot
        logger.error(
            "the clock was set %.1f days ahead of what has passed, and is not believed for now; set it right, or wait"
            " an hour if it is right",
            (wall - self._time) / DAY,
        )

    def _proven(self, wall: int, boot: int) -> bool:
        """Whether a clock that was doubted has gone on evenly for long enough; begins to wait anew if it has not."""
        if self._doubted_at is None:
            return False
        passed = boot - self._doubted_at
        if abs(wall - self._doubted - passed) > STEP:
            self._doubt(wall, boot)
            return False
        return passed >= PATIENCE
