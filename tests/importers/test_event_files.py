"""Events from JSON lines and from Parquet: the same events are the same columns."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from event_reading import NOW, named, only_chunk
from hypothesis import given
from hypothesis import strategies as st

from recirc.importers.event_files import open_events
from recirc.importers.event_table import COLUMN_TYPES
from recirc.reading.columns import EventColumns, SenderKeys
from recirc.types import EntryKind, Exclusion

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

FULL = {
    "kind": "read",
    "article": "b",
    "time": "2026-11-20T11:59:59.250Z",
    "id": "e1",
    "reader": "r",
    "visit": "v",
    "user_agent": BOT,
    "shelf": "ranking",
    "position": 0,
    "source": "a",
    "serve_id": "ff",
    "seconds": 12.5,
    "scroll": 0.5,
    "referrer": 7,
    "device": 3,
    "region": 1000,
}
ROWS: list[dict[str, Any]] = [
    {"kind": "view", "article": "a", "time": "2026-11-20T12:00:00+00:00"},
    FULL,
    {
        "kind": "reaction",
        "article": "a",
        "time": "2026-11-20T13:00:00+01:00",
        "name": "well-told",
        "user_agent": " ",
    },
    {
        "kind": "impression",
        "article": "c",
        "time": "2026-11-20T12:00:00Z",
        "reader": "r",
        "user_agent": CHROME,
        "shelf": "related",
        "propensity": 0.25,
    },
]


def json_file(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_bytes(msgspec.json.Encoder().encode_lines(rows))
    return path


def parquet_file(path: Path, rows: list[dict[str, Any]]) -> Path:
    columns: dict[str, Any] = {
        name: [row.get(name) for row in rows] for name in COLUMN_TYPES if any(name in row for row in rows)
    }
    if all(isinstance(value, str) for value in columns.get("time", [0])):
        columns["time"] = pa.array(
            map(datetime.fromisoformat, columns["time"]), pa.timestamp("us", tz="Europe/Berlin")
        )
    pq.write_table(pa.table(columns), path)
    return path


def as_dict(columns: EventColumns) -> dict[str, Any]:
    return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in columns._asdict().items()}


@pytest.mark.parametrize("write", [json_file, parquet_file])
def test_a_reaction_that_is_taken_back_is_another_word(tmp_path: Path, write: Any) -> None:
    base = {"kind": "reaction", "article": "a", "time": "2026-11-20T12:00:00Z", "name": "well-told"}
    rows = [base, base | {"undo": True}, base | {"kind": "share", "undo": True}]
    events, refusals = only_chunk(write(tmp_path / "events", rows), reactions=("well-told",))
    assert refusals == []
    words = [events.words[code] for code in events.name]
    assert words == ["well-told", "undo well-told", "well-told"]


@pytest.mark.parametrize("write", [json_file, parquet_file])
def test_each_field(tmp_path: Path, write: Any) -> None:
    events, refusals = only_chunk(write(tmp_path / "events", ROWS))
    assert refusals == []
    assert events.size == 4
    assert events.kind.tolist() == [EntryKind.VIEW, EntryKind.READ, EntryKind.REACTION, EntryKind.IMPRESSION]
    assert named(events) == ["a", "b", "a", "c"]
    assert events.time.tolist() == [NOW, NOW - 750, NOW, NOW]
    assert events.reader[[0, 2]].tolist() == [0, 0]
    assert events.reader[1] == events.reader[3] > 0
    assert events.visit[1] > 0
    assert events.visit[[0, 2, 3]].tolist() == [0, 0, 0]
    assert events.serve_id.tolist() == [0, 255, 0, 0]
    assert events.source.tolist() == [-1, events.names.index("a"), -1, -1]
    assert events.value.tolist() == [0, 12.5, 0, 0.25]
    assert events.scroll.tolist() == [0, 0.5, 0, 0]
    assert events.region.tolist() == [0, 1000, 0, 0]
    assert events.shelf.tolist() == [0, 2, 0, 1]
    assert events.position.tolist() == [255, 0, 255, 255]
    assert events.referrer.tolist() == [0, 7, 0, 0]
    assert events.device.tolist() == [0, 3, 0, 0]
    assert events.words == ["well-told"]
    assert events.name.tolist() == [-1, -1, 0, -1]
    assert events.excluded.tolist() == [
        Exclusion.NONE,
        Exclusion.BOT,
        Exclusion.NO_USER_AGENT,
        Exclusion.NONE,
    ]
    assert events.ids == [None, "e1", None, None]


def test_types_and_names_of_the_columns_are_the_same_whatever_the_file(tmp_path: Path) -> None:
    lines = only_chunk(json_file(tmp_path / "lines", ROWS)).events
    table = only_chunk(parquet_file(tmp_path / "table", ROWS)).events
    for name, array in lines._asdict().items():
        other = getattr(table, name)
        assert (
            (array.dtype, array.shape) == (other.dtype, other.shape)
            if isinstance(array, np.ndarray)
            else True
        ), name
    assert lines.reader.tolist() == table.reader.tolist()


event_rows = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["view", "share", "impression", "read", "reaction"]),
        "article": st.text(st.characters(codec="utf-8"), min_size=1, max_size=5),
        "time": st.integers(0, NOW).map(lambda ms: datetime.fromtimestamp(ms / 1000, tz=UTC).isoformat()),
    },
    optional={
        "reader": st.sampled_from(["", "r1", "r2"]),
        "source": st.sampled_from(["s", "t"]),
        "shelf": st.sampled_from(["related", "ranking", "recommendation"]),
        "position": st.integers(0, 254),
        "serve_id": st.from_regex(r"[0-9a-f]{1,16}", fullmatch=True),
        "seconds": st.floats(0, 86_400),
        "propensity": st.floats(1e-6, 1),
        "name": st.sampled_from(["x", "y"]),
        "id": st.text(st.characters(codec="utf-8"), max_size=5),
        "user_agent": st.sampled_from(["", BOT, CHROME]),
    },
)


@given(st.lists(event_rows, min_size=1, max_size=20))
def test_any_events_are_the_same_from_both_kinds_of_file(
    tmp_path_factory: pytest.TempPathFactory, rows: Any
) -> None:
    folder = tmp_path_factory.mktemp("events")
    lines = only_chunk(json_file(folder / "lines", rows))
    table = only_chunk(parquet_file(folder / "table", rows))
    assert lines.rejections == table.rejections == []
    assert named(lines.events) == named(table.events)
    first, second = as_dict(lines.events), as_dict(table.events)
    sources = [
        [one.names[code] if code >= 0 else None for code in one.source]
        for one in (lines.events, table.events)
    ]
    words = [
        [one.words[code] if code >= 0 else None for code in one.name] for one in (lines.events, table.events)
    ]
    assert sources[0] == sources[1]
    assert words[0] == words[1]
    for coded in ("names", "article", "source", "words", "name"):
        del first[coded], second[coded]
    if first["ids"] is None or second["ids"] is None:
        del first["ids"], second["ids"]
    assert first == second


GOOD = {"kind": "view", "article": "a", "time": "2026-11-20T12:00:00Z"}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "click"}, "kind", '"kind" is not one of impression, view, read, reaction, share: "click"'),
    ({"kind": None}, "kind", '"kind" is '),
    ({"article": ""}, "article", '"article"'),
    ({"article": "a" * 513}, "article", '"article"'),
    (
        {"time": "2027-01-01T00:00:00Z"},
        "time",
        '"time" lies 3,585,600 seconds in the future; at most 300 are accepted',
    ),
    ({"time": "1969-12-31T00:00:00Z"}, "time", '"time" lies before 1970'),
    ({"shelf": "top"}, "shelf", '"shelf" is not one of ranking, recommendation, related: "top"'),
    ({"position": 255}, "position", '"position"'),
    ({"serve_id": "XY"}, "serve_id", '"serve_id" is not 1 to 16 hexadecimal digits in lower case: "XY"'),
    ({"seconds": 1e9}, "seconds", '"seconds"'),
    ({"propensity": 0.0}, "propensity", '"propensity"'),
    ({"propensity": 1.5}, "propensity", '"propensity"'),
    ({"scroll": -0.5}, "scroll", '"scroll"'),
    ({"region": 70_000}, "region", '"region"'),
    ({"device": -1}, "device", '"device"'),
    ({"reader": "r" * 129}, "reader", '"reader"'),
    ({"kind": "reaction", "name": "boo"}, "name", '"name" is not a reaction: "boo"; known are well-told'),
    ({"kind": "reaction"}, "name", '"name" is missing; known are well-told'),
]


@pytest.mark.parametrize("write", [json_file, parquet_file])
@pytest.mark.parametrize(("change", "field", "text"), WRONG, ids=[str(change)[:30] for change, _, _ in WRONG])
def test_a_wrong_event_is_named_and_its_neighbours_kept(
    tmp_path: Path, write: Any, change: dict[str, Any], field: str, text: str
) -> None:
    path = write(
        tmp_path / "events", [GOOD, {**GOOD, "article": "wrong", **change}, {**GOOD, "article": "z"}]
    )
    events, refusals = only_chunk(path, reactions=("well-told",))
    assert named(events) == ["a", "z"]
    assert events.names == ["a", "z"], "a refused event makes no article known"
    assert [(refusal.line, refusal.field, refusal.file) for refusal in refusals] == [(2, field, "events")]
    assert refusals[0].text.startswith(text)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'{"kind": "view", "article": "a"', "column 32: not JSON: Expecting ',' delimiter"),
        (b'{"kind": "view", "article": "\xff"}', "column 30: not UTF-8: byte 0xff"),
        (b"[]", "the line is not a JSON object in braces: []"),
        (b"[" * 60_000, "the line is nested too deeply"),
        (b" " * 60_000 + b"x" * 60_000, "the line is longer than 65,536 bytes"),
        (b'{"article": "a"}', '"kind" is missing'),
        (b'{"kind": "view", "article": "a", "tiem": 1}', '"tiem" is unknown: did you mean "time"?'),
        (
            b'{"kind": "view", "article": "a", "time": "2026-11-20T12:00:00"}',
            '"time" is not a moment with its zone',
        ),
        (b'{"kind": "view", "article": "a", "time": 5}', '"time" is not a moment with its zone'),
        (
            b'{"kind": "view", "article": "a"}',
            '"time" is missing: an event in a file needs one',
        ),
    ],
)
def test_bad_lines(tmp_path: Path, line: bytes, text: str) -> None:
    path = tmp_path / "events.jsonl.gz"
    good = msgspec.json.encode(GOOD)
    path.write_bytes(gzip.compress(b"\n".join([good, line, b"", good])))
    events, refusals = only_chunk(path)
    assert events.size == 2
    assert [refusal.line for refusal in refusals] == [2]
    assert refusals[0].text.startswith(text)


def test_chunks_and_progress(tmp_path: Path) -> None:
    path = json_file(tmp_path / "events", [{**GOOD, "article": f"a{n % 7}"} for n in range(45_000)])
    file = open_events(path, now=NOW)
    sizes, seen = [], []
    for chunk in file:
        sizes.append(chunk.events.size)
        seen.append(file.read_bytes)
        assert len(chunk.events.names) == 7
    assert sum(sizes) == 45_000
    assert len(sizes) == 3
    assert seen == sorted(seen)
    assert file.read_bytes == file.total_bytes == path.stat().st_size


def test_an_empty_file_has_no_events(tmp_path: Path) -> None:
    (tmp_path / "events").touch()
    assert list(open_events(tmp_path / "events", now=NOW)) == []
    with pytest.raises(FileNotFoundError):
        open_events(tmp_path / "absent", now=NOW)


def test_names_of_readers_are_not_kept_and_a_salt_parts_them() -> None:
    plain, salted = SenderKeys(), SenderKeys(b"salt")
    assert plain.readers(["ada", 17, None, "", "17"]).tolist() == [
        *plain.readers(["ada", 17]).tolist(),
        0,
        0,
        plain.readers([17])[0],
    ]
    assert plain.readers(["ada"])[0] != plain.visits(["ada"])[0]
    assert plain.readers(["ada"])[0] != salted.readers(["ada"])[0]
    assert plain.readers([]).tolist() == []
    assert (plain.readers([f"r{n}" for n in range(1000)]) > 0).all()
