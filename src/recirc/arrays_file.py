"""Named arrays in one file, with a header: the form of snapshots and of models.

A file is a magic number; the length of the header (uint32, little-endian); the header (JSON: kind, format, what its
writer says of it, and each array's name, dtype and shape); a 16-byte blake2b of all this; the arrays one after another,
as they lie in memory, little-endian; and a 16-byte blake2b of all before it.

Arrays of longer elements come first, and the header ends with blanks, so that each array lies at a multiple of the size
of its elements, and can be used where it lies (`map`). Files from before are read as well.

It holds plain numbers and no executable code. Whatever the bytes of a file, reading it gives what was written or raises
`ArraysFileError`, and allocates no more memory than the file is long.
"""

import mmap
import os
import secrets
from collections.abc import Iterable
from io import BufferedReader, BytesIO
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

import msgspec
import numpy as np
from msgspec import Raw, Struct
from numpy.typing import NDArray

from recirc.growing_arrays import LARGE, copy_nonzero, zeros
from recirc.hashing import Hasher, digest, hasher
from recirc.types import Arrays

MAGIC = b"RECARRAY"
PART = ".part"
"""Suffix of a file that is being written."""

_DTYPES = {np.dtype(code).newbyteorder("<").str for code in "?bBhHiIqQfd"}
_DIGEST_BYTES = 16
_PREFIX_BYTES = len(MAGIC) + 4
_MOST_HEADER_BYTES = 1 << 24
_MOST_AXES = 8
_BUFFER_BYTES = 1 << 20
_ALIGNED_BYTES = 8
"""Size of the longest elements; the checksum after the header is a multiple of it."""
_MOST_BYTES = 1 << 48

About = TypeVar("About", bound=Struct)
Chunk = bytes | memoryview


class ArraysFileError(ValueError):
    """A file cannot be used; the text says why, but not which file."""


