"""Time limits for the bodies of requests, so that slow senders cannot hold the server's connections.

A body has `server.body_seconds` to arrive, and more in proportion to what has arrived. Where an address, or all
together, have many unfinished bodies, each further one has a second only; so others are served, however many are slow.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recirc.settings import ServerSettings
from recirc.web import problems
from recirc.web.access import ClientAddressResolver
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest

BYTES_PER_SECOND = 4_096
"""Rate above which a body never arrives too slowly; a modem is faster."""

CROWDED_SECONDS = 1.0
"""Time for a body where there are many unfinished ones already."""

MOST_UNFINISHED = 1_000
"""Unfinished bodies of all addresses together, in this worker, from which on there are many."""


class BodyLimits:
    """A body that arrives too slowly is a ProblemError for its reader, and the connection ends."""

    def __init__(self, settings: ServerSettings) -> None:
        self._seconds = settings.body_seconds
        self._per_address = settings.bodies_per_address
        self._addresses = ClientAddressResolver(settings.trust_proxy, warns=False)
        self._unfinished: Counter[str] = Counter()

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """The app, within these limits."""

        async def with_limits(scope: Scope, receive: Receive, send: Send) -> None:
            with self.limited(scope, receive) as limited:
                await app(scope, limited, send)

        return with_limits

    @contextmanager
    def limited(self, scope: Scope, receive: Receive) -> Iterator[Receive]:
        """The `receive` to read the body of a request with, in the block in which it is answered."""
        if scope["type"] != "http" or not _has_body(scope):
            yield receive
            return
        network = self._addresses.network(HttpRequest(scope))
        crowded = (
            self._unfinished[network] >= self._per_address or self._unfinished.total() >= MOST_UNFINISHED
        )
        seconds = min(self._seconds, CROWDED_SECONDS) if crowded else self._seconds
        self._unfinished[network] += 1
        body = _LimitedBody(receive, seconds)
        try:
            yield body.receive
        finally:
            self._unfinished[network] -= 1
            if not self._unfinished[network]:
                del self._unfinished[network]


class _LimitedBody:
    """`receive` of one request, with a deadline until the body is complete."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._deadline: float | None = asyncio.get_running_loop().time() + seconds

    async def receive(self) -> Message:
        """The next message.

        Raises:
            ProblemError: 408, the body arrives too slowly.
        """
        if self._deadline is None:  # complete: what follows is that the client leaves, at any time
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise ProblemError(
                problems.TOO_SLOW,
                f"The body was not complete after {self._seconds:g} s and a second more for each "
                f"{BYTES_PER_SECOND:,} bytes.",
                headers={"Connection": "close"},
            ) from None
        if message.get("more_body"):
            self._deadline += len(message.get("body", b"")) / BYTES_PER_SECOND
        else:
            self._deadline = None
        return message


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
