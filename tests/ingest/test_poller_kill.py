"""A process that is killed while it polls."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from poller_desk import published_in

from newswire import Entry, Newswire, feed, newswire
from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.source_registry import SourceRegistry
from recirc.store.sqlite import SqliteStore


@pytest.fixture
def wire() -> Iterator[Newswire]:
    with newswire() as made:
        yield made


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
    for future in poller.start_due():
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
            give_up = time.monotonic() + 120
            while store.end() < after and process.poll() is None:
                assert time.monotonic() < give_up
                time.sleep(0.001)  # it is to be killed as soon as the file has so much
            process.kill()
            process.wait()
            assert after <= store.end() < most, "it was not in the midst"
        assert sources.health() == {}
    assert started(path).wait(120) == 0
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
