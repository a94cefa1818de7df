"""Sources that fail: each alone, with its error kept, and polled again."""

import gzip
import logging
import random
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from poller_desk import NOON, Desk

from newswire import Entry, Newswire, Reply, feed, newswire, page
from recirc.extraction.page import Page
from recirc.ingest.poller import BATCH, SILENCES
from recirc.ingest.schedule import (
    LONGEST,
    SPREAD,
    share,
)
from recirc.provenance.inspect import Inspection, inspect
from recirc.reading.rejections import Rejection
from recirc.settings import SourceEntry
from recirc.sources.source import CAUSES, Fetch, FetchedArticle, PollState
from recirc.store.ports import StoreError
from recirc.store.source_registry import SourceTally
from recirc.types import Article


@pytest.fixture
def wire() -> Iterator[Newswire]:
    with newswire() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_sources_that_die_hang_or_yield_garbage_hurt_nobody_else(
    desk: Desk, wire: Newswire, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}/feed"
    wire.replies |= {
        "/live": feed(wire, Entry(1)),
        "/slow": feed(wire, Entry(2))._replace(seconds=3.0),
        "/garbage": Reply(random.Random(1).randbytes(20_000)),
        "/cut": Reply(feed(wire, Entry(3), Entry(4)).body[:-400]),
        "/broken": Reply(b"Oh dear", 500, "text/plain"),
    }
    addresses = [wire.url(path) for path in ("/garbage", "/broken", "/gone", "/live", "/cut")]
    for address in (nobody, wire.url("/slow", "localhost"), *addresses):
        desk.add(address)
    with caplog.at_level(logging.WARNING, "recirc.sources"):
        began = time.monotonic()
        desk.turns()
    assert time.monotonic() - began < 5
    assert {"Story number 1", "Story number 3"} <= desk.headlines()
    failing = {address for address, health in desk.sources.health().items() if health.failures}
    assert failing == {
        nobody,
        wire.url("/slow", "localhost"),
        *(wire.url(path) for path in ("/garbage", "/broken", "/gone")),
    }
    for address in failing:
        health = desk.health(address)
        assert health.error
        assert (health.failed, health.succeeded) == (NOON, None)
        assert address in caplog.text
    assert desk.health(wire.url("/live")).failures == 0


class Mine:
    """A kind with a mistake in it. Not a `Source`, for other tests would find it among the kinds."""

    kind = "mine"

    def __init__(self, entry: SourceEntry) -> None:
        self.entry = entry

    def poll(self, _: Fetch, notebook: PollState, now: datetime) -> Iterator[FetchedArticle | Rejection]:
        yield FetchedArticle(Article(id="before", headline="Before the mistake", updated=now))
        yield Rejection(2, "no headline", "headline", "mine")
        notebook.note = "must not be kept"
        raise RecursionError("too deep")


