"""Pages whose source says that they changed, though they did not: they are read ever more rarely."""

from typing import Final

from recirc.extraction.page import Page
from recirc.reading.values import DAY, version_of
from recirc.sources.listing import ListedEntry
from recirc.sources.source import Reread

FIRST_PAUSE: Final = 900.0
"""Seconds after the first reading that found nothing new; each further one doubles it, up to a day."""
MOST: Final = 20_000  # pages in the state


def own_version(item: ListedEntry) -> str:
    """The hash of what a source says of an article, without dates."""
    texts = ("headline", "body_html", "body", "summary", "section", "topics", "authors")
    return version_of(*(item.row.get(name) for name in texts), item.url)


def is_paused(before: Reread | None, item: ListedEntry, now: float) -> bool:
    """Whether a new date is no reason to read the page of an entry again yet."""
    if before is None or item.hold is not None or item.takedown is not None:
        return False
    return now < before.next and before.own == own_version(item)


def reread(before: Reread | None, item: ListedEntry, page: Page, now: float) -> Reread:
    """What is kept after a reading of the page."""
    own, digest = own_version(item), version_of(page.headline, page.text, page.date_text)
    same = before is not None and (before.own, before.digest) == (own, digest)
    repeats = before.repeats + 1 if before is not None and same else 0
    pause = min(FIRST_PAUSE * 2.0 ** (repeats - 1), DAY) if repeats else 0.0
    return Reread(own, digest, repeats, now + pause)
