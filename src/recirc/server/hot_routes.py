"""The routes that most requests are for, answered before the framework.

Each layer of middleware costs a request as much as a whole answer that is known already. Here the same endpoint answers
and the same errors, headers, compression and metrics follow, in one function instead of nine layers.
"""

import gzip
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from recirc.web.embed_origins import EmbedOrigins
from recirc.web.metrics import Metrics
from recirc.web.requests import HttpRequest
from recirc.web.routing import Endpoint
from recirc.web.shared_response import SharedResponse

HOT_PATHS: Final = (
    "/v1/shelves", "/v1/shelves.html", "/v1/embed", "/v1/rankings", "/v1/next", "/v1/events",
)  # fmt: skip

COMPRESSED_BYTES: Final = 1000
"""A smaller body is not compressed."""
COMPRESSION: Final = 5

ErrorHandler: TypeAlias = Callable[[HttpRequest, Exception], Awaitable[Response]]
Header: TypeAlias = tuple[bytes, bytes]


class RoutedApp(Starlette):
    """The framework's app, and in front of it the hot routes by their paths.

    Attributes:
        hot: ASGI apps by path.
    """

    hot: Mapping[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's lifespan."""
        hot = self.hot.get(scope["path"]) if scope["type"] == "http" else None
        if hot is None:
            await super().__call__(scope, receive, send)
        else:
            await hot(scope, receive, send)


class HotRoute:
    """The ASGI app of one path."""

    def __init__(
        self,
        path: str,
        endpoint: Endpoint,
        on_error: ErrorHandler,
        metrics: Metrics,
        embed_origins: EmbedOrigins,
        headers: tuple[Header, ...],
    ) -> None:
        """`headers` are added to every response."""
        self._path = path
        self._endpoint = endpoint
        self._on_error = on_error
        self._metrics = metrics
        self._embed_origins = embed_origins
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = time.perf_counter()
        try:
            response = await self._endpoint.respond(scope, receive, send)
        except Exception as error:  # every exception has an answer, as in the framework's middleware
            response = await self._on_error(HttpRequest(scope, receive, send), error)
        origin = accepts_gzip = False
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = True
            elif name == b"accept-encoding":
                accepts_gzip = accepts_gzip or b"gzip" in value
        body, headers = response.body, [*response.raw_headers, *self._headers]
        if accepts_gzip and len(body) >= COMPRESSED_BYTES:
            body = _compressed(response)
            headers = [header for header in headers if header[0] != b"content-length"]
            headers += [(b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(body))]
        vary = [value for name, value in headers if name == b"vary"]
        headers = [header for header in headers if header[0] != b"vary"]
        headers.append((b"vary", b", ".join((*vary, b"Accept-Encoding"))))
        message = {"type": "http.response.start", "status": response.status_code, "headers": headers}
        if origin:
            await self._embed_origins.add_headers(scope, MutableHeaders(scope=message))
        elif self._embed_origins.serves(self._path):
            headers[-1] = (b"vary", headers[-1][1] + b", Origin")
        await send(message)
        await send({"type": "http.response.body", "body": body, "more_body": False})
        self._metrics.count(self._path, scope["method"], response.status_code, time.perf_counter() - start)


def _compressed(response: Response) -> bytes:
    if not isinstance(response, SharedResponse):
        return gzip.compress(response.body, COMPRESSION, mtime=0)
    return response.answer.compressed(COMPRESSION)
