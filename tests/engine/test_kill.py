"""kill -9 at any moment under load: no acknowledged event is lost, none is folded twice.

Of a server with several workers each of its processes is killed on its own. `RECIRC_KILLS=20` in the environment
makes the kills of each kind as many; by default there are few.
"""

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recirc.engine import Engine
from recirc.settings import Settings, load
from recirc.store.ids import record_key
from recirc.store.sqlite import SqliteStore
from recirc.types import Arrays, EntryKind, Window
from served import AwayError, Server

KILLS = 20
READERS = 400
ARTICLES = 30
BATCH = 25
# Taken out of the environment, in which a server takes such a name for a setting that it does not know.
KILLS_OF_EACH = int(os.environ.pop("RECIRC_KILLS", "4"))


class Sender(threading.Thread):
    """Posts numbered events without a pause; what was not acknowledged is sent again, as a sender should."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.acknowledged: list[str] = []
        self.done = threading.Event()
        self._choices = random.Random(7)

    def run(self) -> None:
        number = 0
        while not self.done.is_set():
            batch = [self._event(number + place) for place in range(BATCH)]
            if self._sent(batch):
                self.acknowledged += [event["id"] for event in batch]
                number += BATCH

    def wait_for_more(self) -> None:
        before = len(self.acknowledged)
        wait_for(lambda: len(self.acknowledged) > before)

    def _sent(self, batch: list[dict[str, Any]]) -> bool:
        while not self.done.is_set():
            try:
                told = self.server.post("/v1/events", batch)
            except (OSError, AwayError):
                time.sleep(0.01)  # the server is dead at the moment
                continue
            assert told["accepted"] + told["duplicates"] == BATCH
            assert told["refused"] == []
            return True
        return False

    def _event(self, number: int) -> dict[str, Any]:
        reader = self._choices.randrange(READERS)
        return {
            "id": f"event-{number}",
            "kind": self._choices.choice(["view", "view", "view", "read", "reaction"]),
            "name": "well-told",
            "article": f"article-{self._choices.randrange(ARTICLES)}",
            "reader": f"reader-{reader}",
            "visit": f"visit-{reader}",
        }


def wait_for(what: Callable[[], bool], seconds: float = 90) -> None:
    give_up = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.02)  # another process folds, and tells nobody


def test_twenty_kills_at_random_moments_under_load(tmp_path: Path) -> None:
    server = Server(tmp_path, settings={"RECIRC_STORE__SNAPSHOT_EVENTS": "200"})
    sender = Sender(server)
    moments = random.Random(1916)
    sender.start()
    try:
        for kill in range(KILLS):
            server.start()
            if kill % 4 == 0:  # while it starts
                time.sleep(moments.uniform(0.2, 1.5))
            else:
                sender.wait_for_more()
                time.sleep(moments.uniform(0, 0.3))
            server.kill()
        server.start()
        sender.wait_for_more()
    finally:
        sender.done.set()
        sender.join()
    health = server.get("/healthz")
    wait_for(lambda: server.get("/healthz")["lag"] == 0)
    ranking = server.get("/v1/rankings?window=ever&slots=50")
    offset = server.get("/healthz")["offset"]
    server.stop()
    assert health["status"] == "ok"
    assert list(Path(f"{server.path}.snapshots").glob("*")), "no snapshot was ever made"
    check_log(server.path, sender.acknowledged, offset)
    check_state(server.path, tmp_path / "copy", ranking, offset)


RESPAWN_SECONDS = 6.0


@pytest.mark.parametrize("victim", ["sequencer", "worker", "parent"])
def test_each_process_of_a_server_with_workers_may_be_killed_under_load(tmp_path: Path, victim: str) -> None:
    server = Server(tmp_path, workers=2, settings={"RECIRC_STORE__SNAPSHOT_EVENTS": "200"})
    sender = Sender(server)
    moments, choices = random.Random(1917), random.Random(1918)
    server.start()
    try:
        sender.start()
        for _ in range(KILLS_OF_EACH):
            sender.wait_for_more()
            # A worker that ends again so soon after its start counts as one that cannot start, which ends the server.
            time.sleep(moments.uniform(0, 0.5) + (RESPAWN_SECONDS if victim == "worker" else 0))
            killed = choices.choice(found(server, victim))
            os.kill(killed, signal.SIGKILL)
            if victim == "parent":
                server.gone()
                server.start()  # it waits until the workers of the one before have ended
        sender.wait_for_more()
        sender.done.set()
        sender.join()
        rankings, offset = settled(server)
    finally:
        sender.done.set()
        server.stop()
    check_log(server.path, sender.acknowledged, offset, KILLS_OF_EACH)
    check_state(server.path, tmp_path / "copy", rankings[0], offset)


def settled(server: Server) -> tuple[list[dict[str, Any]], int]:
    """Rankings by the workers of a server, which are the same, and the last log entry that they have folded."""

    def well() -> bool:
        try:
            return len(server.processes("worker")) == 2 and server.get("/healthz")["lag"] == 0
        except (AwayError, OSError):  # a process was killed a moment ago
            return False

    rankings: list[dict[str, Any]] = []

    def alike() -> bool:
        rankings[:] = [server.get("/v1/rankings?window=ever&slots=50") for _ in range(20)]
        return len({str(ranking["items"]) for ranking in map(without_signatures, rankings)}) == 1

    wait_for(well)
    wait_for(alike, 10)  # each worker folds for itself, and answers are as of a tick
    return rankings, server.get("/healthz")["offset"]


def found(server: Server, victim: str) -> list[int]:
    """The processes of one kind, at least one of them."""
    processes: list[int] = []

    def there() -> bool:
        processes[:] = server.processes(victim)
        return bool(processes)

    wait_for(there)
    return processes


def without_signatures(ranking: dict[str, Any]) -> dict[str, Any]:
    for item in ranking["items"]:
        del item["signature"]
    return ranking


def check_log(path: Path, acknowledged: list[str], offset: int, kills: int = KILLS) -> None:
    with SqliteStore(path) as store:
        entries = store.read(0, 1 << 40).records
        assert store.end() == len(entries) == offset
    ids = entries["id"].tolist()
    assert len(ids) == len(set(ids)), "an event is in the log twice"
    assert {record_key("id", "test", name) for name in acknowledged} <= set(ids), (
        "an acknowledged event is lost"
    )
    # The last batch may be kept without anybody having heard of it.
    assert len(acknowledged) <= len(ids) <= len(acknowledged) + BATCH
    assert len(acknowledged) > kills * BATCH


def check_state(path: Path, copy: Path, ranking: dict[str, Any], offset: int) -> None:
    """What was served, and what starts from a snapshot, is what a fresh fold of the whole log says."""
    copy.mkdir()
    shutil.copy(path, copy / path.name)
    anew, restarted = (Engine.open(of(folder / path.name)) for folder in (copy, path.parent))
    try:
        assert anew.offset == restarted.offset == offset
        now = time.time_ns() // 1_000_000
        for engine in (anew, restarted):
            items = engine.ranking(section=None, window=Window.EVER, slots=50, now=now).items
            assert {item.article: item.counts.raw for item in items if item.counts} == {
                item["article"]: item["counts"]["raw"] for item in ranking["items"]
            }
        total = sum(item["counts"]["raw"] for item in ranking["items"])
        assert total == views_in(copy / path.name)
        ours, theirs = learned(anew), learned(restarted)
        assert ours.keys() == theirs.keys()
        assert [name for name in ours if not np.array_equal(ours[name], theirs[name])] == []
    finally:
        anew.close()
        restarted.close()


def learned(engine: Engine) -> Arrays:
    return {
        f"{statistic.name}/{name}": array
        for statistic in engine._log_consumer.state.statistics
        for name, array in statistic.save().items()
    }


def of(path: Path) -> Settings:
    return load(None, {"RECIRC_STORE__PATH": str(path)})


def views_in(path: Path) -> int:
    with SqliteStore(path) as store:
        return int((store.read(0, 1 << 40).records["kind"] == EntryKind.VIEW).sum())
