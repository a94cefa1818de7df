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
    IN_DOUBT,
    NO_POSITION,
    RECORD,
    UNDONE,
    UNKNOWN_AGENT,
    VOIDED,
    ArticleFeatures,
    Batch,
    Decision,
    EntryKind,
    Exclusion,
    Publication,
    networks,
)
from recirc.types.shelf_numbers import SHELF_NUMBERS
from recirc.types.slates import FLAT_SCHEMA, RESERVED_NAMES, FlatSlate, flat_slate, slate_of
from recirc.types.wire import (
    REACTIONS,
    Article,
    ArticleParts,
    ArticleUpdate,
    Author,
    Claims,
    Counts,
    Event,
    EventKind,
    Finding,
    Id,
<<<<<<< HEAD
    Language,
=======
    ItemPicture,
>>>>>>> main
    Picture,
    PictureFacts,
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
    "IN_DOUBT",
    "NO_POSITION",
    "REACTIONS",
    "RECORD",
    "RESERVED_NAMES",
    "SHELF_NUMBERS",
    "UNDONE",
    "UNKNOWN_AGENT",
    "VOIDED",
    "Arrays",
    "Article",
    "ArticleFeatures",
    "ArticleParts",
    "ArticleUpdate",
    "Author",
    "Batch",
    "BoolArray",
    "Claims",
    "Counts",
    "Decision",
    "EntryKind",
    "Event",
    "EventKind",
    "Exclusion",
    "Finding",
    "FlatSlate",
    "FloatArray",
    "Id",
    "IntArray",
<<<<<<< HEAD
    "Language",
=======
    "ItemPicture",
>>>>>>> main
    "LongArray",
    "Picture",
    "PictureFacts",
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
    "networks",
    "slate_of",
]
