"""NATS servers of our own, built once and started by the tests that need them: one, or a cluster of three."""

import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

import go_programs
from served import free_port

VERSION = "v2.11.9"
"""At least 2.11; Debian's is older."""

UP_SECONDS = 60


def program() -> Path:
    """The server; the test is skipped where it cannot be had."""
    return go_programs.program("nats-server", "github.com/nats-io/nats-server/v2", VERSION)


class NatsServer:
    """One server with its own folder and ports, on loopback; it writes each message to the disk before it answers."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.name = name
        self.port, self.monitor, self.route = free_port(), free_port(), free_port()
        self._routes: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def joined(self, others: "list[NatsServer]") -> None:
        """Say who the cluster is; before the start."""
        self._routes = [each.route for each in others]

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [
            f"server_name: {self.name}",
            f"listen: 127.0.0.1:{self.port}",
            f"http: 127.0.0.1:{self.monitor}",
            f'jetstream {{ store_dir: "{self.folder}/data", sync_interval: always, max_file: 2G, max_mem: 64M }}',
            f'log_file: "{self.folder}/log"',
        ]
        if self._routes:
            routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in self._routes)
            lines.append(f"cluster {{ name: tests, listen: 127.0.0.1:{self.route}, routes: [{routes}] }}")
        (self.folder / "nats.conf").write_text("\n".join(lines))
        self._process = subprocess.Popen([program(), "-c", self.folder / "nats.conf"])

    def ready(self) -> bool:
        """Whether it can keep messages, in a cluster too."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.monitor}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self, sent: int = signal.SIGKILL) -> None:
        assert self._process is not None
        self._process.send_signal(sent)
        self._process.wait()
        self._process = None

    def close(self) -> None:
        if self._process is not None:
            self.kill()


def wait_until(true: Callable[[], object]) -> None:
    give_up = time.monotonic() + UP_SECONDS
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.05)  # nothing else tells when a server is up


def leader_of(servers: list[NatsServer], stream: str) -> NatsServer | None:
    """The server that leads a stream; None while there is none."""
    for server in servers:
        try:
            told = httpx.get(f"http://127.0.0.1:{server.monitor}/jsz?streams=true", timeout=2).json()
        except (httpx.HTTPError, ValueError):
            continue
        for account in told.get("account_details", []):
            for each in account.get("stream_detail", []):
                if each["name"] == stream and each.get("cluster", {}).get("leader") == server.name:
                    return server
    return None


@contextmanager
def nats_servers(count: int) -> Iterator[list[NatsServer]]:
    """So many servers, in a cluster if they are more than one, ready; they end with the block."""
    program()
    with tempfile.TemporaryDirectory() as folder:
        servers = [NatsServer(Path(folder), f"n{number}") for number in range(count)]
        for each in servers:
            each.joined(servers if count > 1 else [])
        try:
            for each in servers:
                each.start()
            wait_until(lambda: all(each.ready() for each in servers))
            yield servers
        finally:
            for each in servers:
                each.close()
