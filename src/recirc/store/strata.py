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
from recirc.types import BoolArray, IntArray, LongArray

HOUR: Final = 3_600_000
ALL, ALIVE, KNOWN = range(3)
"""All confirmed readers, those who showed life, and those whose network and browser are known."""

BROWSERS: Final = 1 << 20
"""The stratum of the first browser, beyond the networks."""

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
    """What the loops need of `ReaderCounts`; c is the capacity, a power of two. The last axis: hour (since 1970) of the
    newest reader; readers of that hour and of the one before, of that day and of the one before.

    Attributes:
        totals: int32 (3 · (articles + 1), 5): ALL, ALIVE and KNOWN readers of the site, and of each article.
        networks, agents: int32 (65,536, 5) and int32 (256, 5): readers of the site.
        keys: int64 (c,), EMPTY or the hash of article and stratum.
        counts: int32 (c, 5), of an article's stratum.
        used: int64 (1,): number of keys.
    """

    totals: IntArray
    networks: IntArray
    agents: IntArray
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
def _recent(rows: IntArray, at: int, hour: int) -> _Recent:
    # No view of the row: making one costs as much as all that is done with it.
    hours, days = hour - rows[at, NEWEST], hour // 24 - rows[at, NEWEST] // 24
    # One type on all paths, else some versions of numba cannot tell the type of the result.
    this_hour, this_day = int(np.int64(rows[at, THIS_HOUR])), int(np.int64(rows[at, THIS_DAY]))
    return _Recent(
        this_hour + rows[at, LAST_HOUR] if hours == 0 else this_hour if hours == 1 else 0,
        this_day + rows[at, LAST_DAY] if days == 0 else this_day if days == 1 else 0,
        this_day if days == 0 else 0,
    )


@compiled_unlocked
def _recent_of(table: CountArrays, article: int, stratum: int, hour: int) -> _Recent:
    key = mix(article, stratum)
    at = find(table.keys, key)
    return _recent(table.counts, at, hour) if table.keys[at] == key else _Recent(0, 0, 0)


@compiled_unlocked
def _add(rows: IntArray, at: int, hour: int) -> None:
    hours, days = hour - rows[at, NEWEST], hour // 24 - rows[at, NEWEST] // 24
    if hours:
        rows[at, LAST_HOUR] = rows[at, THIS_HOUR] if hours == 1 else 0
        rows[at, THIS_HOUR] = 0
    if days:
        rows[at, LAST_DAY] = rows[at, THIS_DAY] if days == 1 else 0
        rows[at, THIS_DAY] = 0
    rows[at, NEWEST] = hour
    rows[at, THIS_HOUR] += 1
    rows[at, THIS_DAY] += 1


@compiled_unlocked
def _add_to(table: CountArrays, article: int, stratum: int, hour: int) -> None:
    key = mix(article, stratum)
    at = find(table.keys, key)
    if table.keys[at] != key:
        table.keys[at] = key
        table.used[0] += 1
        for column in range(5):
            table.counts[at, column] = 0
    _add(table.counts, at, hour)


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
    totals, own = table.totals, 3 * (article + 1)
    every = _recent(totals, ALL, hour).days - _recent(totals, own + ALL, hour).days
    alive = _recent(totals, ALIVE, hour).days - _recent(totals, own + ALIVE, hour).days
    return bool(every >= ENOUGH and 2 * alive >= every)


@compiled_unlocked
def too_many_lifeless(table: CountArrays, article: int, hour: int, slack: float) -> bool:
    """Whether one more reader of whom nothing is heard but the view is implausible; `slack` is added to what is not.

    Where nearly all show life, which takes a few seconds, it is implausible of the first reader of an article that few
    read: one reader there is several places in the ranking of the hour.
    """
    totals, first = table.totals, 3 * (article + 1)
    own, own_alive = _recent(totals, first + ALL, hour), _recent(totals, first + ALIVE, hour)
    every = _recent(totals, ALL, hour).days - own.days
    alive = _recent(totals, ALIVE, hour).days - own_alive.days
    odds = (max(every - alive, 0) + 1.0) / (alive + 1.0)
    return _beyond_odds(own.hours - own_alive.hours, own_alive.hours, odds, slack) or _beyond_odds(
        own.days - own_alive.days, own_alive.days, odds, slack
    )


@compiled_unlocked
def _beyond_odds(lifeless: int, alive: int, odds: float, slack: float) -> bool:
    expected = odds * (alive + 2.0)
    return bool(lifeless + 1 > expected + 1.5 * np.sqrt(expected) + slack)


