"""The MIND data set: articles of Microsoft News, with impressions and clicks of some of its readers.

Format: https://learn.microsoft.com/azure/open-datasets/dataset-microsoft-news (Wu et al., "MIND: A Large-scale Dataset
for News Recommendation", ACL 2020): `news.tsv` and `behaviors.tsv`, tabs between columns, no header. Its licence allows
research only.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from typing_extensions import Doc

from recirc.importers.files import ChainedFiles, Progress, files_in
from recirc.importers.importer import Dump, ImportContext, importer
from recirc.importers.rows import articles_from, events_from
from recirc.reading.columns import milliseconds
from recirc.reading.fields import article_from
from recirc.reading.lines import NumberedLines
from recirc.reading.rejections import RejectedValueError, shown
from recirc.types import Article

ENDINGS: Final = ("news.tsv", "behaviors.tsv", "news.tsv.gz", "behaviors.tsv.gz")
NEWS: Final = (
    "id",
    "category",
    "subcategory",
    "title",
    "abstract",
    "url",
    "title_entities",
    "abstract_entities",
)
BEHAVIORS: Final = ("impression", "user", "time", "history", "impressions")

_FIELDS: Final = ("kind", "article", "reader", "time")
_LONGEST: Final = 1_000_000  # bytes of a line


@importer("mind")
def open_mind(
    path: Path,
    context: ImportContext,
    *,
    impressions: Annotated[bool, Doc("Import impressions, too; some ten times the events.")] = False,
) -> Dump:
    """Import the MIND data set; see docs/import.md.

    `news.tsv` and `behaviors.tsv`. Its parts may be in folders of their own.

    Raises:
        RejectedValueError: none of its files is there.
    """
    files = files_in(path, ENDINGS)
    news = [file for file in files if file.name.startswith("news.tsv")]
    behaviors = [file for file in files if file.name.startswith("behaviors.tsv")]
    if not news and not behaviors:
        raise RejectedValueError("", f"{path}: MIND's files are named news.tsv and behaviors.tsv")
    left_out: Counter[str] = Counter()
    articles = ChainedFiles(
        news,
        lambda file, progress: articles_from(
            _lines(file, progress), file.name, lambda line: _article(line, file, context.max_bytes)
        ),
    )
    events = ChainedFiles(
        behaviors,
        lambda file, progress: events_from(
            _lines(file, progress),
            file.name,
            context.rules,
            _FIELDS,
            lambda line: _events(line, impressions, left_out),
        ),
    )
    return Dump(
        articles if news else None,
        events if behaviors else None,
        lambda: [f"left out: {count:,} {what}" for what, count in left_out.items()],
    )


def _columns(line: bytes, names: tuple[str, ...], least: int) -> list[str]:
    """The columns of a line, one for each name; those at the end may be missing."""
    try:
        columns = line.decode("utf-8").split("\t")
    except UnicodeDecodeError as error:
        raise RejectedValueError("", f"not UTF-8: byte 0x{line[error.start]:02x}") from None
    if not least <= len(columns) <= len(names):
        raise RejectedValueError("", f"the line has {len(columns)} columns, not {', '.join(names)}")
    return columns + [""] * (len(names) - len(columns))


def _lines(file: Path, progress: Progress) -> NumberedLines:
    lines = NumberedLines(file, _LONGEST)
    progress(lambda: lines.read_bytes)
    return lines


def _article(line: bytes, file: Path, max_bytes: int) -> Article:
    row = dict(zip(NEWS, _columns(line, NEWS, 4), strict=True))
    fields = {name: row[name] or None for name in ("id", "category", "title", "abstract", "url")}
    # A subcategory is one topic, whatever characters are in it.
    topics = [row["subcategory"]] if row["subcategory"] else []
    whole = fields | {"topics": topics, "language": "en"}
    return article_from(whole, source=f"file {file.name}", max_bytes=max_bytes)[0]


def _events(line: bytes, impressions: bool, left_out: Counter[str]) -> Iterator[tuple[str, str, str, int]]:
    """The events of an impression, as values of `_FIELDS`."""
    _, user, written, history, listed = _columns(line, BEHAVIORS, 5)
    time = moment_of(written)
    left_out["clicks of histories: their times are unknown"] += len(history.split())
    entries = listed.split()
    if not impressions:
        left_out["articles that were shown (--impressions imports them)"] += len(entries)
    for entry in entries:
        article = entry[:-2] if entry.endswith(("-0", "-1")) else entry  # the test set has no clicks
        if impressions:
            yield "impression", article, user, time
        if entry.endswith("-1"):
            yield "view", article, user, time


@lru_cache(maxsize=4_096)
def moment_of(written: str) -> int:
    """A moment as MIND writes it, month first, in ms since 1970; its zone is not known and taken to be UTC.

    Raises:
        RejectedValueError: it is not one.

    >>> moment_of("11/15/2019 8:55:22 AM")
    1573808122000
    """
    try:
        return milliseconds(datetime.strptime(written, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC))
    except ValueError:
        text = f'"time" is not a moment such as 11/15/2019 8:55:22 AM: {shown(written)}'
        raise RejectedValueError("time", text) from None
