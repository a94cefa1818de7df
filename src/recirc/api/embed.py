"""The script with which pages of other sites show their shelves: at an address for all, and at one for this edition."""

import base64
import hashlib
from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.responses import RedirectResponse, Response

from recirc.web.caching import etag_matches, etag_of
from recirc.web.operations import json_response
from recirc.web.renderer import HERE
from recirc.web.requests import HttpRequest, read_query
from recirc.web.scripts import minified

CACHE: Final = "public, max-age=3600, stale-while-revalidate=86400"
FOR_EVER: Final = "public, max-age=31536000, immutable"
EDITION: Final = 2
"""Of what pages may rely on: attributes, events, parts and slots. A higher one takes something away."""
JAVASCRIPT: Final = "text/javascript; charset=utf-8"


class ScriptQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The language of the script's own words; the script itself reads it from its address."""

    lang: Annotated[str, Meta(max_length=35)] = ""


class EmbedRelease(Struct, frozen=True, kw_only=True):
    """Where this edition of the script is for ever, and the hash with which a page makes sure of it.

    Attributes:
        edition: of what pages may rely on.
        path: the address of these bytes; another release has another.
        integrity: the attribute `integrity` of the script element.
        bytes: before compression.
    """

    edition: int
    path: str
    integrity: str
    bytes: int


class EmbedScript:
    """The handlers of `/embed.js`, `/embed/{name}` and `/embed.json`."""

    def __init__(self) -> None:
        self.content = minified((HERE / "static" / "embed.js").read_text("utf-8")).encode()
        digest = hashlib.sha384(self.content).digest()
        self.release = EmbedRelease(
            edition=EDITION,
            path=f"/embed/{EDITION}-{digest.hex()[:16]}.js",
            integrity=f"sha384-{base64.b64encode(digest).decode()}",
            bytes=len(self.content),
        )

    def get(self, request: HttpRequest) -> Response:
        """GET /embed.js: this edition, to be asked for again within the hour."""
        read_query(request, ScriptQuery)
        return self._response(request, CACHE)

    def get_version(self, request: HttpRequest) -> Response:
        """GET /embed/{name}: these bytes for ever; another name leads to those that there are."""
        if request.scope["path"] != self.release.path:
            return RedirectResponse("/embed.js", 302, {"Cache-Control": "no-cache", **_FOR_ALL})
        return self._response(request, FOR_EVER)

    def get_release(self, _: HttpRequest) -> Response:
        """GET /embed.json: address and hash of this edition."""
        return json_response(self.release, cache="public, max-age=60", headers=_FOR_ALL)

    def _response(self, request: HttpRequest, cache: str) -> Response:
        etag = etag_of(self.content)
        headers = {"Cache-Control": cache, "ETag": etag, **_FOR_ALL}
        if etag_matches(request.headers.get("if-none-match", ""), etag):
            return Response(None, 304, headers)
        return Response(self.content, 200, headers, JAVASCRIPT)


# Modules and scripts with `integrity` are fetched by CORS; pages with a Cross-Origin-Embedder-Policy may load it too.
_FOR_ALL: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
