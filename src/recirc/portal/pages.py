"""The pages that people read."""

from typing import Any

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.engine import Engine
from recirc.engine.front_page import FrontRules
from recirc.messages import message
from recirc.portal.article_page import ArticlePage
from recirc.shelves.ranking import Ranking
from recirc.store.audit_check import rule_numbers
from recirc.types import Article, Request, Window
from recirc.web import problems, reader_pace
from recirc.web.brands import Site
from recirc.web.caching import cache_control, volatile_words
from recirc.web.explanations import how_it_works
from recirc.web.front import FrontComposer
from recirc.web.links import article_path, page_path
from recirc.web.lookups import article_id_of, find_page_article
from recirc.web.page_evidence import PageEvidence
from recirc.web.page_responder import PageResponder, RenderedPage
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest
from recirc.web.shared_response import Lasting
from recirc.web.ticks import tick_of
from recirc.web.work_pools import WorkPool

MOST_BY_HAND = 20
"""Exclusions by hand that the page lists, the newest ones."""


class PortalPages:
    """The front page, the articles' pages, and the page on how it works."""

    def __init__(
        self,
        engine: Engine,
        renderer: TemplateRenderer,
        pages: PageResponder,
        rules: FrontRules,
        evidence: PageEvidence,
        pool: WorkPool,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._pool = pool
        self._rules = rules
        self._pages = pages
        self._front = FrontComposer(engine, renderer.brands, rules, renderer.gallery)
        self._evidence = evidence
        self._articles = ArticlePage(engine, renderer, pages)
        self._renderer = renderer
        self._clock = clock

    def front(self, request: HttpRequest) -> Response:
        """GET /."""
        site, now = self._pages.site(request), self._clock()
        return self._pages.kept(
            request, ("front", self._rules.before(now)), lambda now: self._front_page(request, site, now)
        )

    def _front_page(self, request: HttpRequest, site: Site, now: int) -> RenderedPage:
        wanted = Request(window=Window.DAY, published_only=True, brand=site.key, language=site.shelf_language)
        ranking = self._engine.shelves(wanted, now).shelves[Ranking.name]
        return self._pages.rendered(
            request,
            "front.html",
            path="/",
            front=self._front.page(site, now),
            ranking=ranking,
            volatile=volatile_words(ranking),
        )

    def article(self, request: HttpRequest) -> Response:
        """GET /article/{id}, /from/{address} and /article?id=…"""
        asked = article_id_of(request)
        stored = find_page_article(self._engine, asked)
        if stored.article is not None and (path := page_path(stored.article)) != article_path(asked):
            return self._moved(path)
        now, site, brands = self._clock(), self._pages.site(request), self._renderer.brands
        home = brands.home(site, stored.article) if stored.article is not None else site
        if stored.article is not None and not brands.shows(site, stored.article):
            return self._elsewhere(stored.article, home)
        self._evidence.note(request, stored.id, now)
        if stored.article is None:
            context = self._unpublished(request, stored.id, now)
            return self._pages.page(request, "unpublished.html", etag=False, **context)
        article, moment = stored.article, self._engine.shelf_service.moment(tick_of(now))
        page = self._articles.answer(request, article.id, site, home, moment.time)
        lasting = Lasting(
            lambda: self._engine.shelf_service.moment(tick_of(self._clock())) is moment,
            lambda scope: self._evidence.note(HttpRequest(scope), article.id, self._clock()),
        )
        return self._pages.shared(request, page, page.etag, lasting)

    def _unpublished(self, request: HttpRequest, id: str, now: int) -> dict[str, Any]:
        """What the page of an article that is not published here shows."""
        brand = self._renderer.brands.shelf_brand(request, Request())
        language = self._pages.site(request).shelf_language
        wanted = Request(article=id, personalised=False, brand=brand, language=language)
        slate = self._engine.shelves(wanted, tick_of(now))
        return {"slate": slate, "source": id, "path": article_path(id), "article_id": id}

    def _elsewhere(self, article: Article, home: Site) -> Response:
        """A redirect to the article's own newspaper, for an article that this newspaper does not show."""
        if not home.url:
            raise ProblemError(
                problems.NOT_FOUND,
                message("This article is in %(newspaper)s, not here.", newspaper=home.name),
            )
        # Temporary: an editor may move the article to another newspaper, or back.
        headers = {
            "Location": home.url + page_path(article),
            "Cache-Control": cache_control(self._engine.settings.server.page_seconds),
        }
        return Response(status_code=307, headers=headers)

    def _moved(self, path: str) -> Response:
        """A redirect to the page of an article that has another address now."""
        # Not kept for long: an article may move back.
        headers = {
            "Location": path,
            "Cache-Control": cache_control(self._engine.settings.server.page_seconds),
        }
        return Response(status_code=301, headers=headers)

    def about(self, request: HttpRequest) -> Response:
        """GET /about: the former address of /how-it-works."""
        return Response(status_code=308, headers={"Location": self._pages.base(request) + "/how-it-works"})

    async def how_it_works(self, request: HttpRequest) -> Response:
        """GET /how-it-works."""
        exclusions = self._engine.exclusions
        # In a thread: once a minute the day's log is read.
        days = await self._pool.run(exclusions.recent, self._clock())
        by_hand = [each for each in exclusions.all().values() if not each.undone][-MOST_BY_HAND:]
        articles = exclusions.ids_of([each.selection for each in by_hand])
        return self._pages.page(
            request,
            "how-it-works.html",
            path="/how-it-works",
            explained=how_it_works(self._engine.settings, self._engine.active_model.card),
            settings=self._engine.settings,
            rules=rule_numbers(self._engine.settings.learning.repeat_seconds),
            pages_at_once=reader_pace.PAGES,
            days=days,
            served_by=order.machine if (order := self._engine.settings.order).engine != "local" else "",
            by_hand=[
                (from_ms(each.time), each.count, article, each.reason)
                for each, article in zip(reversed(by_hand), reversed(articles), strict=True)
            ],
        )
