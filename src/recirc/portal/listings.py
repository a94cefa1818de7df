"""Sections, topics and authors: everything in them, the newest first, in pages."""

from typing import Any

from litestar import Response

from recirc.engine import ArticleListing, Engine
from recirc.shelves.ranking import Ranking
from recirc.text.slugs import slug
from recirc.types import Article, Author, Request, Window
from recirc.web import problems, structured_data
from recirc.web.caching import moving
from recirc.web.incoming import Clock, Incoming, tail
from recirc.web.links import (
    author_path,
    section_path,
    section_title,
    topic_path,
)
from recirc.web.page_responder import PageResponder
from recirc.web.paging import (
    HOME,
    PER_PAGE,
    Breadcrumb,
    check_listing,
    page_number,
    pager,
)
from recirc.web.problems import ProblemError


class ListingPages:
    """The handlers of `/section/…`, `/topic/…` and `/author/…`."""

    def __init__(self, engine: Engine, pages: PageResponder, clock: Clock) -> None:
        self._engine = engine
        self._pages = pages
        self._clock = clock

    def section(self, request: Incoming) -> Response[bytes]:
        """GET /section/{slug}."""
        name = tail(request, "/section/")
        listing, page = self._page(request, f"No section is called {name!r}.", section=name)
        brand = self._pages.face(request).key
        wanted = Request(section=name, window=Window.DAY, published_only=True, brand=brand)
        ranking = self._engine.shelves(wanted, self._clock()).shelves[Ranking.name]
        title, path = section_title(name), section_path(name)
        return self._listing(
            request,
            "Section",
            title,
            path,
            listing,
            page,
            section=name,
            ranking=ranking,
            moving=moving(ranking),
        )

    def topic(self, request: Incoming) -> Response[bytes]:
        """GET /topic/{slug}."""
        name = tail(request, "/topic/")
        listing, page = self._page(request, f"No article is about {name!r}.", topic=name)
        title = topic_name(listing.articles, name)
        return self._listing(request, "Topic", title, topic_path(name), listing, page)

    def author(self, request: Incoming) -> Response[bytes]:
        """GET /author/{slug}."""
        name = tail(request, "/author/")
        listing, page = self._page(request, f"No article is by {name!r}.", author=name)
        author = author_named(listing.articles, name)
        title = author.name if author else name
        path = author_path(name)
        about = (structured_data.profile(author, self._pages.base(request) + path),) if author else ()
        return self._listing(request, "Author", title, path, listing, page, author=author, machine=about)

    def _page(self, request: Incoming, missing: str, **which: Any) -> tuple[ArticleListing, int]:
        if any(slug(name) != name for name in which.values()):
            raise ProblemError(
                problems.NOT_FOUND, missing
            )  # one address for each list, or there would be endless ones
        page = page_number(request)
        brand = self._pages.face(request).key
        listing = self._engine.listing(**which, brand=brand, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        check_listing(listing, missing)
        return listing, page

    def _listing(
        self,
        request: Incoming,
        kind: str,
        title: str,
        path: str,
        listing: ArticleListing,
        page: int,
        **more: Any,
    ) -> Response[bytes]:
        context = {"author": None, "ranking": None, "section": None} | more
        return self._pages.page(
            request,
            "listing.html",
            path=path if page == 1 else f"{path}?page={page}",
            kind=kind,
            title=title,
            listing=listing,
            pager=pager(path, page, listing.total),
            crumbs=(HOME, Breadcrumb(title, path)),
            feed=(path, title),
            **context,
        )


def topic_name(articles: tuple[Article, ...], name: str) -> str:
    """A topic as the newest article with it writes it."""
    return next((topic for article in articles for topic in article.topics if slug(topic) == name), name)


def author_named(articles: tuple[Article, ...], name: str) -> Author | None:
    """What the articles say of the author with this slug: the newest that has a biography, else the newest."""
    found = [author for article in articles for author in article.authors if slug(author.name) == name]
    return next((author for author in found if author.biography), found[0] if found else None)
