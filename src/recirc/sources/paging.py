"""APIs with pages of posts, which can be limited to posts modified after a moment."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from recirc.reading.rejections import Rejection
from recirc.reading.values import when
from recirc.sources.listing import ListedEntry, ListingReader, poll_entries
from recirc.sources.source import FetchedArticle, PollState

MOST_A_PAGE: Final = 50  # posts; with all that is embedded, 100 can be larger than a fetch may be
MOST_PAGES: Final = 100  # of one poll, in case an API's pages never end
OVERLAP: Final = timedelta(minutes=5)
"""Time before the last modification that is requested again, for posts saved while the last response was made."""


class PostsPage(NamedTuple):
    """A page of an API: its posts, each with the moment of its last change as `when`, and whether more follow."""

    entries: Sequence[ListedEntry]
    more: bool


GetPage: TypeAlias = Callable[[int, datetime | None], PostsPage]
"""A page, by its number from 1, of posts modified after a moment, oldest first; None: of all posts, newest first."""


def poll_pages(
    get_page: GetPage, reader: ListingReader, state: PollState
) -> Iterator[FetchedArticle | Rejection]:
    """The first time the newest posts, as many as the source's entry allows; then all that are modified later.

    The state's `note` is the moment of the last modification that was taken.
    """
    since = when(state.note, reader.now)
    left, number = reader.entry.most, 1
    newest, finished = since, True
    named: dict[str, str] = {}
    while True:
        posts = get_page(number, since and since - OVERLAP)
        run = yield from poll_entries(posts.entries, reader, state, most=left, keep=True)
        left -= run.tried
        finished = finished and (run.finished or (since is None and left <= 0))
        named |= {item.key: state.seen[item.key] for item in posts.entries if item.key in state.seen}
        newest = max(
            (m for m in (newest, *(item.when for item in posts.entries)) if m is not None), default=None
        )
        if not posts.more or number >= MOST_PAGES:
            break
        if left <= 0:
            finished = finished and since is None
            break
        number += 1
    if named:
        state.seen = named
    if newest is not None and finished:
        state.note = newest.isoformat()
