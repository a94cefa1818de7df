"""The lines that a reader sees on a page of HTML, in order: the text of its blocks."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from recirc.extraction.elements import is_beside
from recirc.extraction.labels import section_names
from recirc.extraction.lines import Kind, label_line, size
from recirc.text.clean import plain

MOST_LINES: Final = 4_000
LONGEST: Final = 4_000  # characters of a line
BEFORE: Final = 14  # lines before the headline that are looked at
AFTER: Final = 30  # and after it

# fmt: off
_INLINE: Final = frozenset((
    "a", "abbr", "b", "bdi", "cite", "code", "data", "em", "font", "i", "ins", "kbd", "label", "mark", "q", "s",
    "small", "span",
    "strong", "sub", "sup", "time", "u", "var", "wbr",
))
# fmt: on
_UNREAD: Final = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "head",
        "title",
        "select",
        "option",
        "iframe",
        "object",
    }
)
_CAPTION: Final = re.compile(r"(?:^|[\s_-])(?:wp-)?caption(?:$|[\s_-])", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"display:\s*none|visibility:\s*hidden", re.IGNORECASE)


class Anchor(NamedTuple):
    """A link: its words as they stand, and where it leads, as it stands."""

    text: str
    target: str


class VisibleLine(NamedTuple):
    """A line of a page.

    Attributes:
        element: the block that it stands in.
        linked: how many of its characters are of links.
        anchors: the links within it, in order.
    """

    text: str
    element: HtmlElement
    linked: int
    anchors: tuple[Anchor, ...] = ()


def visible_lines(tree: HtmlElement) -> list[VisibleLine]:
    """The lines of a page, of blocks and divided by `br`; at most `MOST_LINES`."""
    reader = _LineReader(tree)
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start":
            reader.start(element)
        else:
            reader.end(element)
        if len(reader.found) >= MOST_LINES:
            break
    reader.end_line(tree)
    return reader.found


class _LineReader:
    """Collects the lines of a page while its elements start and end."""

    def __init__(self, tree: HtmlElement) -> None:
        self.found: list[VisibleLine] = []
        self._block = tree
        self._pieces: list[str] = []
        self._anchors: list[Anchor] = []
        self._opened: tuple[int, str] | None = None  # where the words of a link begin, and where it leads
        self._linked = self._within_link = self._skipped = 0

    def start(self, element: HtmlElement) -> None:
        """An element starts; `br` and blocks end the line before."""
        tag = element.tag if isinstance(element.tag, str) else ""
        self._skipped += _is_unread(tag, element)
        if self._skipped:
            return
        if tag == "br" or tag not in _INLINE:
            self.end_line(element)
        if tag == "a":
            self._within_link += 1
            self._opened = (len(self._pieces), element.get("href") or "")
        if tag == "span" and self._is_glued(element.text):
            self._pieces.append(" ")  # a style sheet parts them: "Ann Roe" and "4 May 2025"
        self._add(element.text)

    def end(self, element: HtmlElement) -> None:
        """An element ends; blocks end their line."""
        tag = element.tag if isinstance(element.tag, str) else ""
        if self._skipped:
            self._skipped -= _is_unread(tag, element)
        else:
            if tag == "a":
                self._within_link -= 1
                self._end_link()
            if tag not in _INLINE and tag != "br":
                parent = element.getparent()
                self.end_line(parent if parent is not None else element)
        if not self._skipped:
            self._add(element.tail)

    def end_line(self, following: HtmlElement) -> None:
        """What was collected is a line; the next one stands in `following`."""
        text = plain("".join(self._pieces)[:LONGEST])
        self._pieces.clear()
        if text:
            self.found.append(VisibleLine(text, self._block, self._linked, tuple(self._anchors)))
        self._anchors.clear()
        self._opened = None
        self._block, self._linked = following, 0

    def _is_glued(self, text: str | None) -> bool:
        """Whether a number would begin right behind a word."""
        before = self._pieces[-1][-1:] if self._pieces else ""
        return before.isalpha() and bool(text) and (text or "")[0].isdigit()

    def _add(self, text: str | None) -> None:
        if text:
            self._pieces.append(text)
            self._linked += len(text) if self._within_link else 0

    def _end_link(self) -> None:
        if self._opened is not None and self._opened[1]:
            text = plain("".join(self._pieces[self._opened[0] :])[:LONGEST])
            if text:
                self._anchors.append(Anchor(text, self._opened[1]))
        self._opened = None


def place_of(lines: Sequence[VisibleLine], element: HtmlElement | None, headline: str | None) -> int | None:
    """The place of the headline: the line in its element, else the first that is the headline."""
    if element is not None:
        inside = {element, *element.iter()}
        found = next((n for n, line in enumerate(lines) if line.element in inside), None)
        if found is not None:
            return found
    wanted = (headline or "").casefold()
    return next(
        (
            n
            for n, line in enumerate(lines)
            if wanted and wanted in line.text.casefold() and len(line.text) < 2 * len(wanted)
        ),
        None,
    )


def head_lines(lines: Sequence[VisibleLine], place: int) -> list[str]:
    """The lines around a headline: short ones before it, and what follows it up to the article's body."""
    before = [
        line
        for line in lines[max(0, place - BEFORE) : place]
        if size(line.text) <= 8 and not _is_teaser(line) and not _is_in_menu(line.element)
    ]
    after = [line for line in lines[place + 1 : place + 1 + AFTER] if not is_beside(line.element)]
    return [*(line.text for line in before), lines[place].text, *(line.text for line in after)]


