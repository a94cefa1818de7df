"""What a page says of its article outside of the body: dates, section, topics, addresses.

The order is always the same: what is there for machines (JSON-LD, then meta tags), then what a reader sees.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from htmldate import find_date
from lxml.html import HtmlElement

from recirc.extraction.elements import (
    absolute,
    cut,
    is_beside,
    line,
    some,
)
from recirc.extraction.structured import StructuredData, names_in
from recirc.extraction.tree import is_large
from recirc.text.clean import plain
from recirc.text.dates import DateContext, context_of, moment_of, numeric_dates
from recirc.text.slugs import slug

LONGEST_NAME: Final = 200  # characters
MOST: Final = 100  # topics
LEAST_APART: Final = timedelta(days=60)  # of two dates of which only one can be that of publication
_LOOKED_AT: Final = 200_000  # characters of a page in which dates in numbers are looked for

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_DATED: Final = re.compile(
    r"date|publish|posted|time-?stamp|pub-?time|(?:^|[\s_-])time(?:$|[\s_-])", re.IGNORECASE
)
_CHANGED: Final = re.compile(r"modif|updat|edited|copyright", re.IGNORECASE)

_PUBLISHED: Final = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "cxenseparse:recs:publishtime",
    "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date", "date", "article.published", "ptime",
    "originalpublicationdate", "rnews:datepublished", "og:published_time", "og:pubdate", "citation_publication_date",
)  # fmt: skip
_UPDATED: Final = (
    "article:modified_time", "og:updated_time", "datemodified", "last-modified", "lastmod", "dcterms.modified",
    "article.updated", "utime",
)  # fmt: skip
_SECTION: Final = (
    "article:section", "parsely-section", "og:article:section", "section", "article.section", "og:section",
    "sailthru.section", "cxenseparse:section",
)  # fmt: skip
_KEYWORDS: Final = (
    "article:tag",
    "og:article:tag",
    "news_keywords",
    "parsely-tags",
    "sailthru.tags",
    "keywords",
)


class PageDates(NamedTuple):
    """When an article was published, as the page has it, and when it was changed."""

    text: str | None
    published: datetime | None
    updated: datetime | None
    told: datetime | None = None  # what machines are told, and
    shown: datetime | None = None  # what readers are shown: both only where there are both


def dated(
    tree: HtmlElement,
    said: StructuredData,
    headline: HtmlElement | None,
    shown: Sequence[str] = (),
    url: str | None = None,
    visible: str | None = None,
) -> PageDates:
    """When it was published: JSON-LD, meta tags, the first `time` after the headline, an element marked as a date,
    then htmldate without its search through the text. `visible` is what the page shows, in which dates in numbers tell
    which of day and month comes first.
    """
    changed = (said.said("dateModified"), *said.all(*_UPDATED))
    told = told_dates(said)
    others = numeric_dates((visible or tree.text_content())[:_LOOKED_AT])
    context = context_of((*told, *changed, *shown, *others, url), language(tree, said))
    updated = next(_moments(changed, context), (None, None))[1]
    text, published = next(_moments(told, context), (None, None))
    seen, day = next(_moments(shown, context), (None, None))
    if published is not None and day is not None:
        if abs((published.date() - day.date()).days) == 1:  # it is another day where its readers are
            return PageDates(seen, day, updated)
        # What readers are shown is what the page claims, unless it is the day of a change.
        if day - published >= LEAST_APART and (updated is None or abs(updated - day) > timedelta(days=2)):
            return PageDates(seen, day, updated, published, day)
        return PageDates(text, published, updated, published, day)
    if published is None:
        text, published = (
            (seen, day) if day else next(_moments(_shown_dates(tree, headline), context), (None, None))
        )
    # Of a date with two readings htmldate takes one.
    if published is None and not is_large(tree) and all(moment_of(other, context) for other in others):
        text = _by_htmldate(_without_what_stands_apart(tree, headline), url)
        published = moment_of(text) if text else None
    if published is None:
        text = next((given for given in told if given), None)
    return PageDates(text, published, updated)


def told_dates(said: StructuredData) -> tuple[str | None, ...]:
    """What machines are told of the date of publication, the most reliable first."""
    names = ("datePublished", "dateCreated", "uploadDate")
    return (*(said.said(name) for name in names), *said.all(*_PUBLISHED))


def section(said: StructuredData) -> str | None:
    """The section that the page says it stands in."""
    given = next(names_in(said.article.get("articleSection"), said.nodes), None) or said.first(*_SECTION)
    return cut(given.split(";")[0].strip(), LONGEST_NAME) if given else None


def topics(tree: HtmlElement, said: StructuredData) -> tuple[str, ...]:
    """Keywords and tags: of JSON-LD, else of meta tags, else the links marked as tags."""
    told = list(names_in(said.article.get("keywords"), said.nodes))
    marked = (
        line(a, LONGEST_NAME) for a in some(tree.iter("a")) if "tag" in (a.get("rel") or "").lower().split()
    )
    meta = [content for name in _KEYWORDS for content in said.meta.get(name, ())]
    for found in (told, meta, list(marked)):
        pieces = (piece for text in found for piece in re.split(r"[,;]", text))
        kept: dict[str, str] = {}
        for piece in pieces:
            name = plain(re.sub(r"^[\w-]{1,20}:(?=\S)", "", plain(piece)))  # "type:Story" and its like
            if name and len(name) <= LONGEST_NAME:
                kept.setdefault(slug(name), name)
        if kept:
            return tuple(kept.values())[:MOST]
    return ()


def canonical(tree: HtmlElement, said: StructuredData, url: str | None) -> str | None:
    """The address that the page calls its own, absolute."""
    links = (
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    )
    for given in (*links, said.first("og:url"), said.said("url")):
        address = absolute(given, url)
        if address:
            return address
    return None


def language(tree: HtmlElement, said: StructuredData) -> str | None:
    """The language that the page says it is written in, such as "en" or "pt-BR"."""
    root = next(tree.iter("html"), tree)
    given = (
        root.get("lang"),
        root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang"),
        said.said("inLanguage"),
        said.first("og:locale", "content-language", "language", "dc.language"),
    )
    for text in given:
        name = (text or "").strip().replace("_", "-")
        if _LANGUAGE.fullmatch(name):
            return name
    return None


def summary(said: StructuredData, most: int) -> str | None:
    """The summary that the page gives of its article."""
    return cut(
        said.said("description") or said.first("og:description", "description", "twitter:description"), most
    )


def base_of(tree: HtmlElement, url: str | None) -> str | None:
    """The address that relative ones are resolved against: that of `base`, else the page's own."""
    given = next((base.get("href") for base in tree.iter("base") if base.get("href")), None)
    return absolute(given, url) or url


