"""The JSON of a slate from parts that are known already: of an item only its signature is of one answer.

A field is looked for by its name in quotation marks, which stands nowhere within a JSON string: there the marks are
escaped.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import inf
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import structs

from recirc.clock import from_ms
from recirc.engine.shelf_signatures import MILLION
from recirc.types import Shelf, ShelfItem, Slate, flat_slate

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


Sign = Callable[[bytes, int, bool], str]
"""`ShelfSignatures.signer` of an answer."""


class EncodedShelf(NamedTuple):
    """A shelf but for its time, its id and the signatures of its items: its method, the text for when it is short, and
    the items.
    """

    name: str
    method: str
    short: str | None
    items: Iterable[EncodedItem]

    def body(self, time: bytes, serve_id: bytes, sign: Sign) -> bytes:
        """Its name and its JSON as of a time, both as JSON, with the id of an answer."""
        start, middle, end, tail = _frame(self.name, self.method, self.short)
        signed = b",".join(
            [
                item.head + sign(item.slot, item.millionths, item.by_rule).encode() + item.tail
                for item in self.items
            ]
        )
        return b"".join((start, signed, middle, time, end, serve_id, tail))


@lru_cache(maxsize=1024)
def _frame(name: str, method: str, short: str | None) -> tuple[bytes, bytes, bytes, bytes]:
    """The JSON of a shelf after its name, cut where its items, its time and its id belong."""
    moment = from_ms(0)
    shelf = Shelf(kind=name, items=(), method=method, as_of=moment, serve_id="-", short=short)
    start, rest = msgspec.json.encode({name: shelf})[1:-1].split(b'"items":[]', 1)
    middle, rest = rest.split(b'"as_of":' + msgspec.json.encode(moment), 1)
    end, tail = rest.split(b'"serve_id":"-"', 1)
    return start + b'"items":[', b"]" + middle + b'"as_of":', end + b'"serve_id":"', b'"' + tail


def encoded_slate(
    shelves: Iterable[EncodedShelf], now: int, offset: int, article: str | None, serve_id: str, sign: Sign
) -> EncodedSlate:
    """The JSON of a slate as of `now` (ms)."""
    time, name = msgspec.json.encode(from_ms(now)), serve_id.encode()
    parts = [shelf.body(time, name, sign) for shelf in shelves]
    rest = b'"as_of":%b,"offset":%d,"article":%b' % (time, offset, msgspec.json.encode(article))
    return EncodedSlate(b"{" + b",".join((*parts, rest)) + b"}", article)


_TIME, _ID, _SIGNATURE = b"\0t", b"\0i", b"\0s"
"""Marks of what is of one answer: no JSON has a zero byte."""
PART_BYTES: Final = 64
"""Bytes of an object and of its places in lists, about."""
_MARKS: Final = re.compile(rb"(\0[tis])")


class SlateTemplate:
    """The JSON of a slate but for what is of one answer: its time, its id, and the signatures of its items.

    Attributes:
        nbytes: of it, about; the items are kept, and counted, with their shelves.
        until: it is the same as long as the slate is.
    """

    until = inf

    def __init__(self, slate: Slate, items: Mapping[str, Iterable[EncodedItem]]) -> None:
        """`slate` has shelves without items, all with one id and one time."""
        flat: dict[str, Any] = dict(flat_slate(slate))
        self._article = slate.article
        self._items = [item for name in slate.shelves for item in items[name]]
        time = msgspec.json.encode(slate.as_of)
        for name, shelf in slate.shelves.items():
            signed = [item.head + _SIGNATURE + item.tail for item in items[name]]
            body = msgspec.json.encode(shelf)
            body = body.replace(b'"as_of":' + time, b'"as_of":' + _TIME, 1)
            body = body.replace(b'"serve_id":"%b"' % shelf.serve_id.encode(), b'"serve_id":"%b"' % _ID, 1)
            flat[name] = msgspec.Raw(body.replace(_EMPTY, b'"items":[%b]' % b",".join(signed), 1))
        flat["as_of"] = msgspec.Raw(_TIME)
        self._parts = _MARKS.split(msgspec.json.encode(flat))
        self.nbytes = sum(map(len, self._parts)) + PART_BYTES * len(self._parts)
        self._places = {
            mark: [place for place, part in enumerate(self._parts) if part == mark]
            for mark in (_TIME, _ID, _SIGNATURE)
        }

    def at(self, now: int, serve_id: str, sign: Sign) -> EncodedSlate:
        """The slate as of `now` (ms)."""
        parts, time, name = [*self._parts], msgspec.json.encode(from_ms(now)), serve_id.encode()
        for place in self._places[_TIME]:
            parts[place] = time
        for place in self._places[_ID]:
            parts[place] = name
        for place, item in zip(self._places[_SIGNATURE], self._items, strict=True):
            parts[place] = sign(item.slot, item.millionths, item.by_rule).encode()
        return EncodedSlate(b"".join(parts), self._article)
