"""What is read now by readers who come the same way, with the same kind of device, from the same region."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.state.decayed_counts import DecayedCounts, DecayedStatistic
from recirc.state.statistic import FoldContext
from recirc.types import IntArray

REFERRERS, DEVICES, REGIONS = 8, 8, 32
BUCKETS = REFERRERS + DEVICES + REGIONS
"""Columns of the table. Codes that leave the same remainder share one."""


_LAST = np.array([REFERRERS - 1, DEVICES - 1, REGIONS - 1], np.int32)  # each is a power of two
_FIRST = np.array([0, REFERRERS, REFERRERS + DEVICES], np.int32)


def buckets(codes: IntArray) -> IntArray:
    """The columns of codes of referrer, device and region: int32 (n, 3) of int32 (n, 3).

    >>> buckets(np.array([[3, 1, 25], [3 + REFERRERS, 1, 25 + REGIONS]], np.int32)).tolist()
    [[3, 9, 41], [3, 9, 41]]
    """
    return (codes & _LAST) + _FIRST


def codes_and_columns(referrer: int, device: int, region: int) -> IntArray:
    """The codes of one reader and their columns, int32 (6,).

    >>> codes_and_columns(3, 1, 25).tolist()
    [3, 1, 25, 3, 9, 41]
    """
    columns = (
        referrer & (REFERRERS - 1),
        (device & (DEVICES - 1)) + REFERRERS,
        (region & (REGIONS - 1)) + REFERRERS + DEVICES,
    )
    return np.array((referrer, device, region, *columns), np.int32)


def column_of(referrer: int | None = None, region: int | None = None) -> int:
    """The column of a kind of referrer, or of a region; -1: of neither.

    >>> column_of(referrer=3), column_of(region=25), column_of()
    (3, 41, -1)
    """
    if referrer is not None:
        return referrer & (REFERRERS - 1)
    return -1 if region is None else (region & (REGIONS - 1)) + REFERRERS + DEVICES


HEAVY_HITTERS = 40
"""Number of the heaviest articles of each column that are known without a search."""


class Contexts(DecayedStatistic):
    """Decayed counts of views, new in their visits, by referrer, device and region.

    Attributes:
        table: `DecayedCounts` of BUCKETS columns.
    """

    name: ClassVar[str] = "contexts"

    def __init__(self, *, half_lives: Sequence[float]) -> None:
        super().__init__(DecayedCounts(half_lives, columns=BUCKETS, heavy_hitters=HEAVY_HITTERS))

    @override
    def fold(self, context: FoldContext) -> None:
        entries = context.entries
        self.table.add(entries.fresh, entries.article, buckets(entries.codes), entries.time)
