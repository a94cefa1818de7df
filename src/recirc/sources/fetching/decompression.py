"""Decompresses a body piece by piece, so that a decompression bomb is noticed before it takes memory."""

import zlib
from collections.abc import Iterator
from typing import Final

from recirc.sources.fetching.errors import TransportError

ACCEPTED: Final = "gzip, deflate"  # what the standard library decompresses with a limit
PIECE: Final = 65_536  # largest piece in bytes, after which the caller can check its limits

_MAGIC: Final = b"\x1f\x8b"  # a member of a gzip stream
_GZIP: Final = zlib.MAX_WBITS | 16
_PLAIN: Final = ("", "identity")


class Decompressor:
    """Decompresses one body."""

    def __init__(self, encoding: str) -> None:
        """`encoding` is the header Content-Encoding.

        Raises:
            TransportError: it is neither gzip nor deflate nor empty.
        """
        name = encoding.strip().lower().removeprefix("x-")
        if name not in (*_PLAIN, "gzip", "deflate"):
            raise TransportError(
                f"the answer is packed as {encoding[:40]!r}, though only {ACCEPTED} is accepted"
            )
        self._name = name
        self._stream: zlib._Decompress | None = None
        self._pending = b""  # too few bytes to tell whether another member begins
        self._complete = False  # a whole member was read
        self._over = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """`data` decompressed, in pieces of at most `PIECE` bytes, some of which may be empty.

        Raises:
            TransportError: the data is damaged.
        """
        if self._name in _PLAIN:
            yield data
            return
        data, self._pending = self._pending + data, b""
        while not self._over:
            if self._stream is None:
                if not self._starts_member(data):
                    return
                self._stream = zlib.decompressobj(self._window_bits(data))
            try:
                piece = self._stream.decompress(data, PIECE)
            except zlib.error as error:
                raise TransportError(
                    f"the answer is damaged: its {self._name} data cannot be unpacked ({error})"
                ) from None
            yield piece
            if self._stream.eof:
                data, self._stream, self._complete = self._stream.unused_data, None, True
            else:
                data = self._stream.unconsumed_tail
                if not data and len(piece) < PIECE:
                    return

    def end(self) -> None:
        """Declare the end of the data.

        Raises:
            TransportError: the compressed data is not at its end.
        """
        if self._stream is not None:
            raise TransportError("the answer breaks off: its packed data is not at its end")

    def _starts_member(self, data: bytes) -> bool:
        """Whether `data` begins a member; any data begins the first one."""
        if not data:
            return False
        if not self._complete:
            return True
        if self._name == "gzip" and _MAGIC.startswith(data[:2]):
            if len(data) == 1:
                self._pending = data
                return False
            return True
        self._over = True  # padding, which some servers send after the end
        return False

    def _window_bits(self, data: bytes) -> int:
        if self._name == "gzip":
            return _GZIP
        # Some servers declare deflate and send it without the header of zlib, whose first byte ends with 8.
        return zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS
