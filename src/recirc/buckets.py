"""Files in a bucket of S3 or of a service that speaks like it, by names below an address `s3://BUCKET/FOLDER`.

Keys, region and endpoint are what Amazon's own tools read from the environment: `AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`. An endpoint without encryption is accepted on this machine
alone.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from recirc.errors import UserError

if TYPE_CHECKING:
    from obstore.store import S3Store

SCHEME: Final = "s3://"

PART: Final = 8 << 20
"""Bytes that are sent or received at a time."""

LOCAL: Final = ("127.0.0.1", "localhost", "::1")

_ADDRESS: Final = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<folder>.*))?")


class BucketError(UserError, OSError):
    """A bucket cannot be used, or does not answer; the text says why and what to do."""


class StoredFile(NamedTuple):
    """A file of a bucket: name below the bucket's address, size in bytes, and when it was written (Unix seconds)."""

    name: str
    size: int
    written: float


def is_bucket(address: str) -> bool:
    """Whether an address names a bucket rather than a file or folder.

    >>> is_bucket("s3://news/backups"), is_bucket("/srv/backups")
    (True, False)
    """
    return address.lower().startswith(SCHEME)


def check_bucket(address: str) -> str:
    """Whether the address of a bucket can be one, without asking the bucket; the endpoint, empty: Amazon's.

    Raises:
        BucketError: the address is none of a bucket, the library for it is not installed, or the endpoint is not
            encrypted.
    """
    if not _ADDRESS.fullmatch(address):
        raise BucketError(f"{address}: not the address of a bucket; write s3://BUCKET or s3://BUCKET/FOLDER")
    if find_spec("obstore") is None:
        raise BucketError(f"{address}: install what speaks to buckets with pip install 'recirc[s3]'")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    parsed = urlsplit(endpoint)
    if parsed.scheme == "http" and parsed.hostname not in LOCAL:
        raise BucketError(f"{endpoint}: not encrypted; let AWS_ENDPOINT_URL begin with https://")
    return endpoint


class Bucket:
    """The files below one address. Thread-safe. A file is there whole or not at all.

    Files are sent and received in parts, each in a request of its own, so that no request grows with a file.
    `patience`: seconds that a request may take, and that failed ones are tried again for.

    Raises:
        BucketError: see `check_bucket`.
    """

    def __init__(self, address: str, patience: float = 60.0) -> None:
        endpoint = check_bucket(address)
        found = _ADDRESS.fullmatch(address)
        assert found is not None
        self.address = address.rstrip("/")
        self._store = _opened(found["bucket"], (found["folder"] or "").strip("/"), endpoint, patience)

    def put(self, name: str, content: bytes | Path | IO[bytes]) -> None:
        """Keep a file under a name, in the place of one that is there. Raises BucketError."""
        import obstore

        with self._explained(name):
            obstore.put(self._store, name, content, chunk_size=PART)

    def get(self, name: str) -> bytes | None:
        """The content of a file; None: there is none of this name. Raises BucketError."""
        import obstore

        with self._explained(name):
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except FileNotFoundError:  # the library's own error for it is one of these
                return None

    def size(self, name: str) -> int | None:
        """Bytes of a file; None: there is none of this name. Raises BucketError."""
        import obstore

        with self._explained(name):
            try:
                return obstore.head(self._store, name)["size"]
            except FileNotFoundError:
                return None

    def parts(self, name: str) -> Iterator[bytes]:
        """The content of a file, part by part. Raises BucketError: there is none of this name, or no answer."""
        import obstore

        with self._explained(name):
            size = obstore.head(self._store, name)["size"]
            for start in range(0, size, PART):
                end = min(start + PART, size)
                yield bytes(obstore.get_range(self._store, name, start=start, end=end))

    def download(self, name: str, path: Path, progress: Callable[[int], None]) -> None:
        """Write a file to `path`; `progress` receives the bytes done.

        Raises:
            BucketError: there is none of this name, or the bucket does not answer.
            OSError: the disk refuses.
        """
        done = 0
        with path.open("wb") as file:
            for part in self.parts(name):
                file.write(part)
                done += len(part)
                progress(done)
            file.flush()
            os.fsync(file.fileno())

    def files(self, prefix: str = "") -> Iterator[StoredFile]:
        """All files, or those in one folder below the address, in no particular order. Raises BucketError."""
        import obstore

        with self._explained(prefix):
            for listed in obstore.list(self._store, prefix or None):
                for each in listed:
                    yield StoredFile(each["path"], each["size"], each["last_modified"].timestamp())

    def remove(self, names: Sequence[str]) -> None:
        """Remove files; those that are not there already are none. Raises BucketError."""
        import obstore

        if names:
            with self._explained(names[0]):
                obstore.delete(self._store, list(names))

    def rename(self, name: str, new: str) -> None:
        """Give a file another name, in the place of one that is there. Raises BucketError."""
        import obstore

        with self._explained(name):
            obstore.rename(self._store, name, new)

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        """What the library raises, as errors of ours."""
        from obstore import exceptions

        where = f"{self.address}/{name}" if name else self.address
        try:
            yield
        except FileNotFoundError as error:
            raise BucketError(f"{where}: nothing is there, or there is no such bucket") from error
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise BucketError(
                f"{where}: access is denied; see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION"
            ) from error
        except exceptions.BaseError as error:
            if "NoSuchBucket" in str(error):
                raise BucketError(f"{where}: there is no such bucket; make it first") from error
            first = str(error).strip().splitlines()[0]
            raise BucketError(
                f"{where}: the bucket cannot be used ({first}); see AWS_ENDPOINT_URL"
            ) from error


def _opened(bucket: str, folder: str, endpoint: str, patience: float) -> "S3Store":
    from obstore.store import S3Store

    limit = timedelta(seconds=patience)
    return S3Store(
        bucket,
        prefix=folder or None,
        endpoint=endpoint or None,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "timeout": limit,
            "connect_timeout": limit / 4,
        },
        retry_config={"max_retries": 4, "retry_timeout": limit},
    )
