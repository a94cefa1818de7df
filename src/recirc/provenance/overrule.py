"""An editor's word against a finding: what followed from it is taken back."""

import re

from msgspec.structs import replace

from recirc.pages.dates import moment_of
from recirc.text.slugs import slug
from recirc.types import Article, Author

_AND = re.compile(r"\s*(?:,|;|\band\b|&)\s*")
_BY = re.compile(r"^by\s+", re.IGNORECASE)


def judged(article: Article, kind: str, overruled: bool) -> Article:
    """The article after an editor looked at its findings of a kind; a pure function.

    With `overruled` nothing follows from them any more, and what had followed is taken back as far as the article's
    claims tell: headline, byline, date and section stand as they were claimed, and nobody else has published it first.
    What was cut out of a body, and a body that was not published, comes back when the source brings the article again.
    """
    findings = tuple(
        replace(found, overruled=overruled, stands=found.stands and not overruled)
        if found.kind == kind
        else found
        for found in article.provenance.findings
    )
    article = replace(article, provenance=replace(article.provenance, findings=findings))
    return _taken_back(article, kind) if overruled else article


def as_claimed(article: Article) -> Article:
    """The article with all that it claimed, for another inspection."""
    for kind in ("copied", "byline", "date", "section", "injected"):
        article = _taken_back(article, kind)
    return article


def _taken_back(article: Article, kind: str) -> Article:
    origin = article.provenance
    claims = origin.claims
    if kind == "copied":
        article = replace(
            article,
            provenance=replace(
                origin, first_published_by=None, first_published=None, original=None, original_url=None
            ),
        )
    if claims is None:
        return article
    stand = {found.kind for found in article.provenance.findings if found.stands}
    if kind in ("copied", "byline") and claims.byline and not stand & {"copied", "byline"}:
        names = _AND.split(_BY.sub("", claims.byline))
        article = replace(article, authors=tuple(Author(name=name[:200]) for name in names if name))
    if kind == "date" and claims.published:
        article = replace(article, published=moment_of(claims.published))
    if kind == "section" and claims.section:
        article = replace(article, section=slug(claims.section))
    if kind == "injected" and claims.headline:
        article = replace(article, headline=claims.headline)
    return article
