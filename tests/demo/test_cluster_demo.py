"""`recirc cluster`: three real machines behind one order; one is killed, no reader notices, and it comes back."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from postgres import programs
from served import STARTING, free_port, recirc

NAMES = {"one", "two", "three"}
PATHS = ("/", "/how-it-works", "/v1/rankings?window=day", "/article/postal-ballots-missing-envelope")


def read(port: int, path: str) -> tuple[str, str]:
    """The machine that answered, and the page; an error of any kind fails the test."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=40) as answer:
        return str(answer.headers["X-Served-By"]), answer.read().decode()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def waited_for(log: Path, pattern: str) -> list[str]:
    give_up = time.monotonic() + 3 * STARTING
    while not (found := re.findall(pattern, log.read_text())):
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.1)  # it is another process that writes
    return found


def test_a_machine_is_killed_while_readers_read_and_none_notices(tmp_path: Path) -> None:
    programs()
    port, log = free_port(), tmp_path / "output"
    options = ("--folder", str(tmp_path / "paper"), "--port", str(port), "--rate", "2", "--no-pictures")
    with log.open("wb") as output:
        running = subprocess.Popen(recirc("cluster", *options), stdout=output, stderr=output)
    try:
        waited_for(log, "Stop with Ctrl-C")
        give_up = time.monotonic() + STARTING
        while not listens(port):
            assert time.monotonic() < give_up
        assert {read(port, PATHS[0])[0] for _ in range(6)} == NAMES
        machine, page = read(port, "/how-it-works")
        assert f"The machine {machine} sent this page." in page
        (group,) = re.findall(r"machine two serves .*-- -(\d+)", log.read_text())
        for number in range(60):
            if number == 20:
                os.killpg(int(group), signal.SIGKILL)
            machine, _ = read(port, PATHS[number % len(PATHS)])
            assert number <= 20 or machine != "two"
        waited_for(log, "machine two starts")
        give_up = time.monotonic() + STARTING
        while read(port, "/")[0] != "two":
            assert time.monotonic() < give_up
    finally:
        running.terminate()
        assert running.wait(60) == 0, log.read_text()
