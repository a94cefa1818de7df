"""Which encoding of an answer a client accepts."""

from typing import Final

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_ASKED: Final = "recirc.asked"
_GZIP: Final = (b"gzip", b"x-gzip")


def accepts_gzip(scope: Scope) -> bool:
    """Whether the `Accept-Encoding` headers of a request name gzip, or anything, with a weight above 0 (RFC 9110).

    >>> def asked(written):
    ...     return accepts_gzip({"headers": [(b"accept-encoding", written)]})
    >>> asked(b"br, gzip;q=0.5"), asked(b"*"), asked(b"gzip;q=0, *"), asked(b"identity"), asked(b"not-gzip")
    (True, True, False, False, False)
    """
    found = {}
    for name, value in scope["headers"]:
        if name != b"accept-encoding":
            continue
        if value in (b"gzip", b"gzip, deflate, br", b"gzip, deflate, br, zstd"):  # nearly all there are
            return True
        for written in value.lower().split(b","):
            coding, _, weight = written.partition(b";")
            found[coding.strip()] = weight.replace(b" ", b"").rstrip(b"0.") != b"q="
    return (
        any(found[each] for each in _GZIP if each in found)
        if found.keys() & _GZIP
        else found.get(b"*", False)
    )


class GZipWhereAccepted:
    """Compresses answers for those who accept that; Starlette's own looks for the letters alone."""

    def __init__(self, app: ASGIApp, minimum_size: int, compresslevel: int) -> None:
        """As `GZipMiddleware`."""

        async def as_asked(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope[_ASKED], receive, send)

        self._plain = app
        self._compressed = GZipMiddleware(as_asked, minimum_size=minimum_size, compresslevel=compresslevel)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not accepts_gzip(scope):
            await self._plain(scope, receive, send)
            return
        # Written as the middleware looks for it. The application notes things in the request's own scope.
        written = {"type": "http", "headers": [(b"accept-encoding", b"gzip")], _ASKED: scope}
        await self._compressed(written, receive, send)
