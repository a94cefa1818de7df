"""Pages of other sites: which may read the shelves and tell what readers did, and the script that they call."""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from typing import Annotated

from litestar.types import Message, Scope
from msgspec import Meta, Struct

from recirc.engine import Engine
from recirc.settings import EmbedSettings, origin_of
from recirc.store.ports import StoreError
from recirc.store.site_keys import PREFIX, SiteKey, SiteKeys
from recirc.web import problems
from recirc.web.incoming import Incoming
from recirc.web.links import article_path
from recirc.web.problems import ProblemError

log = logging.getLogger("recirc.portal")

PATHS = ("/v1/shelves", "/v1/shelves.html", "/v1/rankings", "/v1/events")
"""What pages of other sites may ask. Articles, for one, are not among them."""

PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"Content-Type, Authorization"),
    (b"access-control-max-age", b"86400"),
)
Key = Annotated[str, Meta(max_length=64, description="A site key, `sk_…`.")]


class KeyQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameter that pages of other sites may add."""

    key: Key | None = None


class EmbedOrigins:
    """The sites of the settings and of the site keys."""

    def __init__(self, settings: EmbedSettings, keys: SiteKeys) -> None:
        self._origins = settings.origins
        self._keys = keys

    async def check(self, request: Incoming, key: str) -> None:
        """Whether a page with this site key may tell what its readers did.

        Raises:
            ProblemError: 401, there is no such key; 403, it is not for the site that the page is of.
        """
        if not key.startswith(PREFIX):
            raise ProblemError(
                problems.KEY_NEEDED,
                f'An address takes a site key alone ("{PREFIX}…"); an API key goes into the header Authorization.',
                headers=_CHALLENGE,
            )
        found = (await self._known()).get(key)
        if found is None:
            raise ProblemError(
                problems.KEY_NEEDED,
                "The site key is not known here; recirc key list shows those that are.",
                headers=_CHALLENGE,
            )
        origin = request.headers.get("origin")
        if origin is not None and origin not in found.origins:
            raise ProblemError(
                problems.CROSS_SITE,
                f"The site key is for pages of {', '.join(found.origins)}, and this page is of {origin[:200]!r}.",
            )

    async def origins(self) -> frozenset[str]:
        """All sites whose pages may read the shelves. Raises StoreError."""
        named = (origin for each in (await self._known()).values() for origin in each.origins)
        return frozenset((*self._origins, *named))

    async def addresser(self, request: Incoming, engine: Engine, site: str) -> Callable[[str], str]:
        """Tells where a reader of another site goes for an article: to where it stands on a site of ours, else to the
        portal, `site` being the address of its newspaper. Raises StoreError.
        """
        ours = await self.origins() | {request.headers.get("origin", "")}
        base = base_of(request, site)

        def address(article: str) -> str:
            stored = engine.article(article)
            own = stored.article.url if stored is not None and stored.article is not None else None
            return own if own and origin_of(own) in ours else base + article_path(article)

        return address

    async def add_headers(self, message: Message, scope: Scope) -> None:
        """Tell browsers which pages may read an answer: one of another site's only where that site is allowed.

        Never with credentials, so a page is shown what a stranger would be shown.
        """
        if message["type"] != "http.response.start" or scope["path"] not in PATHS:
            return
        headers = [(b"vary", b"Origin")]
        origin = _origin(scope)
        if origin is not None and await self._allows(origin):
            headers.append((b"access-control-allow-origin", origin.encode("latin-1", "replace")))
            if scope.get("method") == "OPTIONS":
                headers += PREFLIGHT
            else:
                headers.append((b"access-control-expose-headers", b"Retry-After"))
        message["headers"] = [*message.get("headers", ()), *headers]

    async def _allows(self, origin: str) -> bool:
        try:
            return origin in await self.origins()
        except StoreError as error:
            log.warning("the store: %s", error)
            return origin in self._origins

    async def _known(self) -> Mapping[str, SiteKey]:
        known = self._keys.remembered()
        # A locked store must not hold up the requests of others.
        return known if known is not None else await asyncio.to_thread(self._keys.read)


def base_of(request: Incoming, site: str) -> str:
    """The portal's own address, without a slash at its end: the setting `site.url`, else as the request came."""
    host = request.headers.get("host", "")
    if site:
        return site.rstrip("/")
    # Anybody can write anything there.
    return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else ""


_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="recirc"'}


def site_key(request: Incoming, query: KeyQuery) -> str | None:
    """The site key of a request: of its address, or of `Authorization`, where other servers prefer that."""
    if query.key is not None:
        return query.key
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip().startswith(PREFIX) else None


def _origin(scope: Scope) -> str | None:
    said = next((value for name, value in scope["headers"] if name == b"origin"), None)
    return said.decode("latin-1") if said is not None else None
