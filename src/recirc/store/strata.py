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
from recirc.hash_table import mix
from recirc.store.hash_rows import HashRows, place_of
from recirc.types import LongArray

HOUR: Final = 3_600_000
ALL, ALIVE, KNOWN, ARRIVED, STRANGERS, LIVING_STRANGERS, SENT = range(7)
"""Confirmed readers who count, those who showed life, and readers who count whose network and browser are known;
confirmed and unconfirmed readers who arrived, whether they count or not; of these unconfirmed ones those who showed
life; and readers whom holders of keys sent, who showed life."""

KINDS: Final = 7

SAMPLED, SAMPLED_ALIVE, KEYED, KEYED_ALIVE = range(4)
"""Rows of `CountArrays.site`."""

SAMPLED_SHARE: Final = 0.25
"""How many readers without life an article may have on one with it, beside one, so that who comes next is sampled."""

BROWSERS: Final = 1 << 20
"""The stratum of the first browser, beyond the networks."""

ENOUGH: Final = 50
"""Readers of other articles from which on their shares mean something."""

EVEN: Final = 0.5
"""Largest share that is assumed because too few readers are known."""

FEW, CROWD, RANKED = 2.0, 250.0, 1.0
"""Readers of one network who are plausible of any article: of whom nothing is known (or with one browser), who showed
life (a school's), and who are ranked."""

DEVIATIONS: Final = 2.0

SURE: Final = 2.5
"""Standard deviations beyond which a whole group is in doubt."""

KEY_COLUMN, NEWEST, HOURS, DAYS = range(4)
LOW: Final = 0xFFFF_FFFF

REGULAR, ALIKE, LIFELESS = 0, 1, 2
"""What a further reader would be: as others, one of too many of a network or browser, one of too many without life."""


class CountArrays(NamedTuple):
    """What the loops need of `ReaderCounts`: rows of four numbers. The first is a key or nothing; then the hour (since
    1970) of the newest reader, readers of that hour and of the one before, of that day and of the one before, each pair
    in one number: 2**32 times the newer one, plus the older.

    Attributes:
        totals: int64 (KINDS · (articles + 1), 4): ALL, ALIVE … readers of the site, and of each article.
        site: int64 (4, 4): readers from whom it is learned how many show no life. SAMPLED are confirmed ones who came
            while few of their article's readers were without life, so that an attack is not learned from; KEYED those
            whom holders of keys sent; each with those of them who showed life.
        networks, agents: int64 (65,536, 4) and int64 (256, 4): readers of the site.
        shared: int64 (capacity, 4), of an article's stratum; see `HashRows`.
        used: int64 (1,): its number of keys.
    """

    totals: LongArray
    site: LongArray
    networks: LongArray
    agents: LongArray
    shared: LongArray
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
def _both(pair: int, age: int) -> int:
    """Sum of the two numbers of a pair that are still recent after so many hours or days."""
    return (pair >> 32) + (pair & LOW) if age == 0 else pair >> 32 if age == 1 else 0


@compiled_unlocked
def _recent(rows: LongArray, at: int, hour: int) -> _Recent:
    # No view of the row: making one costs as much as all that is done with it.
    hours, days = hour - rows[at, NEWEST], hour // 24 - rows[at, NEWEST] // 24
    of_days = rows[at, DAYS]
    return _Recent(_both(rows[at, HOURS], hours), _both(of_days, days), of_days >> 32 if days == 0 else 0)


@compiled_unlocked
def _recent_of(table: CountArrays, article: int, stratum: int, hour: int) -> _Recent:
    # The row of an absent key is empty.
    return _recent(table.shared, place_of(table.shared, mix(article, stratum)), hour)


@compiled_unlocked
def _aged(pair: int, age: int) -> int:
    """A pair after so many hours or days, with one reader more."""
    return (pair if age == 0 else pair >> 32 if age == 1 else 0) + (1 << 32)


@compiled_unlocked
def _add(rows: LongArray, at: int, hour: int) -> None:
    hours, days = hour - rows[at, NEWEST], hour // 24 - rows[at, NEWEST] // 24
    rows[at, HOURS], rows[at, DAYS] = _aged(rows[at, HOURS], hours), _aged(rows[at, DAYS], days)
    rows[at, NEWEST] = hour


@compiled_unlocked
def _add_to(table: CountArrays, article: int, stratum: int, hour: int) -> None:
    key = mix(article, stratum)
    at = place_of(table.shared, key)
    if table.shared[at, KEY_COLUMN] != key:
        table.shared[at, KEY_COLUMN] = key
        table.used[0] += 1
    _add(table.shared, at, hour)


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
def _keyed_are_known(table: CountArrays, hour: int) -> bool:
    """Whether enough readers whom holders of keys sent are known."""
    return bool(_recent(table.site, KEYED, hour).days >= ENOUGH)


