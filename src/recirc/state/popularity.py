"""What is read now: distinct readers of each article, fading at several half-lives."""

from collections.abc import Sequence
from typing import ClassVar, cast

import numpy as np
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.decay import fade, landmark_of, overdue, weight
from recirc.state.statistic import Moment, Overlap, Statistic, grown
from recirc.types import Arrays, BoolArray, FloatArray, IntArray, LongArray


@compiled
def _fold(
    arrived: BoolArray,
    article: IntArray,
    time: LongArray,
    half_lives: FloatArray,
    landmarks: LongArray,
    weights: FloatArray,
) -> None:
    for i in range(len(arrived)):
        if not arrived[i]:
            continue
        for j in range(len(half_lives)):
            if overdue(time[i], half_lives[j], landmarks[j]):
                moved = landmark_of(time[i], half_lives[j])
                weights[:, j] *= 2.0 ** (landmarks[j] - moved)
                landmarks[j] = moved
            weights[article[i], j] += weight(time[i], half_lives[j], landmarks[j])


class Popularity(Statistic):
    """Fading counts of distinct readers (once a day and article, as `Audience` counts them).

    Merging adds; it agrees with one fold up to the rounding of float64 sums (relative 1e-9).

    Attributes, H = half-lives:
        half_lives: float64 (H,), ms.
        landmarks: int64 (H,), in half-lives since 1970 (see `decay`).
        weights: float64 (n_articles, H), readers as seen from the landmark.
    """

    name: ClassVar[str] = "popularity"

    def __init__(self, *, half_lives: Sequence[float]) -> None:
        self.half_lives: FloatArray = np.array(half_lives, float) * 1000
        self.landmarks: LongArray = np.zeros(len(half_lives), np.int64)
        self.weights: FloatArray = np.zeros((0, len(half_lives)))

    @override
    def fold(self, moment: Moment) -> None:
        self.size = max(self.size, moment.size)
        self.weights = grown(self.weights, self.size)
        _fold(moment.arrived, moment.article, moment.time, self.half_lives, self.landmarks, self.weights)

    def readers(self, now: int) -> FloatArray:
        """Faded readers at `now` (ms), float64 (n_articles, H)."""
        factors = [fade(now, h, m) for h, m in zip(self.half_lives, self.landmarks, strict=True)]
        faded: FloatArray = self.weights[: self.size] * np.array(factors)
        return faded

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:
        theirs = cast(Popularity, other)
        self.size = max(self.size, theirs.size)
        self.weights = grown(self.weights, self.size)
        together = np.maximum(self.landmarks, theirs.landmarks)
        self.weights *= np.exp2(self.landmarks - together)
        self.weights[: theirs.size] += theirs.weights[: theirs.size] * np.exp2(theirs.landmarks - together)
        self.landmarks = together
        again = np.exp2(overlap.time[:, None] / self.half_lives - self.landmarks)
        np.subtract.at(self.weights, overlap.article, again)
        np.maximum(self.weights, 0, out=self.weights)  # rounding must not leave less than nobody

    @override
    def save(self) -> Arrays:
        return {
            "half_lives": self.half_lives,
            "landmarks": self.landmarks,
            "weights": self.weights[: self.size],
        }

    @override
    def load(self, arrays: Arrays) -> None:
        if not np.array_equal(arrays["half_lives"], self.half_lives):
            raise ValueError(f"popularity at other half-lives: {arrays['half_lives'] / 1000} seconds")
        self.landmarks, self.weights = arrays["landmarks"], arrays["weights"]
        self.size = len(self.weights)
