"""What a server does about itself: hung workers, a second server, file descriptors, writes that are not possible."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recirc.server.heartbeats import Heartbeats
from served import Server, free_port, named, recirc

SOON = 60.0


def health(server: Server) -> dict[str, Any]:
    """The health of a worker, well or not. Raises OSError when nobody answers."""
    try:
        with urllib.request.urlopen(f"{server.address}/healthz", timeout=2) as answer:
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        found = json.load(error)
    return found


def eventually(check: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        try:
            if check():
                return
        except OSError:
            pass
        time.sleep(0.1)  # nothing else tells
    raise AssertionError("it did not happen")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_hangs_is_replaced(tmp_path: Path, workers: int) -> None:
    server = Server(tmp_path, workers=workers, settings={"RECIRC_SERVER__HANG_SECONDS": "2"})
    server.start()
    server.wait()
    try:
        hung = health(server)["worker"]
        os.kill(hung, signal.SIGSTOP)

        def replaced() -> bool:
            return f"worker {hung} did not respond for 2 s and is replaced" in server.log()

        eventually(replaced)
        eventually(lambda: health(server)["worker"] != hung)
        # Connections that waited for the hung worker are reset when it ends.
        eventually(lambda: bool(server.post("/v1/articles", [{"id": "a", "headline": "A"}])))
    finally:
        server.stop()


def test_of_heartbeats_only_the_late_ones_are_of_workers_that_hang() -> None:
    heartbeats = Heartbeats(5.0)
    heartbeats._write(0, 17, 100.0)
    heartbeats._write(1, 18, 103.0)
    assert heartbeats.hung(104.9) == []
    assert heartbeats.hung(105.1) == [17]
    assert heartbeats.hung(109.0) == [17, 18]
    heartbeats.forget(17)
    assert heartbeats.hung(109.0) == [18]


def test_a_second_server_on_one_store_is_refused_in_words(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    server.wait()
    try:
        other = subprocess.run(
            recirc("serve", "--db", str(server.path), "--port", str(free_port())),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert other.returncode == 2
        assert "another server already serves this store (process " in " ".join(other.stderr.split())
        assert "Traceback" not in other.stderr
        assert health(server)["status"] == "ok"
    finally:
        server.stop()
    server.start()  # the lock ends with the server
    server.wait()
    server.kill()
    server.start()  # also with one that was killed
    server.wait()
    server.stop()


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
sys.argv[0] = "recirc"
from recirc.cli import main
main()
"""


def test_a_server_with_few_file_descriptors_says_so_and_goes_on(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", LIMITED, "serve", "--db", str(tmp_path / "r.db"), "--port", str(port)],
            stdout=out, stderr=out, env={**os.environ, "RECIRC_SERVER__IDLE_SECONDS": "2"},
        )  # fmt: skip
    try:

        def served() -> bool:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10).close()
            return True

        eventually(served)
        assert (
            "the limit of open files is 300, so each worker accepts 100 connections at once"
            in log.read_text()
        )
        idle = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(320)]
        assert served()
        for connection in idle:
            connection.close()
        assert "Traceback" not in log.read_text()
    finally:
        process.terminate()
        process.wait(15)


def test_health_says_when_the_process_that_writes_is_away(tmp_path: Path) -> None:
    server = Server(tmp_path, workers=2)
    server.start()
    server.wait()
    try:
        assert health(server)["status"] == "ok"
        (parent,) = server.processes("parent")
        (supervisor,), (sequencer,) = named("sequencing", parent), server.processes("sequencer")
        os.kill(supervisor, signal.SIGSTOP)  # so that it starts no other
        os.kill(sequencer, signal.SIGKILL)
        eventually(lambda: "the process that writes is away" in health(server).get("text", ""))
        os.kill(supervisor, signal.SIGCONT)
        eventually(lambda: health(server)["status"] == "ok")
    finally:
        server.stop()
