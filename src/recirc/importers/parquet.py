"""Parquet files: read in batches, up to where one is damaged; and tables of events with our columns or Globo's."""

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from recirc.importers import globo
from recirc.importers.event_table import COLUMN_TYPES, chunk_of, row_numbers
from recirc.reading.columns import EventChunk, EventRules
from recirc.reading.rejections import RejectedValueError, Rejection

MAGIC: Final = b"PAR1"
REQUIRED: Final = ("kind", "article", "time")
_BATCH: Final = 131_072  # rows


class ParquetTable:
    """A Parquet file. Its first pass through `batches` closes it.

    Attributes:
        name: name of the file.
        schema: its columns.
        total_bytes: its size on disk.
        rows: how many rows there are.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            RejectedValueError: it cannot be read as Parquet.
        """
        self.name = path.name
        self.total_bytes = path.stat().st_size
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise RejectedValueError("", f"{path.name}: not a readable Parquet file: {error}") from None
        self.schema = self._file.schema_arrow
        self.rows = self._file.metadata.num_rows
        self._read = 0

    @property
    def read_bytes(self) -> int:
        """How much of the file was read, by rows."""
        return self.total_bytes * self._read // self.rows if self.rows else self.total_bytes

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def batches(
        self, columns: Sequence[str], size: int = _BATCH
    ) -> Iterator[tuple[int, pa.RecordBatch] | Rejection]:
        """Batches of at most `size` rows with those of the columns that exist, each with the number of its first row,
        from 1. A Rejection ends them where the file is damaged.
        """
        wanted = [name for name in columns if name in self.schema.names]
        with self._file:
            try:
                # One row group after the other, so that a damaged one takes none of those before it with it.
                for group in range(self._file.num_row_groups):
                    for batch in self._file.iter_batches(size, row_groups=[group], columns=wanted):
                        first = self._read + 1
                        self._read += batch.num_rows
                        yield first, batch
            except (pa.ArrowException, OSError) as error:
                text = f"the Parquet file is damaged from here on: {error}"
                yield Rejection(self._read + 1, text, "", self.name)


class ParquetEvents:
    """The events of a Parquet file with columns named like `Event`'s fields, or of the Globo log."""

    def __init__(self, path: Path, rules: EventRules) -> None:
        """Open the file and check its columns.

        Raises:
            RejectedValueError: it cannot be read as Parquet, or its columns are not those of events.
        """
        self._rules = rules
        self._table = ParquetTable(path)
        try:
            self._columns = _event_columns(self._table.schema, path.name)
        except RejectedValueError:
            self._table.close()
            raise

    @property
    def total_bytes(self) -> int:
        """Size of the file on disk."""
        return self._table.total_bytes

    @property
    def read_bytes(self) -> int:
        """How much of it was read, by rows."""
        return self._table.read_bytes

    def __iter__(self) -> Iterator[EventChunk]:
        name = self._table.name
        for batch in self._table.batches(sorted(set(self._columns.values()))):
            if isinstance(batch, Rejection):
                yield chunk_of({}, row_numbers(1, 0), name, self._rules)._replace(rejections=[batch])
                continue
            first, rows = batch
            arrays = {field: rows.column(column) for field, column in self._columns.items()}
            yield chunk_of(arrays, row_numbers(first, rows.num_rows), name, self._rules)


def _event_columns(schema: pa.Schema, file: str) -> dict[str, str]:
    """Field of an event to the column that has it."""
    columns = dict(globo.COLUMNS) if globo.recognised(schema.names) else _own_columns(schema.names, file)
    for field, column in columns.items():
        expected = COLUMN_TYPES[field]
        found = schema.field(column).type
        if not (expected.accepts(found) or pa.types.is_null(found)):
            raise RejectedValueError(
                column, f'{file}: the column "{column}" holds {found}, not {expected.name}'
            )
    return columns


def _own_columns(names: Sequence[str], file: str) -> dict[str, str]:
    accepted = f"accepted are {', '.join(COLUMN_TYPES)}; {', '.join(REQUIRED)} are needed"
    unknown = [name for name in names if name not in COLUMN_TYPES]
    if unknown:
        near = difflib.get_close_matches(unknown[0], COLUMN_TYPES, n=1)
        hint = f' (did you mean "{near[0]}"?)' if near else ""
        quoted = ", ".join(f'"{name}"' for name in unknown)
        raise RejectedValueError(unknown[0], f"{file}: no column of events: {quoted}{hint}; {accepted}")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        quoted = ", ".join(f'"{name}"' for name in missing)
        raise RejectedValueError(missing[0], f"{file}: the table has no column {quoted}; {accepted}")
    return {name: name for name in names}
