"""Reads a store's whole log for offline evaluation (see `recirc.replay`)."""

from pathlib import Path

import numpy as np

from recirc.engine.log_consumer import ProgressCallback
from recirc.store.sqlite import SqliteStore
from recirc.text.article_features import current_features, is_current
from recirc.types import RECORD, ArticleFeatures, Batch

MAGIC = b"SQLite format 3\0"
READ_ENTRIES = 65_536
"""Log entries per read."""


def is_store(path: Path) -> bool:
    """Whether a file is a SQLite database, of any program. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read_log(path: Path, busy_seconds: float, progress: ProgressCallback) -> Batch:
    """Read the whole log of a store, which other processes may be writing to.

    Features of another version are recomputed from the articles' current texts. `progress` receives the number of
    entries read and the total.

    Raises:
        StoreError: the file is not a Recirc store, or cannot be read.
    """
    parts, features = [np.zeros(0, RECORD)], dict[int, ArticleFeatures]()
    with SqliteStore(path, busy_seconds=busy_seconds) as store:
        end, read = store.end(), 0
        while read < end:
            batch = store.read(read, READ_ENTRIES)
            parts.append(batch.records)
            features |= {read + place: each for place, each in batch.features.items()}
            read += len(batch.records)
            progress(read, max(end, read))
        records = np.concatenate(parts)
        outdated = [place for place, each in features.items() if not is_current(each)]
        for place, stored in zip(outdated, store.get(records["article"][outdated].tolist()), strict=True):
            if stored is not None and stored.article is not None:
                features[place] = current_features(features[place], stored.article)
    return Batch(1, records, features)
