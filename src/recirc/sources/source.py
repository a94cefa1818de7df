"""What a source is: something with an address that is polled again and again, and yields articles.

Each kind is one file, found automatically by `kinds`, and runs the shared checks of `tests/sources`. Other packages add
kinds by entry points.
"""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Final, NamedTuple, Protocol, TypeAlias

from msgspec import Struct, field

import recirc.sources
from recirc.errors import UserError
from recirc.extraction.page import Page
from recirc.plugins import load
from recirc.reading.rejections import Rejection
from recirc.reading.secrets import without_key
from recirc.settings import SourceEntry
from recirc.types import Article

GROUP: Final = "recirc.sources"
"""Entry points of other packages that define kinds of sources."""


class FetchResponse(Struct, frozen=True, kw_only=True):
    """The response of a server, decompressed and within the limits.

    `body` is empty for status 304 (not modified); any other status than that and 2xx is a FetchError.
    """

    url: str  # after redirects
    status: int
    media_type: str = ""  # "text/html", without parameters
    charset: str | None = None  # of the Content-Type header
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    links: Mapping[str, str] = {}  # of the Link header: relation to address


CAUSES: Final = (
    "unreachable",  # no such host, no connection, an address that is not public
    "timeout",  # the server took too long
    "denied",  # by robots.txt, without a key, after too many requests
    "gone",  # the server has nothing there
    "server",  # an error of the server
    "answer",  # too large, invalid HTTP, a redirect loop
    "content",  # not a source, or not one of its kind
    "mistake",  # an error in this program
)
"""Causes of a failed poll; few and fixed, to be counted."""

SILENT: Final = ("unreachable", "timeout")
"""Causes with which each further request to a host would cost time and bring nothing."""


class FetchError(UserError):
    """Something could not be fetched; the text says what, and what to do.

    Attributes:
        url: the requested address.
        wait_seconds: how long the server asks to be left alone; None: it does not say.
        gone: the server says that it is not there (404, 410).
        cause: one of `CAUSES`.
        status: HTTP status of the response; None: there was none.
    """

    def __init__(
        self,
        url: str,
        text: str,
        *,
        wait_seconds: float | None = None,
        gone: bool = False,
        cause: str = "answer",
        status: int | None = None,
    ) -> None:
        super().__init__(without_key(f"{url}: {text}"))
        self.url = url
        self.wait_seconds = wait_seconds
        self.gone = gone
        self.cause = cause
        self.status = status


