"""Blocks of a body - paragraphs, headings, lists, quotes, tables - as they come out of an extractor."""

import re
from collections.abc import Iterator
from html import escape
from typing import Final, NamedTuple

from lxml.etree import _Element

from recirc.extraction.elements import absolute
from recirc.text.clean import plain

DEEPEST: Final = 60  # elements within one another that are kept apart; below, only the words are

_BLOCKS: Final = {
    "p": "p",
    "quote": "blockquote",
    "blockquote": "blockquote",
    "ul": "ul",
    "ol": "ol",
    "list": "ul",
}
_OF_TABLES: Final = {"table": "table", "row": "tr", "tr": "tr", "cell": "td", "td": "td", "th": "th"}
_INLINE: Final = frozenset(
    {"hi", "ref", "a", "lb", "br", "em", "strong", "b", "i", "del", "span", "graphic", "img"}
)
_HEADINGS: Final = re.compile(r"h[1-6]")
_EMPHASIS: Final = {"#b": "strong", "#i": "em"}


class BodyBlock(NamedTuple):
    """One block of a body.

    Attributes:
        kind: "p", "head", "list", "quote" or "table".
        html: as HTML, not yet cleaned.
        text: its words.
    """

    kind: str
    html: str
    text: str


def blocks_of(body: _Element, base: str | None = None) -> list[BodyBlock]:
    """The blocks of what trafilatura extracted, which is in the vocabulary of TEI (`head`, `list`, `hi`, `ref`).

    Links are resolved against `base`, and left out where they lead to no page.
    """
    found: list[BodyBlock] = []
    loose: list[str] = []

    def end_loose() -> None:
        html = "".join(loose).strip()
        loose.clear()
        if html:
            found.append(block("p", f"<p>{html}</p>"))

    loose.append(escape(body.text or "", quote=False))
    for child in body:
        if not isinstance(child.tag, str):
            loose.append(escape(child.tail or "", quote=False))
            continue
        if child.tag in _INLINE:
            loose.append(_html(child, 0, base))
        else:
            end_loose()
            found.append(block(_kind(child.tag), _html(child, 0, base)))
        loose.append(escape(child.tail or "", quote=False))
    end_loose()
    return [block for block in found if block.text]


def block(kind: str, html: str) -> BodyBlock:
    """A block of HTML with its words."""
    return BodyBlock(kind, html, words(html))


def paragraph(text: str) -> BodyBlock:
    """A block of plain words."""
    return BodyBlock("p", f"<p>{escape(text, quote=False)}</p>", plain(text))


def divided(block: BodyBlock) -> list[BodyBlock]:
    """The lines of a paragraph that is divided by line breaks, each as a block; the block itself where it is not.

    >>> [piece.text for piece in divided(BodyBlock("p", "<p>By Ann Roe<br>It stays.</p>", "By Ann Roe It stays."))]
    ['By Ann Roe', 'It stays.']
    """
    if block.kind != "p" or not _DIVISION.search(block.html):
        return [block]
    pieces = [piece for piece in _DIVISIONS.split(block.html) if words(piece)]
    if len(pieces) < 2 or any(piece.count("</") * 2 != piece.count("<") for piece in pieces):
        return [block]
    return [BodyBlock("p", f"<p>{piece}</p>", words(piece)) for piece in pieces]


_DIVISION: Final = re.compile(r"<br>|(?<=.)<p>")
_DIVISIONS: Final = re.compile(r"(?:\s*(?:<br>|</?(?:p|div)>)\s*)+")
_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>")
_GLUE: Final = frozenset({"strong", "em", "a", "span", "b", "i"})


def words(html: str) -> str:
    """The words of HTML that `blocks_of` made, as one line; blocks divide words, emphasis does not."""
    bare = _TAG.sub(lambda tag: "" if tag[2] in _GLUE else " ", html)
    return plain(bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _kind(tag: str) -> str:
    if tag == "head" or _HEADINGS.fullmatch(tag):
        return "head"
    return {
        "list": "list",
        "ul": "list",
        "ol": "list",
        "quote": "quote",
        "blockquote": "quote",
        "table": "table",
    }.get(tag, "p")


def _html(element: _Element, depth: int, base: str | None) -> str:
    if depth >= DEEPEST:
        return escape(" ".join(str(text) for text in element.itertext()), quote=False)
    inside = escape(element.text or "", quote=False) + "".join(_children(element, depth, base))
    tag = str(element.tag)
    rend = element.get("rend") or ""
    if tag in ("lb", "br"):
        return f"<br>{inside}"
    if tag in ("graphic", "img"):
        return ""
    if tag == "hi":
        name = _EMPHASIS.get(rend)
        return f"<{name}>{inside}</{name}>" if name else inside
    if tag in ("ref", "a"):
        target = absolute(element.get("target") or element.get("href"), base)
        return f'<a href="{escape(target)}">{inside}</a>' if target else inside
    if tag == "head":
        level = rend if _HEADINGS.fullmatch(rend) else "h3"
        return f"<{'h2' if level == 'h1' else level}>{inside}</{'h2' if level == 'h1' else level}>"
    if tag == "list":
        name = "ol" if rend == "ol" else "ul"
        return f"<{name}>{inside}</{name}>"
    if tag in ("item", "li"):
        return f"<li>{inside}</li>"
    if tag in _OF_TABLES:
        name = "th" if element.get("role") == "head" else _OF_TABLES[tag]
        return f"<{name}>{inside}</{name}>"
    if tag in _BLOCKS or _HEADINGS.fullmatch(tag):
        name = _BLOCKS.get(tag, tag)
        return f"<{name}>{inside}</{name}>"
    return inside if tag in _INLINE else f"<div>{inside}</div>"


def _children(element: _Element, depth: int, base: str | None) -> Iterator[str]:
    for child in element:
        if isinstance(child.tag, str):
            yield _html(child, depth + 1, base)
        yield escape(child.tail or "", quote=False)
