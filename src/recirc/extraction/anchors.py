"""The links of a page's lines, put back into the blocks of its body."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final, TypeAlias

from recirc.extraction.blocks import words
from recirc.extraction.elements import absolute
from recirc.extraction.visible import Anchor, VisibleLine

Anchors: TypeAlias = Mapping[str, Sequence[Anchor]]
"""The links of each line by the line's text, in order."""

_PIECES: Final = re.compile(r"(</?(?:p|div|li|ul|ol|td|th|tr|table|blockquote|h[1-6])\b[^<>]*>|<br>)")


def anchors_of(lines: Sequence[VisibleLine]) -> Anchors:
    """The links of the lines; of equal lines those of the first."""
    return {line.text: line.anchors for line in reversed(lines) if line.anchors}


def with_anchors(html: str, anchors: Anchors, base: str | None) -> str:
    """A block of HTML with the links of its lines; a link whose words are divided by emphasis is left out.

    >>> with_anchors("<p>See the mill.</p>", {"See the mill.": [Anchor("the mill", "/mill")]}, "https://paper.example/")
    '<p>See <a href="https://paper.example/mill">the mill</a>.</p>'
    """
    pieces = _PIECES.split(html)
    return "".join(_linked(piece, anchors.get(words(piece), ()), base) for piece in pieces)


def _linked(piece: str, anchors: Sequence[Anchor], base: str | None) -> str:
    parts: list[str] = []
    for anchor in anchors:
        target = absolute(anchor.target, base)
        shown = escape(anchor.text, quote=False)
        place = piece.find(shown)
        if target is None or place < 0:
            continue
        parts += [piece[:place], f'<a href="{escape(target)}">{shown}</a>']
        piece = piece[place + len(shown) :]
    return "".join((*parts, piece))
