"""What robots.txt allows, after RFC 9309."""

import re
import threading
from collections.abc import Callable
from typing import Final, NamedTuple

import httpx
from protego import Protego

from recirc.sources.fetching.fault import TransportError
from recirc.sources.fetching.pace import NamedLocks

MOST_BYTES: Final = 512_000  # RFC 9309 asks for at least 500 KiB to be read; what follows is not
FRESH_SECONDS: Final = 86_400.0  # a copy is good for a day
RETRY_SECONDS: Final = 300.0  # a robots.txt that could not be read is asked for again after this
MOST_PAUSE: Final = 30.0  # seconds; a longer Crawl-delay is cut to it
REMEMBERED: Final = 500  # origins
REMEMBERED_BYTES: Final = 8_000_000  # of robots.txt in all

_GROUP: Final = re.compile(r"\s*user[-\s]*agent\s*[:\s]\s*(.*)", re.IGNORECASE)
_PRODUCT: Final = re.compile(r"[A-Za-z_-]+")
_OTHERS: Final = "_others_"


class RobotsPermission(NamedTuple):
    """What robots.txt says about an address.

    Attributes:
        refusal: why it may not be fetched; None: it may.
        pause: seconds between two requests, 0 where nothing is said.
        wait_seconds: with a refusal, how much patience the server asks for; None: it said nothing.
        cause: with a refusal, one of `source.CAUSES`.
    """

    refusal: str | None
    pause: float = 0.0
    wait_seconds: float | None = None
    cause: str = "denied"


class _Copy(NamedTuple):
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
            load: the text at an address, cut at `MOST_BYTES`; None: there is none; raises Fault if nobody can say.
            agent: who asks; its first word up to the version is the name that is looked for.
            clock: seconds that only rise.
        """
        self._load = load
        self._product = product(agent)
        self._clock = clock
        self._turns = NamedLocks(clock)
        self._lock = threading.Lock()
        self._copies: dict[str, _Copy] = {}  # the one used longest ago comes first

    def permission(self, url: httpx.URL) -> RobotsPermission:
        """What may be done with `url`."""
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        copy = self._known(origin)
        if copy is None:
            with self._turns.turn(origin):
                copy = self._known(origin) or self._read(origin)
        if copy.rules is None:
            return RobotsPermission(copy.why, wait_seconds=copy.wait_seconds, cause=copy.cause)
        pause = min(copy.rules.crawl_delay(self._product) or 0.0, MOST_PAUSE)
        if copy.rules.can_fetch(str(url), self._product):
            return RobotsPermission(None, pause)
        return RobotsPermission(
            f"its robots.txt does not allow {self._product} to fetch this; ask the publisher, "
            "or for a site of your own set sources.robots = false",
            pause,
        )

    def _known(self, origin: str) -> _Copy | None:
        with self._lock:
            copy = self._copies.get(origin)
            if copy is None or copy.until <= self._clock():
                return None
            self._copies[origin] = self._copies.pop(origin)
            return copy

    def _read(self, origin: str) -> _Copy:
        with self._lock:
            old = self._copies.get(origin)
        try:
            text = self._load(f"{origin}/robots.txt") or b""
            rules = Protego.parse(relevant(text.decode("utf-8-sig", "replace"), self._product))
            copy = _Copy(rules, "", len(text), self._clock() + FRESH_SECONDS)
        except TransportError as fault:
            until = self._clock() + max(RETRY_SECONDS, fault.wait_seconds or 0.0)
            # RFC 9309, 2.4: a copy that is over a day old serves on while the file is unreachable.
            known = old is not None and old.rules is not None
            copy = (
                old._replace(until=until)
                if old and known
                else _Copy(None, str(fault), 0, until, fault.wait_seconds, fault.cause)
            )
        with self._lock:
            self._copies.pop(origin, None)
            self._copies[origin] = copy
            while len(self._copies) > REMEMBERED or (
                len(self._copies) > 1 and sum(kept.size for kept in self._copies.values()) > REMEMBERED_BYTES
            ):
                self._copies.pop(next(iter(self._copies)))
        return copy


def product(agent: str) -> str:
    """The name by which robots.txt calls a program.

    >>> product("Recirc/0.1 (news portal)")
    'Recirc'
    """
    found = _PRODUCT.match(agent.strip())
    return found[0] if found else "Recirc"


def relevant(text: str, name: str) -> str:
    r"""A robots.txt with all groups for other programs put under one name.

    Protego keeps each rule once for every program that it is for: without this, half a file of names and half a
    file of rules are millions of rules.

    >>> relevant("User-agent: A\nUser-agent: recirc/2\nDisallow: /", "Recirc")
    'User-agent: _others_\nUser-agent: Recirc\nDisallow: /'
    """
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if (group := _GROUP.match(line)) is not None:
            said = group[1].partition("#")[0].strip()
            word = _PRODUCT.match(said)
            ours = word is not None and word[0].lower() == name.lower()
            lines[place] = f"User-agent: {'*' if said == '*' else name if ours else _OTHERS}"
    return "\n".join(lines)
