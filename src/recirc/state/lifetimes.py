"""Since when an article has been read, and when it was read last."""

from typing import ClassVar, cast

import numpy as np
from typing_extensions import override

from recirc.state.statistic import FoldContext, Overlap, Statistic, grown
from recirc.types import Arrays, LongArray

NEVER = np.iinfo(np.int64).max


class Lifetimes(Statistic):
    """The first and the last view of each article by a reader who counts. Merging is exact.

    Attributes, n = articles:
        first: int64 (n,), ms; NEVER: none yet.
        last: int64 (n,), ms; 0: none yet.
    """

    name: ClassVar[str] = "lifetimes"

    def __init__(self) -> None:
        self.first: LongArray = np.zeros(0, np.int64)
        self.last: LongArray = np.zeros(0, np.int64)

    @override
    def fold(self, moment: FoldContext) -> None:
        self._make_room(moment.size)
        np.minimum.at(self.first, moment.article[moment.view], moment.time[moment.view])
        np.maximum.at(self.last, moment.article[moment.view], moment.time[moment.view])

    def _make_room(self, size: int) -> None:
        self.size = max(self.size, size)
        self.first, self.last = grown(self.first, self.size, NEVER), grown(self.last, self.size)

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:  # neither changes when counted twice
        theirs = cast(Lifetimes, other)
        self._make_room(theirs.size)
        n = theirs.size
        np.minimum(self.first[:n], theirs.first[:n], out=self.first[:n])
        np.maximum(self.last[:n], theirs.last[:n], out=self.last[:n])

    @override
    def save(self) -> Arrays:
        return {"first": self.first[: self.size], "last": self.last[: self.size]}

    @override
    def load(self, arrays: Arrays) -> None:
        self.first, self.last = arrays["first"], arrays["last"]
        self.size = len(self.first)
