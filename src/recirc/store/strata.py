"""How many of an article's readers are alike, and how many alike readers the rest of the site makes plausible.

A *stratum* is what readers have in common: the network (IPv4 /24, IPv6 /48) as a keyed hash of the day, the family and
version of the browser, and that nothing was heard of them but the view. In a window, n of an article's readers are of
the stratum and m are not; of the readers of all other articles, a share p is, with an upper bound p'. Then up to

    least + λ + z √λ,   λ = m · p' / (1 − p')

readers of the stratum are plausible: the expectation, and z standard deviations of a Poisson count. p' is the upper
bound of Agresti and Coull (The American Statistician 52, 1998); one that rests on few readers is no more than EVEN. The
windows are the running and the previous hour, and the running and the previous day (UTC).
"""

from typing import Final, NamedTuple

import numpy as np

from recirc.compiled import compiled_unlocked
from recirc.hash_table import EMPTY, find, insert, mix
from recirc.types import UNKNOWN_AGENT, BoolArray, IntArray, LongArray

HOUR: Final = 3_600_000
SITE: Final = -1
"""In the place of an article: all of them."""

ALL, ALIVE, KNOWN, NETWORKS, AGENTS = 1, 2, 3, 1 << 20, 1 << 21
"""Strata: all confirmed readers, those who showed life, those whose network and browser are known; and the first of the
networks and of the browsers."""

ENOUGH: Final = 50
"""Readers of other articles from which on their shares mean something."""

EVEN: Final = 0.5
"""Largest share that is assumed because too few readers are known."""

FEW: Final = 2.0
"""Readers of one network, or with one browser, who are plausible of any article."""

CROWD: Final = 250.0
"""Readers of one network who are plausible of any article if each showed life: a school's."""

DEVIATIONS: Final = 2.0
NEWEST, THIS_HOUR, LAST_HOUR, THIS_DAY, LAST_DAY = range(5)

REGULAR, ALIKE, LIFELESS = 0, 1, 2
"""What a further reader would be: as others, one of too many of a network or browser, one of too many without life."""


class CountArrays(NamedTuple):
    """What the loops need of `ReaderCounts`; c is the capacity, a power of two.

    Attributes:
        keys: int64 (c,), EMPTY or the hash of article and stratum.
        counts: int32 (c, 5): hour (since 1970) of the newest reader; readers of that hour and of the one before, of
            that day and of the one before.
        used: int64 (1,): number of keys.
    """

    keys: LongArray
    counts: IntArray
    used: LongArray


class Reader(NamedTuple):
    """Where a view comes from: `network` 0 and `agent` UNKNOWN_AGENT where that is not known."""

    article: int
    network: int
    agent: int


class _Recent(NamedTuple):
    """Readers of the running and the previous hour, of the running and the previous day, and of the running day."""

    hours: int
    days: int
    today: int


@compiled_unlocked
def _recent(table: CountArrays, article: int, stratum: int, hour: int) -> _Recent:
    key = mix(article + 1, stratum)
    at = find(table.keys, key)
    if table.keys[at] != key:
        return _Recent(0, 0, 0)
    row = table.counts[at]
    hours, days = hour - row[NEWEST], hour // 24 - row[NEWEST] // 24
    return _Recent(
        row[THIS_HOUR] + row[LAST_HOUR] if hours == 0 else row[THIS_HOUR] if hours == 1 else 0,
        row[THIS_DAY] + row[LAST_DAY] if days == 0 else row[THIS_DAY] if days == 1 else 0,
        row[THIS_DAY] if days == 0 else 0,
    )


@compiled_unlocked
def _add(table: CountArrays, article: int, stratum: int, hour: int) -> None:
    key = mix(article + 1, stratum)
    at = find(table.keys, key)
    row = table.counts[at]
    if table.keys[at] != key:
        table.keys[at] = key
        table.used[0] += 1
        row[:] = 0
        row[NEWEST] = hour
    hours, days = hour - row[NEWEST], hour // 24 - row[NEWEST] // 24
    if hours:
        row[LAST_HOUR] = row[THIS_HOUR] if hours == 1 else 0
        row[THIS_HOUR] = 0
    if days:
        row[LAST_DAY] = row[THIS_DAY] if days == 1 else 0
        row[THIS_DAY] = 0
    row[NEWEST] = hour
    row[THIS_HOUR] += 1
    row[THIS_DAY] += 1


@compiled_unlocked
def upper_share(part: int, whole: int) -> float:
    """Upper bound of the share that `part` of `whole` readers are a sample of.

    >>> [round(upper_share(part, whole), 3) for part, whole in ((0, 0), (0, 1000), (50, 1000), (900, 1000))]
    [0.5, 0.005, 0.066, 0.9]
    """
    share = (part + 2.0) / (whole + 4.0)
    upper = share + DEVIATIONS * np.sqrt(share * (1.0 - share) / (whole + 4.0))
    return float(min(max(part / max(whole, 1), min(upper, EVEN)), 0.999))


@compiled_unlocked
def _beyond(own: int, others: int, share: float, least: float) -> bool:
    """Whether one reader more than `own` is implausible beside `others`."""
    expected = max(others, 0) * share / (1.0 - share)
    return bool(own + 1 > least + expected + DEVIATIONS * np.sqrt(expected))


