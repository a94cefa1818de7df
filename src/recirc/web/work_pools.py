"""Threads for costly work, of its own for each kind of request, so that no kind has to wait for another.

What anybody may ask for (searches, long lists) never takes a thread from what needs an API key.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from starlette.requests import ClientDisconnect

from recirc.messages import MessageText, message
from recirc.store.cancellation import Cancellation, QueryCancelledError
from recirc.web import problems
from recirc.web.access import ClientAddressResolver
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest

_P = ParamSpec("_P")
_T = TypeVar("_T")


class WorkPool:
    """Runs functions in a few threads. `waiting` calls may wait for one; those of one client, half of all calls.

    Clients are told apart by `addresses`, of IPv6 by their /64.
    """

    def __init__(
        self, name: str, threads: int, waiting: int, addresses: ClientAddressResolver | None = None
    ) -> None:
        self.name = name
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._threads = threads
        self._most = threads + waiting
        self._calls: Counter[str] = Counter()
        self.addresses = addresses or ClientAddressResolver(False, warns=False)

    @property
    def busy(self) -> bool:
        """Whether a call would have to wait for a thread."""
        return self._calls.total() >= self._threads

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """The function's result. Raises ProblemError: 503, too many calls wait."""
        return await self._run("", partial(function, *args, **kwargs))

    async def run_for(
        self, request: HttpRequest, seconds: float, function: Callable[[Cancellation], _T]
    ) -> _T:
        """The result of a function that is ended after `seconds`, or when the client of the request leaves.

        The function runs its queries under the cancellation that it receives.

        Raises:
            ProblemError: 503, too many calls wait, or the time is over.
            ClientDisconnect: the client has left.
        """
        loop, cancellation = asyncio.get_running_loop(), Cancellation()

        def work() -> _T:
            loop.call_soon_threadsafe(loop.call_later, seconds, cancellation.cancel)
            return function(cancellation)

        running = asyncio.ensure_future(self._run(self.addresses.network(request), work))
        leaving = asyncio.ensure_future(_disconnection(request))
        try:
            await asyncio.wait((running, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                raise ClientDisconnect
            return running.result()
        except QueryCancelledError as error:
            raise _overloaded(f"This takes longer than {seconds:g} s: {error}.") from None
        finally:
            cancellation.cancel()
            running.cancel()
            leaving.cancel()

    async def _run(self, client: str, function: Callable[[], _T]) -> _T:
        if self._calls.total() >= self._most or (client and self._calls[client] >= max(1, self._most // 2)):
            raise _overloaded(message("Too many requests of this kind wait; try again in a moment."))
        self._calls[client] += 1
        loop = asyncio.get_running_loop()
        future = self._executor.submit(function)
        # When the thread has finished, which may be long after the caller has left.
        future.add_done_callback(partial(self._finish_from_thread, loop, client))
        return await asyncio.wrap_future(future)

    def _finish_from_thread(self, loop: asyncio.AbstractEventLoop, client: str, _: "Future[object]") -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._finish, client)

    def _finish(self, client: str) -> None:
        self._calls[client] -= 1
        if not self._calls[client]:
            del self._calls[client]


async def _disconnection(request: HttpRequest) -> None:
    """Returns when the client of a request, whose body has been read, leaves."""
    received: dict[str, object] = {"type": ""}
    receive: Callable[[], Awaitable[object]] = request.receive
    while received["type"] != "http.disconnect":
        received = dict(await receive())  # type: ignore[call-overload]


def _overloaded(detail: MessageText | str) -> ProblemError:
    return ProblemError(problems.OVERLOADED, detail, headers={"Retry-After": "2"})


class WorkPools:
    """The pools of one worker. What needs an API key has asyncio's own threads.

    Attributes:
        searches: searches by anybody.
        reads: long lists, such as sitemaps, by anybody.
        health: checks of the server's health.
        inspections: pages that a newsroom asks about; they need a key, and may wait for other people's servers.
        past: shelves as they were, which takes seconds; one at a time, since each folds a log.
        replays: the last day with a rule, which takes minutes; one at a time.
        logins: checks of passwords, each of which takes a core for some 50 ms.
        figures: the newsroom's figures.
        follow: what readers may want to follow.
        newsletters: what many readers may want next, which takes seconds; one at a time.
        media: files of pictures.
        suggestions: articles for the page of an unknown address; where the one thread is busy, there are none.
    """

    def __init__(self, addresses: ClientAddressResolver | None = None) -> None:
        """`addresses`: how clients are told apart; None: by their connections."""
        pool = partial(WorkPool, addresses=addresses)
        self.searches = pool("search", threads=2, waiting=16)
        self.reads = pool("read", threads=1, waiting=32)
        self.media = pool("media", threads=2, waiting=200)
        self.health = pool("health", threads=1, waiting=32)
        self.past = pool("past", threads=1, waiting=4)
        self.replays = pool("replay", threads=1, waiting=4)
        self.figures = pool("figures", threads=1, waiting=32)
        self.follow = pool("follow", threads=1, waiting=16)
        self.newsletters = pool("newsletter", threads=1, waiting=8)
        self.logins = pool("login", threads=1, waiting=16)
        self.inspections = pool("inspection", threads=1, waiting=8)
        self.suggestions = pool("suggestion", threads=1, waiting=0)
