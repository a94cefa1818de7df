"""APIs that give their posts page by page, and only those modified since a moment when asked so."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from recirc.reading.rejections import Rejection
from recirc.reading.values import when
from recirc.sources.listing import ListedEntry, ListingReader, taken
from recirc.sources.source import FetchedArticle, PollState

MOST_A_PAGE: Final = 50  # posts; with all that is embedded, 100 can have more than a fetch may bring
MOST_PAGES: Final = 100  # of one poll: an API whose pages never end is left
OVERLAP: Final = timedelta(minutes=5)
"""Posts saved while the last answer was made are not missed: so much before the last is asked for again."""


class PostsPage(NamedTuple):
    """A page of an API: its posts, each with the moment of its last change as `when`, and whether more follow."""

    listed: Sequence[ListedEntry]
    more: bool


Ask: TypeAlias = Callable[[int, datetime | None], PostsPage]
"""A page by its number, from 1, of what was modified after a moment, oldest first; None: of all, newest first."""


def poll_pages(ask: Ask, taker: ListingReader, notebook: PollState) -> Iterator[FetchedArticle | Rejection]:
    """The first time the newest posts, as many as the source's entry allows; then all that was modified since.

    The notebook's `note` is the moment of the last modification that was taken.
    """
    since = when(notebook.note, taker.now)
    left, number = taker.entry.most, 1
    newest, finished = since, True
    named: dict[str, str] = {}
    while True:
        posts = ask(number, since and since - OVERLAP)
        run = yield from taken(posts.listed, taker, notebook, most=left, keep=True)
        left -= run.tried
        finished = finished and (run.finished or (since is None and left <= 0))
        named |= {item.key: notebook.seen[item.key] for item in posts.listed if item.key in notebook.seen}
        newest = max(
            (m for m in (newest, *(item.when for item in posts.listed)) if m is not None), default=None
        )
        if not posts.more or number >= MOST_PAGES:
            break
        if left <= 0:
            finished = finished and since is None
            break
        number += 1
    if named:
        notebook.seen = named
    if newest is not None and finished:
        notebook.note = newest.isoformat()
