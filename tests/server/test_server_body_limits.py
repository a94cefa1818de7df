import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from recirc.server.body_limits import BodyLimits
from recirc.settings import ServerSettings
from recirc.web.problems import ProblemError

SETTINGS = ServerSettings(body_seconds=2.5, bodies_per_address=3)
LONG = [(b"content-length", b"60000")]


def scope(address: str = "192.0.2.1", headers: list[tuple[bytes, bytes]] = LONG) -> Scope:
    return {"type": "http", "method": "POST", "path": "/", "headers": headers, "client": (address, 1)}


async def read_all(_: Scope, receive: Receive, __: Send) -> None:
    while (await receive()).get("more_body"):
        pass


def sender(parts: list[bytes], pause: float, then: float = 1000.0) -> Receive:
    """Sends the parts with pauses, and then nothing for a long time."""
    left = iter(parts)

    async def receive() -> Message:
        part = next(left, None)
        await asyncio.sleep(pause if part is not None else then)
        return {"type": "http.request", "body": part or b"", "more_body": True}

    return receive


async def discard(_: Message) -> None:
    pass


async def seconds_until_refused(limits: BodyLimits, receive: Receive, address: str = "192.0.2.1") -> float:
    began = time.monotonic()
    with pytest.raises(ProblemError) as refused:
        await limits.middleware(read_all)(scope(address), receive, discard)
    assert refused.value.type.status == 408
    assert refused.value.headers["Connection"] == "close"
    return time.monotonic() - began


def run(test: Callable[[], Awaitable[Any]]) -> Any:
    async def within() -> Any:
        return await test()

    return asyncio.run(within())


@pytest.mark.parametrize(
    "parts", [[], [b"["], [b"x"] * 1000], ids=["nothing", "one byte", "bytes one by one"]
)
def test_a_body_that_arrives_too_slowly_is_refused(parts: list[bytes]) -> None:
    limits = BodyLimits(SETTINGS)
    assert 2.4 < run(lambda: seconds_until_refused(limits, sender(parts, 0.05))) < 4


def test_a_body_that_arrives_at_a_modest_rate_has_the_time_that_it_needs() -> None:
    limits = BodyLimits(ServerSettings(body_seconds=0.3))
    # A kilobyte in each 0.1 s: each gives a quarter of a second more.
    waited = run(lambda: seconds_until_refused(limits, sender([b"x" * 1024] * 8, 0.1), "192.0.2.7"))
    assert waited > 0.3 + 8 / 4 - 0.1


def test_an_address_with_many_unfinished_bodies_has_a_second_for_each_further_one() -> None:
    limits = BodyLimits(SETTINGS)

    async def crowd() -> list[float]:
        same = [seconds_until_refused(limits, sender([b"["], 0.01)) for _ in range(20)]
        other = seconds_until_refused(limits, sender([b"["], 0.01), "198.51.100.1")
        return await asyncio.gather(*same, other)

    *same, other = run(crowd)
    assert sum(waited > 2 for waited in same) == 3
    assert sum(0.9 < waited < 2 for waited in same) == 17
    assert other > 2
    assert not limits._unfinished


def test_a_request_without_a_body_may_wait_for_as_long_as_its_client_stays() -> None:
    seen: list[Message] = []

    async def waits(_: Scope, receive: Receive, __: Send) -> None:
        seen.append(await receive())

    async def leaves_late() -> Message:
        await asyncio.sleep(0.2)
        return {"type": "http.disconnect"}

    limits = BodyLimits(ServerSettings(body_seconds=0.05)).middleware(waits)
    run(lambda: limits(scope(headers=[]), leaves_late, discard))
    assert seen == [{"type": "http.disconnect"}]
