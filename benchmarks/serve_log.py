"""What `serve.py` serves: a log moved to the present, a store made of it, and requests like its own visits.

A log that ended years ago would leave every window of Ranking empty, so its times are moved by one constant: its newest
event happened just now.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.engine import REACTIONS, Engine
from recirc.engine.observations import records_from, with_ids
from recirc.importers.event_files import open_events
from recirc.settings import Settings
from recirc.types import RECORD, EntryKind, IntArray, LongArray, RecordArray, Request

APPEND = 20_000
"""Events in one append."""

LONGEST = 20
"""Articles of a visit that a request names at most."""


class EventLog(NamedTuple):
    """Events in order of time.

    Attributes:
        names: ids of the articles, by the number that `records` call them.
        records: RECORD (n,); `article` is a place in `names`.
    """

    names: list[str]
    records: RecordArray

    def moved_to(self, now: int) -> "EventLog":
        """The same log with its newest event at `now` (ms)."""
        records = self.records.copy()
        records["time"] += now - records["time"].max()
        return self._replace(records=records)


def read_log(path: Path, now: int) -> EventLog:
    """The events of a file that `recirc import events` takes; `now` in ms.

    Raises:
        Refused: the file is damaged, or its columns are not those of events.
        OSError: it cannot be opened.
    """
    parts, index = [np.zeros(0, RECORD)], dict[str, int]()
    for columns, _ in open_events(path, now=now, reactions=REACTIONS):
        codes = [index.setdefault(name, len(index)) for name in columns.names]
        parts.append(records_from(columns, np.array(codes, np.int32)))
    return EventLog(list(index), with_ids(np.concatenate(parts)))


def spread(log: EventLog, articles: int, rng: np.random.Generator) -> EventLog:
    """The same visits at the same times over another number of articles, with the log's curve of popularity.

    The article of rank r of R becomes one of those of ranks r · articles / R to (r + 1) · articles / R; which, is
    drawn once a visit, so that what is read together stays together. Articles are numbered as they come up.
    """
    counts = np.bincount(log.records["article"], minlength=len(log.names))
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    _, visit = np.unique(visits_of(log.records), return_inverse=True)
    drawn = rng.random(int(visit.max()) + 1)[visit]
    ranked = ((rank[log.records["article"]] + drawn) * articles / len(counts)).astype(np.int64)
    # An article that nobody opened came up when those of its stretch of the curve did.
    first = np.full(len(counts), len(log.records))
    np.minimum.at(first, rank[log.records["article"]], np.arange(len(log.records)))
    born = first[np.arange(articles) * len(counts) // articles]
    number = np.empty(articles, np.int32)
    number[np.argsort(born, kind="stable")] = np.arange(articles, dtype=np.int32)
    records = log.records.copy()
    records["article"] = number[ranked]
    return EventLog([f"article-{n}" for n in range(articles)], records)


def visits_of(records: RecordArray) -> LongArray:
    """Whose visit each event belongs to, int64 (n,)."""
    reader: NDArray[np.int64] = np.where(records["reader"] != 0, records["reader"], records["id"])
    return np.where(records["visit"] != 0, records["visit"], reader)


def prefixes(log: EventLog, count: int, rng: np.random.Generator) -> list[Request]:
    """Requests as the log's readers would make them: of a random visit the first so many articles."""
    views = log.records[log.records["kind"] == EntryKind.VIEW]
    visit = visits_of(views)
    order = np.argsort(visit, kind="stable")
    starts = np.flatnonzero(np.diff(visit[order], prepend=visit[order[0]] - 1))
    ends = np.append(starts[1:], len(order))
    requests = []
    for chosen in rng.integers(0, len(starts), count):
        most = min(int(ends[chosen] - starts[chosen]), LONGEST)
        stop = starts[chosen] + int(rng.integers(1, most + 1))
        *history, article = (log.names[n] for n in views["article"][order[starts[chosen] : stop]])
        requests.append(Request(article=article, history=tuple(history)))
    return requests


def keep(log: EventLog, settings: Settings, tail: int) -> None:
    """Make the store of `settings` with the whole log, and a snapshot from before its last `tail` events.

    Raises:
        StoreError: it cannot be kept.
    """
    engine = Engine.open(settings)
    try:
        index: IntArray = engine.intern(log.names)
        records = log.records.copy()
        records["article"] = index[records["article"]]
        _append(engine, records[: len(records) - tail])
        engine.catch_up()
        engine.snapshot()
        _append(engine, records[len(records) - tail :])
    finally:
        engine.close()


def _append(engine: Engine, records: RecordArray) -> None:
    for start in range(0, len(records), APPEND):
        engine.append(records[start : start + APPEND]).result()
        engine.catch_up()
