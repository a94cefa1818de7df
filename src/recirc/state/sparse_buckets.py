"""Counts by article and bucket of time, of which only those that are not zero take memory."""

from typing import Final, NamedTuple

import numpy as np

from recirc.compiled import compiled_in_place
from recirc.growing_arrays import grow
from recirc.state.statistic import Column, within
from recirc.types import Arrays, IntArray, LongArray

LEAST: Final = 1024
"""Number of cells up to which those that are too old are kept."""

CELLS, LIMIT, FEWEST = range(3)


class CellTable(NamedTuple):
    """The arrays of `SparseBuckets`, with room for more cells than there are."""

    newest_bucket: LongArray
    held: LongArray
    article: IntArray
    bucket: IntArray
    counts: LongArray
    before: IntArray
    last: IntArray


@compiled_in_place
def add_to_cell(article: int, bucket: int, column: int, number: int, table: CellTable) -> None:
    """Add a number to a column of an article in a bucket. There is room for one more cell."""
    row = bucket % len(table.newest_bucket)
    if bucket > table.newest_bucket[row]:
        table.newest_bucket[row] = bucket  # the cells of the bucket that had this row are too old now
    if bucket < table.newest_bucket[row]:
        return
    at = table.last[article]
    while at >= 0 and table.bucket[at] > bucket:
        at = table.before[at]
    if at < 0 or table.bucket[at] != bucket:
        # Asked for each cell, not for each batch, so that the batching changes no bit.
        if table.held[CELLS] >= table.held[LIMIT]:
            _drop_old(table)
        at = table.held[CELLS]
        table.held[CELLS] += 1
        table.article[at], table.bucket[at] = article, bucket
        for c in range(table.counts.shape[1]):
            table.counts[at, c] = 0
        _link(at, table)
    table.counts[at, column] += number


@compiled_in_place
def _link(cell: int, table: CellTable) -> None:
    """Put a cell in its place among those of its article, of which each has a later bucket than the one before."""
    article, bucket = table.article[cell], table.bucket[cell]
    at, later = table.last[article], -1
    while at >= 0 and table.bucket[at] > bucket:
        later, at = at, table.before[at]
    table.before[cell] = at
    if later < 0:
        table.last[article] = cell
    else:
        table.before[later] = cell


@compiled_in_place
def _drop_old(table: CellTable) -> None:
    buckets, kept = len(table.newest_bucket), 0
    for at in range(table.held[CELLS]):
        table.last[table.article[at]] = -1
    for at in range(table.held[CELLS]):
        bucket = table.bucket[at]
        if table.newest_bucket[bucket % buckets] == bucket:
            table.article[kept], table.bucket[kept] = table.article[at], bucket
            for c in range(table.counts.shape[1]):
                table.counts[kept, c] = table.counts[at, c]
            kept += 1
    for at in range(kept):
        _link(at, table)
    table.held[CELLS], table.held[LIMIT] = kept, max(table.held[FEWEST], 2 * kept)


@compiled_in_place
def _link_all(table: CellTable) -> None:
    for at in range(table.held[CELLS]):
        _link(at, table)


@compiled_in_place
def _sum(table: CellTable, column: int, before: int, newest: int, into: LongArray) -> None:
    buckets = len(table.newest_bucket)
    for at in range(table.held[CELLS]):
        bucket = table.bucket[at]
        if before < bucket <= newest and table.newest_bucket[bucket % buckets] == bucket:
            into[table.article[at]] += table.counts[at, column]


