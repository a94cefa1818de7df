"""Counts of WordPress Popular Posts: the two tables of the plugin, exported as CSV.

Format: `popularpostsdata` (postid, day, last_viewed, pageviews: one row a post, all its page views; `day` is the
moment of the first) and `popularpostssummary` (ID, postid, pageviews, view_date, view_datetime, formerly last_viewed:
page views at a moment or on a day, of the last weeks only), as `src/Rest/ViewLoggerEndpoint.php` of
cabrerahector/wordpress-popular-posts writes them. Times are the site's own, without a zone.

Counts have no readers, and none are invented: each page view becomes a view without one. Page views that only the first
table has get the first moment at which they can have happened, so that they never look new.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
from typing_extensions import Doc

from recirc.importers.event_table import chunk_of
from recirc.importers.files import ChainedFiles, csv_header, csv_rows, files_in
from recirc.importers.importer import Dump, ImportContext, importer
from recirc.importers.rows import CHUNK
from recirc.reading.columns import EventChunk, EventRules, milliseconds
from recirc.reading.rejections import RejectedValueError, Rejection, shown

ENDINGS: Final = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
MOST: Final = 10_000_000
"""Page views that one row may count."""


class ViewCountRow(NamedTuple):
    """A row of one of the tables.

    Attributes:
        line: number of its line.
        post: number of the post.
        views: page views.
        time: ms since 1970.
        day: the day of the summary, empty for a post's total.
    """

    line: int
    post: str
    views: int
    time: int
    day: str = ""


class ViewRun(NamedTuple):
    """Consecutive page views of a post with the same time.

    Attributes:
        line: number of their line.
        post: number of the post.
        time: ms since 1970.
        key: beginning of their ids.
        first: number of the first.
        views: how many there are.
    """

    line: int
    post: str
    time: int
    key: str
    first: int
    views: int


@importer("wpp")
def open_wpp(
    path: Path,
    context: ImportContext,
    *,
    zone: Annotated[
        str, Doc("The site's time zone, such as Europe/Berlin (WordPress: Settings, General).")
    ] = "UTC",
    id: Annotated[str, Doc("The id that a post has here; {} is its number in WordPress.")] = "{}",
) -> Dump:
    """Import counts of WordPress Popular Posts; see docs/import.md.

    Exported as CSV. The names of the columns tell which of the two tables a file is; either may be missing.

    Raises:
        RejectedValueError: neither table is there, or one of them twice, or an option is wrong.
    """
    site_zone = _zone(zone)
    if "{}" not in id:
        raise RejectedValueError("id", f"--id: {shown(id)} needs {{}} in the place of the number of the post")
    tables = _tables_in(path)
    notes = ["page views without readers: each counts as a reader of its own"]
    if len(tables) == 1:
        notes.append(f"only {next(iter(tables))} is there; docs/import.md says what follows")
    last = list(tables.values())[-1]
    # Both tables are needed for the first event, so they are read when the last one's turn comes.
    events = ChainedFiles(
        list(tables.values()),
        lambda file, _: _events(tables, context.rules, site_zone, id) if file == last else (),
    )
    return Dump(None, events, lambda: notes)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RejectedValueError(
            "zone", f"--zone: {shown(name)} is not a time zone; write one as Europe/Berlin"
        ) from None


def _tables_in(path: Path) -> dict[str, Path]:
    """The files of the tables by their names, "data" and "summary"."""
    tables: dict[str, Path] = {}
    for file in files_in(path, ENDINGS):
        table = _table_of(csv_header(file))
        if table in tables:
            raise RejectedValueError(
                "", f"{file} and {tables[table]} are the same table; one export at a time, please"
            )
        if table:
            tables[table] = file
    if not tables:
        raise RejectedValueError(
            "",
            f"{path}: no table of WordPress Popular Posts is there: one has the columns postid, day, last_viewed and "
            "pageviews, the other postid, pageviews, view_date and view_datetime",
        )
    return tables


def _table_of(header: list[str]) -> str:
    names = set(header)
    if {"postid", "pageviews", "view_date"} <= names:
        return "summary"
    return "data" if {"postid", "pageviews", "day"} <= names else ""


def _events(tables: Mapping[str, Path], rules: EventRules, zone: tzinfo, form: str) -> Iterator[EventChunk]:
    counts: dict[str, list[ViewCountRow]] = {"data": [], "summary": []}
    rejections: list[Rejection] = []
    ids: dict[str, str] = {}
    for table, file in tables.items():
        for row in csv_rows(file):
            if isinstance(row, Rejection):
                rejections.append(row)
                continue
            try:
                counted = _count(row[0], row[1], zone)
                counts[table].append(counted)
                if row[1].get("article"):
                    ids[counted.post] = row[1]["article"]
            except RejectedValueError as error:
                rejections.append(error.at(row[0], file.name))
    names = {table: file.name for table, file in tables.items()}
    if rejections:
        yield chunk_of_runs([], "", rules, form)._replace(rejections=rejections)
    for table, runs in runs_of(counts["data"], counts["summary"]).items():
        yield from _chunks(runs, names.get(table, ""), rules, form, ids)


def _count(line: int, row: Mapping[str, str], zone: tzinfo) -> ViewCountRow:
    post, views = row["postid"], row["pageviews"]
    if not post.isdigit() or not int(post):
        raise RejectedValueError("postid", f'"postid" is not the number of a post: {shown(post)}')
    if not views.isdigit() or int(views) > MOST:
        raise RejectedValueError(
            "pageviews", f'"pageviews" is not a number from 0 to {MOST:,}: {shown(views)}'
        )
    if "view_date" not in row:
        return ViewCountRow(line, str(int(post)), int(views), _moment(row["day"], "day", zone))
    name = next((name for name in ("view_datetime", "last_viewed") if row.get(name)), "view_date")
    return ViewCountRow(line, str(int(post)), int(views), _moment(row[name], name, zone), row["view_date"])


def _moment(written: str, name: str, zone: tzinfo) -> int:
    try:
        return milliseconds(datetime.fromisoformat(written).replace(tzinfo=zone))
    except ValueError:
        raise RejectedValueError(
            name, f'"{name}" is not a moment such as 2026-11-22 15:04:05: {shown(written)}'
        ) from None


def runs_of(data: list[ViewCountRow], summary: list[ViewCountRow]) -> dict[str, list[ViewRun]]:
    """The page views of both tables, each once, with numbers that stay the same from one export to the next.

    A post's page views are numbered from its first to its last, the total in `data`; the rows of `summary` are the
    newest of them. Without a total, the page views of each day are numbered.

    >>> total, today = ViewCountRow(2, "7", 10, 1_000, ""), ViewCountRow(2, "7", 3, 9_000, "2026-11-22")
    >>> [(run.time, run.first, run.views) for runs in runs_of([total], [today]).values() for run in runs]
    [(1000, 1, 7), (9000, 8, 3)]
    """
    newest: defaultdict[str, list[ViewCountRow]] = defaultdict(list)
    for count in sorted(summary, key=lambda count: (count.time, count.line)):
        newest[count.post].append(count)
    runs: dict[str, list[ViewRun]] = {"data": [], "summary": []}
    totals = {total.post: total for total in data}
    for post, total in totals.items():
        left = max(0, total.views - sum(count.views for count in newest[post]))
        runs["data"].append(ViewRun(total.line, post, total.time, f"wpp:{post}", 1, left))
    for post, counts in newest.items():
        days: defaultdict[str, int] = defaultdict(int)
        known = post in totals
        if known:
            days[""] = max(0, totals[post].views - sum(count.views for count in counts))
        for count in counts:
            day = "" if known else count.day
            key = f"wpp:{post}:{day}" if day else f"wpp:{post}"
            runs["summary"].append(ViewRun(count.line, post, count.time, key, days[day] + 1, count.views))
            days[day] += count.views
    return runs


def _chunks(
    runs: list[ViewRun], file: str, rules: EventRules, form: str, ids: Mapping[str, str]
) -> Iterator[EventChunk]:
    batch: list[ViewRun] = []
    size = 0
    for run in runs:
        for begin in range(0, run.views, CHUNK):
            part = run._replace(first=run.first + begin, views=min(CHUNK, run.views - begin))
            batch.append(part)
            size += part.views
            if size >= CHUNK:
                yield chunk_of_runs(batch, file, rules, form, ids)
                batch, size = [], 0
    if batch:
        yield chunk_of_runs(batch, file, rules, form, ids)


def chunk_of_runs(
    runs: list[ViewRun], file: str, rules: EventRules, form: str, ids: Mapping[str, str] | None = None
) -> EventChunk:
    """The views of these runs, one event each. `ids`: of articles by the number of the post, where they are told."""
    ids = ids or {}
    views = np.array([run.views for run in runs], np.int64)
    articles = [ids.get(run.post) or form.replace("{}", run.post) for run in runs]
    places = np.repeat(np.arange(len(runs)), views)
    names = [f"{run.key}#{run.first + place}" for run in runs for place in range(run.views)]
    arrays = {
        "article": pa.DictionaryArray.from_arrays(
            pa.array(places, pa.int32()), pa.array(articles, pa.string())
        ),
        "time": pa.array(np.repeat(np.array([run.time for run in runs], np.int64), views)),
        "id": pa.array(names, pa.string()),
    }
    lines = np.repeat(np.array([run.line for run in runs], np.int64), views)
    return chunk_of(arrays, lines, file, rules)
