"""A sample of moments of a day, gone through in their order; fewer of them where time grows short."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final, NamedTuple

import numpy as np

from recirc.types import BoolArray, FloatArray, LongArray

LEAST: Final = 0.02
"""The least share of a sample that is kept."""
CHECKED_EVERY: Final = 8
"""Number of moments after which the time is looked at."""
TRUSTED_FROM: Final = 0.1
"""Before this share of the time is over, nothing is left out: what the first moments take says little of the others."""
LONGEST: Final = 2.0
"""After so many times the time that was given, the pass is given up."""
WEB_SECONDS: Final = 180.0
"""For a page or an answer of the API, the whole work is ended after this time; on the command line it has no limit."""


class ReplayEndedError(Exception):
    """A replay came to no end: nobody waits for it any more, or it took too long; the text says which."""


class MomentSample(NamedTuple):
    """Some of many, drawn from parts of them (strata).

    Attributes, m = sampled:
        places: int64 (m,), ascending: which of all they are.
        stratum: int64 (m,): the part of each; `sizes`: int64 (strata,): how many each part has.
        rank: float64 (m,): 0 to 1, in each part evenly: those below any level are a sample of it too.
    """

    places: LongArray
    stratum: LongArray
    sizes: LongArray
    rank: FloatArray

    def weight(self, kept: BoolArray) -> FloatArray:
        """For how many of all each stands, float64 (m,), if those in `kept`, bool (m,), are used; 0 for the others."""
        number = np.bincount(self.stratum[kept], minlength=len(self.sizes))
        found: FloatArray = self.sizes[self.stratum] / np.maximum(number[self.stratum], 1)
        return np.where(kept, found, 0.0)


def draw(stratum: LongArray, most: int, seed: int) -> MomentSample:
    """Draw at most `most`, from each stratum as many as from another as far as it has them.

    `stratum` is int64 (n,), -1: not to be drawn from.

    >>> sample = draw(np.array([0] * 90 + [1] * 4 + [-1] * 50), 20, seed=1)
    >>> np.bincount(sample.stratum).tolist(), sample.sizes.tolist(), int(sample.places.max()) < 94
    ([16, 4], [90, 4], True)
    >>> round(float(sample.weight(np.ones(20, bool)).sum()), 6)
    94.0
    """
    random, sizes = np.random.default_rng(seed), np.bincount(stratum[stratum >= 0])
    parts, left = list[tuple[LongArray, int, FloatArray]](), most
    by_size = np.argsort(sizes, kind="stable").tolist()
    for turn, number in enumerate(by_size):
        count = min(int(sizes[number]), left // (len(by_size) - turn))
        left -= count
        chosen = random.choice(np.flatnonzero(stratum == number), count, replace=False)
        parts.append((chosen, number, np.arange(count) / max(count, 1)))
    if not parts:
        return MomentSample(*(np.zeros(0, np.int64),) * 3, np.zeros(0))
    places = np.concatenate([chosen for chosen, _, _ in parts])
    numbers = np.concatenate([np.full(len(chosen), number) for chosen, number, _ in parts])
    order = np.argsort(places, kind="stable")
    return MomentSample(
        places[order], numbers[order], sizes, np.concatenate([rank for *_, rank in parts])[order]
    )


class PacedSample:
    """Goes through a sample in its order. Where that would take too long, by the mean of all moments so far, those of a
    high rank are left out, the same share of the whole day: `kept`, bool (m,), are those that count at the end.
    """

    def __init__(self, sample: MomentSample, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._rank, self._seconds, self._clock = sample.rank, seconds, clock
        self._level = 1.0
        self._done: BoolArray = np.zeros(len(sample.rank), bool)

    @property
    def kept(self) -> BoolArray:
        """Those that count."""
        return self._done & (self._rank < self._level)

    def __iter__(self) -> Iterator[int]:
        """Their places in the sample. Raises ReplayEndedError when the time is over."""
        begun, used = self._clock(), 0
        for place in range(len(self._rank)):
            if place and place % CHECKED_EVERY == 0:
                spent = self._clock() - begun
                if spent > LONGEST * self._seconds:
                    raise ReplayEndedError(f"it took longer than {LONGEST * self._seconds:.0f} s")
                if spent > TRUSTED_FROM * self._seconds:
                    self._thin(spent / max(used, 1), place, max(self._seconds - spent, 0.0))
            if self._rank[place] < self._level:
                used += 1
                self._done[place] = True
                yield place

    def _thin(self, each: float, place: int, left: float) -> None:
        """Use fewer from a place on if the rest, `each` (s), would take longer than what is `left` (s)."""
        rest = each * np.count_nonzero(self._rank[place:] < self._level)
        if rest > left:
            self._level = max(LEAST, self._level * max(left / rest, 0.5))
