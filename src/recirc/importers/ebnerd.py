"""The EB-NeRD data set: articles of Ekstra Bladet, and what some of its readers were shown, clicked and read.

Format: https://recsys.eb.dk (Kruse et al., "EB-NeRD: A Large-Scale Dataset for News Recommendation", RecSys Challenge
2024), the columns as `src/ebrec/utils/_constants.py` of ebanalyse/ebnerd-benchmark names them: `articles.parquet`,
`behaviors.parquet` (one row for each page on which something was clicked) and `history.parquet` (one row for each
reader, with lists). Its licence allows research only. Of readers only the number is read, and only a hash of it kept.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from typing_extensions import Doc

from recirc.importers.event_table import chunk_of, row_numbers
from recirc.importers.files import ChainedFiles, Progress, files_in
from recirc.importers.importer import Dump, ImportContext, importer
from recirc.importers.parquet import ParquetTable
from recirc.importers.rows import articles_from
from recirc.reading.columns import EventChunk, EventRules
from recirc.reading.fields import article_from
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.types import Article

ENDINGS: Final = (".parquet",)
ARTICLES: Final = ("article_id", "title")
BEHAVIORS: Final = ("impression_id", "impression_time", "user_id", "article_ids_inview")
HISTORY: Final = ("user_id", "impression_time_fixed", "article_id_fixed")

_ARTICLES: Final = (
    "article_id", "title", "subtitle", "body", "category_str", "topics", "published_time", "last_modified_time", "url",
)  # fmt: skip
_BEHAVIORS: Final = (
    *BEHAVIORS, "article_id", "article_ids_clicked", "session_id", "device_type", "read_time", "scroll_percentage",
)  # fmt: skip
_PAGE_COLUMNS: Final = {
    "time": "impression_time",
    "reader": "user_id",
    "visit": "session_id",
    "device": "device_type",
}
_HISTORY: Final = (*HISTORY, "scroll_percentage_fixed", "read_time_fixed")


@importer("ebnerd")
def open_ebnerd(
    path: Path,
    context: ImportContext,
    *,
    impressions: Annotated[bool, Doc("Import impressions, too; some ten times the events.")] = False,
) -> Dump:
    """Import the EB-NeRD data set; see docs/import.md.

    Articles, behaviors and history as Parquet. Its parts may be in folders of their own.

    Raises:
        RejectedValueError: none of its files is there, or one cannot be read.
    """
    kinds = {file: _kind_of(file) for file in files_in(path, ENDINGS)}
    article_files = [file for file, kind in kinds.items() if kind == "articles"]
    event_files = [file for file, kind in kinds.items() if kind in ("behaviors", "history")]
    if not article_files and not event_files:
        raise RejectedValueError(
            "", f"{path}: neither articles, behaviours nor histories of EB-NeRD are there"
        )
    articles = ChainedFiles(
        article_files, lambda file, progress: _articles(file, context.max_bytes, progress)
    )

    def events_of(file: Path, progress: Progress) -> Iterator[EventChunk]:
        if kinds[file] == "behaviors":
            return _behaviors(file, context.rules, impressions, progress)
        return _history(file, context.rules, progress)

    left_out = (
        [] if impressions or not event_files else ["left out: impressions (--impressions imports them)"]
    )
    return Dump(
        articles if article_files else None,
        ChainedFiles(event_files, events_of) if event_files else None,
        lambda: left_out,
    )


def _kind_of(file: Path) -> str:
    table = ParquetTable(file)
    table.close()
    names = set(table.schema.names)
    for kind, wanted in (("behaviors", BEHAVIORS), ("history", HISTORY), ("articles", ARTICLES)):
        if names.issuperset(wanted):
            return kind
    return ""


def _articles(file: Path, max_bytes: int, progress: Progress) -> Iterator[Article | Rejection]:
    table = ParquetTable(file)
    progress(lambda: table.read_bytes)

    def rows() -> Iterator[tuple[int, dict[str, Any]] | Rejection]:
        for batch in table.batches(_ARTICLES, 1_000):
            if isinstance(batch, Rejection):
                yield batch
            else:
                yield from enumerate(batch[1].to_pylist(), batch[0])

    return articles_from(rows(), file.name, lambda row: _article(row, file, max_bytes))


def _article(row: Mapping[str, Any], file: Path, max_bytes: int) -> Article:
    published, updated = row.get("published_time"), row.get("last_modified_time")
    fields = {
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
    return article_from(fields, source=f"file {file.name}", max_bytes=max_bytes)[0]


class _Events(NamedTuple):
    """Events of one kind in a table of the data set, and the column of each field of an event."""

    kind: str
    table: Any
    columns: Mapping[str, str]

    def chunk(self, file: str, rules: EventRules) -> EventChunk:
        columns = {field: name for field, name in self.columns.items() if name in self.table.column_names}
        arrays = {field: _field_column(self.table[name], field) for field, name in columns.items()}
        arrays["kind"] = pa.repeat(self.kind, self.table.num_rows)
        # The same act in two parts of the data set (histories overlap with behaviors) is one event.
        known = (arrays[field].cast(pa.string()) for field in ("reader", "article", "time"))
        arrays["id"] = pc.binary_join_element_wise(self.kind, *known, ":", null_handling="replace")
        return chunk_of(arrays, self.table["line"].to_numpy(), file, rules)


def _behaviors(file: Path, rules: EventRules, impressions: bool, progress: Progress) -> Iterator[EventChunk]:
    clicked = _clicked(file)
    for table in _tables(file, _BEHAVIORS, 20_000, progress):
        if isinstance(table, Rejection):
            yield _no_events(file, rules, [table])
            continue
        for events in (*_clicks(table, impressions), *_pages(table, clicked)):
            yield events.chunk(file.name, rules)


def _history(file: Path, rules: EventRules, progress: Progress) -> Iterator[EventChunk]:
    for table in _tables(file, _HISTORY, 500, progress):
        if isinstance(table, Rejection):
            yield _no_events(file, rules, [table])
            continue
        whole, rejections = _whole_lists(table, file.name)
        if rejections:
            yield _no_events(file, rules, rejections)
        for events in _earlier_visits(whole):
            yield events.chunk(file.name, rules)


def _tables(file: Path, columns: tuple[str, ...], size: int, progress: Progress) -> Iterator[Any]:
    """The file in tables of at most `size` rows, each with its number in "line"; a Rejection where it is damaged."""
    parquet = ParquetTable(file)
    progress(lambda: parquet.read_bytes)
    for batch in parquet.batches(columns, size):
        if isinstance(batch, Rejection):
            yield batch
        else:
            first, rows = batch
            lines = pa.array(row_numbers(first, rows.num_rows))
            yield pa.Table.from_batches([rows]).append_column("line", lines)


def _no_events(file: Path, rules: EventRules, rejections: list[Rejection]) -> EventChunk:
    return chunk_of({}, row_numbers(1, 0), file.name, rules)._replace(rejections=rejections)


def _field_column(column: Any, field: str) -> Any:
    """A column as the field of an event: whole numbers, times in ms, shares from 0 to 1, null for NaN."""
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


def _clicks(table: Any, impressions: bool) -> Iterator[_Events]:
    """Clicks and impressions on a page; `source` is the page's own article, if it had one."""
    lists = [("view", "article_ids_clicked")] + [("impression", "article_ids_inview")] * impressions
    for kind, name in lists:
        if name in table.column_names:
            columns = {**_PAGE_COLUMNS, "article": name, "source": "article_id"}
            yield _Events(kind, _exploded(table, name), columns)


