"""A log file as clicks: the views of JSON lines, Parquet or the Globo log, with windows where the log has
them.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from recirc.engine import REACTIONS
from recirc.engine.intake import records_from, with_ids
from recirc.replay.clicks import Clicks, clicks_of
from recirc.sources import Refusal, Refused
from recirc.sources.events import open_events
from recirc.sources.parquet import MAGIC
from recirc.types import RECORD, Entry, IntArray

WINDOW = "hour"
"""A Parquet log may say in this column in which window each event's session began, as the Globo log does."""


def read_clicks(path: Path, now: int, reading: Callable[[int, int], None]) -> tuple[Clicks, list[Refusal]]:
    """The clicks of a log, and what was left out of it; `reading` hears of the bytes read, of how many.

    `now` (ms): later events are refused.

    An article's index is its rank among the ids' first appearances in the file.

    Raises:
        Refused: the file is not a log, or holds no views.
        OSError: it cannot be opened.
    """
    file = open_events(path, now=now, reactions=REACTIONS)
    parts, index = [np.zeros(0, RECORD)], dict[str, int]()
    refused: list[Refusal] = []
    for columns, refusals in file:
        refused += refusals
        codes = [index.setdefault(name, len(index)) for name in columns.names]
        parts.append(records_from(columns, np.array(codes, np.int32)))
        reading(file.read_bytes, file.total_bytes)
    records = np.concatenate(parts)
    window = None if refused else _windows(path)
    if window is None:
        records = with_ids(records)
    else:
        # Rows and windows go by the order of the file, so the running number of a row serves as its id.
        records["id"] = np.arange(1, len(records) + 1)
    chosen = (records["kind"] == Entry.VIEW) & (records["excluded"] == 0)
    if not chosen.any():
        raise Refused("kind", f"{path}: the log holds no views to replay")
    records = records[chosen]
    records["visit"] = np.where(
        records["visit"] != 0,
        records["visit"],
        np.where(records["reader"] != 0, records["reader"], records["id"]),
    )
    return clicks_of(records, None if window is None else window[chosen]), refused


def _windows(path: Path) -> IntArray | None:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return None
    if WINDOW not in pq.read_schema(path).names:
        return None
    return pq.read_table(path, columns=[WINDOW])[WINDOW].to_numpy().astype(np.int32)
