"""Pages of articles are sent again as they were sent before, as long as they last: before the framework."""

import time
from collections.abc import Hashable
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recirc.engine.bounded_values import BoundedValues
from recirc.server.hot_routes import MOST_KEY, MOST_KNOWN, Header, request_key
from recirc.web.metrics import Metrics
from recirc.web.shared_response import LASTING, Lasting

BEGINNINGS: Final = ("/article", "/from/")
"""Of the paths of articles' pages."""

_LANGUAGE, _COOKIE, _VERSION = b"accept-language", b"cookie", b"if-none-match"


class _KnownPage(NamedTuple):
    lasting: Lasting
    headers: list[Header]
    body: bytes
    route: str

    @property
    def nbytes(self) -> int:
        """Bytes of the body, and of a key at most."""
        return MOST_KEY + len(self.body)


class KnownPages:
    """The pages that an app has sent, at most MOST_KNOWN, within bounds of memory."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._known = BoundedValues(MOST_KNOWN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = time.perf_counter()
        key = _page_key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        known: _KnownPage | None = self._known.get(key)
        if known is not None and known.lasting.lasts():
            known.lasting.note(scope)
            await send({"type": "http.response.start", "status": 200, "headers": known.headers})
            await send({"type": "http.response.body", "body": known.body, "more_body": False})
            self._metrics.count(known.route, "GET", 200, time.perf_counter() - start)
            return
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)
            await send(message)

        await self._app(scope, receive, keep)
        lasting = scope.get(LASTING)
        if lasting is not None and len(sent) == 2 and sent[0]["status"] == 200:
            headers, body = list(sent[0]["headers"]), bytes(sent[1].get("body", b""))
            self._known[key] = _KnownPage(lasting, headers, body, scope["route"].path_format)


def _page_key(scope: Scope) -> Hashable | None:
    """All that a page may depend on; None: it is looked at anew, as a client's question whether it has changed."""
    key = request_key(scope)
    if key is None:
        return None
    own = [(name, value) for name, value in scope["headers"] if name in (_LANGUAGE, _COOKIE, _VERSION)]
    if any(name == _VERSION for name, _ in own):
        return None
    return scope["path"], scope["scheme"], key, tuple(own)
