"""The folder with the files of pictures, named by the content that they were made from."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

KEY: Final = r"[0-9a-f]{32}"
"""The form of a picture's key: a hash of the content that its files were made from."""

FILE: Final = re.compile(
    rf"(?P<key>{KEY})-(?P<size>[1-9][0-9]{{0,4}}|wide|standard|square)\.(?P<form>avif|webp|jpg)"
)
"""The names of its files; nothing else is ever looked up in it."""

MEDIA_TYPES: Final = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}


class MediaFolder:
    """Files of pictures below one folder, for any number of processes. Files never change, they only come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path | None:
        """Where a file is; None for names that no file of a picture has."""
        found = FILE.fullmatch(name)
        return self.folder / found["key"][:2] / name if found else None

    def read(self, name: str) -> bytes | None:
        """The content of a file; None: there is none, or no file of a picture has such a name. Raises OSError."""
        path = self.path(name)
        try:
            return None if path is None else path.read_bytes()
        except FileNotFoundError:
            return None

    def put(self, files: Mapping[str, bytes]) -> None:
        """Keep files, each whole or not at all. Raises OSError."""
        for name, content in files.items():
            path = self.path(name)
            if path is None:
                raise ValueError(f"{name}: not the name of a picture's file")
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{name}.{os.getpid()}.part")
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)

    def remove(self, key: str) -> int:
        """Remove the files of a picture; how many there were. Raises OSError."""
        if not re.fullmatch(KEY, key):
            raise ValueError(f"{key}: not the key of a picture")
        found = list((self.folder / key[:2]).glob(f"{key}-*"))
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def written(self) -> dict[str, float]:
        """When the newest file of each picture was written (Unix seconds), by key. Raises OSError."""
        return newest((path.name, path.stat().st_mtime) for path in self.folder.glob("??/*"))

    def elsewhere(self) -> Iterator[tuple[str, bytes]]:
        """Files that are not on a disk of this machine: none."""
        return iter(())


def newest(files: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The latest of the times beside the files of each picture, by key; other files are left out.

    >>> newest([("aa/" + "a" * 32 + "-320.webp", 1.0), ("a" * 32 + "-640.webp", 2.0), ("else", 3.0)])
    {'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa': 2.0}
    """
    times: dict[str, float] = {}
    for name, time in files:
        found = FILE.fullmatch(name.rpartition("/")[2])
        if found is not None:
            times[found["key"]] = max(time, times.get(found["key"], time))
    return times
