"""The MIND data set: news of Microsoft News, and what some of its readers were shown and clicked.

Format: https://learn.microsoft.com/azure/open-datasets/dataset-microsoft-news (Wu et al., "MIND: A Large-scale Dataset
for News Recommendation", ACL 2020): `news.tsv` and `behaviors.tsv`, tabs between columns, no header. Its licence allows
research only.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from recirc.importers.dumps import (
    ChainedFiles,
    Dump,
    EventBuffer,
    Tell,
    files_in,
)
from recirc.reading.columns import EventChunk, EventRules, milliseconds
from recirc.reading.fields import MAX_BYTES, article_from
from recirc.reading.lines import NumberedLines
from recirc.reading.rejections import RejectedValueError, Rejection, shown
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


def open_dump(
    path: Path, rules: EventRules, *, impressions: bool = False, max_bytes: int = MAX_BYTES
) -> Dump:
    """The data set in a folder, also with its parts in folders of their own, or one of its files.

    Args:
        path: where it is.
        rules: which events are taken.
        impressions: take what was shown, too, and not only what was clicked.
        max_bytes: longest body of an article, in bytes.

    Raises:
        Refused: none of its files is there.
    """
    files = files_in(path, ENDINGS)
    news = [file for file in files if file.name.startswith("news.tsv")]
    behaviors = [file for file in files if file.name.startswith("behaviors.tsv")]
    if not news and not behaviors:
        raise RejectedValueError("", f"{path}: MIND's files are named news.tsv and behaviors.tsv")
    left: Counter[str] = Counter()
    return Dump(
        ChainedFiles(news, lambda file, tell: _articles(_lines(file, tell), file, max_bytes))
        if news
        else None,
        ChainedFiles(
            behaviors, lambda file, tell: _events(_lines(file, tell), file, rules, impressions, left)
        )
        if behaviors
        else None,
        lambda: [f"left out: {count:,} {what}" for what, count in left.items()],
    )


def _columns(line: bytes, names: tuple[str, ...], least: int) -> list[str]:
    """The columns of a line, as many as there are names; the last ones may be missing."""
    try:
        columns = line.decode("utf-8").split("\t")
    except UnicodeDecodeError as error:
        raise RejectedValueError("", f"not UTF-8: byte 0x{line[error.start]:02x}") from None
    if not least <= len(columns) <= len(names):
        raise RejectedValueError("", f"the line has {len(columns)} columns, not {', '.join(names)}")
    return columns + [""] * (len(names) - len(columns))


def _lines(file: Path, tell: Tell) -> NumberedLines:
    lines = NumberedLines(file, _LONGEST)
    tell(lambda: lines.read_bytes)
    return lines


def _articles(lines: NumberedLines, file: Path, max_bytes: int) -> Iterator[Article | Rejection]:
    for line in lines:
        if isinstance(line, Rejection):
            yield line
            continue
        try:
            row = dict(zip(NEWS, _columns(line[1], NEWS, 4), strict=True))
            # A subcategory is a topic as a whole, whatever signs are in it.
            found = {name: row[name] or None for name in ("id", "category", "title", "abstract", "url")}
            topics = [row["subcategory"]] if row["subcategory"] else []
            wanted = found | {"topics": topics, "language": "en"}
            yield article_from(wanted, source=f"file {file.name}", max_bytes=max_bytes)[0]
        except RejectedValueError as refused:
            yield Rejection(line[0], refused.text, refused.field, file.name)


def _events(
    lines: NumberedLines, file: Path, rules: EventRules, impressions: bool, left: Counter[str]
) -> Iterator[EventChunk]:
    gathered = EventBuffer(file.name, rules, _FIELDS)
    for line in lines:
        if isinstance(line, Rejection):
            gathered.refuse(line)
        else:
            try:
                _add(gathered, line[0], _columns(line[1], BEHAVIORS, 5), impressions, left)
            except RejectedValueError as refused:
                gathered.refuse(Rejection(line[0], refused.text, refused.field, file.name))
        if gathered.full:
            yield from gathered.take()
    yield from gathered.take()


def _add(gathered: EventBuffer, line: int, columns: list[str], impressions: bool, left: Counter[str]) -> None:
    _, user, written, history, listed = columns
    time = moment_of(written)
    left["clicks of histories: when they happened is not told"] += len(history.split())
    entries = listed.split()
    if not impressions:
        left["articles that were shown (--impressions takes them)"] += len(entries)
        for entry in entries:
            if entry.endswith("-1"):
                gathered.add(line, "view", entry[:-2], user, time)
        return
    for entry in entries:
        article = entry[:-2] if entry.endswith(("-0", "-1")) else entry  # the test set tells no clicks
        gathered.add(line, "impression", article, user, time)
        if entry.endswith("-1"):
            gathered.add(line, "view", article, user, time)


@lru_cache(maxsize=4_096)
def moment_of(written: str) -> int:
    """A moment as MIND writes it, month first, in ms since 1970; of its zone nothing is told, it is taken for UTC.

    Raises:
        Refused: it is none.

    >>> moment_of("11/15/2019 8:55:22 AM")
    1573808122000
    """
    try:
        return milliseconds(datetime.strptime(written, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC))
    except ValueError:
        text = f'"time" is not a moment such as 11/15/2019 8:55:22 AM: {shown(written)}'
        raise RejectedValueError("time", text) from None
