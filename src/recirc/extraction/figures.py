"""Puts the figures of a page between the paragraphs of its body where they stand."""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

from lxml.html import HtmlElement

from recirc.extraction.elements import line, some
from recirc.extraction.pictures import figure_row
from recirc.text.clean import words_of
from recirc.text.pictures import pictures_from

KEY: Final = 80  # characters of a block by which it is known again

_BLOCK: Final = re.compile(r"<(p|ul|ol|blockquote|h2|h3|h4|table|pre)\b[^<>]*>.*?</\1>", re.DOTALL)


def with_figures(body: str, tree: HtmlElement, base: str | None) -> str:
    """The body with the figures that stand on the page after one of its blocks and before another.

    What stands above the first block leads the article, what stands below the last one may belong to others: both are
    left to `page_pictures`.
    """
    if next(tree.iter("figure"), None) is None:
        return body
    ends = _ends(body)
    last = max(ends.values(), default=0)
    place = 0
    figures: list[tuple[int, str]] = []
    for element in some(tree.iter("figure", "p", "li", "h2", "h3", "h4", "blockquote", "td", "pre")):
        if element.tag != "figure":
            end = ends.get(_key(line(element, 2 * KEY)), 0)
            place = end if end > place else place
        elif 0 < place < last and (markup := _markup(element, base)):
            figures.append((place, markup))
    return _inserted(body, figures)


def _ends(body: str) -> dict[str, int]:
    """Where the blocks of a body end, by their first words; those of lists and quotes by their parts too."""
    ends: dict[str, int] = {}
    for block in _BLOCK.finditer(body):
        for text in words_of(block[0]).split("\n"):
            if key := _key(text):
                ends.setdefault(key, block.end())
    return ends


def _key(text: str) -> str:
    return "".join(re.findall(r"\w+", text.lower()))[: KEY // 2]


def _markup(figure: HtmlElement, base: str | None) -> str:
    row = figure_row(figure)
    found = pictures_from(row, base) if row is not None else ()
    if not found:
        return ""
    (picture,) = found
    alt = f' alt="{escape(picture.alt)}"' if picture.alt is not None else ""
    caption = f"<figcaption>{escape(picture.caption)}</figcaption>" if picture.caption else ""
    return f'<figure><img src="{escape(picture.address)}"{alt}>{caption}</figure>'


def _inserted(body: str, figures: Sequence[tuple[int, str]]) -> str:
    parts, done = [], 0
    for place, markup in figures:
        parts += [body[done:place], markup]
        done = place
    return "".join((*parts, body[done:]))
