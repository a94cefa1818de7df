"""Since when an article has been read, and when it was read last."""

from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.state.statistic import Column, FoldContext, Statistic
from recirc.types import LongArray

NEVER = np.iinfo(np.int64).max


class Lifetimes(Statistic):
    """The first and the last view of each article that is not excluded.

    Attributes, n = articles:
        first: int64 (n,), ms; NEVER: none yet.
        last: int64 (n,), ms; 0: none yet.
    """

    name: ClassVar[str] = "lifetimes"
    first: LongArray
    last: LongArray

    def __init__(self) -> None:
        super().__init__({"first": Column(np.int64, fill=NEVER), "last": Column(np.int64)})

    @override
    def fold(self, context: FoldContext) -> None:
        views = context.entries.is_view
        article, time = context.entries.article[views], context.entries.time[views]
        np.minimum.at(self.first, article, time)
        np.maximum.at(self.last, article, time)
