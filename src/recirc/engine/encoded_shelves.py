"""The JSON of a slate from parts that are known already: of an item only its signature is of one answer.

A field is looked for by its name in quotation marks, which stands nowhere within a JSON string: there the marks are
escaped.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from recirc.engine.shelf_signatures import MILLION
from recirc.types import ShelfItem, Slate, flat_slate

PathFunction = Callable[[str], str]
"""Gives the path of the page of the article with an id."""

_FIELD = b'"signature":"'
_SIGNED = _FIELD + b'-"'
_EMPTY = b'"items":[]'


class EncodedSlate(NamedTuple):
    """The JSON of a slate, and the article beside which it is shown, None: none, or one that is not known."""

    body: bytes
    article: str | None


class EncodedItem(NamedTuple):
    """An item but for its signature.

    Attributes:
        slot: JSON of shelf, position and article.
        millionths: its propensity.
        by_rule: an editors' rule gave the slot.
        head, tail: the JSON before and after the signature.
    """

    slot: bytes
    millionths: int
    by_rule: bool
    head: bytes
    tail: bytes


def encoded_item(shelf: str, item: ShelfItem, path: PathFunction) -> EncodedItem:
    """An item of a shelf."""
    head, _, tail = msgspec.json.encode(
        structs.replace(item, signature="-", path=path(item.article))
    ).partition(_SIGNED)
    slot = msgspec.json.encode((shelf, item.position, item.article))
    return EncodedItem(slot, round(item.propensity * MILLION), bool(item.rule), head + _FIELD, b'"' + tail)


def encoded_slate(
    slate: Slate, items: Mapping[str, Iterable[EncodedItem]], sign: Callable[[bytes, int, bool], str]
) -> EncodedSlate:
    """The JSON of a slate of empty shelves with their items. `sign` is `ShelfSignatures.signer` of the answer."""
    flat: dict[str, Any] = dict(flat_slate(slate))
    for name, shelf in slate.shelves.items():
        signed = [
            b"%b%b%b" % (item.head, sign(item.slot, item.millionths, item.by_rule).encode(), item.tail)
            for item in items[name]
        ]
        body = msgspec.json.encode(shelf).replace(_EMPTY, b'"items":[%b]' % b",".join(signed), 1)
        flat[name] = msgspec.Raw(body)
    return EncodedSlate(msgspec.json.encode(flat), slate.article)
