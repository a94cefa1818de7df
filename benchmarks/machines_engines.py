"""The engines of the order on hosts of their own: PostgreSQL with two synchronous standbys, or three NATS servers."""

import getpass
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import msgspec
import psycopg

from machines_net import Host, Network

USER = "postgres"
UP_SECONDS = 300.0
QUICK = 2
"""Seconds in which a server that is there answers."""


Found = TypeVar("Found")


class EngineError(Exception):
    """The engine does not start, or is not installed."""


def until(what: Callable[[], Found | None], why: str, seconds: float = UP_SECONDS) -> Found:
    """What is found, once something is. Raises EngineError: not within the time; `why` names what was waited for."""
    give_up = time.monotonic() + seconds
    while True:
        with suppress(OSError, psycopg.Error, ValueError):
            if found := what():
                return found
        if time.monotonic() > give_up:
            raise EngineError(f"not within {seconds:g} s: {why}")
        time.sleep(0.05)  # another process or host becomes ready; nothing tells when


class EngineOfOrder(Protocol):
    """What the rows of the table need of an engine."""

    name: Literal["postgresql", "jetstream"]
    address: str

    @property
    def hosts(self) -> list[Host]:
        """All hosts."""

    def leader(self) -> Host:
        """The host that accepts writes at the moment."""

    def follower(self) -> Host:
        """A host that keeps a copy."""

    def kill_leader(self) -> Callable[[], None]:
        """kill -9 what accepts writes, and let another go on; what is returned brings the killed one back."""

    def leader_is_gone(self) -> Callable[[], None]:
        """The cable of the leader was pulled: let another go on; what is returned follows when it is plugged in."""

    def flush(self) -> None:
        """Have what is in memory for the disk written there."""


