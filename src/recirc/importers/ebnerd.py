"""The EB-NeRD data set: articles of Ekstra Bladet, and what some of its readers were shown, clicked and read.

Format: https://recsys.eb.dk (Kruse et al., "EB-NeRD: A Large-Scale Dataset for News Recommendation", RecSys Challenge
2024), the columns as `src/ebrec/utils/_constants.py` of ebanalyse/ebnerd-benchmark names them: `articles.parquet`,
`behaviors.parquet` (one row for each page on which something was clicked) and `history.parquet` (one row for each
reader, with lists). Its licence allows research only. Of readers only the number is read, and only a hash of it kept.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recirc.importers.dumps import (
    ChainedFiles,
    Dump,
    Tell,
    files_in,
)
from recirc.importers.parquet import chunk_of
from recirc.reading.columns import EventChunk, EventRules
from recirc.reading.fields import MAX_BYTES, article_from
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.types import Article

ENDINGS: Final = (".parquet",)
ARTICLES: Final = ("article_id", "title")
BEHAVIORS: Final = ("impression_id", "impression_time", "user_id", "article_ids_inview")
HISTORY: Final = ("user_id", "impression_time_fixed", "article_id_fixed")

_TOLD: Final = (
    "article_id", "title", "subtitle", "body", "category_str", "topics", "published_time", "last_modified_time", "url",
)  # fmt: skip
_BEHAVIORS: Final = (
    *BEHAVIORS, "article_id", "article_ids_clicked", "session_id", "device_type", "read_time", "scroll_percentage",
)  # fmt: skip
_HISTORY: Final = (*HISTORY, "scroll_percentage_fixed", "read_time_fixed")
_BATCH: Final = 20_000  # rows; of behaviours each has some ten articles


def open_dump(
    path: Path, rules: EventRules, *, impressions: bool = False, max_bytes: int = MAX_BYTES
) -> Dump:
    """The data set in a folder, also with its parts in folders of their own, or one of its files.

    Args:
        path: where it is.
        rules: which events are taken.
        impressions: take what was shown, too, and not only what was clicked and read.
        max_bytes: longest body of an article, in bytes.

    Raises:
        Refused: none of its files is there, or one cannot be read.
    """
    kinds = {file: _kind_of(file) for file in files_in(path, ENDINGS)}
    articles = [file for file, kind in kinds.items() if kind == "articles"]
    acts = [file for file, kind in kinds.items() if kind in ("behaviors", "history")]
    if not articles and not acts:
        raise RejectedValueError(
            "", f"{path}: neither articles, behaviours nor histories of EB-NeRD are there"
        )
    return Dump(
        ChainedFiles(articles, lambda file, _: _articles(file, max_bytes)) if articles else None,
        ChainedFiles(acts, lambda file, tell: _events(file, kinds[file], rules, impressions, tell))
        if acts
        else None,
        lambda: [] if impressions or not acts else ["left out: what was shown (--impressions takes it)"],
    )


def _kind_of(file: Path) -> str:
    try:
        names = set(pq.read_schema(file).names)
    except (pa.ArrowException, OSError) as error:
        raise RejectedValueError("", f"{file}: not a readable Parquet file: {error}") from None
    for kind, wanted in (("behaviors", BEHAVIORS), ("history", HISTORY), ("articles", ARTICLES)):
        if names.issuperset(wanted):
            return kind
    return ""


def _articles(file: Path, max_bytes: int) -> Iterator[Article | Rejection]:
    number = 0
    for batch in _batches(file, _TOLD, 1_000):
        if isinstance(batch, Rejection):
            yield batch
            return
        for row in batch.to_pylist():
            number += 1
            published, updated = row.get("published_time"), row.get("last_modified_time")
            told = {
                "id": row["article_id"],
                "headline": row["title"],
                "summary": row.get("subtitle"),
                "body": row.get("body"),
                "section": row.get("category_str"),
                "topics": row.get("topics"),
                "published": published.isoformat() if published else None,
                "updated": updated.isoformat() if updated and updated != published else None,
                "url": row.get("url"),
                "language": "da",
            }
            try:
                yield article_from(told, source=f"file {file.name}", max_bytes=max_bytes)[0]
            except RejectedValueError as refused:
                yield Rejection(number, refused.text, refused.field, file.name)


def _batches(file: Path, names: Sequence[str], rows: int) -> Iterator[Any]:
    """Batches of those of the columns that are there; at the end a Refusal, if the file is damaged."""
    before = 0
    with pq.ParquetFile(file) as table:
        columns = [name for name in names if name in table.schema_arrow.names]
        try:
            for batch in table.iter_batches(rows, columns=columns):
                yield batch
                before += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            yield Rejection(before + 1, f"the Parquet file is damaged from here on: {error}", "", file.name)


def _events(file: Path, kind: str, rules: EventRules, impressions: bool, tell: Tell) -> Iterator[EventChunk]:
    rows, before = max(pq.read_metadata(file).num_rows, 1), 0
    tell(lambda: file.stat().st_size * before // rows)
    behaviors = kind == "behaviors"
    clicked = _clicked(file) if behaviors else np.zeros(0, np.uint64)
    for batch in _batches(file, _BEHAVIORS if behaviors else _HISTORY, _BATCH if behaviors else 500):
        refusals: list[Rejection] = []
        parts: list[EbnerdEvents] = []
        if isinstance(batch, Rejection):
            refusals.append(batch)
        else:
            lines = np.arange(before + 1, before + batch.num_rows + 1)
            table = pa.Table.from_batches([batch]).append_column("line", pa.array(lines))
            before += batch.num_rows
            if behaviors:
                parts = [*_clicks(table, impressions), *_pages(table, clicked)]
            else:
                table, refusals = _whole_lists(table, file.name)
                parts = _past(table)
        for part in [*parts, *([EbnerdEvents()] if refusals else [])]:
            chunk = part.chunk(file.name, rules)
            yield chunk._replace(refusals=[*refusals, *chunk.refusals])
            refusals = []


class EbnerdEvents:
    """Events in columns named like those of the data set, on their way to ours."""

    def __init__(self, kind: str = "view", table: Any = None, **columns: str) -> None:
        """`columns` says which column of `table` an event's field is taken from."""
        self._kind = kind
        self._table = table
        self._columns = columns

    def chunk(self, file: str, rules: EventRules) -> EventChunk:
        """The events; `file` and `rules` as in `parquet.chunk_of`."""
        if self._table is None:
            return chunk_of({}, np.zeros(0, np.int64), file, rules)
        told = {field: name for field, name in self._columns.items() if name in self._table.column_names}
        arrays = {field: _column(self._table[name], field) for field, name in told.items()}
        arrays["kind"] = pa.repeat(self._kind, self._table.num_rows)
        # The same act in two parts of the data set (histories overlap with what came before) is one event.
        known = (arrays[field].cast(pa.string()) for field in ("reader", "article", "time"))
        arrays["id"] = pc.binary_join_element_wise(self._kind, *known, ":", null_handling="replace")
        return chunk_of(arrays, self._table["line"].to_numpy(), file, rules)


