"""Days of a log as Parquet files: what their columns are, and a log that is read from them.

Each row carries the epoch of its history and the running hash at which the day was written, so that days of another
history, of which some command or event differs, are refused.
"""

import weakref
import zlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import IO, Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from recirc.buckets import BucketError
from recirc.store.archive_files import ArchivePlace, DayName, days_of, mends_digest, open_place
from recirc.store.ports import FORMAT, StoreError
from recirc.types import RECORD, ArticleFeatures, Batch, EntryKind, RecordArray, networks

NOTE: Final = "recirc"
"""Key of what a file says of itself."""

KINDS: Final = pa.array([kind.name.lower() for kind in EntryKind])
PLAIN: Final = [name for name in RECORD.names or () if name not in ("time", "scroll")]
"""Fields of a record that are columns of the same name and type."""

SCHEMA: Final = pa.schema(
    [
        pa.field("offset", pa.int64()),
        pa.field("time", pa.timestamp("ms", "UTC")),
        pa.field("kind_name", pa.dictionary(pa.int8(), pa.string())),
        pa.field("article_id", pa.dictionary(pa.int32(), pa.string())),
        *(pa.field(name, pa.from_numpy_dtype(RECORD[name])) for name in PLAIN),
        pa.field("scroll", pa.float32()),  # of readings
        pa.field("half", pa.uint16()),  # the bytes in which a view has its network and a reading its scroll
        pa.field("features", pa.binary()),  # msgpack, of publications
        pa.field("epoch", pa.dictionary(pa.int8(), pa.string())),
        pa.field("hash", pa.dictionary(pa.int8(), pa.string())),
    ]
)

READ: Final = ["offset", "time", *PLAIN, "half", "features", "epoch", "hash"]
_features = msgspec.msgpack.Decoder(ArticleFeatures)


class ArchivedDay(Struct, frozen=True, kw_only=True):
    """What a file says of itself.

    Attributes:
        layout: version of the records, as `ports.FORMAT`.
        first, last: log entries.
        epoch: of the history.
        position, hash: the history's end when the day was first written; the hash in hexadecimal.
        after: hash of the day before; empty: it is the first.
        checksums: CRC-32 of each row group.
    """

    layout: int = FORMAT
    first: int
    last: int
    epoch: str
    position: int
    hash: str
    after: str
    checksums: tuple[int, ...] = ()


def table_of(
    first: int, records: RecordArray, features: Mapping[int, bytes], ids: Mapping[int, str], day: ArchivedDay
) -> pa.Table:
    """Entries from log entry `first` on as a row group; `features` by place, `ids` of the articles by index."""
    count = len(records)
    known, article = np.unique(records["article"], return_inverse=True)
    names = pa.array([ids.get(index, "") for index in known.tolist()], pa.string())
    is_read = records["kind"] == EntryKind.READ
    noted: list[bytes | None] = [None] * count
    for place, each in features.items():
        noted[place] = each
    columns: dict[str, pa.Array[Any]] = {
        "offset": pa.array(first + np.arange(count)),
        "time": pa.array(np.ascontiguousarray(records["time"])).cast(pa.timestamp("ms", "UTC")),
        "kind_name": pa.DictionaryArray.from_arrays(records["kind"].astype(np.int8), KINDS),
        "article_id": pa.DictionaryArray.from_arrays(article.astype(np.int32), names),
        "scroll": pa.array(records["scroll"].astype(np.float32), mask=~is_read),
        "half": pa.array(np.ascontiguousarray(networks(records))),
        "features": pa.array(noted, pa.binary()),
        "epoch": _constant(day.epoch, count),
        "hash": _constant(day.hash, count),
    }
    columns |= {name: pa.array(np.ascontiguousarray(records[name])) for name in PLAIN}
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _constant(value: str, count: int) -> "pa.Array[Any]":
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int8), pa.array([value]))


def records_of(table: pa.Table) -> tuple[RecordArray, dict[int, bytes]]:
    """The entries of a row group, and the features by place."""
    records = np.zeros(len(table), RECORD)
    for name in PLAIN:
        records[name] = table[name].to_numpy()
    records["time"] = table["time"].cast(pa.int64()).to_numpy()
    networks(records)[:] = table["half"].to_numpy()
    features = table["features"].combine_chunks()
    noted = np.flatnonzero(features.is_valid().to_numpy(zero_copy_only=False))
    return records, {place: features[place].as_py() for place in noted.tolist()}


def checksum_of(records: RecordArray, features: Mapping[int, bytes]) -> int:
    """CRC-32 of a row group's content."""
    value = zlib.crc32(records.tobytes())
    for place in sorted(features):
        value = zlib.crc32(features[place], value)
    return value


class DayWriter:
    """Writes one day to a file, row group by row group; memory does not grow with the day."""

    def __init__(self, file: IO[bytes], day: ArchivedDay) -> None:
        """`day`: with the entries that it will have; its checksums are added."""
        self._day = day
        self._checksums: list[int] = []
        self._file = pq.ParquetWriter(file, SCHEMA, compression="zstd")

    def add(
        self, first: int, records: RecordArray, features: Mapping[int, bytes], ids: Mapping[int, str]
    ) -> None:
        """Add a row group; see `table_of`."""
        self._checksums.append(checksum_of(records, features))
        self._file.write_table(table_of(first, records, features, ids, self._day), len(records))

    def close(self, last: int) -> ArchivedDay:
        """Finish the content with log entry `last`; what it says of itself."""
        day = msgspec.structs.replace(self._day, last=last, checksums=tuple(self._checksums))
        self._file.add_key_value_metadata({NOTE: msgspec.json.encode(day).decode()})
        self._file.close()
        return day


