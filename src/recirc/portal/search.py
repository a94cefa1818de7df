"""Search: a box, and the results in pages, with the words of the query mark_matches."""

from functools import partial
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape
from starlette.responses import Response

from recirc.engine import Engine, SearchResults
from recirc.messages import message
from recirc.text.query import MAX_LENGTH
from recirc.types import Article
from recirc.web import problems
from recirc.web.page_responder import PageResponder
from recirc.web.paging import (
    PER_PAGE,
    Breadcrumb,
    home_of,
    page_number,
    pager,
)
from recirc.web.problems import ProblemError
from recirc.web.requests import Clock, HttpRequest
from recirc.web.work_pools import WorkPool

PATH = "/search"
_TAGS = {0x02: "<mark>", 0x03: "</mark>"}


class SearchResult(NamedTuple):
    """One article with its matches as HTML."""

    article: Article
    headline: Markup
    passage: Markup


class SearchPages:
    """The page `/search`."""

    def __init__(self, engine: Engine, pages: PageResponder, pool: WorkPool, clock: Clock) -> None:
        self._engine = engine
        self._pages = pages
        self._pool = pool
        self._clock = clock

    async def get(self, request: HttpRequest) -> Response:
        """GET /search?q=…"""
        text = " ".join(request.query_params.get("q", "")[:MAX_LENGTH].split())
        page = page_number(request)
        site = self._pages.site(request)
        # In a thread: common words take some 40 ms in 14,000 articles.
        search = partial(
            self._engine.browse.search, text, self._clock(), PER_PAGE, (page - 1) * PER_PAGE, site.key
        )
        found = await self._pool.run_for(
            request,
            self._engine.settings.server.search_seconds,
            lambda cancellation: search(cancellation=cancellation),
        )
        if page > 1 and not found.hits:
            raise ProblemError(
                problems.NOT_FOUND, message("There are fewer results than that; see the first page.")
            )
        query = f"?q={quote(text, safe='')}" + (f"&page={page}" if page > 1 else "") if text else ""
        return self._pages.page(
            request,
            "search.html",
            path=PATH + query,
            text=text,
            found=found,
            results=results(found),
            pager=pager(PATH, page, found.total, q=text),
            crumbs=(home_of(site.words), Breadcrumb(site.words.text("Search"), PATH)),
        )


def results(found: SearchResults) -> list[SearchResult]:
    """The results as the page shows them."""
    return [
        SearchResult(article, mark_matches(hit.headline), mark_matches(hit.passage))
        for article, hit in found.hits
    ]


def mark_matches(text: str) -> Markup:
    """Text as HTML with its matches mark_matches; markup in the text is escaped.

    >>> mark_matches("<b>ferry</b> \\x02crews\\x03")
    Markup('&lt;b&gt;ferry&lt;/b&gt; <mark>crews</mark>')
    """
    return Markup(str(escape(text)).translate(_TAGS))
