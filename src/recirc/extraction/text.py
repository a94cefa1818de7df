"""A page as plain text, as a reader copies it or a scraper dumps it: its head, its paragraphs and its tail."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from recirc.extraction.brands import around, names_in
from recirc.extraction.furniture import without_sheets
from recirc.extraction.head import Head, head_of
from recirc.extraction.lines import BULLET, SENTENCE_END, Kind, label_line
from recirc.extraction.notation import without_notation
from recirc.extraction.page import Page
from recirc.extraction.tail import TailReader
from recirc.text.clean import body_html, plain, words_of
from recirc.text.dates import context_of, moment_of
from recirc.text.language import language
from recirc.text.people import people
from recirc.types import Author

MOST_CHARACTERS: Final = 5_000_000
NARROWEST: Final = 30  # characters of a line that may have been broken
WIDEST: Final = 110
LEAST_FULL: Final = 4  # lines that were broken, at least
MOST_MEASURED: Final = 2_000  # lines
TAIL: Final = 200  # lines from the end among which the outlet is looked for

_UNSPACED: Final = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


def read_text(text: str) -> Page:
    """The parts of a page that came as plain text; never raises. Reads the first 5,000,000 characters.

    The lines before the first paragraph are labelled together (`head.head_of`), in any order; after it follow the
    paragraphs, and then, again in any order, topics, a biography, reactions, lists and a copyright. A short line that
    fits nowhere after the body is left out.
    """
    lines = _lines(text[:MOST_CHARACTERS])
    outlet = next((found for line in reversed(lines[-TAIL:]) if (found := _copyright(line))), None)
    head = head_of(lines, outlet)
    tail = TailReader(lines, head.end, outlet=outlet)
    tail.read()
    return _page(head, tail)


def _page(head: Head, tail: TailReader) -> Page:
    body = body_html("\n\n".join(tail.paragraphs), "text")
    bylines = [*head.bylines, *tail.bylines[: 0 if head.bylines else 1]]
    byline = "; ".join(dict.fromkeys(line.value for line in bylines)) or None
    affixes = around(head.title or "", head.headline)
    brands = [*names_in(affixes.before), *names_in(affixes.after)]
    # A page that tells only when it was changed was not published later.
    date = next(iter([*head.dates, *tail.dates, *head.updates]), None)
    written = language("\n".join(tail.paragraphs[:3]))
    context = context_of((*head.dates, *tail.dates, *head.updates), written)
    return Page(
        headline=head.headline,
        title=head.title,
        shown_headline=head.shown_headline,
        brand=brands[0] if brands else head.outlet,
        outlet=tail.outlet or head.outlet,
        breadcrumb=head.breadcrumb,
        section=head.section,
        byline=byline,
        byline_text="; ".join(dict.fromkeys(line.text for line in bylines)) or None,
        standfirst=head.standfirst,
        sign_off=tail.sign_off,
        authors=tuple(Author(name=name[:200]) for line in bylines for name in people(line.value) if name),
        date_text=date,
        published=moment_of(date, context) if date else None,
        updated=moment_of(head.updates[0], context) if head.updates else None,
        body=body,
        text=words_of(body),
        topics=tuple(dict.fromkeys(tail.topics)),
        biography="\n".join(tail.biographies) or None,
        counts=tuple(tail.counts),
        links=tuple(tail.links),
        url=head.address,
    )


def _copyright(line: str) -> str | None:
    found = label_line(line)
    return found.value or None if found.kind is Kind.COPYRIGHT else None


def _lines(text: str) -> list[str]:
    """The lines with something on them; lines that were broken at a width are one again."""
    given = without_notation(without_sheets(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")))
    width = _width(given)
    lines: list[str] = []
    before = ""  # the line before, where it may go on
    for raw in given:
        bullet = bool(BULLET.match(raw))
        line = plain(raw)
        joins = lines and before and line and not bullet and len(lines[-1]) < 10_000
        if joins and _goes_on(before, line, width):
            spaced = not (_UNSPACED.match(before[-1]) and _UNSPACED.match(line[0]))
            lines[-1] = f"{lines[-1]}{' ' if spaced else ''}{line}"
        elif line:
            lines.append(line)
        before = line
    return lines


def _width(lines: Sequence[str]) -> int | None:
    """The number of characters at which a dump was broken into lines; None where it was not.

    No line is longer, and of those that are followed by another one, most could not have held its first word.
    """
    bare = [plain(line[: WIDEST + 40]) for line in lines[:MOST_MEASURED]]
    width = max(map(len, bare), default=0)
    if not NARROWEST <= width <= WIDEST:
        return None
    pairs = [(one, other) for one, other in pairwise(bare) if one and other]
    full = sum(_is_full(one, other, width) for one, other in pairs)
    return width if full >= LEAST_FULL and 2 * full >= len(pairs) else None


def _is_full(line: str, following: str, width: int) -> bool:
    word = 1 if _UNSPACED.match(following[0]) else len(following.split(" ", 1)[0]) + 1
    return len(line) + word > width


def _goes_on(before: str, line: str, width: int | None) -> bool:
    """Whether a line is the rest of the one before it."""
    if width is not None and _is_full(before, line, width):
        return label_line(line).kind in (Kind.SHORT, Kind.PARAGRAPH, Kind.BIOGRAPHY)
    if not 45 <= len(before) <= 100 or SENTENCE_END.search(before) or not line[0].islower():
        return False
    return label_line(line).kind in (Kind.SHORT, Kind.PARAGRAPH)
