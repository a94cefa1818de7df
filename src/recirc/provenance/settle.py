"""What is published of an article that came from outside: its claims are kept, its findings decide what is shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from recirc.pages.page import Page
from recirc.provenance.inspect import Inspection
from recirc.settings import Vetting
from recirc.text.clean import words_of
from recirc.types import Article, Author, Claims, Finding, Provenance

T = TypeVar("T")

DEFAULT_SECTION = "news"  # as in types.Article


class Settled(NamedTuple):
    """What became of an article. `article` is None when it is refused; `why` says why, else it is empty."""

    article: Article | None
    why: str = ""


def settle(
    article: Article, inspection: Inspection, vetting: Vetting, earlier: Article | None = None
) -> Settled:
    """The article to publish: a pure function.

    What it claimed is in `provenance.claims`, the findings in `provenance.findings`. From each finding of at least
    `vetting.least_confidence` that no editor overruled follows:

    - injected: headline and body are shown without it;
    - byline: nobody is shown as the author but whom the evidence names;
    - date: `published` is None;
    - section: as `vetting.sections` says, the section is left, or becomes "news";
    - copied: `first_published_by`, `first_published`, `original`, `original_url` are set and the copier's byline is
      not shown; as `vetting.copies` says, the copy is refused, published without its body, or published whole.

    Args:
        article: as its source gave it.
        inspection: of its page, or of the article itself (`page_of`).
        vetting: the settings.
        earlier: the version that is published now, if there is one: what an editor overruled in it stays overruled.
    """
    claims = article.provenance.claims or claims_of(article, inspection)
    if not vetting.inspect:
        return Settled(replace(article, provenance=replace(article.provenance, claims=claims)))
    findings = tuple(
        replace(found, stands=not found.overruled and found.confidence >= vetting.least_confidence)
        for found in with_overrules(inspection.findings, earlier)
    )
    follows = {found.kind: found for found in findings if found.stands}
    copied = follows.get("copied")
    if copied is not None and vetting.copies == "refuse":
        return Settled(
            None, f"a copy ({copied.why}: {copied.evidence}), and provenance.copies refuses copies"
        )
    origin = replace(article.provenance, claims=claims, findings=findings)
    if copied is not None:
        origin = _attributed(origin, inspection)
    elif inspection.credit and origin.first_published_by is None:
        origin = replace(origin, first_published_by=inspection.credit)
    shown = replace(article, provenance=origin)
    if "injected" in follows:
        shown = replace(
            shown, headline=inspection.headline or shown.headline, body=_cleaned(shown, inspection)
        )
    if copied is not None or "byline" in follows:
        shown = replace(shown, authors=_authors(inspection))
    if "date" in follows:
        shown = replace(shown, published=None, updated=None)
    if "section" in follows and vetting.sections == "clear":
        shown = replace(shown, section=DEFAULT_SECTION)
    if copied is not None and vetting.copies == "list":
        shown = replace(shown, body="")
    return Settled(shown)


def page_of(article: Article) -> Page:
    """An article as a page, to inspect what came without one."""
    return Page(
        headline=article.headline,
        outlet=article.provenance.outlet,
        section=article.section if article.section != DEFAULT_SECTION else None,
        byline=", ".join(author.name for author in article.authors) or None,
        authors=article.authors,
        published=article.published,
        updated=article.updated,
        body=article.body,
        text=words_of(article.body),
        summary=article.summary,
        topics=article.topics,
        biography="\n".join(author.biography for author in article.authors if author.biography) or None,
        language=article.language,
        url=article.url,
        canonical_url=article.provenance.canonical_url,
    )


def claims_of(article: Article, inspection: Inspection) -> Claims:
    """What an article's page says of it, word for word; where the page is silent, what the source said."""
    page = inspection.page
    named = ", ".join(author.name for author in article.authors)
    dated = page.date_text or (article.published.isoformat() if article.published else None)
    return Claims(
        headline=page.title or article.headline,
        outlet=page.outlet or article.provenance.outlet,
        byline=page.byline or named or None,
        published=dated,
        section=page.section or article.section,
        canonical_url=page.canonical_url or article.provenance.canonical_url,
    )


