"""What search engines are told: robots.txt, the sitemaps (an index, one or more for each month), the news sitemap."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from litestar import Response

from recirc.engine import Engine
from recirc.web import problems
from recirc.web.caching import MACHINE_SECONDS, shared
from recirc.web.incoming import Clock, Incoming, tail
from recirc.web.links import section_path
from recirc.web.page_responder import PageResponder, menu
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer

MOST = 50_000
"""Addresses in one sitemap (sitemaps.org)."""

NEWS_MOST = 1000
NEWS_AGE = timedelta(days=2)
"""So many articles, and no older ones, belong into a news sitemap."""

XML = "application/xml; charset=utf-8"
_PART = re.compile(r"(undated|([0-9]{4})-(0[1-9]|1[0-2]))(?:-([2-9]|[1-9][0-9]{1,3}))?\.xml")


class SitemapPages:
    """The handlers of `/robots.txt`, `/sitemap.xml`, `/sitemaps/…` and `/sitemap-news.xml`."""

    def __init__(self, engine: Engine, look: TemplateRenderer, pages: PageResponder, clock: Clock) -> None:
        self._engine = engine
        self._look = look
        self._pages = pages
        self._clock = clock
        self._made: dict[tuple[str, ...], tuple[tuple[int, int], bytes]] = {}

    def robots(self, request: Incoming) -> Response[bytes]:
        """GET /robots.txt."""
        base = self._pages.base(request)
        maps = [f"Sitemap: {base}/{name}.xml" for name in ("sitemap", "sitemap-news")]
        body = "\n".join(("User-agent: *", "Disallow: /v1/", "", *maps)) + "\n"
        return self._pages.tagged(
            request, body.encode(), "text/plain; charset=utf-8", shared(MACHINE_SECONDS)
        )

    async def index(self, request: Incoming) -> Response[bytes]:
        """GET /sitemap.xml: where the sitemaps are."""
        brand = self._pages.face(request).key
        parts = ["pages"]
        months = self._engine.browse.months(brand)
        undated = self._engine.listing(limit=1, brand=brand).total - sum(months.values())
        for name, count in (*((f"{y:04}-{m:02}", n) for (y, m), n in months.items()), ("undated", undated)):
            parts += [name if part == 1 else f"{name}-{part}" for part in range(1, -(-count // MOST) + 1)]
        return await self._answer(
            request, "sitemap_index.xml", lambda: {"parts": parts}, ("index", str(brand))
        )

    async def part(self, request: Incoming) -> Response[bytes]:
        """GET /sitemaps/{name}: the pages of one month, of articles without a date, or all that are no articles."""
        name, face = tail(request, "/sitemaps/"), self._pages.face(request)
        if name == "pages.xml":
            paths = ["/", "/archive", *(section_path(section) for section in menu(self._engine, face))]
            return await self._answer(
                request, "sitemap.xml", lambda: {"paths": paths, "marks": ()}, (name, str(face.key))
            )
        found = _PART.fullmatch(name)
        start, end = (
            (None, None) if not found or found[1] == "undated" else _month(int(found[2]), int(found[3]))
        )
        if not found or (start is None) != (found[1] == "undated"):
            raise ProblemError(problems.NOT_FOUND, "/sitemap.xml lists the sitemaps that there are.")
        offset = (int(found[4] or 1) - 1) * MOST

        def made() -> dict[str, Sequence[object]]:
            marks = self._engine.browse.marks(start, end, MOST, offset, face.key)
            if not marks:
                raise ProblemError(problems.NOT_FOUND, "/sitemap.xml lists the sitemaps that there are.")
            return {"paths": (), "marks": marks}

        return await self._answer(request, "sitemap.xml", made, (name, str(face.key)))

    async def news(self, request: Incoming) -> Response[bytes]:
        """GET /sitemap-news.xml: the articles of the last two days."""
        face = self._pages.face(request)
        now = datetime.fromtimestamp(self._clock() / 1000, UTC)
        marks = await asyncio.to_thread(
            self._engine.browse.marks, now - NEWS_AGE, now + timedelta(seconds=1), NEWS_MOST, 0, face.key
        )
        text = self._look.render("sitemap_news.xml", base=self._pages.base(request), marks=marks, site=face)
        return self._pages.tagged(request, text.encode(), XML, shared(MACHINE_SECONDS))

    async def _answer(
        self,
        request: Incoming,
        template: str,
        made: Callable[[], dict[str, Sequence[object]]],
        key: tuple[str, ...],
    ) -> Response[bytes]:
        """The sitemap as it was made last, while no article was published, changed or withdrawn."""
        base = self._pages.base(request)
        version = self._engine.browse.version()
        kept = self._made.get((base, *key))
        if kept is None or kept[0] != version:
            # Of 50,000 articles it takes seconds; other requests go on meanwhile.
            body = await asyncio.to_thread(lambda: self._look.render(template, base=base, **made()).encode())
            kept = version, body
            if len(self._made) >= 64:  # without site.url, anybody can name new hosts
                self._made.clear()
            self._made[(base, *key)] = kept
        return self._pages.tagged(request, kept[1], XML, shared(MACHINE_SECONDS))


def _month(year: int, month: int) -> tuple[datetime, datetime] | tuple[None, None]:
    if not 1 <= year < 9999:
        return None, None
    start = datetime(year, month, 1, tzinfo=UTC)
    return start, (start + timedelta(days=31)).replace(day=1)
