"""What stands around an article on an HTML page: the way home, the author's biography, reactions, lists of links."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from lxml.html import HtmlElement
from msgspec.structs import replace

from recirc.extraction import labels
from recirc.extraction.biographies import biography_of
from recirc.extraction.lines import size
from recirc.extraction.page import LinkList, Page, PageCount
from recirc.extraction.visible import is_folded
from recirc.text.clean import plain

MOST_ELEMENTS: Final = 20_000  # looked at, of one page
MOST_LISTS: Final = 12
MOST_ITEMS: Final = 40  # of a list
MOST_COUNTS: Final = 20
LEAST_WORDS: Final = 3  # a link with fewer leads to a section rather than to an article

_BREADCRUMB: Final = re.compile(r"breadcrumb|bread-crumb", re.IGNORECASE)
_BIOGRAPHY: Final = re.compile(
    r"(?:author|byline|writer|contributor|staff)[\w-]*?(?:bio|desc|about|info|blurb|card|detail)|"
    r"about[-_]?(?:the[-_]?)?author|(?:^|[\s_-])bio(?:graphy)?(?:$|[\s_-])",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(
    r"(?:^|[\s_-])(?:likes?|shares?|reactions?|claps?|votes?|comments?|views?|counts?|hits|good)(?:$|[\s_-]|count)",
    re.IGNORECASE,
)
_TOPICS: Final = re.compile(
    r"(?:^|[\s_-])(?:tags?|topics?|keywords)(?:$|[\s_-]?(?:list|links?|s)?(?:$|\s))", re.IGNORECASE
)
_HEADINGS: Final = frozenset(
    {"h2", "h3", "h4", "h5", "h6", "strong", "b", "header", "p", "span", "div", "dt", "legend"}
)
_UNREAD: Final = frozenset({"script", "style", "noscript", "template", "svg"})


def surroundings(tree: HtmlElement, page: Page) -> Page:
    """The page with what the tree says of its surroundings; what `page` has already is kept.

    Found by the words that pages use in classes, labels and titles; at most the first `MOST_ELEMENTS` elements are
    looked at. Never raises on what a parser made.
    """
    breadcrumb: tuple[str, ...] = ()
    biographies: list[str] = []
    counts: list[PageCount] = []
    lists: list[LinkList] = []
    topics: list[str] = []
    for element in _elements(tree):
        marks = _marks(element)
        if marks and not breadcrumb and _BREADCRUMB.search(marks):
            breadcrumb = _steps(element)
        if marks and len(biographies) < 5 and _BIOGRAPHY.search(marks):
            _add_biography(element, biographies)
        if marks and len(counts) < MOST_COUNTS and _COUNT.search(marks):
            _add_count(element, counts)
        if marks and _TOPICS.search(marks) and len(topics) < 50:
            topics += _short_links(element)
        if len(lists) < MOST_LISTS and element.tag in _HEADINGS:
            found = _list_below(element)
            folded = found is not None and any(is_folded(up) for up in (element, *element.iterancestors()))
            if found is not None and found not in lists and not folded:
                lists.append(found)
    return replace(
        page,
        brand=page.brand or page.outlet,
        breadcrumb=page.breadcrumb or breadcrumb,
        biography=page.biography or "\n".join(dict.fromkeys(biographies)) or None,
        counts=page.counts or tuple(dict.fromkeys(counts)),
        links=page.links or tuple(lists),
        topics=page.topics or tuple(dict.fromkeys(topics))[:30],
    )


def _elements(tree: HtmlElement) -> Iterator[HtmlElement]:
    for number, element in enumerate(tree.iter()):
        if number >= MOST_ELEMENTS:
            return
        if isinstance(element.tag, str) and element.tag not in _UNREAD:
            yield element


def _marks(element: HtmlElement) -> str:
    """The words that a page calls an element by."""
    given = (
        element.get(name) for name in ("class", "id", "aria-label", "itemtype", "itemprop", "data-testid")
    )
    return " ".join(value[:300] for value in given if value)


def _text(element: HtmlElement, most: int = 2_000) -> str:
    """The words of an element, up to about `most` characters; parts of it are divided by spaces."""
    parts: list[str] = []
    length = 0
    for part in _pieces(element):
        parts.append(part)
        length += len(part)
        if length > most:
            break
    return plain(" ".join(parts))[:most]


def _pieces(element: HtmlElement) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _UNREAD:
            yield from _pieces(child)
        if child.tail:
            yield child.tail


def _links(element: HtmlElement, most: int) -> Iterator[str]:
    for number, link in enumerate(element.iter("a")):
        if number >= most:
            return
        text = _text(link, 400)
        if text:
            yield text


def _steps(element: HtmlElement) -> tuple[str, ...]:
    steps = [text for text in _links(element, 8) if len(text) <= 60]
    return tuple(dict.fromkeys(step for step in steps if step.lower() not in ("home", "homepage")))


def _short_links(element: HtmlElement) -> list[str]:
    return [text for text in _links(element, 30) if len(text.split()) <= 5]


def _add_biography(element: HtmlElement, biographies: list[str]) -> None:
    text = _text(element, 1_000)
    for part in (text, *(_text(inner, 1_000) for inner in element.iter("p"))):
        if 30 <= len(part) <= 800 and biography_of(part) is not None:
            if not any(part in other or other in part for other in biographies):
                biographies.append(part)
            return


def _add_count(element: HtmlElement, counts: list[PageCount]) -> None:
    text = _text(element, 80)
    found = labels.count_in(text)
    if found is None and text.replace(",", "").isdigit() and len(text) <= 12:
        label = plain(element.get("aria-label") or element.get("title") or "")
        found = labels.count_in(f"{text} {label}") if label else None
    if found is not None:
        counts.append(found)


def _list_below(heading: HtmlElement) -> LinkList | None:
    """The links below a heading that titles a list: in what follows it, or in what it is the head of."""
    if len(heading) > 3:
        return None
    title = labels.list_title(_text(heading, 60))
    if title is None:
        return None
    inside: HtmlElement | None = heading
    for _ in range(3):  # a heading often stands in a box of its own above the list
        following = inside.getnext() if inside is not None else None
        items: list[str] = []
        for _ in range(MOST_ITEMS):
            if following is None or len(items) >= MOST_ITEMS:
                break
            if isinstance(following.tag, str) and following.tag not in ("br", "hr", "wbr"):
                if items and labels.list_title(_text(following, 60)):
                    break
                found = _items(following)
                if len(found) >= 2 and not items:
                    return LinkList(title, found, _notes(following))
                if not found and items:
                    break
                items += found
            following = following.getnext()
        if len(items) >= 2:
            return LinkList(title, tuple(dict.fromkeys(items)))
        inside = inside.getparent() if inside is not None else None
        if inside is None or inside.tag in ("body", "main", "article", "html"):
            return None
    return None


def _notes(element: HtmlElement) -> tuple[str, ...]:
    """What stands beside the links of a list, an entry each."""
    found = []
    for entry in islice(element.iter("li"), MOST_ITEMS):
        whole, linked = _text(entry, 400), max(_links(entry, 3), key=len, default="")
        if note := whole.replace(linked, " ", 1).strip() if linked else "":
            found.append(note)
    return tuple(found)


def _items(element: HtmlElement) -> tuple[str, ...]:
    texts = [
        text
        for text in _links(element, 3 * MOST_ITEMS)
        if (LEAST_WORDS <= size(text) <= 40 or (not text.isascii() and len(text) >= 8))
    ]
    return tuple(dict.fromkeys(texts))[:MOST_ITEMS]
