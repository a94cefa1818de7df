"""A PostgreSQL server of the demo's own, for the order of several machines: on loopback, empty, removed at the end."""

import getpass
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recirc.demo.run import DemoError

USER = "postgres"
"""Under whom it runs where the demo is run by root, whom PostgreSQL refuses."""


@contextmanager
def database() -> Iterator[str]:
    """A running server without a standby, for as long as the context lasts; its address.

    Raises:
        DemoError: PostgreSQL is not installed, or does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="recirc-order-"))
    as_root = getpass.getuser() == "root"
    if as_root:
        shutil.chown(folder, USER)
    programs, user, port = _programs(), USER if as_root else getpass.getuser(), free_port()

    def do(program: str, *words: str) -> None:
        command = [str(programs / program), *words]
        command = ["runuser", "-u", user, "--", *command] if as_root else command
        # A file, not a pipe: the server that is started keeps it open.
        with (folder / "output").open("w+") as output:
            if subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False).returncode:
                output.seek(0)
                raise DemoError(f"PostgreSQL does not start: {output.read().strip()}")

    place = str(folder / "data")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=16MB"
    try:
        do("initdb", "-D", place, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        do("pg_ctl", "-D", place, "-l", str(folder / "data.log"), "-o", options, "-w", "start")
        try:
            yield f"host=127.0.0.1 port={port} user={user} dbname=postgres"
        finally:
            do("pg_ctl", "-D", place, "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder of PostgreSQL's programs. Raises DemoError."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise DemoError("several machines need PostgreSQL; install it (Debian: apt-get install postgresql)")
    return Path(on_path).parent


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