@compiled_unlocked
def lively(table: CountArrays, article: int, hour: int) -> bool:
    """Whether readers of the other articles usually show life, so that its absence means something. Where few of them
    are known, those whom holders of keys sent are looked at instead.
    """
    totals, own = table.totals, KINDS * (article + 1)
    every = _recent(totals, ALL, hour).days - _recent(totals, own + ALL, hour).days
    alive = _recent(totals, ALIVE, hour).days - _recent(totals, own + ALIVE, hour).days
    if every < ENOUGH and _keyed_are_known(table, hour):
        every, alive = _recent(table.site, KEYED, hour).days, _recent(table.site, KEYED_ALIVE, hour).days
    return bool(every >= ENOUGH and 2 * alive >= every)


@compiled_unlocked
def odds_of_no_life(table: CountArrays, article: int, hour: int) -> float:
    """How many readers without life usually come on one with it: by the sample, by readers of the other articles who
    count, or by those whom holders of keys sent, the first of whom enough are known.
    """
    totals, own = table.totals, KINDS * (article + 1)
    every, alive = _recent(table.site, SAMPLED, hour).days, _recent(table.site, SAMPLED_ALIVE, hour).days
    if every < ENOUGH:
        every = _recent(totals, ALL, hour).days - _recent(totals, own + ALL, hour).days
        alive = _recent(totals, ALIVE, hour).days - _recent(totals, own + ALIVE, hour).days
    if every < ENOUGH and _keyed_are_known(table, hour):
        every, alive = _recent(table.site, KEYED, hour).days, _recent(table.site, KEYED_ALIVE, hour).days
    return float((max(every - alive, 0) + 1.0) / (alive + 1.0))


@compiled_unlocked
def most_plausible(expected: float) -> float:
    """How many are plausible together where so many are expected: with a Poisson count, more come in one case of a
    hundred.

    >>> [round(most_plausible(expected), 1) for expected in (0.0, 0.1, 1.0, 4.0, 100.0)]
    [1.0, 1.9, 4.5, 10.0, 126.0]
    """
    return float(expected + SURE * np.sqrt(expected) + 1.0)


@compiled_unlocked
def too_many_lifeless(table: CountArrays, article: int, hour: int, coming: int) -> bool:
    """Whether it is implausible that so many readers of an article show no life, with `coming` more: all who arrived,
    counted or not, so that of a crowd without life nobody counts.

    Where `coming` is 0 it is asked afterwards, of those of whom nothing was heard. At once, of whom nothing can have
    been heard yet, only as many count as are to be expected: who stays counts within seconds anyhow.
    """
    totals, first = table.totals, KINDS * (article + 1)
    arrived, own = _recent(totals, first + ARRIVED, hour), _recent(totals, first + ALIVE, hour)
    odds = odds_of_no_life(table, article, hour)
    of_hours, of_days = odds * (own.hours + 1.0), odds * (own.days + 1.0)
    if coming:
        return bool(
            arrived.hours + coming - own.hours > of_hours or arrived.days + coming - own.days > of_days
        )
    return bool(
        arrived.hours - own.hours > most_plausible(of_hours)
        or arrived.days - own.days > most_plausible(of_days)
    )


@compiled_unlocked
def too_many_strangers(table: CountArrays, article: int, hour: int, usual: float, with_sent: bool) -> bool:
    """Whether it is implausible that so many unconfirmed readers of an article arrived beside its confirmed ones, and,
    `with_sent`, beside those whom holders of keys sent; `usual`: how many come on one such reader of other articles.
    """
    first = KINDS * (article + 1)
    arrived = _recent(table.totals, first + STRANGERS, hour)
    own, sent = _recent(table.totals, first + ALL, hour), _recent(table.totals, first + SENT, hour)
    of_hours, of_days = own.hours + 1.0, own.days + 1.0
    if with_sent:
        of_hours, of_days = of_hours + sent.hours, of_days + sent.days
    return bool(
        arrived.hours > most_plausible(usual * of_hours) or arrived.days > most_plausible(usual * of_days)
    )


@compiled_unlocked
def too_many_lifeless_strangers(table: CountArrays, article: int, hour: int) -> bool:
    """Whether it is implausible that so many unconfirmed readers of an article show no life beside those who do."""
    first = KINDS * (article + 1)
    arrived = _recent(table.totals, first + STRANGERS, hour)
    alive = _recent(table.totals, first + LIVING_STRANGERS, hour)
    odds = odds_of_no_life(table, article, hour)
    return bool(
        arrived.hours - alive.hours > most_plausible(odds * (alive.hours + 1.0))
        or arrived.days - alive.days > most_plausible(odds * (alive.days + 1.0))
    )


