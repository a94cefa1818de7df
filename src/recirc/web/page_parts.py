"""Pages put together from parts: a frame that is compressed once, and shelves.

Compressed parts may stand one after another in one gzip file where each ends at a whole byte and looks back at nothing
but what is before it in this page (RFC 1951, 3.2; zlib's full flush, and its dictionary).
"""

import zlib
from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from recirc.hashing import digest, hex_digest
from recirc.web.shared_response import SharedAnswer
from recirc.web.shelf_template import DIGEST_BYTES, RenderedShelf

_HEAD: Final = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""A gzip file of no time and of an unknown system begins so (RFC 1952, 2.3)."""

WINDOW: Final = 32_768
"""Bytes that deflate looks back."""
LEVEL: Final = 6
"""Of the compression of frames: once for many answers."""


class PageFrame:
    """A page around its shelves, kept compressed: a third of its bytes, and as it is sent.

    Attributes:
        digest: of it.
        before, after: its two parts as raw deflate.
    """

    def __init__(self, before: bytes, after: bytes) -> None:
        self.digest = digest(b"\0".join((before, after)), DIGEST_BYTES)
        self.before, self.after = _deflated(before, LEVEL), _deflated(after, LEVEL, last=True)

    @property
    def nbytes(self) -> int:
        """Bytes of it, about."""
        return len(self.before) + len(self.after)

    def plain(self) -> tuple[bytes, bytes]:
        """Its two parts, not compressed."""
        before, after = (
            zlib.decompressobj(-zlib.MAX_WBITS).decompress(each) for each in (self.before, self.after)
        )
        return before, after


class PageAnswer(SharedAnswer):
    """A page with its shelves.

    Attributes:
        etag: of all but what is of one answer.
    """

    def __init__(self, frame: PageFrame, shelves: Sequence[RenderedShelf], article: str) -> None:
        self._frame = frame
        self._before, after = frame.plain()
        self._shelves = b"".join([shelf.body for shelf in shelves])
        super().__init__(self._before + self._shelves + after, article)
        digests = b"".join([frame.digest, *(shelf.digest for shelf in shelves)])
        # Weak: the compressed body is the same page in other bytes.
        self.etag = f'W/"{hex_digest(digests, 8)}"'

    @override
    def compressed(self, level: int) -> bytes:
        """The page as gzip, its shelves with this level."""
        return b"".join(
            (
                _HEAD,
                self._frame.before,
                _deflated(self._shelves, level, before=self._before),
                self._frame.after,
                zlib.crc32(self.body).to_bytes(4, "little"),
                (len(self.body) & 0xFFFFFFFF).to_bytes(4, "little"),
            )
        )


def _deflated(body: bytes, level: int, *, last: bool = False, before: bytes = b"") -> bytes:
    """Raw deflate of a part that stands behind `before`, whose words it may repeat."""
    packing = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before[-WINDOW:])
    return packing.compress(body) + packing.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
