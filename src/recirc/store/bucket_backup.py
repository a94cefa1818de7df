"""Backups in a bucket: copied and verified here first, and read back whole before they count."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from recirc.buckets import Bucket, BucketError
from recirc.hashing import hasher
from recirc.store import backup as copies
from recirc.store.backup import Holdings, Progress
from recirc.store.erasing import StoredErasure
from recirc.store.ports import StoreError


def backup(
    path: Path, address: str, now: datetime, progress: Progress, *, overwrite: bool = False
) -> tuple[str, Holdings]:
    """Copy the store at `path` into a bucket; the address of the copy, and what it holds.

    An address that ends as the store's file does (`.db`) names the copy; any other names a folder, in which the copy
    gets a name of its own. It is made and verified beside the store, which takes as much room there as the store does,
    then sent, and read back. Where something is under its name already, it is sent there after it came back whole from
    another name, so that a good backup never gives way to a bad one.

    Raises:
        StoreError: the store cannot be read, the copy is not sound, or something is under this name already.
        BucketError: the bucket cannot be used.
    """
    folder, name = _place(address, path.suffix)
    name = name or f"{path.stem}-{now:%Y%m%dT%H%M%SZ}{path.suffix}"
    bucket = Bucket(folder)
    is_there = bucket.size(name) is not None
    if is_there and not overwrite:
        raise StoreError(f"{folder}/{name}: a file is there already; name another, or add --overwrite")
    with _beside(path) as scratch:
        copy, holdings = copies.backup(path, scratch / name, now, progress)
        if is_there:
            _send(bucket, f"{name}.part", copy, progress)
        _send(bucket, name, copy, progress)
        if is_there:
            bucket.remove([f"{name}.part"])
    return f"{folder}/{name}", holdings


def restore(
    address: str,
    path: Path,
    now: datetime,
    progress: Progress,
    *,
    order: str | None = None,
    erasures: Sequence[StoredErasure] = (),
) -> tuple[Path | None, Holdings]:
    """Put a backup from a bucket in the place of the store at `path`; see `backup.restore`.

    Raises:
        StoreError: the backup is not sound, a server has the store open, or the disk refuses.
        BucketError: there is no such backup, or the bucket cannot be used.
    """
    folder, _, name = address.rpartition("/")
    if not name or folder.rstrip("/") == "s3:":
        raise StoreError(
            f"{address}: name a backup in this folder, such as {address.rstrip('/')}/{path.name}"
        )
    bucket = Bucket(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path) as scratch:
        try:
            size = bucket.size(name) or 0
            bucket.download(name, scratch / name, lambda done: progress("receiving", done, size))
        except BucketError:
            raise
        except OSError as error:
            raise StoreError(f"{path.parent}: the backup cannot be received there ({error})") from error
        return copies.restore(scratch / name, path, now, progress, order=order, erasures=erasures)


def _place(address: str, suffix: str) -> tuple[str, str]:
    """The folder of an address, and the name of a file in it that ends in `suffix`; empty: it names a folder.

    >>> _place("s3://news/backups/monday.db", ".db"), _place("s3://news/tide.example", ".db")
    (('s3://news/backups', 'monday.db'), ('s3://news/tide.example', ''))
    """
    folder, _, name = address.rpartition("/")
    is_file = suffix and name.endswith(suffix) and folder.rstrip("/") != "s3:"
    return (folder, name) if is_file else (address.rstrip("/"), "")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder beside the store, which its owner alone can read, gone with the block."""
    if not path.parent.is_dir():
        raise StoreError(f"{path}: no store is there; name it with --db")
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as name:
        yield Path(name)


def _send(bucket: Bucket, name: str, copy: Path, progress: Progress) -> None:
    """Send a copy, read it back, and hold both against each other. Raises StoreError and BucketError."""
    size, done, found, wanted = copy.stat().st_size, 0, hasher(32), hasher(32)
    progress("sending", 0, 1)
    bucket.put(name, copy)
    for part in bucket.parts(name):
        found.update(part)
        done += len(part)
        progress("reading back", done, size)
    with copy.open("rb") as file:
        while part := file.read(1 << 20):
            wanted.update(part)
    if found.digest() != wanted.digest():
        raise StoreError(
            f"{bucket.address}/{name}: what the bucket holds is not what was sent; back up again"
        )
