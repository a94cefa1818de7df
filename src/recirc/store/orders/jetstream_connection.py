"""A connection to NATS with a thread of its own, for callers that are not asynchronous."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

CONNECT_SECONDS = 3
CLOSE_SECONDS = 5.0
PING_SECONDS = 1
"""A server that does not answer two of them is given up, and another one of the cluster is taken."""

AWAY: tuple[type[Exception], ...] = (NatsError, OSError, asyncio.TimeoutError)
"""What is raised where no server answers, or none that may."""

Value = TypeVar("Value")


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._task: asyncio.Task[Any] | None = None
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start work that nobody waits for; `close` waits for its end."""

        async def start() -> None:
            self._task = asyncio.create_task(work)

        asyncio.run_coroutine_threadsafe(start(), self._loop).result()

    def call(self, act: Callable[[], object]) -> None:
        """Have something done in the loop; does not wait."""
        self._loop.call_soon_threadsafe(act)

    def wait(self, work: Coroutine[Any, Any, Value], seconds: float) -> Value:
        """What the work returns. Raises what it raises, and TimeoutError."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise

    def close(self) -> None:
        """Wait for the work, which was told to end, and end the thread."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _cancel_all(self) -> None:
        """The work first, because it closes what it opened; then what libraries left."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=CLOSE_SECONDS)
            self._task.cancel()
        await asyncio.sleep(0.01)  # connections that were closed say so to the loop
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def connected(address: str, lost: Callable[[], object] = lambda: None) -> Client:
    """A new connection to one of the servers of `address`, which are separated by commas. Raises one of AWAY.

    `lost` is called when the server is gone, before requests on their way to it have waited long enough.
    """

    async def unheard(_: Exception) -> None:
        """Each request says for itself that it failed."""

    async def disconnected() -> None:
        lost()

    return await nats.connect(
        [each.strip() for each in address.split(",") if each.strip()],
        name="recirc",
        connect_timeout=CONNECT_SECONDS,
        max_reconnect_attempts=1,
        reconnect_time_wait=0.1,
        ping_interval=PING_SECONDS,
        max_outstanding_pings=2,
        error_cb=unheard,
        disconnected_cb=disconnected,
    )


def stream_name(site: str) -> str:
    """Name of a site's stream, of characters that NATS takes.

    >>> stream_name("the tide"), stream_name("the_20_tide")
    ('recirc-the_20_tide', 'recirc-the_5f_20_5f_tide')
    """
    return "recirc-" + "".join(
        character
        if character.isascii() and (character.isalnum() or character == "-")
        else f"_{ord(character):x}_"
        for character in site
    )


def first_line(error: BaseException) -> str:
    """What an error says, for a message of one line."""
    return str(error).strip().split("\n")[0] or type(error).__name__
