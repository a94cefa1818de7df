"""The client that is awaited."""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Self, TypeVar

import httpx
from typing_extensions import Unpack

from recirc.client import lines, questions
from recirc.client.errors import RecircError
from recirc.client.questions import ArticleLike, RequestFields
from recirc.client.retry import RetryPolicy
from recirc.client.wire import ClientConfig, Exchange, Reply, Result, SendStep, address, headers
from recirc.types import Event, Request, Shelf, Slate, Window
from recirc.types.responses import ArticleRecord, EventsResult, HealthStatus, PublishResult, WithdrawResult

T = TypeVar("T")


class AsyncClient:
    """Talks to one server; may be shared by tasks of one event loop. Close it, or use it in an `async with`.

    Every method raises `RecircError`, of the kinds in `recirc.client.errors`.
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
        """A client of the server at `url`; nothing is asked yet.

        Args:
            url: address of the server, such as https://news.example.
            key: an API key; publishing, withdrawing and naming readers need one.
            timeout: seconds that connecting, sending and waiting for an answer may take, each.
            retry: when to ask again.
            transport: another way to the server than httpx's own.

        Raises:
            ValueError: the address or the key is none.
        """
        self._manner = ClientConfig(address(url), retry or RetryPolicy())
        self._timeout = timeout
        self._http = httpx.AsyncClient(headers=headers(key), transport=transport)

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
        """Publish or update articles; one outcome for each, in order, when they are on disk.

        Refused articles do not keep the others out: look for the outcome `refused`.

        Raises:
            RefusedError: not one of them could be taken.
        """
        return await self._talk(questions.publish(articles, self._manner))

    async def withdraw(self, id: str) -> WithdrawResult:
        """Withdraw an article; also when it was before. Raises NotFoundError when there was none."""
        return await self._talk(questions.withdraw(id, self._manner))

    async def observe(self, events: Event | Iterable[Event]) -> EventsResult:
        """Tell what readers did; on disk when this returns.

        Events without an id get one, so that an event that has to be sent again counts once.
        """
        return await self._talk(questions.observe(events, self._manner))

    async def shelves(
        self, request: Request | None = None, /, *, absolute: bool = False, **fields: Unpack[RequestFields]
    ) -> Slate:
        """The three shelves for a `Request`, or for its fields as keywords; `absolute`: with whole addresses."""
        return await self._talk(questions.shelves(request, absolute, fields, self._manner))

    async def ranking(
        self,
        *,
        section: str | None = None,
        window: Window = Window.HOUR,
        slots: int | None = None,
        brand: str | None = None,
    ) -> Shelf:
        """What is read most."""
        return await self._talk(questions.ranking(section, window, slots, brand, self._manner))

    async def article(self, id: str) -> ArticleRecord:
        """An article as it is kept. Raises NotFoundError or WithdrawnError."""
        return await self._talk(questions.article(id, self._manner))

    async def health(self) -> HealthStatus:
        """How the server is; asked once."""
        return await self._talk(questions.health(self._manner))

    async def healthy(self) -> bool:
        """Whether the server answers, and says that it is well; never raises a `RecircError`."""
        try:
            return (await self.health()).status == "ok"
        except RecircError:
            return False

    async def _talk(self, talk: Exchange[T]) -> T:
        heard: Result = None
        while True:
            try:
                step = talk.send(heard)
            except StopIteration as end:
                answer: T = end.value
                return answer
            if isinstance(step, SendStep):
                heard = await self._send(step)
            else:
                await asyncio.sleep(step.seconds)
                heard = None

    async def _send(self, step: SendStep) -> Result:
        until = self._manner.clock() + step.seconds
        body = bytearray()
        try:
            async with self._http.stream(**lines.request(step, self._manner, self._timeout)) as answer:
                async for part in answer.aiter_bytes():
                    body += part
                    lines.check(len(body), self._manner.clock(), until)
                return Reply(answer.status_code, lines.plain(answer.headers), bytes(body))
        except (httpx.HTTPError, lines.CutError) as error:
            return lines.lost(error)