class SparseBuckets:
    """Counts of what happened to each article in each of the last `buckets` buckets of `width` ms.

    A *cell* is an article and a bucket in which anything happened. Cells that are too old are dropped when there are
    twice as many as after the last time. As in `rings.Ring` each bucket has a row, so that one wrong date takes the row
    of one bucket and no more.

    Three buckets of ten seconds and one column; what happened at 5, 12, 14 and 31 seconds:

    >>> table = SparseBuckets(buckets=3, width=10_000, columns=1)
    >>> table.reserve(1, 4)
    >>> for second in (5, 12, 14):
    ...     add_to_cell(0, second // 10, 0, 1, table.table)
    >>> table.sums(0, 20_000, 29_000, 1).tolist(), table.sums(0, 30_000, 29_000, 1).tolist()
    ([2], [3])
    >>> add_to_cell(0, 3, 0, 1, table.table)
    >>> table.sums(0, 30_000, 31_000, 1).tolist(), table.table.newest_bucket.tolist()
    ([3], [3, 1, -1])

    Attributes, m = cells there is room for, n = articles, K = columns:
        table: `newest_bucket` int64 (buckets,): number of the bucket in each row, since 1970, -1: none yet; `held`
            int64 (3,): number of cells, at how many old ones are dropped, and how many are kept at least; `article`,
            `bucket` int32 (m,) and `counts` int64 (m, K) of each cell; `before` int32 (m,): the article's next older
            cell, `last` int32 (n,): its newest one, -1: none.
    """

    def __init__(self, buckets: int, width: int, columns: int, least: int = LEAST) -> None:
        """`least`: number of cells up to which those that are too old are kept."""
        self.width = width
        self._least = least
        none = np.zeros(0, np.int32)
        self.table = CellTable(
            np.full(buckets, -1, np.int64), np.array([0, least, least]), none, none.copy(),
            np.zeros((0, columns), np.int64), none.copy(), none.copy(),
        )  # fmt: skip

    @property
    def reach(self) -> int:
        """The longest window, ms: the newest bucket is still filling."""
        return (len(self.table.newest_bucket) - 1) * self.width

    def reserve(self, articles: int, cells: int = 0) -> None:
        """Make room for so many articles, and for so many more cells."""
        table = self.table
        most = int(table.held[CELLS]) + cells
        if most <= len(table.article) and articles <= len(table.last):
            return  # as nearly always
        self.table = table._replace(
            article=grow(table.article, most),
            bucket=grow(table.bucket, most),
            counts=grow(table.counts, most),
            before=grow(table.before, most),
            last=grow(table.last, articles, -1),
        )

    def sums(self, column: int, span: int, now: int, size: int) -> LongArray:
        """What was counted of each of `size` articles in the window of `span` ms that ends `now` (ms), int64 (size,).

        It covers the bucket of `now`, which is still filling, and full ones before it: as many in all as the window is
        long enough for, and two at least.
        """
        newest, found = now // self.width, np.zeros(max(size, len(self.table.last)), np.int64)
        _sum(self.table, column, newest - max(2, span // self.width), newest, found)
        return found[:size]

    def columns(self, name: str) -> dict[str, Column]:
        """What `save` gives, for `Statistic`; names begin with `name`."""
        buckets, cells = len(self.table.newest_bucket), f"{name}.cells"
        return {
            f"{name}.newest_bucket": Column(np.int64, (buckets,)),
            f"{name}.held": Column(np.int64, (3,)),
            f"{name}.article": Column(np.int32, (cells,), holds_articles=True),
            f"{name}.bucket": Column(np.int32, (cells,)),
            f"{name}.counts": Column(np.int64, (cells, self.table.counts.shape[1])),
        }

    def save(self, name: str) -> Arrays:
        """The cells as plain arrays. How they are linked follows from them."""
        table, held = self.table, int(self.table.held[CELLS])
        return {
            f"{name}.newest_bucket": table.newest_bucket,
            f"{name}.held": table.held,
            f"{name}.article": table.article[:held],
            f"{name}.bucket": table.bucket[:held],
            f"{name}.counts": table.counts[:held],
        }

    def restore(self, name: str, arrays: Arrays, size: int) -> None:
        """Become what was saved. Raises ValueError: there are other cells than it says."""
        held, article = arrays[f"{name}.held"], arrays[f"{name}.article"]
        bucket = arrays[f"{name}.bucket"]
        places = np.unique(article.astype(np.int64) << 32 | bucket)
        known = within(article, 0, size) and within(bucket, 0, np.iinfo(np.int32).max)
        if held[CELLS] != len(article) or len(places) != len(article) or not known:
            raise ValueError(f"{name}: cells that are not there, or twice")
        if held[FEWEST] != self._least or held[LIMIT] < max(self._least, len(article)):
            raise ValueError(f"{name}: room for fewer cells than there are")
        self.table = CellTable(
            arrays[f"{name}.newest_bucket"], held, article, bucket, arrays[f"{name}.counts"],
            np.full(len(article), -1, np.int32), np.full(size, -1, np.int32),
        )  # fmt: skip
        _link_all(self.table)
