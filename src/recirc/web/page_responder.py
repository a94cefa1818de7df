"""Responses with pages: a template in the site's frame, a static file, an error that looks like the site."""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote

from markupsafe import Markup
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from recirc.clock import from_ms
from recirc.engine import Engine
from recirc.messages import message
from recirc.types import Article
from recirc.web import problems
from recirc.web.brands import Site
from recirc.web.caching import REVALIDATED, cache_control, etag_matches, etag_of
from recirc.web.embed_origins import base_of
from recirc.web.paging import Breadcrumb
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest
from recirc.web.shared_response import Lasting, SharedAnswer, SharedResponse
from recirc.web.structured_data import breadcrumb
from recirc.web.ticks import tick_of
from recirc.web.work_pools import WorkPool

HTML = "text/html"
NEAREST = 6
"""Articles that the page of a wrong address suggests."""
SUGGESTIONS_PER_SECOND = 10
"""Searches for suggestions that this worker makes in a second; wrong addresses are endless."""
SUGGESTION_SECONDS = 0.25
MOST_ADDRESS = 400
"""Characters of a wrong path, and of its query, that are read."""
NEWEST_SECONDS = 10.0
"""How long the newest articles on pages of errors are kept, as HTML."""


class RenderedPage(NamedTuple):
    """A page that many requests may be answered with."""

    body: bytes
    etag: str

    @property
    def nbytes(self) -> int:
        """Bytes of the body."""
        return len(self.body)


class _KeptPage(NamedTuple):
    answer: SharedAnswer
    etag: str

    @property
    def nbytes(self) -> int:
        return self.answer.nbytes


def _answer_of(page: RenderedPage) -> _KeptPage:
    return _KeptPage(SharedAnswer(page.body, None), page.etag)


