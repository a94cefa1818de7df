"""The server that `serve.py` measures: `recirc serve` as it is, with one bare route beside it.

`python benchmarks/serve_server.py` is the server's own process; `Server` starts it, asks it and kills it.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self
from unittest import mock

import msgspec
from starlette.types import Receive, Scope, Send

from recirc.server import serve as portal
from recirc.settings import Settings
from recirc.store.api_keys import create

HELLO = "/hello"
"""The bare route: no router, no engine. What it reaches, nothing behind the same server can surpass."""

STARTING = 120.0
"""Seconds that a start may take."""


def serve(database: Path, port: int, workers: int) -> None:
    """Serve the store at `database` until a signal comes, as `recirc serve` does."""
    original = portal.worker

    def worker(settings: Settings, shared: portal.Shared) -> Any:
        product = original(settings, shared)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"] == HELLO:
                length = (b"content-length", b"5")
                await send({"type": "http.response.start", "status": 200, "headers": [length]})
                await send({"type": "http.response.body", "body": b"hello", "more_body": False})
            else:
                await product(scope, receive, send)

        return app

    settings = settings_for(database)
    server = msgspec.structs.replace(settings.server, port=port, workers=workers)
    with mock.patch.object(portal, "worker", worker):
        portal.serve(msgspec.structs.replace(settings, server=server))


def settings_for(database: Path) -> Settings:
    """The defaults, with the store at `database`, and no training in the background."""
    settings = Settings()
    return msgspec.structs.replace(
        settings,
        store=msgspec.structs.replace(settings.store, path=str(database)),
        training=msgspec.structs.replace(settings.training, background=False),
    )


class Server:
    """The server in processes of its own, on a free port of the loopback."""

    def __init__(self, database: Path, workers: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.key = create(database, f"benchmark {time.time_ns()}")
        self.workers = workers
        self._database = database
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(signal.SIGTERM)

    def start(self) -> None:
        """Start it, and return when every worker has answered."""
        self.launch()
        for connection in self.connections():
            connection.close()

    def launch(self) -> None:
        """Start it, and return at once."""
        command = [
            sys.executable, str(Path(__file__).resolve()), str(self._database), str(self.port), str(self.workers),
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)

    def kill(self) -> None:
        """kill -9, all processes at once."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, how)
            self._process.wait()
            self._process = None

    def connections(self) -> list[http.client.HTTPConnection]:
        """One open connection to each worker."""
        held: dict[int, http.client.HTTPConnection] = {}
        give_up = time.monotonic() + STARTING
        while len(held) < self.workers:
            connection = self.connection()
            try:
                pid = ask(connection, "GET", "/healthz")["worker"]
            except OSError:
                if time.monotonic() > give_up or self._process is None or self._process.poll() is not None:
                    raise
                time.sleep(0.02)  # a look costs the starting server time
                continue
            if pid in held:
                connection.close()
            held.setdefault(pid, connection)
        return list(held.values())

    def connection(self) -> http.client.HTTPConnection:
        """A new connection, to whichever worker takes it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def memory(self) -> int:
        """Resident memory of the largest worker, in bytes."""
        return max(_resident(pid) for pid in self._workers())

    def cpu_seconds(self) -> float:
        """Processor time that the workers have taken so far, which other programs on the machine hardly change."""
        return sum(_cpu_seconds(pid) for pid in self._workers())

    def _workers(self) -> list[int]:
        assert self._process is not None
        top = self._process.pid
        return [int(pid) for pid in Path(f"/proc/{top}/task/{top}/children").read_text().split()]


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def _cpu_seconds(pid: int) -> float:
    # Behind the name in brackets, which may hold blanks: user and system time, in ticks.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, key: str = ""
) -> Any:
    """The JSON of an answer.

    Raises:
        OSError: nobody answers, or the answer is an error.
    """
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    sent = None if body is None else json.dumps(body)
    try:
        connection.request(
            method, path, sent, headers | ({"Content-Type": "application/json"} if sent else {})
        )
        response = connection.getresponse()
        told = response.read()
    except http.client.HTTPException as error:
        connection.close()
        raise OSError(f"{method} {path}: the answer was cut: {error!r}") from error
    if response.status >= 300:
        raise OSError(f"{method} {path}: {response.status} {told.decode(errors='replace')}")
    return json.loads(told)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The server under measurement; started by serve.py.")
    parser.add_argument("database", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("workers", type=int)
    given = parser.parse_args()
    serve(given.database, given.port, given.workers)