@compiled_unlocked
def _too_many_of(table: CountArrays, reader: Reader, of_network: bool, hour: int, least: float) -> bool:
    """Whether one more reader of the article is implausible in the reader's network, or with the reader's browser.
    Networks are named anew each day, and so compared with that day's readers.
    """
    own_known = _recent(table.totals, 3 * (reader.article + 1) + KNOWN, hour)
    every = _recent(table.totals, KNOWN, hour)
    if every.days - own_known.days < ENOUGH:
        return False
    if of_network:
        own = _recent_of(table, reader.article, reader.network, hour)
        of_site = _recent(table.networks, reader.network, hour)
        share = upper_share(of_site.today - own.today, every.today - own_known.today)
    else:
        own = _recent_of(table, reader.article, BROWSERS + reader.agent, hour)
        of_site = _recent(table.agents, reader.agent, hour)
        share = upper_share(of_site.days - own.days, every.days - own_known.days)
    return _beyond(own.hours, own_known.hours - own.hours, share, least) or _beyond(
        own.days, own_known.days - own.days, share, least
    )


@compiled_unlocked
def newcomer(table: CountArrays, reader: Reader, hour: int) -> int:
    """What a confirmed reader would be of whom nothing is known yet but a view: REGULAR, ALIKE or LIFELESS."""
    if not lively(table, reader.article, hour):
        return ALIKE if crowded(table, reader, hour) else REGULAR
    if reader.network and (
        _too_many_of(table, reader, True, hour, FEW) or _too_many_of(table, reader, False, hour, FEW)
    ):
        return ALIKE
    return LIFELESS if too_many_lifeless(table, reader.article, hour, 0.0) else REGULAR


@compiled_unlocked
def crowded(table: CountArrays, reader: Reader, hour: int) -> bool:
    """Whether one more reader of the network is implausible even of those who show life."""
    return bool(reader.network and _too_many_of(table, reader, True, hour, CROWD))


@compiled_unlocked
def note_reader(table: CountArrays, reader: Reader, hour: int) -> None:
    """Count a confirmed reader of an article."""
    own = 3 * (reader.article + 1)
    _add(table.totals, own + ALL, hour)
    _add(table.totals, ALL, hour)
    if reader.network:
        _add(table.totals, own + KNOWN, hour)
        _add(table.totals, KNOWN, hour)
        _add(table.networks, reader.network, hour)
        _add(table.agents, reader.agent, hour)
        _add_to(table, reader.article, reader.network, hour)
        _add_to(table, reader.article, BROWSERS + reader.agent, hour)


@compiled_unlocked
def note_life(table: CountArrays, article: int, hour: int) -> None:
    """Count a reader of an article as one who showed life."""
    _add(table.totals, 3 * (article + 1) + ALIVE, hour)
    _add(table.totals, ALIVE, hour)


ROWS: Final = 2
"""Keys that one entry of the log may add: `note_reader`."""


class ReaderCounts:
    """The counts behind the strata, of the newest two days."""

    def __init__(self) -> None:
        self.arrays = CountArrays(
            np.zeros((3, 5), np.int32),
            np.zeros((1 << 16, 5), np.int32),
            np.zeros((1 << 8, 5), np.int32),
            np.zeros(1024, np.int64),
            np.zeros((1024, 5), np.int32),
            np.zeros(1, np.int64),
        )

    def reserve_articles(self, size: int) -> None:
        """Have room for the articles of so many indices."""
        missing = 3 * (size + 1) - len(self.arrays.totals)
        if missing > 0:
            room = max(missing, len(self.arrays.totals) // 2)
            totals = np.pad(self.arrays.totals, ((0, room), (0, 0)))
            self.arrays = self.arrays._replace(totals=totals)

    def reserve(self, extra: int) -> None:
        """Make room for `extra` more keys."""
        if 2 * (self.arrays.used[0] + extra) > len(self.arrays.keys):
            self._keep(self.arrays.keys != EMPTY, extra)

    def forget(self, day: int) -> None:
        """Drop what had no reader on `day` (since 1970) or later."""
        self._keep((self.arrays.keys != EMPTY) & (self.arrays.counts[:, NEWEST] >= 24 * day), 0)

    def _keep(self, chosen: BoolArray, extra: int) -> None:
        keys, counts = self.arrays.keys[chosen], self.arrays.counts[chosen]
        capacity = 1024
        while capacity < 3 * (len(keys) + extra):
            capacity *= 2
        room, held = np.zeros(capacity, np.int64), np.zeros((capacity, 5), np.int32)
        held[insert(room, keys)] = counts
        self.arrays = self.arrays._replace(keys=room, counts=held, used=np.array([len(keys)]))