class PageResponder:
    """Makes pages of templates. `pool` finds articles near a wrong address; `clock` returns the time in ms."""

    def __init__(self, engine: Engine, renderer: TemplateRenderer, pool: WorkPool, clock: Clock) -> None:
        self._engine = engine
        self._renderer = renderer
        self._pool = pool
        self._clock = clock
        self._second = -1.0
        self._suggested = 0
        self._newest: dict[str | None, tuple[float, tuple[int, int], Markup]] = {}

    def page(
        self,
        request: HttpRequest,
        template: str,
        *,
        etag: bool = True,
        volatile: Sequence[str] = (),
        crumbs: Sequence[Breadcrumb] = (),
        machine: Sequence[Mapping[str, Any]] = (),
        **context: Any,
    ) -> Response:
        """A rendered template, the same for all readers.

        Args:
            request: the request.
            template: name of the template.
            etag: False: the page gets no ETag, and caches must revalidate it.
            volatile: words that differ in each rendering (see `caching.volatile_words`).
            crumbs: the path to this page, from the front page.
            machine: JSON-LD about the page; the breadcrumb is added.
            context: the template's other variables.
        """
        if etag:
            return self.respond(
                request,
                self.rendered(
                    request, template, volatile=volatile, crumbs=crumbs, machine=machine, **context
                ),
            )
        text = self.text(request, template, crumbs, machine, **context)
        return Response(text, headers={"Cache-Control": REVALIDATED}, media_type=HTML)

    def rendered(
        self,
        request: HttpRequest,
        template: str,
        *,
        volatile: Sequence[str] = (),
        crumbs: Sequence[Breadcrumb] = (),
        machine: Sequence[Mapping[str, Any]] = (),
        **context: Any,
    ) -> RenderedPage:
        """A rendered template with its ETag, see `page`. It depends on the site and the base of the request alone."""
        body = self.text(request, template, crumbs, machine, **context).encode()
        return RenderedPage(body, etag_of(body, volatile))

    def respond(self, request: HttpRequest, page: RenderedPage) -> Response:
        """The page, or 304 without a body if the client has the same already."""
        cache = cache_control(self._engine.settings.server.page_seconds)
        return _with_etag(request, page.body, HTML, cache, page.etag)

    def kept(self, request: HttpRequest, key: Hashable, make: Callable[[int], RenderedPage]) -> Response:
        """A page that is kept as long as the moment of answers without a reader; `make` renders it as of then.

        `key` names all that it depends on but for state, rules, model, newspaper and the site's address.
        """
        service = self._engine.shelf_service
        moment = service.moment(tick_of(self._clock()))
        whole = ("page", key, self.site(request).key, self.base(request))
        answer, etag = self._engine.shared(whole, lambda: _answer_of(make(moment.time)), moment)
        lasting = Lasting(lambda: service.moment(tick_of(self._clock())) is moment, lambda _: None)
        return self.shared(request, answer, etag, lasting)

    def shared(self, request: HttpRequest, answer: SharedAnswer, etag: str, lasting: Lasting) -> Response:
        """A page that others get as well, or 304 without a body if the client has the same already."""
        cache = cache_control(self._engine.settings.server.page_seconds)
        headers = {"Cache-Control": cache, "ETag": etag}
        if etag_matches(request.headers.get("if-none-match", ""), etag):
            return Response(None, 304, headers, HTML)
        return SharedResponse(answer, headers, HTML, lasting)

    def text(
        self,
        request: HttpRequest,
        template: str,
        crumbs: Sequence[Breadcrumb] = (),
        machine: Sequence[Mapping[str, Any]] = (),
        **context: Any,
    ) -> str:
        """A rendered template, see `page`."""
        base = self.base(request)
        about = (*machine, breadcrumb(crumbs, base)) if crumbs else machine
        return self._renderer.render(
            template,
            **{"site": self.site(request), "now": self._now(), **context},
            base=base,
            crumbs=crumbs,
            machine=about,
        )

    def with_etag(
        self,
        request: HttpRequest,
        body: bytes,
        media: str,
        cache: str = REVALIDATED,
        volatile: Sequence[str] = (),
    ) -> Response:
        """A response with an ETag; 304 without a body if the client has the same already."""
        return _with_etag(request, body, media, cache, etag_of(body, volatile))

    def static(self, request: HttpRequest) -> Response:
        """GET /static/{name}."""
        asset = self._renderer.assets.get(request.path_params["name"])
        if asset is None:
            raise ProblemError(problems.NOT_FOUND, message("There is no such file."))
        current = request.query_params.get("v") == asset.version
        cache = "public, max-age=31536000, immutable" if current else REVALIDATED
        return self.with_etag(request, asset.content, asset.media_type, cache)

    async def error(self, request: HttpRequest, problem: ProblemError) -> Response:
        """A problem as a page that looks like the site; for a wrong address it suggests articles.

        It costs little however often it is requested: the suggestions have one thread and a budget, and where these are
        used up, the newest articles, which are kept for a while, stand in for them.
        """
        status, path = problem.type.status, problems.shortened(request.scope["path"])
        nearest: Sequence[Article] = ()
        newest = Markup("")
        if status < 500 and self._engine.settings.portal.mode != "engine":
            if status in (problems.NOT_FOUND.status, problems.WITHDRAWN.status):
                nearest = await self._suggestions(request)
            newest = newest if nearest else self._newest_of(self.site(request))
        text = self._renderer.render(
            "error.html",
            site=self.site(request),
            problem=problem,
            said=None if problem.message is problems.NOTHING_SERVED else problem.message,
            nearest=nearest,
            newest=newest,
            path=path,
            picture_of=self._renderer.gallery.kept_lead,  # an unknown address may not show pictures from elsewhere
            now=self._now(),
            base=self.base(request),
            crumbs=(),
            machine=(),
        )
        return Response(text, status, {"Cache-Control": "no-store", **problem.headers}, HTML)

    async def _suggestions(self, request: HttpRequest) -> Sequence[Article]:
        """Articles near a wrong address; none where their thread is busy, the budget used up, or it takes long."""
        now = time.monotonic()
        if now - self._second >= 1.0:
            self._second, self._suggested = now, 0
        if self._pool.busy or self._suggested >= SUGGESTIONS_PER_SECOND:
            return ()
        self._suggested += 1
        path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
        address = unquote(f"{path[:MOST_ADDRESS]} {query[:MOST_ADDRESS]}", errors="replace")
        suggestions = partial(
            self._engine.browse.suggestions, address, self._clock(), NEAREST, self.site(request).key
        )
        try:
            return await self._pool.run_for(
                request, SUGGESTION_SECONDS, lambda cancellation: suggestions(cancellation=cancellation)
            )
        except (ProblemError, ClientDisconnect):
            return ()

    def _newest_of(self, site: Site) -> Markup:
        """The newest articles of a newspaper, as HTML, which is most of what a wrong address costs.

        They are kept until an article is published, changed or withdrawn.
        """
        now, version = time.monotonic(), self._engine.browse.version()
        made, of, newest = self._newest.get(site.key, (-NEWEST_SECONDS, version, Markup("")))
        if now - made >= NEWEST_SECONDS or of != version:
            articles = self._engine.listing(limit=NEAREST, brand=site.key).articles
            text = self._renderer.render(
                "newest.html",
                site=site,
                newest=articles,
                picture_of=self._renderer.gallery.kept_lead,
                now=self._now(),
            )
            newest = Markup(text.strip())
            self._newest[site.key] = now, version, newest
        return newest

    def site(self, request: HttpRequest) -> Site:
        """The newspaper that the request is for."""
        return self._renderer.brands.of(request)

    def base(self, request: HttpRequest) -> str:
        """Scheme and host of the newspaper's addresses, without a slash; empty if unknown, for relative links."""
        return base_of(request, self.site(request).url)

    def _now(self) -> datetime:
        return from_ms(self._clock())


def _with_etag(request: HttpRequest, body: bytes, media: str, cache: str, etag: str) -> Response:
    headers = {"Cache-Control": cache, "ETag": etag}
    if etag_matches(request.headers.get("if-none-match", ""), etag):
        return Response(None, 304, headers, media)
    return Response(body, 200, headers, media)


def menu(engine: Engine, site: Site) -> tuple[str, ...]:
    """The sections of a newspaper's menu, as slugs: those in the settings, else the ten with the most articles."""
    return site.sections or tuple(section for section, _ in engine.sections(site.key)[:10])
