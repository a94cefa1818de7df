"""Load for `serve.py`: as fast as it goes (wrk), and at a fixed rate whatever the server does (our own).

A generator that waits for an answer before it sends the next request measures little of a stall: while the server
hangs, it asks nothing (coordinated omission, Gil Tene). At a fixed rate each request has a moment at which it is due,
and its latency counts from there, also when its connection was still busy with the one before.
"""

import http.client
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from serve_server import ask

SCRIPT = """
local requests = {}
init = function(args)
  math.randomseed(tonumber(args[2]))
  for line in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", line) end
end
request = function() return requests[math.random(#requests)] end
done = function(summary, latency)
  local wrong = summary.errors
  io.write(string.format("figures %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    wrong.connect + wrong.read + wrong.write + wrong.timeout + wrong.status))
end
"""
CONNECTIONS = 32
"""Of wrk, and of the fixed rate: each is busy only a part of the time."""

POST = 5
"""Events in one post."""


class LoadError(Exception):
    """The load could not be made, or was not answered as it should be; the text says why."""


class Load(NamedTuple):
    """What a load met with.

    Attributes:
        rate: requests answered a second.
        p50, p99: ms.
    """

    rate: float
    p50: float
    p99: float


def saturation(port: int, paths: Sequence[str], seconds: float, headers: Sequence[str] = ()) -> Load:
    """As many requests as the server answers, for random ones of `paths`, by wrk on one thread; each of `headers` is
    a whole line, e.g. `Accept-Encoding: gzip`.

    Raises:
        LoadError: wrk is not installed, or a request failed.
    """
    if shutil.which("wrk") is None:
        raise LoadError("wrk is not installed; Debian has it: apt-get install wrk")
    with tempfile.TemporaryDirectory() as name:
        script, wanted = Path(name) / "load.lua", Path(name) / "paths"
        script.write_text(SCRIPT)
        wanted.write_text("\n".join(paths) + "\n")
        command = [
            "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s", str(script),
            *(part for header in headers for part in ("-H", header)),
            f"http://127.0.0.1:{port}", "--", str(wanted), "1",
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [line.split()[1:] for line in ran.stdout.splitlines() if line.startswith("figures")]
    if ran.returncode or not told:
        raise LoadError(f"wrk failed: {ran.stderr.strip() or ran.stdout.strip()}")
    requests, microseconds, p50, p99, failed = map(int, told[0])
    if failed:
        raise LoadError(f"{failed} of {requests} requests failed: {ran.stdout}")
    return Load(requests / microseconds * 1e6, p50 / 1000, p99 / 1000)


class FixedRate:
    """`rate` requests a second for `seconds`, evenly spaced, over connections that take turns."""

    def __init__(self, port: int, paths: Sequence[str], rate: float, seconds: float) -> None:
        self._port = port
        self._requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths]
        self._rate = rate
        self._count = round(rate * seconds)
        self._stop = threading.Event()
        self._answered: list[tuple[float, float]] = []  # latency, moment of the answer
        self._failed: list[str] = []
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(CONNECTIONS)
        ]

    def start(self) -> None:
        """Begin."""
        self._began = time.perf_counter() + 0.1
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End before the time."""
        self._stop.set()

    def result(self) -> Load:
        """Wait for the end.

        Raises:
            LoadError: a request failed.
        """
        for thread in self._threads:
            thread.join()
        if self._failed:
            raise LoadError(f"{len(self._failed)} connections failed, the first with: {self._failed[0]}")
        latencies, moments = np.array(self._answered).T
        p50, p99 = np.percentile(latencies * 1000, [50, 99])
        return Load(len(latencies) / (float(moments.max()) - self._began), float(p50), float(p99))

    def _run(self, number: int) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=30) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for place in range(number, self._count, CONNECTIONS):
                    due = self._began + place / self._rate
                    if self._stop.wait(max(0.0, due - time.perf_counter())):
                        return
                    connection.sendall(self._requests[place % len(self._requests)])
                    _answer(connection)
                    now = time.perf_counter()
                    self._answered.append((now - due, now))
        except (OSError, LoadError) as error:
            self._failed.append(str(error))


class Posting:
    """Views of random articles by ever new readers, so many a second in posts of five, until told to stop."""

    def __init__(self, port: int, key: str, articles: Sequence[str], rate: float) -> None:
        self._port, self._key, self._articles, self._rate = port, key, articles, rate
        self._stop = threading.Event()
        self._failed: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._failed:
            raise LoadError(f"events were not taken: {self._failed[0]}")

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        chosen = np.random.default_rng(2)
        sent = 0
        began = time.perf_counter()
        while not self._stop.wait(max(0.0, began + sent / self._rate - time.perf_counter())):
            places = chosen.integers(0, len(self._articles), POST).tolist()
            views = [view(self._articles[place], f"reader {sent + n}") for n, place in enumerate(places)]
            try:
                ask(connection, "POST", "/v1/events", views, self._key)
            except OSError as error:
                self._failed.append(str(error))
                return
            sent += POST
        connection.close()


def view(article: str, reader: str) -> dict[str, str]:
    """A view as a newsroom's server tells it."""
    return {"kind": "view", "article": article, "reader": reader, "visit": reader}


def _answer(connection: socket.socket) -> None:
    """Read one answer to its end.

    Raises:
        LoadError: it is not a 200 with a Content-Length.
    """
    read = b""
    while (end := read.find(b"\r\n\r\n")) < 0:
        if not (part := connection.recv(65536)):
            raise LoadError(f"the server hung up: {read!r}")
        read += part
    head = read[:end].lower()
    length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
    if b" 200 " not in head[:16] or not length.strip():
        raise LoadError(f"not a 200 with a length: {read!r}")
    left = int(length) - (len(read) - end - 4)
    while left > 0:
        if not (part := connection.recv(min(left, 65536))):
            raise LoadError("the server hung up within an answer")
        left -= len(part)
