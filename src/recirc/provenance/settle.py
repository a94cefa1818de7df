"""How an article from a source is published: its claims are stored, and its findings decide what is shown."""

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
"""A text with fewer words than this, and less than half as many as another, is treated as an excerpt of the other."""

_SAME_SITE: Final = re.compile(r"^(?:www|m|mobile|amp|feeds?|rss)\.")


class SettledArticle(NamedTuple):
    """The article to publish; None: it is refused, for the reason `why`, which is empty otherwise."""

    article: Article | None
    why: str = ""


def settle(
    article: Article, inspection: Inspection, vetting: ProvenanceSettings, earlier: Article | None = None
) -> SettledArticle:
    """The article to publish: a pure function.

    `provenance.claims` has its claims, `provenance.findings` the findings, and `provenance.given` the values that the
    findings replaced. Each finding with a confidence of at least `vetting.least_confidence` that no editor overruled
    has an effect:

    - injected: headline and body are shown without the injected words;
    - byline: only the authors whom the evidence names are shown;
    - date: `published` is None;
    - section: depending on `vetting.sections`, the section is kept or becomes "news";
    - copied: `first_published_by`, `first_published`, `original`, `original_url` are set and the copier's byline is
      not shown; depending on `vetting.copies`, the copy is refused, published without its body, or published whole.

    Args:
        article: as its source gave it.
        inspection: of its page, or of the article itself (`page_of`).
        vetting: the settings.
        earlier: the published version, if any: findings that an editor overruled in it stay overruled.
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
    """A published article after the arrival of another article that may be its original: a pure function.

    None: it stays unchanged, because it is not a copy by its own claims, already has a finding `copied`, or came from
    no source. Its other findings are unchanged.
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
    """An article as a page, to inspect an article that came without one."""
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
    """The claims of an article's page, word for word; where the page makes none, those of the source."""
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
    """The findings; one with the kind and the evidence of a finding that an editor overruled in the earlier version is
    overruled too. Other evidence makes a new finding.
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
    """One article made of the published version and a new version from a source.

    The new version replaces the published one, also when it is shorter, if it comes from the same source or from a
    source on the article's own site (`www.` and the like apart); an excerpt replaces no text of that site. A version
    from any other source only fills in unknown fields. In an article that the newsroom itself published, it does not
    fill in outlet, authors or body either.

    >>> ours = Provenance(source="feed https://tide.example/rss")
    >>> long = Article(id="https://tide.example/1", headline="H", body="<p>One and two.</p>", provenance=ours)
    >>> short = replace(long, headline="H!", body="<p>One.</p>")
    >>> other = replace(short, provenance=Provenance(source="feed https://wire.example/rss"), topics=("whales",))
    >>> merged(long, short).headline, merged(long, other).headline, merged(long, other).topics
    ('H!', 'H', ('whales',))
    >>> merged(other, long).headline
    'H'
    """
    if is_newsrooms(earlier) and not is_newsrooms(new):
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
    """An article with its unknown fields filled in from another version, except outlet, authors and text."""
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


def is_newsrooms(article: Article) -> bool:
    """Whether the newsroom itself published the article, through the API or from a file."""
    source = article.provenance.source
    return source is None or source == "api" or source.startswith("file ")


def _stands(earlier: Article, new: Article) -> bool:
    """Whether the new version replaces the published one."""
    if is_newsrooms(new) or earlier.provenance.source == new.provenance.source:
        return True
    if not _on_own_site(new, earlier.id):
        return False
    # The site's feed may have excerpts of the pages to which its sitemap leads.
    length, before = _length(new), _length(earlier)
    beginning = length < BEGINNING and 2 * length < before
    return not (beginning and _on_own_site(earlier, earlier.id))


def _on_own_site(article: Article, address: str) -> bool:
    """Whether the source of an article is on the site of the article's address. The address of its page proves nothing,
    because any source can name it.
    """
    _, _, source = (article.provenance.source or "").partition(" ")
    return _site(source) == _site(address) != ""


def _site(address: str) -> str:
    try:
        return _SAME_SITE.sub("", (urlsplit(address).hostname or "").lower())
    except ValueError:
        return ""


def _kept(ours: T, theirs: T, base: Article, *kinds: str) -> T:
    # Another version does not restore what a finding removed.
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
    """The values by the evidence, instead of the given ones."""
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
    """The body without the injected words; it may be that of the source instead of the page."""
    body = article.body
    for token, word in inspection.glued:
        body = body.replace(token, word)
    return body
