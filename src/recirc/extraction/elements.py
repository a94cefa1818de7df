"""Looking at elements of a page within bounds."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from recirc.text.clean import plain

LONGEST_ADDRESS: Final = 2_048  # characters
MOST_ELEMENTS: Final = 20_000  # looked at of one page, for one thing

# fmt: off
_WITHIN_LINE: Final = frozenset((
    "a", "abbr", "b", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u", "wbr",
))
# fmt: on
_UNREAD: Final = frozenset({"script", "style", "noscript", "template"})
_ASIDE: Final = re.compile(
    r"related|recommend|comment|sidebar|footer|promo|teaser|trending|popular|newsletter|most-?read|outbrain|taboola"
    r"|latest|more-?(?:from|news|stories)|widget|carousel|read-?next|recirc",
    re.IGNORECASE,
)


def line(element: HtmlElement, most: int) -> str:
    """The words of an element as one line, of its first `most` characters."""
    words: list[str] = []
    left = 2 * most
    for event, part in iterwalk(element, events=("start", "end")):
        between = "" if part.tag in _WITHIN_LINE else " "
        words.append(between)
        if event == "start" and part.tag not in _UNREAD:
            words.append(part.text or "")
        elif event == "end" and part is not element:
            words.append(part.tail or "")
        left -= len(words[-1])
        if left < 0:
            break
    return plain("".join(words)[: 2 * most])[:most]


def is_beside(element: HtmlElement) -> bool:
    """Whether an element stands in what surrounds the article: an aside, a footer, comments, a list of links."""
    for depth, up in enumerate((element, *element.iterancestors())):
        if depth > 100 or up.tag in ("body", "html", "article", "main"):
            return False
        if up.tag in ("aside", "footer", "nav"):
            return True
        if _ASIDE.search(f"{up.get('class') or ''} {up.get('id') or ''}"):
            return True
    return False


def some(elements: Iterable[HtmlElement], most: int = MOST_ELEMENTS) -> Iterator[HtmlElement]:
    """The first elements."""
    for place, element in enumerate(elements):
        if place >= most:
            return
        yield element


def cut(text: str | None, most: int) -> str | None:
    """The first characters of a text; None of an empty one."""
    return (text[:most] or None) if text else None


def absolute(address: str | None, base: str | None) -> str | None:
    """An address resolved against that of its page; None where it is no http address.

    >>> absolute("/mill.html", "https://paper.example/news/"), absolute("javascript:x()", None)
    ('https://paper.example/mill.html', None)
    """
    try:
        resolved = urljoin(base or "", (address or "").strip())
        known = urlsplit(resolved)
        fits = known.scheme in ("http", "https") and known.hostname and len(resolved) <= LONGEST_ADDRESS
    except ValueError:  # "http://[" and its like
        return None
    return resolved if address and fits and not re.search(r"[\s<>\"]", resolved) else None
