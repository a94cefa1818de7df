"""Backups in a bucket: copied and verified here first, and read back whole before they count."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath

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

    An address without an ending names a folder, in which the backup gets a name of its own. The copy is made and
    verified beside the store, which takes as much room there as the store does, then sent, and read back.

    Raises:
        StoreError: the store cannot be read, the copy is not sound, or something is under this name already.
        BucketError: the bucket cannot be used.
    """
    folder, name = _place(address, f"{path.stem}-{now:%Y%m%dT%H%M%SZ}{path.suffix}")
    bucket = Bucket(folder)
    if not overwrite and any(each.name == name for each in bucket.files()):
        raise StoreError(f"{folder}/{name}: a file is there already; name another, or add --overwrite")
    with _beside(path) as scratch:
        copy, holdings = copies.backup(path, scratch / name, now, progress)
        progress("sending", 0, 1)
        bucket.put(name, copy)
        _compare(bucket, name, copy, progress)
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
    folder, name = _place(address, "")
    if not name:
        raise StoreError(
            f"{address}: this is a folder; name a backup in it, such as {address.rstrip('/')}/{path.name}"
        )
    bucket = Bucket(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path) as scratch:
        try:
            bucket.download(name, scratch / name, lambda done, size: progress("receiving", done, size))
        except BucketError:
            raise
        except OSError as error:
            raise StoreError(f"{path.parent}: the backup cannot be received there ({error})") from error
        return copies.restore(scratch / name, path, now, progress, order=order, erasures=erasures)


def _place(address: str, otherwise: str) -> tuple[str, str]:
    """The folder of an address and the name in it; `otherwise`: of one that names a folder.

    >>> _place("s3://news/backups/monday.db", "a.db"), _place("s3://news/backups", "a.db")
    (('s3://news/backups', 'monday.db'), ('s3://news/backups', 'a.db'))
    """
    scheme, _, rest = address.partition("://")
    last = PurePosixPath(rest)
    if address.endswith("/") or not last.suffix or len(last.parts) < 2:
        return address.rstrip("/"), otherwise
    return f"{scheme}://{last.parent}", last.name


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder beside the store, which its owner alone can read, gone with the block."""
    if not path.parent.is_dir():
        raise StoreError(f"{path}: no store is there; name it with --db")
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as name:
        yield Path(name)


def _compare(bucket: Bucket, name: str, copy: Path, progress: Progress) -> None:
    """Read what was sent back, and hold it against the copy. Raises StoreError."""
    size, done, found = copy.stat().st_size, 0, hasher(32)
    for part in bucket.parts(name):
        found.update(part)
        done += len(part)
        progress("reading back", done, size)
    with copy.open("rb") as file:
        wanted = hasher(32)
        while part := file.read(1 << 20):
            wanted.update(part)
    if found.digest() != wanted.digest():
        raise StoreError(
            f"{bucket.address}/{name}: what the bucket holds is not what was sent; back up again"
        )
