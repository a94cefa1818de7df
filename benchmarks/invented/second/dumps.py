"""Invented pages as the text that scrapers, readers and people who copy from a browser make of them."""

import textwrap
from collections.abc import Callable
from typing import Final

Parts = dict[str, tuple[str, ...]]
Layout = tuple[str, str, Callable[[str, tuple[str, ...]], list[str]]]


def _lines(name: str, lines: tuple[str, ...]) -> list[str]:
    joined = {"nav": " | ", "way": " › "}.get(name)
    return [joined.join(lines)] if joined else list(lines)


def _tagline(name: str, lines: tuple[str, ...]) -> list[str]:
    return [f"{lines[0]}: {', '.join(lines[1:])}"] if name == "tags" else _lines(name, lines)


def _spaced(name: str, lines: tuple[str, ...]) -> list[str]:
    return [text for line in _tagline(name, lines) for text in (line, "")]


def _marked(name: str, lines: tuple[str, ...]) -> list[str]:
    """Markdown, as converters write it."""
    if name == "headline":
        return ["", f"# {lines[0]}", ""]
    if name in ("related", "popular"):
        return [
            "",
            f"## {lines[0]}",
            "",
            *(f"  * [{line}](/a/{place})" for place, line in enumerate(lines[1:])),
        ]
    if name in ("nav", "way"):
        return [" / ".join(f"[{line}](/{place})" for place, line in enumerate(lines))]
    if name == "standfirst":
        return [f"_{lines[0]}_", ""]
    if name == "by":
        return [f"**{lines[0]}**"]
    if name == "tags":
        return [f"{lines[0]}: " + " ".join(f"[{line}](/t)" for line in lines[1:])]
    return [text for line in lines for text in (line, "")]


def _labelled(name: str, lines: tuple[str, ...]) -> list[str]:
    label = {
        "headline": "TITLE",
        "author": "AUTHOR",
        "day": "DATE",
        "outlet": "SITE",
        "section": "SECTION",
    }.get(name)
    return [f"{label}: {lines[0]}"] if label else ["", *_tagline(name, lines)]


def _front_matter(name: str, lines: tuple[str, ...]) -> list[str]:
    label = {
        "headline": "title",
        "author": "author",
        "day": "date",
        "section": "category",
        "outlet": "source",
    }.get(name)
    return (
        [f'{label}: "{lines[0]}"']
        if label
        else ["---", *(text for line in lines for text in (line, ""))]
        if name == "body"
        else _spaced(name, lines)
    )


def _wrapped(name: str, lines: tuple[str, ...]) -> list[str]:
    """As a text browser prints: indented, wrapped, links numbered."""
    found: list[str] = []
    for line in _tagline(name, lines):
        text = f"[{len(line)}]{line}" if name in ("related", "popular") and line != lines[0] else line
        found += [*textwrap.wrap(text, 72, initial_indent="   ", subsequent_indent="   "), ""]
    return found


def _folded(name: str, lines: tuple[str, ...]) -> list[str]:
    """Wrapped at 80 columns, an empty line between paragraphs."""
    return [text for line in _tagline(name, lines) for text in (*textwrap.wrap(line, 80), "")]


def _underlined(name: str, lines: tuple[str, ...]) -> list[str]:
    if name == "headline":
        return [lines[0], "=" * min(60, len(lines[0])), ""]
    return _spaced(name, lines)


LAYOUTS: Final[dict[str, tuple[Layout, ...]]] = {
    "a": (
        ("copied", "outlet way headline standfirst by date share caption body tags bio reaction related rights",
         _tagline),
        ("markdown", "way headline standfirst by date body tags bio reaction related popular rights", _marked),
        ("labelled", "headline author day outlet section body tags bio", _labelled),
        ("pasted", "date section headline share by body reaction readers related rights", _spaced),
        ("browser", "outlet nav headline by date body bio related rights", _wrapped),
        ("bare", "headline by date body bio", _lines),
        ("app", "outlet menu section headline read by date save keys body readers reaction related popular newsletter "
         "rights",
         _lines),
        ("reader", "headline outlet by day body bio related", _lines),
    ),
    "b": (
        ("masthead", "outletdate section headline by body bio reaction readers related rights", _tagline),
        ("underlined", "outlet headline by date body tags bio related rights", _underlined),
        ("front matter", "open headline author day section outlet body bio", _front_matter),
        ("folded", "section headline standfirst by date body reaction readers related rights", _folded),
        ("one line", "way headline datebyread body tags bio reaction related popular rights", _lines),
        ("bio on top", "outlet headline standfirst by bio date share body related rights", _lines),
        ("consent", "consent navlines outlet headline date by caption body reaction readers related popular newsletter "
         "rights",
         _lines),
        ("at the end", "way headline body by date tags bio rights", _lines),
    ),
}  # fmt: skip
"""Name, parts in order, and how a part is written."""


def text_page(layout: Layout, parts: Parts) -> str:
    """The dump."""
    _, order, write = layout
    return (
        "\n".join(line for name in order.split() if name in parts for line in write(name, parts[name])) + "\n"
    )
