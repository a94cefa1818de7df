"""Messages of CMSs and hubs: what they publish is here at once, without a poll."""

import time
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from recirc.engine import Engine
from recirc.ingest.pipeline import IngestPipeline, settled_of
from recirc.reading.holds import HeldArticle
from recirc.reading.rejections import Rejection
from recirc.settings import SourceEntry
from recirc.sources.finder import kind_named
from recirc.sources.listing import ListingReader
from recirc.sources.polls import poll_entries
from recirc.sources.push import entries_of
from recirc.sources.source import FetchedArticle, FetchError, FetchResponse, PollState, SourceNotice, Takedown
from recirc.store.ports import StoreError
from recirc.store.source_registry import SourceRegistry
from recirc.text.article_features import extract_features
from recirc.types import Article, Provenance

PAUSE_SECONDS = 2.0
"""Pause between two looks for a source."""


class PushResult(NamedTuple):
    """What became of a message.

    Attributes:
        outcomes: by name, how many articles: new, updated, unchanged, held, withdrawn.
        refused: why others were refused.
        polled: the source is polled now, for what the message does not have.
    """

    outcomes: dict[str, int]
    refused: tuple[str, ...]
    polled: bool


class PushReceiver:
    """Reads messages to sources and publishes what is in them. May be used from any thread."""

    def __init__(self, pipeline: IngestPipeline, sources: SourceRegistry) -> None:
        self._pipeline = pipeline
        self._sources = sources

    def receive(self, entry: SourceEntry, content: bytes, charset: str | None, now: datetime) -> PushResult:
        """Publish what a message to a source has; what needs a page is read by the next poll, which comes at once.

        Raises:
            RejectedValueError: the message cannot be read.
            StoreError: it cannot be kept.
        """
        kind = entry.kind or self._sources.standing(entry).health.kind
        entries = None
        if kind is not None:
            entries = entries_of(kind, content, url=entry.address, charset=charset, now=now)
        if kind is None or entries is None:
            self._sources.wake(entry.address)
            return PushResult({}, (), polled=True)
        source, state = kind_named(kind)(entry), PollState()
        reader = ListingReader(source, _unfetched, now)
        outcomes: dict[str, int] = {}
        refused: list[str] = []
        articles: list[FetchedArticle] = []
        for each in poll_entries(entries, reader, state, most=len(entries), keep=True):
            if isinstance(each, FetchedArticle):
                articles.append(each)
            elif isinstance(each, HeldArticle):
                _count(outcomes, "held", self._pipeline.hold(each), refused)
            elif isinstance(each, Takedown):
                found = self._pipeline.take_down(each)
                _count(outcomes, "withdrawn", str(each) if found is None else None, refused)
            elif isinstance(each, Rejection) and not isinstance(each, SourceNotice):
                refused.append(str(each))
        if articles:
            result = self._pipeline.publish(articles)
            for outcome, number in result.outcomes.items():
                outcomes[outcome.value] = number
            refused += result.refused
        incomplete = any(waiting.next is not None for waiting in state.pending.values()) and not outcomes.get(
            "held"
        )
        if incomplete:
            self._sources.wake(entry.address)
        return PushResult(outcomes, tuple(refused), incomplete)


def warm_up(engine: Engine, sources: SourceRegistry, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Load the tables and models that the first message needs, half a second's work, once there is a source.

    It may be added long after the start, and its first message is often the one that an editor waits for.
    """
    while not _has_sources(sources):
        time.sleep(pause_seconds)  # nothing tells this process that a source was added
    with suppress(StoreError):  # the first message takes longer
        settled_of(engine, engine.settings.provenance, _SAMPLE, None, None)
    extract_features(_SAMPLE)


def _has_sources(sources: SourceRegistry) -> bool:
    try:
        return bool(sources.entries())
    except StoreError:
        return False


_SAMPLE = Article(
    id="sample",
    headline="Ferry crews walk out as talks collapse",
    body="<p>The last boat left at six on Friday, and the crews of both ferries left with it.</p>",
    provenance=Provenance(source="feed https://sample.example/"),
)


def _count(outcomes: dict[str, int], name: str, problem: str | None, refused: list[str]) -> None:
    if problem is None:
        outcomes[name] = outcomes.get(name, 0) + 1
    else:
        refused.append(problem)


def _unfetched(url: str, **_: str | None) -> FetchResponse:
    """A fetch that leaves all pages to the next poll."""
    raise FetchError(url, "it is left to the next poll", cause="unreachable")
