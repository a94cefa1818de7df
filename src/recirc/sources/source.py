"""What a source is: something with an address that is asked again and again, and yields articles.

Each kind is one file, found automatically by `kinds`, and runs the shared checks of `tests/sources`.
"""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import ClassVar, Final, NamedTuple, Protocol

from msgspec import Struct, field

import recirc.sources
from recirc.extraction.page import Page
from recirc.reading.rejections import Rejection
from recirc.settings import SourceEntry
from recirc.types import Article


class FetchResponse(Struct, frozen=True, kw_only=True):
    """What a server answered, unpacked and within the bounds.

    `body` is empty for status 304 (nothing new), the only status besides 2xx that is an answer and not a FetchError.
    """

    url: str  # after redirects
    status: int
    media_type: str = ""  # "text/html", without parameters
    charset: str | None = None  # as the header says
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    links: Mapping[str, str] = {}  # of the Link header: relation to address


CAUSES: Final = (
    "unreachable",  # no such host, no connection, an address that is never asked
    "timeout",  # the server took too long
    "denied",  # by robots.txt, for want of a key, for asking too often
    "gone",  # the server has nothing there
    "server",  # the server is in trouble
    "answer",  # too large, no sound HTTP, redirects that lead nowhere
    "content",  # what is there is no source, or none of its kind
    "mistake",  # of ours
)
"""Why a source fails; few and fixed, to be counted."""

SILENT: Final = ("unreachable", "timeout")
"""Causes by which each request to a host costs time and gains nothing."""


class FetchError(Exception):
    """Something could not be fetched; the text says what, and what to do.

    Attributes:
        url: what was asked for.
        wait_seconds: the server asks for so much patience; None: it said nothing.
        gone: the server says that it is not there (404, 410).
        cause: one of `CAUSES`.
    """

    def __init__(
        self,
        url: str,
        text: str,
        *,
        wait_seconds: float | None = None,
        gone: bool = False,
        cause: str = "answer",
    ) -> None:
        super().__init__(f"{url}: {text}")
        self.url = url
        self.wait_seconds = wait_seconds
        self.gone = gone
        self.cause = cause


class Fetch(Protocol):
    """Fetches an address, politely and safely; raises FetchError."""

    def __call__(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResponse:
        """What the server at `url` answers; with `etag` or `last_modified` it may answer 304."""
        ...


class SourceFetcher(Protocol):
    """Fetches for sources."""

    def for_source(self, address: str) -> Fetch:
        """A fetch for the source at `address`: of private hosts it asks only the one that the source stands on."""
        ...


class PollState(Struct, kw_only=True):
    """What a source remembers from one time to the next. Kept once its articles are on disk."""

    etag: str | None = None
    last_modified: str | None = None
    seen: dict[str, str] = field(default_factory=dict)  # address or id of an article: the version taken
    wait_seconds: float | None = None  # the source itself wants to be asked again after so long
    note: str = ""  # the kind's own, such as a cursor


class FetchedArticle(NamedTuple):
    """What a source brings: an article, and the page that it was read from; None: it came without one."""

    article: Article
    page: Page | None = None


class Source(ABC):
    """A place that articles come from.

    Attributes:
        kind: name of the kind, as in `SourceEntry.kind`.
        order: kinds are asked in this order whether an address is theirs; the less sure come later.
    """

    kind: ClassVar[str]
    order: ClassVar[int] = 50

    def __init__(self, entry: SourceEntry) -> None:
        self.entry = entry

    @classmethod
    @abstractmethod
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether what `address` answered is of this kind; `answer` is None for a file or folder."""

    @abstractmethod
    def poll(self, fetch: Fetch, notebook: PollState, now: datetime) -> Iterator[FetchedArticle | Rejection]:
        """The articles that are new or changed since `notebook`, which is brought up to date on the way.

        An article's id is its canonical address (`identity.identity_of`), so that the same article by two sources is
        one. What cannot be taken comes as a Refusal; one bad article never ends the rest.

        Raises:
            FetchError: the source itself cannot be fetched.
            Refused: what it answers is not of its kind.
        """


@cache
def kinds() -> dict[str, type[Source]]:
    """Every kind of source by its name, in the order in which they are asked."""
    for module in pkgutil.iter_modules(recirc.sources.__path__):
        importlib.import_module(f"recirc.sources.{module.name}")
    found = sorted(Source.__subclasses__(), key=lambda kind: (kind.order, kind.kind))
    return {kind.kind: kind for kind in found}
