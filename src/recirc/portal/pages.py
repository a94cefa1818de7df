"""The pages that people read."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from litestar import Response

from recirc.engine import Engine, Listing
from recirc.portal import machine, problems
from recirc.portal.articles import known
from recirc.portal.front import Front, compose
from recirc.portal.incoming import Clock, Incoming, tail
from recirc.portal.links import article_path, author_path, section_path, section_title, topic_path
from recirc.portal.look import Look
from recirc.portal.problems import ProblemError
from recirc.provenance.attribution import attribution
from recirc.text.clean import words_of
from recirc.text.slugs import slug
from recirc.types import Article, Request, Window

PER_PAGE = 20
FEED_ITEMS = 50
CANDIDATES = 80
REACTION = "well-told"
"""The reaction that the portal offers, one of `REACTIONS`."""


_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class Crumb(NamedTuple):
    """One step of the breadcrumb."""

    name: str
    path: str


class Pager(NamedTuple):
    """Where in a long list this page is."""

    page: int
    pages: int
    newer: str | None
    older: str | None


class Pages:
    """The handlers of the pages."""

    def __init__(self, engine: Engine, look: Look, clock: Clock) -> None:
        self._engine = engine
        self._look = look
        self._clock = clock

    def front(self, request: Incoming) -> Response[bytes]:
        """GET /."""
        now = self._clock()
        ranking = self._engine.shelves(Request(window=Window.DAY, published_only=True), now).ranking
        return self.page(request, "front.html", path="/", front=self._front(now), ranking=ranking)

    def _front(self, now: int) -> Front:
        engine = self._engine
        ranking = engine.ranking(section=None, window=Window.DAY, slots=50, now=now)
        readers = {
            item.article: (item.counts.window_readers or 0) if item.counts else 0 for item in ranking.items
        }
        newest = {article.id: article for article in engine.listing(limit=CANDIDATES).articles}
        for item in ranking.items:
            if item.article not in newest and (stored := engine.article(item.article)) and stored.article:
                newest[item.article] = stored.article
        return compose(
            list(newest.values()),
            {section: engine.listing(section=section, limit=12).articles for section in menu(engine)},
            readers,
            lambda article: [other.id for other in engine.story(article)],
            now / 1000,
        )

    def section(self, request: Incoming) -> Response[bytes]:
        """GET /section/{slug}."""
        name = tail(request, "/section/")
        page = _page_number(request)
        listing = self._engine.listing(section=name, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        _check_listing(listing, f"No section is called {name!r}.")
        wanted = Request(section=name, window=Window.DAY, published_only=True)
        ranking = self._engine.shelves(wanted, self._clock()).ranking
        title = section_title(name)
        return self._listing(
            request, "Section", title, section_path(name), listing, page, section=name, ranking=ranking
        )

    def topic(self, request: Incoming) -> Response[bytes]:
        """GET /topic/{slug}."""
        name = tail(request, "/topic/")
        page = _page_number(request)
        listing = self._engine.listing(topic=name, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        _check_listing(listing, f"No article is about {name!r}.")
        names = [topic for article in listing.articles for topic in article.topics if slug(topic) == name]
        return self._listing(request, "Topic", names[0] if names else name, topic_path(name), listing, page)

    def author(self, request: Incoming) -> Response[bytes]:
        """GET /author/{slug}."""
        name = tail(request, "/author/")
        page = _page_number(request)
        listing = self._engine.listing(author=name, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        _check_listing(listing, f"No article is by {name!r}.")
        found = [
            author for article in listing.articles for author in article.authors if slug(author.name) == name
        ]
        author = next((author for author in found if author.biography), found[0] if found else None)
        title = author.name if author else name
        return self._listing(request, "Author", title, author_path(name), listing, page, author=author)

    def _listing(
        self, request: Incoming, kind: str, title: str, path: str, listing: Listing, page: int, **more: Any
    ) -> Response[bytes]:
        pages = max(1, -(-listing.total // PER_PAGE))
        pager = Pager(
            page,
            pages,
            None if page == 1 else path if page == 2 else f"{path}?page={page - 1}",
            None if page >= pages else f"{path}?page={page + 1}",
        )
        context = {"author": None, "ranking": None, "section": None} | more
        return self.page(
            request,
            "listing.html",
            path=path if page == 1 else f"{path}?page={page}",
            kind=kind,
            title=title,
            listing=listing,
            pager=pager,
            crumbs=(Crumb("Home", "/"), Crumb(title, path)),
            **context,
        )

    def article(self, request: Incoming) -> Response[bytes]:
        """GET /article/{id} and /article?id=…"""
        article_id = (
            tail(request, "/article/")
            if request.scope["path"] != "/article"
            else request.query_params.get("id", "")
        )
        stored = known(self._engine, article_id)
        now = self._clock()
        published = stored.article is not None
        wanted = Request(article=stored.id, personalised=False, published_only=published)
        slate = self._engine.shelves(wanted, now)
        path = article_path(stored.id)
        beside = {"slate": slate, "source": stored.id, "path": path, "article_id": stored.id}
        if stored.article is None:
            return self.page(request, "unpublished.html", etag=False, **beside)
        article = stored.article
        base = self._base(request)
        summary = summary_of(article)
        story = self._engine.story(stored.id)
        return self.page(
            request,
            "article.html",
            etag=False,
            article=article,
            first=attribution(article, story),
            summary=summary,
            counts=self._engine.counts(stored.id, now),
            reaction=REACTION,
            reactions=self._engine.reactions(stored.id).get(REACTION, 0),
            story=story,
            shares=machine.shares(article.headline, base + path),
            machine=(
                machine.news_article(article, base, self._engine.settings.site.name, summary),
                machine.breadcrumb(article, base, self._engine.settings.site.name),
            ),
            **beside,
        )

    def about(self, request: Incoming) -> Response[bytes]:
        """GET /about."""
        return self.page(request, "about.html", path="/about", settings=self._engine.settings)

    def feed(self, request: Incoming) -> Response[bytes]:
        """GET /feed.xml: RSS 2.0."""
        base = self._base(request)
        articles = self._engine.listing(limit=FEED_ITEMS).articles
        text = self._look.render("feed.xml", base=base, articles=[(a, summary_of(a)) for a in articles])
        return self.tagged(request, text.encode(), "application/rss+xml; charset=utf-8")

    def static(self, request: Incoming) -> Response[bytes]:
        """GET /static/{name}."""
        asset = self._look.assets.get(tail(request, "/static/"))
        if asset is None:
            raise ProblemError(problems.NOT_FOUND, "There is no such file.")
        lasting = request.query_params.get("v") == asset.version
        cache = "public, max-age=31536000, immutable" if lasting else "no-cache"
        return self.tagged(request, asset.content, asset.media_type, cache)

    def error(self, request: Incoming, problem: ProblemError) -> Response[bytes]:
        """A problem as a page that looks like the site."""
        newest: Sequence[Article] = ()
        if problem.sort.status < 500:
            newest = self._engine.listing(limit=6).articles
        text = self._look.render(
            "error.html",
            problem=problem,
            newest=newest,
            path=request.scope["path"],
            now=self._now(),
            base=self._base(request),
        )
        return Response(
            text.encode(),
            status_code=problem.sort.status,
            media_type="text/html",
            headers={"Cache-Control": "no-store", **problem.headers},
        )

    def page(self, request: Incoming, template: str, *, etag: bool = True, **context: Any) -> Response[bytes]:
        """A rendered template as an answer. `etag=False` for pages that differ at each moment."""
        text = self._look.render(template, now=self._now(), base=self._base(request), **context)
        media = "text/html"
        if etag:
            return self.tagged(request, text.encode(), media)
        return Response(text.encode(), media_type=media, headers={"Cache-Control": "no-cache"})

    def tagged(self, request: Incoming, body: bytes, media: str, cache: str = "no-cache") -> Response[bytes]:
        """An answer with an ETag; 304 without a body to who has it already."""
        # Weak: the compressed body is the same page in other bytes.
        tag = f'W/"{blake2b(body, digest_size=8).hexdigest()}"'
        headers = {"Cache-Control": cache, "ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(b"", status_code=304, media_type=media, headers=headers)
        return Response(body, media_type=media, headers=headers)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock() / 1000, UTC)

    def _base(self, request: Incoming) -> str:
        host = request.headers.get("host", "")
        if self._engine.settings.site.url:
            return self._engine.settings.site.url.rstrip("/")
        # Anybody can write anything there; without a host links are relative.
        return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else ""


def menu(engine: Engine) -> tuple[str, ...]:
    """The sections of the menu, as slugs: those of the settings, else the ten that have most articles."""
    return engine.settings.site.sections or tuple(section for section, _ in engine.sections()[:10])


def summary_of(article: Article) -> str:
    """The summary, else the first words of the body, at most some 200 characters, cut between words."""
    if article.summary:
        return article.summary
    words = words_of(article.body[:2000])
    return words if len(words) <= 200 else words[:200].rpartition(" ")[0].rstrip(",.;:–- ") + " …"


def _page_number(request: Incoming) -> int:
    text = request.query_params.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise ProblemError(problems.NOT_FOUND, f"There is no page {text!r} of this list.")
    return int(text)


def _check_listing(listing: Listing, missing: str) -> None:
    if not listing.total:
        raise ProblemError(problems.NOT_FOUND, missing)
    if not listing.articles:
        raise ProblemError(
            problems.NOT_FOUND, "The list is shorter than that; its first page is still there."
        )
