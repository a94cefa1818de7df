"""Feeds of the site and of every list: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from starlette.responses import Response

from recirc.engine import Engine
from recirc.messages import MessageText, Words, message
from recirc.portal.listings import author_named, moved_to, moved_topic, topic_name
from recirc.portal.summaries import summary_of
from recirc.text.slugs import slug
from recirc.types import Article
from recirc.web.brands import Site
from recirc.web.caching import MACHINE_SECONDS, cache_control
from recirc.web.dates import iso
from recirc.web.labels import LABELS
from recirc.web.links import (
    article_path,
    author_path,
    feed_path,
    page_path,
    section_path,
    topic_path,
)
from recirc.web.page_responder import PageResponder
from recirc.web.paging import check_listing
from recirc.web.pictures import PictureGallery, ShownPicture
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest

ITEMS = 50
TYPES = {
    "xml": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
"""Media types of the feeds, by the ending of their addresses."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class FeedEntry(NamedTuple):
    """One article of a feed. `updated` is when it was changed, else published, else received; `title` is its headline,
    after its label in words if it has one.
    """

    article: Article
    title: str
    summary: str
    updated: datetime
    link: str
    label: str


class Feed(NamedTuple):
    """A list of articles for programs.

    Attributes:
        title, about: name and description.
        path: the page with the same list.
        own: the feed's own address, as a path.
        entries: newest first.
        updated: the latest change in it; 1970 if it is empty.
    """

    title: str
    about: str
    path: str
    own: str
    entries: Sequence[FeedEntry]
    updated: datetime


class FeedPages:
    """The feeds `/feed.xml`, `/feed.atom`, `/feed.json`, and the same below sections, topics and authors."""

    def __init__(
        self, engine: Engine, renderer: TemplateRenderer, pages: PageResponder, clock: Clock
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._renderer = renderer
        self._pages = pages

    def site(self, request: HttpRequest) -> Response:
        """GET /feed.xml, /feed.atom, /feed.json."""
        site = self._pages.site(request)
        articles = self._engine.listing(limit=ITEMS, brand=site.key).articles
        return self._answer(request, site, site.name, site.tagline or site.name, "/", articles)

    def section(self, request: HttpRequest) -> Response:
        """GET /section/{slug}/feed.…"""
        name = request.path_params["slug"]
        site, articles = self._articles(
            request, message("No section is called “%(name)s”.", name=name), section=name
        )
        return self._list(request, site, self._engine.section_title(name), section_path(name), articles)

    def topic(self, request: HttpRequest) -> Response:
        """GET /topic/{slug}/feed.…"""
        name = request.path_params["slug"]
        if (moved := moved_topic(self._engine, name)) is not None:
            return moved_to(f"{topic_path(moved)}/{request.scope['path'].rpartition('/')[2]}")
        site, articles = self._articles(
            request, message("No article is about “%(name)s”.", name=name), topic=name
        )
        return self._list(request, site, topic_name(articles, name), topic_path(name), articles)

    def author(self, request: HttpRequest) -> Response:
        """GET /author/{slug}/feed.…"""
        name = request.path_params["slug"]
        site, articles = self._articles(
            request, message("No article is by “%(name)s”.", name=name), author=name
        )
        author = author_named(articles, name)
        return self._list(request, site, author.name if author else name, author_path(name), articles)

    def _articles(
        self, request: HttpRequest, missing: MessageText, **which: Any
    ) -> tuple[Site, tuple[Article, ...]]:
        site = self._pages.site(request)
        listing = self._engine.listing(**which, limit=ITEMS, brand=site.key)
        check_listing(listing, missing)
        return site, listing.articles

    def _list(
        self, request: HttpRequest, site: Site, title: str, path: str, articles: Sequence[Article]
    ) -> Response:
        words = site.words
        return self._answer(
            request,
            site,
            f"{words.isolated(title)} – {words.isolated(site.name)}",
            words.text("%(title)s in %(newspaper)s", title=title, newspaper=site.name),
            path,
            articles,
        )

    def _answer(
        self, request: HttpRequest, site: Site, title: str, about: str, path: str, articles: Sequence[Article]
    ) -> Response:
        kind = request.scope["path"].rpartition(".")[2]
        changed = self._engine.browse.change_times([article.id for article in articles])
        labels = self._engine.rules.labels(self._clock())
        base, mirror = self._pages.base(request), self._engine.settings.portal.mode == "mirror"
        entries = [
            FeedEntry(
                article,
                titled(article, labels.get(article.id, ""), site.words),
                summary_of(article),
                article.updated or article.published or when,
                (mirror and article.provenance.canonical_url) or base + page_path(article),
                labels.get(article.id, ""),
            )
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
        if kind == "json":
            body = msgspec.json.encode(
                json_feed(feed, base, site, self._engine.section_title, self._renderer.gallery)
            )
        else:
            template = "feed.xml" if kind == "xml" else "feed.atom.xml"
            text = self._renderer.render(template, base=base, feed=feed, site=site)
            body = _NOT_XML.sub("\ufffd", text).encode()
        return self._pages.with_etag(request, body, TYPES[kind], cache_control(MACHINE_SECONDS))


def titled(article: Article, label: str, words: Words) -> str:
    """The headline, after what editors marked the article as, if they did."""
    if not label:
        return article.headline
    marked_as = words.text(LABELS[label])
    return words.text("%(label)s: %(headline)s", label=marked_as, headline=article.headline)


def json_feed(
    feed: Feed, base: str, site: Site, section_title: Callable[[str], str], gallery: PictureGallery
) -> dict[str, Any]:
    """JSON Feed 1.1; unknown values are left out. `section_title` gives the name of a section."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": base + feed.path,
        "feed_url": base + feed.own,
        "description": feed.about,
        "language": site.language,
        "items": [
            _item(entry, base, site.words, section_title, gallery.kept_lead(entry.article))
            for entry in feed.entries
        ],
    }


def _item(
    entry: FeedEntry,
    base: str,
    words: Words,
    section_title: Callable[[str], str],
    lead: ShownPicture | None,
) -> dict[str, Any]:
    article = entry.article
    labelled = [words.text(LABELS[entry.label])] if entry.label else []
    item: dict[str, Any] = {
        "id": base + article_path(article.id),  # the same also when its address changes
        "url": entry.link,
        "external_url": article.provenance.canonical_url,
        "title": entry.title,
        "content_text": entry.summary or article.headline,
        "date_published": iso(article.published) if article.published else None,
        "date_modified": iso(article.updated) if article.updated else None,
        "authors": [
            {"name": author.name, "url": base + author_path(slug(author.name))} for author in article.authors
        ],
        "tags": [*labelled, section_title(article.section), *article.topics],
        "language": article.language,
        "image": base + lead.path("wide", "jpg") if lead else None,
    }
    return {name: value for name, value in item.items() if value not in (None, [])}