def noindex(said: StructuredData) -> bool:
    """Whether the page asks search engines not to list it."""
    words = (
        word for content in said.all("robots", "googlebot") for word in re.split(r"[\s,]+", content.lower())
    )
    return any(word in ("noindex", "none") for word in words)


def _shown_dates(tree: HtmlElement, headline: HtmlElement | None) -> Iterator[str]:
    after: list[str] = []
    before: list[str] = []
    marked: list[str] = []
    passed = headline is None
    around = frozenset() if headline is None else frozenset((headline, *headline.iterancestors()))
    for element in some(tree.iter("h1", "time", "span", "div", "p", "li", "abbr")):
        passed = passed or element is headline
        marks = " ".join(
            element.get(name) or "" for name in ("class", "id", "itemprop", "property", "pubdate")
        )
        if element is headline or (_CHANGED.search(marks) and "publish" not in marks.lower()):
            continue
        if element.tag == "time":
            if not is_beside(element) and not _stands_apart(element, around):
                given = (element.get("datetime"), line(element, 100))
                (after if passed else before).extend(text for text in given if text)
        elif _DATED.search(marks) and not is_beside(element) and not _stands_apart(element, around):
            text = element.get("content") or element.get("title") or line(element, 120)
            if text and len(text) <= 100:
                marked.append(text)
    return iter((*after[:4], *before[-4:], *marked[:10]))


def _stands_apart(element: HtmlElement, around: frozenset[HtmlElement]) -> bool:
    """Whether an element belongs to a part of the page that the headline is not in: the masthead with today's date,
    or, where the headline stands in an `article`, a section or another article. `around` is what holds the headline."""
    if not around:
        return False
    parts = {"header", "section", "article"} if any(up.tag == "article" for up in around) else {"header"}
    for up in islice(element.iterancestors(), 100):
        if up in around:
            return False
        if up.tag in parts:
            return up.tag != "header" or _is_masthead(up, around)
    return False


def _without_what_stands_apart(tree: HtmlElement, headline: HtmlElement | None) -> HtmlElement:
    """A copy of the page for a reader of dates that knows no parts: without masthead, asides and lists of others."""
    if headline is None:
        return tree
    copied = deepcopy(tree)
    same = next(
        (new for old, new in zip(tree.iter("h1"), copied.iter("h1"), strict=True) if old is headline), None
    )
    around = frozenset() if same is None else frozenset((same, *same.iterancestors()))
    parts = list(copied.iter("header", "section", "article", "aside", "nav", "footer"))
    for part in parts:
        first = next(iter(part), None)
        apart = first is not None and (is_beside(part) or _stands_apart(first, around))
        if part not in around and apart and part.getparent() is not None:
            part.drop_tree()
    return copied


def _is_masthead(header: HtmlElement, around: frozenset[HtmlElement]) -> bool:
    """Whether a `header` is the page's own, not that of the article: its parent does not hold the headline, or is the
    page."""
    parent = header.getparent()
    return parent is None or parent not in around or parent.tag in ("body", "html")


def _moments(texts: Iterable[str | None], context: DateContext) -> Iterator[tuple[str, datetime]]:
    for text in texts:
        moment = moment_of(text, context) if text else None
        if text and moment is not None:
            yield text, moment


def _by_htmldate(tree: HtmlElement, url: str | None) -> str | None:
    try:
        # A bound of its own would be today: the same page shall say the same on any day.
        return find_date(tree, extensive_search=False, original_date=True, url=url, max_date="2100-12-31")
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, AssertionError):
        return None  # htmldate's own troubles with odd pages are no date