def with_overrules(findings: Sequence[Finding], earlier: Article | None) -> tuple[Finding, ...]:
    """The findings, those overruled that an editor overruled in the earlier version: the same kind with the same
    evidence. Other evidence is a new finding.
    """
    overruled = (
        {(each.kind, each.evidence) for each in earlier.provenance.findings if each.overruled}
        if earlier
        else set()
    )
    return tuple(
        replace(each, overruled=True, stands=False) if (each.kind, each.evidence) in overruled else each
        for each in findings
    )


def merged(earlier: Article, new: Article) -> Article:
    """One article of two versions that two sources gave: the fuller text, and of all else what either knows.

    Of the same source, and where the new one says that it was updated since, the new version stands as it is, but for
    what it leaves out. The fuller is the one with more words; of two as long ones the earlier stays.

    >>> short = Article(id="1", headline="H", body="<p>One.</p>", topics=("whales",))
    >>> full = Article(id="1", headline="H!", body="<p>One and two.</p>")
    >>> merged(short, full).headline, merged(full, short).headline, merged(short, full).topics
    ('H!', 'H!', ('whales',))
    """
    same_source = earlier.provenance.source == new.provenance.source and new.provenance.source is not None
    newer = new.updated is not None and (earlier.updated is None or new.updated > earlier.updated)
    longer = _length(new) > _length(earlier)
    base, other = (new, earlier) if (longer or same_source or (newer and new.body)) else (earlier, new)
    ours, theirs = base.provenance, other.provenance
    updated = max((each for each in (base.updated, other.updated) if each is not None), default=None)
    return replace(
        base,
        id=earlier.id,
        summary=base.summary or other.summary,
        section=base.section if base.section != DEFAULT_SECTION else other.section,
        topics=base.topics or other.topics,
        authors=_kept(base.authors, other.authors, base, "byline", "copied") or (),
        published=_kept(base.published, other.published, base, "date"),
        updated=updated,
        language=base.language or other.language,
        url=base.url or other.url,
        provenance=replace(
            ours,
            outlet=ours.outlet or theirs.outlet,
            source=ours.source or theirs.source,
            canonical_url=ours.canonical_url or theirs.canonical_url,
            first_published_by=ours.first_published_by or theirs.first_published_by,
            first_published=ours.first_published or theirs.first_published,
            original_url=ours.original_url or theirs.original_url,
            original=ours.original or theirs.original,
            claims=ours.claims or theirs.claims,
            fetched_url=ours.fetched_url or theirs.fetched_url,
            first_seen=_first_seen(ours, theirs),
            findings=with_overrules(ours.findings, other),
        ),
    )


def _kept(ours: T, theirs: T, base: Article, *kinds: str) -> T:
    # What a finding took away is not brought back by a version of before.
    if any(found.stands and found.kind in kinds for found in base.provenance.findings):
        return ours
    return ours or theirs


def _first_seen(ours: Provenance, theirs: Provenance) -> datetime | None:
    return min((each for each in (ours.first_seen, theirs.first_seen) if each is not None), default=None)


def _length(article: Article) -> int:
    return len(words_of(article.body).split())


def _attributed(origin: Provenance, inspection: Inspection) -> Provenance:
    found = inspection.origin
    if found is None:
        return origin
    known = found.known
    return replace(
        origin,
        first_published_by=found.outlet,
        first_published=known.published if known else None,
        original=known.id if known else None,
        original_url=known.url if known else None,
    )


def _authors(inspection: Inspection) -> tuple[Author, ...]:
    found = inspection.origin
    if found is None or found.author is None:
        return ()
    return (Author(name=found.author, outlet=found.outlet, biography=inspection.biography),)


def _cleaned(article: Article, inspection: Inspection) -> str:
    """The body without what was injected; it may be the source's rather than the page's."""
    body = article.body
    for token, word in inspection.glued:
        body = body.replace(token, word)
    return body
