"""The words of the domain; who knows this package can read the rest.

Two alphabets for the same things: `wire` has the structs that people and programs send and receive, `records` how an
event is stored in the log and in memory. `arrays` names the arrays.
"""

from recirc.types.arrays import (
    Arrays,
    BoolArray,
    FloatArray,
    IntArray,
    LongArray,
    RecordArray,
)
from recirc.types.records import (
    NO_POSITION,
    RECORD,
    UNDONE,
    ArticleFeatures,
    Batch,
    EntryKind,
    Exclusion,
    Publication,
)
from recirc.types.shelf_numbers import SHELF_NUMBERS
from recirc.types.slates import FLAT_SCHEMA, RESERVED_NAMES, FlatSlate, flat_slate, slate_of
from recirc.types.wire import (
    REACTIONS,
    Article,
    ArticleParts,
    Author,
    Claims,
    Counts,
    Event,
    EventKind,
    Finding,
    Id,
    Provenance,
    Reason,
    Request,
    Shelf,
    ShelfItem,
    ShelfName,
    Slate,
    Slug,
    Window,
)

__all__ = [
    "FLAT_SCHEMA",
    "NO_POSITION",
    "REACTIONS",
    "RECORD",
    "RESERVED_NAMES",
    "SHELF_NUMBERS",
    "UNDONE",
    "Arrays",
    "Article",
    "ArticleFeatures",
    "ArticleParts",
    "Author",
    "Batch",
    "BoolArray",
    "Claims",
    "Counts",
    "EntryKind",
    "Event",
    "EventKind",
    "Exclusion",
    "Finding",
    "FlatSlate",
    "FloatArray",
    "Id",
    "IntArray",
    "LongArray",
    "Provenance",
    "Publication",
    "Reason",
    "RecordArray",
    "Request",
    "Shelf",
    "ShelfItem",
    "ShelfName",
    "Slate",
    "Slug",
    "Window",
    "flat_slate",
    "slate_of",
]
