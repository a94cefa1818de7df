"""Forward decay: sums whose terms lose half their weight each half-life, without anything to age in the background.

An event at time t adds g(t) = 2^(t/h - L) to its sum, where h is the half-life. The decayed sum at a later time T is
sum · 2^(L - T/h), since 2^(t/h - L) · 2^(L - T/h) = 2^(-(T - t)/h). The landmark L, a whole number of half-lives since
1970, keeps g(t) small; it moves up now and then. Moving it multiplies all sums by a power of two, which changes no bit
of a mantissa. Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay: A Practical Time Decay Model for Streaming
Systems", ICDE 2009 (there the landmark is L·h, and g is of any form).

An event at two o'clock, one at three, with a half-life of an hour; the sum as it is stored, and as it is read at three
and at four:

>>> hour = 3_600_000.0  # ms
>>> total = weight(7_200_000, hour, 0)
>>> total += weight(10_800_000, hour, 0)
>>> total, total * decay_factor(10_800_000, hour, 0), total * decay_factor(14_400_000, hour, 0)
(12.0, 1.5, 0.75)

The same with the landmark moved to three o'clock:

>>> total *= 2.0 ** (0 - landmark_at(10_800_000, hour))
>>> total, total * decay_factor(14_400_000, hour, 3)
(1.5, 0.75)
"""

from recirc.compiled import compiled_in_place
from recirc.types import LongArray

SPAN, LONG_SPAN = 48, 150
"""The landmark moves when an event lies more half-lives past it: 2^48 is far from the end of a float32's range, 2^150
of a float64's. A move goes through all sums, so that it should come seldom."""


MOST_DOUBLINGS = 900
"""Largest exponent of a factor: sums that are read as of a time long before their landmark stay numbers."""


BEFORE, SINCE, RETURNED = range(3)
"""Places of what is doubted of a landmark that moved very far at once (a leap): the landmark before, 0: nothing is
doubted; the events since; how many of them, in a row, were from around the moment before it."""

RETURNS, BELIEVED = 3, 1000
"""Events in a row by which a leap is found wrong; events after which it is believed."""


@compiled_in_place
def is_wrong_leap(at: float, leap: int, doubts: LongArray) -> bool:
    """Whether an event shows that a leap is to be taken back, since its time came from a wrong clock.

    Args:
        at: time of the event, in half-lives.
        leap: the least leap, in half-lives.
        doubts: int64 (3,), see BEFORE; updated.
    """
    doubts[SINCE] += 1
    if -SPAN < at - doubts[BEFORE] < leap / 2:
        doubts[RETURNED] += 1
        return bool(doubts[RETURNED] == RETURNS)
    doubts[RETURNED] = 0
    if doubts[SINCE] > BELIEVED:
        doubts[BEFORE] = 0
    return False


@compiled_in_place
def weight(time: int, half_life: float, landmark: int) -> float:
    """g(t) of an event at `time` (ms) for a half-life in ms."""
    return 2.0 ** (time / half_life - landmark)  # type: ignore[no-any-return]  # float ** float is Any to the checker


@compiled_in_place
def decay_factor(now: int, half_life: float, landmark: int) -> float:
    """Factor that turns a stored sum into the decayed sum at `now` (ms)."""
    return 2.0 ** min(landmark - now / half_life, MOST_DOUBLINGS)  # type: ignore[no-any-return]  # as above


@compiled_in_place
def exceeds_span(time: int, half_life: float, landmark: int, span: int) -> bool:
    """Whether the landmark has to move before an event at `time` is added."""
    return time / half_life - landmark > span


@compiled_in_place
def landmark_at(time: int, half_life: float) -> int:
    """The landmark to move to for an event at `time`.

    >>> landmark_at(7_199_999, 3_600_000.0), landmark_at(7_200_000, 3_600_000.0)
    (1, 2)
    """
    return int(time // half_life)
