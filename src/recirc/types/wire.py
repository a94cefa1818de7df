"""What people and programs send and receive: frozen structs without behaviour, independent of numpy."""

import warnings
from datetime import datetime
from enum import Enum
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

Id: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=512, description="An article's id, as its newsroom gave it.")
]
Slug: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
ShelfName: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=32,
        description="Name of a shelf: related, ranking, recommendation, or one that a plug-in adds.",
    ),
]


Language: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$",
        max_length=40,
        description="A language, as in HTML's lang attribute: de, pt-BR.",
    ),
]


class EventKind(Enum):
    """What a reader did, or a shelf showed."""

    IMPRESSION = "impression"  # a slot of a shelf was seen
    VIEW = "view"  # an article was opened
    READ = "read"  # an article was read: engaged seconds and depth of scroll
    REACTION = "reaction"  # a reader reacted to an article
    SHARE = "share"  # a reader shared an article


class Window(Enum):
    """How far back Ranking looks."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    EVER = "ever"


class RankBy(Enum):
    """What Ranking goes by."""

    READERS = "readers"  # distinct readers
    RISING = "rising"  # readers, compared with what is usual for the article's age and the hour of the day
    SHARES = "shares"
    REACTIONS = "reactions"
    READING = "reading"  # engaged time of a reader, on average


Span: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^(([5-9]|[1-9][0-9]{1,3})m|[1-9][0-9]{0,2}h|([1-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])d)$",
        description="Length of a window that ends now, from 5 minutes to a year: 90m, 6h, 30d.",
    ),
]


class Author(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person, desk or agency that an article names as its author."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    role: str | None = None
    biography: str | None = None
    outlet: str | None = None
    picture: str | None = None  # address of a portrait, as in Picture


class Claims(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the page or feed that an article came from says of it, word for word; kept, and not believed for that."""

    headline: str | None = None
    outlet: str | None = None
    byline: str | None = None
    published: str | None = None
    section: str | None = None
    canonical_url: str | None = None


class Finding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing about an article that is not as it claims, with its evidence in the article's own words."""

    kind: str  # one of `provenance.KINDS`: copied, byline, date, injected, section, count, links
    evidence: str  # quoted from the page or the archive
    confidence: Annotated[float, Meta(ge=0, le=1)]
    why: str  # what follows from the evidence, in a sentence
    stands: bool = False  # it has an effect: its confidence suffices, and nobody overruled it
    overruled: bool = False  # an editor disagreed: it has no effect


class ArticleParts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Parts of an article that findings change; None: not changed, or not known."""

    headline: str | None = None
    body: str | None = None
    authors: tuple[Author, ...] | None = None
    published: datetime | None = None
    updated: datetime | None = None
    section: Slug | None = None
    first_published_by: str | None = None
    first_published: datetime | None = None
    original_url: str | None = None
    original: str | None = None


class Provenance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose article it is: what was claimed, what was observed, and what follows. What is not known is None, never
    guessed.
    """

    outlet: str | None = None  # whose it is, as shown
    source: str | None = None  # how Recirc came by it: "api", "file articles.jsonl", "feed https://…"
    canonical_url: str | None = None
    first_published_by: str | None = None
    first_published: datetime | None = None
    original_url: str | None = None  # address of the original, for `isBasedOn`
    original: str | None = None  # id of the original in the archive
    claims: Claims | None = None
    fetched_url: str | None = None  # observed: the address that answered
    first_seen: datetime | None = None  # observed: when a source first showed it
    sender_id: str | None = None  # the id that its source gave it, with the address of the source
    former_urls: tuple[str, ...] = ()  # addresses that it had before, the newest first
    corrected: tuple[str, ...] = ()  # fields that an editor corrected, which its source does not change
    findings: tuple[Finding, ...] = ()
    given: ArticleParts | None = (
        None  # what findings changed, as the source gave it; comes back when overruled
    )
    found: ArticleParts | None = None  # the values by their evidence; shown while they stand


class ArticleUpdate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change that readers are told of."""

    time: datetime
    note: str


class Picture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A picture of an article, as its sender describes it; the first one of an article leads."""

    address: Annotated[str, Meta(min_length=1, max_length=2048)]  # http(s), or `media:KEY` of an uploaded one
    alt: str | None = (
        None  # what is on it, for those who do not see it; empty: nothing that the text does not say
    )
    caption: str | None = None
    credit: str | None = None  # who made it
    licence: str | None = None
    focus: tuple[float, float] | None = None  # what crops keep in sight: shares of width and height


class PictureFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What pages need to know of a picture that is kept.

    Attributes:
        key: names its files, a hash of the bytes that were sent, 32 hexadecimal digits.
        width, height: of the largest variant, in pixels.
        widths: of the variants, in pixels, ascending.
        colour: its mean colour, `#rrggbb`.
        credit: whose it is, as the file itself says; empty: it does not say.
    """

    key: str
    width: int
    height: int
    widths: tuple[int, ...]
    colour: str
    credit: str = ""


class Article(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One article, cleaned: `headline` and `summary` are plain text, `body` is safe HTML.

    `published` is None when nobody said when; it never becomes "now".
    """

    id: Id
    headline: str
    body: str = ""
    summary: str | None = None
    section: Slug = "news"
    topics: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None
    url: str | None = None
    provenance: Provenance = Provenance()
    updates: tuple[ArticleUpdate, ...] = ()  # with a note for readers, the newest last
    pictures: tuple[Picture, ...] = ()  # the first one leads
    labels: tuple[str, ...] = ()  # the newsroom's own, such as free, paid, explainer: only a key reads them


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that happened to an article, as its sender tells it."""

    kind: EventKind
    article: Id
    time: Annotated[datetime, Meta(tz=True)] | None = None  # when it happened; None: when it arrived
    id: Annotated[str, Meta(max_length=128)] | None = None  # the sender's own id: sent twice, counted once
    reader: Annotated[str, Meta(max_length=128)] | None = (
        None  # only from senders with a key; hashed before it is kept
    )
    visit: Annotated[str, Meta(max_length=128)] | None = None  # likewise; None: the reader's own visit
    user_agent: Annotated[str, Meta(max_length=1024)] | None = None  # likewise; for the recognition of bots
    shelf: ShelfName | None = None  # the shelf that showed the article, or was clicked
    position: Annotated[int, Meta(ge=0, le=254)] | None = None  # its slot, the first is 0
    source: Id | None = None  # the article beside which the shelf stood
    serve_id: Annotated[str, Meta(pattern="^[0-9a-f]{1,16}$")] | None = (
        None  # the answer that the shelf came from
    )
    propensity: Annotated[float, Meta(gt=0, le=1)] | None = None  # of an impression, or a view from a shelf
    signature: Annotated[str, Meta(max_length=64)] | None = None  # of the shelf's item; needed without a key
    seconds: Annotated[float, Meta(ge=0, le=86_400)] | None = None  # engaged time, of a read
    scroll: Annotated[float, Meta(ge=0, le=1)] | None = None  # deepest point reached, of a read
    name: Annotated[str, Meta(max_length=32)] | None = None  # which reaction, or where it was shared
    undo: bool = False  # of a reaction: the reader takes it back
    referrer: Annotated[int, Meta(ge=0, le=255)] | None = None  # kind of referrer, the sender's code
    device: Annotated[int, Meta(ge=0, le=255)] | None = None  # kind of device, the sender's code
    region: Annotated[int, Meta(ge=0, le=65_535)] | None = None  # region, the sender's code


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question to the engine: what belongs beside this article, for this reader, at this moment?"""

    article: Id | None = None
    url: Annotated[str, Meta(max_length=4096)] | None = (
        None  # instead of `article`: the address at which it is read, in any form
    )
    history: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()  # oldest first, the newest last
    section: Slug | None = None  # Ranking within one section
    window: Window = Window.HOUR
    earlier: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()  # of earlier visits, oldest first
    referrer: Annotated[int, Meta(ge=0, le=255)] | None = (
        None  # of the visit's newest view, the codes as in Event
    )
    device: Annotated[int, Meta(ge=0, le=255)] | None = None
    region: Annotated[int, Meta(ge=0, le=65_535)] | None = None
    personalised: bool = True  # False: only the article is used, nothing about the reader
    slots: Annotated[int, Meta(ge=1, le=50)] | None = None  # of each shelf; None: as the settings say
    shelf: Annotated[
        tuple[ShelfName, ...], Meta(max_length=32)
    ] = ()  # only these shelves are filled; none named: all
    brand: Slug | None = None  # slug of a newspaper's name: its articles alone
    published_only: bool = False  # leave out articles that events name but nobody published here
    draw: Annotated[str, Meta(pattern="^[0-9a-f]{1,16}$")] | None = (
        None  # serve_id of the first response for this page: its random choices are repeated
    )
    language: Language | None = None  # of the reasons; None: the newspaper's
    exclude: Annotated[
        tuple[Id, ...], Meta(max_length=200)
    ] = ()  # ids or addresses of what is on the page already
    # Of each filter that is given, an article must have one of the values; names or their slugs.
    sections: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    topics: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    authors: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    outlets: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    languages: Annotated[tuple[Annotated[str, Meta(max_length=16)], ...], Meta(max_length=20)] = ()
    max_age: Annotated[float, Meta(gt=0, le=876_000)] | None = None  # hours since it was published
    sites: Annotated[
        tuple[Annotated[str, Meta(max_length=255)], ...], Meta(max_length=20)
    ] = ()  # hosts or addresses of the sites where it is read
    last: Span | None = None  # of Ranking, instead of `window`
    by: RankBy = RankBy.READERS  # of Ranking
    labels: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    without: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()  # labels that an article must not have
    min_words: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None  # published then or later


