"""Simulated readers as real clients: in real time, over HTTP, on the shelves that the portal gives them."""

import heapq
import http.client
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec
import numpy as np
from msgspec import structs
from numpy.random import Generator

from recirc import clock
from recirc.demo.readers import (
    AGENTS,
    COLUMNS,
    PHONES,
    ROBOT_SHARE,
    ROBOTS,
    SLOT_NAME,
    SLOT_PLACE,
    Population,
    chosen,
    drawn,
    examined,
    landing,
    reading,
)
from recirc.demo.world import HOUR, World
from recirc.types import BoolArray, Event, EventKind, FlatSlate, FloatArray, IntArray, Slate, slate_of

Ask = Callable[[str, str, bytes | None], bytes | None]
"""Method, path and body to the body of the answer; None: not to be had at present."""

TIMEOUT = 5.0
"""Seconds to wait for an answer."""

RETRY = 0.5
"""Seconds before a request is sent again to a server that is not there."""

SURGE_SECONDS, SURGE_SHARE, SURGE_HOURS = 60.0, 0.4, 72
"""So long an article of the last hours is passed round outside, by this share of new visits; then another."""

SHORTEST, LONGEST = 3.0, 90.0
"""Seconds on a page. Who reads longer is cut off, so that visits go on while somebody looks at the site."""

PERSONALISED = 0.3
"""Visits whose readers switched personalisation on: their requests carry the history."""

ROBOT_PAGES = 4


class SenderRejectedError(Exception):
    """The server does not know the key; nothing more can be told to it."""


class PortalConnection:
    """One connection that is kept, and opened again when the server was away.

    `gone` tells when to give up for good.
    """

    def __init__(self, base_url: str, key: str, gone: Callable[[], bool]) -> None:
        parts = urlsplit(base_url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._gone = gone

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes | None:
        """The body of the answer; None when the server refuses this request, or when it is time to give up.

        Raises:
            SenderRejectedError: the key is not known.
        """
        while not self._gone():
            try:
                self._connection.request(method, path, body, self._headers)
                answer = self._connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException):
                self._connection.close()
                time.sleep(RETRY)
                continue
            if answer.status == http.client.UNAUTHORIZED:
                raise SenderRejectedError(
                    "the server does not know the key of the simulated readers any more"
                )
            return content if answer.status < http.client.BAD_REQUEST else None
        return None


class ReaderVisit(NamedTuple):
    """A reader on the site.

    Attributes:
        reader: int32 (1,), place in the population.
        name: of the visit.
        history: ids that were opened, oldest first; sent along with requests if `personalised`.
        read: bool (1, n_articles), the same.
    """

    reader: IntArray
    name: str
    personalised: bool
    history: list[str]
    read: BoolArray