class _Layout(Struct, frozen=True):
    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes. Raises ArraysFileError for an array that cannot be."""
        possible = self.dtype in _DTYPES and len(self.shape) <= _MOST_AXES and min(self.shape, default=0) >= 0
        # Also of an array without elements numpy multiplies the other lengths, and they must not overflow.
        if not possible or prod(max(length, 1) for length in self.shape) > _MOST_BYTES:
            raise ArraysFileError(f"array {self.name[:100]!r} of {self.dtype[:100]!r} cannot have this shape")
        return np.dtype(self.dtype).itemsize * prod(self.shape)


class _Header(Struct, frozen=True):
    kind: str
    format: int
    about: Raw
    arrays: tuple[_Layout, ...]


class Format(Generic[About]):
    """One kind of file: its name, the version of its content, and the type of what is said of it.

    >>> from tempfile import TemporaryDirectory
    >>> class Note(Struct):
    ...     text: str
    >>> notes = Format("note", 1, Note)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.note"
    ...     notes.write(path, Note("three ferries"), {"times": np.array([6, 12, 18])})
    ...     notes.read(path)
    (Note(text='three ferries'), {'times': array([ 6, 12, 18])})
    """

    def __init__(self, kind: str, version: int, about: type[About]) -> None:
        self._kind = kind
        self._version = version
        self._about = msgspec.json.Decoder(about)

    def write(self, path: Path, about: About, arrays: Arrays) -> None:
        """Put a file with these arrays in the place of what was there. They must not change meanwhile.

        Raises:
            OSError: the disk refuses; what was there is still there.
            ValueError: an array is not of plain numbers.
        """
        replace_durably(path, self._chunks(about, arrays))

    def encode(self, about: About, arrays: Arrays) -> bytes:
        """The bytes of a file with these arrays. Raises ValueError: an array is not of plain numbers."""
        return b"".join(self._chunks(about, arrays))

    def _chunks(self, about: About, arrays: Arrays) -> Iterable[Chunk]:
        named = sorted(arrays.items(), key=lambda each: -each[1].dtype.itemsize)
        plain = {name: _little_endian(name, array) for name, array in named}
        layouts = tuple(_Layout(name, array.dtype.str, array.shape) for name, array in plain.items())
        raw = Raw(msgspec.json.encode(about))
        header = msgspec.json.encode(_Header(self._kind, self._version, raw, layouts))
        header += b" " * (-(_PREFIX_BYTES + len(header)) % _ALIGNED_BYTES)
        start = MAGIC + len(header).to_bytes(4, "little") + header
        return _with_digest([start, digest(start, _DIGEST_BYTES), *map(_memory, plain.values())])

    def read(self, path: Path) -> tuple[About, Arrays]:
        """What is said of a file, and its arrays, writable and the caller's own.

        Raises:
            OSError: it cannot be read.
            ArraysFileError: it is damaged, or of another kind or version.
        """
        with path.open("rb") as file:
            return self._read(file, os.fstat(file.fileno()).st_size)

    def map(self, path: Path) -> tuple[About, Arrays]:
        """As `read`, but the large arrays are the file itself, mapped into memory: processes that map the same file
        share what none of them has changed. The file may be removed or replaced, but not written to.

        Raises as `read`.
        """
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            header, start = self._header(file, size)
            content = hasher(_DIGEST_BYTES)
            content.update(start)
            # Read once beside the mapping, whose pages are taken into memory when they are used.
            buffer, left = bytearray(_BUFFER_BYTES), size - len(start) - _DIGEST_BYTES
            while left:
                part = memoryview(buffer)[: min(left, _BUFFER_BYTES)]
                if file.readinto(part) != len(part):
                    raise ArraysFileError("it was cut while it was read")
                content.update(part)
                left -= len(part)
            if file.read() != content.digest():
                raise ArraysFileError("damaged: its content does not match its checksum")
            memory = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY)
        arrays: Arrays = {}
        place = len(start)
        for layout in header.arrays:
            arrays[layout.name] = _mapped(memory, place, layout)
            place += layout.size
        return self._decode_about(header), arrays

    def decode(self, content: bytes) -> tuple[About, Arrays]:
        """As `read`, of the bytes of a file. Raises ArraysFileError."""
        return self._read(BytesIO(content), len(content))

    def read_about(self, path: Path) -> About:
        """What is said of a file whose header is whole and whose length is right. Raises as `read`."""
        with path.open("rb") as file:
            return self._decode_about(self._header(file, os.fstat(file.fileno()).st_size)[0])

    def _read(self, file: BufferedReader | BytesIO, size: int) -> tuple[About, Arrays]:
        header, start = self._header(file, size)
        content = hasher(_DIGEST_BYTES)
        content.update(start)
        arrays: Arrays = {}
        for layout in header.arrays:
            array: NDArray[Any] = zeros(layout.shape, layout.dtype)
            _read_into(array, file, content)
            arrays[layout.name] = array.astype(array.dtype.newbyteorder("="), copy=False)
        if file.read() != content.digest():
            raise ArraysFileError("damaged: its content does not match its checksum")
        return self._decode_about(header), arrays

    def _header(self, file: BinaryIO, size: int) -> tuple[_Header, bytes]:
        """The header, and the bytes of the file, `size` long, up to its first array."""
        prefix = file.read(_PREFIX_BYTES)
        if not prefix.startswith(MAGIC) or len(prefix) < _PREFIX_BYTES:
            raise ArraysFileError(f"not a {self._kind}: it does not begin as one does")
        length = int.from_bytes(prefix[len(MAGIC) :], "little")
        if length > min(_MOST_HEADER_BYTES, size):
            raise ArraysFileError(f"damaged: a header of {length:,} bytes")
        text, checksum = file.read(length), file.read(_DIGEST_BYTES)
        if digest(prefix + text, _DIGEST_BYTES) != checksum:
            raise ArraysFileError("damaged: its header does not match its checksum")
        try:
            header = msgspec.json.decode(text, type=_Header)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise ArraysFileError(f"its header cannot be read ({error})") from None
        if header.kind != self._kind:
            raise ArraysFileError(f"not a {self._kind} but of the kind {header.kind[:100]!r}")
        if header.format != self._version:
            raise ArraysFileError(
                f"a {self._kind} of format {header.format}, but this Recirc reads {self._version}"
            )
        expected = len(prefix) + length + 2 * _DIGEST_BYTES + sum(layout.size for layout in header.arrays)
        if size != expected:
            raise ArraysFileError(f"damaged: it has {size:,} bytes instead of {expected:,}")
        if len({layout.name for layout in header.arrays}) < len(header.arrays):
            raise ArraysFileError("two of its arrays have the same name")
        return header, prefix + text + checksum

    def _decode_about(self, header: _Header) -> About:
        try:
            return self._about.decode(header.about)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise ArraysFileError(f"its header cannot be read ({error})") from None


def replace_durably(path: Path, chunks: Iterable[Chunk]) -> None:
    """Put a file in the place of what was there, at one moment, on disk when this returns. Raises OSError."""
    part = path.with_name(f"{path.name}-{os.getpid()}-{secrets.token_hex(4)}{PART}")
    try:
        with part.open("xb", buffering=0) as file:
            for chunk in chunks:
                rest = memoryview(chunk)
                while rest:  # one call writes 2 GiB at most
                    rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    # The new name is durable once its folder is.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _little_endian(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.newbyteorder("<").str not in _DTYPES:
        raise ValueError(
            f"array {name!r} of {array.dtype} does not hold plain numbers; nothing else can be saved"
        )
    return np.asarray(array, array.dtype.newbyteorder("<"), order="C")


def _read_into(array: NDArray[Any], file: BufferedReader | BytesIO, content: Hasher) -> None:
    """Fill a new array of zeros; what is zero in the file takes no memory. Raises ArraysFileError."""
    target = array.reshape(-1).view(np.uint8)
    buffer = np.empty(min(_BUFFER_BYTES, len(target)), np.uint8)
    for start in range(0, len(target), _BUFFER_BYTES):
        part = buffer[: min(_BUFFER_BYTES, len(target) - start)]
        if file.readinto(part.data) != len(part):
            raise ArraysFileError("it was cut while it was read")
        content.update(part.data)
        copy_nonzero(part, target[start:])


def _mapped(memory: mmap.mmap, place: int, layout: _Layout) -> NDArray[Any]:
    """An array of a mapped file where it lies; a copy of one that is small, or not aligned."""
    kind = np.dtype(layout.dtype)
    flat: NDArray[Any] = np.frombuffer(memory, np.uint8, layout.size, place)
    if layout.size < LARGE or place % kind.itemsize:
        array: NDArray[Any] = zeros(layout.shape, kind)
        copy_nonzero(flat, array.reshape(-1).view(np.uint8))
    else:
        array = flat.view(kind).reshape(layout.shape)
    return array.astype(kind.newbyteorder("="), copy=False)


def _memory(array: NDArray[Any]) -> memoryview:
    """The memory of an array in C order."""
    return array.reshape(-1).view(np.uint8).data


def _with_digest(chunks: Iterable[Chunk]) -> Iterable[Chunk]:
    """The chunks, and after them their hash."""
    content = hasher(_DIGEST_BYTES)
    for chunk in chunks:
        content.update(chunk)
        yield chunk
    yield content.digest()
