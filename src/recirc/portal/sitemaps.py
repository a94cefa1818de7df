"""For search engines: robots.txt, the sitemaps (an index, one or more for each month), the news sitemap."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.engine import Engine
from recirc.messages import message
from recirc.web import problems
from recirc.web.caching import MACHINE_SECONDS, cache_control
from recirc.web.links import section_path
from recirc.web.page_responder import PageResponder, menu
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest
from recirc.web.work_pools import WorkPool

MOST = 50_000
"""Largest number of addresses in one sitemap (sitemaps.org)."""
FEW = 100
"""So many of its newest articles are looked at first for one that a sitemap has: other outlets' copies are in none."""

NEWS_MOST = 1000
NEWS_AGE = timedelta(days=2)
"""Largest number and age of the articles in a news sitemap."""

XML = "application/xml; charset=utf-8"
_PART = re.compile(r"(undated|([0-9]{4})-(0[1-9]|1[0-2]))(?:-([2-9]|[1-9][0-9]{1,3}))?\.xml")


class SitemapPages:
    """The pages `/robots.txt`, `/sitemap.xml`, `/sitemaps/…` and `/sitemap-news.xml`."""

    def __init__(
        self,
        engine: Engine,
        renderer: TemplateRenderer,
        pages: PageResponder,
        pool: WorkPool,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._renderer = renderer
        self._pages = pages
        self._pool = pool
        self._clock = clock
        self._cache: dict[tuple[str, ...], tuple[tuple[int, int], bytes]] = {}

    def robots(self, request: HttpRequest) -> Response:
        """GET /robots.txt."""
        base = self._pages.base(request)
        mode = self._engine.settings.portal.mode
        maps = (
            []
            if mode != "portal"
            else [f"Sitemap: {base}/{name}.xml" for name in ("sitemap", "sitemap-news")]
        )
        body = (
            "\n".join(("User-agent: *", "Disallow: /" if mode == "engine" else "Disallow: /v1/", "", *maps))
            + "\n"
        )
        return self._pages.with_etag(
            request, body.encode(), "text/plain; charset=utf-8", cache_control(MACHINE_SECONDS)
        )

    async def index(self, request: HttpRequest) -> Response:
        """GET /sitemap.xml: the index of the sitemaps."""
        brand = self._pages.site(request).key
        return await self._answer(
            request, "sitemap_index.xml", lambda: {"parts": self._parts(brand)}, ("index", str(brand))
        )

    def _parts(self, brand: str | None) -> list[str]:
        """The names of the sitemaps that have an address in them: a month may have copies of other outlets alone."""
        browse = self._engine.browse
        months = browse.months(brand)
        undated = self._engine.listing(limit=1, brand=brand).total - sum(months.values())
        listed = [(f"{y:04}-{m:02}", browse.month(y, m, brand), n) for (y, m), n in months.items()]
        parts = ["pages"]
        for name, (start, end), count in (*listed, ("undated", (None, None), undated)):
            parts += [
                name if part == 1 else f"{name}-{part}"
                for part in range(1, -(-count // MOST) + 1)
                if any(
                    browse.sitemap_entries(start, end, most, (part - 1) * MOST, brand) for most in (FEW, MOST)
                )
            ]
        return parts

    async def part(self, request: HttpRequest) -> Response:
        """GET /sitemaps/{name}: the articles of one month, those without a date, or all other pages."""
        name, site = request.path_params["name"], self._pages.site(request)
        if name == "pages.xml":
            paths = ["/", "/archive", *(section_path(section) for section in menu(self._engine, site))]
            return await self._answer(
                request, "sitemap.xml", lambda: {"paths": paths, "marks": ()}, (name, str(site.key))
            )
        found = _PART.fullmatch(name)
        start, end = (
            (None, None)
            if not found or found[1] == "undated"
            else self._month(int(found[2]), int(found[3]), site.key)
        )
        if not found or (start is None) != (found[1] == "undated"):
            raise ProblemError(problems.NOT_FOUND, message("/sitemap.xml lists the sitemaps."))
        offset = (int(found[4] or 1) - 1) * MOST

        def context() -> dict[str, Sequence[object]]:
            marks = self._engine.browse.sitemap_entries(start, end, MOST, offset, site.key)
            if not marks:
                raise ProblemError(problems.NOT_FOUND, message("/sitemap.xml lists the sitemaps."))
            return {"paths": (), "marks": marks}

        return await self._answer(request, "sitemap.xml", context, (name, str(site.key)))

    def _month(
        self, year: int, month: int, brand: str | None
    ) -> tuple[datetime, datetime] | tuple[None, None]:
        return self._engine.browse.month(year, month, brand) if 1 <= year < 9999 else (None, None)

    async def news(self, request: HttpRequest) -> Response:
        """GET /sitemap-news.xml: the articles of the last two days."""
        site = self._pages.site(request)
        now = from_ms(self._clock())
        marks = await self._pool.run(
            self._engine.browse.sitemap_entries,
            now - NEWS_AGE,
            now + timedelta(seconds=1),
            NEWS_MOST,
            0,
            site.key,
        )
        text = self._renderer.render(
            "sitemap_news.xml", base=self._pages.base(request), marks=marks, site=site
        )
        return self._pages.with_etag(request, text.encode(), XML, cache_control(MACHINE_SECONDS))

    async def _answer(
        self,
        request: HttpRequest,
        template: str,
        context: Callable[[], dict[str, Sequence[object]]],
        key: tuple[str, ...],
    ) -> Response:
        """The cached sitemap, made again after an article was published, changed or withdrawn."""
        base = self._pages.base(request)
        version = self._engine.browse.version()
        cached = self._cache.get((base, *key))
        if cached is None or cached[0] != version:
            # In a thread: 50,000 articles take seconds.
            body = await self._pool.run(
                lambda: self._renderer.render(template, base=base, **context()).encode()
            )
            cached = version, body
            if len(self._cache) >= 64:  # without site.url, a client can invent hosts
                self._cache.clear()
            self._cache[(base, *key)] = cached
        return self._pages.with_etag(request, cached[1], XML, cache_control(MACHINE_SECONDS))
