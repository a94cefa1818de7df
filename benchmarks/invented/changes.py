"""Changes to a page after which its findings must be the same: lines in front, no classes, other boxes, a dump."""

import re
from collections.abc import Callable
from typing import Final

from invented.story import InventedPage

_FRONT: Final = "Algosensey\n"
_MENU: Final = "Menu\nNews | Sport | Culture | Weather\n"


def _with(page: InventedPage, name: str, content: str) -> InventedPage:
    return page._replace(name=f"{page.name} / {name}", content=content)


def line_in_front(page: InventedPage) -> InventedPage | None:
    """A word of another site above a dump."""
    return _with(page, "line in front", _FRONT + page.content) if page.form == "text" else None


def menu_in_front(page: InventedPage) -> InventedPage | None:
    """A menu of two lines above a dump."""
    return _with(page, "menu in front", _MENU + page.content) if page.form == "text" else None


def blank_lines(page: InventedPage) -> InventedPage | None:
    """A dump with an empty line after each line."""
    return _with(page, "blank lines", page.content.replace("\n", "\n\n")) if page.form == "text" else None


def without_classes(page: InventedPage) -> InventedPage | None:
    """HTML without classes."""
    return (
        _with(page, "no classes", re.sub(r' class="[^"]*"', "", page.content))
        if page.form == "html"
        else None
    )


def wrapped(page: InventedPage) -> InventedPage | None:
    """HTML within two boxes and behind a menu."""
    if page.form != "html":
        return None
    menu = (
        '<header><nav><ul><li><a href="/n">News</a></li><li><a href="/s">Sport</a></li></ul></nav></header>'
    )
    inside = page.content.replace("<body>", f"<body>{menu}<div><div>").replace(
        "</body>", "</div></div></body>"
    )
    return _with(page, "wrapped", inside)


def dumped(page: InventedPage) -> InventedPage | None:
    """HTML as the lines that a scraper dumps of it."""
    if (
        page.form != "html"
        or "<table" in page.content
        or any(lie in page.lies for lie in ("name", "biography"))
    ):
        return None
    body = re.sub(r"<br>|</(?:p|div|h\d|li|section|title)>", "\n", page.content.split("</head>")[-1])
    text = re.sub(r"<[^>]*>", "", body)
    changed = _with(page, "dumped", text.replace("&amp;", "&").replace("&gt;", ">").replace("&lt;", "<"))
    return changed._replace(form="text", byline=None, section=None, published=None)


CHANGES: Final[tuple[Callable[[InventedPage], InventedPage | None], ...]] = (
    line_in_front, menu_in_front, blank_lines, without_classes, wrapped, dumped,
)  # fmt: skip