class Fetch(Protocol):
    """Fetches an address, politely and safely; raises FetchError."""

    def __call__(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResponse:
        """The response of the server at `url`; with `etag` or `last_modified` it may be a 304."""
        ...


class SourceFetcher(Protocol):
    """Fetches for sources."""

    def for_source(self, address: str) -> Fetch:
        """A fetch for the source at `address`: of private hosts it requests only the source's own."""
        ...


class KnownArticle(Struct, array_like=True):
    """What the state keeps of an article under the sender's id.

    Attributes:
        id: the article's id here, which stays when its address changes.
        link: the identity of its address; empty: it has none.
        title: hash of its headline.
        published: its date of publication, as its source wrote it.
        revision: number of the newest version that was read; 0: the source has none.
        gone: its source does not publish it any more.
    """

    id: str
    link: str = ""
    title: str = ""
    published: str = ""
    revision: float = 0.0
    gone: bool = False


class PendingEntry(Struct, array_like=True):
    """An entry that will be tried again.

    Attributes:
        version: the version that failed.
        attempts: how often it was tried.
        next: when it is tried again, seconds since 1970; None: once it has changed.
        why: the reason, for people.
    """

    version: str
    attempts: int
    next: float | None
    why: str


class Reread(Struct, array_like=True):
    """What the last reading of an entry's page found.

    Attributes:
        own: the hash of what the source itself says of the article, without dates.
        digest: the hash of the page's text.
        repeats: number of readings in a row that found the same.
        next: seconds since 1970, before which a new date alone is no reason to read the page again.
    """

    own: str
    digest: str
    repeats: int
    next: float


class PollState(Struct, kw_only=True):
    """The state of a source between two polls. Kept once its articles are on disk."""

    etag: str | None = None
    last_modified: str | None = None
    seen: dict[str, str] = field(default_factory=dict)  # by key of an entry, the version that was read
    known: dict[str, KnownArticle] = field(default_factory=dict)  # by the sender's id of an article
    pending: dict[str, PendingEntry] = field(default_factory=dict)  # by key of an entry
    rereads: dict[str, Reread] = field(
        default_factory=dict
    )  # by key of an entry, the last reading of its page
    missing: dict[str, int] = field(default_factory=dict)  # polls in a row without an article, by its id
    wait_seconds: float | None = None  # poll interval that the source itself declares
    note: str = ""  # the kind's own, such as a cursor
    hub: str | None = None  # address of its WebSub hub
    topic: str | None = None  # its own address, as the hub knows it
    checked: int = 0  # place in `known` up to which the last poll asked whether articles are still published


class PickedArticle(NamedTuple):
    """An article that the editors of a source picked to lead Related beside another: the source's own id, as in
    `Provenance.sender_id`, and its address.
    """

    sender: str
    url: str


class FetchedArticle(NamedTuple):
    """An article of a source.

    Attributes:
        page: the page that it was read from; None: it came without one.
        picks: what its editors picked to lead Related beside it, in their order; None: the source says nothing of that.
    """

    article: Article
    page: Page | None = None
    picks: tuple[PickedArticle, ...] | None = None


class Takedown(Rejection, frozen=True):
    """An article that its sender no longer publishes; `text` has the reason.

    Attributes:
        articles: ids that it may have here, or the id that its source gave it, most reliable first.
        reason: why, in a few words.
        source: the source, as in the provenance of its articles.
    """

    articles: tuple[str, ...] = ()
    reason: str = ""
    source: str = ""


class SourceNotice(Rejection, frozen=True):
    """Something about an article that is not rejected for it: its page will be tried again, or is another page."""


PollItem: TypeAlias = FetchedArticle | Rejection
"""What a poll yields."""


class Source(ABC):
    """A place that articles come from.

    Attributes:
        kind: name of the kind, as in `SourceEntry.kind`.
        order: kinds try to recognise an address in this order, most reliable first.
        reason: why it was chosen for the address that was given; empty where there was no choice.
    """

    kind: ClassVar[str]
    order: ClassVar[int] = 50

    reason: str = ""

    def __init__(self, entry: SourceEntry) -> None:
        self.entry = entry

    @classmethod
    @abstractmethod
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether the response of `address` is of this kind; `answer` is None for a file or folder."""

    @abstractmethod
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[FetchedArticle | Rejection]:
        """The articles that are new or changed since `state`, which is updated meanwhile.

        An article's id is its canonical address (`urls.identity_of`), so that the same article from two sources is one.
        What cannot be read becomes a Rejection; one bad article never ends the poll.

        Raises:
            FetchError: the source itself cannot be fetched.
            RejectedValueError: its response is not of its kind.
        """


@cache
def kinds() -> dict[str, type[Source]]:
    """Every kind of source by its name, in the order in which they try to recognise an address.

    Raises:
        ValueError: two kinds have the same name.
    """
    for module in pkgutil.iter_modules(recirc.sources.__path__):
        importlib.import_module(f"recirc.sources.{module.name}")
    load(GROUP)
    found: dict[str, type[Source]] = {}
    for kind in sorted(_subclasses(Source), key=lambda kind: (kind.order, kind.kind)):
        if found.setdefault(kind.kind, kind) is not kind:
            raise ValueError(f"two kinds of source have the name {kind.kind!r}: {found[kind.kind]}, {kind}")
    return found


def _subclasses(kind: Any) -> Iterator[type[Source]]:
    """All classes below one that have a name of their own."""
    for each in kind.__subclasses__():
        if "kind" in vars(each):
            yield each
        yield from _subclasses(each)
