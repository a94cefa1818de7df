"""The newest time of the log's events, in which a leap is taken back when the next events show that it was wrong."""

import numpy as np

from recirc.compiled import compiled
from recirc.state.decay import BEFORE, is_wrong_leap
from recirc.types import BoolArray, LongArray

LEAP = 24
"""Hours by which one event has to be ahead of all before it for its time to be doubted."""

HOUR = 3_600_000
NEWEST, EARLIER = 0, 4
"""Places of the newest time and of the one before a leap, in ms; between them is what is doubted, in hours, see
`decay.BEFORE`."""


@compiled
def advance(clock: LongArray, time: LongArray, standing: BoolArray) -> None:
    """Move the clock on by events.

    Args:
        clock: int64 (5,), updated.
        time: int64 (n,), ms.
        standing: bool (n,): events that were not excluded afterwards.
    """
    doubts = clock[NEWEST + 1 : EARLIER]
    for i in range(len(time)):
        if not standing[i]:
            continue
        if clock[NEWEST] > 0 and time[i] > clock[NEWEST] + LEAP * HOUR:
            doubts[:] = 0
            doubts[BEFORE] = clock[NEWEST] // HOUR + 1
            clock[EARLIER] = clock[NEWEST]
        elif doubts[BEFORE] and is_wrong_leap(time[i] / HOUR, 2 * LEAP, doubts):
            doubts[:] = 0
            clock[NEWEST] = clock[EARLIER]
        clock[NEWEST] = max(clock[NEWEST], time[i])


def new_clock() -> LongArray:
    """A clock that has not begun."""
    return np.zeros(EARLIER + 1, np.int64)
