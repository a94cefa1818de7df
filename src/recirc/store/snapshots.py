"""Snapshots: the state's arrays with the log offset up to which they are folded, so that a start need not fold all.

A snapshot only ever saves time: one that is damaged, or made from another log or with other settings, is skipped.
"""

import logging
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from recirc import clock
from recirc.arrays_file import PART, ArraysFileError, Format
from recirc.hashing import hex_digest
from recirc.store.ports import StoreError
from recirc.types import Arrays

SUFFIX = ".snapshot"
FOLDERS = (".snapshots", ".training.snapshots")
"""What a store's path ends with in the folders that hold its snapshots: of the state, and of where training begins."""

ABANDONED_SECONDS = 3600.0
"""Age at which an unfinished file is removed: its process was killed."""

_log = logging.getLogger(__name__)


class _About(Struct, frozen=True):
    offset: int
    fingerprint: str


_FORMAT = Format("snapshot", 2, _About)


class Snapshots:
    """The snapshots in one folder; several processes may save and read at once.

    `kept`: number of the newest snapshots with the same fingerprint to keep.
    """

    def __init__(self, folder: Path, *, kept: int = 2) -> None:
        self._folder = folder
        self._kept = kept

    def save(self, offset: int, fingerprint: str, arrays: Arrays) -> Path:
        """Write the arrays, durably and wholly or not at all; then remove those older than the newest `kept`.

        `fingerprint` names what the arrays depend on beside the log's entries: code, settings, the log's identity. The
        arrays must not change meanwhile. Returns the file.

        Raises:
            StoreError: the disk refuses.
            ValueError: an array is not of plain numbers.
        """
        tag = hex_digest(fingerprint.encode(), 4)
        path = self._folder / f"{offset:016d}-{tag}{SUFFIX}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _FORMAT.write(path, _About(offset, fingerprint), arrays)
        except OSError as error:
            raise StoreError(
                f"{path}: the snapshot cannot be saved; free space or make the folder writable ({error})"
            ) from error
        self._remove_old(path, tag)
        return path

    def newest(self, fingerprint: str, at_most: int) -> tuple[int, Arrays] | None:
        """Offset and arrays of the newest good snapshot with this fingerprint and an offset up to `at_most`.

        The arrays are writable and the caller's own; processes that restore the same file share the memory of what none
        of them has changed. None when there is none; each file that had to be skipped is
        logged as a warning with the reason.
        """
        found = []
        for path in self._folder.glob(f"*{SUFFIX}"):
            try:
                about = _FORMAT.read_about(path)
                if about.fingerprint != fingerprint:
                    raise ArraysFileError(
                        "it was made by other code, with other settings or from another log"
                    )
                if not 0 <= about.offset <= at_most:
                    raise ArraysFileError(f"its offset {about.offset} is beyond the log's end, {at_most}")
                found.append((about.offset, path))
            except (OSError, ArraysFileError) as reason:
                _warn(path, reason)
        for offset, path in sorted(found, reverse=True):
            try:
                return offset, _FORMAT.map(path)[1]
            except (OSError, ArraysFileError) as reason:
                _warn(path, reason)
        return None

    def _remove_old(self, saved: Path, tag: str) -> None:
        """Remove snapshots of any tag older than the `kept` newest with this one, and abandoned parts.

        Age is the time of writing, not the offset: one from beyond the log must not push out good ones.
        """
        times: dict[Path, int] = {}
        for path in self._folder.iterdir():
            with suppress(OSError):  # another process removes too
                times[path] = path.stat().st_mtime_ns
        abandoned = int((clock.now_seconds() - ABANDONED_SECONDS) * 1e9)
        surplus = [path for path, written in times.items() if path.suffix == PART and written < abandoned]
        ours = [path for path in times if path.name.endswith(f"-{tag}{SUFFIX}")]
        ours.sort(key=lambda path: (path == saved, times[path]), reverse=True)
        surplus += ours[self._kept :]
        if len(ours) >= self._kept:
            oldest = min(times[path] for path in ours[: self._kept])
            surplus += [path for path, written in times.items() if path.suffix == SUFFIX and written < oldest]
        for path in surplus:
            with suppress(OSError):
                path.unlink()


def _warn(path: Path, reason: Exception) -> None:
    _log.warning("%s: snapshot skipped: %s", path, reason)
