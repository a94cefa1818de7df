"""Files in a bucket of S3 or of a service that speaks like it, by names below an address `s3://BUCKET/FOLDER`.

Keys, region and endpoint are what Amazon's own tools read from the environment: `AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`. An endpoint without encryption is accepted on this machine
alone.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
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
    """A file of a bucket: its name below the bucket's address, and its size in bytes."""

    name: str
    size: int


def is_bucket(address: str) -> bool:
    """Whether an address names a bucket rather than a file or folder.

    >>> is_bucket("s3://news/backups"), is_bucket("/srv/backups")
    (True, False)
    """
    return address.lower().startswith(SCHEME)


class Bucket:
    """The files below one address. Thread-safe. A file is there whole or not at all.

    Raises:
        BucketError: the address is none of a bucket, the library for it is not installed, or the endpoint is not
            encrypted.
    """

    def __init__(self, address: str) -> None:
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise BucketError(
                f"{address}: not the address of a bucket; write s3://BUCKET or s3://BUCKET/FOLDER"
            )
        self.address = address.rstrip("/")
        self._store = _opened(found["bucket"], (found["folder"] or "").strip("/"), address)

    def put(self, name: str, content: bytes | Path) -> None:
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

    def download(self, name: str, path: Path, progress: Callable[[int, int], None]) -> None:
        """Write a file to `path`; `progress` receives bytes done and of how many.

        Raises:
            BucketError: there is none of this name, or the bucket does not answer.
            OSError: the disk refuses.
        """
        import obstore

        with self._explained(name):
            found = obstore.get(self._store, name)
            size, done = found.meta["size"], 0
            with path.open("wb") as file:
                for part in found.stream(min_chunk_size=PART):
                    file.write(part)
                    done += len(part)
                    progress(done, size)
                file.flush()
                os.fsync(file.fileno())

    def parts(self, name: str) -> Iterator[bytes]:
        """The content of a file, part by part. Raises BucketError."""
        import obstore

        with self._explained(name):
            for part in obstore.get(self._store, name).stream(min_chunk_size=PART):
                yield bytes(part)

    def files(self, prefix: str = "") -> Iterator[StoredFile]:
        """All files, or those in one folder below the address, in no particular order. Raises BucketError."""
        import obstore

        with self._explained(prefix):
            for listed in obstore.list(self._store, prefix or None):
                yield from (StoredFile(each["path"], each["size"]) for each in listed)

    def remove(self, names: Sequence[str]) -> None:
        """Remove files; those that are not there already are none. Raises BucketError."""
        import obstore

        if names:
            with self._explained(names[0]):
                obstore.delete(self._store, list(names))

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


def _opened(bucket: str, folder: str, address: str) -> "S3Store":
    try:
        from obstore.store import S3Store
    except ImportError:
        raise BucketError(
            f"{address}: install what speaks to buckets with pip install 'recirc[s3]'"
        ) from None
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    parsed = urlsplit(endpoint)
    plain = parsed.scheme == "http"
    if plain and parsed.hostname not in LOCAL:
        raise BucketError(f"{endpoint}: not encrypted; let AWS_ENDPOINT_URL begin with https://")
    return S3Store(
        bucket,
        prefix=folder or None,
        endpoint=endpoint or None,
        client_options={"allow_http": plain, "timeout": "60s"},
        retry_config={"max_retries": 4},
        virtual_hosted_style_request=not endpoint,
    )
