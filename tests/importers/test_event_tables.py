"""Events from Parquet: wrong columns, damage, other types, and the columns of Globo."""

import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from event_reading import NOW, named, only_chunk

from recirc.importers import globo
from recirc.importers.event_files import open_events
from recirc.importers.event_table import COLUMN_TYPES
from recirc.reading.rejections import RejectedValueError
from recirc.types import EntryKind, Event, Exclusion

GLOBO = Path(__file__).parents[3] / "shared/data/globo/clicks_hours_000_191.parquet"


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        (
            {"kind": ["view"], "article": ["a"]},
            'e.parquet: the table has no column "time"; accepted are kind, article, time, id,',
        ),
        ({"kind": ["view"]}, 'the table has no column "article", "time"'),
        (
            {"kind": ["view"], "article": ["a"], "tiem": [1]},
            'no column of events: "tiem" (did you mean "time"?); accepted are',
        ),
        ({"kind": [1], "article": ["a"], "time": [1]}, 'the column "kind" holds int64, not text'),
        (
            {"kind": ["view"], "article": ["a"], "time": ["2026"]},
            'the column "time" holds string, not timestamps, or whole',
        ),
        (
            {"kind": ["view"], "article": [1.5], "time": [1]},
            'the column "article" holds double, not text or whole numbers',
        ),
    ],
)
def test_wrong_columns_are_named_with_the_accepted_ones(
    tmp_path: Path, columns: dict[str, Any], text: str
) -> None:
    pq.write_table(pa.table(columns), tmp_path / "e.parquet")
    with pytest.raises(RejectedValueError) as refused:
        open_events(tmp_path / "e.parquet", now=NOW)
    assert text in str(refused.value)


def test_a_damaged_table_is_refused_or_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    table = pa.table({"kind": ["view"] * 5000, "article": list(range(5000)), "time": [NOW] * 5000})
    pq.write_table(table, path, row_group_size=1000, compression="gzip")
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(RejectedValueError, match="not a readable Parquet file"):
        open_events(path, now=NOW)
    damaged = bytearray(whole)
    middle = pq.ParquetFile(path_of(tmp_path, whole)).metadata.row_group(3).column(1)
    start = middle.dictionary_page_offset or middle.data_page_offset
    damaged[start : start + middle.total_compressed_size] = bytes(middle.total_compressed_size)
    path.write_bytes(damaged)
    chunks = list(open_events(path, now=NOW))
    assert sum(chunk.events.size for chunk in chunks) == 3000
    assert chunks[-1].rejections[0].line == 3001
    assert chunks[-1].rejections[0].text.startswith("the Parquet file is damaged from here on")


def path_of(folder: Path, content: bytes) -> Path:
    path = folder / "whole.parquet"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "times",
    [
        pa.array([NOW // 1000], pa.timestamp("s")),
        pa.array([NOW], pa.timestamp("ms")),
        pa.array([NOW * 1000], pa.timestamp("us", tz="America/Sao_Paulo")),
        pa.array([NOW * 1_000_000], pa.timestamp("ns", tz="UTC")),
        pa.array([NOW], pa.int64()),
        pa.array([NOW], pa.uint64()),
    ],
    ids=lambda times: str(times.type),
)
def test_times_of_any_unit_and_other_kinds_of_columns(tmp_path: Path, times: Any) -> None:
    columns = {
        "kind": pa.array(["view"]).dictionary_encode(),
        "article": pa.array([17], pa.uint16()),
        "time": times,
        "reader": pa.array(["r"], pa.large_string()),
        "source": pa.nulls(1),
        "shelf": pa.nulls(1, pa.string()),
        "position": pa.array([3.0]).cast(pa.int8()),
        "seconds": pa.array([2], pa.int32()),
    }
    pq.write_table(pa.table(columns), tmp_path / "e.parquet")
    events, refusals = only_chunk(tmp_path / "e.parquet")
    assert refusals == []
    assert events.time.tolist() == [NOW]
    assert named(events) == ["17"]
    assert (events.source[0], events.shelf[0], events.position[0], events.value[0]) == (-1, 0, 3, 2)


def test_a_parquet_column_for_each_field_of_an_event() -> None:
    assert set(COLUMN_TYPES) == {part.name for part in msgspec.structs.fields(Event)}


def test_globo_by_its_columns(tmp_path: Path) -> None:
    rows = {
        name: [2, 2, 3]
        for name in ("click_deviceGroup", "click_region", "click_referrer_type", "hour", "session_size")
    }
    own = {
        "user_id": [0, 0, 1],
        "session_id": [10, 10, 11],
        "click_article_id": [5, 6, 5],
        "click_timestamp": [NOW - 2, NOW - 1, NOW],
    }
    pq.write_table(pa.table(rows | own), tmp_path / "clicks.parquet")
    assert globo.recognised(rows | own)
    events, refusals = only_chunk(tmp_path / "clicks.parquet")
    assert refusals == []
    assert set(events.kind) == {EntryKind.VIEW}
    assert named(events) == ["5", "6", "5"]
    assert events.time.tolist() == [NOW - 2, NOW - 1, NOW]
    assert events.reader[0] == events.reader[1] != events.reader[2]
    assert events.visit[0] == events.visit[1] != events.visit[2]
    assert (events.reader != 0).all(), "user 0 is a user"
    assert events.device.tolist() == events.region.tolist() == events.referrer.tolist() == [2, 2, 3]
    assert set(events.excluded) == {Exclusion.NONE}
    assert events.ids is None


@pytest.mark.no_cover  # the tracer takes as much time again
@pytest.mark.data
@pytest.mark.skipif(not GLOBO.exists(), reason="the Globo clicks are not here")
def test_the_whole_globo_log() -> None:
    begun = time.process_time()
    chunks = list(open_events(GLOBO, now=NOW))
    seconds = time.process_time() - begun
    assert sum(chunk.events.size for chunk in chunks) == 1_539_265
    assert not any(chunk.rejections for chunk in chunks)
    readers = np.unique(np.concatenate([chunk.events.reader for chunk in chunks]))
    assert len(readers) == len(pq.read_table(GLOBO, columns=["user_id"])["user_id"].unique())
    assert min(int(chunk.events.time.min()) for chunk in chunks) == 1_506_826_800_026
    assert seconds < 6  # 1.0 s alone on a core; the bound is for a busy machine