def captions(lines: Sequence[VisibleLine]) -> frozenset[str]:
    """The lines that are captions by their elements, in lower case."""
    return frozenset(
        line.text.casefold()
        for line in lines
        if any(
            up.tag == "figcaption" or _CAPTION.search(f"{up.get('class') or ''} {up.get('id') or ''}")
            for up in (line.element, *islice(line.element.iterancestors(), 3))
        )
    )


def kicker_of(lines: Sequence[VisibleLine], place: int, outlets: Sequence[str]) -> str | None:
    """The section as the one short link that stands right above the headline, or the name of a section there."""
    if not place:
        return None
    above, before = lines[place - 1], lines[place - 2] if place > 1 else None
    if (
        size(above.text) > 3
        or len(above.text) > 30
        or above.text.casefold() in {name.casefold() for name in outlets}
    ):
        return None
    alone = (
        before is None
        or not _is_link(before)
        or before.text.casefold() in {name.casefold() for name in outlets}
    )
    in_list = _is_in_menu(above.element) or any(
        up.tag in ("ul", "ol") for up in above.element.iterancestors()
    )
    known = above.text.casefold() in section_names()
    fits = (known and not in_list) or (
        _is_link(above) and not in_list and label_line(above.text).kind is Kind.SHORT
    )
    return above.text if alone and fits else None


def lines_after(lines: Sequence[VisibleLine], last: str) -> list[VisibleLine]:
    """The lines after an article's last paragraph; the last half of the page where it is not found."""
    wanted = last[:60].casefold()
    place = next(
        (n for n in range(len(lines) - 1, -1, -1) if wanted and lines[n].text[:60].casefold() == wanted), None
    )
    return list(lines[(place + 1 if place is not None else len(lines) // 2) :])


def _is_unread(tag: str, element: HtmlElement) -> bool:
    return (
        tag in _UNREAD
        or bool(_HIDDEN.search(element.get("style") or ""))
        or element.get("hidden") is not None
        or is_folded(element)
    )


def is_folded(element: HtmlElement) -> bool:
    """Whether an element is shown only when `details`, of which it is a child, are opened."""
    parent = element.getparent()
    folds = parent is not None and parent.tag == "details" and parent.get("open") is None
    return folds and element.tag != "summary"


def _is_in_menu(element: HtmlElement) -> bool:
    return any(
        up.tag in ("nav", "header") or re.search(r"\b(?:top)?(?:nav|menu)", (up.get("class") or "").lower())
        for up in (element, *element.iterancestors())
        if up.tag not in ("body", "html")
    ) and not any(
        "crumb" in f"{up.get('class')} {up.get('id')}" for up in (element, *element.iterancestors())
    )


def _is_link(line: VisibleLine) -> bool:
    return line.linked >= 0.9 * len(line.text)


def _is_teaser(line: VisibleLine) -> bool:
    return _is_link(line) and size(line.text) > 4
