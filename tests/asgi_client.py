"""A synchronous HTTP client for an ASGI app in the same process."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx


class AsgiClient(httpx.Client):
    """Sends requests to an app without a network; all run on one event loop, which `close` ends."""

    def __init__(self, app: Any) -> None:
        super().__init__(
            transport=_AsgiTransport(app), base_url="http://testserver.local", follow_redirects=True
        )


class _AsgiTransport(httpx.BaseTransport):
    def __init__(self, app: Any) -> None:
        self._runner = asyncio.Runner()
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("testclient", 50000))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(
            request.method, request.url, headers=request.headers, stream=_AsyncStream(request)
        )
        answer = await self._transport.handle_async_request(sent)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        body = b"".join([chunk async for chunk in answer.stream])
        # As a server does for HEAD.
        body = b"" if request.method == "HEAD" else body
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body))

    def close(self) -> None:
        self._runner.close()


class _AsyncStream(httpx.AsyncByteStream):
    def __init__(self, request: httpx.Request) -> None:
        assert isinstance(request.stream, httpx.SyncByteStream)
        self._chunks = iter(request.stream)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
