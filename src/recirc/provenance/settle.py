"""What is published of an article that came from outside: its claims are kept, its findings decide what is shown."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from msgspec.structs import replace

from recirc.extraction.page import Page
from recirc.provenance.inspect import Inspection, inspect
from recirc.provenance.parts import DEFAULT_SECTION, as_given, shown
from recirc.provenance.reading import ArchiveCopy
from recirc.settings import ProvenanceSettings
from recirc.text.clean import words_of
from recirc.text.word_count import word_count
from recirc.types import Article, ArticleParts, Author, Claims, Finding, Provenance

T = TypeVar("T")

BEGINNING: Final = 100
"""A text with fewer words than this, and not half of those of another, is taken for the other's beginning."""

_SAME_SITE: Final = re.compile(r"^(?:www|m|mobile|amp|feeds?|rss)\.")


class SettledArticle(NamedTuple):
    """What became of an article. `article` is None when it is refused; `why` says why, else it is empty."""

    article: Article | None
    why: str = ""


def settle(
    article: Article, inspection: Inspection, vetting: ProvenanceSettings, earlier: Article | None = None
) -> SettledArticle:
    """The article to publish: a pure function.

    What it claimed is in `provenance.claims`, the findings in `provenance.findings`, and what they changed in
    `provenance.given`. From each finding of at least
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
        return SettledArticle(replace(article, provenance=replace(article.provenance, claims=claims)))
    findings = tuple(
        replace(found, stands=not found.overruled and found.confidence >= vetting.least_confidence)
        for found in with_overrules(inspection.findings, earlier)
    )
    copied = next((found for found in findings if found.kind == "copied" and found.stands), None)
    if copied is not None and vetting.copies == "refuse":
        return SettledArticle(None, _refusal(copied))
    origin = replace(article.provenance, claims=claims)
    if copied is None and inspection.credit and origin.first_published_by is None:
        origin = replace(origin, first_published_by=inspection.credit)
    article = replace(article, provenance=origin)
    return SettledArticle(shown(article, findings, _evident(article, inspection), vetting))


def copied_from(article: Article, known: ArchiveCopy, vetting: ProvenanceSettings) -> SettledArticle | None:
    """What becomes of an article that is published when another one came that may be its original: a pure function.

    None: nothing, for it is no copy of that by what it claimed; or it has a finding `copied` already, or came through
    no source. Its other findings stay as they are.
    """
    origin = article.provenance
    claims = origin.claims
    if origin.source is None or claims is None or any(each.kind == "copied" for each in origin.findings):
        return None
    given = as_given(article)
    page = page_of(given)
    page = replace(
        page, byline=page.byline or claims.byline, canonical_url=claims.canonical_url or page.canonical_url
    )
    inspection = inspect(page, copies=lambda _: [known], seen=origin.first_seen)
    if inspection.origin is None or inspection.origin.known is None:
        return None
    (copied,) = (each for each in inspection.findings if each.kind == "copied")
    copied = replace(copied, stands=copied.confidence >= vetting.least_confidence)
    if copied.stands and vetting.copies == "refuse":
        return SettledArticle(None, _refusal(copied))
    evident = _evident(given, inspection)
    before = origin.found or ArticleParts()
    found = replace(evident, headline=before.headline, body=before.body)
    return SettledArticle(shown(given, (*origin.findings, copied), found, vetting))


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
    """One article of the version that stands and another one that a source brought.

    The new one stands, also when it is shorter, if its source gave the standing one, or lies on the article's own site
    (`www.` and the like apart); a mere beginning replaces no text of that site. Whatever else a source says of an
    article fills in what is not known, and changes nothing. Of what the newsroom itself published, outlet, authors and
    body are not even filled in.

    >>> ours = Provenance(source="feed https://tide.example/rss")
    >>> long = Article(id="https://tide.example/1", headline="H", body="<p>One and two.</p>", provenance=ours)
    >>> short = replace(long, headline="H!", body="<p>One.</p>")
    >>> other = replace(short, provenance=Provenance(source="feed https://wire.example/rss"), topics=("whales",))
    >>> merged(long, short).headline, merged(long, other).headline, merged(long, other).topics
    ('H!', 'H', ('whales',))
    >>> merged(other, long).headline
    'H'
    """
    if _newsrooms(earlier) and not _newsrooms(new):
        return _filled_in(earlier, new)
    decides = _stands(earlier, new)
    base, other = (new, earlier) if decides else (earlier, new)
    ours, theirs = base.provenance, other.provenance
    whole = base.body or any(found.stands for found in theirs.findings)
    updated = max((each for each in (earlier.updated, new.updated) if each is not None), default=None)
    base = replace(_filled_in(base, other), id=earlier.id)
    return replace(
        base,
        body=base.body if whole else _kept(base.body, other.body, base, "copied"),
        authors=_kept(base.authors, other.authors, base, "byline", "copied") or (),
        updated=updated if decides else earlier.updated,
        provenance=replace(
            base.provenance,
            outlet=ours.outlet or theirs.outlet,
            claims=ours.claims or theirs.claims,
            fetched_url=ours.fetched_url or theirs.fetched_url,
            first_seen=_first_seen(ours, theirs),
            findings=with_overrules(ours.findings, other),
        ),
    )


def _filled_in(base: Article, other: Article) -> Article:
    """An article with what it leaves out and another version of it says, but for whose it is and its text."""
    ours, theirs = base.provenance, other.provenance
    return replace(
        base,
        summary=base.summary or other.summary,
        section=_kept(
            None if base.section == DEFAULT_SECTION else base.section, other.section, base, "section"
        )
        or DEFAULT_SECTION,
        topics=base.topics or other.topics,
        published=_kept(base.published, other.published, base, "date"),
        language=base.language or other.language,
        url=base.url or other.url,
        provenance=replace(ours, canonical_url=ours.canonical_url or theirs.canonical_url),
    )


def _newsrooms(article: Article) -> bool:
    """Whether the newsroom itself published it, through the API or from a file of its own."""
    source = article.provenance.source
    return source is None or source == "api" or source.startswith("file ")


def _stands(earlier: Article, new: Article) -> bool:
    """Whether the new version decides, rather than the one that stands."""
    if _newsrooms(new) or earlier.provenance.source == new.provenance.source:
        return True
    if not _on_own_site(new, earlier.id):
        return False
    # The site's feed may show the beginnings of what its sitemap leads to.
    length, before = _length(new), _length(earlier)
    beginning = length < BEGINNING and 2 * length < before
    return not (beginning and _on_own_site(earlier, earlier.id))


def _on_own_site(article: Article, address: str) -> bool:
    """Whether the source that gave an article lies on the site of the article's address. The address that its page
    came from says nothing: any source can name it.
    """
    _, _, source = (article.provenance.source or "").partition(" ")
    return _site(source) == _site(address) != ""


def _site(address: str) -> str:
    try:
        return _SAME_SITE.sub("", (urlsplit(address).hostname or "").lower())
    except ValueError:
        return ""


def _kept(ours: T, theirs: T, base: Article, *kinds: str) -> T:
    # What a finding took away is not brought back by another version.
    if any(found.stands and found.kind in kinds for found in base.provenance.findings):
        return ours
    return ours or theirs


def _first_seen(ours: Provenance, theirs: Provenance) -> datetime | None:
    return min((each for each in (ours.first_seen, theirs.first_seen) if each is not None), default=None)


def _length(article: Article) -> int:
    return word_count(words_of(article.body))


def _refusal(copied: Finding) -> str:
    return f"a copy ({copied.why}: {copied.evidence}), and provenance.copies refuses copies"


def _evident(article: Article, inspection: Inspection) -> ArticleParts:
    """What the evidence says instead of what was given."""
    origin = inspection.origin
    known = origin.known if origin else None
    return ArticleParts(
        headline=inspection.headline,
        body=_cleaned(article, inspection),
        authors=_authors(inspection),
        first_published_by=origin.outlet if origin else None,
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
