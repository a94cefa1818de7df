"""An alarm tells once that an article gets doubtful views, and not of a site that has always had some."""

import http.server
import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from newsroom import Newsroom, article
from recirc.engine import doubt_watch
from recirc.engine.doubt_watch import MINUTE, RECENT, DoubtMeter, DoubtWatch, _locked
from recirc.settings import AlarmSettings
from recirc.types import RECORD, EntryKind, Exclusion, RecordArray

NOW = 20_800 * 86_400_000


def views(number: int, article: int, at: int, excluded: int = 0) -> RecordArray:
    made = np.zeros(number, RECORD)
    made["kind"], made["article"], made["time"], made["excluded"] = EntryKind.VIEW, article, at, excluded
    made["id"], made["source"], made["name"] = 1 + np.arange(number) + 1_000_000 * article + at, -1, 255
    made["reader"] = made["id"]
    return made


def told(meter: DoubtMeter, now: int) -> list[int]:
    return [alarm.article for alarm in meter.alarms(now)]


@pytest.mark.parametrize("excluded", [Exclusion.UNCONFIRMED, Exclusion.CROWD, Exclusion.RATE])
def test_a_jump_is_told_once_and_again_after_a_calm(excluded: Exclusion) -> None:
    meter = DoubtMeter(least=50, share=0.5)
    meter.add(views(100, 1, NOW), NOW)
    assert told(meter, NOW) == []
    meter.add(views(60, 2, NOW, excluded), NOW)
    assert told(meter, NOW + MINUTE) == [2]
    meter.add(views(60, 2, NOW + 2 * MINUTE, excluded), NOW + 2 * MINUTE)
    assert told(meter, NOW + 2 * MINUTE) == []
    assert told(meter, NOW + (RECENT + 3) * MINUTE) == []
    meter.add(views(90, 2, NOW + 40 * MINUTE, excluded), NOW + 40 * MINUTE)
    assert told(meter, NOW + 40 * MINUTE) == [], "more than half, but hardly more than the site's usual share"


def test_few_views_or_a_small_share_are_no_alarm() -> None:
    meter = DoubtMeter(least=50, share=0.5)
    meter.add(views(49, 1, NOW, Exclusion.UNCONFIRMED), NOW)
    meter.add(views(500, 2, NOW), NOW)
    meter.add(views(400, 2, NOW, Exclusion.UNCONFIRMED), NOW)
    meter.add(views(400, 3, NOW, Exclusion.BOT), NOW)
    assert told(meter, NOW) == []


def test_where_doubtful_views_are_usual_only_a_jump_is_told() -> None:
    meter = DoubtMeter(least=50, share=0.2)
    for minute in range(600):
        meter.add(views(6, 1, NOW + minute * MINUTE), NOW + minute * MINUTE)
        meter.add(views(4, 1, NOW + minute * MINUTE, Exclusion.UNCONFIRMED), NOW + minute * MINUTE)
    end = NOW + 600 * MINUTE
    assert told(meter, end) == []
    meter.add(views(90, 2, end, Exclusion.UNCONFIRMED), end)
    assert told(meter, end) == [2]


def test_an_import_of_years_takes_no_memory_and_gives_no_alarm() -> None:
    meter = DoubtMeter(least=50, share=0.5)
    old = views(5_000, 1, NOW, Exclusion.CROWD)
    old["time"] = NOW - 86_400_000 * (2 + np.arange(5_000))
    meter.add(old, NOW)
    assert told(meter, NOW) == []
    assert not meter._minutes
    assert not meter._site


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that notes what is posted to it."""
    received: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/alarm", received
        server.shutdown()
        thread.join()


def watch_of(room: Newsroom, webhook: str, counted: list[int]) -> DoubtWatch:
    settings = AlarmSettings(doubtful_views=20, webhook=webhook)
    given = msgspec.structs.replace(room.settings, alarm=settings)
    return room.engine.exclusions.watch(given, counted.append)


def test_the_log_the_metric_and_the_webhook_tell(
    room: Newsroom, hook: tuple[str, list[dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    address, received = hook
    room.publish(article("pushed"))
    counted: list[int] = []
    watch = watch_of(room, address, counted)
    index = int(room.engine.intern(["pushed"])[0])
    now = int(room.engine._store._trusted_clock())
    room.engine.append(views(30, index, now - MINUTE, Exclusion.CROWD)).result()
    with caplog.at_level(logging.WARNING, "recirc.alarm"):
        assert [alarm.doubtful for alarm in watch.look(now)] == [30]
        assert watch.look(now) == []
    assert "30 of 30 views of 'pushed'" in caplog.text
    assert counted == [1, 0]
    (message,) = received
    assert (message["article"], message["doubtful"], message["share"]) == ("pushed", 30, 1.0)


def test_a_webhook_that_fails_is_told_and_nothing_else_happens(
    room: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    room.publish(article("pushed"))
    watch = watch_of(room, "http://127.0.0.1:1/closed", [])
    index = int(room.engine.intern(["pushed"])[0])
    now = int(room.engine._store._trusted_clock())
    room.engine.append(views(30, index, now - MINUTE, Exclusion.CROWD)).result()
    with caplog.at_level(logging.WARNING, "recirc.alarm"):
        assert len(watch.look(now)) == 1
    assert "did not take it" in caplog.text


def test_of_several_processes_one_watches(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db.alarm"
    with path.open("a") as second:
        with path.open("a") as first:
            assert _locked(first.fileno())
            assert not _locked(second.fileno())
        assert _locked(second.fileno()), "the first one has ended"


def test_a_thread_follows_the_log(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(doubt_watch, "LOOK_SECONDS", 0.01)
    room.publish(article("pushed"), article("old"))
    index, old = room.engine.intern(["pushed", "old"]).tolist()
    now = int(room.engine._store._trusted_clock())
    room.engine.append(views(30, old, now - MINUTE, Exclusion.CROWD)).result()
    counted: list[int] = []
    watch = watch_of(room, "", counted)
    watch.start()
    room.engine.append(views(30, index, now - MINUTE, Exclusion.CROWD)).result()
    deadline = time.monotonic() + 60
    while 1 not in counted and time.monotonic() < deadline:
        time.sleep(0.01)  # the thread looks when it looks
    watch.close()
    assert sum(counted) == 1
    assert "'pushed'" in caplog.text
    assert "'old'" not in caplog.text, "it was in the log before the start"
