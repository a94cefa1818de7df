"""The composition of the front page: a pure function of articles, their readers and the time; and its inputs."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import cycle
from types import MappingProxyType
from typing import NamedTuple

from recirc.engine import Engine
from recirc.engine.front_page import FrontRules
from recirc.store.pins import LEADS
from recirc.text.slugs import slug
from recirc.types import Article, Window
from recirc.web.brands import Brands, Site
from recirc.web.lookups import listed_follow_ups
from recirc.web.page_responder import menu
from recirc.web.pictures import PictureGallery

PER_SECTION = {"feature": 4, "columns": 4, "headlines": 6, "portraits": 4}
"""Articles of a section, by its layout."""
IN_TURN = ("feature", "columns")
"""Layouts of the sections for which nobody chose one."""
CLUSTER = 3
"""Articles on the event of the top one that stand beneath it."""
NEWEST = max(PER_SECTION.values()) + LEADS + CLUSTER
"""Articles of a section that are looked at: enough for its part, even if all others stand above."""
CANDIDATES = 80
RESERVE = 30
"""Articles of the front page that would lead next, for editors to choose from."""
FRESH_HOURS = 12.0
"""Half-life of an article's weight, in hours: yesterday's news leads only if it is read a great deal."""


class FrontSection(NamedTuple):
    """One section's part of the front page, with the name of its layout; `compose` leaves the order of its articles."""

    section: str
    articles: tuple[Article, ...]
    layout: str = "columns"


class FrontPage(NamedTuple):
    """The front page: the leads, top one first, then the sections; `pinned` holds the ids of pinned articles.

    `cluster`: other articles on the event of the top one, the newest first.
    `latest`: the newest articles, the newest first, also those that stand elsewhere on the page.
    `reserve`: those that would lead next.
    """

    leads: tuple[Article, ...]
    blocks: tuple[FrontSection, ...]
    pinned: frozenset[str] = frozenset()
    latest: tuple[Article, ...] = ()
    reserve: tuple[Article, ...] = ()
    cluster: tuple[Article, ...] = ()


def compose(
    candidates: Sequence[Article],
    by_section: Mapping[str, Sequence[Article]],
    readers: Mapping[str, int],
    story: Callable[[str], Iterable[str]],
    now: float,
    pins: Mapping[int, Article] = MappingProxyType({}),
    follow_ups: Callable[[str], Iterable[Article]] = lambda _: (),
    layouts: Mapping[str, str] = MappingProxyType({}),
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
        follow_ups: the other articles on an article's event, the oldest first.
        layouts: name of each section's layout; of those that are left out columns.
    """
    take = _taker(story)
    reference = min(now, max((_time(article) for article in candidates), default=now))
    order = sorted(
        candidates, key=lambda article: (-weight(article, readers.get(article.id, 0), reference), article.id)
    )
    pinned = {place: article for place in sorted(pins) for article in take([pins[place]], 1)}
    first = () if 1 in pinned else take(order, 1)
    top = pinned.get(1) or next(iter(first), None)
    cluster = take(reversed([*follow_ups(top.id)]), CLUSTER) if top else ()
    leads = _placed(pinned, first + take(order, LEADS - len(pinned) - len(first)))
    usual = {section: layouts.get(section, "columns") for section in by_section}
    blocks = [
        FrontSection(section, take(by_section[section], PER_SECTION[layout]), layout)
        for section, layout in usual.items()
    ]
    return FrontPage(
        leads,
        tuple(block for block in blocks if block.articles),
        frozenset(article.id for article in pinned.values()),
        reserve=tuple(article for article in order if article not in leads)[:RESERVE],
        cluster=cluster,
    )


def _taker(story: Callable[[str], Iterable[str]]) -> Callable[[Iterable[Article], int], tuple[Article, ...]]:
    """What takes the first so many of some articles, none of a story of which it took one before."""
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

    return take


def with_picture(block: FrontSection, pictured: Callable[[Article], object]) -> FrontSection:
    """A section's part; one with a large picture begins with an article that has one, and there are columns without."""
    if block.layout != "feature":
        return block
    first = next((article for article in block.articles if pictured(article)), None)
    if first is None:
        return block._replace(layout="columns")
    others = [article for article in block.articles if article is not first]
    return block._replace(articles=(first, *others))


def layouts_of(sections: Iterable[str], chosen: Mapping[str, str], opinion: Iterable[str]) -> dict[str, str]:
    """The layout of each section, in the order of the page: the chosen one, portraits for opinion, else in turn.

    >>> layouts_of(["town", "opinion", "coast", "sport"], {"coast": "headlines"}, ["opinion"])
    {'town': 'feature', 'opinion': 'portraits', 'coast': 'headlines', 'sport': 'columns'}
    """
    turn, portraits = cycle(IN_TURN), dict.fromkeys(opinion, "portraits")
    usual = {**portraits, **chosen}
    return {section: usual.get(section) or next(turn) for section in sections}


def _placed(pinned: Mapping[int, Article], others: Sequence[Article]) -> tuple[Article, ...]:
    """The others in their order around the pinned articles, which move up if there are too few others."""
    left, placed = iter(others), list[Article]()
    for place in range(1, LEADS + 1):
        article = pinned.get(place) or next(left, None)
        if article is not None:
            placed.append(article)
    return tuple(placed)


def latest_of(candidates: Iterable[Article], now: float, most: int) -> tuple[Article, ...]:
    """The newest of some articles at `now` (seconds), newest first; neither undated ones nor future ones."""
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

    def __init__(self, engine: Engine, brands: Brands, rules: FrontRules, gallery: PictureGallery) -> None:
        self._engine = engine
        self._gallery = gallery
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
            section: engine.listing(section=section, limit=NEWEST, brand=site.key).articles
            for section in menu(engine, site)
        }
        listed = {article.id for articles in sections.values() for article in articles}
        hidden = self._rules.hidden(list(newest.keys() | listed), now)
        if places is None:
            places = {pin.place: pin.article for pin in self._rules.pins(now)}
        candidates = [article for article in newest.values() if article.id not in hidden]
        chosen = {slug(name): layout for name, layout in engine.settings.portal.layouts.items()}
        page = compose(
            candidates,
            {
                section: [article for article in articles if article.id not in hidden]
                for section, articles in sections.items()
            },
            readers,
            lambda article: [other.id for other in engine.story(article)],
            now / 1000,
            self._articles(site, places, now),
            lambda article: self._follow_ups(site, article, now),
            layouts_of(sections, {**chosen, **self._rules.layouts(now)}, engine.settings.portal.opinion),
        )
        # A picture may be named and not be there: not fetched yet, or refused.
        blocks = tuple(with_picture(block, self._gallery.lead) for block in page.blocks)
        latest = latest_of(candidates, now / 1000, engine.settings.portal.latest)
        return page._replace(blocks=blocks, latest=latest)

    def _follow_ups(self, site: Site, id_: str, now: int) -> list[Article]:
        """The other articles on an article's event that this newspaper's front page may show."""
        return listed_follow_ups(self._engine, id_, now, lambda each: self._brands.owns(site, each))

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
