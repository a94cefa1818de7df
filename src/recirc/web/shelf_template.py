"""A shelf of a page as HTML, but for what is of one answer: its time, its id, and the signatures of its items."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from msgspec import structs

from recirc.clock import from_ms
from recirc.engine.encoded_shelves import PART_BYTES, Sign
from recirc.engine.shelf_signatures import MILLION
from recirc.hashing import digest
from recirc.types import Shelf
from recirc.web.dates import iso

MARK: Final = secrets.token_hex(12)
"""Begins each mark in a rendered text: another one in each process, so that no text of an article has it."""

_MARKS: Final = re.compile(rf"{MARK}([idcs])([0-9]*);")
_ID, _TIME, _CLOCK, _SIGNATURE = "i", "d", "c", "s"

DIGEST_BYTES: Final = 8
SLOT_BYTES: Final = 250
"""Bytes of what the signature of a slot is made from, about."""


class RenderedShelf(NamedTuple):
    """A shelf as HTML, and a digest of all of it that is not of this answer alone."""

    body: bytes
    digest: bytes


class ShelfTemplate:
    """The HTML of a shelf with places for what is of one answer.

    Attributes:
        until: ms: from then on it may be another although the shelf is the same.
        nbytes: of it, about.
    """

    def __init__(
        self,
        shelf: Shelf,
        render: Callable[[Shelf], str],
        clock: Callable[[datetime], str],
        until: float,
    ) -> None:
        """`render` makes the HTML of a shelf, `clock` the words of its time."""
        self.until = until
        self._clock = clock
        self._slots = [
            (
                msgspec.json.encode((shelf.kind, item.position, item.article)),
                round(item.propensity * MILLION),
                bool(item.rule),
            )
            for item in shelf.items
        ]
        time = 'data-as-of datetime="{}">{}<'  # of no article: there such a mark of quotation is escaped
        text = render(_marked(shelf)).replace(
            time.format(iso(shelf.as_of), clock(shelf.as_of)), time.format(_mark(_TIME), _mark(_CLOCK))
        )
        plain, *rest = _MARKS.split(text)
        self._parts = [plain.encode()]
        self._places: dict[str, list[int]] = {_ID: [], _TIME: [], _CLOCK: []}
        self._signed: list[tuple[int, int]] = []
        for kind, number, plain in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            place = len(self._parts)
            if kind == _SIGNATURE:
                self._signed.append((place, int(number)))
            else:
                self._places[kind].append(place)
            self._parts += [b"", plain.encode()]
        self._digest = digest(b"\0".join(self._parts), DIGEST_BYTES)
        self.nbytes = (
            sum(map(len, self._parts)) + PART_BYTES * len(self._parts) + SLOT_BYTES * len(self._slots)
        )

    def at(self, now: int, serve_id: str, sign: Sign) -> RenderedShelf:
        """The shelf as of `now` (ms)."""
        parts, moment = [*self._parts], from_ms(now)
        said = {_ID: serve_id, _TIME: iso(moment), _CLOCK: self._clock(moment)}
        for kind, places in self._places.items():
            text = said[kind].encode()
            for place in places:
                parts[place] = text
        signatures = [sign(*slot).encode() for slot in self._slots]
        for place, number in self._signed:
            parts[place] = signatures[number]
        return RenderedShelf(b"".join(parts), self._digest)


def _marked(shelf: Shelf) -> Shelf:
    """The shelf with marks for its id and its signatures, which are numbered."""
    items = [
        structs.replace(item, signature=_mark(_SIGNATURE, place)) for place, item in enumerate(shelf.items)
    ]
    return structs.replace(shelf, serve_id=_mark(_ID), items=tuple(items))


def _mark(kind: str, number: int | None = None) -> str:
    return f"{MARK}{kind}{'' if number is None else number};"
