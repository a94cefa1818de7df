"""Whole files into the engine: read, kept and folded side by side, with word of how far it is."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np

from recirc.engine.engine import Engine
from recirc.engine.observations import records_from, with_ids
from recirc.reading.columns import EventFile
from recirc.reading.rejections import Rejection
from recirc.store.ports import PublishOutcome, Receipt
from recirc.types import RECORD, Article

ARTICLES = 200
"""Articles of one append: a second's work or less is lost when an import is stopped."""

EVENTS = 10_000
"""Events of one append."""

WAITING = 4
"""Appends on their way to disk before the reader waits for them."""

Advance = Callable[[], None]


class ArticleImportResult(NamedTuple):
    """What became of a file.

    Attributes:
        outcomes: how many articles were new, updated, unchanged.
        refused: what could not be taken, and why.
    """

    outcomes: Counter[PublishOutcome]
    refused: list[Rejection]


def import_articles(
    engine: Engine, file: Iterable[Article | Rejection], advance: Advance
) -> ArticleImportResult:
    """Publish the articles of a file; what was taken is on disk when this returns, also when it is stopped by
    an error.

    Raises:
        StoreError: they cannot be kept any more.
    """
    outcomes: Counter[PublishOutcome] = Counter()
    refused: list[Rejection] = []
    waiting: list[Future[Receipt]] = []
    batch: list[Article] = []

    def settle(most: int) -> None:
        while len(waiting) > most:
            outcomes.update(waiting.pop(0).result().outcomes)
            engine.catch_up()
            advance()

    for found in file:
        if isinstance(found, Rejection):
            refused.append(found)
            continue
        batch.append(found)
        if len(batch) == ARTICLES:
            waiting.append(engine.publish(batch))
            batch = []
            settle(WAITING)
    if batch:
        waiting.append(engine.publish(batch))
    settle(0)
    return ArticleImportResult(outcomes, refused)


class EventImportResult(NamedTuple):
    """What became of a file of events.

    Attributes:
        accepted: events that were new.
        duplicates: events that the log had already.
        excluded: of the accepted or known ones, events of bots and empty user agents.
        refused: what could not be taken, and why.
    """

    accepted: int
    duplicates: int
    excluded: int
    refused: list[Rejection]


def import_events(
    engine: Engine, file: EventFile, reading: Advance, writing: Callable[[int, int], None]
) -> EventImportResult:
    """Take in the events of a file, in order of time.

    `reading` hears of each chunk that was read, `writing` how many events are on disk and folded, and how
    many there are.

    Raises:
        StoreError: they cannot be kept any more; what was, stays, and the same file can be imported again.
        UnknownReactionError: a reaction is none of the known ones.
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
