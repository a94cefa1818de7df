"""The pages that people read."""

import re
from typing import Any

from litestar import Response

from recirc.engine import Engine
from recirc.portal.front import FrontPage, compose
from recirc.portal.summaries import summary_of
from recirc.portal.timeline import timeline
from recirc.provenance.attribution import attribution
from recirc.shelves.ranking import Ranking
from recirc.store.pins import Pins
from recirc.types import Article, Request, Window
from recirc.web import problems, structured_data
from recirc.web.brands import Site
from recirc.web.caching import moving, shared
from recirc.web.explanations import explained
from recirc.web.incoming import Clock, Incoming, tail
from recirc.web.links import (
    ADDRESS,
    article_path,
    section_path,
    section_title,
)
from recirc.web.lookups import known
from recirc.web.page_responder import PageResponder, menu
from recirc.web.paging import HOME, Breadcrumb
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer

CANDIDATES = 80


class PortalPages:
    """The handlers of the front page, of an article, and of how it works."""

    def __init__(
        self, engine: Engine, look: TemplateRenderer, pages: PageResponder, pins: Pins, clock: Clock
    ) -> None:
        self._engine = engine
        self._pages = pages
        self._pins = pins
        self._look = look
        self._clock = clock

    def front(self, request: Incoming) -> Response[bytes]:
        """GET /."""
        now, face = self._clock(), self._pages.face(request)
        wanted = Request(window=Window.DAY, published_only=True, brand=face.key)
        ranking = self._engine.shelves(wanted, now).shelves[Ranking.name]
        return self._pages.page(
            request,
            "front.html",
            path="/",
            front=self._front(face, now),
            ranking=ranking,
            moving=moving(ranking),
        )

    def _front(self, face: Site, now: int) -> FrontPage:
        engine = self._engine
        ranking = engine.ranking(section=None, window=Window.DAY, slots=50, now=now, brand=face.key)
        readers = {
            item.article: (item.counts.window_readers or 0) if item.counts else 0 for item in ranking.items
        }
        newest = {
            article.id: article for article in engine.listing(limit=CANDIDATES, brand=face.key).articles
        }
        for item in ranking.items:
            if item.article not in newest and (stored := engine.article(item.article)) and stored.article:
                newest[item.article] = stored.article
        return compose(
            list(newest.values()),
            {
                section: engine.listing(section=section, limit=12, brand=face.key).articles
                for section in menu(engine, face)
            },
            readers,
            lambda article: [other.id for other in engine.story(article)],
            now / 1000,
            self._pinned(face, now),
        )

    def _pinned(self, face: Site, now: int) -> dict[int, Article]:
        """What editors put on this newspaper's front page, by place: of its own articles, those that still stand."""
        found: dict[int, Article] = {}
        for pin in self._pins.all(now):
            stored = self._engine.article(pin.article)
            if stored is None or stored.withdrawn or stored.article is None:
                continue
            if self._look.brands.holds(face, stored.article):
                found[pin.place] = stored.article
        return found

    def article(self, request: Incoming) -> Response[bytes]:
        """GET /article/{id}, /from/{address} and /article?id=…"""
        path = request.scope["path"]
        if path == "/article":
            article_id = request.query_params.get("id", "")
        elif path.startswith("/from/"):
            article_id = ADDRESS + tail(request, "/from/")
        else:
            article_id = tail(request, "/article/")
        stored = known(self._engine, article_id)
        now, face, brands = self._clock(), self._pages.face(request), self._look.brands
        home, published = face, stored.article is not None
        if stored.article is not None:
            home = brands.home(face, stored.article)
            if not brands.cross and not brands.holds(face, stored.article):
                return self._elsewhere(stored.article, home)
        wanted = Request(
            article=stored.id,
            personalised=False,
            published_only=published,
            brand=brands.within(request, Request()),
        )
        slate = self._engine.shelves(wanted, now)
        path = article_path(stored.id)
        beside: dict[str, Any] = {"slate": slate, "source": stored.id, "path": path, "article_id": stored.id}
        if stored.article is None:
            return self._pages.page(request, "unpublished.html", etag=False, **beside)
        article = stored.article
        base = self._pages.base(request)
        summary = summary_of(article)
        story = self._engine.story(stored.id)
        first = attribution(article, story)
        return self._pages.page(
            request,
            "article.html",
            moving=moving(slate),
            crumbs=(
                HOME,
                Breadcrumb(section_title(article.section), section_path(article.section)),
                Breadcrumb(article.headline, path),
            ),
            article=article,
            first=first,
            summary=summary,
            counts=self._engine.counts(stored.id, now),
            canonical=(home.url or base if home is not face else base) + path,
            minutes=minutes_of(article),
            reactions=self._reactions(stored.id),
            story=story,
            told=timeline((article, *story), ()) if story else (),
            shares=structured_data.shares(article.headline, base + path),
            machine=(
                structured_data.news_article(article, base, face.name, self._logo(face), summary, first),
            ),
            **beside,
        )

    def _logo(self, face: Site) -> str:
        return self._look.asset_path(face.logo.asset if face.logo else "icon.svg")

    def _elsewhere(self, article: Article, home: Site) -> Response[bytes]:
        """The article's own newspaper, for one of which this newspaper shows nothing."""
        if not home.url:
            raise ProblemError(problems.NOT_FOUND, f"This article is in {home.name}, not here.")
        # Not for good: an editor may move the article to another newspaper, or back.
        kept = {
            "Location": home.url + article_path(article.id),
            "Cache-Control": shared(self._engine.settings.server.page_seconds),
        }
        return Response(b"", status_code=307, headers=kept)

    def _reactions(self, id: str) -> dict[str, int]:
        given = self._engine.reactions(id)
        return {name: given[name] for name in self._engine.settings.site.reactions}

    def about(self, request: Incoming) -> Response[bytes]:
        """GET /about: what once stood there."""
        return Response(
            b"", status_code=308, headers={"Location": self._pages.base(request) + "/how-it-works"}
        )

    def how_it_works(self, request: Incoming) -> Response[bytes]:
        """GET /how-it-works."""
        return self._pages.page(
            request,
            "how-it-works.html",
            path="/how-it-works",
            explained=explained(self._engine.settings, self._engine.model_card),
            settings=self._engine.settings,
        )


def minutes_of(article: Article) -> int:
    """How long reading takes, in minutes, at least one; 0: there is no text.

    230 words a minute; where words are not told apart by spaces (Chinese, Japanese, Thai), 500 characters.
    """
    words = _TAG.sub(" ", article.body).split()
    if not words:
        return 0
    letters = sum(map(len, words))
    long = letters / 500 if letters > 15 * len(words) else len(words) / 230
    return max(1, round(long))


_TAG = re.compile("<[^>]*>")
