"""What an extractor takes along around an article: bylines, dates, key points, lists, biographies."""

from collections.abc import Sequence
from typing import Final

from recirc.extraction import labels
from recirc.extraction.biographies import LONGEST
from recirc.extraction.blocks import BodyBlock, divided
from recirc.extraction.closing import closing_biography
from recirc.extraction.lines import BULLET, Kind, label_line, size
from recirc.extraction.signoffs import sign_off_of

AT_THE_TOP: Final = 10  # blocks that are looked at
AT_THE_END: Final = 14
LEAST_ABOVE: Final = 3  # blocks above one that tells of the writer
LONGEST_LIST: Final = 40  # blocks
_ABOVE: Final = (
    Kind.BYLINE,
    Kind.DATE,
    Kind.CHANGED,
    Kind.NAME_AND_DATE,
    Kind.OUTLET_AND_DATE,
    Kind.ADDRESS,
    Kind.SHARING,
    Kind.WAY,
    Kind.NAVIGATION,
    Kind.FURNITURE,
    Kind.CAPTION,
    Kind.SECTION,
    Kind.COUNT,
)
_BELOW: Final = (
    Kind.COPYRIGHT,
    Kind.SHARING,
    Kind.TOPICS,
    Kind.COUNT,
    Kind.BIOGRAPHY,
    Kind.LIST_TITLE,
    Kind.FURNITURE,
    Kind.NAVIGATION,
    Kind.DATE,
    Kind.CHANGED,
    Kind.BYLINE,
    Kind.NAME_AND_DATE,
    Kind.OUTLET_AND_DATE,
    Kind.ADDRESS,
)


def without_frame(blocks: Sequence[BodyBlock], head: frozenset[str] = frozenset()) -> list[BodyBlock]:
    """The blocks of an article without what stands around it; at least half of the words stay.

    Args:
        blocks: as an extractor found them.
        head: lines between the headline and the first paragraph, in lower case.

    >>> from recirc.extraction.blocks import paragraph
    >>> blocks = [paragraph(text) for text in ("By Nora Lind", "It stays.", "Nora Lind is a reporter at The Tide.")]
    >>> [block.text for block in without_frame(blocks)]
    ['It stays.']
    """
    whole = blocks
    blocks = [piece for block in whole for piece in divided(block)]
    begin, end = _begin(blocks, head), _end(blocks)
    if (begin, end) == (0, len(blocks)):
        return list(whole)
    kept = blocks[begin:end]
    return list(kept if 2 * _size(kept) >= _size(blocks) or (_size(blocks) < 60 and kept) else blocks)


def _begin(blocks: Sequence[BodyBlock], head: frozenset[str]) -> int:
    begin = 0
    for place, block in enumerate(blocks[:AT_THE_TOP]):
        text = block.text
        is_list = (
            block.kind == "list"
            and sum(other.kind == "p" for other in blocks[place + 1 :]) >= 3
            and size(text) <= 120
        )
        is_point = bool(BULLET.match(text)) and size(text) <= 60
        if (
            is_point
            or text.casefold() in head
            or (len(text) <= 200 and label_line(text).kind in _ABOVE)
            or is_list
        ):
            begin = place + 1
        elif block.kind == "p" and size(text) >= 9:
            break
    return begin


def _end(blocks: Sequence[BodyBlock]) -> int:
    end = _list_at_end(blocks)
    if end > LEAST_ABOVE:
        above = "\n".join(block.text for block in blocks[: end - 1])
        end -= (
            len(blocks[end - 1].text) <= LONGEST
            and closing_biography(blocks[end - 1].text, above) is not None
        )
    for place in range(end - 1, max(0, end - AT_THE_END), -1):
        block = blocks[place]
        kind = label_line(block.text).kind
        if (
            kind in _BELOW
            or (sign_off_of(block.text) and size(block.text) <= 8)
            or labels.is_counter(block.text)
        ):
            end = place
        elif block.kind != "list" and (size(block.text) >= 9 or place + 1 == end == len(blocks)):
            break
    return end


def _list_at_end(blocks: Sequence[BodyBlock]) -> int:
    """The place of the title of a list below which only short lines follow; the number of blocks without one."""
    for place in range(len(blocks) - 2, max(0, len(blocks) - LONGEST_LIST), -1):
        text = blocks[place + 1].text
        if size(text) > 16 or text.endswith((".", "。")):
            break
        if label_line(blocks[place].text).kind is Kind.LIST_TITLE:
            return place
    return len(blocks)


def _size(blocks: Sequence[BodyBlock]) -> int:
    return sum(size(block.text) for block in blocks)
