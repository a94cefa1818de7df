"""Simulated readers as real clients: in real time, over HTTP, on the shelves that the portal returns."""

import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
import msgspec
import numpy as np
from msgspec import structs
from numpy.random import Generator

from recirc import clock
from recirc.demo.readers import (
    AGENTS,
    ROBOT_PAGES,
    ROBOT_SHARE,
    ROBOTS,
    SLOT_NAME,
    SLOT_PLACE,
    Population,
    land,
    sample_columns,
)
from recirc.demo.simulator import PageView, ReaderSimulator, SimulatedVisits, Slots, VisitQueue
from recirc.demo.world import HOUR, World
from recirc.types import Event, EventKind, FlatSlate, IntArray, slate_of

Send = Callable[[str, str, bytes | None], bytes | None]
"""From method, path and body to the body of the response; None: the server refused, or will not come back."""

TIMEOUT = 5.0
"""Seconds to wait for a response."""

RETRY = 0.5
"""Seconds before a request is sent again to an unreachable server."""

SURGE_SECONDS, SURGE_SHARE, SURGE_HOURS = 60.0, 0.4, 72
"""An article of the last hours is shared outside for this time, and this share of new visits begins with it."""

SHORTEST, LONGEST = 3.0, 90.0
"""Seconds on a page. Longer readings are cut off, so that visits go on while somebody looks at the site."""

PERSONALISED = 0.3
"""Share of visits with personalisation on: their requests carry the history."""

HISTORY = 20
"""Articles of a history that a request carries, at most."""


class KeyUnknownError(Exception):
    """The server does not know the key, so no more events can be sent."""


class PortalConnection:
    """A connection that is kept open, and opened again after the server was away.

    `host`: the newspaper that is read, as in the Host header; None: the one at `base_url`. `parent_ended` tells when to
    stop trying.
    """

    def __init__(
        self, base_url: str, key: str, parent_ended: Callable[[], bool], host: str | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        if host is not None:
            headers["Host"] = host
        # The server is on this machine: so the proxies of the environment are not used.
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=TIMEOUT, trust_env=False)
        self._parent_ended = parent_ended

    def send(self, method: str, path: str, body: bytes | None = None) -> bytes | None:
        """The body of the response; None when the server refuses this request, or when it is time to give up.

        Raises:
            KeyUnknownError: the server does not know the key.
        """
        while not self._parent_ended():
            try:
                response = self._http.request(method, path, content=body)
            except httpx.TransportError:
                time.sleep(RETRY)
                continue
            if response.status_code == httpx.codes.UNAUTHORIZED:
                raise KeyUnknownError("the server no longer knows the key of the simulated readers")
            return None if response.is_error else response.content
        return None


class LiveVisit(NamedTuple):
    """A reader on the site.

    Attributes:
        page: the visit at its current or next page, m = 1.
        personalised: whether requests carry the history.
        history: ids of the articles opened, oldest first.
        pending: events of the last page that are sent when it is left.
        opening: the view of the next page; None: the reader leaves.
    """

    page: SimulatedVisits
    personalised: bool
    history: tuple[str, ...]
    pending: tuple[Event, ...]
    opening: Event | None


