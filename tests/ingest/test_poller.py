"""Sources are asked over real HTTP and published into a real store, whatever else goes wrong."""

import logging
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newswire import Entry, Newswire, Reply, feed, newswire, page, words
from recirc.engine import Engine
from recirc.extraction.page import Page
from recirc.ingest.pipeline import IngestPipeline
from recirc.ingest.poller import BATCH, SILENCES, Poller
from recirc.ingest.schedule import (
    LONGEST,
    SPREAD,
    due,
    is_due,
    pause,
    share,
)
from recirc.provenance.inspect import Inspection, inspect
from recirc.reading.rejections import Rejection
from recirc.reading.urls import identity_of
from recirc.settings import Settings, SourceEntry, SourcesSettings, StoreSettings
from recirc.sources.fetching import Fetcher
from recirc.sources.listing import ATTEMPTS
from recirc.sources.source import CAUSES, Fetch, FetchedArticle, PollState
from recirc.store.ports import StoreError
from recirc.store.source_registry import SourceHealth, SourceRegistry, SourceTally
from recirc.store.sqlite import SqliteStore
from recirc.types import Article
from recirc.types import EntryKind as LogEntry

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTS = ("127.0.0.1", "localhost")


@pytest.fixture
def wire() -> Iterator[Newswire]:
    with newswire() as made:
        yield made


class Desk:
    """A poller on a store of its own, with a clock that tests set."""

    def __init__(self, folder: Path, *, timeout_seconds: float = 1.0, **polling: Any) -> None:
        self.settings = Settings(
            store=StoreSettings(path=str(folder / "recirc.db")),
            sources=SourcesSettings(private_hosts=HOSTS, delay_seconds=0.0, timeout_seconds=timeout_seconds),
        )
        self.now = NOON
        self.engine = Engine.open(self.settings)
        self.sources = SourceRegistry(Path(self.settings.store.path), self.settings.sources)
        # Its clock runs, for requests time out, and jumps as this one does.
        self.fetch = Fetcher(
            self.settings.sources, clock=lambda: time.monotonic() + (self.now - NOON).total_seconds()
        )
        self.poller = Poller(
            IngestPipeline(self.engine),
            self.sources,
            self.settings.sources,
            self.fetch,
            clock=lambda: self.now,
            **polling,
        )

    def close(self) -> None:
        self.poller.close()
        self.fetch.close()
        self.engine.close()

    def add(self, address: str, **fields: Any) -> SourceEntry:
        entry = SourceEntry(address=address, **fields)
        self.sources.add(entry)
        return entry

    def turns(self) -> None:
        """Until nothing is due any more."""
        while futures := self.poller.look():
            for future in futures:
                future.result(10)

    def later(self, seconds: float = 1000.0) -> None:
        """Time passes, and what is due has its turn."""
        self.now += timedelta(seconds=seconds)
        self.turns()

    def health(self, address: str) -> SourceHealth:
        return self.sources.health()[address]

    def headlines(self) -> set[str]:
        return {article.headline for article in self.engine.listing(limit=1000).articles}

    def published(self) -> list[int]:
        """Article of each PUBLISH entry of the log."""
        return published_in(Path(self.settings.store.path))


def published_in(path: Path) -> list[int]:
    with SqliteStore(path) as store:
        records = store.read(0, 1 << 40).records
    found: list[int] = records["article"][records["kind"] == LogEntry.PUBLISH].tolist()
    return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_new_and_changed_articles_are_published_and_what_left_the_feed_stays(
    desk: Desk, wire: Newswire
) -> None:
    wire.replies["/feed"] = feed(wire, Entry(1), Entry(2))
    address = wire.url("/feed")
    desk.add(address, section="coast", outlet="The Tide")
    desk.turns()
    assert desk.headlines() == {"Story number 1", "Story number 2"}
    health = desk.health(address)
    assert (health.kind, health.failures, health.last, health.error) == ("feed", 0, SourceTally(new=2), None)
    stored = desk.engine.article(identity_of(wire.url("/story/1")))
    assert stored is not None
    assert stored.article is not None
    assert (stored.article.section, stored.article.provenance.outlet) == ("coast", "The Tide")
    assert stored.article.provenance.first_seen == NOON

    desk.turns()
    assert len(wire.asked) == 2  # once to tell the kind, once to read; not due again
    desk.later()
    assert desk.health(address).last == SourceTally()
    assert len(desk.published()) == 2

    wire.replies["/feed"] = feed(wire, Entry(3), Entry(2, headline="Corrected"))
    desk.later()
    assert desk.headlines() == {"Story number 1", "Corrected", "Story number 3"}
    assert desk.health(address).last == SourceTally(new=1, changed=1)
    assert desk.health(address).total == SourceTally(new=3, changed=1)
    changed = desk.engine.article(identity_of(wire.url("/story/2")))
    assert changed is not None
    assert changed.article is not None
    assert changed.article.provenance.first_seen == NOON


