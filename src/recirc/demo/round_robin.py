"""A reverse proxy for the sample newspaper on several machines, where no real one is installed.

Each request goes to the next machine that answers. One whose machine dies before its answer begins goes to another, if
it only reads or sends events, whose ids make them count once.
"""

from collections.abc import Sequence
from typing import Final

import httpx
from starlette.types import Receive, Scope, Send

CONNECT_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 30.0
AWAY: Final = b"No machine answers just now."

_HOP = {
    b"connection",
    b"keep-alive",
    b"transfer-encoding",
    b"te",
    b"upgrade",
    b"trailer",
    b"proxy-connection",
}
"""Headers of one connection, which are not passed on."""


class RoundRobin:
    """An ASGI app that passes requests on to machines in turn, each named by its base URL."""

    def __init__(self, machines: Sequence[str]) -> None:
        self._machines = list(machines)
        self._turn = 0
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS), trust_env=False
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = await _body(receive)
        again = scope["method"] in ("GET", "HEAD") or scope["path"] == "/v1/events"
        for machine in self._in_turn():
            try:
                answer = await self._client.send(self._request(machine, scope, body), stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except httpx.TransportError:  # it died amid the request
                if again:
                    continue
                break
            try:
                await _pass_on(answer, send)
            finally:
                await answer.aclose()
            return
        headers = [(b"content-type", b"text/plain"), (b"retry-after", b"1")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": AWAY})

    def _in_turn(self) -> list[str]:
        self._turn = (self._turn + 1) % len(self._machines)
        return [*self._machines[self._turn :], *self._machines[: self._turn]]

    def _request(self, machine: str, scope: Scope, body: bytes) -> httpx.Request:
        """The request as it goes on, with the address of the client whose it is."""
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name not in _HOP and name not in (b"x-forwarded-for", b"content-length")
        ]
        headers.append((b"x-forwarded-for", str(scope["client"][0]).encode()))
        url = machine + scope["raw_path"].decode("latin-1") + query
        return httpx.Request(scope["method"], url, headers=headers, content=body)


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _pass_on(answer: httpx.Response, send: Send) -> None:
    """Send what a machine answered, as it comes, compressed or not as it is."""
    headers = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() not in _HOP]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    async for chunk in answer.aiter_raw():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
