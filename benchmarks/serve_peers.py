"""Other recommenders beside `serve.py`: the same log, the same requests, the same machine, in the same run.

A peer is an executable file in the folder that `--peers` names; its name is that of its figures. It is started as

    PEER --log FILE --port PORT

FILE has one JSON object a line, in order of time: `visit` and `article` (texts) and `time` (ms since 1970). It listens
on 127.0.0.1:PORT, answers `GET /healthz` with 200 as soon as it has learned, and `GET /v1/next?history=A,B` (ids, the
newest last, as `serve.py` asks Recirc's lean route) with what comes next. It ends with SIGTERM. Its processes are all
of its process group, so a launcher script that starts a server with other arguments is a peer too.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from recirc.types import EntryKind
from serve_load import LoadError, saturation
from serve_log import EventLog

LEARNING: Final = 600.0
"""Seconds that a peer may take to learn the log."""


def peers_in(folder: Path) -> list[Path]:
    """The executable files of a folder.

    Raises:
        LoadError: there is none.
    """
    found = sorted(path for path in folder.iterdir() if path.is_file() and os.access(path, os.X_OK))
    if not found:
        raise LoadError(f"{folder} has no executable file; see the head of serve_peers.py")
    return found


def write_log(log: EventLog, path: Path) -> None:
    """The views of a log, for peers."""
    views = log.records[log.records["kind"] == EntryKind.VIEW]
    rows = zip(views["visit"].tolist(), views["article"].tolist(), views["time"].tolist(), strict=True)
    with path.open("w") as out:
        for visit, article, when in rows:
            out.write(json.dumps({"visit": str(visit), "article": log.names[article], "time": when}) + "\n")


class Peer:
    """One peer that serves; a context manager."""

    def __init__(self, executable: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._command = [str(executable.resolve()), "--log", str(log), "--port", str(self.port)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, start_new_session=True)
        give_up = time.monotonic() + LEARNING
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > give_up:
                self.__exit__()
                raise LoadError(
                    f"{self._command[0]} did not answer GET /healthz within {LEARNING:g} s, or ended"
                )
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(30)

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far."""
        assert self._process is not None
        group, total = self._process.pid, 0.0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended
            if int(fields[2]) == group:
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return total


def measure(executable: Path, log: Path, paths: Sequence[str], seconds: float) -> dict[str, float]:
    """Rate, latency and processor time a request of a peer at saturation, after a fifth of the time to warm up."""
    with Peer(executable, log) as peer:
        saturation(peer.port, paths, max(seconds / 5, 1.0))
        spent = peer.cpu_seconds()
        load = saturation(peer.port, paths, seconds)
        spent = peer.cpu_seconds() - spent
    per_request = 1000 * spent / max(load.rate * seconds, 1)
    return {"rate": load.rate, "p50_ms": load.p50, "p99_ms": load.p99, "cpu_ms_per_request": per_request}