def test_what_the_newsroom_withdrew_is_not_brought_back(desk: Desk, wire: Newswire) -> None:
    wire.replies["/feed"] = feed(wire, Entry(1), Entry(2))
    desk.add(wire.url("/feed"))
    desk.turns()
    desk.engine.withdraw([identity_of(wire.url("/story/1"))]).result()
    desk.engine.catch_up()
    wire.replies["/feed"] = feed(wire, Entry(1, headline="Again"), Entry(2))
    desk.later()
    assert desk.headlines() == {"Story number 2"}
    health = desk.health(wire.url("/feed"))
    assert health.last == SourceTally(refused=1)
    assert "the newsroom has withdrawn it" in health.refusals[-1]


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

    def full(articles: list[Article]) -> Any:
        batches.append(len(articles))
        if len(batches) == 2:
            raise StoreError("recirc.db: the disk is full")
        return publish(articles)

    monkeypatch.setattr(desk.engine, "publish", full)
    desk.turns()
    assert batches == [BATCH, 10]
    assert desk.sources.health() == {}
    assert desk.poller.look() == []  # it rests for a while
    desk.poller._rest_until = 0.0
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
        # Pages that stay silent are given up, and those behind them have their turn.
        for _ in range(2 * ATTEMPTS):
            desk.later()
        assert desk.headlines() == {f"Story number {most - 1}"}
        assert len(wire.asked) == 1 + 2 * ATTEMPTS + (most - 1) * ATTEMPTS + 1
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
        "/cut": Reply(b"", headers={"Content-Encoding": "zstd"}),
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


def test_a_link_to_a_private_host_is_not_asked_for_a_source_of_elsewhere(desk: Desk, wire: Newswire) -> None:
    link = wire.url("/story/1", "localhost")
    wire.replies["/feed"] = feed(wire, Entry(1, text="Read on.", link=link))
    wire.replies["/story/1"] = page(1)
    desk.add(wire.url("/feed"), kind="feed")
    desk.turns()
    assert desk.headlines() == {"Story number 1"}
    assert wire.asked == ["/feed"]


def test_the_same_article_by_three_sources_is_one_article(desk: Desk, wire: Newswire) -> None:
    story, text = wire.url("/story/7"), words(7)
    for name, link in (
        ("a", f"{story}?utm_source=a"),
        ("b", f"{story}#top"),
        ("c", f"{story}?fbclid=1&utm_medium=x"),
    ):
        wire.replies[f"/{name}"] = feed(
            wire, Entry(7, text=text, link=link, guid=f"of {name}"), title=f"Reader {name}"
        )
        desk.add(wire.url(f"/{name}"))
    desk.turns()
    desk.later()
    assert desk.engine.listing(limit=10).total == 1
    assert len(set(desk.published())) == 1
    assert sum(health.total.new for health in desk.sources.health().values()) == 1


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


