"""An importer: the page views of one day, as Matomo exports them (Behaviour, Pages, flat, CSV).

The columns `url` and `nb_hits` are read, the number of views of each page. They have neither readers nor times of day.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

from typing_extensions import Doc

from recirc.importers.files import ChainedFiles, csv_rows, files_in
from recirc.importers.importer import Dump, ImportContext, importer
from recirc.importers.rows import events_from
from recirc.reading.columns import milliseconds
from recirc.reading.rejections import RejectedValueError, shown
from recirc.reading.urls import identity_of

FIELDS = ("article", "time", "id")


@importer("matomo")
def open_matomo(
    path: Path,
    context: ImportContext,
    *,
    day: Annotated[str, Doc("The day of the export, such as 2026-11-22.")],
) -> Dump:
    """Import the page views of a day, exported from Matomo as CSV."""
    try:
        noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    except ValueError:
        raise RejectedValueError("day", f"--day: {shown(day)} is not a day such as 2026-11-22") from None
    views = ChainedFiles(
        files_in(path, (".csv",)),
        lambda file, _: events_from(
            csv_rows(file), file.name, context.rules, FIELDS, partial(_views, day, milliseconds(noon))
        ),
    )
    return Dump(None, views, lambda: ["page views without readers: each counts as a reader of its own"])


def _views(day: str, time: int, row: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    """A view for each hit, as values of `FIELDS`. The ids are the same in each import, so none counts twice."""
    hits = row.get("nb_hits", "")
    if not hits.isdigit():
        raise RejectedValueError("nb_hits", f'"nb_hits" is not a number: {shown(hits)}')
    if not row.get("url"):
        raise RejectedValueError("url", '"url" is missing; export the flat table')
    article = identity_of(row["url"])
    for number in range(int(hits)):
        yield article, time, f"matomo:{day}:{identity_of(row['url'])[-90:]}#{number}"
