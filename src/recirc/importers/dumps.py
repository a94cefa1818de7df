"""What another program kept, as it comes: files in a folder, some of articles, some of events."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TextIO, TypeAlias

import numpy as np
import pyarrow as pa

from recirc.importers.parquet import chunk_of
from recirc.reading.columns import EventChunk, EventRules
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.types import Article

CHUNK: Final = 50_000
"""Events that are gathered before they become columns."""

_LONGEST: Final = 2_000_000  # characters of one field
_BROKEN: Final = (EOFError, OSError, zlib.error)
_TYPES: Final = {
    "time": pa.int64(),
    "seconds": pa.float32(),
    "scroll": pa.float32(),
    "device": pa.int64(),
}


class ArticleReader(Protocol):
    """Articles of one or several files, with how far the reading is."""

    @property
    def total_bytes(self) -> int:
        """Size of the files on disk."""

    @property
    def read_bytes(self) -> int:
        """How much of them was read."""

    def __iter__(self) -> Iterator[Article | Rejection]:
        """The articles, and what could not be taken."""


class EventReader(Protocol):
    """Likewise for events; see `columns.EventFile`."""

    @property
    def total_bytes(self) -> int:
        """Size of the files on disk."""

    @property
    def read_bytes(self) -> int:
        """How much of them was read."""

    def __iter__(self) -> Iterator[EventChunk]:
        """The events, chunk by chunk."""


class Dump(NamedTuple):
    """What there is to import.

    Attributes:
        articles: None when there are none.
        events: None when there are none.
        notes: after reading: what was left out on purpose, and how much of it.
    """

    articles: ArticleReader | None
    events: EventReader | None
    notes: Callable[[], list[str]]


def files_in(path: Path, endings: Sequence[str]) -> list[Path]:
    """The file itself, or the files below a folder whose names end so, in order of their paths.

    Raises:
        Refused: there is none.
    """
    if path.is_file():
        return [path]
    found = sorted(
        file for file in path.rglob("*") if file.is_file() and file.name.lower().endswith(tuple(endings))
    )
    if not found:
        raise RejectedValueError("", f"{path}: no file is there whose name ends with {' or '.join(endings)}")
    return found


Tell: TypeAlias = Callable[[Callable[[], int]], None]
"""Whoever reads a file hands in here how many of its bytes were read."""


class ChainedFiles:
    """Several files read one after the other, each opened when its turn comes.

    Attributes:
        total_bytes: size of all on disk.
    """

    def __init__(self, files: Sequence[Path], read: Callable[[Path, Tell], Iterable[Any]]) -> None:
        """`read` is given a file, and where to tell how far it is."""
        self._files = files
        self._read = read
        self._done = 0
        self._far: Callable[[], int] = int
        self.total_bytes = sum(file.stat().st_size for file in files)

    @property
    def read_bytes(self) -> int:
        """How much of them was read; of a file that does not tell, all or nothing."""
        return self._done + self._far()

    def __iter__(self) -> Iterator[Any]:
        for file in self._files:
            yield from self._read(file, self._told)
            self._done, self._far = self._done + file.stat().st_size, int

    def _told(self, far: Callable[[], int]) -> None:
        self._far = far


class EventBuffer:
    """Events gathered one by one on their way to columns."""

    def __init__(self, file: str, rules: EventRules, fields: Sequence[str]) -> None:
        """`fields` are the names of an event's fields that `add` is given, in its order."""
        self._file = file
        self._rules = rules
        self._fields = fields
        self._clear()

    def _clear(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._lines: list[int] = []
        self._refusals: list[Rejection] = []

    def add(self, line: int, *values: Any) -> None:
        """An event at a line of the file."""
        self._rows.append(values)
        self._lines.append(line)

    def refuse(self, refusal: Rejection) -> None:
        """Something that is no event."""
        self._refusals.append(refusal)

    @property
    def full(self) -> bool:
        """Whether it is time to `take`."""
        return len(self._rows) + len(self._refusals) >= CHUNK

    def take(self) -> Iterator[EventChunk]:
        """What was gathered, if anything was."""
        if self._rows or self._refusals:
            columns = zip(*self._rows, strict=True) if self._rows else ([] for _ in self._fields)
            arrays = {
                field: pa.array(list(values), _TYPES.get(field, pa.string()))
                for field, values in zip(self._fields, columns, strict=True)
            }
            chunk = chunk_of(arrays, np.array(self._lines, np.int64), self._file, self._rules)
            yield EventChunk(chunk.events, sorted([*self._refusals, *chunk.refusals]))
            self._clear()


def opened(path: Path) -> TextIO:
    """A text file in UTF-8, plain or gzipped; bytes that are no UTF-8 come as half characters."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    if zipped:
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open("rt", encoding="utf-8-sig", errors="surrogateescape", newline="")


def csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]] | Rejection]:
    """The rows of a CSV file with a header, each with the line that it ends on; `NULL` and `\\N` are empty.

    What separates the columns (comma, semicolon, tab) the header tells.
    """
    csv.field_size_limit(_LONGEST)
    line = 0
    try:
        with opened(path) as file:
            rows = csv.reader(file, delimiter=delimiter(file.readline()))
            file.seek(0)
            header = [name.strip() for name in next(rows, [])]
            while True:
                try:
                    row = next(rows)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Rejection(rows.line_num, f"no row of CSV: {error}", "", path.name)
                    continue
                line = rows.line_num
                fault = _row_fault(row, header)
                if fault:
                    yield Rejection(line, fault, "", path.name)
                elif row:
                    values = ("" if value in ("NULL", "\\N") else value for value in row)
                    yield line, dict(zip(header, values, strict=True))
    except _BROKEN as error:
        yield Rejection(line + 1, f"the file cannot be read from here on: {error}", "", path.name)


def header_of(path: Path) -> list[str]:
    """The names of the columns of a CSV file; none when it is damaged at its begin."""
    try:
        with opened(path) as file:
            line = file.readline(100_000)
            return [name.strip() for name in next(csv.reader([line], delimiter=delimiter(line)), [])]
    except (*_BROKEN, csv.Error):
        return []


def delimiter(header: str) -> str:
    r"""What separates the columns of a CSV file with this header.

    >>> delimiter("postid;day;pageviews"), delimiter("postid\tday"), delimiter("one")
    (';', '\t', ',')
    """
    return max(",;\t", key=header.count)


def _row_fault(row: Sequence[str], header: Sequence[str]) -> str | None:
    if not row:
        return None
    if len(row) != len(header):
        return f"the row has {len(row)} columns, the header {len(header)}"
    if any("\udc80" <= sign <= "\udcff" for value in row for sign in value):
        return "the row is not UTF-8; export it with that character set"
    return None
