"""What the HTTP API returns where `wire` has no struct for it.

The server encodes these structs and the Python client decodes them. Fields that a newer server adds are ignored.
"""

from datetime import datetime

from msgspec import Struct

from .wire import Article, Counts, Reason  # relative: clients/python ships both files in its own package


class FieldError(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One error in a request: what is wrong, with which field, of which item of a list."""

    text: str
    field: str | None = None
    index: int | None = None  # place in the list that was sent, the first is 0

    def __str__(self) -> str:
        where = "" if self.index is None else f"[{self.index}] "
        return f"{where}{self.text}"


class NextArticle(Struct, frozen=True, kw_only=True):
    """An article that may be wanted next; scores order the articles of one answer and mean nothing beyond that."""

    article: str
    score: float


class NextArticles(Struct, frozen=True, kw_only=True):
    """What may be wanted next, best first, without reasons. `offset` is the last log entry that it is based on."""

    items: tuple[NextArticle, ...]
    method: str
    as_of: datetime
    offset: int


class NextOfReader(Struct, frozen=True, kw_only=True):
    """What one of several readers may want next, best first; `reader` is the sender's own key.

    While readers are answered the log goes on: `offset` is the last entry that this answer is based on.
    """

    reader: str
    items: tuple[NextArticle, ...]
    method: str
    offset: int


class NextOfReaders(Struct, frozen=True, kw_only=True):
    """What several readers may want next, in the order of the request, all as of one moment."""

    readers: tuple[NextOfReader, ...]
    as_of: datetime


class TopicToFollow(Struct, frozen=True, kw_only=True):
    """A topic, section or author that a reader may want to follow; `slug` is that of its page."""

    name: str
    slug: str
    reason: Reason


class FollowSuggestions(Struct, frozen=True, kw_only=True):
    """What a reader may want to follow, best first; without a reader, what is read most."""

    topics: tuple[TopicToFollow, ...]
    sections: tuple[TopicToFollow, ...]
    authors: tuple[TopicToFollow, ...]
    as_of: datetime
    offset: int


class PublishResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Outcome of one article that was sent."""

    id: str | None
    outcome: str  # new, updated, unchanged, held, refused
    field: str | None = None  # of a refused article: the field at fault
    text: str | None = None  # of a refused or held article the reason; else what an unknown field may be
    ignored: tuple[str, ...] = ()  # names of unknown fields


class WithdrawResult(Struct, frozen=True, kw_only=True):
    """Outcome of a withdrawal."""

    id: str
    outcome: str


class ArticleRecord(Struct, frozen=True, kw_only=True):
    """One article as stored. `article` is None when events name it but nobody published it."""

    id: str
    path: str  # of its page on the portal
    article: Article | None
    counts: Counts
    reactions: dict[str, int]  # distinct readers
    story: tuple[str, ...]  # ids of the other articles of the same story
    held: str | None = None  # of an article that is held back, which only a key can read: why, and until when


class EventsResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Outcome of a batch of events. The `excluded` ones are among the accepted or the duplicates."""

    accepted: int  # new events, on disk now
    duplicates: int  # known by their id; after a retry also those whose first acknowledgement was lost
    excluded: int  # sent by declared bots, without a user agent, or by a crowd: stored, not counted
    refused: tuple[FieldError, ...]  # of each request the first ten
    refused_beyond: int = 0  # number of further refused events
    unsigned: int = (
        0  # of the accepted, those whose slot on a shelf is not known, for want of a valid signature
    )

    def __add__(self, other: "EventsResult") -> "EventsResult":
        return EventsResult(
            accepted=self.accepted + other.accepted,
            duplicates=self.duplicates + other.duplicates,
            excluded=self.excluded + other.excluded,
            refused=self.refused + other.refused,
            refused_beyond=self.refused_beyond + other.refused_beyond,
            unsigned=self.unsigned + other.unsigned,
        )


class HealthStatus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Health of the worker that answered."""

    status: str  # ok, or failing
    version: str
    worker: int  # its process id
    offset: int  # last log entry that it has folded
    log_end: int | None = None  # last log entry on disk
    lag: int | None = None  # entries between the two
    model: str | None = None  # id of the learned model that serves; None: the default formula serves
    text: str | None = None  # what is wrong
    model_text: str | None = None  # why another model than the active one serves
