"""A log from where it lies: a file of events, or the server's own store, with windows where a file has them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from recirc.engine import REACTIONS
from recirc.engine.logs import is_store, read_log
from recirc.engine.observations import records_from, with_ids
from recirc.importers.event_files import open_events
from recirc.importers.parquet import MAGIC
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.replay.replay_log import GAP, ReplayLog, clicks_of
from recirc.types import RECORD, Batch, EntryKind, IntArray, RecordArray

WINDOW = "hour"
"""A Parquet log may say in this column in which window each event's session began, as the Globo log does."""

Reading = Callable[[int, int], None]


def read_clicks(
    path: Path, now: int, reading: Reading, *, gap: int = GAP, busy_seconds: float = 5.0
) -> tuple[ReplayLog, list[Rejection]]:
    """A log with its clicks, and what was left out of it; `reading` hears of what was read, of how much: bytes of a
    file, entries of a store.

    Args:
        path: JSON lines, Parquet, or the SQLite file of a server, which may be running.
        now: ms since 1970; later events of a file are refused.
        gap: ms; a reader's session ends after so long a pause.
        busy_seconds: how long to wait for a store that is locked.

    In a file, an article's index is its rank among the ids' first appearances.

    Raises:
        Refused: the file is not a log, or holds no views.
        StoreError: it is a database, but not a store that can be read.
        OSError: it cannot be opened.
    """
    if is_store(path):
        batch, refused, window = _backdated(read_log(path, busy_seconds, reading)), list[Rejection](), None
    else:
        records, refused = _read_file(path, now, reading)
        window = None if refused else _windows(path)
        if window is None:
            records = with_ids(records)
        else:
            # Rows and windows go by the order of the file, so the running number of a row serves as its id.
            records["id"] = np.arange(1, len(records) + 1)
        batch = Batch(1, records, {})
    if not ((batch.records["kind"] == EntryKind.VIEW) & (batch.records["excluded"] == 0)).any():
        raise RejectedValueError("kind", f"{path}: the log holds no views to replay")
    return clicks_of(batch.records, window, batch.understandings, gap), refused


def _read_file(path: Path, now: int, reading: Reading) -> tuple[RecordArray, list[Rejection]]:
    file = open_events(path, now=now, reactions=REACTIONS)
    parts, index = [np.zeros(0, RECORD)], dict[str, int]()
    refused: list[Rejection] = []
    for columns, refusals in file:
        refused += refusals
        codes = [index.setdefault(name, len(index)) for name in columns.names]
        parts.append(records_from(columns, np.array(codes, np.int32)))
        reading(file.read_bytes, file.total_bytes)
    return np.concatenate(parts), refused


def _backdated(batch: Batch) -> Batch:
    """The log with each article's first publication at the article's own date, where that is earlier.

    An archive that was imported with its past readers would else be without texts for as long as the past lasts. What
    was changed later stays where the change came.
    """
    first: dict[int, int] = {}
    for place in sorted(batch.understandings):
        first.setdefault(int(batch.records["article"][place]), place)
    for place in first.values():
        published = batch.understandings[place].published
        if 0 <= published < batch.records["time"][place]:
            batch.records["time"][place] = published
    return batch


def _windows(path: Path) -> IntArray | None:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return None
    if WINDOW not in pq.read_schema(path).names:
        return None
    return pq.read_table(path, columns=[WINDOW])[WINDOW].to_numpy().astype(np.int32)
