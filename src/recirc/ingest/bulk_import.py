"""Whole files into the engine: read, written and folded side by side, with progress."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np

from recirc.engine.engine import Engine
from recirc.engine.observations import records_from, with_ids
from recirc.ingest.pipeline import IngestPipeline
from recirc.ingest.refusals import withdrawn_refusal
from recirc.reading.columns import EventFile
from recirc.reading.holds import HeldArticle
from recirc.reading.rejections import Rejection, shown
from recirc.store.ports import PublishOutcome, Receipt
from recirc.types import RECORD, Article

ARTICLES = 200
"""Articles of one append: an import that is stopped loses at most a second's work."""

EVENTS = 10_000
"""Events of one append."""

WAITING = 4
"""Appends in progress before reading waits for them."""

Advance = Callable[[], None]


class ArticleImportResult(NamedTuple):
    """The outcome of an import of articles.

    Attributes:
        outcomes: how many articles were new, updated, unchanged.
        refused: what was rejected, and why; withdrawn articles too.
        held: number of articles that are held back until their time comes.
        pictures: number of pictures of the articles that were sent on.
        undescribed: number of these without a description (`alt`).
    """

    outcomes: Counter[PublishOutcome]
    refused: list[Rejection]
    held: int
    pictures: int = 0
    undescribed: int = 0


def import_articles(
    engine: Engine, file: Iterable[Article | Rejection], advance: Advance
) -> ArticleImportResult:
    """Publish the articles of a file. They are on disk when this returns, those before an error too.

    Raises:
        StoreError: they cannot be written.
    """
    outcomes: Counter[PublishOutcome] = Counter()
    refused: list[Rejection] = []
    appends: list[tuple[list[Article], Future[Receipt]]] = []
    batch: list[Article] = []
    pipeline, held = IngestPipeline(engine), 0
    pictures = undescribed = 0

    def wait(most: int) -> None:
        while len(appends) > most:
            articles, future = appends.pop(0)
            found = future.result().outcomes
            outcomes.update(found)
            refused.extend(_withdrawn(engine, articles, found))
            engine.catch_up()
            advance()

    for found in file:
        if isinstance(found, HeldArticle):
            why = pipeline.hold(found)
            held += why is None
            if why is not None:
                refused.append(Rejection(found.line, why, "id", found.file))
        elif isinstance(found, Rejection):
            refused.append(found)
        else:
            batch.append(found)
            pictures += len(found.pictures)
            undescribed += sum(each.alt is None for each in found.pictures)
            if len(batch) == ARTICLES:
                appends.append((batch, engine.publish(batch)))
                batch = []
                wait(WAITING)
    if batch:
        appends.append((batch, engine.publish(batch)))
    wait(0)
    return ArticleImportResult(outcomes, refused, held, pictures, undescribed)


def _withdrawn(
    engine: Engine, articles: Iterable[Article], outcomes: Iterable[PublishOutcome]
) -> Iterator[Rejection]:
    for article, outcome in zip(articles, outcomes, strict=True):
        if outcome is PublishOutcome.WITHDRAWN:
            field, text = withdrawn_refusal(engine, article)
            yield Rejection(0, f"{shown(article.id)}: {text}", field, article.provenance.source or "")


class EventImportResult(NamedTuple):
    """The outcome of an import of events.

    Attributes:
        accepted: events that were new.
        duplicates: events that were in the log already.
        excluded: events of bots and with empty user agents among these.
        refused: what was rejected, and why.
    """

    accepted: int
    duplicates: int
    excluded: int
    refused: list[Rejection]


def import_events(
    engine: Engine, file: EventFile, reading: Advance, writing: Callable[[int, int], None]
) -> EventImportResult:
    """Append the events of a file, in order of time.

    `reading` is called for each chunk that was read, `writing` with the numbers of events that are folded and of all.

    Raises:
        StoreError: they cannot be written; those before stay, and the same file can be imported again.
        UnknownReactionError: a reaction is not a known one.
    """
    parts = [np.zeros(0, RECORD)]
    refused: list[Rejection] = []
    for columns, refusals in file:
        refused += refusals
        parts.append(records_from(columns, engine.intern(columns.names)))
        reading()
    records = with_ids(np.concatenate(parts))
    accepted = duplicates = done = 0
    waiting: list[Future[Receipt]] = []
    starts = range(0, len(records), EVENTS)
    for start in starts:
        waiting.append(engine.append(records[start : start + EVENTS]))
        while len(waiting) > (WAITING if start != starts[-1] else 0):
            receipt = waiting.pop(0).result()
            accepted, duplicates = accepted + receipt.accepted, duplicates + receipt.duplicates
            done += receipt.accepted + receipt.duplicates
            engine.catch_up()
            writing(done, len(records))
    return EventImportResult(accepted, duplicates, int((records["excluded"] != 0).sum()), refused)
