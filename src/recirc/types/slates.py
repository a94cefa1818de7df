"""A slate as the API's JSON has it: each shelf under its own name, beside the moment, the offset and the article.

A new shelf is a new key, and the keys of the others stay what they are.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

import msgspec

from .wire import Shelf, Slate  # relative: clients/python ships both files in its own package

FlatSlate: TypeAlias = dict[str, Shelf | str | int | None]
"""What a slate is decoded as."""

RESERVED_NAMES: Final = ("as_of", "offset", "article")
"""No shelf can have these names."""

FLAT_SCHEMA: Final[dict[str, Any]] = {
    "title": "Slate",
    "type": "object",
    "description": "The shelves, each under its own name: related, ranking, recommendation, and those of plug-ins.",
    "properties": {
        "as_of": {"type": "string", "format": "date-time"},
        "offset": {"type": "integer"},
        "article": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    },
    "additionalProperties": {"$ref": "#/components/schemas/Shelf"},
    "required": ["as_of", "offset"],
}


def flat_slate(slate: Slate) -> dict[str, Shelf | datetime | int | str | None]:
    """What is encoded for a slate."""
    return {**slate.shelves, "as_of": slate.as_of, "offset": slate.offset, "article": slate.article}


def slate_of(decoded: Mapping[str, Shelf | str | int | None]) -> Slate:
    """The slate of what was decoded as `FlatSlate`.

    Raises:
        msgspec.ValidationError: it is not a slate.

    >>> when = "2026-11-22T08:00:00Z"
    >>> related = Shelf(kind="related", items=(), method="text", as_of=when, serve_id="1f")
    >>> slate = Slate(shelves={"related": related}, as_of=when, offset=3, article="a")
    >>> encoded = msgspec.json.encode(flat_slate(slate))
    >>> slate_of(msgspec.json.decode(encoded, type=FlatSlate)).shelves["related"].serve_id
    '1f'
    """
    shelves = {name: value for name, value in decoded.items() if isinstance(value, Shelf)}
    rest = {name: value for name, value in decoded.items() if name in RESERVED_NAMES}
    return msgspec.convert({**rest, "shelves": shelves}, Slate)
