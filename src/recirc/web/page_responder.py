"""Responses with pages: a template in the site's frame, a static file, an error that looks like the site."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.engine import Engine
from recirc.types import Article
from recirc.web import problems
from recirc.web.brands import Site
from recirc.web.caching import REVALIDATED, cache_control, etag_matches, etag_of
from recirc.web.embed_origins import base_of
from recirc.web.paging import Breadcrumb
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest
from recirc.web.structured_data import breadcrumb

HTML = "text/html"
NEAREST = 6
"""Articles that the page of a wrong address suggests."""


class PageResponder:
    """Makes pages of templates. `clock` returns the time in ms."""

    def __init__(self, engine: Engine, renderer: TemplateRenderer, clock: Clock) -> None:
        self._engine = engine
        self._renderer = renderer
        self._clock = clock

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
        base = self.base(request)
        about = (*machine, breadcrumb(crumbs, base)) if crumbs else machine
        text = self._renderer.render(
            template,
            site=self.site(request),
            now=self._now(),
            base=base,
            crumbs=crumbs,
            machine=about,
            **context,
        )
        if etag:
            cache = cache_control(self._engine.settings.server.page_seconds)
            return self.with_etag(request, text.encode(), HTML, cache, volatile)
        return Response(text, headers={"Cache-Control": REVALIDATED}, media_type=HTML)

    def with_etag(
        self,
        request: HttpRequest,
        body: bytes,
        media: str,
        cache: str = REVALIDATED,
        volatile: Sequence[str] = (),
    ) -> Response:
        """A response with an ETag; 304 without a body if the client has the same already."""
        etag = etag_of(body, volatile)
        headers = {"Cache-Control": cache, "ETag": etag}
        if etag_matches(request.headers.get("if-none-match", ""), etag):
            return Response(None, 304, headers, media)
        return Response(body, 200, headers, media)

    def static(self, request: HttpRequest) -> Response:
        """GET /static/{name}."""
        asset = self._renderer.assets.get(request.path_params["name"])
        if asset is None:
            raise ProblemError(problems.NOT_FOUND, "There is no such file.")
        current = request.query_params.get("v") == asset.version
        cache = "public, max-age=31536000, immutable" if current else REVALIDATED
        return self.with_etag(request, asset.content, asset.media_type, cache)

    def error(self, request: HttpRequest, problem: ProblemError) -> Response:
        """A problem as a page that looks like the site; for a wrong address it suggests articles."""
        status, path = problem.type.status, request.scope["path"]
        nearest: Sequence[Article] = ()
        newest: Sequence[Article] = ()
        if status < 500:
            brand = self.site(request).key
            if status in (problems.NOT_FOUND.status, problems.WITHDRAWN.status):
                address = unquote(
                    f"{path} {request.scope['query_string'].decode('latin-1')}", errors="replace"
                )
                nearest = self._engine.browse.suggestions(address, self._clock(), NEAREST, brand)
            newest = () if nearest else self._engine.listing(limit=6, brand=brand).articles
        text = self._renderer.render(
            "error.html",
            site=self.site(request),
            problem=problem,
            nearest=nearest,
            newest=newest,
            path=path,
            now=self._now(),
            base=self.base(request),
            crumbs=(),
            machine=(),
        )
        return Response(text, status, {"Cache-Control": "no-store", **problem.headers}, HTML)

    def site(self, request: HttpRequest) -> Site:
        """The newspaper that the request is for."""
        return self._renderer.brands.of(request)

    def base(self, request: HttpRequest) -> str:
        """Scheme and host of the newspaper's addresses, without a slash; empty if unknown, for relative links."""
        return base_of(request, self.site(request).url)

    def _now(self) -> datetime:
        return from_ms(self._clock())


def menu(engine: Engine, site: Site) -> tuple[str, ...]:
    """The sections of a newspaper's menu, as slugs: those in the settings, else the ten with the most articles."""
    return site.sections or tuple(section for section, _ in engine.sections(site.key)[:10])
