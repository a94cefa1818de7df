"""The routes that most requests are for, answered before the framework: of the API, and of pages (`known_pages`).

Each layer of middleware costs a request as much as a whole answer that is known already. Here the same endpoint answers
and the same errors, headers, compression and metrics follow, in one function instead of nine layers.
"""

import gzip
import inspect
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Final, NamedTuple, TypeAlias

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from recirc.engine.bounded_values import BoundedValues
from recirc.server.body_limits import BodyLimits
from recirc.web.embed_origins import EmbedOrigins
from recirc.web.encodings import accepts_gzip
from recirc.web.metrics import Metrics
from recirc.web.requests import HttpRequest
from recirc.web.routing import Endpoint
from recirc.web.shared_response import Lasting, SharedResponse

HOT_PATHS: Final = (
    "/v1/shelves", "/v1/shelves.html", "/v1/embed", "/v1/rankings", "/v1/next", "/v1/events", "/v1/articles",
)  # fmt: skip

COMPRESSED_BYTES: Final = 1000
"""A smaller body is not compressed."""
COMPRESSION: Final = 5
COMPRESSION_ONCE: Final = 1
"""Level for an answer that nobody may keep, neither here nor a cache: a tenth larger, in two thirds of the time."""

MOST_KNOWN: Final = 4096
"""Number of answers of one route that are kept as they are sent; beyond it the oldest are dropped, one by one."""
MOST_KEY: Final = 4096
"""Bytes of what an answer that is kept depends on: a longer address, or cookie, is looked at anew each time."""
KEY_HEADERS: Final = frozenset((b"host", b"sec-gpc", b"accept-language", b"cookie"))
"""Headers of which pages or answers are kept apart, and which may have any value."""

_NOT_KNOWN: Final = frozenset((b"origin", b"content-length", b"transfer-encoding", b"authorization"))
"""Headers of requests that are looked at anew each time."""

ErrorHandler: TypeAlias = Callable[[HttpRequest, Exception], Awaitable[Response]]
Header: TypeAlias = tuple[bytes, bytes]


class RoutedApp(Starlette):
    """The framework's app, and in front of it the hot routes by their paths.

    Attributes:
        hot: ASGI apps by path.
        beginnings, pages: how the paths of pages begin that another app answers, and that app.
    """

    hot: Mapping[str, ASGIApp] = {}
    beginnings: tuple[str, ...] = ()
    pages: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's lifespan."""
        hot = self.hot.get(scope["path"]) if scope["type"] == "http" else None
        if hot is not None:
            await hot(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(self.beginnings):
            await self.pages(scope, receive, send)
        else:
            await self.framework(scope, receive, send)

    async def framework(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request with all middleware."""
        await super().__call__(scope, receive, send)


class HotRoute:
    """The ASGI app of one path."""

    def __init__(
        self,
        path: str,
        endpoint: Endpoint,
        on_error: ErrorHandler,
        metrics: Metrics,
        embed_origins: EmbedOrigins,
        body_limits: BodyLimits,
        headers: tuple[Header, ...],
    ) -> None:
        """`headers` are added to every response."""
        self._path = path
        self._endpoint = endpoint
        self._on_error = on_error
        self._metrics = metrics
        self._embed_origins = embed_origins
        self._body_limits = body_limits
        self._headers = headers
        self._known = BoundedValues(MOST_KNOWN)

    @staticmethod
    def key(scope: Scope) -> Hashable | None:
        """What an answer may depend on besides the path; None: it is looked at anew."""
        return request_key(scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = time.perf_counter()
        key = self.key(scope)
        known: _KnownAnswer | None = self._known.get(key) if key is not None else None
        if known is not None and known.lasting.lasts():
            known.lasting.note(scope)
            await send({"type": "http.response.start", "status": 200, "headers": known.headers})
            await send({"type": "http.response.body", "body": known.body, "more_body": False})
            self._metrics.count(self._path, "GET", 200, time.perf_counter() - start)
            return
        response = await self._response(known, scope, receive, send)
        body, headers = self._encoded(response, accepts_gzip(scope))
        message = {"type": "http.response.start", "status": response.status_code, "headers": headers}
        if self._embed_origins.serves(self._path):  # the others are for nobody's pages but our own
            if any(name == b"origin" for name, _ in scope["headers"]):
                await self._embed_origins.add_headers(scope, MutableHeaders(scope=message))
            else:
                headers[-1] = (b"vary", headers[-1][1] + b", Origin")
        if key is not None and isinstance(response, SharedResponse) and response.lasting is not None:
            self._known[key] = _KnownAnswer(response.lasting, headers, body)
        await send(message)
        await send({"type": "http.response.body", "body": body, "more_body": False})
        self._metrics.count(self._path, scope["method"], response.status_code, time.perf_counter() - start)

    async def _response(
        self, known: "_KnownAnswer | None", scope: Scope, receive: Receive, send: Send
    ) -> Response:
        try:
            again = known.lasting.again() if known is not None else None
            if again is not None and again.lasting is not None:
                again.lasting.note(scope)
                return again
            with self._body_limits.limited(scope, receive) as limited:
                answer = self._endpoint.respond(scope, limited, send)
                return await answer if inspect.isawaitable(answer) else answer
        except Exception as error:  # every exception has an answer, as in the framework's middleware
            return await self._on_error(HttpRequest(scope, receive, send), error)

    def _encoded(self, response: Response, compressing: bool) -> tuple[bytes, list[Header]]:
        """The body as it is sent, and the headers, the last of which is Vary."""
        body, headers = bytes(response.body), [*response.raw_headers, *self._headers]
        if compressing and len(body) >= COMPRESSED_BYTES:
            body = compressed(response)
            headers = [header for header in headers if header[0] != b"content-length"]
            headers += [(b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(body))]
        vary = [value for name, value in headers if name == b"vary"]
        headers = [header for header in headers if header[0] != b"vary"]
        headers.append((b"vary", b", ".join((*vary, b"Accept-Encoding"))))
        return body, headers


class _KnownAnswer(NamedTuple):
    """An answer as it was sent, and for how long it is right."""

    lasting: Lasting
    headers: list[Header]
    body: bytes

    @property
    def nbytes(self) -> int:
        """Bytes of the body, and of a key at most."""
        return MOST_KEY + len(self.body)


def request_key(scope: Scope) -> Hashable | None:
    """What an answer may depend on besides the path; None: something that is not known beforehand, a body, or more than
    MOST_KEY bytes.
    """
    if scope["method"] != "GET":
        return None
    host, private, size = None, b"", len(scope["path"]) + len(scope["query_string"])
    for name, value in scope["headers"]:
        if name in KEY_HEADERS:
            size += len(value)
        if name == b"host":
            if host is not None:
                return None
            host = value
        elif name == b"sec-gpc":
            private = private + b"," + value
        elif name in _NOT_KNOWN:
            return None
    return None if size > MOST_KEY else (scope["query_string"], host, private, accepts_gzip(scope))


def compressed(response: Response) -> bytes:
    """The body as gzip."""
    if isinstance(response, SharedResponse):
        return response.answer.compressed(COMPRESSION)
    once = "no-store" in response.headers.get("cache-control", "")
    return gzip.compress(response.body, COMPRESSION_ONCE if once else COMPRESSION, mtime=0)
