"""kill -9 at any moment under load: no acknowledged event is lost, none is folded twice."""

import random
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from recirc.engine import Engine
from recirc.settings import Settings, load
from recirc.store.ids import record_key
from recirc.store.sqlite import SqliteStore
from recirc.types import Arrays, EntryKind, Window
from served import Server

KILLS = 20
READERS = 400
ARTICLES = 30
BATCH = 25


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
            except OSError:
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


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
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


def check_log(path: Path, acknowledged: list[str], offset: int) -> None:
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
    assert len(acknowledged) > KILLS * BATCH


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
