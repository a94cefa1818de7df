"""The parts of an article that findings change: as the source gave them, and as they are shown. Pure functions."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from recirc.settings import ProvenanceSettings
from recirc.types import Article, ArticleParts, Finding

DEFAULT_SECTION: Final = "news"  # as in types.Article

_ORIGIN: Final = ("first_published_by", "first_published", "original_url", "original")
_EVIDENT: Final = {
    "headline": ("injected",),
    "body": ("injected",),
    "authors": ("copied", "byline"),
    **dict.fromkeys(_ORIGIN, ("copied",)),
}
"""The parts that evidence can replace, and the kinds of findings with such evidence."""


def shown(
    article: Article, findings: Sequence[Finding], found: ArticleParts, vetting: ProvenanceSettings
) -> Article:
    """The article as it is shown, changed by those of its findings that stand.

    Args:
        article: as its source gave it (`as_given`).
        found: the values by the evidence, instead of the given ones; None: no value.
        vetting: the effects of a copy and of a wrong section.

    The replaced values are stored in `provenance.given`, and `found` in `provenance.found`, for `as_given`.
    """
    stand = {finding.kind for finding in findings if finding.stands}
    changes: dict[str, Any] = {}
    if "injected" in stand:
        changes["headline"] = found.headline or article.headline
        changes["body"] = article.body if found.body is None else found.body
    if stand & {"copied", "byline"} and found.authors is not None:
        changes["authors"] = found.authors
    if "date" in stand:
        changes |= {"published": None, "updated": None}
    if "section" in stand and vetting.sections == "clear":
        changes["section"] = DEFAULT_SECTION
    if "copied" in stand and vetting.copies == "list":
        changes["body"] = ""
    given = {name: getattr(article, name) for name in changes if getattr(article, name) != changes[name]}
    origin = article.provenance
    if "copied" in stand:
        given |= {name: getattr(origin, name) for name in _ORIGIN}
        origin = replace(origin, **{name: getattr(found, name) for name in _ORIGIN})
    return replace(
        article,
        **changes,
        provenance=replace(
            origin,
            findings=tuple(findings),
            given=_or_none(ArticleParts(**given)),
            found=_or_none(_of_kinds(found, {finding.kind for finding in findings})),
        ),
    )


def as_given(article: Article) -> Article:
    """The article as its source gave it, without any finding: the reverse of `shown`.

    >>> from recirc.types import Author
    >>> given = Article(id="1", headline="H", authors=(Author(name="Polly Green"),))
    >>> wrong = Finding(kind="byline", evidence="e", confidence=0.9, why="w", stands=True)
    >>> without = shown(given, [wrong], ArticleParts(authors=()), ProvenanceSettings())
    >>> without.authors, as_given(without) == given
    ((), True)
    """
    origin, given = article.provenance, article.provenance.given or ArticleParts()
    before: dict[str, Any] = {
        name: value
        for name in ("headline", "body", "authors", "published", "updated", "section")
        if (value := getattr(given, name)) is not None
    }
    if any(finding.kind == "copied" and finding.stands for finding in origin.findings):
        origin = replace(origin, **{name: getattr(given, name) for name in _ORIGIN})
    return replace(article, **before, provenance=replace(origin, findings=(), given=None, found=None))


def _of_kinds(found: ArticleParts, kinds: set[str]) -> ArticleParts:
    """Only the parts that belong to findings of these kinds."""
    return ArticleParts(
        **{name: getattr(found, name) for name, needed in _EVIDENT.items() if not kinds.isdisjoint(needed)}
    )


def _or_none(parts: ArticleParts) -> ArticleParts | None:
    return None if parts == ArticleParts() else parts
