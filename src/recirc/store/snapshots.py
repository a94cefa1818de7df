"""Snapshots: the state's arrays with the log offset that they know, so that a start need not fold all.

A file is a magic number, the length of the header (uint32, little-endian), the header (JSON), the arrays one
after another as they lie in memory, and a 16-byte blake2b of all before it. A snapshot only ever saves
time: one that is not whole, or not ours, is passed over.
"""

import hashlib
import logging
import os
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from recirc.store.ports import StoreError
from recirc.types import Arrays

MAGIC = b"RECSNAP1"
SUFFIX = ".snapshot"
PART = ".part"
ABANDONED_SECONDS = 3600.0
"""An unfinished file untouched for so long belongs to a process that was killed."""

_DIGEST_BYTES = 16
_PREFIX_BYTES = len(MAGIC) + 4
_log = logging.getLogger(__name__)

Description: TypeAlias = str | list[Any]


class _UnusableError(Exception):
    """Says why a file cannot be used."""


class _Layout(Struct, frozen=True):
    """One array: `kind` is numpy's description of its dtype, `shape` its lengths."""

    name: str
    kind: Description
    shape: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.lib.format.descr_to_dtype(_tuples(self.kind))


class _Header(Struct, frozen=True):
    offset: int
    fingerprint: str
    arrays: tuple[_Layout, ...]


class Snapshots:
    """The snapshots in one folder; several processes may save and read at once.

    `kept`: so many of the newest with the same fingerprint stay.
    """

    def __init__(self, folder: Path, *, kept: int = 2) -> None:
        self._folder = folder
        self._kept = kept

    def save(self, offset: int, fingerprint: str, arrays: Arrays) -> Path:
        """Write the arrays, durably and wholly or not at all; then remove those older than the newest `kept`.

        `fingerprint` names what the arrays depend on beside the log's entries: code, settings, the log's
        identity. The arrays must not change meanwhile. Returns the file.

        Raises StoreError when the disk refuses, ValueError for arrays of Python objects.
        """
        tag = hashlib.blake2b(fingerprint.encode(), digest_size=4).hexdigest()
        path = self._folder / f"{offset:016d}-{tag}{SUFFIX}"
        part = self._folder / f"{path.stem}-{os.getpid()}-{secrets.token_hex(4)}{PART}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                _write(part, offset, fingerprint, arrays)
                part.replace(path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            _sync_folder(self._folder)
        except OSError as error:
            raise StoreError(
                f"{path}: the snapshot cannot be saved; free space or make the folder writable ({error})"
            ) from error
        self._remove_old(path, tag)
        return path

    def newest(self, fingerprint: str, at_most: int) -> tuple[int, Arrays] | None:
        """Offset and arrays of the newest good snapshot with this fingerprint and an offset up to `at_most`.

        The arrays are writable and the caller's own. None when there is none; each file that had to be passed
        over is logged as a warning with the reason.
        """
        found = []
        for path in self._folder.glob(f"*{SUFFIX}"):
            try:
                with path.open("rb") as file:
                    header, _ = _read_header(file)
                if header.fingerprint != fingerprint:
                    raise _UnusableError("it was made by other code, other settings or from another log")
                if header.offset > at_most:
                    raise _UnusableError(f"its offset {header.offset} is beyond the log's end, {at_most}")
                found.append((header.offset, path))
            except (OSError, _UnusableError) as reason:
                _warn(path, reason)
        for offset, path in sorted(found, reverse=True):
            try:
                return offset, _read(path)
            except (OSError, _UnusableError) as reason:
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
        abandoned = time.time_ns() - int(ABANDONED_SECONDS * 1e9)
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
    _log.warning("%s: snapshot passed over: %s", path, reason)


def _write(path: Path, offset: int, fingerprint: str, arrays: Arrays) -> None:
    plain = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in plain.items():
        if array.dtype.hasobject:
            raise ValueError(f"array {name!r} holds Python objects; only plain numbers can be saved")
    layouts = tuple(
        _Layout(name, np.lib.format.dtype_to_descr(array.dtype), array.shape) for name, array in plain.items()
    )
    header = msgspec.json.encode(_Header(offset, fingerprint, layouts))
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    chunks: list[bytes | memoryview] = [MAGIC + len(header).to_bytes(4, "little") + header]
    chunks += [_bytes_of(array) for array in plain.values()]
    with path.open("xb", buffering=0) as file:
        for chunk in chunks:
            digest.update(chunk)
            _write_all(file, chunk)
        _write_all(file, digest.digest())
        os.fsync(file.fileno())


def _write_all(file: Any, chunk: bytes | memoryview) -> None:
    left = memoryview(chunk)
    while left:  # one call writes 2 GiB at most
        left = left[file.write(left) :]


def _read_header(file: BinaryIO) -> tuple[_Header, bytes]:
    """The header, and the bytes of the file up to its end."""
    size = os.fstat(file.fileno()).st_size
    prefix = file.read(_PREFIX_BYTES)
    if not prefix.startswith(MAGIC) or len(prefix) < _PREFIX_BYTES:
        raise _UnusableError("it does not begin as a snapshot does")
    length = int.from_bytes(prefix[len(MAGIC) :], "little")
    text = file.read(min(length, size))
    try:
        header = msgspec.json.decode(text, type=_Header)
        arrays = sum(_size_of(layout) for layout in header.arrays)
    except (msgspec.MsgspecError, ValueError, TypeError, SyntaxError) as error:
        # numpy reads a damaged dtype as if it were code
        raise _UnusableError(f"its header is damaged ({error})") from None
    expected = _PREFIX_BYTES + length + arrays + _DIGEST_BYTES
    if size != expected:
        raise _UnusableError(f"it has {size} bytes instead of {expected}")
    return header, prefix + text


def _read(path: Path) -> Arrays:
    with path.open("rb") as file:
        header, start = _read_header(file)
        digest = hashlib.blake2b(start, digest_size=_DIGEST_BYTES)
        arrays: Arrays = {}
        for layout in header.arrays:
            array = np.empty(layout.shape, layout.dtype)
            chunk = _bytes_of(array)
            if file.readinto(chunk) != len(chunk):
                raise _UnusableError("it was cut while it was read")
            digest.update(chunk)
            arrays[layout.name] = array
        if file.read() != digest.digest():
            raise _UnusableError("its content does not match its checksum")
    return arrays


def _bytes_of(array: NDArray[Any]) -> memoryview:
    """The memory of an array in C order."""
    return array.reshape(-1).view(np.uint8).data


def _size_of(layout: _Layout) -> int:
    size = layout.dtype.itemsize
    for length in layout.shape:
        if length < 0:
            raise ValueError(f"array {layout.name!r} has a negative length")
        size *= length
    return size


def _tuples(description: Description) -> Any:
    """JSON has no tuples, numpy's description of a record is a list of them."""
    if isinstance(description, str):
        return description
    return [(field[0], _tuples(field[1]), *map(_shape, field[2:])) for field in description]


def _shape(lengths: Sequence[int]) -> tuple[int, ...]:
    return tuple(lengths)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable too, where folders can be synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
