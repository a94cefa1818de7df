"""Scrapers of the third set: what each dumps in which order, and how it writes a part."""

import textwrap
from collections.abc import Callable
from typing import Final, NamedTuple

from invented.third.makers import PartLines

_LISTS: Final = ("related", "popular")


class Scraper(NamedTuple):
    """`write` returns the lines of a part."""

    name: str
    order: str
    write: Callable[[str, tuple[str, ...]], list[str]]


def _database(name: str, lines: tuple[str, ...]) -> list[str]:
    """As a press database exports: labels in capitals, an empty line after each field."""
    label = {
        "section": "SECTION: ",
        "author": "BYLINE: ",
        "day": "LOAD-DATE: ",
        "headline": "HEADLINE: ",
    }.get(name, "")
    return [text for line in lines for text in (label + line, "")]


def _numbered(name: str, lines: tuple[str, ...]) -> list[str]:
    """As a terminal browser prints: links with numbers before them."""
    if name in (*_LISTS, "nav", "way", "tags"):
        first = 1 if name in _LISTS else 0
        return ["", *lines[:first], *(f"   [{place + 3}]{line}" for place, line in enumerate(lines[first:]))]
    return ["", *(f"   {line}" for line in lines)]


def _spoken(name: str, lines: tuple[str, ...]) -> list[str]:
    """As a screen reader's log: what each thing is, then its text."""
    if name == "headline":
        return [f"heading level 1 {lines[0]}"]
    if name in _LISTS:
        return [f"heading level 2 {lines[0]}", f"list with {len(lines) - 1} items",
                *(f"link {line}" for line in lines[1:])]  # fmt: skip
    return [f"link {line}" for line in lines] if name in ("nav", "way", "outlet") else list(lines)


def _wiki(name: str, lines: tuple[str, ...]) -> list[str]:
    if name == "headline":
        return [f"== {lines[0]} ==", ""]
    if name in _LISTS:
        return [f"=== {lines[0]} ===", *(f"* {line}" for line in lines[1:])]
    return [f"''{lines[0]}''", ""] if name == "standfirst" else [*lines, ""]


def _mailed(name: str, lines: tuple[str, ...]) -> list[str]:
    """A forwarded message: each line quoted."""
    label = {"outlet": "From: ", "headline": "Subject: ", "day": "Sent: "}.get(name, "")
    return [f"> {label}{line}" for line in lines] + (["> "] if not label else [])


def _paper(_: str, lines: tuple[str, ...]) -> list[str]:
    """Pages of a printed edition: short lines, no empty ones within a part."""
    return [piece for line in lines for piece in textwrap.wrap(line, 58)] + [""]


def _wide(name: str, lines: tuple[str, ...]) -> list[str]:
    """Two empty lines between parts; lists in one line with bullets."""
    joined = " • ".join(lines) if name in ("tags", "nav", "way") else None
    return [joined or line for line in ([""] if joined else lines)] + ["", ""]


def _feed(name: str, lines: tuple[str, ...]) -> list[str]:
    if name == "tags":
        return [" ".join(f"#{line.replace(' ', '')}" for line in lines)]
    return [f"- {line}" if name in _LISTS and place else line for place, line in enumerate(lines)]


def _screen(name: str, lines: tuple[str, ...]) -> list[str]:
    """An application's screen: names of icons stand among the lines."""
    icon = {
        "headline": ["bookmark_border"],
        "way": ["arrow_back"],
        "reaction": ["favorite"],
        "date": ["schedule"],
    }
    return icon.get(name, []) + ([" > ".join(lines)] if name == "way" else list(lines))


def _cells(name: str, lines: tuple[str, ...]) -> list[str]:
    """A table of two columns, the second with the text."""
    label = {"headline": "Headline", "author": "Creator", "day": "Published", "outlet": "Publisher",
             "section": "Category", "standfirst": "Description"}.get(name)  # fmt: skip
    return [f"| {label} | {lines[0]} |"] if label else ["", *(line for text in lines for line in (text, ""))]


SCRAPERS: Final = (
    Scraper("copied", "outlet nav way headline standfirst by date share body bio readers reaction related rights",
            lambda name, lines: [" › ".join(lines)] if name == "way" else list(lines)),
    Scraper("database", "outlet date section headline author body bio day rights", _database),
    Scraper("terminal", "outlet nav headline by date caption body tags reaction related popular rights", _numbered),
    Scraper("spoken", "outlet nav headline by date body bio readers reaction popular related rights", _spoken),
    Scraper("wiki", "headline standfirst by date body bio tags related rights", _wiki),
    Scraper("mailed", "outlet headline day by body bio rights", _mailed),
    Scraper("paper", "outlet section date headline by body bio rights", _paper),
    Scraper("wide", "way headline standfirst date by read body reaction related rights", _wide),
    Scraper("feed", "headline by outlet date body tags related", _feed),
    Scraper("screen", "way headline by date share body readers reaction newsletter related popular rights", _screen),
    Scraper("cells", "headline author day section outlet body bio", _cells),
    Scraper("cut", "section headline body by date reaction related rights", lambda _, lines: list(lines)),
)  # fmt: skip
"""The scrapers, in the order in which pages of a language take them."""


def text_page(scraper: Scraper, parts: PartLines) -> str:
    """The dump; a part that this page has not is left out."""
    return "\n".join(
        line for name in scraper.order.split() if name in parts for line in scraper.write(name, parts[name])
    )
