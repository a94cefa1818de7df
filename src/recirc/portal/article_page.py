"""The page of an article, from two parts that are each kept as long as they are the same: its shelves and its frame.

The frame, all around the shelves, depends on the values of `_Shown`, on the day and on what is known of pictures. Each
shelf is a template for as long as its items are the same.
"""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec
from markupsafe import Markup

from recirc.clock import from_ms, to_ms
from recirc.engine import Engine
from recirc.engine.bounded_values import BoundedValues
from recirc.hashing import digest
from recirc.portal.summaries import summary_of
from recirc.portal.timeline import timeline
from recirc.provenance.attribution import attribution
from recirc.types import Article, Request, Shelf
from recirc.web import structured_data
from recirc.web.article_length import minutes_of
from recirc.web.brands import Site
from recirc.web.links import page_path, section_path
from recirc.web.lookups import article_not_found, find_article, listed_follow_ups, published_article
from recirc.web.page_parts import PageAnswer, PageFrame
from recirc.web.page_responder import PageResponder, menu
from recirc.web.paging import Breadcrumb, home_of
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import HttpRequest
from recirc.web.shelf_template import MARK, ShelfTemplate

MOST_FRAMES: Final = 16_384
"""Number of frames that are kept; beyond it, or FRAME_BYTES, those that were not used for longest are dropped."""
FRAME_BYTES: Final = 32_000_000
"""Those of some 5,000 pages."""
SHOWN_BYTES: Final = 16
"""Of the digest of what a frame shows."""
KEPT_BYTES: Final = 1_000
"""Bytes of a kept frame besides the frame, about."""
HOSTS: Final = 4
"""Where a newspaper has no address of its own, its pages name the host that a request names, which may be any: frames
of the last so many hosts are kept, of each at most a part of FRAME_BYTES, beside those of newspapers with an address.
"""

MOST_PARTS: Final = 4
"""Other parts of its story that an article's page lists, the newest ones."""

_SHELVES: Final = f"{MARK}shelves;"


class _Shown(NamedTuple):
    """What the page of an article shows of the state and the rules.

    Attributes:
        article, story: it, and the near-copies of it.
        parts: other articles on its event, where it has no near-copies.
        label: what editors marked it as; empty: as nothing.
        readers: distinct readers.
        reactions: their number by reaction.
        section: the name of its section.
        menu: slugs and names of the sections in the menu.
    """

    article: Article
    story: tuple[Article, ...]
    parts: tuple[Article, ...]
    label: str
    readers: int
    reactions: tuple[tuple[str, int], ...]
    section: str
    menu: tuple[tuple[str, str], ...]


class _KeptFrame(NamedTuple):
    """A frame, a digest of what it shows, and the moments (ms) between which it is the same."""

    shown: bytes
    since: int
    until: float
    frame: PageFrame

    @property
    def nbytes(self) -> int:
        """Bytes of it, about."""
        return KEPT_BYTES + self.frame.nbytes


def _digested(shown: _Shown) -> tuple[_Shown, bytes]:
    return shown, digest(msgspec.msgpack.encode(shown), SHOWN_BYTES)