class Database:
    """One PostgreSQL server on a host of its own."""

    def __init__(self, host: Host, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[4]))
        if not found:
            raise EngineError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
        self.host, self.folder, self._programs = host, folder, found[-1]

    @property
    def address(self) -> str:
        """How the bench reaches it."""
        return f"host={self.host.address} user={USER} dbname=postgres connect_timeout={QUICK}"

    def run(self, program: str, *words: str | Path) -> None:
        """One of PostgreSQL's programs, on this host. Raises EngineError."""
        command = [str(self._programs / program), *map(str, words)]
        if getpass.getuser() == "root":
            command = ["runuser", "-u", USER, "--", *command]
        said = self.folder.with_suffix(".said")
        with said.open("w") as output:
            done = subprocess.run(
                self.host.words(*command), stdout=output, stderr=output, cwd="/tmp", check=False
            )
        if done.returncode:
            raise EngineError(f"{' '.join(command)}: {said.read_text()}")

    def initialise(self) -> None:
        """Make it empty, for connections of this network."""
        self.run("initdb", "-D", self.folder, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        with (self.folder / "pg_hba.conf").open("a") as file:
            file.write("host all all 10.99.0.0/24 trust\nhost replication all 10.99.0.0/24 trust\n")

    def start(self) -> None:
        """Start it, and wait until it answers. Raises EngineError."""
        options = (
            f"-c listen_addresses={self.host.address} -c unix_socket_directories='' -c shared_buffers=64MB"
            " -c wal_retrieve_retry_interval=500ms -c wal_receiver_timeout=5s -c wal_sender_timeout=5s"
            " -c recovery_target_timeline=latest -c wal_keep_size=512MB -c wal_log_hints=on -c max_connections=60"
        )
        self.run(
            "pg_ctl", "-D", self.folder, "-l", self.folder.with_suffix(".log"), "-o", options, "-w", "start"
        )

    def stop(self, mode: str = "immediate") -> None:
        """Stop it, if it runs."""
        if (self.folder / "postmaster.pid").exists():
            with suppress(EngineError):
                self.run("pg_ctl", "-D", self.folder, "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """As the power would: server and children at once."""
        group = int((self.folder / "postmaster.pid").read_text().split("\n")[0])
        children = Path(f"/proc/{group}/task/{group}/children").read_text().split()
        for each in (group, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        (self.folder / "postmaster.pid").unlink()

    def do(self, *statements: str) -> list[Any]:
        """Run statements; the rows of the last that has any. Raises psycopg.Error."""
        rows: list[Any] = []
        with psycopg.connect(self.address, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else rows
        return rows

    def point_to(self, primary: "Database | None") -> None:
        """Have a standby follow this primary; None: nobody, from now on."""
        options = ""
        if primary is not None:
            options = f"{primary.address} application_name={self.host.name} tcp_user_timeout=3000"
        self.do(f"ALTER SYSTEM SET primary_conninfo = '{options}'", "SELECT pg_reload_conf()")
        if primary is None:
            until(lambda: self.do("SELECT count(*) FROM pg_stat_wal_receiver") == [(0,)], "it follows nobody")

    def received(self) -> int:
        """How far a standby has the primary's log, in bytes."""
        ((at,),) = self.do("SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::bigint")
        return int(at or 0)


class PostgresqlEngine:
    """A primary, and standbys one of which every commit waits for."""

    name: Literal["postgresql", "jetstream"] = "postgresql"

    def __init__(self, network: Network, stack: ExitStack, folder: Path) -> None:
        """Start three servers."""
        if getpass.getuser() == "root":
            shutil.chown(folder, USER)
        self.servers = [
            Database(network.host(f"db{number}", stack), folder / f"db{number}") for number in (1, 2, 3)
        ]
        hosts = ",".join(each.host.address for each in self.servers)
        self.address = f"host={hosts} user={USER} dbname=postgres target_session_attrs=read-write"
        self.primary = self.servers[0]
        self.primary.initialise()
        for each in self.servers:
            stack.callback(each.stop)
        self.primary.start()
        self.require_standby(
            required=True
        )  # before they are copied: it has to hold on whichever is promoted, too
        for each in self.servers[1:]:
            self.follow(each)

    @property
    def hosts(self) -> list[Host]:
        """All hosts."""
        return [each.host for each in self.servers]

    def standbys(self) -> list[Database]:
        """All but the primary."""
        return [each for each in self.servers if each is not self.primary]

    def follow(self, server: Database) -> None:
        """Make a server a standby of whichever accepts writes, anew."""
        shutil.rmtree(server.folder, ignore_errors=True)
        source = ("-d", f"host={self.primary.host.address} user={USER}")
        server.run("pg_basebackup", "-D", server.folder, *source, "-R", "-c", "fast")
        server.start()
        server.point_to(self.primary)

    def require_standby(self, *, required: bool) -> None:
        """Have commits wait for one of the standbys, or for none."""
        names = "ANY 1 (*)" if required else ""
        self.primary.do(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'", "SELECT pg_reload_conf()")

    def leader(self) -> Host:
        """The primary's."""
        return self.primary.host

    def follower(self) -> Host:
        """A standby's."""
        return self.standbys()[0].host

    def kill_leader(self) -> Callable[[], None]:
        """Kill the primary and promote a standby; it comes back as a standby."""
        dead = self.primary
        dead.kill()
        self.fail_over()
        return lambda: self.follow(dead)

    def leader_is_gone(self) -> Callable[[], None]:
        """Promote a standby."""
        dead = self.primary
        self.fail_over()

        def back() -> None:
            dead.stop()
            self.follow(dead)

        return back

    def fail_over(self) -> None:
        """Promote the standby that has most of the primary's log: any commit that was waited for is in it.

        All standbys leave the old primary first: with one of them it could go on acknowledging, if it still runs.
        """
        for each in self.standbys():
            each.point_to(None)
        self.promote(max(self.standbys(), key=Database.received))
        for each in self.standbys():
            if (each.folder / "standby.signal").exists():
                each.point_to(self.primary)

    def promote(self, standby: Database) -> None:
        """Make a standby the primary, whatever it has."""
        standby.run("pg_ctl", "-D", standby.folder, "-w", "promote")
        self.primary = standby

    def flush(self) -> None:
        """A checkpoint on each."""
        for each in self.servers:
            each.do("CHECKPOINT")


class NatsServer:
    """One NATS server on a host of its own."""

    def __init__(self, program: Path, host: Host, folder: Path) -> None:
        self.host, self.folder, self._program = host, folder, program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, routes: list[str]) -> None:
        """Start it; does not wait."""
        self.folder.mkdir(exist_ok=True)
        at = self.host.address
        (self.folder / "nats.conf").write_text(
            f"server_name: {self.host.name}\nlisten: {at}:4222\nhttp: {at}:8222\n"
            f'jetstream {{ store_dir: "{self.folder}/data", sync_interval: always, max_file: 4G, max_mem: 64M }}\n'
            f'ping_interval: "2s"\nping_max: 2\nlog_file: "{self.folder}/log"\n'
            f"cluster {{ name: bench, listen: {at}:6222, routes: [{', '.join(routes)}] }}\n"
        )
        with (self.folder / "out").open("ab") as log:
            self._process = self.host.start([self._program, "-c", self.folder / "nats.conf"], log)

    def kill(self, sent: int = signal.SIGKILL) -> None:
        """Send a signal, and wait for the end."""
        if self._process is not None:
            self._process.send_signal(sent)
            self._process.wait()
            self._process = None

    def well(self) -> bool:
        """Whether it can keep messages. Raises OSError, ValueError."""
        return bool(self.asked("/healthz")["status"] == "ok")

    def asked(self, path: str) -> Any:
        """What it says of itself. Raises OSError, ValueError."""
        with urllib.request.urlopen(f"http://{self.host.address}:8222{path}", timeout=QUICK) as answer:
            return msgspec.json.decode(answer.read())


class NatsEngine:
    """Three servers, each of which writes a message to its disk before it answers."""

    name: Literal["postgresql", "jetstream"] = "jetstream"

    def __init__(self, network: Network, stack: ExitStack, folder: Path, program: Path) -> None:
        """Start three servers."""
        self.servers = [
            NatsServer(program, network.host(f"n{number}", stack), folder / f"n{number}")
            for number in (1, 2, 3)
        ]
        self.address = ",".join(f"nats://{each.host.address}:4222" for each in self.servers)
        for each in self.servers:
            stack.callback(each.kill)
            self.start(each)
        for each in self.servers:
            until(each.well, f"{each.host.name} is well")

    def start(self, server: NatsServer) -> None:
        """Start a server of the cluster."""
        server.start([f'"nats://{each.host.address}:6222"' for each in self.servers])

    @property
    def hosts(self) -> list[Host]:
        """All hosts."""
        return [each.host for each in self.servers]

    def leader(self) -> Host:
        """Of the stream."""
        return self._leading().host

    def _leading(self) -> NatsServer:
        return until(self._found, "a leader of the stream")

    def _found(self) -> NatsServer | None:
        for server in self.servers:
            with suppress(OSError, ValueError):
                for account in server.asked("/jsz?streams=true").get("account_details", []):
                    for each in account.get("stream_detail", []):
                        cluster = each.get("cluster", {})
                        if not each["name"].startswith("KV_") and cluster.get("leader") == server.host.name:
                            return server
        return None

    def follower(self) -> Host:
        """One of the other two."""
        leading = self._leading()
        return next(each.host for each in self.servers if each is not leading)

    def kill_leader(self) -> Callable[[], None]:
        """Kill it; the others choose one of them."""
        dead = self._leading()
        dead.kill()

        def back() -> None:
            self.start(dead)
            until(dead.well, f"{dead.host.name} is well again")

        return back

    def leader_is_gone(self) -> Callable[[], None]:
        """The others choose one of them by themselves."""
        return lambda: None

    def flush(self) -> None:
        """By stopping and starting each."""
        for each in self.servers:
            each.kill(signal.SIGTERM)
            self.start(each)
            until(each.well, f"{each.host.name} is well")
