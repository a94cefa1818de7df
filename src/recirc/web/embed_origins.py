"""Pages of other sites that may read the shelves and send events: their origins, site keys and CORS headers."""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recirc.engine import Engine
from recirc.settings import EmbedSettings, origin_of
from recirc.store.ports import StoreError
from recirc.store.site_keys import PREFIX, SiteKey, SiteKeys
from recirc.web import problems
from recirc.web.embed_rejections import EmbedRejections, RejectionKind
from recirc.web.links import article_path
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest

log = logging.getLogger("recirc.web")

PATHS = ("/v1/embed", "/v1/shelves", "/v1/shelves.html", "/v1/rankings", "/v1/next", "/v1/events")
"""The paths that pages of other sites may call; articles, for one, are not among them."""

MOST_ORIGIN = 300
"""Characters of an origin that an answer repeats: scheme, host and port are no longer."""

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type, Authorization",
    "Access-Control-Max-Age": "86400",
}
Key = Annotated[str, Meta(max_length=64, description="A site key, `sk_…`.")]


class KeyQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The query parameter for pages of other sites."""

    key: Key | None = None


class GuestAdmission(NamedTuple):
    """A page that may show shelves: whether it may send events too, and its site key, None: it has none."""

    counted: bool
    key: SiteKey | None


class EmbedOrigins:
    """The origins in the settings and those of the site keys."""

    def __init__(self, settings: EmbedSettings, keys: SiteKeys, rejections: EmbedRejections) -> None:
        self._origins = settings.origins
        self._keys = keys
        self.rejections = rejections

    async def admit(self, request: HttpRequest, key: str | None) -> GuestAdmission:
        """Let a page show shelves; one that may not even do that is refused.

        Raises:
            ProblemError: as `check`; 403, without a key: the page's site is allowed nowhere. Any page can read it.
            StoreError: the keys cannot be read.
        """
        if key is not None:
            return GuestAdmission(True, await self.key_of(request, key))
        origin = request.headers.get("origin")
        try:
            own = origin is None or origin.partition("://")[2] == request.headers.get("host")
            if not own and origin not in await self.origins():
                self.rejections.count(RejectionKind.NO_KEY, "", origin or "")
                raise ProblemError(
                    problems.CROSS_SITE,
                    f"Pages of {(origin or '')[:200]!r} may not show shelves. Make a key: recirc key create NAME "
                    "--site ORIGIN, and write it as the attribute `key`.",
                )
            return GuestAdmission(own, None)
        except ProblemError as error:
            raise _readable(error, origin) from None

    async def key_of(self, request: HttpRequest, key: str | None) -> SiteKey | None:
        """The site key of a request for shelves; None: it has none. Raises as `check`; any page can read it."""
        if key is None:
            return None
        try:
            return await self.check(request, key)
        except ProblemError as error:
            raise _readable(error, request.headers.get("origin")) from None

    async def check(self, request: HttpRequest, key: str) -> SiteKey:
        """The site key, if a page with it may send events.

        Raises:
            ProblemError: 401, there is no such key; 403, the page belongs to a site that the key is not for.
        """
        if not key.startswith(PREFIX):
            raise ProblemError(
                problems.KEY_NEEDED,
                f'Only a site key ("{PREFIX}…") may be in an address; send an API key in the Authorization header.',
                headers=_CHALLENGE,
            )
        found = (await self._site_keys()).get(key)
        origin = request.headers.get("origin")
        if found is None:
            self.rejections.count(RejectionKind.UNKNOWN_KEY, key, origin or "")
            raise ProblemError(
                problems.KEY_NEEDED,
                f"The site key {key[:24]!r} is not known here; recirc key list shows the known ones.",
                headers=_CHALLENGE,
            )
        if origin is not None and origin not in found.origins:
            self.rejections.count(RejectionKind.WRONG_ORIGIN, key, origin)
            raise ProblemError(
                problems.CROSS_SITE,
                f"The site key is for pages of {', '.join(found.origins)}; this page belongs to {origin[:200]!r}. "
                "Make a key for both: recirc key create NAME --site ORIGIN --site ORIGIN.",
            )
        return found

    async def origins(self) -> frozenset[str]:
        """All origins whose pages may read the shelves. Raises StoreError."""
        keyed = (origin for key in (await self._site_keys()).values() for origin in key.origins)
        return frozenset((*self._origins, *keyed))

    async def address_function(self, request: HttpRequest, engine: Engine, site: str) -> Callable[[str], str]:
        """A function from an article's id to the address at which a reader of another site finds it: the article's own
        if it is on an allowed site, else the portal's. `site` is the address of the newspaper. Raises StoreError.
        """
        allowed = await self.origins() | {request.headers.get("origin", "")}
        base = base_of(request, site)

        def address(article: str) -> str:
            stored = engine.article(article)
            own = stored.article.url if stored is not None and stored.article is not None else None
            return own if own and origin_of(own) in allowed else base + article_path(article)

        return address

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """Add CORS headers to what pages of allowed sites may read.

        Credentials are never allowed, so such a page sees only what everybody may see.
        """

        async def with_cors(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"] not in PATHS:
                await app(scope, receive, send)
                return

            async def add_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await self.add_headers(scope, MutableHeaders(scope=message))
                await send(message)

            await app(scope, receive, add_headers)

        return with_cors

    @staticmethod
    def serves(path: str) -> bool:
        """Whether pages of other sites may call a path."""
        return path in PATHS

    async def add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        """Add the CORS headers of a response."""
        headers.add_vary_header("Origin")
        origin = Headers(scope=scope).get("origin")
        if origin is None or not await self._allows(origin):
            return
        headers["Access-Control-Allow-Origin"] = origin
        if scope["method"] == "OPTIONS":
            headers.update(PREFLIGHT)
        else:
            headers["Access-Control-Expose-Headers"] = "Retry-After"

    async def _allows(self, origin: str) -> bool:
        try:
            return origin in await self.origins()
        except StoreError as error:
            log.warning("the store: %s", error)
            return origin in self._origins

    async def _site_keys(self) -> Mapping[str, SiteKey]:
        known = self._keys.remembered()
        # In a thread: a locked store must not hold up other requests.
        return known if known is not None else await asyncio.to_thread(self._keys.read)


def _readable(error: ProblemError, origin: str | None) -> ProblemError:
    """The error, which a page of any site can read: its script must be able to say what is wrong."""
    if origin is not None and len(origin) <= MOST_ORIGIN:
        error.headers["Access-Control-Allow-Origin"] = origin
    return error


def base_of(request: HttpRequest, site: str) -> str:
    """The portal's address without a slash at its end: the setting `site.url`, else from the request's Host header."""
    host = request.headers.get("host", "")
    if site:
        return site.rstrip("/")
    # A client can write anything into that header, and pages repeat it in each of their addresses.
    return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else ""


_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
"""No name of the DNS is longer (RFC 1035, 2.3.4)."""
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="recirc"'}


def site_key(request: HttpRequest, given: str | None) -> str | None:
    """The site key of a request: that `given` in its address, or that in the Authorization header."""
    if given is not None:
        return given
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip().startswith(PREFIX) else None
