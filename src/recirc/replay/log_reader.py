"""Reading of logs: files of events and servers' stores, with the windows that a file may name."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from recirc.engine import REACTIONS
from recirc.engine.logs import is_store, read_log
from recirc.engine.observations import records_from, with_ids
from recirc.importers.event_files import open_events
from recirc.importers.parquet import MAGIC
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.replay.replay_log import GAP, ReplayLog, replay_log_from
from recirc.store.log_archive import read_archive
from recirc.types import RECORD, Batch, EntryKind, IntArray, RecordArray

WINDOW = "hour"
"""Column of a Parquet log with the window in which each event's session began, as in the Globo log."""

REASONS = 3
"""Reasons for which lines were refused that are shown where nothing is left to replay."""

ReadProgress = Callable[[int, int], None]


def read_replay_log(
    path: Path, now: int, progress: ReadProgress, *, gap: int = GAP, busy_seconds: float = 5.0
) -> tuple[ReplayLog, list[Rejection]]:
    """A log with its clicks, and the rejected events.

    Args:
        path: JSON lines, Parquet, the SQLite file of a server, which may be running, or an archive of its log.
        now: ms since 1970; later events of a file are rejected.
        progress: receives how much was read, and how much there is: bytes of a file, entries of a store.
        gap: ms; the pause that ends a reader's session.
        busy_seconds: how long to wait for a store that is locked.

    In a file, an article's index is its rank among the ids' first appearances.

    Raises:
        RejectedValueError: the file is not a log, or has no views.
        StoreError: it is a database, but not a store that can be read.
        OSError: it cannot be opened.
    """
    archive = archive_at(path)
    if archive is not None:
        batch, rejected, window = _backdated(read_archive(archive)), list[Rejection](), None
    elif is_store(path):
        batch, rejected, window = _backdated(read_log(path, busy_seconds, progress)), list[Rejection](), None
    else:
        records, rejected = _read_file(path, now, progress)
        window = None if rejected else _windows(path)
        if window is None:
            records = with_ids(records)
        else:
            # Windows are in the order of the file, so the number of a row serves as its id.
            records["id"] = np.arange(1, len(records) + 1)
        batch = Batch(1, records, {})
    if not ((batch.records["kind"] == EntryKind.VIEW) & (batch.records["excluded"] == 0)).any():
        raise RejectedValueError("kind", f"{path}: the log holds no views to replay{_reasons(rejected)}")
    return replay_log_from(batch.records, window, batch.features, gap), rejected


def archive_at(path: Path) -> str | None:
    """The address of an archive of a server's log; None: the path names a file.

    >>> archive_at(Path("s3://news/log"))
    's3://news/log'
    """
    start, _, rest = str(path).partition(":/")  # a path has one slash of the address's two
    if start.lower() == "s3":
        return f"s3://{rest.lstrip('/')}"
    return str(path) if path.is_dir() else None


def _reasons(rejected: Sequence[Rejection]) -> str:
    """The most frequent reasons for which lines were refused, each with the number of lines and the first one."""
    if not rejected:
        return ""
    counts = Counter(each.text for each in rejected)
    first = {each.text: each.line for each in reversed(rejected)}
    shown = [
        f"line {first[text]:,}: {text} ({count:,} in all)" for text, count in counts.most_common(REASONS)
    ]
    more = f"; and {len(counts) - REASONS:,} more reasons" if len(counts) > REASONS else ""
    return f"; {len(rejected):,} lines were refused: {'; '.join(shown)}{more}"


def _read_file(path: Path, now: int, progress: ReadProgress) -> tuple[RecordArray, list[Rejection]]:
    file = open_events(path, now=now, reactions=REACTIONS)
    parts, index = [np.zeros(0, RECORD)], dict[str, int]()
    rejected: list[Rejection] = []
    for columns, rejections in file:
        rejected += rejections
        codes = [index.setdefault(name, len(index)) for name in columns.names]
        parts.append(records_from(columns, np.array(codes, np.int32)))
        progress(file.read_bytes, file.total_bytes)
    return np.concatenate(parts), rejected


def _backdated(batch: Batch) -> Batch:
    """The log with each article's first publication at the article's own date, if that is earlier.

    The imported past of an archive would otherwise have no texts. Later changes of an article stay where they are.
    """
    first: dict[int, int] = {}
    for place in sorted(batch.features):
        first.setdefault(int(batch.records["article"][place]), place)
    for place in first.values():
        published = batch.features[place].published
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