class ArticlePage:
    """Puts pages of articles together. What it does raises StoreError."""

    def __init__(self, engine: Engine, renderer: TemplateRenderer, pages: PageResponder) -> None:
        self._engine = engine
        self._renderer = renderer
        self._pages = pages
        self._frames = BoundedValues(MOST_FRAMES, FRAME_BYTES)
        self._hosts = BoundedValues(HOSTS)

    def answer(self, request: HttpRequest, id: str, site: Site, home: Site, now: int) -> PageAnswer:
        """The page of a published article as of `now` (ms), the same for all readers.

        Args:
            request: names host and scheme.
            id: of the article.
            site: the newspaper of the page; `home` is that of the article.
            now: the moment of answers without a reader.
        """
        shelves = self._engine.shelf_service.in_form(
            (site.key, site.language, site.timezone),
            self._wanted(request, id, site),
            now,
            partial(self._shelf, site, id, now),
        )
        return PageAnswer(self._frame(request, id, site, home, now), shelves, id)

    def _wanted(self, request: HttpRequest, id: str, site: Site) -> Request:
        brand = self._renderer.brands.shelf_brand(request, Request())
        return Request(
            article=id, personalised=False, published_only=True, brand=brand, language=site.shelf_language
        )

    def _shelf(self, site: Site, id: str, now: int, shelf: Shelf) -> ShelfTemplate:
        pictured: list[Article] = []
        if self._engine.settings.portal.shelf_pictures:
            found = (published_article(self._engine, item.article) for item in shelf.items)
            pictured = [article for article in found if article is not None]
        dates, moment = self._renderer.dates(site), from_ms(now)

        def render(marked: Shelf) -> str:
            return self._renderer.render("shelf.html", site=site, shelf=marked, source=id, now=moment)

        until = dates.brief_until([item.published for item in shelf.items if item.published], moment)
        return ShelfTemplate(shelf, render, dates.clock, self._until(pictured, until, now))

    def _until(self, pictured: Collection[Article], until: datetime, now: int) -> float:
        """The moment (ms) from which on pictures or dates may be others."""
        return min(now + 1000 * self._renderer.gallery.known_seconds(pictured), to_ms(until))

    def _frame(self, request: HttpRequest, id: str, site: Site, home: Site, now: int) -> PageFrame:
        base = self._pages.base(request)
        shown, shown_digest = self._engine.shared(
            ("shown", id, site.key),
            lambda: _digested(self._shown(id, site, now)),
            self._engine.rules.digest(now),  # labels and bans begin and end by the clock
        )
        key, frames = (id, site.key, base, home.key), self._frames if site.url else self._frames_of(base)
        kept: _KeptFrame | None = frames.used(key)
        if kept is not None and kept.since <= now < kept.until and kept.shown == shown_digest:
            return kept.frame
        day = self._renderer.dates(site).brief_until((), from_ms(now))
        until = self._until([shown.article], day, now)
        frame = self._rendered(request, shown, site, home, now)
        frames[key] = _KeptFrame(shown_digest, now, until, frame)
        return frame

    def _frames_of(self, base: str) -> BoundedValues:
        """The frames of pages that name the host of requests: hosts of which there is one page drive out each other."""
        frames: BoundedValues | None = self._hosts.used(base)
        if frames is None:
            frames = self._hosts[base] = BoundedValues(MOST_FRAMES, FRAME_BYTES // HOSTS)
        return frames

    def _shown(self, id: str, site: Site, now: int) -> _Shown:
        engine = self._engine
        # Read here, in the version that the values are kept for: it may have been corrected since it was found.
        article = find_article(engine, id).article
        if article is None:
            raise article_not_found(id)
        given, story = engine.reactions(id), engine.story(id)
        brands = self._renderer.brands
        parts = [] if story else listed_follow_ups(engine, id, now, lambda each: brands.shows(site, each))
        return _Shown(
            article,
            story,
            tuple(parts[-MOST_PARTS:]),
            engine.rules.labels(now).get(id, ""),
            engine.counts(id, now).readers,
            tuple((name, given[name]) for name in engine.settings.site.reactions),
            engine.section_title(article.section),
            engine.shared(("menu", site.key), lambda: self._menu(site)),
        )

    def _menu(self, site: Site) -> tuple[tuple[str, str], ...]:
        return tuple((name, self._engine.section_title(name)) for name in menu(self._engine, site))

    def _rendered(self, request: HttpRequest, shown: _Shown, site: Site, home: Site, now: int) -> PageFrame:
        article, base = shown.article, self._pages.base(request)
        path, sections = page_path(article), dict(shown.menu)
        sections[article.section] = shown.section
        # Not among the arguments of another `text`, where it would not be found as a message.
        shares = structured_data.shares(site.words.text("Mail"), article.headline, base + path)
        text = self._pages.text(
            request,
            "article.html",
            now=from_ms(now),
            crumbs=(
                home_of(site.words),
                Breadcrumb(shown.section, section_path(article.section)),
                Breadcrumb(article.headline, path),
            ),
            article=article,
            article_id=article.id,
            path=path,
            readers=shown.readers,
            canonical=self._original(article) or (home.url or base if home is not site else base) + path,
            minutes=minutes_of(article),
            reactions=dict(shown.reactions),
            shares=shares,
            shelves=Markup(_SHELVES),
            # What was looked up for `shown`, not what it may be by now.
            sections_of=lambda _: [name for name, _ in shown.menu],
            section_title=sections.__getitem__,
            label_of=lambda *_: shown.label,
            **self._provenance(shown, site, base),
        )
        before, _, after = text.partition(_SHELVES)
        return PageFrame(before.encode(), after.encode())

    def _provenance(self, shown: _Shown, site: Site, base: str) -> dict[str, Any]:
        """What the page says, to people and machines, about the article's origin and its other versions."""
        article, story = shown.article, shown.story
        first, summary = attribution(article, story), summary_of(article)
        logo = self._renderer.asset_path(site.logo.asset if site.logo else "icon.svg")
        lead = self._renderer.gallery.kept_lead(article)
        crops = lead.crops() if lead else []
        return {
            "story": story,
            "versions": timeline((article, *story), shown.parts) if story or shown.parts else (),
            "first": first,
            "summary": summary,
            "machine": (
                structured_data.news_article(
                    article, base, site.name, logo, summary, first, shown.section, crops
                ),
            ),
        }

    def _original(self, article: Article) -> str | None:
        """Where an article is read first, if this is not the newspaper's own site."""
        mirror = self._engine.settings.portal.mode == "mirror"
        return article.provenance.canonical_url if mirror else None
