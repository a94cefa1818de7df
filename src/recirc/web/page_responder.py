"""Answers in the form of a page: a template in the site's frame, a static file, an error that looks like the site."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from litestar import Response

from recirc.engine import Engine
from recirc.types import Article
from recirc.web import problems
from recirc.web.brands import Site
from recirc.web.caching import (
    REVALIDATED,
    holds,
    shared,
    tag_of,
)
from recirc.web.incoming import Clock, Incoming, tail
from recirc.web.paging import Breadcrumb
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.structured_data import breadcrumb

NEAREST = 6
"""Articles that a page which leads nowhere shows."""

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class PageResponder:
    """Makes pages of templates. `clock` tells the moment in ms."""

    def __init__(self, engine: Engine, look: TemplateRenderer, clock: Clock) -> None:
        self._engine = engine
        self._look = look
        self._clock = clock

    def page(
        self,
        request: Incoming,
        template: str,
        *,
        etag: bool = True,
        moving: Sequence[str] = (),
        crumbs: Sequence[Breadcrumb] = (),
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

    def face(self, request: Incoming) -> Site:
        """The newspaper that the request is for."""
        return self._look.brands.of(request)

    def base(self, request: Incoming) -> str:
        """What stands before paths in whole addresses of this request's newspaper; empty where no host is known."""
        host, url = request.headers.get("host", ""), self.face(request).url
        if url:
            return url
        # Anybody can write anything there; without a host links are relative.
        return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else ""

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock() / 1000, UTC)


def menu(engine: Engine, face: Site) -> tuple[str, ...]:
    """The sections of a newspaper's menu, as slugs: those of the settings, else the ten that have most articles."""
    return face.sections or tuple(section for section, _ in engine.sections(face.key)[:10])
