"""What shelves did in the last day: clicks by impression, what they showed and what was read, and what nobody saw."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from recirc.engine.article_cache import ArticleCache
from recirc.engine.day_log import SlotRows, read_day, seen_once
from recirc.engine.reading_sums import wilson
from recirc.engine.shown_shares import Reading
from recirc.settings.days import DAY
from recirc.state.exposure import SHOWN
from recirc.state.state import State
from recirc.store.sqlite import SqliteStore
from recirc.text.slugs import key, slug
from recirc.types import SHELF_NUMBERS, Article, BoolArray, FloatArray, LongArray

HOUR: Final = 3_600_000
NEW_DAYS: Final = 7
"""Articles of so many days are expected to be seen on some shelf."""
MOST_PLACES: Final = 12
MOST_GROUPS: Final = 12
MOST_UNSEEN: Final = 25


class ClickRate(NamedTuple):
    """Clicks per impression, with a 95 % interval; `name`: the place on a shelf, or the shelf."""

    name: str
    shown: int
    clicked: int
    low: float
    high: float

    @property
    def rate(self) -> float | None:
        """Clicks per impression; None: nothing was shown."""
        return self.clicked / self.shown if self.shown else None


class ShelfAtWork(NamedTuple):
    """One shelf.

    Attributes:
        total, places: clicks per impression, in all and by place.
        articles: number of articles that were seen on it; `coverage`: as a share of those of NEW_DAYS or seen.
        age: hours, the median of what was seen; None: no article has a date.
    """

    total: ClickRate
    places: tuple[ClickRate, ...]
    articles: int
    coverage: float
    age: float | None


class GroupShares(NamedTuple):
    """A section or topic: its share of what shelves showed, of what was read, and of what was published that day."""

    name: str
    shown: float
    read: float
    published: float


class ShelvesAtWork(NamedTuple):
    """The shelves in a day.

    Attributes:
        shelves: those that were seen.
        sections, topics: the most shown and read.
        unseen: the newest articles of NEW_DAYS that no reader ever saw on a shelf; `unseen_number`: how many there
            are of `recent`, all articles of these days.
        stride: one reader in so many was looked at.
    """

    shelves: tuple[ShelfAtWork, ...]
    sections: tuple[GroupShares, ...]
    topics: tuple[GroupShares, ...]
    unseen: tuple[Article, ...]
    unseen_number: int
    recent: int
    stride: int


def shelves_at_work(store: SqliteStore, reading: Reading, articles: ArticleCache, now: int) -> ShelvesAtWork:
    """The shelves in the day before `now` (ms). It reads a day of the log: for threads. Raises StoreError."""
    since = now - DAY
    log = read_day(store, store.offset_at(since), since, now, lambda *_: None, seen_once)
    with reading() as state:
        size = state.size
        recent = state.catalogue.live() & (state.catalogue.published[:size] >= now - NEW_DAYS * DAY)
        unseen = np.flatnonzero(recent & ~_ever_seen(state))
        published, section = (
            state.catalogue.published[:size].copy(),
            state.catalogue.section[:size, None].copy(),
        )
        topics, fresh = state.catalogue.topics[:size].copy(), recent & (published >= since)
    seen, clicked, viewed = (rows.select(rows.article < size) for rows in log[:3])
    weights = [np.bincount(rows.article, minlength=size).astype(np.float64) for rows in (seen, viewed)]
    weights.append(fresh.astype(np.float64))
    newest = unseen[np.argsort(-published[unseen], kind="stable")][:MOST_UNSEEN].tolist()
    return ShelvesAtWork(
        tuple(_shelf(number, seen, clicked, published, recent) for number in np.unique(seen.shelf).tolist()),
        _shares(articles, section, weights, lambda article: (article.section,)),
        _shares(articles, topics, weights, lambda article: article.topics),
        tuple(each.article for each in articles.get(newest) if each is not None and each.article is not None),
        len(unseen),
        int(recent.sum()),
        log.stride,
    )


def _ever_seen(state: State) -> BoolArray:
    """Whether anybody ever saw an article on a shelf, bool (n_articles,)."""
    found: BoolArray = np.zeros(state.size, bool)
    shown = state.exposure.articles[: state.size].reshape(len(state.exposure.articles[: state.size]), -1, 2)
    found[: len(shown)] = shown[:, :, SHOWN].any(axis=1)
    return found


def _shelf(
    number: int, seen: SlotRows, clicked: SlotRows, published: LongArray, recent: BoolArray
) -> ShelfAtWork:
    name = next((name for name, known in SHELF_NUMBERS.items() if known == number), f"shelf {number}")
    own, opened = seen.select(seen.shelf == number), clicked.select(clicked.shelf == number)
    shown, clicks = (
        np.bincount(np.minimum(rows.position, MOST_PLACES - 1), minlength=MOST_PLACES)
        for rows in (own, opened)
    )
    dated = published[own.article] >= 0
    ages = (own.time - published[own.article])[dated] / HOUR
    there = np.unique(own.article)
    possible = recent.copy()
    possible[there] = True
    return ShelfAtWork(
        _rate(name, int(shown.sum()), int(clicks.sum())),
        tuple(
            _rate(
                f"{place + 1}{'+' if place == MOST_PLACES - 1 else ''}", int(shown[place]), int(clicks[place])
            )
            for place in np.flatnonzero(shown).tolist()
        ),
        len(there),
        len(there) / int(possible.sum()),
        float(np.median(ages)) if len(ages) else None,
    )


def _rate(name: str, shown: int, clicked: int) -> ClickRate:
    return ClickRate(name, shown, clicked, *wilson(clicked, shown))


def _shares(
    articles: ArticleCache,
    keys: LongArray,
    weights: Sequence[FloatArray],
    named: Callable[[Article], Sequence[str]],
) -> tuple[GroupShares, ...]:
    """The shares of groups, the greatest first.

    Args:
        articles: tells the names of groups.
        keys: int64 (n_articles, k): keys of the groups of each article; 0: none.
        weights: float64 (n_articles,), three times: shown, read, published.
        named: the names of an article's groups.
    """
    known, place = np.unique(keys, return_inverse=True)
    place = place.reshape(keys.shape)
    sums = np.array(
        [
            np.bincount(place.ravel(), np.repeat(weight, keys.shape[1]), minlength=len(known))
            for weight in weights
        ]
    )
    totals = np.maximum([[weight.sum()] for weight in weights], 1.0)
    shares = np.where(known == 0, 0.0, sums / totals)
    order = np.argsort(-(shares[0] + shares[1]), kind="stable")[:MOST_GROUPS]
    chosen = [int(each) for each in order if shares[:2, each].any()]
    examples = [int(np.flatnonzero((place == each).any(axis=1))[-1]) for each in chosen]
    found = []
    for each, kept in zip(chosen, articles.get(examples), strict=True):
        names = named(kept.article) if kept is not None and kept.article is not None else ()
        name = next((name for name in names if key(slug(name)) == known[each]), "")
        if name:
            found.append(GroupShares(name, *shares[:, each].tolist()))
    return tuple(found)
