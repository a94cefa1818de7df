"""Pages that most readers ask for, answered before the framework: as they were sent before, as long as they last."""

from collections.abc import Callable, Hashable, Sequence
from typing import Final, NamedTuple

from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from recirc.server.hot_routes import HotRoute, request_key
from recirc.web.routing import Endpoint

FRONT: Final = "/"
BEGINNINGS: Final = ("/article", "/from/", "/section/")
"""Of the paths of articles' and sections' pages."""

_LANGUAGE, _COOKIE, _VERSION = b"accept-language", b"cookie", b"if-none-match"

MakeRoute = Callable[[type[HotRoute], str, Endpoint], HotRoute]
"""Makes the app of a route, of a kind, with its path and its endpoint."""


class PageRoute(HotRoute):
    """The ASGI app of one kind of page."""

    @staticmethod
    @override
    def key(scope: Scope) -> Hashable | None:
        """All that a page may depend on; None: it is looked at anew, as when a client asks whether it has changed."""
        key = request_key(scope)
        if key is None:
            return None
        own = [(name, value) for name, value in scope["headers"] if name in (_LANGUAGE, _COOKIE, _VERSION)]
        if any(name == _VERSION for name, _ in own):
            return None
        return scope["path"], scope["scheme"], key, tuple(own)


class _Page(NamedTuple):
    route: Route
    app: ASGIApp


class KnownPages:
    """The pages of an app, each route with what it has sent, within bounds of memory; other addresses get `others`."""

    def __init__(self, routes: Sequence[Route], make: MakeRoute, others: ASGIApp) -> None:
        self._pages = [
            _Page(route, make(PageRoute, route.path_format, route.app))
            for route in routes
            if route.path.startswith(BEGINNINGS) and isinstance(route.app, Endpoint)
        ]
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        for page in self._pages:
            match, found = page.route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                await page.app(scope, receive, send)
                return
        await self._others(scope, receive, send)
