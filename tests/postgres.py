"""PostgreSQL servers of our own, started by the tests that need them: a primary, and standbys made from it."""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from served import free_port

USER = "postgres"


def programs() -> Path:
    """The folder of PostgreSQL's programs; the test is skipped where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return found[-1].parent


def run(*words: str | Path) -> None:
    """Run one of PostgreSQL's programs, which refuse to be run by root."""
    command = [str(programs() / words[0]), *map(str, words[1:])]
    if getpass.getuser() == "root":
        command = ["runuser", "-u", USER, "--", *command]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/tmp", timeout=120
    )
    assert done.returncode == 0, f"{command}: {done.stdout}"


class Cluster:
    """One server with its own folder and port, on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={USER} dbname=postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=16MB"
        run("pg_ctl", "-D", self.folder, "-l", self.folder.with_suffix(".log"), "-o", options, "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        if (self.folder / "postmaster.pid").exists():
            run("pg_ctl", "-D", self.folder, "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """As the power would do it: the server and its children get no chance to finish anything."""
        group = int((self.folder / "postmaster.pid").read_text().split("\n")[0])
        children = Path(f"/proc/{group}/task/{group}/children").read_text().split()
        for each in (group, *map(int, children)):
            os.kill(each, signal.SIGKILL)
        (self.folder / "postmaster.pid").unlink()

    def promote(self) -> None:
        run("pg_ctl", "-D", self.folder, "-w", "promote")

    def do(self, *statements: str) -> list[Any]:
        """Run statements; the rows of the last one that has any."""
        rows: list[Any] = []
        with psycopg.connect(self.address, autocommit=True, connect_timeout=5) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else rows
        return rows

    def require_standby(self, *, required: bool = True) -> None:
        """Have commits wait for a standby, or not."""
        names = "*" if required else ""
        self.do(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'", "SELECT pg_reload_conf()")


class Clusters:
    """Servers in one folder, which end with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[Cluster] = []

    def primary(self) -> Cluster:
        """A new, empty server, started."""
        cluster = self._next()
        run(
            "initdb",
            "-D",
            cluster.folder,
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        )
        cluster.start()
        return cluster

    def standby(self, of: Cluster, *, port: int | None = None) -> Cluster:
        """A server that follows another one, started; on a port of its own unless one is given."""
        cluster = self._next()
        cluster.port = port or cluster.port
        source = ("-h", "127.0.0.1", "-p", str(of.port), "-U", USER)
        run("pg_basebackup", "-D", cluster.folder, *source, "-R", "-c", "fast")
        cluster.start()
        return cluster

    def stop(self) -> None:
        for each in reversed(self._made):
            each.stop()

    def _next(self) -> Cluster:
        cluster = Cluster(self._folder / f"cluster-{len(self._made)}")
        self._made.append(cluster)
        return cluster


@contextmanager
def clusters() -> Iterator[Clusters]:
    """A place for servers; they are stopped and removed at the end."""
    programs()
    folder = Path(tempfile.mkdtemp(prefix="recirc-postgres-"))
    if getpass.getuser() == "root":
        shutil.chown(folder, USER, USER)
    made = Clusters(folder)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
