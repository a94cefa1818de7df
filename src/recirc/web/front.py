"""The composition of the front page: a pure function of articles, their readers and the time; and its inputs."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from recirc.engine import Engine
from recirc.engine.front_page import FrontRules
from recirc.store.pins import LEADS
from recirc.types import Article, Window
from recirc.web.brands import Brands, Site
from recirc.web.page_responder import menu

PER_SECTION = 4
CANDIDATES = 80
RESERVE = 30
"""Articles of the front page that would lead next, for editors to choose from."""
FRESH_HOURS = 12.0
"""Half-life of an article's weight, in hours: yesterday's news leads only if it is read a great deal."""


class FrontSection(NamedTuple):
    """One section's part of the front page."""

    section: str
    articles: tuple[Article, ...]


class FrontPage(NamedTuple):
    """The front page: the leads, top one first, then the sections; `pinned` holds the ids of pinned articles.

    `latest`: the newest articles, the newest first, also those that stand elsewhere on the page.
    `reserve`: those that would lead next.
    """

    leads: tuple[Article, ...]
    blocks: tuple[FrontSection, ...]
    pinned: frozenset[str] = frozenset()
    latest: tuple[Article, ...] = ()
    reserve: tuple[Article, ...] = ()


def compose(
    candidates: Sequence[Article],
    by_section: Mapping[str, Sequence[Article]],
    readers: Mapping[str, int],
    story: Callable[[str], Iterable[str]],
    now: float,
    pins: Mapping[int, Article] = MappingProxyType({}),
    most_latest: int = 0,
) -> FrontPage:
    """Arrange the front page, on which each story appears once, and perhaps once more among the latest.

    Args:
        candidates: the articles that may lead.
        by_section: the newest articles of each section, in the order of the menu.
        readers: distinct readers of the day, by article.
        story: ids of the other articles of an article's story.
        now: seconds since 1970; if all articles are older, the time of the newest one is used instead, so that an
            archive has a front page too.
        pins: articles that editors pinned among the leads, by place; the first is 1.
        most_latest: largest number of the latest.
    """
    taken: set[str] = set()

    def take(articles: Iterable[Article], most: int) -> tuple[Article, ...]:
        chosen: list[Article] = []
        for article in articles:
            if len(chosen) == most:
                break
            if article.id not in taken:
                taken.update((article.id, *story(article.id)))
                chosen.append(article)
        return tuple(chosen)

    reference = min(now, max((_time(article) for article in candidates), default=now))
    order = sorted(
        candidates, key=lambda article: (-weight(article, readers.get(article.id, 0), reference), article.id)
    )
    pinned = {place: article for place in sorted(pins) for article in take([pins[place]], 1)}
    leads = _placed(pinned, take(order, LEADS - len(pinned)))
    blocks = [FrontSection(section, take(articles, PER_SECTION)) for section, articles in by_section.items()]
    return FrontPage(
        leads,
        tuple(block for block in blocks if block.articles),
        frozenset(article.id for article in pinned.values()),
        _latest(candidates, now, most_latest),
        tuple(article for article in order if article not in leads)[:RESERVE],
    )


def _placed(pinned: Mapping[int, Article], others: Sequence[Article]) -> tuple[Article, ...]:
    """The others in their order around the pinned articles, which move up if there are too few others."""
    left, placed = iter(others), list[Article]()
    for place in range(1, LEADS + 1):
        article = pinned.get(place) or next(left, None)
        if article is not None:
            placed.append(article)
    return tuple(placed)


def _latest(candidates: Iterable[Article], now: float, most: int) -> tuple[Article, ...]:
    dated = [article for article in candidates if article.published and _time(article) <= now]
    return tuple(sorted(dated, key=lambda article: (-_time(article), article.id))[:most])


def weight(article: Article, readers: int, now: float) -> float:
    """The weight by which articles are chosen to lead: (1 + ln(1 + readers)) · 2^(-age / FRESH_HOURS).

    >>> from datetime import UTC, datetime
    >>> from recirc.types import Article
    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> article = Article(id="a", headline="A", published=noon)
    >>> weight(article, 0, noon.timestamp())
    1.0
    >>> weight(article, 0, noon.timestamp() + 12 * 3600)
    0.5
    """
    age = max(0.0, now - _time(article)) / 3600
    return float((1 + math.log1p(readers)) * 0.5 ** min(age / FRESH_HOURS, 1000))


def _time(article: Article) -> float:
    return article.published.timestamp() if article.published else 0.0


class FrontComposer:
    """Composes the front pages of newspapers from the engine's articles, by the editors' rules."""

    def __init__(self, engine: Engine, brands: Brands, rules: FrontRules) -> None:
        self._engine = engine
        self._brands = brands
        self._rules = rules

    def page(self, site: Site, now: int, places: Mapping[int, str] | None = None) -> FrontPage:
        """The front page of a newspaper at `now` (ms).

        Args:
            places: ids of articles by their places, instead of those that are pinned; None: those.

        Raises:
            StoreError: the store cannot be read.
        """
        engine = self._engine
        ranking = engine.ranking(section=None, window=Window.DAY, slots=50, now=now, brand=site.key)
        readers = {
            item.article: (item.counts.window_readers or 0) if item.counts else 0 for item in ranking.items
        }
        newest = {
            article.id: article for article in engine.listing(limit=CANDIDATES, brand=site.key).articles
        }
        for item in ranking.items:
            if item.article not in newest and (stored := engine.article(item.article)) and stored.article:
                newest[item.article] = stored.article
        sections = {
            section: engine.listing(section=section, limit=12, brand=site.key).articles
            for section in menu(engine, site)
        }
        listed = {article.id for articles in sections.values() for article in articles}
        hidden = self._rules.hidden(list(newest.keys() | listed), now)
        if places is None:
            places = {pin.place: pin.article for pin in self._rules.pins(now)}
        return compose(
            [article for article in newest.values() if article.id not in hidden],
            {
                section: [article for article in articles if article.id not in hidden]
                for section, articles in sections.items()
            },
            readers,
            lambda article: [other.id for other in engine.story(article)],
            now / 1000,
            self._articles(site, places, now),
            engine.settings.portal.latest,
        )

    def _articles(self, site: Site, places: Mapping[int, str], now: int) -> dict[int, Article]:
        """The articles by place: those of this newspaper that are still published, and that no rule forbids."""
        found: dict[int, Article] = {}
        forbidden = self._rules.forbidden(list(places.values()), now)
        for place, id_ in places.items():
            stored = self._engine.article(id_)
            if id_ in forbidden or stored is None or stored.withdrawn or stored.article is None:
                continue
            if self._brands.owns(site, stored.article):
                found[place] = stored.article
        return found
