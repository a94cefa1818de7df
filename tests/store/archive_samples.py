"""Stores with some days of events, and their archives."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from store_samples import publication, records

from recirc.store.archiving import Archived, LogArchiver
from recirc.store.commands import Append, ArticleRow
from recirc.store.decisions import DAY
from recirc.store.rows import article_row
from recirc.store.sqlite import SqliteStore
from recirc.types import EntryKind, RecordArray, networks
from s3_server import BUCKET, s3_server

FIRST = 20_700 * DAY
DAYS = 4


def events(day: int, count: int = 900) -> RecordArray:
    """Every kind of event, spread over a day."""
    rng = np.random.default_rng(day)
    made = records(range(1 + day * count, 1 + (day + 1) * count))
    made["time"] = FIRST + day * DAY + np.sort(rng.integers(0, DAY, count))
    made["kind"] = rng.integers(0, EntryKind.PUBLISH, count)
    made["article"] = rng.integers(0, 3, count)
    made["reader"], made["visit"] = rng.integers(1, 90, count), rng.integers(-(2**62), 2**62, count)
    made["serve_id"] = rng.integers(0, 2**64, count, np.uint64)
    made["value"], made["region"] = rng.random(count), rng.integers(0, 65_536, count)
    made["name"] = np.where(made["kind"] == EntryKind.VIEW, 3, 255)
    networks(made)[:] = rng.integers(0, 65_536, count)
    made["scroll"][made["kind"] == EntryKind.READ] = 0.25
    return made


def filled(path: Path, days: int = DAYS) -> SqliteStore:
    """A store with an article and events of some days, each of which came in three parts."""
    store = SqliteStore(path, clock=lambda: FIRST)
    store.intern(["a", "b", "c"])
    for day in range(days):
        made = events(day)
        for part, row in enumerate(np.array_split(np.arange(len(made)), 3)):
            now = FIRST + day * DAY + (part + 1) * DAY // 4
            content = rows_of(day) if part == 0 else ()
            store._submit(Append(made[row].tobytes(), content, now, now)).result()
    return store


def rows_of(day: int) -> tuple[ArticleRow, ...]:
    return (article_row(publication("a", f"Ferry halted, day {day}")),)


def archived(path: Path, address: str, days: int = DAYS) -> Archived:
    return LogArchiver(path, address, 5.0).run(FIRST + days * DAY)


@contextmanager
def place_of(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if kind == "folder":
        yield str(tmp_path / "archive")
    else:
        with s3_server(monkeypatch):
            yield f"s3://{BUCKET}/archive"
