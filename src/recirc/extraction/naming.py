"""What an article and its site are called: the headline without the brand, and the brand."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from lxml.html import HtmlElement

from recirc.extraction.elements import cut, line, some
from recirc.extraction.structured import StructuredData
from recirc.text.sites import host_of

LONGEST_NAME: Final = 200  # characters, as types.Author
LONGEST_LINE: Final = 1_000

_BETWEEN: Final = re.compile(
    r"\s+[|–—»·•:]{1,2}\s+|\s+-{1,2}\s+|\s*\|\s*|\s::\s|(?<=[\u3040-\u9fff])_|_(?=[\u3040-\u9fff])"
)
_WORD: Final = re.compile(r"\w")
_MOST_PARTS: Final = 20  # of a title


class PageNames(NamedTuple):
    """What an article and its site are called, as far as the page says so.

    Attributes:
        headline: without the brand.
        title: as the page's title or, without one, its headline has it.
        brand: the site's name for readers.
        outlet: the publisher that is claimed.
    """

    headline: str | None
    title: str | None
    brand: str | None
    outlet: str | None


def shown_titles(tree: HtmlElement) -> tuple[list[HtmlElement], str | None]:
    """The elements that are headlines, of the first order or else with words of the title; and the title."""
    title = next((text for e in tree.iter("title") if _WORD.search(text := line(e, LONGEST_LINE))), None)
    headings = [h1 for h1 in some(tree.iter("h1"), 20) if _WORD.search(line(h1, LONGEST_LINE))]
    headings = [h1 for h1 in headings if not _is_masthead(line(h1, LONGEST_LINE), title or "")]
    return headings or _headings_of_title(tree, title or ""), title


def _is_masthead(heading: str, title: str) -> bool:
    """Whether a heading is the site's name at an end of the title, with a longer part beside it."""
    parts = [key(part) for part in _BETWEEN.split(title)[:_MOST_PARTS]]
    if len(parts) < 2 or key(heading) not in (parts[0], parts[-1]):
        return False
    return max(map(len, parts)) > 1.3 * len(key(heading)) and len(heading.split()) <= 5


def _headings_of_title(tree: HtmlElement, title: str) -> list[HtmlElement]:
    """The first element whose words are the title without a name at one of its ends."""
    whole = title.casefold()
    core = max(_BETWEEN.split(whole), key=len, default="").strip()
    for element in some(tree.iter("h2", "h3", "div", "p", "span", "td", "strong", "b", "font")):
        text = line(element, LONGEST_LINE).casefold() if len(element) <= 3 else ""
        if (
            12 <= len(text) < len(whole)
            and 2 * len(text) > len(whole)
            and (whole.startswith(text) or whole.endswith(text))
        ):
            return [element]
        if (
            4 <= len(text) < len(whole)
            and not text.isascii()
            and whole.startswith(text)
            and 2 * len(text) > len(whole)
        ):
            return [element]
        if len(core) >= 8 and core in text and len(text) < 2 * len(core):
            return [element]
    return []


def named(tree: HtmlElement, said: StructuredData, url: str | None) -> PageNames:
    """Headline, title, brand and outlet.

    The headline is the `h1` that has most words in common with what machines are told and the title, where
    it shares half of them; else what machines are told, else the title. Then the brand goes: parts divided by
    "|", "-" and their like, at either end, that are the site's name or its domain.
    """
    headings, title = shown_titles(tree)
    publisher = said.said("publisher") or said.said("sourceOrganization")
    site = said.first(
        "og:site_name", "twitter:app:name:iphone", "application-name", "apple-mobile-web-app-title"
    )
    site = site if site and len(site) <= LONGEST_NAME and "http" not in site else None
    told = [
        text for text in (said.said("headline"), said.first("og:title", "twitter:title", "title")) if text
    ]
    host = host_of(url)
    brand = _brand(title, headings, told, (site, publisher), host)
    names = [name for name in (brand, site, publisher) if name]
    if brand:  # without the motto that some put behind it
        brand = next(filter(_WORD.search, _BETWEEN.split(brand)), brand).strip()
        names.append(brand)
    told = [bare for text in told if (bare := without_brand(text, names, host))]
    if title:
        told.append(without_brand(title, names, host) or title)
    shown = [line(h1, LONGEST_LINE) for h1 in headings]
    agreement = [max((_overlap(text, other) for other in told), default=0.0) for text in shown]
    best = max(range(len(shown)), key=lambda place: agreement[place], default=None)
    chosen = None
    if best is not None and (agreement[best] >= 0.5 or not told):
        chosen = without_brand(shown[best], names, host)
    headline = chosen or next(iter(told), None)
    return PageNames(cut(headline, LONGEST_LINE), title or headline, brand, publisher or site)


def without_brand(text: str, names: Iterable[str], host: str = "") -> str:
    """A headline without the site's name around it.

    >>> without_brand("Mill reopens | Local | Harbour Post", ["Harbour Post"])
    'Mill reopens | Local'
    >>> without_brand("Harbour Post - Mill reopens", [], "www.harbourpost.example")
    'Mill reopens'
    """
    keys = {key(name) for name in names} - {""}
    while True:
        divided = list(_BETWEEN.finditer(text))[:_MOST_PARTS]
        behind = next((part for part in divided if is_site(text[part.end() :], keys, host)), None)
        before = next((part for part in reversed(divided) if is_site(text[: part.start()], keys, host)), None)
        if behind is not None:
            text = text[: behind.start()]
        elif before is not None:
            text = text[before.end() :]
        else:
            return text.strip()


def headline_element(tree: HtmlElement, headline: str | None) -> HtmlElement | None:
    """The `h1` that has the headline."""
    headings, _ = shown_titles(tree)
    return next((h1 for h1 in headings if headline and headline in line(h1, LONGEST_LINE)), None)


def is_site(text: str, keys: set[str], host: str) -> bool:
    """Whether a name is the site's: one of `keys` (of `key`), or its domain."""
    name = key(text).removeprefix("the")
    domain = host.lower().removeprefix("www.")
    labels = [key(label).removeprefix("the") for label in (domain, *domain.split(".")[:-1])]
    return bool(name) and (
        name in {other.removeprefix("the") for other in keys} or (len(name) > 2 and name in labels)
    )


def key(text: str) -> str:
    """A name without case, spaces and punctuation, to compare names by."""
    return re.sub(r"\W", "", text.casefold())


def _brand(
    title: str | None,
    headings: Sequence[HtmlElement],
    told: Sequence[str],
    said: Sequence[str | None],
    host: str,
) -> str | None:
    given = next((name for name in said if name), None)
    if given or not title:
        return given
    divided = list(_BETWEEN.finditer(title))
    if not divided:
        return None
    last, first = title[divided[-1].end() :].strip(), title[: divided[0].start()].strip()
    for part in (last, first):
        if is_site(part, set(), host):
            return part
    known = {key(text) for text in (*told, *(line(h1, LONGEST_LINE) for h1 in headings))}
    # The headline stands elsewhere on the page without what the title has behind it.
    return last if key(title[: divided[-1].start()]) in known and len(last.split()) <= 6 else None


def _overlap(a: str, b: str) -> float:
    """Common words over the words of the shorter text."""
    first, second = (set(re.findall(r"\w+", text.casefold())) for text in (a, b))
    return len(first & second) / min(len(first), len(second)) if first and second else 0.0