def _column(column: Any, field: str) -> Any:
    """A column as an event's field: numbers whole, times in ms, shares from 0 to 1, what is no number missing."""
    whole = column.combine_chunks()
    if field == "time":
        return whole.cast(pa.timestamp("ms"), safe=False).cast(pa.int64())
    if field in ("seconds", "scroll"):
        numbers = whole.cast(pa.float64())
        numbers = pc.if_else(pc.is_nan(numbers), None, numbers)
        return pc.divide(numbers, 100.0) if field == "scroll" else numbers
    if pa.types.is_floating(whole.type):
        whole = pc.if_else(pc.is_nan(whole), None, whole)
    return whole.cast(pa.int64(), safe=False)


def _clicks(table: Any, impressions: bool) -> Iterator[EbnerdEvents]:
    """What was clicked on a page, and seen there; `source` is the page's own article, if it had one."""
    lists = [("view", "article_ids_clicked")] + [("impression", "article_ids_inview")] * impressions
    for kind, name in lists:
        if name in table.column_names:
            yield EbnerdEvents(
                kind,
                _exploded(table, name),
                article=name,
                time="impression_time",
                reader="user_id",
                visit="session_id",
                source="article_id",
                device="device_type",
            )


def _pages(table: Any, clicked: Any) -> Iterator[EbnerdEvents]:
    """How the page's own article was read; and that it was opened, unless a click in the same session tells that."""
    if "article_id" not in table.column_names:
        return
    pages = table.filter(pc.is_finite(table["article_id"].cast(pa.float64())))
    known = {"article": "article_id", "time": "impression_time", "reader": "user_id", "visit": "session_id"}
    known["device"] = "device_type"
    yield EbnerdEvents("read", pages, **known, seconds="read_time", scroll="scroll_percentage")
    if "session_id" in pages.column_names:
        told = np.isin(_session_keys(pages["session_id"], pages["article_id"]), clicked)
        pages = pages.filter(pa.array(~told))
    yield EbnerdEvents("view", pages, **known)


