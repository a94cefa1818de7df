"""Sections, topics and authors: all their articles, newest first, in pages."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from recirc.engine import ArticleListing, Engine
from recirc.messages import MessageText, message
from recirc.shelves.ranking import Ranking
from recirc.text.slugs import slug
from recirc.types import Article, Author, Request, Window
from recirc.web import problems, structured_data
from recirc.web.caching import volatile_words
from recirc.web.links import (
    author_path,
    section_path,
    topic_path,
)
from recirc.web.page_responder import PageResponder, RenderedPage
from recirc.web.paging import (
    PER_PAGE,
    Breadcrumb,
    check_listing,
    home_of,
    page_number,
    pager,
)
from recirc.web.problems import ProblemError
from recirc.web.requests import Clock, HttpRequest


class ListingPages:
    """The pages `/section/…`, `/topic/…` and `/author/…`."""

    def __init__(self, engine: Engine, pages: PageResponder, clock: Clock) -> None:
        self._engine = engine
        self._pages = pages
        self._clock = clock

    def section(self, request: HttpRequest) -> Response:
        """GET /section/{slug}."""
        name, number = request.path_params["slug"], request.query_params.get("page")
        return self._pages.kept(
            request, ("section", name, number), lambda now: self._section(request, name, now)
        )

    def _section(self, request: HttpRequest, name: str, now: int) -> RenderedPage:
        listing, page = self._page(
            request, message("No section is called “%(name)s”.", name=name), section=name
        )
        site = self._pages.site(request)
        wanted = Request(
            section=name, window=Window.DAY, published_only=True, brand=site.key, language=site.shelf_language
        )
        ranking = self._engine.shelves(wanted, now).shelves[Ranking.name]
        title, path = self._engine.section_title(name), section_path(name)
        return self._listing(
            request,
            "section",
            title,
            path,
            listing,
            page,
            section=name,
            ranking=ranking,
            volatile=volatile_words(ranking),
        )

    def topic(self, request: HttpRequest) -> Response:
        """GET /topic/{slug}."""
        name = request.path_params["slug"]
        if (moved := moved_topic(self._engine, name)) is not None:
            return moved_to(topic_path(moved))
        if (hidden := hidden_topic(self._engine, name)) is not None:
            return moved_to(f"/search?{urlencode({'q': hidden})}")
        listing, page = self._page(request, message("No article is about “%(name)s”.", name=name), topic=name)
        title = topic_name(listing.articles, name)
        shown = self._listing(request, "topic", title, topic_path(name), listing, page)
        return self._pages.respond(request, shown)

    def author(self, request: HttpRequest) -> Response:
        """GET /author/{slug}."""
        name = request.path_params["slug"]
        listing, page = self._page(request, message("No article is by “%(name)s”.", name=name), author=name)
        author = author_named(listing.articles, name)
        title = author.name if author else name
        path = author_path(name)
        about = (structured_data.profile(author, self._pages.base(request) + path),) if author else ()
        shown = self._listing(request, "author", title, path, listing, page, author=author, machine=about)
        return self._pages.respond(request, shown)

    def _page(self, request: HttpRequest, missing: MessageText, **which: Any) -> tuple[ArticleListing, int]:
        if any(slug(name) != name for name in which.values()):
            # One address for each list; otherwise there would be endless ones.
            raise ProblemError(problems.NOT_FOUND, missing)
        page = page_number(request)
        brand = self._pages.site(request).key
        listing = self._engine.listing(**which, brand=brand, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        check_listing(listing, missing)
        return listing, page

    def _listing(
        self,
        request: HttpRequest,
        kind: str,
        title: str,
        path: str,
        listing: ArticleListing,
        page: int,
        **more: Any,
    ) -> RenderedPage:
        context = {"author": None, "ranking": None, "section": None} | more
        return self._pages.rendered(
            request,
            "listing.html",
            path=path if page == 1 else f"{path}?page={page}",
            kind=kind,
            title=title,
            listing=listing,
            pager=pager(path, page, listing.total),
            crumbs=(home_of(self._pages.site(request).words), Breadcrumb(title, path)),
            feed=(path, title),
            **context,
        )


def moved_topic(engine: Engine, name: str) -> str | None:
    """The slug of the topic into which editors merged one, by its slug; None: they did not. Raises StoreError."""
    current = engine.rules.topics.current(name)
    return slug(current) if current and slug(name) == name != slug(current) else None


def hidden_topic(engine: Engine, name: str) -> str | None:
    """The name of a topic that editors hid, by its slug; None: they did not. Raises StoreError."""
    topics = engine.rules.topics
    return topics.all()[name].name if not topics.current(name) and name in topics.all() else None


def moved_to(path: str) -> RedirectResponse:
    """To a page's new address; for a minute only, since a merge can be taken back."""
    return RedirectResponse(path, 301, headers={"Cache-Control": "public, max-age=60"})


def topic_name(articles: tuple[Article, ...], name: str) -> str:
    """A topic's name, spelled as in the newest article about it."""
    return next((topic for article in articles for topic in article.topics if slug(topic) == name), name)


def author_named(articles: tuple[Article, ...], name: str) -> Author | None:
    """The author with this slug, from the newest article with a biography, else from the newest one."""
    found = [author for article in articles for author in article.authors if slug(author.name) == name]
    return next((author for author in found if author.biography), found[0] if found else None)
