"""What a new version of an article keeps of the one before: former addresses, notes, and what an editor corrected."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from recirc.reading.urls import identity_of
from recirc.types import Article

MOST_FORMER: Final = 20
"""Former addresses that are kept of an article."""

CORRECTABLE: Final = (
    "headline", "summary", "body", "section", "topics", "authors", "published", "updated", "language", "url",
    "pictures", "labels",
)  # fmt: skip
"""Fields that an editor's correction keeps from being changed by a source."""


def moved(earlier: Article, article: Article) -> Article:
    """The article with what is kept of its earlier version: former addresses, its source's id, notes for readers."""
    origin = article.provenance
    former = [*origin.former_urls, *earlier.provenance.former_urls]
    if earlier.url and article.url and identity_of(earlier.url) != identity_of(article.url):
        former.insert(0, earlier.url)
    own = {identity_of(article.url)} if article.url else set()
    kept = {identity_of(url): url for url in reversed(former) if identity_of(url) not in own}
    sender = origin.sender_id or earlier.provenance.sender_id
    return replace(
        article,
        updates=article.updates or earlier.updates,
        provenance=replace(
            origin, former_urls=tuple(reversed(kept.values()))[:MOST_FORMER], sender_id=sender
        ),
    )


def with_corrections(earlier: Article, article: Article) -> Article:
    """A new version from a source, in which what an editor corrected in the earlier one stays as it was.

    >>> from recirc.types import Provenance
    >>> ours = Article(id="a", headline="Right", provenance=Provenance(source="feed x", corrected=("headline",)))
    >>> theirs = Article(id="a", headline="Wrong", summary="New", provenance=Provenance(source="feed x"))
    >>> kept = with_corrections(ours, theirs)
    >>> kept.headline, kept.summary, kept.provenance.corrected
    ('Right', 'New', ('headline',))
    """
    names = earlier.provenance.corrected
    if not names:
        return article
    kept: dict[str, Any] = {name: getattr(earlier, name) for name in names}
    return replace(article, **kept, provenance=replace(article.provenance, corrected=names))


def conflicts(earlier: Article, article: Article) -> Iterator[str]:
    """In words, where a version from a source differs from what an editor corrected in the earlier one."""
    for name in earlier.provenance.corrected:
        if getattr(article, name) != getattr(earlier, name):
            yield (
                f"{article.id}: the newsroom's correction of {name} stays, its source has another one; "
                f'PATCH with "follow": ["{name}"] leaves it to the source again'
            )