class SimulatedCrowd:
    """The readers who are on the site now; each step is one page of one of them.

    `start` (ms) makes the names of this crowd's visits and events unique.
    """

    def __init__(self, world: World, population: Population, rng: Generator, send: Send, start: int) -> None:
        self._simulator = ReaderSimulator(world, population)
        self._world = world
        self._population = population
        self._rng = rng
        self._send = send
        self._start = start
        self._places = {name: place for place, name in enumerate(world.ids)}
        self._numbers = itertools.count()
        self._queue: VisitQueue[LiveVisit] = VisitQueue()
        self._surge, self._surge_ends = -1, float("-inf")

    def step(self, clock: float, now: int) -> int:
        """One page, of the reader who is due at `clock` (s) or of a new one; `now` in ms.

        Returns the number of events sent.
        """
        if self._queue.due() <= clock:
            visit = self._queue.pop()
            if visit.opening is None:
                return self._report(visit, visit.pending)
            return self._open(visit, visit.opening, clock, now)
        if self._rng.random() < ROBOT_SHARE:
            return self._crawl(now)
        reader = self._population.visitors(1, self._rng)
        number = np.array([next(self._numbers)])
        personalised = bool(self._rng.random() < PERSONALISED)
        article, referrer = self._land(reader, clock, now)
        page = self._simulator.start(reader, number, np.array([now]), article, referrer)
        view = Event(kind=EventKind.VIEW, article=self._world.ids[int(article[0])], referrer=int(referrer[0]))
        return self._open(LiveVisit(page, personalised, (), (), view), view, clock, now)

    def _land(self, reader: IntArray, clock: float, now: int) -> tuple[IntArray, IntArray]:
        article, referrer = land(self._world, self._population, reader, np.array([now]), self._rng)
        if clock >= self._surge_ends:
            recent = self._world.published > now - SURGE_HOURS * HOUR
            weights = np.where(recent, self._world.appeal, 1e-9)[None, :]
            self._surge = int(sample_columns(weights, self._rng)[0])
            self._surge_ends = clock + SURGE_SECONDS
        if self._rng.random() < SURGE_SHARE:
            article = np.array([self._surge], np.int32)
        return article, referrer

    def _open(self, visit: LiveVisit, view: Event, clock: float, now: int) -> int:
        """The reader opens a page, sees its shelves, and decides what to do after reading."""
        history = (*visit.history, view.article)
        page = visit.page._replace(time=np.array([now]))
        slots = self._slots(page, history if visit.personalised else None)
        seen = self._simulator.view(page, slots, self._rng)
        impressions = [
            self._slot_event(EventKind.IMPRESSION, view.article, slots, column)
            for column in np.flatnonzero(seen.seen[0]).tolist()
        ]
        sent = self._report(visit, (*visit.pending, view, *impressions))
        column = int(seen.opens[0])
        following = self._slot_event(EventKind.VIEW, view.article, slots, column) if column >= 0 else None
        if following is not None:
            page = self._simulator.follow(page, seen)
        pending = _page_end(view.article, seen)
        due = clock + float(np.clip(seen.engagement.seconds[0], SHORTEST, LONGEST))
        self._queue.push(due, LiveVisit(page, visit.personalised, history, pending, following))
        return sent

    def _slots(self, page: SimulatedVisits, history: Sequence[str] | None) -> Slots:
        """The shelves beside an article; `history` is None without personalisation."""
        query = {"article": self._world.ids[int(page.article[0])], "published_only": "true"}
        if history is None:
            query["personalised"] = "false"
        else:
            query["history"] = ",".join(history[-HISTORY:])
            query["device"] = str(self._device(page))
        body = self._send("GET", f"/v1/shelves?{urlencode(query)}", None)
        slate = None if body is None else slate_of(msgspec.json.decode(body, type=FlatSlate))
        return Slots.of_slate(slate, self._places)

    def _slot_event(self, kind: EventKind, source: str, slots: Slots, column: int) -> Event:
        return Event(
            kind=kind,
            article=self._world.ids[slots.article[0, column]],
            shelf=SLOT_NAME[column],
            position=int(SLOT_PLACE[column]),
            propensity=float(slots.propensity[0, column]),
            source=source,
            serve_id=slots.serve_ids[SLOT_NAME[column]],
        )

    def _report(self, visit: LiveVisit, events: tuple[Event, ...]) -> int:
        reader = int(visit.page.reader[0])
        complete = [
            structs.replace(
                event,
                id=f"{self._start}.{next(self._numbers)}",
                reader=f"reader {reader}",
                visit=f"{self._start}.{int(visit.page.visit[0])}",
                user_agent=AGENTS[int(self._population.agent[reader])],
                device=self._device(visit.page),
            )
            for event in events
        ]
        return self._post(complete)

    def _device(self, page: SimulatedVisits) -> int:
        return int(self._population.devices(page.reader)[0])

    def _crawl(self, now: int) -> int:
        """A crawler opens some articles and sees no shelves."""
        pages = int(self._rng.geometric(1 / ROBOT_PAGES))
        published = np.repeat((self._world.published <= now)[None, :].astype(float), pages, axis=0)
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
                for article in sample_columns(published, self._rng)
            ]
        )

    def _post(self, events: list[Event]) -> int:
        # An event that is sent again after a broken connection has the same id, and counts once.
        if events:
            self._send("POST", "/v1/events", msgspec.json.encode(events))
        return len(events)


def _page_end(article: str, page: PageView) -> tuple[Event, ...]:
    """The events at the end of one reader's page."""
    events = []
    engagement = page.engagement
    if engagement.reported[0]:
        seconds, scroll = round(float(engagement.seconds[0]), 1), round(float(engagement.scroll[0]), 3)
        events.append(Event(kind=EventKind.READ, article=article, seconds=seconds, scroll=scroll))
    if engagement.reacts[0]:
        events.append(Event(kind=EventKind.REACTION, article=article, name="well-told"))
    if engagement.shares[0]:
        events.append(Event(kind=EventKind.SHARE, article=article, name="copy"))
    return tuple(events)


class Readership(NamedTuple):
    """The readers of one newspaper.

    Attributes:
        world: its articles.
        population: its readers.
        host: where they read it, as in `PortalConnection`.
        share: of all visits.
    """

    world: World
    population: Population
    host: str | None
    share: float


def run_live(base_url: str, key: str, readerships: Sequence[Readership], rate: float, seed: int) -> None:
    """Simulate readers, at about `rate` events a second, until the process that started this one ends.

    `seed` determines what readers do; what comes of it depends on the server's responses and their time.
    """
    # Ctrl-C reaches this process as well: it ends at once and silently.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    parent = os.getppid()

    def parent_ended() -> bool:
        return os.getppid() != parent

    rng = np.random.default_rng((seed, 1))
    crowds = [
        SimulatedCrowd(
            each.world,
            each.population,
            rng,
            PortalConnection(base_url, key, parent_ended, each.host).send,
            clock.now_ms() + number,  # it names their visits
        )
        for number, each in enumerate(readerships)
    ]
    shares = [each.share for each in readerships]
    due = time.monotonic()
    try:
        while not parent_ended():
            sent = crowds[rng.choice(len(crowds), p=shares)].step(time.monotonic(), clock.now_ms())
            # Events missed during an outage are not made up for.
            due = max(due + max(sent, 1) / rate, time.monotonic() - 1.0)
            while (wait := due - time.monotonic()) > 0 and not parent_ended():
                time.sleep(min(wait, RETRY))
    except KeyUnknownError as error:
        print(f"recirc: the simulated readers have left: {error}", file=sys.stderr, flush=True)
