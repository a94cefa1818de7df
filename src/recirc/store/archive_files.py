"""Where the days of a log are kept that were archived: in a folder, or in a bucket."""

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, BinaryIO, Final, NamedTuple, Protocol, Self

from recirc.buckets import Bucket, is_bucket
from recirc.hashing import hex_digest

PART: Final = ".part"
"""Ends the name of a file that is not whole yet."""

_NAME: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)-(?P<first>\d{12,})-(?P<last>\d{12,})-(?P<mends>\d{4,})"
    r"-(?P<digest>[0-9a-f]{16})\.parquet"
)


class DayName(NamedTuple):
    """The name of a file, which tells what it holds.

    Attributes:
        day: the day (UTC) on which its entries came, by the order's clock.
        first, last: log entries.
        mends: number of changes of earlier entries that the log had seen when the file was written.
        digest: which changes these were, see `mends_digest`.
    """

    day: str
    first: int
    last: int
    mends: int
    digest: str

    @property
    def file(self) -> str:
        """The name itself.

        >>> DayName("2026-11-01", 1, 70_000, 2, "90dd792c3aa2027c").file
        '2026-11-01-000000000001-000000070000-0002-90dd792c3aa2027c.parquet'
        """
        return f"{self.day}-{self.first:012d}-{self.last:012d}-{self.mends:04d}-{self.digest}.parquet"

    @classmethod
    def of(cls, file: str) -> Self | None:
        """What a name tells; None: it is another one."""
        found = _NAME.fullmatch(file)
        if found is None:
            return None
        day = cls(found["day"], int(found["first"]), int(found["last"]), int(found["mends"]), found["digest"])
        return day if day.file == file else None


def mends_digest(epoch: str, mends: Sequence[int]) -> str:
    """Tells the changes of a log's earlier entries from those of another history, of which there may be as many.

    Args:
        epoch: of the history.
        mends: of each change the first log entry, see `Batch`.
    """
    return hex_digest(f"{epoch}:{','.join(map(str, mends))}".encode(), 8)


class ArchivePlace(Protocol):
    """Files by name, each whole or not at all."""

    address: str

    def names(self) -> list[str]:
        """Of all files. Raises OSError."""

    def put(self, name: str, file: IO[bytes]) -> None:
        """Keep the content of a file. Raises OSError."""

    def remove(self, name: str) -> None:
        """Remove a file. Raises OSError."""

    def rename(self, name: str, new: str) -> None:
        """Give a file another name. Raises OSError."""

    def open(self, name: str) -> BinaryIO:
        """A file to be read, on a disk of this machine. Raises OSError."""


class ArchiveFolder:
    """Files in one folder, readable by their owner alone."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder)
        self._folder = folder

    def names(self) -> list[str]:
        """Of all files; none where the folder is not there yet."""
        return [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []

    def put(self, name: str, file: IO[bytes]) -> None:
        """Keep the content of a file."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f"{name}{PART}"
        try:
            file.seek(0)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
                while block := file.read(1 << 20):
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            part.replace(self._folder / name)
        finally:
            part.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self._folder / name).unlink(missing_ok=True)

    def rename(self, name: str, new: str) -> None:
        """Give a file another name, at once."""
        (self._folder / name).replace(self._folder / new)

    def open(self, name: str) -> BinaryIO:
        """The file itself."""
        return (self._folder / name).open("rb")


class ArchiveBucket:
    """Files below one address of a bucket; the one that is read is copied to a file without a name."""

    def __init__(self, address: str, scratch: Path | None = None) -> None:
        """`scratch`: folder for the copies; None: the one of the system."""
        self.address = address.rstrip("/")
        self._bucket = Bucket(address)
        self._scratch = scratch

    def names(self) -> list[str]:
        """Of all files."""
        return [each.name for each in self._bucket.files()]

    def put(self, name: str, file: IO[bytes]) -> None:
        """Send a file in parts."""
        file.seek(0)
        self._bucket.put(name, file)

    def remove(self, name: str) -> None:
        """Remove a file."""
        self._bucket.remove([name])

    def rename(self, name: str, new: str) -> None:
        """Have the bucket copy a file, and remove it under its old name."""
        self._bucket.rename(name, new)

    def open(self, name: str) -> BinaryIO:
        """A copy of the file."""
        copy = scratch_file(self._scratch)
        try:
            for part in self._bucket.parts(name):
                copy.write(part)
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
        return copy


def open_place(address: str, scratch: Path | None = None) -> ArchivePlace:
    """The files at an address: `s3://BUCKET/FOLDER`, or a folder. `scratch`: see `ArchiveBucket`.

    Raises BucketError.
    """
    return ArchiveBucket(address, scratch) if is_bucket(address) else ArchiveFolder(Path(address))


def days_of(names: Sequence[str]) -> list[DayName]:
    """The days in the order of the log; of one that was written again the newest.

    >>> old, new = DayName("2026-11-01", 1, 9, 0, "0" * 16), DayName("2026-11-01", 1, 9, 1, "0" * 16)
    >>> days_of([new.file, "else.txt", old.file]) == [new]
    True
    """
    found = [day for name in names if (day := DayName.of(name)) is not None]
    newest = {day.first: day for day in sorted(found, key=lambda day: (day.mends, day.digest))}
    return [newest[first] for first in sorted(newest)]


def remains_of(names: Sequence[str]) -> list[str]:
    """Names of what an end at the wrong moment left: days that were written again, and files that are not whole.

    >>> old, new = DayName("2026-11-01", 1, 9, 0, "0" * 16), DayName("2026-11-01", 1, 9, 1, "0" * 16)
    >>> remains_of([new.file, "else.txt", old.file, new.file + PART]) == [old.file, new.file + PART]
    True
    """
    kept = {day.file for day in days_of(names)}
    return [name for name in names if name not in kept and DayName.of(name.removesuffix(PART)) is not None]


def scratch_file(folder: Path | None = None) -> BinaryIO:
    """An empty file without a name, which is gone when it is closed, or its process is killed. Raises OSError."""
    return tempfile.TemporaryFile(dir=folder)
