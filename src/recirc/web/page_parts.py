"""Pages put together from parts, each of which is compressed once.

Compressed parts may stand one after another in one gzip file where each ends at a whole byte and looks back at nothing
but what is before it in this page (RFC 1951, 3.2; zlib's full flush, and its dictionary).
"""

import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from typing_extensions import override

from recirc.hashing import hex_digest
from recirc.web.shared_response import SharedAnswer
from recirc.web.shelf_template import RenderedShelf

_HEAD: Final = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""A gzip file of no time and of an unknown system begins so (RFC 1952, 2.3)."""

WINDOW: Final = 32_768
"""Bytes that deflate looks back."""


class PagePart:
    """A part of pages, and the same compressed, once it was needed. `last`: nothing follows it."""

    def __init__(self, body: bytes, *, last: bool = False) -> None:
        self.body = body
        self._last = last
        self._deflated: bytes | None = None

    def deflated(self, level: int) -> bytes:
        """The part as raw deflate, always with the level of the first time."""
        if self._deflated is None:
            self._deflated = _deflated(self.body, level, last=self._last)
        return self._deflated


class PageFrame(NamedTuple):
    """A page around its shelves, and a digest of it."""

    before: PagePart
    after: PagePart
    digest: bytes

    @property
    def nbytes(self) -> int:
        """Bytes of it, plain and compressed, about."""
        return 3 * (len(self.before.body) + len(self.after.body)) // 2


class PageAnswer(SharedAnswer):
    """A page with its shelves.

    Attributes:
        etag: of all but what is of one answer.
    """

    def __init__(self, frame: PageFrame, shelves: Sequence[RenderedShelf], article: str) -> None:
        self._frame = frame
        self._shelves = b"".join([shelf.body for shelf in shelves])
        super().__init__(frame.before.body + self._shelves + frame.after.body, article)
        digests = b"".join([frame.digest, *(shelf.digest for shelf in shelves)])
        # Weak: the compressed body is the same page in other bytes.
        self.etag = f'W/"{hex_digest(digests, 8)}"'

    @override
    def compressed(self, level: int) -> bytes:
        """The page as gzip, its frame with the level of the first time."""
        return b"".join(
            (
                _HEAD,
                self._frame.before.deflated(level),
                _deflated(self._shelves, level, before=self._frame.before.body),
                self._frame.after.deflated(level),
                zlib.crc32(self.body).to_bytes(4, "little"),
                (len(self.body) & 0xFFFFFFFF).to_bytes(4, "little"),
            )
        )


def _deflated(body: bytes, level: int, *, last: bool = False, before: bytes = b"") -> bytes:
    """Raw deflate of a part that stands behind `before`, whose words it may repeat."""
    packing = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before[-WINDOW:])
    return packing.compress(body) + packing.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
