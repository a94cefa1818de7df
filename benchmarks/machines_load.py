"""Writers that send each event until it is acknowledged, and readers that ask for shelves all the time.

Both do as a proxy in front of the machines would: whoever does not answer is passed over for another machine.
"""

import itertools
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from machines_site import ARTICLES, AwayError, Machine, Site

BATCH = 5
WRITE_SECONDS = 3.0
"""Time that a machine has to answer a write, before the next is asked."""

READ_SECONDS = 1.0
PAUSE = 0.02
"""Between two requests of a writer or a reader: the machines share the cores with all of this."""


class Acknowledged(NamedTuple):
    """A write: when it was first sent, and when it was acknowledged (s of the monotonic clock)."""

    since: float
    at: float


class Writer(threading.Thread):
    """Posts events, at its own machine if that answers."""

    def __init__(self, site: Site, number: int, name: str) -> None:
        super().__init__(daemon=True)
        self._machines = [*site.machines[number:], *site.machines[:number]]
        self._name = f"{name}-{number}"
        self._done = threading.Event()
        self.names: list[str] = []
        self.writes: list[Acknowledged] = []
        self.trouble = ""  # the last

    def run(self) -> None:
        """Send one batch after another."""
        numbers = itertools.count()
        while not self._done.is_set():
            batch = [f"{self._name}-{next(numbers)}" for _ in range(BATCH)]
            if self._send(batch):
                self.names += batch
            self._done.wait(PAUSE)

    def finish(self) -> None:
        """End after the present write."""
        self._done.set()
        self.join(60)

    def _send(self, batch: Sequence[str]) -> bool:
        """Until it is acknowledged by one machine; False: it was given up at the end."""
        since = time.monotonic()
        events = [
            {
                "id": name,
                "kind": "view",
                "article": f"article-{number % ARTICLES}",
                "reader": f"reader of {name}",
            }
            for number, name in enumerate(batch)
        ]
        for machine in itertools.cycle(self._machines):
            try:
                told = machine.post("/v1/events", events, WRITE_SECONDS)
            except AwayError as error:
                self.trouble = str(error)
                if self._done.is_set() and time.monotonic() - since > 30:
                    return False
                time.sleep(PAUSE)  # the next machine may be away, too
                continue
            if told["accepted"] + told["duplicates"] != len(batch):
                raise AssertionError(f"{machine.url} refused events: {told}")
            self.writes.append(Acknowledged(since, time.monotonic()))
            return True
        return False


class Reader(threading.Thread):
    """Asks for the shelves beside an article, from one machine after another."""

    def __init__(self, machines: Sequence[Machine]) -> None:
        super().__init__(daemon=True)
        self._machines = list(machines)
        self._done = threading.Event()
        self.answered = self.passed_over = self.unanswered = 0
        self.seconds: list[float] = []

    def run(self) -> None:
        """Ask until told to end."""
        for number in itertools.count():
            if self._done.wait(PAUSE):
                return
            path = f"/v1/shelves?article=article-{number % ARTICLES}"
            since = time.monotonic()
            for machine in np.roll(np.array(self._machines, object), number).tolist():
                try:
                    machine.get(path, READ_SECONDS)
                except AwayError:
                    self.passed_over += 1
                    continue
                self.answered += 1
                self.seconds.append(time.monotonic() - since)
                break
            else:
                self.unanswered += 1

    def finish(self) -> None:
        """End."""
        self._done.set()
        self.join(10)


class Load:
    """A writer at each machine, and a reader of all."""

    def __init__(self, site: Site, name: str) -> None:
        self.writers = [Writer(site, number, name) for number in range(len(site.machines))]
        self.reader = Reader(site.machines)

    def __enter__(self) -> "Load":
        for each in (*self.writers, self.reader):
            each.start()
        self.go_on(time.monotonic())
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.writers:
            each.finish()
        self.reader.finish()

    def go_on(self, since: float, seconds: float = 300.0) -> None:
        """Wait until every writer has sent and seen acknowledged a write since then. Raises AssertionError."""
        give_up = time.monotonic() + seconds
        while not all(each.writes and each.writes[-1].since > since for each in self.writers):
            if time.monotonic() > give_up:
                raise AssertionError(
                    f"writes were not acknowledged within {seconds:g} s: {[each.trouble for each in self.writers]}"
                )
            time.sleep(0.02)  # the writers are threads of their own

    def longest_wait(self, since: float) -> float:
        """Of any write that was under way since then, or began later: seconds until it was acknowledged."""
        return max(
            write.at - write.since for each in self.writers for write in list(each.writes) if write.at > since
        )

    def silence(self, since: float) -> float:
        """The longest time since then in which no machine acknowledged anything, in s."""
        moments = sorted(write.at for each in self.writers for write in list(each.writes) if write.at > since)
        return float(np.diff([since, *moments]).max(initial=0.0))

    @property
    def names(self) -> list[str]:
        """Of all events that were acknowledged."""
        return [name for each in self.writers for name in each.names]
