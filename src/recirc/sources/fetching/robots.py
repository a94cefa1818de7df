"""What robots.txt allows, by RFC 9309."""

import re
import threading
from collections.abc import Callable
from typing import Final, NamedTuple

import httpx
from protego import Protego

from recirc.sources.fetching.errors import TransportError
from recirc.sources.fetching.host_pacer import NamedLocks

MAX_BYTES: Final = 512_000  # RFC 9309 asks for at least 500 KiB; the rest is not read
FRESH_SECONDS: Final = 86_400.0  # a copy is used for a day
RETRY_SECONDS: Final = 300.0  # after which a robots.txt that could not be read is requested again
MAX_DELAY: Final = 30.0  # seconds; a longer Crawl-delay is cut to it
MAX_CACHED: Final = 500  # origins
MAX_CACHED_BYTES: Final = 8_000_000  # of robots.txt in all

_GROUP: Final = re.compile(r"\s*user[-\s]*agent\s*[:\s]\s*(.*)", re.IGNORECASE)
_PRODUCT: Final = re.compile(r"[A-Za-z_-]+")
_OTHERS: Final = "_others_"


class RobotsPermission(NamedTuple):
    """What robots.txt says about an address.

    Attributes:
        refusal: why it may not be fetched; None: it may.
        delay: seconds between two requests, 0 where it sets none.
        wait_seconds: with a refusal, how long the server asks to be left alone; None: it does not say.
        cause: with a refusal, one of `source.CAUSES`.
    """

    refusal: str | None
    delay: float = 0.0
    wait_seconds: float | None = None
    cause: str = "denied"


class _CachedRobots(NamedTuple):
    rules: Protego | None  # None: it could not be read
    why: str
    size: int
    until: float
    wait_seconds: float | None = None
    cause: str = "denied"


class Robots:
    """The robots.txt of each origin, read when first needed and kept for a day. Threads may share it."""

    def __init__(self, load: Callable[[str], bytes | None], agent: str, clock: Callable[[], float]) -> None:
        """Start with nothing known.

        Args:
            load: fetches the text at an address, cut off at `MAX_BYTES`; None: there is none; raises TransportError.
            agent: the User-Agent header; its first word, without the version, is the name in robots.txt.
            clock: seconds that only rise.
        """
        self._load = load
        self._product = product(agent)
        self._clock = clock
        self._locks = NamedLocks(clock)
        self._lock = threading.Lock()
        self._cache: dict[str, _CachedRobots] = {}  # least recently used first

    def permission(self, url: httpx.URL) -> RobotsPermission:
        """Whether `url` may be requested, and how often."""
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        copy = self._cached(origin)
        if copy is None:
            with self._locks.hold(origin):
                copy = self._cached(origin) or self._read(origin)
        if copy.rules is None:
            return RobotsPermission(copy.why, wait_seconds=copy.wait_seconds, cause=copy.cause)
        delay = min(copy.rules.crawl_delay(self._product) or 0.0, MAX_DELAY)
        if copy.rules.can_fetch(str(url), self._product):
            return RobotsPermission(None, delay)
        return RobotsPermission(
            f"its robots.txt does not allow {self._product} to fetch this; ask the publisher, "
            "or for a site of your own set sources.robots = false",
            delay,
        )

    def _cached(self, origin: str) -> _CachedRobots | None:
        with self._lock:
            copy = self._cache.get(origin)
            if copy is None or copy.until <= self._clock():
                return None
            self._cache[origin] = self._cache.pop(origin)
            return copy

    def _read(self, origin: str) -> _CachedRobots:
        with self._lock:
            old = self._cache.get(origin)
        try:
            text = self._load(f"{origin}/robots.txt") or b""
            rules = Protego.parse(relevant(text.decode("utf-8-sig", "replace"), self._product))
            copy = _CachedRobots(rules, "", len(text), self._clock() + FRESH_SECONDS)
        except TransportError as error:
            until = self._clock() + max(RETRY_SECONDS, error.wait_seconds or 0.0)
            # RFC 9309, 2.4: a copy that is over a day old serves on while the file is unreachable.
            known = old is not None and old.rules is not None
            copy = (
                old._replace(until=until)
                if old and known
                else _CachedRobots(None, str(error), 0, until, error.wait_seconds, error.cause)
            )
        with self._lock:
            self._cache.pop(origin, None)
            self._cache[origin] = copy
            while len(self._cache) > MAX_CACHED or (
                len(self._cache) > 1 and sum(kept.size for kept in self._cache.values()) > MAX_CACHED_BYTES
            ):
                self._cache.pop(next(iter(self._cache)))
        return copy


def product(agent: str) -> str:
    """The name of a program in robots.txt.

    >>> product("Recirc/0.1 (news portal)")
    'Recirc'
    """
    found = _PRODUCT.match(agent.strip())
    return found[0] if found else "Recirc"


def relevant(text: str, name: str) -> str:
    r"""A robots.txt with the groups of all other programs under one name.

    Protego keeps a copy of each rule for every program that it applies to: without this, half a file of names and
    half a file of rules would be millions of rules.

    >>> relevant("User-agent: A\nUser-agent: recirc/2\nDisallow: /", "Recirc")
    'User-agent: _others_\nUser-agent: Recirc\nDisallow: /'
    """
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if (group := _GROUP.match(line)) is not None:
            agent = group[1].partition("#")[0].strip()
            word = _PRODUCT.match(agent)
            ours = word is not None and word[0].lower() == name.lower()
            lines[number] = f"User-agent: {'*' if agent == '*' else name if ours else _OTHERS}"
    return "\n".join(lines)