def test_when_a_source_is_asked() -> None:
    settings = SourcesSettings()
    entry = SourceEntry(address="https://tide.example/feed")
    often = SourceEntry(address="https://tide.example/feed", every_seconds=60.0)
    least = 1 + SPREAD * share(entry.address)
    assert pause(entry, settings) == 900 * least
    assert pause(entry, settings, wait_seconds=3600.0) == 3600 * least  # its own wish
    assert pause(entry, settings, wait_seconds=60.0) == 900 * least
    assert pause(entry, settings, wait_seconds=1e9) == LONGEST * least
    assert pause(often, settings, wait_seconds=3600.0) == 60 * least  # what the newsroom says wins
    assert (
        pause(often, settings, failures=1, wait_seconds=3600.0) == 3600 * least
    )  # but not over "too many requests"
    assert pause(often, settings, failures=1000) == LONGEST * least
    shares = [share(f"https://{n}.example/") for n in range(1000)]
    assert 0 <= min(shares) < 0.01 < 0.99 < max(shares) < 1
    assert np.histogram(shares, 10, (0, 1))[0].min() > 60


def test_who_is_due() -> None:
    settings = SourcesSettings()
    names = (
        "https://a.example/1",
        "https://a.example/2",
        "https://b.example/",
        "/srv/wire",
        "https://c.example/",
    )
    entries = [SourceEntry(address=name) for name in names]

    def at(**next_: float) -> dict[str, SourceHealth]:
        return {names[int(n[1])]: SourceHealth(next=NOON + timedelta(seconds=s)) for n, s in next_.items()}

    def chosen(healths: dict[str, SourceHealth], *asking: str) -> list[int]:
        return [names.index(entry.address) for entry in due(entries, settings, healths, asking, NOON)]

    assert chosen({}) == [3, 0, 2, 4]  # one a host
    assert chosen({}, "a.example", "/srv/wire") == [2, 4]
    assert chosen(at(_0=-5, _1=-10, _2=1, _3=0, _4=-7)) == [1, 4, 3]  # the longest overdue first
    assert is_due(
        entries[0], settings, SourceHealth(next=NOON + timedelta(days=30)), NOON
    )  # the clock was wrong


POLL = """
import sys
from pathlib import Path
from recirc.engine import Engine
from recirc.ingest import poller as polling
from recirc.ingest.pipeline import IngestPipeline
from recirc.extraction.page import Page
from recirc.provenance.inspect import Inspection, inspect
from recirc.settings import Settings, SourcesSettings, StoreSettings
from recirc.sources.fetching import Fetcher
from recirc.store.source_registry import SourceRegistry
polling.BATCH = 10
settings = Settings(
    store=StoreSettings(path=sys.argv[1]),
    sources=SourcesSettings(private_hosts=("127.0.0.1",), delay_seconds=0.0),
)
sources, engine = SourceRegistry(Path(sys.argv[1]), settings.sources), Engine.open(settings)
ingest = IngestPipeline(engine)
with Fetcher(settings.sources) as fetch, polling.Poller(ingest, sources, settings.sources, fetch) as poller:
    for future in poller.look():
        future.result()
engine.close()
"""


def test_kill_9_in_the_midst_loses_nothing_and_publishes_nothing_twice(
    tmp_path: Path, wire: Newswire
) -> None:
    most = 150
    wire.replies["/feed"] = feed(wire, *(Entry(number) for number in range(most)))
    path = tmp_path / "recirc.db"
    sources = SourceRegistry(path, SourcesSettings())
    sources.add(SourceEntry(address=wire.url("/feed"), kind="feed"))
    for after in (1, 40):
        process = started(path)
        with SqliteStore(path) as store:
            give_up = time.monotonic() + 30
            while store.end() < after and process.poll() is None:
                assert time.monotonic() < give_up
                time.sleep(0.001)  # it is to be killed as soon as the file has so much
            process.kill()
            process.wait()
            assert after <= store.end() < most, "it was not in the midst"
        assert sources.health() == {}
    assert started(path).wait(30) == 0
    assert sorted(published_in(path)) == list(range(most))
    health = sources.health()[wire.url("/feed")]
    assert 0 < health.total.new < most
    assert health.total.changed == 0
    with SqliteStore(path) as store:
        assert {kept.article.headline for kept in store.get(range(most)) if kept and kept.article} == {
            f"Story number {number}" for number in range(most)
        }


def started(path: Path) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", POLL, str(path)], env=environment)
