"""What `soak.py` and `service_under_attack.py` share: an invented paper, the real server, and a mixed load at a rate.

Each request has a moment at which it is due, and its latency counts from there: a server that hangs makes the requests
that wait for it late.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self

from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings
from recirc.store.api_keys import create
from recirc.types import Article

STARTING: Final = 180.0
"""Seconds that a start may take."""

TIMEOUT: Final = 30.0
"""Seconds after which a request has failed."""

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

_SYLLABLES = (
    "ha",
    "fer",
    "stri",
    "mo",
    "ken",
    "lu",
    "tor",
    "wa",
    "bris",
    "del",
    "gan",
    "ost",
    "pel",
    "rin",
    "sta",
    "vo",
)


def words(number: int, rng: random.Random) -> list[str]:
    """Invented words, the first ones far more frequent in texts than the last."""
    return list(
        dict.fromkeys("".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(2 * number))
    )[:number]


def paper(number: int, seed: int = 1) -> Iterator[Article]:
    """Invented articles of the last 60 days with texts of some 200 words."""
    rng = random.Random(seed)
    known = words(6_000, rng)
    weights = [1 / (place + 5) for place in range(len(known))]
    now = datetime.now(UTC)
    for place in range(number):
        text = rng.choices(known, weights, k=200)
        yield Article(
            id=f"a-{place}",
            headline=" ".join(text[:7]).capitalize(),
            body=f"<p>{' '.join(text)}.</p>",
            section=f"section-{place % 8}",
            topics=(text[8].title(), text[9].title()),
            published=now - timedelta(hours=60 * 24 * rng.random()),
            language="en",
        )


def fill(database: Path, articles: int) -> str:
    """Make a store with so many articles; an API key of it."""
    engine = Engine.open(Settings(store=StoreSettings(path=str(database))))
    try:
        batch: list[Article] = []
        for article in paper(articles):
            batch.append(article)
            if len(batch) == 500:
                engine.publish(batch).result()
                batch = []
        if batch:
            engine.publish(batch).result()
        engine.catch_up()
        engine.snapshot()
    finally:
        engine.close()
    return create(database, "benchmark")


class Served(NamedTuple):
    """A running server: its port and its first process."""

    port: int
    process: int


@contextmanager
def serving(database: Path, workers: int, environment: Mapping[str, str], log: Path) -> Iterator[Served]:
    """`recirc serve` with all its processes, on a free port of the loopback, until the end of the `with`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable, "-c", "from recirc.cli import main; main()", "serve", "--db", str(database), "--port",
        str(port), "--workers", str(workers),
    ]  # fmt: skip
    with log.open("w") as told:
        process = subprocess.Popen(
            command, stdout=told, stderr=told, start_new_session=True, env={**os.environ, **environment},
            cwd=database.parent,
        )  # fmt: skip
    try:
        give_up = time.monotonic() + STARTING
        while answered(port, "GET", "/healthz", timeout=2.0) != 200:
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"the server does not answer: {log.read_text()}")
            time.sleep(0.2)  # nothing else tells when it listens
        yield Served(port, process.pid)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


class Wanted(NamedTuple):
    """One request of a load: what kind it is, and what is sent."""

    kind: str
    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = {}


class Answered(NamedTuple):
    """When it was due (s since the load began), how long after that its answer was there (s), its status; 0: none."""

    kind: str
    due: float
    seconds: float
    status: int


class SteadyLoad:
    """So many requests a second over a few connections until stopped; `make` gives the next one."""

    def __init__(self, port: int, make: Callable[[], Wanted], rate: float, connections: int = 8) -> None:
        self._port, self._make, self._rate = port, make, rate
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._sent = 0
        self._began = 0.0
        self.answers: list[Answered] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(connections)]

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _next(self) -> tuple[float, Wanted]:
        with self._lock:
            due = self._sent / self._rate
            self._sent += 1
            return due, self._make()

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        while True:
            due, wanted = self._next()
            if self._stop.wait(max(0.0, self._began + due - time.monotonic())):
                connection.close()
                return
            try:
                connection.request(wanted.method, wanted.path, wanted.body, dict(wanted.headers))
                response = connection.getresponse()
                response.read()
                status = response.status
            except (OSError, http.client.HTTPException):
                connection.close()
                status = 0
            late = time.monotonic() - self._began - due
            self.answers.append(Answered(wanted.kind, due, late, status))


def answered(port: int, method: str, path: str, timeout: float = TIMEOUT) -> int:
    """The status of an answer over a connection of its own; 0: there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, headers={"User-Agent": AGENT})
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def write_event(article: str, reader: str, key: str) -> Wanted:
    """A view as a newsroom's own server sends it."""
    body = json.dumps({"kind": "view", "article": article, "reader": reader, "user_agent": AGENT}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    return Wanted("keyed write", "POST", "/v1/events", body, headers)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share of the values does not exceed; 0.0 of none.

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5), percentile([], 0.5)
    (2.0, 0.0)
    """
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)] if ordered else 0.0
