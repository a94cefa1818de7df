"""What the API answers, as far as `recirc.types` has no word for it. A newer server may say more: that is not read."""

from msgspec import Struct

from recirc.types import Article, Counts


class FieldError(Struct, frozen=True, kw_only=True):
    """One thing that is wrong: with which field, and of which item of a list."""

    text: str
    field: str | None = None
    index: int | None = None  # place in what was given to the client, the first is 0

    def __str__(self) -> str:
        where = "" if self.index is None else f"[{self.index}] "
        return f"{where}{self.text}"


class PublishResult(Struct, frozen=True, kw_only=True):
    """What became of one article that was sent."""

    id: str | None
    outcome: str  # new, updated, unchanged, refused
    field: str | None = None  # of a refused one: which field
    text: str | None = None  # and why
    ignored: tuple[str, ...] = ()  # names of fields that were not understood


class WithdrawResult(Struct, frozen=True, kw_only=True):
    """What became of a withdrawal."""

    id: str
    outcome: str


class ArticleRecord(Struct, frozen=True, kw_only=True):
    """One article as it is kept. `article` is None when events name it but nobody published it."""

    id: str
    path: str  # of its page on the portal
    article: Article | None
    counts: Counts
    reactions: dict[str, int]  # distinct readers
    story: tuple[str, ...]  # ids of the other articles that tell the same


class EventsResult(Struct, frozen=True, kw_only=True):
    """What became of events. `excluded` ones are among the accepted or the duplicates."""

    accepted: int  # new ones, on disk now
    duplicates: int  # known by their id; after a retry also those whose first acknowledgement was lost
    excluded: int = 0  # by bots or without a user agent: kept, not counted
    refused: tuple[FieldError, ...] = ()  # of each request the first 1,000
    refused_beyond: int = 0  # so many more were refused

    def __add__(self, other: "EventsResult") -> "EventsResult":
        return EventsResult(
            accepted=self.accepted + other.accepted,
            duplicates=self.duplicates + other.duplicates,
            excluded=self.excluded + other.excluded,
            refused=self.refused + other.refused,
            refused_beyond=self.refused_beyond + other.refused_beyond,
        )


class HealthStatus(Struct, frozen=True, kw_only=True):
    """How the worker is that answered."""

    status: str  # ok, or failing
    version: str
    worker: int  # its process id
    offset: int  # last log entry that it has folded
    log_end: int | None = None  # last log entry on disk
    lag: int | None = None  # entries between the two
    model: str | None = None  # id of the learned model that serves
    text: str | None = None  # what is wrong
    model_text: str | None = None  # why another model serves than the one put in force