def day_in(place: ArchivePlace, name: str) -> ArchivedDay:
    """What a file says of itself. Raises StoreError, BucketError."""
    with ExitStack() as files:
        return _opened(place, name, files)[0]


def _opened(place: ArchivePlace, name: str, files: ExitStack) -> tuple[ArchivedDay, pq.ParquetFile]:
    """A file, which `files` closes, and what it says of itself. Raises StoreError, BucketError."""
    where = f"{place.address}/{name}"
    try:
        file = pq.ParquetFile(files.enter_context(place.open(name)))
        day = msgspec.json.decode((file.metadata.metadata or {})[NOTE.encode()], type=ArchivedDay)
    except BucketError:
        raise
    except (KeyError, pa.ArrowException, msgspec.MsgspecError, OSError) as error:
        raise StoreError(f"{where}: not a day of a log that Recirc archived ({error})") from error
    if day.layout != FORMAT:
        raise StoreError(f"{where}: its records are of format {day.layout}, and this Recirc reads {FORMAT}")
    return day, file


class ArchivedLog:
    """The log in an archive, to be read from one end to the other; one row group is in memory."""

    def __init__(self, address: str) -> None:
        """`address`: a folder, or `s3://BUCKET/FOLDER`.

        Raises:
            StoreError: there is no day, or one is missing between others.
            BucketError: the bucket cannot be used.
        """
        self._place: ArchivePlace = open_place(address)
        self.days = days_of(self._place.names())
        if not self.days:
            raise StoreError(f"{address}: no day of a log is archived there")
        for before, day in zip(self.days, self.days[1:], strict=False):
            if day.first != before.last + 1:
                raise StoreError(f"{address}: the days between {before.file} and {day.file} are missing")
        self._open: tuple[DayName, ArchivedDay, pq.ParquetFile] | None = None
        self._files = ExitStack()
        weakref.finalize(self, self._files.close)
        self._group = Batch(1, np.zeros(0, RECORD), {})

    @property
    def begin(self) -> int:
        """Offset before the first entry."""
        return self.days[0].first - 1

    def end(self) -> int:
        """Offset of the last entry."""
        return self.days[-1].last

    def read(self, after: int, limit: int) -> Batch:
        """Entries that follow offset `after`, at most `limit`, from one row group; empty at the end.

        Raises StoreError for a file that is damaged, or of another history than the one before it.
        """
        if after < self.begin:
            raise StoreError(
                f"{self._place.address}: the archive begins with entry {self.begin + 1:,}, not {after + 1:,}"
            )
        if after >= self.end():
            return Batch(after + 1, np.zeros(0, RECORD), {})
        if not self._group.first <= after + 1 <= self._group.end:
            self._group = self._load(after + 1)
        start = after + 1 - self._group.first
        return self._group.part(start, min(start + limit, len(self._group.records)))

    def records(self, after: int, limit: int) -> Batch:
        """As `read`."""
        return self.read(after, limit)

    def _load(self, entry: int) -> Batch:
        """The row group with a log entry."""
        name, day, file = self._day_with(entry)
        first = name.first
        for number in range(file.num_row_groups):
            count = file.metadata.row_group(number).num_rows
            if entry < first + count:
                break
            first += count
        where = f"{self._place.address}/{name.file}"
        try:
            table = file.read_row_group(number, READ)
            records, noted = records_of(table)
            features = {place: _features.decode(each) for place, each in noted.items()}
        except (pa.ArrowException, msgspec.MsgspecError, OSError) as error:
            raise StoreError(f"{where}: the file is damaged ({error}); archive the day again") from error
        foreign = [
            name for name in ("epoch", "hash") if table[name].unique().to_pylist() != [getattr(day, name)]
        ]
        if (
            foreign
            or checksum_of(records, noted) != day.checksums[number]
            or table["offset"][0].as_py() != first
        ):
            raise StoreError(
                f"{where}: rows do not match what the file says of itself; archive the day again"
            )
        return Batch(first, records, features)

    def _day_with(self, entry: int) -> tuple[DayName, ArchivedDay, pq.ParquetFile]:
        if self._open is not None and self._open[0].first <= entry <= self._open[0].last:
            return self._open
        name = next(day for day in self.days if entry <= day.last)
        before, where = self._open, f"{self._place.address}/{name.file}"
        self._open = None
        self._files.close()
        day, file = _opened(self._place, name.file, self._files)
        if (day.first, day.last) != (name.first, name.last):
            raise StoreError(f"{where}: the file holds other entries than its name says")
        if before is not None and before[0].last + 1 == name.first and before[1].hash != day.after:
            raise StoreError(
                f"{where}: this day is of another history than the day before it; archive it again"
            )
        self._open = name, day, file
        return self._open


def read_archive(address: str, begin: int = 0) -> Batch:
    """The whole archive from offset `begin` on in memory. Raises StoreError, BucketError."""
    log = ArchivedLog(address)
    at = max(begin, log.begin)
    first, parts, features = at + 1, [np.zeros(0, RECORD)], dict[int, ArticleFeatures]()
    while len((batch := log.read(at, 1 << 30)).records):
        parts.append(batch.records)
        features |= {batch.first + place - first: each for place, each in batch.features.items()}
        at = batch.end
    return Batch(first, np.concatenate(parts), features)


def is_stale(day: DayName, epoch: str, mends: Sequence[int]) -> bool:
    """Whether a day is not as a log has it: entries were changed since, or it was written from another history.

    `epoch`, `mends`: of the log, see `mends_digest`.
    """
    return (
        day.mends > len(mends)
        or any(first <= day.last for first in mends[day.mends :])
        or day.digest != mends_digest(epoch, mends[: day.mends])
    )
