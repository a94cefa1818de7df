"""Whose article it is: what its page has to say of where it was published first, and by what evidence."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from recirc.provenance.origin import was_first
from recirc.types import Article


class Attribution(NamedTuple):
    """That an article was first published elsewhere.

    Attributes:
        outlet: who published it first.
        published: when; None: not known.
        original: the near-copy in the archive that is the evidence; None: the article itself says so.
        url: address of the original, if it is known and not in this archive.
        sure: a finding that stands or the article itself says so; False: only the dates that both claim.
    """

    outlet: str
    published: datetime | None
    original: Article | None
    url: str | None = None
    sure: bool = False


def attribution(article: Article, story: Sequence[Article]) -> Attribution | None:
    """Who published an article first, if it was not its own outlet; None where nothing says so.

    An article's own word counts first (`provenance.first_published_by`). Else the earliest of its near-copies
    (`story`) counts, if it came from another outlet before this one: outlets and dates of both must be known, for
    nothing is guessed. Where one of them claims the earlier date and was seen later, nobody is named.

    >>> from datetime import UTC
    >>> from recirc.types import Provenance
    >>> def copy(id, outlet, hour):
    ...     when = datetime(2026, 5, 31, hour, tzinfo=UTC)
    ...     return Article(id=id, headline="H", published=when, provenance=Provenance(outlet=outlet))
    >>> ours, wire = copy("ours", "The Tide", 9), copy("wire", "North Coast Press", 8)
    >>> attribution(ours, [wire]).outlet, attribution(wire, [ours])
    ('North Coast Press', None)
    """
    claims = article.provenance
    if claims.first_published_by and claims.first_published_by != claims.outlet:
        original = next((other for other in story if other.id == claims.original), None)
        # A newsroom that names another outlet gives its page as the canonical one; a copier gives his own.
        copied = any(found.kind == "copied" and found.stands for found in claims.findings)
        url = claims.original_url or (None if copied else claims.canonical_url)
        return Attribution(claims.first_published_by, claims.first_published, original, url, sure=True)
    if claims.outlet is None or article.published is None:
        return None
    dated = [other for other in story if other.published is not None and other.provenance.outlet is not None]
    earliest = min(dated, key=lambda other: (other.published, other.id), default=None)
    if earliest is None or earliest.provenance.outlet in (None, claims.outlet) or earliest.published is None:
        return None
    seen = earliest.provenance.first_seen, claims.first_seen
    if not was_first(earliest.published, seen[0], article.published, seen[1]):
        return None
    return Attribution(str(earliest.provenance.outlet), earliest.published, earliest)
