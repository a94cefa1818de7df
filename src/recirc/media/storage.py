"""Where the files of pictures are kept: in a folder, or in a bucket that the machines of a site share."""

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

from recirc.buckets import Bucket, is_bucket
from recirc.media.folder import FILE, KEY, MediaFolder, newest

KEPT_BYTES: Final = 32 << 20
"""Bytes of files from a bucket that a process remembers; the least recently asked for are dropped."""


PATIENCE: Final = 10.0
"""Seconds that a bucket may take for a picture."""

logger = logging.getLogger("recirc.media")


class MediaStorage(Protocol):
    """Files of pictures by name, for any number of processes. Files never change, they only come and go."""

    @property
    def folder(self) -> Path | None:
        """The folder on a disk of this machine; None: the files are elsewhere."""

    def read(self, name: str) -> bytes | None:
        """The content of a file; None: there is none, or no file of a picture has such a name. Raises OSError."""

    def put(self, files: Mapping[str, bytes]) -> None:
        """Keep files, each whole or not at all.

        Raises OSError, and ValueError for a name that no file of a picture has.
        """

    def remove(self, key: str) -> int:
        """Remove the files of a picture; how many there were. Raises OSError."""

    def written(self) -> dict[str, float]:
        """When the newest file of each picture was written (Unix seconds), by key. Raises OSError."""

    def elsewhere(self) -> Iterator[tuple[str, bytes]]:
        """Address and content of all files that are not on a disk of this machine. Raises OSError."""


class MediaBucket:
    """Files of pictures in a bucket. Thread-safe."""

    folder = None

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._known: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def read(self, name: str) -> bytes | None:
        """The content of a file; None: there is none, or no file of a picture has such a name. Raises BucketError."""
        if not FILE.fullmatch(name):
            return None
        with self._lock:
            if name in self._known:
                self._known.move_to_end(name)
                return self._known[name]
        content = self._bucket.get(_place(name))
        if content is not None:
            self._remember(name, content)
        return content

    def put(self, files: Mapping[str, bytes]) -> None:
        """Keep files. Raises BucketError, and ValueError for a name that no file of a picture has."""
        for name, content in files.items():
            if not FILE.fullmatch(name):
                raise ValueError(f"{name}: not the name of a picture's file")
            self._bucket.put(_place(name), content)

    def remove(self, key: str) -> int:
        """Remove the files of a picture; how many there were. Raises BucketError.

        Other processes may remember them: who answers readers asks the store first whether the picture is kept.
        """
        if not re.fullmatch(KEY, key):
            raise ValueError(f"{key}: not the key of a picture")
        found = [
            each.name for each in self._bucket.files(key[:2]) if each.name.startswith(f"{key[:2]}/{key}-")
        ]
        self._bucket.remove(found)
        with self._lock:
            for name in [name for name in self._known if name.startswith(f"{key}-")]:
                self._size -= len(self._known.pop(name))
        return len(found)

    def written(self) -> dict[str, float]:
        """When the newest file of each picture was written (Unix seconds), by key. Raises BucketError."""
        return newest((each.name, each.written) for each in self._bucket.files())

    def elsewhere(self) -> Iterator[tuple[str, bytes]]:
        """Address and content of all files. Raises BucketError."""
        for each in self._bucket.files():
            is_ours = FILE.fullmatch(each.name.rpartition("/")[2]) is not None
            if is_ours and (content := self._bucket.get(each.name)) is not None:
                yield f"{self._bucket.address}/{each.name}", content

    def _remember(self, name: str, content: bytes) -> None:
        with self._lock:
            self._size += len(content) - len(self._known.pop(name, b""))
            self._known[name] = content
            while self._size > KEPT_BYTES:
                self._size -= len(self._known.popitem(last=False)[1])


def remove_all(storage: MediaStorage, keys: Iterable[str]) -> int:
    """Remove the files of pictures; how many went. What cannot be removed now is logged, and left to a later sweep."""
    removed = 0
    for key in sorted(keys):
        try:
            removed += storage.remove(key)
        except OSError as error:
            logger.warning("the files of the picture %s are not removed yet: %s", key, error)
    return removed


def open_media(address: str, store: str) -> MediaStorage:
    """The files at `address` (setting `media.folder`); empty: in a folder beside the file of the store.

    Raises BucketError: it is the address of a bucket, which cannot be used.
    """
    if is_bucket(address):
        return MediaBucket(Bucket(address, PATIENCE))
    return MediaFolder(Path(address or f"{store}.media"))


def _place(name: str) -> str:
    return f"{name[:2]}/{name}"