class SimulatedCrowd:
    """The readers who are here now; each step is one page of one of them.

    `start` (ms) makes the names of this crowd's visits and events its own.
    """

    def __init__(self, world: World, population: Population, rng: Generator, ask: Ask, start: int) -> None:
        self._world = world
        self._population = population
        self._rng = rng
        self._ask = ask
        self._start = start
        self._index = {name: place for place, name in enumerate(world.ids)}
        self._numbers = itertools.count()
        self._waiting: list[tuple[float, int, ReaderVisit, tuple[Event, ...], Event | None]] = []
        self._surge, self._surge_ends = -1, float("-inf")

    def step(self, clock: float, now: int) -> int:
        """One page, of the reader who is due at `clock` (s) or of somebody new; `now` in ms.

        Returns how many events were sent.
        """
        if self._waiting and self._waiting[0][0] <= clock:
            _, _, visit, leaving, view = heapq.heappop(self._waiting)
            return (
                self._tell(visit, leaving) if view is None else self._open(visit, leaving, view, clock, now)
            )
        if self._rng.random() < ROBOT_SHARE:
            return self._crawl(now)
        reader = self._population.come(1, self._rng)
        number = next(self._numbers)
        read = np.zeros((1, len(self._world.ids)), bool)
        visit = ReaderVisit(reader, f"{self._start}.{number}", self._rng.random() < PERSONALISED, [], read)
        article, referrer = self._landing(reader, clock, now)
        view = Event(kind=EventKind.VIEW, article=self._world.ids[article], referrer=referrer)
        return self._open(visit, (), view, clock, now)

    def _landing(self, reader: IntArray, clock: float, now: int) -> tuple[int, int]:
        moment = np.array([now])
        article, referrer = landing(self._world, self._population, reader, moment, self._rng)
        if clock >= self._surge_ends:
            recent = self._world.published > now - SURGE_HOURS * HOUR
            weights = np.where(recent, self._world.appeal, 1e-9)[None, :]
            self._surge, self._surge_ends = int(drawn(weights, self._rng)[0]), clock + SURGE_SECONDS
        if self._rng.random() < SURGE_SHARE:
            return self._surge, int(referrer[0])
        return int(article[0]), int(referrer[0])

    def _open(
        self, visit: ReaderVisit, leaving: tuple[Event, ...], view: Event, clock: float, now: int
    ) -> int:
        """The reader opens a page, sees what stands on it, and decides what to do after reading."""
        place = np.array([self._index[view.article]], np.int32)
        visit.history.append(view.article)
        visit.read[0, place] = True
        slate = self._shelves(visit, view.article)
        shown, propensity, serve_ids = self._shown(slate)
        seen = examined(shown, self._rng)
        moment = np.array([now])
        how = reading(self._world, self._population, visit.reader, place, self._rng)
        slot = int(
            chosen(
                self._world, self._population, visit.reader, place, moment, shown, seen, visit.read, self._rng
            )[0]
        )

        def of_slot(kind: EventKind, column: int) -> Event:
            return Event(
                kind=kind,
                article=self._world.ids[shown[0, column]],
                shelf=SLOT_NAME[column],
                position=int(SLOT_PLACE[column]),
                propensity=float(propensity[column]),
                source=view.article,
                serve_id=serve_ids[SLOT_NAME[column]],
            )

        impressions = [of_slot(EventKind.IMPRESSION, column) for column in np.flatnonzero(seen[0]).tolist()]
        ends = []
        if how.told[0]:
            seconds, scroll = round(float(how.seconds[0]), 1), round(float(how.scroll[0]), 3)
            ends.append(Event(kind=EventKind.READ, article=view.article, seconds=seconds, scroll=scroll))
        if how.reacts[0]:
            ends.append(Event(kind=EventKind.REACTION, article=view.article, name="well-told"))
        if how.shares[0]:
            ends.append(Event(kind=EventKind.SHARE, article=view.article, name="copy"))
        due = clock + float(np.clip(how.seconds[0], SHORTEST, LONGEST))
        following = of_slot(EventKind.VIEW, slot) if slot >= 0 else None
        heapq.heappush(self._waiting, (due, next(self._numbers), visit, tuple(ends), following))
        return self._tell(visit, (*leaving, view, *impressions))

    def _shelves(self, visit: ReaderVisit, article: str) -> Slate | None:
        query = {"article": article, "published_only": "true"}
        if visit.personalised:
            query["history"] = ",".join(visit.history[-20:])
            query["device"] = str(self._device(visit))
        else:
            query["personalised"] = "false"
        answer = self._ask("GET", f"/v1/shelves?{urlencode(query)}", None)
        return None if answer is None else slate_of(msgspec.json.decode(answer, type=FlatSlate))

    def _shown(self, slate: Slate | None) -> tuple[IntArray, FloatArray, dict[str, str]]:
        """What stands in each slot, int32 (1, slots), -1: nothing of the world; with which propensity, float64
        (slots,); and the serve_id of each shelf, by name.
        """
        shown, propensity = np.full((1, len(SLOT_NAME)), -1, np.int32), np.ones(len(SLOT_NAME))
        shelves = slate.shelves if slate else {}
        for name, columns in COLUMNS.items():
            items = shelves[name].items if name in shelves else ()
            for item, column in zip(items, columns, strict=False):
                shown[0, column] = self._index.get(item.article, -1)
                propensity[column] = item.propensity
        return shown, propensity, {name: shelf.serve_id for name, shelf in shelves.items()}

    def _tell(self, visit: ReaderVisit, events: tuple[Event, ...]) -> int:
        agent = int(self._population.agent[visit.reader[0]])
        told = [
            structs.replace(
                event,
                id=f"{self._start}.{next(self._numbers)}",
                reader=f"reader {visit.reader[0]}",
                visit=visit.name,
                user_agent=AGENTS[agent],
                device=self._device(visit),
            )
            for event in events
        ]
        return self._post(told)

    def _device(self, visit: ReaderVisit) -> int:
        """The code of a reader's kind of device, as in events."""
        return 1 if self._population.agent[visit.reader[0]] < PHONES else 2

    def _crawl(self, now: int) -> int:
        """A crawler opens some articles, and sees nothing of what stands beside them."""
        pages = int(self._rng.geometric(1 / ROBOT_PAGES))
        there = np.repeat((self._world.published <= now)[None, :].astype(float), pages, axis=0)
        robot = int(self._rng.integers(len(ROBOTS)))
        return self._post(
            [
                Event(
                    kind=EventKind.VIEW,
                    article=self._world.ids[article],
                    id=f"{self._start}.{next(self._numbers)}",
                    reader=f"robot {robot}",
                    user_agent=ROBOTS[robot],
                )
                for article in drawn(there, self._rng)
            ]
        )

    def _post(self, events: list[Event]) -> int:
        # An event that is sent again after a broken connection has the same id, and counts once.
        if events:
            self._ask("POST", "/v1/events", msgspec.json.encode(events))
        return len(events)


def live(base_url: str, key: str, world: World, population: Population, rate: float, seed: int) -> None:
    """Go on reading, at about `rate` events a second, until the process that started this one ends.

    What readers do is drawn from `seed`; what comes of it depends on what the server answers and when.
    """
    # Ctrl-C reaches this process as well: it ends at once and without a word.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    parent = os.getppid()

    def gone() -> bool:
        return os.getppid() != parent

    client = PortalConnection(base_url, key, gone)
    crowd = SimulatedCrowd(world, population, np.random.default_rng((seed, 1)), client.ask, clock.now_ms())
    due = time.monotonic()
    try:
        while not gone():
            sent = crowd.step(time.monotonic(), clock.now_ms())
            # After a break what was missed is not made up for.
            due = max(due + max(sent, 1) / rate, time.monotonic() - 1.0)
            while (wait := due - time.monotonic()) > 0 and not gone():
                time.sleep(min(wait, RETRY))
    except SenderRejectedError as error:
        print(f"recirc: the simulated readers have left: {error}", file=sys.stderr, flush=True)
