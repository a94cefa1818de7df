"""A poller on a store of its own, with a clock that tests set."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recirc.engine import Engine
from recirc.ingest.pipeline import IngestPipeline
from recirc.ingest.poller import Poller
from recirc.settings import Settings, SourceEntry, SourcesSettings, StoreSettings
from recirc.sources.fetching import Fetcher
from recirc.store.source_registry import SourceHealth, SourceRegistry
from recirc.store.sqlite import SqliteStore
from recirc.types import EntryKind as LogEntry

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


HOSTS = ("127.0.0.1", "localhost")


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
        while futures := self.poller.start_due():
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
