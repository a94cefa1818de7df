"""`recirc serve` asks sources in a process of its own: it comes with the first source and goes with the server."""

import http.client
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from newswire import Entry, feed, newswire
from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.source_registry import SourceRegistry
from served import Server, is_running, named

SETTINGS = {
    "RECIRC_SOURCES__PRIVATE_HOSTS": '["127.0.0.1"]',
    "RECIRC_SOURCES__DELAY_SECONDS": "0",
    "RECIRC_TRAINING__BACKGROUND": "false",
}


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.1)  # processes come and go without a word


def asking_for(waiting: int) -> list[int]:
    """Processes that ask sources, told by their command lines, which name the one that waits for work."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[2:5] == [b"recirc.server.polling", b"poll", str(waiting).encode()]:
            found.append(int(path.parent.name))
    return found


def statuses(server: Server) -> list[Any]:
    told: list[Any] = server.get("/v1/sources")
    return told


def test_a_source_that_is_added_is_published_by_a_running_server(tmp_path: Path) -> None:
    with newswire() as wire:
        wire.replies["/feed"] = feed(wire, Entry(1), Entry(2))
        server = Server(tmp_path, settings=SETTINGS)
        server.start()
        try:
            server.wait()
            assert server._process is not None
            parent = server._process.pid
            (waiting,) = named("polling", parent)
            assert asking_for(waiting) == []  # without sources there is no second state in memory
            sources = SourceRegistry(server.path, SourcesSettings())
            sources.add(SourceEntry(address=wire.url("/feed")))
            wait_for(lambda: statuses(server)[0]["state"] == "ok")
            assert statuses(server)[0]["total"] == {
                "new": 2,
                "changed": 0,
                "refused": 0,
                "held": 0,
                "withdrawn": 0,
            }
            wait_for(lambda: "Story number 2" in _page(server))
            (asking,) = asking_for(waiting)
            assert os.getpriority(os.PRIO_PROCESS, asking) == 19

            sources.remove(wire.url("/feed"))
            wait_for(lambda: asking_for(waiting) == [], 10)
            sources.add(SourceEntry(address=wire.url("/feed")))
            wait_for(lambda: asking_for(waiting) != [], 10)
            os.kill(parent, signal.SIGKILL)
            wait_for(lambda: not is_running(waiting) and asking_for(waiting) == [], 10)
        finally:
            server.kill()


def test_it_stops_with_the_server(tmp_path: Path) -> None:
    server = Server(tmp_path, settings=SETTINGS)
    server.start()
    try:
        server.wait()
        assert server._process is not None
        parent = server._process.pid
        (waiting,) = named("polling", parent)
    finally:
        server.stop()
    wait_for(lambda: not is_running(waiting), 10)


def _page(server: Server) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    finally:
        connection.close()
