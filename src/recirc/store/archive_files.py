"""Where the days of a log are kept that were archived: in a folder, or in a bucket."""

import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, Protocol, Self

from recirc.buckets import Bucket, is_bucket

_NAME: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)-(?P<first>\d{12})-(?P<last>\d{12})-(?P<mends>\d{4})\.parquet"
)


class DayName(NamedTuple):
    """The name of a file, which tells what it holds.

    Attributes:
        day: the day (UTC) on which its entries came, by the order's clock.
        first, last: log entries.
        mends: number of changes of earlier entries that the log had seen when the file was written.
    """

    day: str
    first: int
    last: int
    mends: int

    @property
    def file(self) -> str:
        """The name itself.

        >>> DayName("2026-11-01", 1, 70_000, 2).file
        '2026-11-01-000000000001-000000070000-0002.parquet'
        """
        return f"{self.day}-{self.first:012d}-{self.last:012d}-{self.mends:04d}.parquet"

    @classmethod
    def of(cls, file: str) -> Self | None:
        """What a name tells; None: it is another one."""
        found = _NAME.fullmatch(file)
        if found is None:
            return None
        return cls(found["day"], int(found["first"]), int(found["last"]), int(found["mends"]))


class ArchivePlace(Protocol):
    """Files by name, each whole or not at all."""

    address: str

    def names(self) -> list[str]:
        """Of all files. Raises OSError."""

    def put(self, name: str, file: Path) -> None:
        """Keep the content of a file, which is not used any more. Raises OSError."""

    def remove(self, name: str) -> None:
        """Remove a file. Raises OSError."""

    def here(self, name: str) -> Path:
        """The file on a disk of this machine, until another one is asked for. Raises OSError."""


class ArchiveFolder:
    """Files in one folder, readable by their owner alone."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder)
        self._folder = folder

    def names(self) -> list[str]:
        """Of all files; none where the folder is not there yet."""
        return [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []

    def put(self, name: str, file: Path) -> None:
        """Keep the content of a file."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f"{name}.part"
        try:
            with (
                file.open("rb") as source,
                os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy,
            ):
                while block := source.read(1 << 20):
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            part.replace(self._folder / name)
        finally:
            part.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self._folder / name).unlink(missing_ok=True)

    def here(self, name: str) -> Path:
        """The file itself."""
        return self._folder / name


class ArchiveBucket:
    """Files below one address of a bucket; the one that is read is copied to a temporary file."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._bucket = Bucket(address)
        self._copies = Path(tempfile.mkdtemp(prefix="recirc-archive-"))
        weakref.finalize(self, shutil.rmtree, self._copies, ignore_errors=True)
        self._there: Path | None = None

    def names(self) -> list[str]:
        """Of all files."""
        return [each.name for each in self._bucket.files()]

    def put(self, name: str, file: Path) -> None:
        """Send a file in parts."""
        self._bucket.put(name, file)

    def remove(self, name: str) -> None:
        """Remove a file."""
        self._bucket.remove([name])

    def here(self, name: str) -> Path:
        """A copy of the file."""
        path = self._copies / name
        if self._there != path:
            if self._there is not None:
                self._there.unlink(missing_ok=True)
            self._bucket.download(name, path, lambda _: None)
            self._there = path
        return path


def open_place(address: str) -> ArchivePlace:
    """The files at an address: `s3://BUCKET/FOLDER`, or a folder. Raises BucketError."""
    return ArchiveBucket(address) if is_bucket(address) else ArchiveFolder(Path(address))


def days_of(names: list[str]) -> list[DayName]:
    """The days in the order of the log; of one that was written again the newest.

    >>> old, new = DayName("2026-11-01", 1, 9, 0), DayName("2026-11-01", 1, 9, 1)
    >>> days_of([new.file, "else.txt", old.file]) == [new]
    True
    """
    found = [day for name in names if (day := DayName.of(name)) is not None]
    newest = {day.first: day for day in sorted(found, key=lambda day: day.mends)}
    return [newest[first] for first in sorted(newest)]


@contextmanager
def scratch_file() -> Iterator[Path]:
    """A file that nobody else may read, for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="recirc-archive-") as folder:
        yield Path(folder) / "day.parquet"