def test_a_mistake_in_a_kind_is_one_sources_error(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry = desk.add("mine")
    monkeypatch.setattr("recirc.ingest.poller.find", lambda entry, _: Mine(entry))
    desk.turns()
    assert desk.headlines() == {"Before the mistake"}
    health = desk.health("mine")
    assert health.error == "it could not be read: RecursionError: too deep"
    assert (health.last, health.refusals) == (SourceTally(new=1, refused=1), ("mine:2: no headline",))
    assert desk.sources.standing(entry).notebook is None
    assert "Traceback" in caplog.text


def test_what_could_not_be_inspected_comes_again(
    desk: Desk, wire: Newswire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wire.replies["/feed"] = feed(wire, *(Entry(number) for number in range(5)))
    address = desk.add(wire.url("/feed")).address

    def mistaken(page: Page, **more: Any) -> Inspection:
        if page.headline in ("Story number 1", "Story number 3"):
            raise RecursionError("too deep")
        return inspect(page, **more)

    with monkeypatch.context() as patch:
        patch.setattr("recirc.ingest.pipeline.inspect", mistaken)
        desk.turns()
        assert desk.health(address).last == SourceTally(new=3, refused=2)
        desk.later()
        assert desk.health(address).last == SourceTally(refused=2)
    assert caplog.text.count("RecursionError: too deep") == 1
    desk.later()
    assert desk.health(address).last == SourceTally(new=2)
    desk.later()
    assert desk.health(address).last == SourceTally()
    assert sorted(desk.published()) == list(range(5))


def test_what_the_store_could_not_keep_comes_again(
    desk: Desk, wire: Newswire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.replies["/feed"] = feed(wire, *(Entry(number) for number in range(BATCH + 10)))
    desk.add(wire.url("/feed"))
    publish, batches = desk.engine.publish, []

    def full(articles: list[Article], **more: Any) -> Any:
        batches.append(len(articles))
        if len(batches) == 2:
            raise StoreError("recirc.db: the disk is full")
        return publish(articles, **more)

    monkeypatch.setattr(desk.engine, "publish", full)
    desk.turns()
    assert batches == [BATCH, 10]
    assert desk.sources.health() == {}
    assert desk.poller.start_due() == []  # it rests for a while
    desk.poller._paused_until = 0.0
    desk.turns()
    assert len(desk.headlines()) == BATCH + 10
    assert len(desk.published()) == BATCH + 10
    assert desk.health(wire.url("/feed")).last == SourceTally(new=10)


def test_a_source_that_takes_too_long_goes_on_the_next_time(tmp_path: Path, wire: Newswire) -> None:
    most = 6
    wire.replies["/feed"] = feed(wire, *(Entry(number, text="Read on.") for number in range(most)))
    for number in range(most):
        wire.replies[f"/story/{number}"] = page(number)._replace(seconds=0.2)
    desk = Desk(tmp_path, patience_seconds=0.5)
    try:
        address = desk.add(wire.url("/feed"), kind="feed").address
        desk.turns()
        assert 0 < len(desk.headlines()) < most
        for _ in range(most):
            desk.later()
            assert desk.health(address).failures == 0
        assert len(desk.headlines()) == most
        assert desk.health(address).total == SourceTally(new=most)
    finally:
        desk.close()


def test_a_host_that_hangs_does_not_hold_the_turn(tmp_path: Path, wire: Newswire) -> None:
    most = 7
    links = [wire.url(f"/story/{number}") for number in range(most)]
    locations = "".join(f"<url><loc>{link}</loc></url>" for link in links)
    wire.replies["/map"] = Reply(f"<urlset>{locations}</urlset>".encode(), media_type="text/xml")
    for number in range(most - 1):
        wire.replies[f"/story/{number}"] = page(number)._replace(seconds=1.0)
    wire.replies[f"/story/{most - 1}"] = page(most - 1)
    desk = Desk(tmp_path, timeout_seconds=0.15)
    try:
        address = desk.add(wire.url("/map"), kind="sitemap").address
        desk.turns()
        assert len(wire.asked) == 1 + SILENCES
        health = desk.health(address)
        assert (health.failures, health.last) == (0, SourceTally(refused=SILENCES))
        assert f"127.0.0.1 did not answer {SILENCES} times in a row" in health.refusals[-1]
        # Pages that stay silent come last the next time, so those behind them have their turn.
        for _ in range(most // SILENCES):
            desk.later()
        assert desk.headlines() == {f"Story number {most - 1}"}
        assert len(desk.health(address).pending) == most - 1
        # Those that answer in between begin the count anew.
        wire.replies["/feed"] = feed(wire, *(Entry(100 + number, text="Read on.") for number in range(8)))
        for number in range(8):
            wire.replies[f"/story/{100 + number}"] = page(100 + number)._replace(
                seconds=0.4 * (number % 3 > 0)
            )
        desk.add(wire.url("/feed"), kind="feed")
        desk.turns()
        assert desk.health(wire.url("/feed")).total == SourceTally(new=8)
    finally:
        desk.close()


def test_hosts_that_cannot_be_reached_do_not_hold_the_turn_either(desk: Desk, wire: Newswire) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    entries = [Entry(number, text="Read on.", link=f"{nobody}/{number}") for number in range(6)]
    wire.replies["/feed"] = feed(wire, *entries, Entry(9))
    desk.add(wire.url("/feed"), kind="feed")
    desk.turns()
    health = desk.health(wire.url("/feed"))
    assert (health.failures, health.last) == (0, SourceTally(new=SILENCES))
    desk.later()
    assert desk.health(wire.url("/feed")).total == SourceTally(new=7)


def test_why_a_source_failed_is_counted(desk: Desk, wire: Newswire) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}/feed"
    wire.replies |= {
        "/slow": feed(wire, Entry(2))._replace(seconds=2.0),
        "/garbage": Reply(random.Random(1).randbytes(20_000)),
        "/broken": Reply(b"Oh dear", 500, "text/plain"),
        "/closed": Reply(b"No", 403, "text/plain"),
        "/cut": Reply(gzip.compress(bytes(999))[:-9], headers={"Content-Encoding": "gzip"}),
    }
    desk.add("http://10.0.0.1/feed")
    desk.add(nobody)
    for path in ("/slow", "/garbage", "/broken", "/closed", "/missing", "/cut"):
        desk.add(wire.url(path))
    desk.turns()
    causes = {address.rpartition("/")[2]: health.causes for address, health in desk.sources.health().items()}
    assert causes == {
        "feed": {"unreachable": 1},
        "slow": {"timeout": 1},
        "garbage": {"content": 1},
        "broken": {"server": 1},
        "closed": {"denied": 1},
        "missing": {"gone": 1},
        "cut": {"answer": 1},
    }
    assert desk.health(nobody).causes == {"unreachable": 1}
    assert {cause for each in causes.values() for cause in each} == {*CAUSES} - {"mistake"}
    wire.replies["/broken"] = Reply(b"", 404)
    desk.later(100_000)
    assert desk.health(wire.url("/broken")).causes == {"server": 1, "gone": 1}


def test_a_source_that_fails_is_asked_less_and_less_and_recovers(desk: Desk, wire: Newswire) -> None:
    wire.replies["/feed"] = Reply(b"", 503, headers={"Retry-After": "20000"})
    address = wire.url("/feed")
    desk.add(address, kind="feed")
    pauses = []
    for _ in range(9):
        desk.turns()
        health = desk.health(address)
        assert health.next is not None
        pauses.append((health.next - desk.now).total_seconds() / (1 + SPREAD * share(address)))
        desk.turns()  # not before its time
        desk.now = health.next
        wire.replies["/feed"] = Reply(b"", 500)
    assert pauses == pytest.approx([20_000, 1800, 3600, 7200, 14_400, 28_800, 57_600, LONGEST, LONGEST])
    assert len(wire.asked) == 9
    wire.replies["/feed"] = feed(wire, Entry(1))
    desk.turns()
    health = desk.health(address)
    assert (health.failures, health.succeeded) == (0, desk.now)
    assert "500" in str(health.error)  # the last error can still be read
    assert health.next is not None
    assert (health.next - desk.now).total_seconds() == pytest.approx(900 * (1 + SPREAD * share(address)))
