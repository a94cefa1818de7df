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
    """A client of one server; tasks of one event loop may share it. Close it, or use it in an `async with`.

    Every method raises subclasses of `RecircError`.
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
        """Prepare a client; no request is sent yet.

        Args:
            url: address of the server, such as https://news.example.
            key: an API key; required for publishing, withdrawing and naming readers.
            timeout: limit in seconds for connecting, for sending, and for waiting for a response, each.
            retry: when to retry.
            transport: an httpx transport to use instead of the default one.

        Raises:
            ValueError: the address or the key is invalid.
        """
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
        """Publish or update articles; returns one result for each, in order, when they are on disk.

        Refused articles do not keep the others out: look for the outcome `refused`.

        Raises:
            RejectedError: all of them were refused.
        """
        return await self._run(requests.publish(articles, self._config))

    async def withdraw(self, id: str) -> WithdrawResult:
        """Withdraw an article; repeating it is no error. Raises NotFoundError for an unknown article."""
        return await self._run(requests.withdraw(id, self._config))

    async def observe(self, events: Event | Iterable[Event]) -> EventsResult:
        """Send reader events; they are on disk when this returns.

        Events without an id get one, so that an event that has to be sent again counts once.
        """
        return await self._run(requests.observe(events, self._config))

    async def shelves(
        self, request: Request | None = None, /, *, absolute: bool = False, **fields: Unpack[RequestFields]
    ) -> Slate:
        """The shelves for a `Request`, or for its fields as keywords; `absolute`: items with absolute URLs."""
        return await self._run(requests.shelves(request, absolute, fields, self._config))

    async def ranking(
        self,
        *,
        section: str | None = None,
        window: Window = Window.HOUR,
        slots: int | None = None,
        brand: str | None = None,
    ) -> Shelf:
        """The most read articles."""
        return await self._run(requests.ranking(section, window, slots, brand, self._config))

    async def article(self, id: str) -> ArticleRecord:
        """An article as stored. Raises NotFoundError or WithdrawnError."""
        return await self._run(requests.article(id, self._config))

    async def health(self) -> HealthStatus:
        """The server's health; without retries."""
        return await self._run(requests.health(self._config))

    async def healthy(self) -> bool:
        """Whether the server responds with status `ok`; never raises a `RecircError`."""
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
