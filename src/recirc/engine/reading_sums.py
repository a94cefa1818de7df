"""What sums of readings say: totals, intervals, and parts of time on the site's clocks."""

import math
from typing import Literal, NamedTuple

import numpy as np

from recirc.engine.reading_history import (
    CLICKS,
    DOUBTFUL,
    EXCLUDED,
    IMPRESSIONS,
    ONWARD,
    READERS,
    READS,
    SECONDS,
    VIEWS,
)
from recirc.types import LongArray

Grain = Literal["hour", "day", "week", "month"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month")
_UNITS = {"hour": 3_600_000, "day": 86_400_000}
MOST_PERIODS = 10_000


class Totals(NamedTuple):
    """Sums over a time.

    Attributes:
        views, readers: counted views; readers, each once an article and day.
        reads, engaged: reports of reading, and their seconds on average; None: no report.
        impressions, clicks: of the articles on shelves; readers who opened them there.
        onward: readers who went on by a shelf beside them.
        excluded, doubtful: views that are not counted, and counted ones in doubt.
    """

    views: int
    readers: int
    reads: int
    engaged: float | None
    impressions: int
    clicks: int
    onward: int
    excluded: int
    doubtful: int

    @property
    def recirculation(self) -> float | None:
        """Share of the readers who went on to another article by a shelf, at most 1; None: no reader."""
        return min(self.onward / self.readers, 1.0) if self.readers else None

    @property
    def doubt(self) -> float | None:
        """Share of the views that are excluded or in doubt; None: no view."""
        sent = self.views + self.excluded
        return (self.excluded + self.doubtful) / sent if sent else None


def totals_of(row: LongArray) -> Totals:
    """The totals of one row of sums, int64 (COLUMNS,)."""
    reads = int(row[READS])
    return Totals(
        views=int(row[VIEWS]),
        readers=int(row[READERS]),
        reads=reads,
        engaged=int(row[SECONDS]) / reads if reads else None,
        impressions=int(row[IMPRESSIONS]),
        clicks=int(row[CLICKS]),
        onward=int(row[ONWARD]),
        excluded=int(row[EXCLUDED]),
        doubtful=int(row[DOUBTFUL]),
    )


def wilson(hits: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """The score interval of a share (Wilson, JASA 1927): (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    >>> [round(end, 3) for end in wilson(5, 50)], wilson(0, 0)
    ([0.043, 0.214], (0.0, 1.0))
    """
    if trials <= 0:
        return 0.0, 1.0
    share = min(hits, trials) / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def by_period(clocks: LongArray, sums: LongArray, grain: Grain) -> tuple[LongArray, LongArray]:
    """The beginning of each part of time, int64 (p,), from the first to the last without a gap, and its sums.

    `clocks`: what the site's clocks show, ms from 1970, int64 (n,); `sums`: int64 (n, columns). Weeks begin on Monday.

    >>> monday = 1_795_996_800_000
    >>> begins, sums = by_period(np.array([monday, monday + 9 * 86_400_000]), np.array([[1], [2]]), "week")
    >>> ((begins - monday) // 86_400_000).tolist(), sums.tolist()
    ([0, 7], [[1], [2]])
    """
    if not len(clocks):
        return np.zeros(0, np.int64), np.zeros((0, sums.shape[1]), np.int64)
    if grain == "month":
        units = clocks.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    elif grain == "week":
        units = (clocks // _UNITS["day"] + 3) // 7  # 1 January 1970 was a Thursday
    else:
        units = clocks // _UNITS[grain]
    first = max(int(units.min()), int(units.max()) - MOST_PERIODS + 1)
    made = np.zeros((int(units.max()) - first + 1, sums.shape[1]), np.int64)
    within = units >= first
    np.add.at(made, units[within] - first, sums[within])
    every = np.arange(first, first + len(made), dtype=np.int64)
    if grain == "month":
        begins = every.astype("datetime64[M]").astype("datetime64[ms]").astype(np.int64)
    elif grain == "week":
        begins = (every * 7 - 3) * _UNITS["day"]
    else:
        begins = every * _UNITS[grain]
    return begins, made