class Reason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The evidence that put an item where it is, in words and in numbers."""

    kind: str  # one of the shelf's kinds of reasons, such as "read together", "most read", "new here"
    text: str
    numbers: dict[str, float] = {}
    fallback: bool = False


class ShelfItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One slot of a shelf. Headline, section and date are None for an article that was never published
    here.
    """

    article: str
    position: int
    score: float
    reason: Reason
    propensity: float  # probability that this article has this slot; 1: nothing is left to chance
    signature: str = ""  # goes back with impressions and clicks: shows that the server said all this
    headline: str | None = None
    section: str | None = None
    published: datetime | None = None
    path: str | None = None
    url: str | None = None  # where it is read, whole; only where pages of other sites asked
    counts: "Counts | None" = None
    rule: str = ""  # key of the editors' rule that gave it the slot; "boost": boosts may have
    label: str = ""  # "live" or "breaking", which editors marked it as
    picture: "ItemPicture | None" = None  # only where pages of other sites asked, and the article has one


class ItemPicture(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The picture of a shelf's item: addresses of its files, size of the largest in pixels, mean colour."""

    src: str
    srcset: str
    width: int
    height: int
    colour: str
    alt: str = ""


class Counts(Struct, frozen=True, kw_only=True):
    """How often an article was opened, and what of that was counted. All are whole numbers of events or
    readers.
    """

    raw: int  # every view that was sent
    excluded: int  # views by declared bots, empty user agents, and crowds behind one address
    repeated: int  # views by a reader who had opened the article within the last half hour
    views: int  # raw - excluded - repeated
    readers: int  # distinct readers, each once a day
    window_readers: int | None = None  # of them, in the window asked for


class Shelf(Struct, frozen=True, kw_only=True):
    """One ordered list with what it was made from. `short` says why there are fewer items than slots."""

    kind: str  # the shelf's name
    items: tuple[ShelfItem, ...]
    method: str
    as_of: datetime
    serve_id: str
    short: str | None = None


class Slate(Struct, frozen=True, kw_only=True):
    """The shelves of one request, by name, in the order in which pages show them. `offset` is the last log entry that
    they are based on, `article` the one beside which they are shown: None without one, and for one that is not known.

    The API's JSON has each shelf under its own name beside the other fields; see `types.slates`.
    """

    shelves: dict[str, Shelf]
    as_of: datetime
    offset: int
    article: str | None = None

    @property
    def related(self) -> Shelf:
        """`shelves["related"]`; this name goes in the next version."""
        return _old_name(self, "related")

    @property
    def ranking(self) -> Shelf:
        """`shelves["ranking"]`; this name goes in the next version."""
        return _old_name(self, "ranking")

    @property
    def recommendation(self) -> Shelf:
        """`shelves["recommendation"]`; this name goes in the next version."""
        return _old_name(self, "recommendation")


def _old_name(slate: Slate, name: str) -> Shelf:
    warnings.warn(f'write slate.shelves["{name}"] instead of slate.{name}', DeprecationWarning, stacklevel=3)
    return slate.shelves[name]


REACTIONS = ("well-told", "useful", "moving", "surprising")
"""Reactions that a reader can give. `Event.name` is one of them; the log keeps its place in this list."""
