"""Unpacks what comes packed, a little at a time, so that a bomb is noticed before it goes off."""

import zlib
from collections.abc import Iterator
from typing import Final

from recirc.sources.fetching.fault import TransportError

ACCEPTED: Final = "gzip, deflate"  # what the standard library unpacks with a bound
PIECE: Final = 65_536  # bytes that are unpacked at most before the reader is asked whether to go on

_MAGIC: Final = b"\x1f\x8b"  # a member of a gzip stream
_GZIP: Final = zlib.MAX_WBITS | 16
_PLAIN: Final = ("", "identity")


class Unpacker:
    """Unpacks one body; an instance knows where in it it is."""

    def __init__(self, encoding: str) -> None:
        """`encoding` is the header Content-Encoding.

        Raises:
            Fault: it is neither gzip nor deflate nor empty.
        """
        name = encoding.strip().lower().removeprefix("x-")
        if name not in (*_PLAIN, "gzip", "deflate"):
            raise TransportError(
                f"the answer is packed as {encoding[:40]!r}, though only {ACCEPTED} is asked for"
            )
        self._name = name
        self._stream: zlib._Decompress | None = None
        self._early = b""  # bytes that are too few yet to tell whether another member begins
        self._complete = False  # a whole member was unpacked
        self._over = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What `data` unpacks to, in pieces of at most `PIECE` bytes; an empty one may be among them.

        Raises:
            Fault: the data is damaged.
        """
        if self._name in _PLAIN:
            yield data
            return
        data, self._early = self._early + data, b""
        while not self._over:
            if self._stream is None:
                if not self._begins(data):
                    return
                self._stream = zlib.decompressobj(self._window(data))
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
        """Say that there is no more data.

        Raises:
            Fault: the packed data is not at its end.
        """
        if self._stream is not None:
            raise TransportError("the answer breaks off: its packed data is not at its end")

    def _begins(self, data: bytes) -> bool:
        """Whether another member begins with `data`, or the first, which begins with anything."""
        if not data:
            return False
        if not self._complete:
            return True
        if self._name == "gzip" and _MAGIC.startswith(data[:2]):
            if len(data) == 1:
                self._early = data
                return False
            return True
        self._over = True  # padding, as some servers send it after the end
        return False

    def _window(self, data: bytes) -> int:
        if self._name == "gzip":
            return _GZIP
        # Some servers say deflate and send it without the header of zlib, whose first byte ends with 8.
        return zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS
