"""The asynchronous client."""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx

from recirc_client import requests, transport
from recirc_client.errors import RecircError
from recirc_client.protocol import (
    ClientConfig,
    Exchange,
    Reply,
    Result,
    SendStep,
    request_headers,
    server_url,
)
from recirc_client.requests import ArticleLike, RequestFields
from recirc_client.responses import ArticleRecord, EventsResult, HealthStatus, PublishResult, WithdrawResult
from recirc_client.retry import RetryPolicy
from recirc_client.wire import Event, Request, Shelf, Slate, Window

T = TypeVar("T")


class AsyncClient:
    """As `Client`, with methods that are awaited. Tasks of one event loop may share it.

    Close it, or use it in an `async with`.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout: float = 10.0,
        retry: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare a client; arguments and errors are those of `Client`."""
        self._config = ClientConfig(server_url(url), retry or RetryPolicy())
        self._timeout = timeout
        self._http = httpx.AsyncClient(headers=request_headers(key), transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def publish(self, articles: ArticleLike | Iterable[ArticleLike]) -> list[PublishResult]:
        """See `Client.publish`."""
        return await self._run(requests.publish(articles, self._config))

    async def withdraw(self, id: str) -> WithdrawResult:
        """See `Client.withdraw`."""
        return await self._run(requests.withdraw(id, self._config))

    async def observe(self, events: Event | Iterable[Event]) -> EventsResult:
        """See `Client.observe`."""
        return await self._run(requests.observe(events, self._config))

    async def shelves(
        self, request: Request | None = None, /, *, absolute: bool = False, **fields: Unpack[RequestFields]
    ) -> Slate:
        """See `Client.shelves`."""
        return await self._run(requests.shelves(request, absolute, fields, self._config))

    async def ranking(
        self,
        *,
        section: str | None = None,
        window: Window = Window.HOUR,
        slots: int | None = None,
        brand: str | None = None,
    ) -> Shelf:
        """See `Client.ranking`."""
        return await self._run(requests.ranking(section, window, slots, brand, self._config))

    async def article(self, id: str) -> ArticleRecord:
        """See `Client.article`."""
        return await self._run(requests.article(id, self._config))

    async def health(self) -> HealthStatus:
        """See `Client.health`."""
        return await self._run(requests.health(self._config))

    async def healthy(self) -> bool:
        """See `Client.healthy`."""
        try:
            return (await self.health()).status == "ok"
        except RecircError:
            return False

    async def _run(self, exchange: Exchange[T]) -> T:
        result: Result = None
        while True:
            try:
                step = exchange.send(result)
            except StopIteration as end:
                response: T = end.value
                return response
            if isinstance(step, SendStep):
                result = await self._send(step)
            else:
                await asyncio.sleep(step.seconds)  # the delay before a retry
                result = None

    async def _send(self, step: SendStep) -> Result:
        until = self._config.clock() + step.seconds
        body = bytearray()
        try:
            async with self._http.stream(
                **transport.stream_arguments(step, self._config, self._timeout)
            ) as response:
                async for part in response.aiter_bytes():
                    body += part
                    transport.check_limits(len(body), self._config.clock(), until)
                return Reply(response.status_code, transport.lower_case(response.headers), bytes(body))
        except (httpx.HTTPError, transport.AbortError) as error:
            return transport.lost_reply(error)
