"""Routes as Starlette has them, with one endpoint for each path."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from recirc.web.requests import HttpRequest, check_request

Handler: TypeAlias = Callable[[HttpRequest], Response | Awaitable[Response]]
"""Answers a request. Handlers that are no coroutines take milliseconds at most and run on the event loop."""


class Method(NamedTuple):
    """One method at one path, and its handler."""

    method: str
    path: str
    handler: Handler


class Endpoint:
    """The ASGI app of one path. GET answers HEAD as well; OPTIONS lists the methods."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers = handlers
        self._by_method = dict(handlers)
        if "GET" in handlers:
            self._by_method["HEAD"] = handlers["GET"]  # the server leaves the body out
        self._allow = {"Allow": ", ".join(sorted({*self._by_method, "OPTIONS"}))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what `respond` raises."""
        answer = self.respond(scope, receive, send)
        response = await answer if inspect.isawaitable(answer) else answer
        await response(scope, receive, send)

    def respond(self, scope: Scope, receive: Receive, send: Send) -> Response | Awaitable[Response]:
        """The response to one request, or what has to be awaited for it.

        Raises:
            HTTPException: 405, there is no such method here.
        """
        handler = self._by_method.get(scope["method"])
        if handler is None:
            if scope["method"] != "OPTIONS":
                raise HTTPException(405, headers=self._allow)
            return Response(status_code=204, headers=self._allow)
        request = HttpRequest(scope, receive, send)
        check_request(request)
        return handler(request)


class PathRoute(Route):
    """A route that tries its regular expression only on paths with the right beginning, since most have another."""

    def __init__(self, path: str, endpoint: Endpoint) -> None:
        super().__init__(path, endpoint)
        self._beginning = path.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the route serves the path of a request, as Starlette's routes say it."""
        return super().matches(scope) if scope["path"].startswith(self._beginning) else (Match.NONE, {})


def get(path: str, handler: Handler) -> Route:
    """The route of a page."""
    return PathRoute(path, Endpoint({"GET": handler}))


def routes_of(methods: Iterable[Method]) -> list[Route]:
    """One route for each path, in the order in which the paths are first named."""
    handlers: dict[str, dict[str, Handler]] = {}
    for method, path, handler in methods:
        handlers.setdefault(path, {})[method] = handler
    return [PathRoute(path, Endpoint(by_method)) for path, by_method in handlers.items()]