@compiled_unlocked
def lively(table: CountArrays, article: int, hour: int) -> bool:
    """Whether readers of the other articles usually show life, so that its absence means something."""
    every = _recent(table, SITE, ALL, hour).days - _recent(table, article, ALL, hour).days
    alive = _recent(table, SITE, ALIVE, hour).days - _recent(table, article, ALIVE, hour).days
    return bool(every >= ENOUGH and 2 * alive >= every)


@compiled_unlocked
def too_many_lifeless(table: CountArrays, article: int, hour: int) -> bool:
    """Whether one more reader of whom nothing is heard but the view is implausible. The first one never is."""
    own, own_alive = _recent(table, article, ALL, hour), _recent(table, article, ALIVE, hour)
    every = _recent(table, SITE, ALL, hour).days - own.days
    alive = _recent(table, SITE, ALIVE, hour).days - own_alive.days
    odds = (max(every - alive, 0) + 1.0) / (alive + 1.0)
    for without, living in (
        (own.hours - own_alive.hours, own_alive.hours),
        (own.days - own_alive.days, own_alive.days),
    ):
        expected = odds * (living + 2.0)
        if without + 1 > max(expected + 1.5 * np.sqrt(expected) + 0.5, 1.0):
            return True
    return False


@compiled_unlocked
def _too_many_of(
    table: CountArrays, reader: Reader, stratum: int, hour: int, daily: bool, least: float
) -> bool:
    """Whether one more reader of the article and of the stratum is implausible. A stratum that is named anew each day
    (`daily`) is compared with that day's readers.
    """
    own, of_site = _recent(table, reader.article, stratum, hour), _recent(table, SITE, stratum, hour)
    known, every = _recent(table, reader.article, KNOWN, hour), _recent(table, SITE, KNOWN, hour)
    if every.days - known.days < ENOUGH:
        return False
    if daily:
        share = upper_share(of_site.today - own.today, every.today - known.today)
    else:
        share = upper_share(of_site.days - own.days, every.days - known.days)
    return _beyond(own.hours, known.hours - own.hours, share, least) or _beyond(
        own.days, known.days - own.days, share, least
    )


@compiled_unlocked
def newcomer(table: CountArrays, reader: Reader, hour: int) -> int:
    """What a confirmed reader would be of whom nothing is known yet but a view: REGULAR, ALIKE or LIFELESS."""
    if not lively(table, reader.article, hour):
        return ALIKE if crowded(table, reader, hour) else REGULAR
    network, agent = NETWORKS + reader.network, AGENTS + reader.agent
    if reader.network and _too_many_of(table, reader, network, hour, True, FEW):
        return ALIKE
    if reader.agent != UNKNOWN_AGENT and _too_many_of(table, reader, agent, hour, False, FEW):
        return ALIKE
    return LIFELESS if too_many_lifeless(table, reader.article, hour) else REGULAR


@compiled_unlocked
def crowded(table: CountArrays, reader: Reader, hour: int) -> bool:
    """Whether one more reader of the network is implausible even of those who show life."""
    network = NETWORKS + reader.network
    return bool(reader.network and _too_many_of(table, reader, network, hour, True, CROWD))


@compiled_unlocked
def _add_to(table: CountArrays, article: int, reader: Reader, hour: int) -> None:
    _add(table, article, ALL, hour)
    if reader.network:
        _add(table, article, KNOWN, hour)
        _add(table, article, NETWORKS + reader.network, hour)
        _add(table, article, AGENTS + reader.agent, hour)


@compiled_unlocked
def note_reader(table: CountArrays, reader: Reader, hour: int) -> None:
    """Count a confirmed reader of an article."""
    _add_to(table, reader.article, reader, hour)
    _add_to(table, SITE, reader, hour)


@compiled_unlocked
def note_life(table: CountArrays, article: int, hour: int) -> None:
    """Count a reader of an article as one who showed life."""
    _add(table, article, ALIVE, hour)
    _add(table, SITE, ALIVE, hour)


ROWS: Final = 10
"""Rows that one entry of the log may add: `note_reader` and `note_life`."""


class ReaderCounts:
    """The counts behind the strata, of the newest two days."""

    def __init__(self) -> None:
        self.arrays: CountArrays
        self._fill(np.zeros(0, np.int64), np.zeros((0, 5), np.int32), 0)

    def reserve(self, extra: int) -> None:
        """Make room for `extra` more rows."""
        if 2 * (self.arrays.used[0] + extra) > len(self.arrays.keys):
            self._keep(self.arrays.keys != EMPTY, extra)

    def forget(self, day: int) -> None:
        """Drop what had no reader on `day` (since 1970) or later."""
        self._keep((self.arrays.keys != EMPTY) & (self.arrays.counts[:, NEWEST] >= 24 * day), 0)

    def _keep(self, chosen: BoolArray, extra: int) -> None:
        self._fill(self.arrays.keys[chosen], self.arrays.counts[chosen], extra)

    def _fill(self, keys: LongArray, counts: IntArray, extra: int) -> None:
        capacity = 1024
        while capacity < 3 * (len(keys) + extra):
            capacity *= 2
        room = CountArrays(
            np.zeros(capacity, np.int64), np.zeros((capacity, 5), np.int32), np.array([len(keys)])
        )
        room.counts[insert(room.keys, keys)] = counts
        self.arrays = room
