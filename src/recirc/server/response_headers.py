"""The headers of every response, which isolate a page from other sites."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recirc.settings import Settings
from recirc.store.orders.members import machine_name

Headers = tuple[tuple[bytes, bytes], ...]

HEADERS: Final[Headers] = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
        b"connect-src 'self'; "
        b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-content-type-options", b"nosniff"),
)


class ResponseHeaders:
    """The headers of responses by path: those of HEADERS, and of several machines the one that answers.

    With `media.hotlink` pages of the portal may show pictures from elsewhere, over HTTPS; all else, such as the desk,
    may not.
    """

    def __init__(self, settings: Settings, portal: Iterable[Route]) -> None:
        """`portal`: the routes of its pages."""
        own: Headers = ()
        if settings.order.engine != "local" or settings.order.machine:
            own = ((b"x-served-by", quote(machine_name(settings.order), safe=" ").encode()),)
        (policy, value), *others = HEADERS
        linked = value.replace(b"img-src 'self'", b"img-src 'self' https:")
        self._usual = (*HEADERS, *own)
        self._linked = ((policy, linked), *others, *own)
        self._places = (
            frozenset(_place(route.path) for route in portal) if settings.media.hotlink else frozenset()
        )

    def of(self, path: str) -> Headers:
        """The headers of a response at a path, or at the paths of a route."""
        return self._linked if self._places and _place(path) in self._places else self._usual


def _place(path: str) -> str:
    """The first part of a path: all pages of one kind have the same.

    >>> _place("/article/{id:path}"), _place("/")
    ('article', '')
    """
    return path.split("/", 2)[1] if path.startswith("/") else path


def added_headers(app: ASGIApp, headers: ResponseHeaders) -> ASGIApp:
    """Add the headers that isolate a page from other sites, where it has none of its own, and tell caches that a
    response may be compressed."""

    async def with_headers(scope: Scope, receive: Receive, send: Send) -> None:
        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                missing = (header for header in headers.of(scope["path"]) if header[0] not in given)
                added = MutableHeaders(raw=[*message["headers"], *missing])
                # Also on a response that is not compressed: the next client may get it compressed.
                if "accept-encoding" not in added.get("vary", "").lower():
                    added.add_vary_header("Accept-Encoding")
                message["headers"] = added.raw
            await send(message)

        await app(scope, receive, add_headers)

    return with_headers
