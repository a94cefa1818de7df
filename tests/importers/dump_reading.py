"""What the tests of dumps share: rules, and events as rows that one can read."""

from typing import Any, NamedTuple

from recirc.importers.importer import Dump, ImportContext
from recirc.reading.columns import EventRules, SenderKeys
from recirc.reading.rejections import Rejection
from recirc.types import Article, EntryKind

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
KEYS = SenderKeys(b"salt")
CONTEXT = ImportContext(EventRules(NOW, 300_000, KEYS, ("well-told", "useful")))


class Act(NamedTuple):
    """One event: what, which article, when (ms)."""

    kind: str
    article: str
    time: int


class ReadEvents(NamedTuple):
    """All events of a dump, and what was refused; `fields` has the columns that were asked for."""

    acts: list[Act]
    refusals: list[Rejection]
    fields: dict[str, list[Any]]


def events_of(dump: Dump, *fields: str) -> ReadEvents:
    assert dump.events is not None
    told = ReadEvents([], [], {field: [] for field in fields})
    for columns, refusals in dump.events:
        told.refusals.extend(refusals)
        rows = zip(columns.kind.tolist(), columns.article.tolist(), columns.time.tolist(), strict=True)
        told.acts.extend(
            Act(EntryKind(kind).name.lower(), columns.names[article], time) for kind, article, time in rows
        )
        for field in fields:
            values = getattr(columns, field)
            told.fields[field].extend(
                values if isinstance(values, list) else [] if values is None else values.tolist()
            )
    assert dump.events.read_bytes == dump.events.total_bytes
    return told


def articles_of(dump: Dump) -> tuple[list[Article], list[Rejection]]:
    assert dump.articles is not None
    found = list(dump.articles)
    assert dump.articles.read_bytes == dump.articles.total_bytes
    return [one for one in found if isinstance(one, Article)], [
        one for one in found if isinstance(one, Rejection)
    ]


def reader(name: object) -> int:
    """The key of a reader of this name."""
    return int(KEYS.readers([name])[0])
