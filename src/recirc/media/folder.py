"""The folder with the files of pictures, named by the content that they were made from."""

import os
import re
from collections.abc import Iterator, Mapping
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

    def keys(self) -> set[str]:
        """The keys of all pictures that have files."""
        return {
            found["key"]
            for path in self.folder.glob("??/*")
            if (found := FILE.fullmatch(path.name)) is not None
        }

    def elsewhere(self) -> Iterator[tuple[str, bytes]]:
        """Files that are not on a disk of this machine: none."""
        return iter(())
