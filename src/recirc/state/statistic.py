"""What every statistic is: flat arrays with three verbs, `fold`, `merge`, `save`/`load`."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from recirc.types import (
    Arrays,
    ArticleFeatures,
    Batch,
    BoolArray,
    EntryKind,
    IntArray,
    LongArray,
    RecordArray,
)

Number = TypeVar("Number", bound=np.generic)


class FoldContext:
    """A batch on its way through the statistics, with what the first two of them find out about each entry.

    Attributes:
        records: RECORD (n,), as in the log.
        reader, visit: int64 (n,); who is not named is taken for a reader, and a visit, of its own.
        named: bool (n,): the sender said which visit it was, so no pause ends it.
        context: int32 (n, 3): the sender's codes of referrer, device and region.
        size: articles that the arrays must have room for.
        fresh: bool (n,), set by `Visits`: a counted view of an article that is new in its visit.
        prior: int32 (n, distance), set by `Visits`: for fresh views, the articles that the visit opened
            before, newest first, padded with -1.
        counted: bool (n,), set by `Audience`: a view that is neither excluded nor a repetition.
        arrived: bool (n,), set by `Audience`: a counted view that is this reader's first of the article that
            day.
    """

    def __init__(self, batch: Batch, distance: int) -> None:
        records = batch.records
        n = len(records)
        self.records: RecordArray = records
        self.understandings: dict[int, ArticleFeatures] = batch.understandings
        self.time: LongArray = np.ascontiguousarray(records["time"])
        self.article: IntArray = np.ascontiguousarray(records["article"])
        self.view: BoolArray = (records["kind"] == EntryKind.VIEW) & (records["excluded"] == 0)
        reader, visit, own = records["reader"], records["visit"], records["id"]
        self.reader: LongArray = np.where(reader != 0, reader, np.where(visit != 0, visit, own))
        self.named: BoolArray = visit != 0
        self.visit: LongArray = np.where(visit != 0, visit, self.reader)
        self.context: IntArray = np.column_stack(
            (records["referrer"], records["device"], records["region"])
        ).astype(np.int32)
        self.size: int = 1 + int(max(self.article.max(), records["source"].max())) if n else 0
        self.fresh: BoolArray = np.zeros(n, bool)
        self.prior: IntArray = np.full((n, distance), -1, np.int32)
        self.counted: BoolArray = np.zeros(n, bool)
        self.arrived: BoolArray = np.zeros(n, bool)


class Overlap(NamedTuple):
    """What both sides of a merge speak of, so that neither counts twice and the later word stands.

    Attributes:
        article, time: int32 (n,) and int64 (n,), ms: for each reader whom both sides counted for the same article on
            the same day, that article, and when the later of the two was counted. One of the two must go.
        newer: int64 (m,): articles of whose last change or withdrawal only the other side knows.
    """

    article: IntArray
    time: LongArray
    newer: LongArray


class Statistic(ABC):
    """One thing learned from the log.

    Folding entry by entry or in batches, however they are cut, gives the same arrays to the last bit. The
    class's own docstring states within which bound `merge` agrees with one fold over both logs.
    """

    name: ClassVar[str]
    size: int = 0
    """Articles that the arrays speak of; they may have room for more."""

    @abstractmethod
    def fold(self, moment: FoldContext) -> None:
        """Take a batch in."""

    @abstractmethod
    def merge(self, other: "Statistic", overlap: Overlap) -> None:
        """Take in what `other` learned from another part of the log. `other` is left as it is."""

    @abstractmethod
    def save(self) -> Arrays:
        """All of it, as plain arrays. They may be views: copy what must not change."""

    @abstractmethod
    def load(self, arrays: Arrays) -> None:
        """Take the place of a saved one. Raises KeyError or ValueError if it is not one of this kind and
        shape.
        """

    def canonical(self) -> Arrays:
        """What was learned, free of the order in which it came: equal for equal knowledge. For the laws'
        tests.
        """
        return self.save()


def grown(array: NDArray[Number], size: int, fill: float = 0) -> NDArray[Number]:
    """`array` with room for at least `size` rows, doubling, new ones filled with `fill`."""
    if len(array) >= size:
        return array
    larger = np.full((max(size, 2 * len(array), 64), *array.shape[1:]), fill, array.dtype)
    larger[: len(array)] = array
    return larger


def trimmed(arrays: Arrays, size: int) -> Arrays:
    """The first `size` rows of each."""
    return {name: array[:size] for name, array in arrays.items()}
