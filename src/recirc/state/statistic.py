"""What every statistic is: flat arrays with `fold`, `save` and `load`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from recirc.growing_arrays import Number, lengthen, room_for
from recirc.types import (
    Arrays,
    ArticleFeatures,
    Batch,
    BoolArray,
    Decision,
    EntryKind,
    IntArray,
    LongArray,
    RecordArray,
)

ARTICLES: Final = "articles"
"""The axis of an array that has one row an article."""


class Entries(NamedTuple):
    """The columns of a batch that compiled loops read, and two in which `Visits` notes what it finds.

    Attributes:
        time: int64 (n,), ms.
        article: int32 (n,). Of an impression by which a reader counts (`new_reader`), the one beside the shelf.
        reader, visit: int64 (n,). An entry without a reader belongs to its visit's reader, one with neither to a reader
            of its own; likewise with the visit.
        named: bool (n,): the sender named the visit, so no pause ends it.
        codes: int32 (n, 3): the sender's codes of referrer, device and region.
        is_view: bool (n,): a view that is not excluded, or a sign of life by which one counts afterwards.
        fresh: bool (n,), written by `Visits`: a view of an article that is new in its visit.
        prior: int32 (n, distance), written by `Visits`: for fresh views the articles that the visit opened before,
            newest first, padded with -1.
        decision: uint8 (n,), as decided when the entry came into the log, see `types.Decision`.
        new_reader: bool (n,): a counted view that is its reader's first of the article that day, or a sign of life by
            which such a view counts afterwards.
        ranked: bool (n,): of these, all but one of too many readers of a network (`Decision.CROWDED`).
    """

    time: LongArray
    article: IntArray
    reader: LongArray
    visit: LongArray
    named: BoolArray
    codes: IntArray
    is_view: BoolArray
    fresh: BoolArray
    prior: IntArray
    decision: NDArray[np.uint8]
    new_reader: BoolArray
    ranked: BoolArray


class FoldContext:
    """A batch that is being folded.

    Attributes:
        records: RECORD (n,), as in the log.
        features: place in `records` of each publication, and what its text says.
        entries: the same records as columns.
        size: number of articles that the arrays must have room for.
    """

    def __init__(self, batch: Batch, distance: int) -> None:
        """`distance`: how many prior articles to note of each fresh view."""
        records, n = batch.records, len(batch.records)
        decision = np.ascontiguousarray(records["decision"])
        reader, visit, own = records["reader"], records["visit"], records["id"]
        whose = np.where(reader != 0, reader, np.where(visit != 0, visit, own))
        new_reader: BoolArray = (decision & np.uint8(Decision.NEW_READER)) != 0
        is_view = records["kind"] == EntryKind.VIEW
        beside = new_reader & (records["kind"] == EntryKind.IMPRESSION) & (records["source"] >= 0)
        self.records: RecordArray = records
        self.features: dict[int, ArticleFeatures] = batch.features
        self.entries = Entries(
            time=np.ascontiguousarray(records["time"]),
            article=np.where(beside, records["source"], records["article"]),
            reader=whose,
            visit=np.where(visit != 0, visit, whose),
            named=visit != 0,
            codes=np.column_stack([records[name] for name in ("referrer", "device", "region")]).astype(
                np.int32
            ),
            is_view=(is_view | new_reader) & (records["excluded"] == 0),
            fresh=np.zeros(n, bool),
            prior=np.full((n, distance), -1, np.int32),
            decision=decision,
            new_reader=new_reader,
            ranked=new_reader & ((decision & np.uint8(Decision.CROWDED)) == 0),
        )
        self.size: int = 1 + int(max(records["article"].max(), records["source"].max())) if n else 0


class Column(NamedTuple):
    """What one saved array looks like.

    Attributes:
        shape: lengths of its axes; a name stands for any length, the same in all arrays of the statistic.
        fill: what new rows hold.
        holds_articles: its elements are indices of articles, or -1 for none.
    """

    dtype: DTypeLike
    shape: tuple[int | str, ...] = (ARTICLES,)
    fill: float = 0
    holds_articles: bool = False

    def array(self, rows: int) -> NDArray[Any]:
        """A new array with this many rows."""
        row = [length if isinstance(length, int) else 0 for length in self.shape[1:]]
        return np.full((rows, *row), self.fill, self.dtype)


class Statistic(ABC):
    """One thing learned from the log.

    Folding entry by entry or in batches of any size gives the same arrays to the last bit.

    Arrays with one row an article become attributes of their names: this class lets them grow, saves and restores them.
    A statistic with other arrays saves and restores those itself.

    Attributes:
        columns: what `save` gives.
        size: articles that the arrays describe; they may have room for more.
    """

    name: ClassVar[str]

    def __init__(self, by_article: Mapping[str, Column], others: Mapping[str, Column] | None = None) -> None:
        self.columns = {**by_article, **(others or {})}
        self.size = 0
        self._room = 0
        self._by_article = tuple(by_article)
        for name, column in by_article.items():
            setattr(self, name, column.array(0))

    @abstractmethod
    def fold(self, context: FoldContext) -> None:
        """Learn from a batch, for all of whose articles there is room (`reserve`)."""

    def reserve(self, size: int) -> None:
        """Make room for `size` articles."""
        self.size = max(self.size, size)
        if self.size > self._room:
            self._room = room_for(self.size, self._room)
            self._lengthen(self._room)

    def _lengthen(self, room: int) -> None:
        """Have arrays of so many articles; new ones have no statistics yet."""
        for name in self._by_article:
            setattr(self, name, lengthen(getattr(self, name), room, self.columns[name].fill))

    def save(self) -> Arrays:
        """All that was learned, as plain arrays. They may be views: copy what must not change."""
        return {name: getattr(self, name)[: self.size] for name in self._by_article}

    def load(self, arrays: Arrays) -> None:
        """Become what was saved.

        Raises:
            ValueError: these are not the arrays of such a statistic.
        """
        self._check(arrays)
        self.restore(arrays)
        self._room = self.size

    def restore(self, arrays: Arrays) -> None:
        """Replace all arrays by these, which have the names, dtypes and shapes of `columns`.

        Raises:
            ValueError: their content is impossible.
        """
        for name in self._by_article:
            setattr(self, name, arrays[name])
            self.size = len(arrays[name])

    def _check(self, arrays: Arrays) -> None:
        # A crafted file must not lead a compiled loop, which checks no bounds, out of an array.
        if arrays.keys() != self.columns.keys():
            raise ValueError(f"{self.name} has the arrays {sorted(self.columns)}, not {sorted(arrays)}")
        lengths: dict[int | str, int] = {}
        for name, column in self.columns.items():
            array = arrays[name]
            wanted = [axis if isinstance(axis, int) else lengths.get(axis) for axis in column.shape]
            fits = array.dtype == column.dtype and array.ndim == len(wanted)
            if not fits or any(
                length not in (None, own) for length, own in zip(wanted, array.shape, strict=True)
            ):
                raise ValueError(
                    f"{self.name}: {name} is {array.dtype} {array.shape}, not {np.dtype(column.dtype)} {column.shape}"
                )
            lengths |= dict(zip(column.shape, array.shape, strict=True))
        for name, column in self.columns.items():
            if column.holds_articles and not within(arrays[name], -1, lengths[ARTICLES]):
                raise ValueError(f"{self.name}: {name} has the index of no article")


def within(array: NDArray[Number], least: int, end: int) -> bool:
    """Whether all elements are at least `least` and below `end`.

    >>> within(np.array([-1, 4]), -1, 5), within(np.array([5]), -1, 5), within(np.array([]), 0, 0)
    (True, False, True)
    """
    return not array.size or bool(array.min() >= least and array.max() < end)
