"""The files of a dump: which there are, one read after the other, and text and CSV as other programs write them."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TextIO, TypeAlias

from recirc.reading.rejections import RejectedValueError, Rejection

_LONGEST: Final = 2_000_000  # characters of one field
_BROKEN: Final = (EOFError, OSError, zlib.error)


def files_in(path: Path, endings: Sequence[str]) -> list[Path]:
    """The file itself, or the files below a folder whose names have one of the endings, in order of their paths.

    Raises:
        RejectedValueError: there is none.
    """
    if path.is_file():
        return [path]
    found = sorted(
        file for file in path.rglob("*") if file.is_file() and file.name.lower().endswith(tuple(endings))
    )
    if not found:
        raise RejectedValueError("", f"{path}: no file is there whose name ends with {' or '.join(endings)}")
    return found


Progress: TypeAlias = Callable[[Callable[[], int]], None]
"""Receives, from the reader of a file, a function that gives the number of bytes read."""


class ChainedFiles:
    """Several files read one after the other, each opened when its turn comes.

    Attributes:
        total_bytes: size of all on disk.
    """

    def __init__(self, files: Sequence[Path], read: Callable[[Path, Progress], Iterable[Any]]) -> None:
        self._files = files
        self._read = read
        self._done = 0
        self._current: Callable[[], int] = int
        self.total_bytes = sum(file.stat().st_size for file in files)

    @property
    def read_bytes(self) -> int:
        """How much of them was read; of a file without progress, all or nothing."""
        return self._done + self._current()

    def __iter__(self) -> Iterator[Any]:
        for file in self._files:
            yield from self._read(file, self._set_current)
            self._done, self._current = self._done + file.stat().st_size, int

    def _set_current(self, read_bytes: Callable[[], int]) -> None:
        self._current = read_bytes


def open_text(path: Path) -> TextIO:
    """A text file in UTF-8, plain or gzipped; bytes that are not UTF-8 come as lone surrogates."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    if zipped:
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open("rt", encoding="utf-8-sig", errors="surrogateescape", newline="")


def csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]] | Rejection]:
    """The rows of a CSV file with a header, each with the number of its last line; `NULL` and `\\N` are empty.

    The header tells what separates the columns (comma, semicolon, tab).
    """
    csv.field_size_limit(_LONGEST)
    line = 0
    try:
        with open_text(path) as file:
            rows = csv.reader(file, delimiter=delimiter(file.readline()))
            file.seek(0)
            header = [name.strip() for name in next(rows, [])]
            while True:
                try:
                    row = next(rows)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Rejection(rows.line_num, f"not a row of CSV: {error}", "", path.name)
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


def csv_header(path: Path) -> list[str]:
    """The names of the columns of a CSV file; empty when its beginning is damaged."""
    try:
        with open_text(path) as file:
            line = file.readline(100_000)
            return [name.strip() for name in next(csv.reader([line], delimiter=delimiter(line)), [])]
    except (*_BROKEN, csv.Error):
        return []


def delimiter(header: str) -> str:
    r"""The character that separates the columns of a CSV file with this header.

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
