"""A real `recirc serve` in processes of its own, and a client that posts events to it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recirc.settings import OrderSettings
from recirc.store.api_keys import create
from recirc.store.orders.joining import join

STARTING = 120
"""Seconds that a start may take, also on a busy machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def recirc(*words: str) -> list[str]:
    """The command `recirc` as this Python runs it."""
    return [sys.executable, "-c", "from recirc.cli import main; main()", *words]


@contextmanager
def running(
    folder: Path, *words: str, port: int, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """`recirc WORDS --port PORT` in processes of its own, started in `folder`; gives its address once it answers."""
    log = folder / "told.log"
    with log.open("w") as told:
        process = subprocess.Popen(
            recirc(*words, "--port", str(port)),
            stdout=told, stderr=told, start_new_session=True, cwd=folder, env={**os.environ, **(environment or {})},
        )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        give_up = time.monotonic() + 2 * STARTING
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < give_up, log.read_text()
            try:
                urllib.request.urlopen(f"{base}/healthz", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)  # nothing else tells when a server listens
        yield base
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


class AwayError(AssertionError):
    """The server answers that it cannot write at the moment."""


class Server:
    """`recirc serve` on a file in `folder`; started, killed and started again."""

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        settings: Mapping[str, str] | None = None,
        order: OrderSettings | None = None,
        empty: bool = False,
    ) -> None:
        """`empty`: its folder stays as it is until it starts, and its `key` is another server's."""
        self.path = folder / "recirc.db"
        self.port = free_port()
        if order is not None:
            if not empty:
                join(self.path, order, 10.0)
            named = {"ENGINE": order.engine, "ADDRESS": order.address, "SITE": order.site}
            named |= {"ACCEPT_LOSS": str(order.accept_loss).lower(), "MACHINE": order.machine}
            settings = {
                **(settings or {}),
                **{f"RECIRC_ORDER__{name}": value for name, value in named.items()},
            }
        self.key = "" if empty else create(self.path, "test")
        self._log = folder / "serve.log"
        self._workers = workers
        self.environment = {**os.environ, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        workers = ("--workers", str(self._workers))
        command = recirc("serve", "--db", str(self.path), "--port", str(self.port), *workers)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env=self.environment, start_new_session=True
            )

    def wait(self) -> None:
        """Until it answers."""
        assert self._process is not None
        give_up = time.monotonic() + STARTING
        while time.monotonic() < give_up:
            assert self._process.poll() is None, self._log.read_text()
            try:
                self.get("/healthz")
            except OSError:
                time.sleep(0.02)  # nothing else tells when a server listens
            else:
                return
        raise AssertionError(f"no answer within {STARTING} s: {self._log.read_text()}")

    def wait_folded(self) -> None:
        """Until the process that answers has folded all that is on disk."""
        give_up = time.monotonic() + STARTING
        while self.get("/healthz")["lag"] != 0:
            assert time.monotonic() < give_up, self._log.read_text()
            time.sleep(0.02)  # it folds twenty times a second

    def log(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    def kill(self) -> None:
        """kill -9 the server and all its workers."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self._end(signal.SIGTERM)

    def gone(self) -> None:
        """Wait until the first process has ended by itself."""
        assert self._process is not None
        self._process.wait(STARTING)
        self._process = None

    def processes(self, kind: str) -> list[int]:
        """The ids of its running processes that are a "parent", a "worker" or a "sequencer"."""
        assert self._process is not None
        if kind == "parent":
            return [self._process.pid]
        parents, commands = _processes()
        own = self._process.pid
        if kind == "worker":  # a fork has the command of its parent, and others have a name of their own
            forks = [pid for pid in parents if parents[pid] == own and commands[pid] == commands[own]]
            return [pid for pid in forks if _name(pid) == _name(own)]
        return [pid for supervisor in named("sequencing", own) for pid in named("sequencer", supervisor)]

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, how)
        self._process.wait(STARTING)
        self._process = None

    def get(self, path: str) -> Any:
        """The JSON that a GET over a new connection answers with. Raises OSError when nobody answers."""
        return self._ask("GET", path, None)

    def post(self, path: str, told: Sequence[Any]) -> Any:
        """The JSON that a POST with the key answers with. Raises OSError when nobody answers to the end."""
        return self._ask("POST", path, json.dumps(told))

    def _ask(self, method: str, path: str, body: str | None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            told = response.read()
            if response.status == 503:
                assert method == "GET" or response.headers["Retry-After"], told
                raise AwayError(f"503: {told!r}")
            assert response.status < 300, f"{response.status}: {told!r}"
            return json.loads(told)
        except (http.client.HTTPException, json.JSONDecodeError) as error:
            raise OSError(f"the answer was cut: {error!r}") from error
        finally:
            connection.close()


def named(name: str, parent: int) -> list[int]:
    """The processes of this name, as `ps -o comm` shows it, that another one has forked."""
    parents, _ = _processes()
    return [pid for pid, its in parents.items() if its == parent and _name(pid) == name]


def is_running(process: int) -> bool:
    """Whether a process has not ended, also where nobody has asked yet how."""
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())  # of one that has ended it is empty
    except OSError:
        return False


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:  # it has ended meanwhile
        return ""


def _processes() -> tuple[dict[int, int], dict[int, list[str]]]:
    """The parent and the command of every process of this machine."""
    parents: dict[int, int] = {}
    commands: dict[int, list[str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in brackets, may hold spaces.
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
        except OSError:  # it has ended meanwhile
            continue
        parents[int(folder.name)], commands[int(folder.name)] = parent, words
    return parents, commands
