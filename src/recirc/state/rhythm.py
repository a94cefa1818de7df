"""What is usual: how many readers an article has by its age, and the site by the hour of the day."""

from typing import ClassVar, Final

import numpy as np
from typing_extensions import override

from recirc.compiled import compiled_in_place
from recirc.state.statistic import Column, Entries, FoldContext, Statistic
from recirc.types import Arrays, FloatArray, IntArray, LongArray

NEVER: Final = np.iinfo(np.int64).max
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
DAYS: Final = 29
"""Days that tell what is usual: the newest, still filling one, and four weeks."""

AGES: Final = np.array(
    [0, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1080, 1440, 2160, 2880, 4320, 5760, 10_080, 20_160, 40_320]
)
"""Least age (minutes since the first reader) of each class of ages; the last one has no end."""

EVIDENCE: Final = 4.0
"""Readers: an article's own level counts as much as that of others when it has had so many."""


@compiled_in_place
def _fold(
    entries: Entries,
    edges: LongArray,
    day: LongArray,
    readers: LongArray,
    hours: LongArray,
    begun: LongArray,
    first: LongArray,
) -> None:
    for i in range(len(entries.ranked)):
        if not entries.ranked[i]:
            continue
        article, time = entries.article[i], entries.time[i]
        number = time // DAY
        row = number % DAYS
        if number > day[row]:
            day[row], begun[row] = number, 0
            readers[row], hours[row] = 0, 0
        is_first = first[article] == NEVER
        first[article] = min(first[article], time)
        if number < day[row]:
            continue
        if is_first:
            begun[row] += 1
        age, c = time - first[article], 0
        while c + 1 < len(edges) and age >= edges[c + 1]:
            c += 1
        readers[row, c] += 1
        hours[row, time % DAY // HOUR] += 1


class Rhythm(Statistic):
    """Readers by the article's age and by the hour of the day, of each of the last days.

    Attributes, n = articles, A = len(AGES):
        first: int64 (n,), ms: time of the first reader; NEVER: none yet.
        day: int64 (DAYS,): number of the day in each row, since 1970 (UTC); -1: none yet.
        readers: int64 (DAYS, A): readers of articles of an age.
        hours: int64 (DAYS, 24): readers in an hour of the day (UTC).
        begun: int64 (DAYS,): articles with their first reader on that day.
    """

    name: ClassVar[str] = "rhythm"
    first: LongArray

    def __init__(self) -> None:
        self.day: LongArray = np.full(DAYS, -1, np.int64)
        self.readers: LongArray = np.zeros((DAYS, len(AGES)), np.int64)
        self.hours: LongArray = np.zeros((DAYS, 24), np.int64)
        self.begun: LongArray = np.zeros(DAYS, np.int64)
        others = {name: Column(np.int64, getattr(self, name).shape) for name in _TABLES}
        super().__init__({"first": Column(np.int64, fill=NEVER)}, others)

    @override
    def fold(self, context: FoldContext) -> None:
        edges = AGES * MINUTE
        _fold(context.entries, edges, self.day, self.readers, self.hours, self.begun, self.first)

    def expected(self, articles: IntArray, earlier: LongArray, span: int, now: int) -> FloatArray:
        """How many readers each of some articles usually has in the `span` ms that end `now` (ms), float64 (m,).

        `earlier`, int64 (m,), are its readers before that. An article of this age has, of what it has up to now, a
        certain part in such a window at such an hour of the day; that part of its own readers up to now is expected. As
        long as there are few of them, the mean of all articles counts beside them: both are the posterior mean of a
        Poisson rate under a Gamma prior (DuMouchel, American Statistician 53, 1999, section 2).

        A hundred readers of one article in its first quarter of an hour, and none after: another one with the same
        beginning has no more to expect.

        >>> rhythm = Rhythm()
        >>> rhythm.reserve(2)
        >>> rhythm.first[:] = 0
        >>> rhythm.day[0], rhythm.begun[0], rhythm.readers[0, 0], rhythm.hours[0] = 0, 1, 100, 4
        >>> both, before = np.zeros(1, np.int32), np.array([100])
        >>> rhythm.expected(both, before, 15 * MINUTE, 45 * MINUTE).tolist()
        [0.0]
        """
        known = (self.day >= 0) & (self.day > now // DAY - DAYS) & (self.day <= now // DAY)
        begun = max(1.0, float(self.begun[known].sum()))
        by_age = self.readers[known].sum(axis=0)
        curve = np.concatenate(([0.0], np.cumsum(by_age[:-1] / begun)))
        old = by_age[-1] / max(float(DAY), _exposure(self.first[: self.size], now))
        first = np.minimum(self.first[articles], now)
        begin = np.maximum(first, now - span)
        until = _usual_until(now - first, curve, old)
        before = _usual_until(begin - first, curve, old)
        hours = self.hours[known].sum(axis=0) + 1.0
        share = hours / hours.mean()
        level = (earlier + EVIDENCE) / (before * _mean_share(share, first, begin) + EVIDENCE)
        expected: FloatArray = level * (until - before) * _mean_share(share, begin, np.full(len(first), now))
        return expected

    @override
    def save(self) -> Arrays:
        return {**super().save(), **{name: getattr(self, name) for name in _TABLES}}

    @override
    def restore(self, arrays: Arrays) -> None:
        super().restore(arrays)
        for name in _TABLES:
            setattr(self, name, arrays[name])


_TABLES: Final = ("day", "readers", "hours", "begun")


def _exposure(first: LongArray, now: int) -> float:
    """For how long (ms) all articles together were of the last class of ages, in the days that are known. `first`,
    int64 (n,): see `Rhythm`.

    Of two articles one is 100 days old; one is a day beyond the beginning of that class:

    >>> _exposure(np.array([0, 71 * DAY, NEVER]), 100 * DAY) / DAY
    29.0
    """
    since = np.maximum(first[first <= now] + AGES[-1] * MINUTE, (now // DAY - DAYS + 1) * DAY)
    return float(np.maximum(now - since, 0).sum())


def _usual_until(age: LongArray, curve: FloatArray, old: float) -> FloatArray:
    """Readers that an article usually has had at an age (ms), float64 (m,): `curve` at the edges of the classes, and
    `old` a millisecond in the last one.
    """
    edges = AGES * float(MINUTE)
    usual: FloatArray = np.interp(age.astype(float), edges, curve) + old * np.maximum(age - edges[-1], 0.0)
    return usual


def _mean_share(share: FloatArray, begin: LongArray, end: LongArray) -> FloatArray:
    """The mean of what the hours from `begin` to `end` (ms) have, 1: as much as all hours on average, float64 (m,).

    >>> shares = np.array([2.0] * 12 + [0.0] * 12)
    >>> _mean_share(shares, np.array([0, 0, 6, 5]) * HOUR, np.array([6, 48, 18, 5]) * HOUR).tolist()
    [2.0, 1.0, 1.0, 2.0]
    """
    edges, sums = np.arange(25.0) * HOUR, np.concatenate(([0.0], np.cumsum(share))) * HOUR

    def until(time: LongArray) -> FloatArray:
        days: FloatArray = time // DAY * sums[-1] + np.interp((time % DAY).astype(float), edges, sums)
        return days

    end = np.maximum(end, begin + MINUTE)
    mean: FloatArray = (until(end) - until(begin)) / (end - begin)
    return mean
