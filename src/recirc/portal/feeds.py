"""Feeds for programs that follow the news: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1 of the site and of every list."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from litestar import Response

from recirc.engine import Engine
from recirc.portal.listings import author_named, topic_name
from recirc.portal.summaries import summary_of
from recirc.text.slugs import slug
from recirc.types import Article
from recirc.web.brands import Site
from recirc.web.caching import MACHINE_SECONDS, shared
from recirc.web.incoming import Incoming, tail
from recirc.web.links import (
    article_path,
    author_path,
    feed_path,
    section_path,
    section_title,
    topic_path,
)
from recirc.web.page_responder import PageResponder
from recirc.web.paging import check_listing
from recirc.web.renderer import TemplateRenderer, iso

ITEMS = 50
TYPES = {
    "xml": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
"""Kinds of feed by how their addresses end."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class FeedEntry(NamedTuple):
    """One article of a feed. `updated` is when it says that it was changed, else published, else when it came in."""

    article: Article
    summary: str
    updated: datetime


class Feed(NamedTuple):
    """A list of articles for programs.

    Attributes:
        title, about: what it is.
        path: the page that people read instead.
        own: the feed's own address, as a path.
        entries: the newest first.
        updated: the latest change in it; 1970 for an empty one, which never had any.
    """

    title: str
    about: str
    path: str
    own: str
    entries: Sequence[FeedEntry]
    updated: datetime


class FeedPages:
    """The handlers of `/feed.xml`, `/feed.atom`, `/feed.json`, and of the same below sections, topics and authors."""

    def __init__(self, engine: Engine, look: TemplateRenderer, pages: PageResponder) -> None:
        self._engine = engine
        self._look = look
        self._pages = pages

    def site(self, request: Incoming) -> Response[bytes]:
        """GET /feed.xml, /feed.atom, /feed.json."""
        face = self._pages.face(request)
        articles = self._engine.listing(limit=ITEMS, brand=face.key).articles
        return self._answer(request, face, face.name, face.tagline, "/", articles)

    def section(self, request: Incoming) -> Response[bytes]:
        """GET /section/{slug}/feed.…"""
        name = _name(request, "/section/")
        face, articles = self._articles(request, f"No section is called {name!r}.", section=name)
        return self._list(request, face, section_title(name), section_path(name), articles)

    def topic(self, request: Incoming) -> Response[bytes]:
        """GET /topic/{slug}/feed.…"""
        name = _name(request, "/topic/")
        face, articles = self._articles(request, f"No article is about {name!r}.", topic=name)
        return self._list(request, face, topic_name(articles, name), topic_path(name), articles)

    def author(self, request: Incoming) -> Response[bytes]:
        """GET /author/{slug}/feed.…"""
        name = _name(request, "/author/")
        face, articles = self._articles(request, f"No article is by {name!r}.", author=name)
        author = author_named(articles, name)
        return self._list(request, face, author.name if author else name, author_path(name), articles)

    def _articles(self, request: Incoming, missing: str, **which: Any) -> tuple[Site, tuple[Article, ...]]:
        face = self._pages.face(request)
        listing = self._engine.listing(**which, limit=ITEMS, brand=face.key)
        check_listing(listing, missing)
        return face, listing.articles

    def _list(
        self, request: Incoming, face: Site, title: str, path: str, articles: Sequence[Article]
    ) -> Response[bytes]:
        return self._answer(
            request, face, f"{title} – {face.name}", f"{title} in {face.name}", path, articles
        )

    def _answer(
        self, request: Incoming, face: Site, title: str, about: str, path: str, articles: Sequence[Article]
    ) -> Response[bytes]:
        kind = request.scope["path"].rpartition(".")[2]
        changed = self._engine.browse.changed([article.id for article in articles])
        entries = [
            FeedEntry(article, summary_of(article), article.updated or article.published or when)
            for article, when in zip(articles, changed, strict=True)
        ]
        feed = Feed(
            title,
            about or title,
            path,
            feed_path(path, kind),
            entries,
            max((entry.updated for entry in entries), default=datetime.fromtimestamp(0, UTC)),
        )
        base = self._pages.base(request)
        if kind == "json":
            body = msgspec.json.encode(json_feed(feed, base, face))
        else:
            template = "feed.xml" if kind == "xml" else "feed.atom.xml"
            text = self._look.render(template, base=base, feed=feed, site=face)
            body = _NOT_XML.sub("\ufffd", text).encode()
        return self._pages.tagged(request, body, TYPES[kind], shared(MACHINE_SECONDS))


def json_feed(feed: Feed, base: str, face: Site) -> dict[str, Any]:
    """JSON Feed 1.1; what is not known is left out."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": base + feed.path,
        "feed_url": base + feed.own,
        "description": feed.about,
        "language": face.language,
        "items": [_item(entry, base) for entry in feed.entries],
    }


def _item(entry: FeedEntry, base: str) -> dict[str, Any]:
    article = entry.article
    item: dict[str, Any] = {
        "id": base + article_path(article.id),
        "url": base + article_path(article.id),
        "external_url": article.provenance.canonical_url,
        "title": article.headline,
        "content_text": entry.summary or article.headline,
        "date_published": iso(article.published) if article.published else None,
        "date_modified": iso(article.updated) if article.updated else None,
        "authors": [
            {"name": author.name, "url": base + author_path(slug(author.name))} for author in article.authors
        ],
        "tags": [section_title(article.section), *article.topics],
        "language": article.language,
    }
    return {name: value for name, value in item.items() if value not in (None, [])}


def _name(request: Incoming, prefix: str) -> str:
    return tail(request, prefix).rpartition("/feed.")[0]
