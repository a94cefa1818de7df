"""Forward decay: weights that fade by half each half-life, stored so that sums from anywhere add up.

An event at time t adds g(t) = 2^(t/h - L) to its sum; the faded sum at a later time T is sum · 2^-(T/h - L).
L is a whole number of half-lives (the landmark), moved up now and then so that g stays small; since moving it
multiplies by a
power of two, it changes no bit of any mantissa. Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay: A
Practical Time Decay Model for Streaming Systems", ICDE 2009.

>>> h = 3_600_000.0  # an hour, in ms
>>> weight(7_200_000, h, 0), weight(7_200_000, h, 2)
(4.0, 1.0)
>>> faded = weight(7_200_000, h, 0) * fade(10_800_000, h, 0)  # seen an hour later
>>> faded
0.5
"""

from recirc.compiled import compiled

SPAN = 48
"""The landmark follows when an event is so many half-lives past it: 2^48 leaves a float32's range with room
to spare.
"""


@compiled
def weight(time: int, half_life: float, landmark: int) -> float:
    """g(t) of an event at `time` (ms) for a half-life in ms."""
    return 2.0 ** (time / half_life - landmark)  # type: ignore[no-any-return]  # float ** float is Any to the checker


@compiled
def fade(now: int, half_life: float, landmark: int) -> float:
    """What a stored sum is multiplied with to be read at `now` (ms)."""
    return 2.0 ** (landmark - now / half_life)  # type: ignore[no-any-return]  # as above


@compiled
def overdue(time: int, half_life: float, landmark: int) -> bool:
    """Whether the landmark has to follow before an event at `time` is added."""
    return time / half_life - landmark > SPAN


@compiled
def landmark_of(time: int, half_life: float) -> int:
    """The landmark that an event at `time` calls for."""
    return int(time // half_life)
