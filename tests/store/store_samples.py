"""What the tests of the store share: the backends, and records and articles to put into them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from recirc.store.ports import Archive, Log
from recirc.store.sqlite import SqliteStore
from recirc.types import RECORD, Article, ArticleFeatures, EntryKind, Publication, RecordArray


class Store(Archive, Log, Protocol):
    """Both ports at once."""


BACKENDS: dict[str, Callable[[Path], Store]] = {"sqlite": lambda folder: SqliteStore(folder / "recirc.db")}


def records(ids: Sequence[int], *, kind: EntryKind = EntryKind.VIEW, article: int = 0) -> RecordArray:
    """Records with these ids whose other fields follow from them."""
    made = np.zeros(len(ids), RECORD)
    made["id"] = ids
    made["time"] = np.abs(made["id"]) % 1_000_003
    made["reader"] = made["id"] ^ 0x5555
    made["article"] = article
    made["source"] = -1
    made["kind"] = kind
    return made


def undecided(entries: RecordArray) -> RecordArray:
    """The entries as they were sent."""
    copy = entries.copy()
    copy["decision"] = 0
    return copy


def publication(
    name: str, headline: str = "Ferry halted", vector: bytes = b"\x01\x02", body: str = ""
) -> Publication:
    features = ArticleFeatures(
        model="test",
        vector=vector,
        shingles=b"",
        section=7,
        topics=(1, 2),
        authors=(),
        published=1_700_000_000_000,
    )
    return Publication(Article(id=name, headline=headline, body=body), features)


def all_ids(store: Log) -> list[int]:
    """Ids of every entry in the log, in order."""
    ids: list[int] = store.read(0, 1 << 40).records["id"].tolist()
    return ids
