"""Browsers for `attack.py`: clients with an address and a User-Agent of their own, and what honest readers do.

A client's address is its connection's source, anywhere in 127.0.0.0/8; an IPv6 address goes into X-Forwarded-For, which
the server under test trusts.
"""

import asyncio
import itertools
import json
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

Event = dict[str, Any]

AT_ONCE: Final = 24
"""Clients that are connected at a time: the machine has other work too."""

BOUNCES: Final = 0.02
"""Share of honest readers of whom nothing is heard but the view."""

STAY: Final = (2.2, 6.0)
"""Seconds on a page, shorter than people stay, so that the benchmark ends."""

AGENTS: Final = (
    *(
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 "
        f"Safari/537.36" for v in (141, 140, 139, 138)
    ),
    *(
        f"Mozilla/5.0 (iPhone; CPU iPhone OS {v.replace('.', '_')} like Mac OS X) AppleWebKit/605.1.15 "
        f"(KHTML, like Gecko) Version/{v} Mobile/15E148 Safari/604.1" for v in ("18.5", "18.6", "17.7", "26.0")
    ),
    *(
        f"Mozilla/5.0 (Linux; Android {a}; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile "
        f"Safari/537.36" for a in (15, 14) for v in (141, 140, 138)
    ),
    *(f"Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0" for v in (144, 143, 140)),
    *(
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{v} "
        f"Safari/605.1.15" for v in ("18.5", "17.6")
    ),
)  # fmt: skip

MAIL: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/385 "
    "Mobile/15E148 Safari/604.1"
)
"""The browser inside an application, in which the links of a newsletter open."""


class Client(NamedTuple):
    """A browser somewhere. `forwarded`: its address as a trusted proxy tells it, instead of the connection's."""

    port: int
    address: str
    agent: str
    forwarded: str = ""

    async def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of the answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close"]
        lines += [f"User-Agent: {self.agent}"] if self.agent else []
        lines += [f"X-Forwarded-For: {self.forwarded}"] if self.forwarded else []
        lines += [f"Authorization: Bearer {key}"] if key else []
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body:
            lines += [
                f"Content-Type: {'application/json' if key else 'text/plain'}",
                f"Content-Length: {len(body)}",
            ]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0))
        try:
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            answer = await reader.read(-1)
        finally:
            writer.close()
        head, _, rest = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), rest

    async def load(self, article: str) -> bytes:
        """Ask for an article's page."""
        return (await self.request("GET", f"/article/{article}"))[1]

    async def post(self, *events: Event, key: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Send events."""
        status, answer = await self.request("POST", "/v1/events", json.dumps(events).encode(), key, headers)
        if status not in (202, 429):
            raise OSError(f"{status} {answer[:300]!r}")


_numbers = itertools.count()


def event(kind: str, article: str, **more: Any) -> Event:
    """An event with an id of its own."""
    return {"kind": kind, "article": article, "id": f"{time.time_ns():x}.{next(_numbers)}", **more}


_SHELF = re.compile(r'data-shelf="([^"]+)" data-serve="([^"]+)"(.*?)</section>', re.DOTALL)
_SLOT = re.compile(
    r'data-article="([^"]+)" data-position="(\d+)" data-propensity="([^"]+)" data-signature="([^"]+)"'
)


def slots_on(page: bytes, article: str) -> list[Event]:
    """An impression of each slot of an article's page, as its script sends them."""
    return [
        event("impression", other, source=article, shelf=shelf, position=int(position), serve_id=serve,
              propensity=float(propensity), signature=signature)
        for shelf, serve, items in _SHELF.findall(page.decode())
        for other, position, propensity, signature in _SLOT.findall(items)
    ]  # fmt: skip


class Cache:
    """A cache before the server: it asks for each page once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._pages: dict[str, bytes] = {}

    async def page(self, article: str) -> bytes:
        """An article's page."""
        if article not in self._pages:
            self._pages[article] = await self._client.load(article)
        return self._pages[article]


class Clients:
    """Clients that are all different, drawn with one seed."""

    def __init__(self, port: int, seed: int) -> None:
        self.port = port
        self.rng = random.Random(seed)
        self._given: set[str] = set()

    def home(self, agent: str | None = None) -> Client:
        """A browser in a home of its own: an address in a network where nobody else is."""
        while True:
            network = f"127.{self.rng.randrange(1, 250)}.{self.rng.randrange(256)}"
            if network not in self._given:
                self._given.add(network)
                return Client(self.port, f"{network}.{self.rng.randrange(1, 255)}", agent or self.agent())

    def agent(self) -> str:
        """A browser as common as browsers are: a few have most readers."""
        weights = [1 / (place + 1.5) for place in range(len(AGENTS))]
        return self.rng.choices(AGENTS, weights)[0]


def school_agent(number: int) -> str:
    """The browser of one pupil of a school whose devices differ."""
    model, version = number % 24, 136 + number // 24 % 6
    return (
        f"Mozilla/5.0 (Linux; Android 14; Tab {model}-{number}) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{version}.0.0.0 Safari/537.36"
    )


async def read(client: Client, article: str, rng: random.Random, cache: Cache | None = None) -> int:
    """Read an article as people do: load it, see it, see a shelf, stay, leave. `cache`: where the page comes from, if
    not from the server. Returns the number of requests.
    """
    page, cached = await (cache.page(article) if cache else client.load(article)), cache is not None
    await client.post(event("view", article))
    if rng.random() < BOUNCES:
        return 2 - cached
    requests, stay = 2 - cached, rng.uniform(*STAY)
    if rng.random() < 0.6:
        await asyncio.sleep(min(2.1, stay))
        slots = slots_on(page, article)
        await client.post(*rng.sample(slots, min(2, len(slots))))
        requests, stay = requests + 1, stay - 2.1
    if requests < 3 - cached or rng.random() < 0.9:
        await asyncio.sleep(max(stay, 0.2))
        await client.post(event("read", article, seconds=3, scroll=0.6))
        requests += 1
    return requests


async def together(
    work: Iterable[Callable[[], Awaitable[Any]]], seconds: float = 0.0, at_once: int = AT_ONCE
) -> None:
    """Do all of this, begun evenly over some seconds; few at a time if they begin at once."""
    everything = list(work)
    gate = asyncio.Semaphore(at_once if not seconds else 400)

    async def one(place: int, act: Callable[[], Awaitable[Any]]) -> None:
        await asyncio.sleep(seconds * place / max(len(everything), 1))
        async with gate:
            for attempt in range(3):
                try:
                    await act()
                    return
                except ConnectionError:
                    await asyncio.sleep(0.2 * (attempt + 1))

    await asyncio.gather(*(one(place, act) for place, act in enumerate(everything)))