def _pages(table: Any, clicked: Any) -> Iterator[_Events]:
    """Reading of the page's own article; and the view of it, unless a click in the same session is that view."""
    if "article_id" not in table.column_names:
        return
    pages = table.filter(pc.is_finite(table["article_id"].cast(pa.float64())))
    columns = {**_PAGE_COLUMNS, "article": "article_id"}
    yield _Events("read", pages, {**columns, "seconds": "read_time", "scroll": "scroll_percentage"})
    if "session_id" in pages.column_names:
        known = np.isin(_session_keys(pages["session_id"], pages["article_id"]), clicked)
        pages = pages.filter(pa.array(~known))
    yield _Events("view", pages, columns)


def _earlier_visits(table: Any) -> list[_Events]:
    """The articles that readers had opened and read before."""
    lists = [name for name in _HISTORY if name.endswith("_fixed") and name in table.column_names]
    flat = _exploded(table, *lists)
    known = {"article": "article_id_fixed", "time": "impression_time_fixed", "reader": "user_id"}
    reading = {"seconds": "read_time_fixed", "scroll": "scroll_percentage_fixed"}
    return [_Events("view", flat, known), _Events("read", flat, {**known, **reading})]


def _whole_lists(table: Any, file: str) -> tuple[Any, list[Rejection]]:
    """The rows of a history whose lists have the same length, and the others as rejections."""
    lists = [name for name in _HISTORY if name.endswith("_fixed") and name in table.column_names]
    lengths = [pc.fill_null(pc.list_value_length(table[name]), 0).to_numpy() for name in lists]
    good = np.all([length == lengths[0] for length in lengths], axis=0)
    lines = table["line"].to_numpy()[~good].tolist()
    return table.filter(pa.array(good)), [
        Rejection(line, "the lists of this history are not of one length", lists[0], file) for line in lines
    ]


def _exploded(table: Any, *lists: str) -> Any:
    """One row for each entry of the lists, which have the same length; the entries replace the lists."""
    whole = [table[name].combine_chunks() for name in lists]
    rows = table.drop_columns(list(lists)).take(pc.list_parent_indices(whole[0]))
    for name, column in zip(lists, whole, strict=True):
        rows = rows.append_column(name, pc.list_flatten(column))
    return rows


def _clicked(file: Path) -> Any:
    """Keys of all pairs of a session and an article clicked in it, uint64 (n,), sorted."""
    keys = [np.zeros(0, np.uint64)]
    for table in _tables(file, ("session_id", "article_ids_clicked"), 200_000, lambda _: None):
        if isinstance(table, Rejection) or table.num_columns < 3:  # with "line"
            break
        table = _exploded(table, "article_ids_clicked")
        keys.append(_session_keys(table["session_id"], table["article_ids_clicked"]))
    return np.unique(np.concatenate(keys))


def _session_keys(session: Any, article: Any) -> Any:
    return _numbers(session) << np.uint64(32) | _numbers(article) & np.uint64(0xFFFF_FFFF)


def _numbers(column: Any) -> Any:
    return pc.fill_null(column.cast(pa.int64(), safe=False), 0).to_numpy().astype(np.uint64)
