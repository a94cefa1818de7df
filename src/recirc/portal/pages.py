"""The pages that people read."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from litestar import Response

from recirc.engine import Engine
from recirc.portal import machine, problems
from recirc.portal.articles import known
from recirc.portal.brands import Face
from recirc.portal.caching import REVALIDATED, holds, moving, shared, tag_of
from recirc.portal.explain import explained
from recirc.portal.front import Front, compose
from recirc.portal.incoming import Clock, Incoming, tail
from recirc.portal.links import ADDRESS, article_path, section_path, section_title
from recirc.portal.look import Look
from recirc.portal.machine import breadcrumb
from recirc.portal.paging import HOME, Crumb
from recirc.portal.problems import ProblemError
from recirc.portal.summaries import summary_of
from recirc.portal.timeline import timeline
from recirc.provenance.attribution import attribution
from recirc.store.pins import Pins
from recirc.types import Article, Request, Window

CANDIDATES = 80
NEAREST = 6
"""Articles that a page which leads nowhere shows."""

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class Pages:
    """The handlers of the pages."""

    def __init__(self, engine: Engine, look: Look, pins: Pins, clock: Clock) -> None:
        self._engine = engine
        self._pins = pins
        self._look = look
        self._clock = clock

    def front(self, request: Incoming) -> Response[bytes]:
        """GET /."""
        now, face = self._clock(), self.face(request)
        wanted = Request(window=Window.DAY, published_only=True, brand=face.key)
        ranking = self._engine.shelves(wanted, now).ranking
        return self.page(
            request,
            "front.html",
            path="/",
            front=self._front(face, now),
            ranking=ranking,
            moving=moving(ranking),
        )

    def _front(self, face: Face, now: int) -> Front:
        engine = self._engine
        ranking = engine.ranking(section=None, window=Window.DAY, slots=50, now=now, brand=face.key)
        readers = {
            item.article: (item.counts.window_readers or 0) if item.counts else 0 for item in ranking.items
        }
        newest = {
            article.id: article for article in engine.listing(limit=CANDIDATES, brand=face.key).articles
        }
        for item in ranking.items:
            if item.article not in newest and (stored := engine.article(item.article)) and stored.article:
                newest[item.article] = stored.article
        return compose(
            list(newest.values()),
            {
                section: engine.listing(section=section, limit=12, brand=face.key).articles
                for section in menu(engine, face)
            },
            readers,
            lambda article: [other.id for other in engine.story(article)],
            now / 1000,
            self._pinned(face, now),
        )

    def _pinned(self, face: Face, now: int) -> dict[int, Article]:
        """What editors put on this newspaper's front page, by place: of its own articles, those that still stand."""
        found: dict[int, Article] = {}
        for pin in self._pins.all(now):
            stored = self._engine.article(pin.article)
            if stored is None or stored.withdrawn or stored.article is None:
                continue
            if self._look.brands.holds(face, stored.article):
                found[pin.place] = stored.article
        return found

    def article(self, request: Incoming) -> Response[bytes]:
        """GET /article/{id}, /from/{address} and /article?id=…"""
        path = request.scope["path"]
        if path == "/article":
            article_id = request.query_params.get("id", "")
        elif path.startswith("/from/"):
            article_id = ADDRESS + tail(request, "/from/")
        else:
            article_id = tail(request, "/article/")
        stored = known(self._engine, article_id)
        now, face, brands = self._clock(), self.face(request), self._look.brands
        home, published = face, stored.article is not None
        if stored.article is not None:
            home = brands.home(face, stored.article)
            if not brands.cross and not brands.holds(face, stored.article):
                return self._elsewhere(stored.article, home)
        wanted = Request(
            article=stored.id,
            personalised=False,
            published_only=published,
            brand=brands.within(request, Request()),
        )
        slate = self._engine.shelves(wanted, now)
        path = article_path(stored.id)
        beside: dict[str, Any] = {"slate": slate, "source": stored.id, "path": path, "article_id": stored.id}
        if stored.article is None:
            return self.page(request, "unpublished.html", etag=False, **beside)
        article = stored.article
        base = self.base(request)
        summary = summary_of(article)
        story = self._engine.story(stored.id)
        first = attribution(article, story)
        return self.page(
            request,
            "article.html",
            moving=moving(slate),
            crumbs=(
                HOME,
                Crumb(section_title(article.section), section_path(article.section)),
                Crumb(article.headline, path),
            ),
            article=article,
            first=first,
            summary=summary,
            counts=self._engine.counts(stored.id, now),
            canonical=(home.url or base if home is not face else base) + path,
            minutes=minutes_of(article),
            reactions=self._reactions(stored.id),
            story=story,
            told=timeline((article, *story), ()) if story else (),
            shares=machine.shares(article.headline, base + path),
            machine=(machine.news_article(article, base, face.name, self._logo(face), summary, first),),
            **beside,
        )

    def _logo(self, face: Face) -> str:
        return self._look.asset_path(face.logo.asset if face.logo else "icon.svg")

    def _elsewhere(self, article: Article, home: Face) -> Response[bytes]:
        """The article's own newspaper, for one of which this newspaper shows nothing."""
        if not home.url:
            raise ProblemError(problems.NOT_FOUND, f"This article is in {home.name}, not here.")
        # Not for good: an editor may move the article to another newspaper, or back.
        kept = {
            "Location": home.url + article_path(article.id),
            "Cache-Control": shared(self._engine.settings.server.page_seconds),
        }
        return Response(b"", status_code=307, headers=kept)

    def _reactions(self, id: str) -> dict[str, int]:
        given = self._engine.reactions(id)
        return {name: given[name] for name in self._engine.settings.site.reactions}

    def about(self, request: Incoming) -> Response[bytes]:
        """GET /about: what once stood there."""
        return Response(b"", status_code=308, headers={"Location": self.base(request) + "/how-it-works"})

    def how_it_works(self, request: Incoming) -> Response[bytes]:
        """GET /how-it-works."""
        return self.page(
            request,
            "how-it-works.html",
            path="/how-it-works",
            explained=explained(self._engine.settings, self._engine.model_card),
            settings=self._engine.settings,
        )

    def static(self, request: Incoming) -> Response[bytes]:
        """GET /static/{name}."""
        asset = self._look.assets.get(tail(request, "/static/"))
        if asset is None:
            raise ProblemError(problems.NOT_FOUND, "There is no such file.")
        lasting = request.query_params.get("v") == asset.version
        cache = "public, max-age=31536000, immutable" if lasting else "no-cache"
        return self.tagged(request, asset.content, asset.media_type, cache)

    def error(self, request: Incoming, problem: ProblemError) -> Response[bytes]:
        """A problem as a page that looks like the site; one that leads nowhere shows what may have been meant."""
        status, path = problem.sort.status, request.scope["path"]
        nearest: Sequence[Article] = ()
        newest: Sequence[Article] = ()
        if status < 500:
            brand = self.face(request).key
            if status in (problems.NOT_FOUND.status, problems.WITHDRAWN.status):
                asked = unquote(f"{path} {request.scope['query_string'].decode('latin-1')}", errors="replace")
                nearest = self._engine.browse.nearest(asked, self._clock(), NEAREST, brand)
            newest = () if nearest else self._engine.listing(limit=6, brand=brand).articles
        text = self._look.render(
            "error.html",
            site=self.face(request),
            problem=problem,
            nearest=nearest,
            newest=newest,
            path=path,
            now=self._now(),
            base=self.base(request),
            crumbs=(),
            machine=(),
        )
        return Response(
            text.encode(),
            status_code=status,
            media_type="text/html",
            headers={"Cache-Control": "no-store", **problem.headers},
        )

    def page(
        self,
        request: Incoming,
        template: str,
        *,
        etag: bool = True,
        moving: Sequence[str] = (),
        crumbs: Sequence[Crumb] = (),
        machine: Sequence[Mapping[str, Any]] = (),
        **context: Any,
    ) -> Response[bytes]:
        """A rendered template as an answer, the same for all readers.

        Args:
            request: what is answered.
            template: its name.
            etag: False for a page that no cache may keep without asking.
            moving: words in it that are others each time without anything being new (see `caching.moving`).
            crumbs: the way to this page, from the front page.
            machine: JSON-LD about it; the breadcrumb is added.
            context: what the template sees beside these.
        """
        base = self.base(request)
        about = (*machine, breadcrumb(crumbs, base)) if crumbs else machine
        text = self._look.render(
            template,
            site=self.face(request),
            now=self._now(),
            base=base,
            crumbs=crumbs,
            machine=about,
            **context,
        )
        media = "text/html"
        if etag:
            cache = shared(self._engine.settings.server.page_seconds)
            return self.tagged(request, text.encode(), media, cache, moving)
        return Response(text.encode(), media_type=media, headers={"Cache-Control": REVALIDATED})

    def tagged(
        self,
        request: Incoming,
        body: bytes,
        media: str,
        cache: str = REVALIDATED,
        moving: Sequence[str] = (),
    ) -> Response[bytes]:
        """An answer with an ETag; 304 without a body to who has it already."""
        tag = tag_of(body, moving)
        headers = {"Cache-Control": cache, "ETag": tag}
        if holds(request.headers.get("if-none-match", ""), tag):
            return Response(b"", status_code=304, media_type=media, headers=headers)
        return Response(body, media_type=media, headers=headers)

    def face(self, request: Incoming) -> Face:
        """The newspaper that the request is for."""
        return self._look.brands.of(request)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock() / 1000, UTC)

    def base(self, request: Incoming) -> str:
        """What stands before paths in whole addresses of this request's newspaper; empty where no host is known."""
        host, url = request.headers.get("host", ""), self.face(request).url
        if url:
            return url
        # Anybody can write anything there; without a host links are relative.
        return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else ""


def menu(engine: Engine, face: Face) -> tuple[str, ...]:
    """The sections of a newspaper's menu, as slugs: those of the settings, else the ten that have most articles."""
    return face.sections or tuple(section for section, _ in engine.sections(face.key)[:10])


def minutes_of(article: Article) -> int:
    """How long reading takes, in minutes, at least one; 0: there is no text.

    230 words a minute; where words are not told apart by spaces (Chinese, Japanese, Thai), 500 characters.
    """
    words = _TAG.sub(" ", article.body).split()
    if not words:
        return 0
    letters = sum(map(len, words))
    long = letters / 500 if letters > 15 * len(words) else len(words) / 230
    return max(1, round(long))


_TAG = re.compile("<[^>]*>")