def _past(table: Any) -> list[EbnerdEvents]:
    """What readers had opened and read before."""
    lists = [name for name in _HISTORY if name.endswith("_fixed") and name in table.column_names]
    flat = _exploded(table, *lists)
    known = {"article": "article_id_fixed", "time": "impression_time_fixed", "reader": "user_id"}
    read = EbnerdEvents("read", flat, **known, seconds="read_time_fixed", scroll="scroll_percentage_fixed")
    return [EbnerdEvents("view", flat, **known), read]


def _whole_lists(table: Any, file: str) -> tuple[Any, list[Rejection]]:
    """The rows of a history whose lists are of one length, and the others as refusals."""
    lists = [name for name in _HISTORY if name.endswith("_fixed") and name in table.column_names]
    lengths = [pc.fill_null(pc.list_value_length(table[name]), 0).to_numpy() for name in lists]
    good = np.all([length == lengths[0] for length in lengths], axis=0)
    lines = table["line"].to_numpy()[~good].tolist()
    return table.filter(pa.array(good)), [
        Rejection(line, "the lists of this history are not of one length", lists[0], file) for line in lines
    ]


def _exploded(table: Any, *lists: str) -> Any:
    """One row for each entry of the lists, which are of one length; a list's column holds its entries then."""
    whole = [table[name].combine_chunks() for name in lists]
    rows = table.drop_columns(list(lists)).take(pc.list_parent_indices(whole[0]))
    for name, column in zip(lists, whole, strict=True):
        rows = rows.append_column(name, pc.list_flatten(column))
    return rows


def _clicked(file: Path) -> Any:
    """Which articles were clicked in which sessions, uint64 (n,), sorted."""
    keys = [np.zeros(0, np.uint64)]
    for batch in _batches(file, ("session_id", "article_ids_clicked"), 200_000):
        if isinstance(batch, Rejection) or batch.num_columns < 2:
            break
        table = _exploded(pa.Table.from_batches([batch]), "article_ids_clicked")
        keys.append(_session_keys(table["session_id"], table["article_ids_clicked"]))
    return np.unique(np.concatenate(keys))


def _session_keys(session: Any, article: Any) -> Any:
    return _numbers(session) << np.uint64(32) | _numbers(article) & np.uint64(0xFFFF_FFFF)


def _numbers(column: Any) -> Any:
    return pc.fill_null(column.cast(pa.int64(), safe=False), 0).to_numpy().astype(np.uint64)
