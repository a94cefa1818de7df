"""How events and articles lie in the log and in memory, where article ids have become dense indices."""

from enum import IntEnum, IntFlag
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from recirc.types.arrays import RecordArray
from recirc.types.wire import Article

MOST_LABELS = 8
"""Labels of one article, all of which it is found by."""


class EntryKind(IntEnum):
    """The kinds of log entries: the reader events, and what happens to articles themselves."""

    IMPRESSION = 0
    VIEW = 1
    READ = 2
    REACTION = 3
    SHARE = 4
    PUBLISH = 5
    WITHDRAW = 6


class Exclusion(IntEnum):
    """Why an event is kept but not counted."""

    NONE = 0
    BOT = 1
    NO_USER_AGENT = 2
    CROWD = 3  # one address said to be more readers than intake.readers_per_address
    UNCONFIRMED = 4  # the reader asked for no page, and there are more such readers than is usual
    RATE = 5  # one address sent more requests in a minute than intake.requests_per_minute
    ALIKE = 6  # more of the article's readers have this network or browser than is plausible
    LIFELESS = 7  # nothing was heard of the reader but the view, of more readers than is usual


IN_DOUBT = (Exclusion.UNCONFIRMED, Exclusion.ALIKE, Exclusion.LIFELESS)
"""Exclusions that the sequencer decides, and of which a later sign of life may take a reader out."""


class Decision(IntFlag):
    """What was decided once of an entry when it entered the log."""

    COUNTED = 1  # a view that is neither excluded nor repeated; an impression, its reader's first that day
    NEW_READER = 2  # a counted view, its reader's first of the article within a day; an impression or a read
    # by which a reader counts whose view was in doubt: of the article that was read, or beside which the shelf stood
    GIVEN = 4  # a reaction that its reader had not given that day; an impression or a read: see ALIVE
    ALIVE = 4  # an impression or a read that is a sign of life on that page, and changes what is known of its readers
    TAKEN_BACK = 8  # a reaction that its reader had given that day; an impression or a read: see HASTY
    HASTY = 8  # an impression or a read of a reader who opened more pages at once than a person does: it is no sign of
    # life; set by whoever makes the record
    CROWDED = (
        8  # with NEW_READER: one of more readers of one network than the article's others make plausible, who
    )
    # counts and is not ranked; it is never set together with HASTY
    KEYED = 16  # sent with an API key or imported: its id is remembered for longer; set by whoever makes the record
    CONFIRMED = (
        32  # the reader had asked for the page or for shelves beside it; set by whoever makes the record
    )
    DOUBTFUL = (
        64  # a counted view of an unconfirmed reader, where others are confirmed: no move is learned from it; a read
        # by one of whom no view of the article counts
    )
    DECIDED = 128


RECORD = np.dtype(
    [
        ("id", np.int64),  # 63-bit key of the event: equal keys are the same event
        ("time", np.int64),  # ms since 1970, UTC
        ("reader", np.int64),  # keyed hash, 0: not known
        ("visit", np.int64),  # keyed hash, 0: each event is a visit of its own
        ("serve_id", np.uint64),  # 0: none
        ("article", np.int32),  # dense index
        ("source", np.int32),  # dense index of the article beside which the shelf stood, -1: none
        (
            "value",
            np.float32,
        ),  # read: engaged seconds; seen or opened on a shelf: propensity, 0: not told, or BY_RULE
        ("scroll", np.float16),  # read: 0 to 1; of a view the same bytes are its network, see `networks`
        ("region", np.uint16),
        ("kind", np.uint8),  # Entry
        ("excluded", np.uint8),  # Exclusion, with VOIDED when it was excluded afterwards
        ("shelf", np.uint8),  # 0: none, else its number in SHELF_NUMBERS
        ("position", np.uint8),  # 255: none
        # Of a reaction: REACTIONS.index, with UNDONE when it is taken back; of a view the browser's family and version
        # as a number, where `networks` has the network; 255: none.
        ("name", np.uint8),
        ("referrer", np.uint8),
        ("device", np.uint8),
        ("decision", np.uint8),  # Decision
    ],
    align=True,
)
"""One log entry in 64 bytes. Changing it changes the format of the log on disk: raise `store.FORMAT`."""

_NETWORK_AT = RECORD.fields["scroll"][1] if RECORD.fields is not None else 0
"""Place of a view's network in its record, in bytes."""


def networks(records: RecordArray) -> NDArray[np.uint16]:
    """The networks of views, uint16 (n,): a keyed hash of the day, 0 where it is not known. A view of the records' own
    memory, which `scroll` shares: only for views whose `name` is not UNKNOWN_AGENT.
    """
    found: NDArray[np.uint16] = records.getfield(np.uint16, _NETWORK_AT)
    return found


UNKNOWN_AGENT = 255
"""In the place of a view's browser: that it and the network are not known."""

NO_POSITION = 255

BY_RULE = -1.0
"""In the place of a propensity: an editors' rule gave the slot, so nothing is learned from it of what readers want."""

VOIDED = 128
"""Added to the exclusion of an event that somebody excluded when it was in the log already."""

UNDONE = 128
"""Added to a reaction's place in the list where the reader takes it back."""


class ArticleFeatures(Struct, frozen=True, kw_only=True, array_like=True):
    """What an article is about, as numbers: a pure function of the article, kept in the log beside its
    publication.
    """

    model: str  # names what made the vector and the shingles
    vector: bytes  # int8 (text.vector.DIMENSIONS,)
    shingles: bytes  # uint32 (n,), sorted hashes of word 4-grams
    section: int  # hash of the section's slug
    topics: tuple[int, ...]  # hashes of the topics' slugs
    authors: tuple[int, ...]  # hashes of the authors' slugs
    published: int  # ms since 1970, UTC; -1: not known
    facts: bytes = b""  # uint64 (n,), numbers and names with the words around them
    outlet: int = 0  # hash of the outlet's slug; 0: not known
    copy: bool = False  # found to be a copy of what another outlet published first: no shelf shows it
    language: str = ""  # two-letter code, perhaps with more after a hyphen; empty: not known
    terms: bytes = b""  # uint32 (n,), hashes of the terms
    weights: bytes = b""  # uint8 (n,), their weights
    site: int = -1  # hash of the site where it is read; 0: none but the portal; -1: nobody has noted it
    labels: tuple[int, ...] = ()  # hashes of the labels' slugs
    words: int = -1  # of its text; -1: nobody has counted them


class Publication(NamedTuple):
    """An article on its way into the log.

    Attributes:
        addresses: the addresses it is found under, most reliable first.
        based_on: digest of the version that the change is based on, empty: no version yet; None: whatever is there.
    """

    article: Article
    features: ArticleFeatures
    addresses: tuple[str, ...] = ()
    based_on: bytes | None = None


class Batch(NamedTuple):
    """Consecutive log entries.

    Attributes:
        first: offset of the first entry; the log's first is 1.
        records: RECORD (n,).
        features: features of the article of each PUBLISH entry, by its position in `records`.
        mends: for each change of what was in the log already, its first log entry, when the batch was read.
    """

    first: int
    records: RecordArray
    features: dict[int, ArticleFeatures]
    mends: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        """Offset of the last entry; `first - 1` when there is none."""
        return self.first + len(self.records) - 1

    def part(self, start: int, stop: int) -> "Batch":
        """The entries at places `start` to `stop` (not included)."""
        features = {place - start: each for place, each in self.features.items() if start <= place < stop}
        return Batch(self.first + start, self.records[start:stop], features, self.mends)
