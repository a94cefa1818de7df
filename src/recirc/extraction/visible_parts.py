"""What a page of HTML shows its readers around the article, read from its visible lines as from a text dump."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from lxml.html import HtmlElement
from msgspec.structs import replace

from recirc.extraction.bylines import names_of
from recirc.extraction.elements import is_beside
from recirc.extraction.head import head_of
from recirc.extraction.labels import section_names
from recirc.extraction.lines import Kind, label_line, size
from recirc.extraction.naming import PageNames, key
from recirc.extraction.page import Page
from recirc.extraction.tail import TailReader
from recirc.extraction.tree import is_large
from recirc.extraction.visible import (
    VisibleLine,
    captions,
    head_lines,
    kicker_of,
    lines_after,
    place_of,
    visible_lines,
)
from recirc.extraction.writers import byline
from recirc.text.dates import DateContext, moment_of

MOST_AFTER: Final = 120  # lines after the article that are looked at
LEAST_TEASER: Final = 5  # words of a link that is another article's headline


class VisibleParts(NamedTuple):
    """What a page shows.

    Attributes:
        byline: the names alone.
        dates: what looks like the date of publication, the most reliable first.
        head: the lines between the headline and the article's first paragraph, in lower case.
        lines: all visible lines.
    """

    byline: str | None = None
    byline_text: str | None = None
    standfirst: str | None = None
    section: str | None = None
    breadcrumb: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    head: frozenset[str] = frozenset()
    lines: tuple[VisibleLine, ...] = ()


def visible_parts(
    tree: HtmlElement, heading: HtmlElement | None, names: PageNames, told: Sequence[str] = ()
) -> VisibleParts:
    """What a page shows around its headline.

    Args:
        tree: the page.
        heading: the headline's element, if it is known.
        names: of the page.
        told: the authors for machines; where the byline has their names among other words, they are its names.
    """
    marked = byline(tree)
    if marked and told and all(name.casefold() in marked.casefold() for name in told):
        marked = " and ".join(told)
    lines = () if is_large(tree) else tuple(visible_lines(tree))
    place = place_of(lines, heading, names.headline)
    if place is None:
        return VisibleParts(byline=_names(marked), byline_text=marked, lines=lines)
    around = head_lines(lines, place)
    head = head_of(around, names.brand or names.outlet, names.headline)
    start = next((n for n, text in enumerate(around) if text == lines[place].text), 0)
    known = [name for name in (names.brand, names.outlet) if name]
    kicker = kicker_of(lines, place, known)
    section = head.section if head.breadcrumb or (head.section and _is_section(head.section)) else kicker
    outlets = {key(name) for name in known}
    read = next(
        (line for line in head.bylines if key(line.value) not in outlets or line.text != line.value), None
    )
    text = marked if marked and _names(marked) else read.text if read else None
    return VisibleParts(
        byline=_names(marked) or (read.value if read else None),
        byline_text=text,
        standfirst=head.standfirst,
        section=section,
        breadcrumb=head.breadcrumb,
        dates=tuple(head.dates),
        head=frozenset(
            text.casefold()
            for text in (*around[:start], *around[start + 1 : _last_mark(around[: head.end]) + 1])
        )
        | captions(lines),
        lines=lines,
    )


def below(page: Page, lines: Sequence[VisibleLine]) -> Page:
    """The page with what its lines say below the article: a biography, a sign-off, reactions, the outlet."""
    if not page.text or not lines:
        return page
    following = lines_after(lines, page.text.rsplit("\n", 1)[-1])[:MOST_AFTER]
    following = [line for line in following if not _is_teaser(line)]
    tail = TailReader([line.text for line in following], paragraphs=page.text.split("\n"), ended=True)
    tail.read()
    outlet = next(
        (
            found.value
            for line in reversed(lines[-40:])
            if (found := label_line(line.text)).kind is Kind.COPYRIGHT and found.value
        ),
        None,
    )
    signed = next(iter(tail.bylines), None)
    if page.byline is None and signed is not None:
        page = replace(page, byline=signed.value, byline_text=signed.text)
    beside = {line.text for line in following if is_beside(line.element)}
    dates = [date for date in tail.dates if date not in beside]
    if page.published is None and dates:
        moment = moment_of(dates[0], DateContext(page.language))
        page = replace(page, published=moment, date_text=dates[0])
    return replace(
        page,
        outlet=page.outlet or outlet,
        brand=page.brand or page.outlet or outlet,
        biography=page.biography or "\n".join(tail.biographies[:5]) or None,
        sign_off=page.sign_off or tail.sign_off,
        counts=tuple(tail.counts[:20]),
    )


def _is_teaser(line: VisibleLine) -> bool:
    """Whether a line is a link with another article's headline."""
    if size(line.text) < LEAST_TEASER or 5 * line.linked < 4 * len(line.text):
        return False
    return label_line(line.text).kind in (Kind.SHORT, Kind.PARAGRAPH)


def _last_mark(head: Sequence[str]) -> int:
    """The place of the last byline or date of a head; no line above it is part of the body."""
    marks = (Kind.BYLINE, Kind.DATE, Kind.CHANGED, Kind.NAME_AND_DATE, Kind.OUTLET_AND_DATE, Kind.SHARING)
    return max((place for place, text in enumerate(head) if label_line(text).kind in marks), default=-1)


def _names(text: str | None) -> str | None:
    found = label_line(text) if text else None
    if found is None:
        return None
    if found.kind is Kind.BYLINE:
        return found.value
    if found.kind is Kind.NAME_AND_DATE:
        return found.names
    return names_of(found.text) if found.kind is Kind.SHORT else None


def _is_section(name: str) -> bool:
    return name.casefold() in section_names()
