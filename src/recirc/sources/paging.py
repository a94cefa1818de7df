"""The posts of a CMS by its API: page by page the newest, then those modified or published since, then those gone."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.reading.values import when
from recirc.sources.listing import ListedEntry, ListingReader
from recirc.sources.polls import poll_entries
from recirc.sources.source import FetchError, PollItem, PollState, SourceNotice, Takedown

MOST_A_PAGE: Final = 50  # posts; with all that is embedded, 100 can be larger than a fetch may be
MOST_PAGES: Final = 100  # of one poll, in case an API's pages never end
MOST_SEEN: Final = 10_000  # posts whose versions are kept
OVERLAP: Final = timedelta(minutes=5)
"""Time before the last modification that is requested again, for posts saved while the last response was made."""

SCHEDULED: Final = timedelta(days=7)
"""Age of the date of publication of a scheduled post that is found, however late the CMS publishes it."""

IDS_A_REQUEST: Final = 50
MOST_RECONCILED: Final = 1_000
"""Known posts of which one poll asks whether they are still published, in requests of `IDS_A_REQUEST`."""
CONFIRMED: Final = 10
"""Missing posts that are requested one by one; if they are gone, so are the others."""


class PostsPage(NamedTuple):
    """A page of an API: its posts, each with the moment of its last change as `when`, and whether more follow."""

    entries: Sequence[ListedEntry]
    more: bool


class PostsApi(ABC):
    """The questions to the API of a CMS. All raise FetchError and RejectedValueError."""

    @abstractmethod
    def page(self, number: int, since: datetime | None) -> PostsPage:
        """A page, by its number from 1, of posts modified after a moment, oldest first; None: of all, newest first."""

    @abstractmethod
    def published_since(self, since: datetime) -> Sequence[ListedEntry]:
        """The posts that were published last, after a moment: the modification of a scheduled one lies before."""

    @abstractmethod
    def published_among(self, ids: Sequence[str]) -> Collection[str] | None:
        """The ids of those posts that are published, others may be among them; None: the API cannot say."""

    @abstractmethod
    def is_published(self, id: str) -> bool | None:
        """Whether one post is published; None: the API cannot say."""


class _Run(NamedTuple):
    """The progress of a poll through the pages of an API."""

    newest: datetime | None
    finished: bool
    listed: frozenset[str]  # the sender's ids of the posts on the pages


def poll_posts(api: PostsApi, reader: ListingReader, state: PollState) -> Iterator[PollItem]:
    """The first time the newest posts, as many as the source's entry allows; then all that are modified later.

    A page that fails ends the poll, but not what was read before it: the next poll begins at the same place. The
    state's `note` is the moment of the last modification that was taken.
    """
    since = when(state.note, reader.now)
    run = yield from _poll_pages(api, reader, state, since)
    if since is not None:
        yield from _poll_scheduled(api, reader, state, since)
    yield from _reconcile(api, reader, state, run.listed)
    for key in list(state.seen)[:-MOST_SEEN]:
        del state.seen[key]
    if run.newest is not None and run.finished:
        state.note = run.newest.isoformat()


def _poll_pages(
    api: PostsApi, reader: ListingReader, state: PollState, since: datetime | None
) -> Generator[PollItem, None, _Run]:
    left, number = reader.entry.most, 1
    newest, finished = since, True
    listed: set[str] = set()
    while True:
        try:
            posts = api.page(number, since and since - OVERLAP)
        except FetchError as error:
            if number == 1:
                raise
            yield Rejection(
                number, f"page {number} cannot be read, it will be asked again: {error}", "", reader.place
            )
            return _Run(newest, False, frozenset(listed))
        run = yield from poll_entries(posts.entries, reader, state, most=left, keep=True)
        left -= run.tried
        listed |= {item.sender for item in posts.entries}
        finished = finished and (run.finished or (since is None and left <= 0))
        newest = max(
            (m for m in (newest, *(item.when for item in posts.entries)) if m is not None), default=None
        )
        if not posts.more or number >= MOST_PAGES:
            return _Run(newest, finished, frozenset(listed))
        if left <= 0:
            return _Run(newest, finished and since is None, frozenset(listed))
        number += 1


def _poll_scheduled(
    api: PostsApi, reader: ListingReader, state: PollState, since: datetime
) -> Iterator[PollItem]:
    try:
        entries = api.published_since(min(since, reader.now) - SCHEDULED)
    except (FetchError, RejectedValueError) as error:
        yield SourceNotice(0, f"posts by date of publication cannot be read: {error}", "", reader.place)
        return
    yield from poll_entries(entries, reader, state, most=reader.entry.most, keep=True)


def _reconcile(
    api: PostsApi, reader: ListingReader, state: PollState, listed: frozenset[str]
) -> Iterator[PollItem]:
    """The takedowns of posts that were read once and are not published any more.

    An answer that lacks posts which were `listed` a moment ago is no evidence.
    """
    known = [sender for sender, article in state.known.items() if not article.gone]
    start = state.checked if state.checked < len(known) else 0
    chosen = known[start : start + MOST_RECONCILED]
    state.checked = start + len(chosen)
    missing: list[str] = []
    for place in range(0, len(chosen), IDS_A_REQUEST):
        part = chosen[place : place + IDS_A_REQUEST]
        try:
            there = api.published_among(part)
        except (FetchError, RejectedValueError) as error:
            yield SourceNotice(0, f"it cannot be asked which posts are published: {error}", "", reader.place)
            return
        if there is None:
            return
        missing += [sender for sender in part if sender not in there]
    if not listed.isdisjoint(missing):
        text = "it names posts as missing that it lists; it is asked again with the next poll"
        yield SourceNotice(0, text, "", reader.place)
        return
    for place, sender in enumerate(missing):
        if place < CONFIRMED:
            try:
                published = api.is_published(sender)
            except (FetchError, RejectedValueError):
                published = None
            if published is None:
                return  # it is asked again with the next poll
            if published:
                continue
        article = state.known[sender]
        article.gone = True
        state.seen.pop(sender, None)
        reason = "deleted, or not public any more"
        text = f"{article.id}: its source does not publish it: {reason}"
        yield Takedown(0, text, "", reader.place, (article.id,), reason, reader.name)