@compiled_unlocked
def _too_many_of(table: CountArrays, reader: Reader, of_network: bool, hour: int, least: float) -> bool:
    """Whether one more reader of the article is implausible in the reader's network, or with the reader's browser.
    Networks are named anew each day, and so compared with that day's readers.
    """
    own_known = _recent(table.totals, KINDS * (reader.article + 1) + KNOWN, hour)
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
    return LIFELESS if too_many_lifeless(table, reader.article, hour, 1) else REGULAR


@compiled_unlocked
def crowded(table: CountArrays, reader: Reader, hour: int) -> bool:
    """Whether one more reader of the network is implausible even of those who show life."""
    return bool(reader.network and _too_many_of(table, reader, True, hour, CROWD))


@compiled_unlocked
def unranked(table: CountArrays, reader: Reader, hour: int) -> bool:
    """Whether one more reader of the network, who counts, is more than the article's other readers make plausible."""
    return bool(reader.network and _too_many_of(table, reader, True, hour, RANKED))


@compiled_unlocked
def note_reader(table: CountArrays, reader: Reader, hour: int) -> None:
    """Count a confirmed reader of an article."""
    _add(table.totals, KINDS * (reader.article + 1) + ALL, hour)
    _add(table.totals, ALL, hour)
    _note_origin(table, reader, hour)


@compiled_unlocked
def _note_origin(table: CountArrays, reader: Reader, hour: int) -> None:
    own = KINDS * (reader.article + 1)
    if reader.network:
        _add(table.totals, own + KNOWN, hour)
        _add(table.totals, KNOWN, hour)
        _add(table.networks, reader.network, hour)
        _add(table.agents, reader.agent, hour)
        _add_to(table, reader.article, reader.network, hour)
        _add_to(table, reader.article, BROWSERS + reader.agent, hour)


@compiled_unlocked
def note_arrival(table: CountArrays, article: int, confirmed: bool, hour: int) -> bool:
    """Note that a reader of an article arrived who may count or not; whether it is a sample of the site's readers."""
    first = KINDS * (article + 1)
    sampled = False
    if confirmed:
        # Of the running day alone: after a restart no more is known of it either.
        alive = _recent(table.totals, first + ALIVE, hour).today
        lifeless = _recent(table.totals, first + ARRIVED, hour).today - alive
        sampled = lifeless <= 1.0 + SAMPLED_SHARE * alive
        if sampled:
            _add(table.site, SAMPLED, hour)
    _add(table.totals, first + (ARRIVED if confirmed else STRANGERS), hour)
    return sampled


@compiled_unlocked
def note_life(table: CountArrays, article: int, sampled: bool, hour: int) -> None:
    """Count a reader of an article as one who showed life."""
    _add(table.totals, KINDS * (article + 1) + ALIVE, hour)
    _add(table.totals, ALIVE, hour)
    if sampled:
        _add(table.site, SAMPLED_ALIVE, hour)


@compiled_unlocked
def note_living_stranger(table: CountArrays, article: int, hour: int) -> None:
    """Count an unconfirmed reader of an article as one who showed life."""
    _add(table.totals, KINDS * (article + 1) + LIVING_STRANGERS, hour)


@compiled_unlocked
def note_keyed(table: CountArrays, hour: int) -> None:
    """Count a reader whom the holder of a key sent."""
    _add(table.site, KEYED, hour)


@compiled_unlocked
def note_life_of_keyed(table: CountArrays, reader: Reader, hour: int) -> None:
    """Count a reader whom the holder of a key sent as one who showed life."""
    _add(table.site, KEYED_ALIVE, hour)
    _add(table.totals, KINDS * (reader.article + 1) + SENT, hour)
    _note_origin(table, reader, hour)


class ReaderCounts:
    """The counts behind the strata, of the newest two days."""

    def __init__(self) -> None:
        used: LongArray = np.zeros(1, np.int64)
        self._shared = HashRows(4, used)
        self._totals: LongArray = np.zeros((KINDS, 4), np.int64)
        self._site: LongArray = np.zeros((4, 4), np.int64)
        self._networks: LongArray = np.zeros((1 << 16, 4), np.int64)
        self._agents: LongArray = np.zeros((1 << 8, 4), np.int64)

    @property
    def arrays(self) -> CountArrays:
        """The arrays as they are until one of the other methods is called."""
        shared = self._shared
        return CountArrays(self._totals, self._site, self._networks, self._agents, shared.rows, shared.used)

    def reserve_articles(self, size: int) -> None:
        """Have room for the articles of so many indices."""
        missing = KINDS * (size + 1) - len(self._totals)
        if missing > 0:
            room = max(missing, len(self._totals) // 2)
            self._totals = np.pad(self._totals, ((0, room), (0, 0)))

    def grow(self) -> None:
        """Make room for more strata if there is little."""
        self._shared.grow()

    def forget(self, day: int) -> None:
        """Drop what had no reader on `day` (since 1970) or later."""
        self._shared.keep(self._shared.rows[:, NEWEST] >= 24 * day)
