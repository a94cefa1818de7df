"""A store's own log from end to end, to be judged on (see `recirc.replay`)."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from recirc.store.sqlite import SqliteStore
from recirc.text.article_features import MODEL, extract_features
from recirc.types import RECORD, ArticleFeatures, Batch

MAGIC = b"SQLite format 3\0"
AT_ONCE = 65_536
"""Entries that are read at a time."""


def is_store(path: Path) -> bool:
    """Whether a file is a SQLite database, of whatever program. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read_log(path: Path, busy_seconds: float, reading: Callable[[int, int], None]) -> Batch:
    """The whole log of a store, also of one that is being written to; `reading` hears of the entries read, of how many.

    What another text model understood is understood anew, from the articles as they are now.

    Raises:
        StoreError: it is not a store of Recirc, or cannot be read.
    """
    parts, said = [np.zeros(0, RECORD)], dict[int, ArticleFeatures]()
    with SqliteStore(path, busy_seconds=busy_seconds) as store:
        end, read = store.end(), 0
        while read < end:
            batch = store.read(read, AT_ONCE)
            parts.append(batch.records)
            said |= {read + place: what for place, what in batch.understandings.items()}
            read += len(batch.records)
            reading(read, max(end, read))
        records = np.concatenate(parts)
        old = [place for place, what in said.items() if what.model != MODEL]
        for place, stored in zip(old, store.get(records["article"][old].tolist()), strict=True):
            if stored is not None and stored.article is not None:
                said[place] = extract_features(stored.article)
    return Batch(1, records, said)
