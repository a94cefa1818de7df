"""Decompresses a body piece by piece, so that a decompression bomb is noticed before it takes memory."""

import zlib
from collections.abc import Iterator
from typing import Any, Final

from typing_extensions import override

from recirc.sources.fetching.errors import TransportError

ACCEPTED: Final = "gzip, deflate"  # what the standard library decompresses with a limit
PIECE: Final = 65_536  # largest piece in bytes, after which the caller can check its limits

_MAGIC: Final = b"\x1f\x8b"  # a member of a gzip stream
_GZIP: Final = zlib.MAX_WBITS | 16
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_WINDOW: Final = 1 << 23  # bytes, the largest that RFC 9659 allows for HTTP
_ZSTD_STEP: Final = 256  # bytes of input; three of them can mean 128 KB


class Decompressor:
    """Decompresses one body by its Content-Encoding, which may name several codings, the last one outermost.

    Names that pack nothing, such as "utf-8" or "none", leave the body as it is; so does a coding that the body does not
    have. Brotli and Zstandard are read, though not asked for, as some servers send them regardless.
    """

    def __init__(self, encoding: str) -> None:
        """`encoding` is the header Content-Encoding."""
        names = [name.strip().lower().removeprefix("x-") for name in encoding.split(",")]
        self._layers = [_LAYERS[name](name) for name in reversed(names[-4:]) if name in _LAYERS]

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """`data` decompressed, in pieces of at most `PIECE` bytes, some of which may be empty.

        Raises:
            TransportError: the data is damaged.
        """
        return _through(self._layers, data)

    def end(self) -> None:
        """Declare the end of the data.

        Raises:
            TransportError: the compressed data is not at its end.
        """
        for layer in self._layers:
            layer.end()


def _through(layers: list["_Layer"], data: bytes) -> Iterator[bytes]:
    if not layers:
        yield data
        return
    for piece in layers[0].pieces(data):
        yield from _through(layers[1:], piece)


class _Layer:
    """One coding. Until it gave anything, an error means that the body is not packed at all."""

    errors: tuple[type[Exception], ...] = (zlib.error,)
    """What `unpack` raises on damaged data."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._plain = False
        self._given = b""  # what came before the first output
        self._begun = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if not self._plain:
            if not self._begun:
                self._given += data
            try:
                for piece in self.unpack(data):
                    if piece:
                        self._begun, self._given = True, b""
                    yield piece
                return
            except self.errors as error:
                if self._begun:
                    raise TransportError(
                        f"the answer is damaged: its {self.name} data cannot be unpacked ({error})"
                    ) from None
            self._plain, data, self._given = True, self._given, b""
        for start in range(0, len(data), PIECE):
            yield data[start : start + PIECE]

    def end(self) -> None:
        if not self._plain and self.is_open():
            raise TransportError("the answer breaks off: its packed data is not at its end")

    def unpack(self, data: bytes) -> Iterator[bytes]:
        raise NotImplementedError

    def is_open(self) -> bool:
        """Whether more data has to come."""
        raise NotImplementedError


class _Zlib(_Layer):
    """gzip, of one or several members, and deflate, with or without the header of zlib."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._stream: zlib._Decompress | None = None
        self._pending = b""  # too few bytes to tell whether a member begins
        self._complete = False  # a whole member was read
        self._over = False

    @override
    def unpack(self, data: bytes) -> Iterator[bytes]:
        data, self._pending = self._pending + data, b""
        while not self._over:
            if self._stream is None:
                if not self._starts_member(data):
                    return
                self._stream = zlib.decompressobj(self._window_bits(data))
            piece = self._stream.decompress(data, PIECE)
            yield piece
            if self._stream.eof:
                data, self._stream, self._complete = self._stream.unused_data, None, True
            else:
                data = self._stream.unconsumed_tail
                if not data and len(piece) < PIECE:
                    return

    @override
    def is_open(self) -> bool:
        return self._stream is not None

    def _starts_member(self, data: bytes) -> bool:
        """Whether `data` begins a member; any data begins the first one."""
        if not data:
            return False
        if not self._complete:
            return True
        if self.name == "gzip" and _MAGIC.startswith(data[:2]):
            if len(data) == 1:
                self._pending = data
                return False
            return True
        self._over = True  # padding, which some servers send after the end
        return False

    def _window_bits(self, data: bytes) -> int:
        if self.name == "gzip":
            return _GZIP
        # Some servers declare deflate and send it without the header of zlib, whose first byte ends with 8.
        return zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS


class _Brotli(_Layer):
    def __init__(self, name: str) -> None:
        import brotli  # here, as few servers send it

        super().__init__(name)
        self.errors = (brotli.error,)
        self._stream: Any = brotli.Decompressor()
        self._fed = False

    @override
    def unpack(self, data: bytes) -> Iterator[bytes]:
        self._fed = self._fed or bool(data)
        while not self._stream.is_finished():
            out = self._stream.process(data, output_buffer_limit=PIECE)
            data = b""
            if not out:
                return
            for start in range(0, len(out), PIECE):
                yield out[start : start + PIECE]

    @override
    def is_open(self) -> bool:
        return self._fed and not self._stream.is_finished()


class _Zstandard(_Layer):
    def __init__(self, name: str) -> None:
        import zstandard  # here, as few servers send it

        super().__init__(name)
        self.errors = (zstandard.ZstdError,)
        self._stream: Any = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self._fed = False

    @override
    def unpack(self, data: bytes) -> Iterator[bytes]:
        self._fed = self._fed or bool(data)
        for step in range(0, len(data), _ZSTD_STEP):
            if self._stream.eof:
                return
            out = self._stream.decompress(data[step : step + _ZSTD_STEP])
            for start in range(0, len(out), PIECE):
                yield out[start : start + PIECE]

    @override
    def is_open(self) -> bool:
        return self._fed and not self._stream.eof


_LAYERS: Final[dict[str, type[_Layer]]] = {
    "gzip": _Zlib,
    "deflate": _Zlib,
    "br": _Brotli,
    "zstd": _Zstandard,
}


def undeclared(content: bytes, most: int) -> bytes:
    """A body that is packed with gzip or Zstandard without a header that says so, unpacked; any other unchanged.

    What is damaged, or would have more than `most` bytes, is unchanged: its reader says what is wrong.
    """
    for _ in range(3):
        name = "gzip" if content.startswith(_MAGIC) else "zstd" if content.startswith(_ZSTD_MAGIC) else None
        if name is None:
            return content
        size, found = 0, []
        try:
            for piece in Decompressor(name).pieces(content):
                size += len(piece)
                if size > most:
                    return content
                found.append(piece)
        except TransportError:
            return content
        if not size:
            return content
        unpacked = b"".join(found)
        if unpacked == content:
            return content
        content = unpacked
    return content
