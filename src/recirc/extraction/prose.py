"""Which lines of a page are prose: by their length, their links, their small words, and their neighbours.

The rule of jusText (Jan Pomikálek, "Removing Boilerplate and Duplicate Content from Web Corpora", 2011, chapter 3.2)
over the visible lines of a page, with its constants; the time is linear in the number of lines, for the nearest sure
neighbours of all lines are found in one pass each way.
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import Final

from lxml.html import HtmlElement
from trafilatura.external import jt_stoplist_init

from recirc.extraction.visible import VisibleLine

SHORT: Final = 50  # characters; a shorter line says nothing by itself
LONG: Final = 150  # a longer one with many small words is prose
FEW_SMALL: Final = 0.1  # share of small words
MANY_SMALL: Final = 0.2
MOST_LINKED: Final = 0.25  # share of characters in links


class Prose(IntEnum):
    """What a line is by itself; in the end every line is `BAD` or `GOOD`."""

    BAD = 0
    SHORT = 1
    NEARLY = 2
    GOOD = 3


def prose(lines: Sequence[VisibleLine]) -> list[VisibleLine]:
    """The lines that are prose, in order; those of footers and asides are not."""
    beside: dict[HtmlElement, bool] = {}
    kept = [line for line in lines if not _is_beside(line.element, beside)]
    judged = revised([by_itself(line) for line in kept])
    return [line for line, kind in zip(kept, judged, strict=True) if kind is Prose.GOOD]


def by_itself(line: VisibleLine) -> Prose:
    """What a line is without its neighbours."""
    text = line.text
    if line.linked > MOST_LINKED * len(text) or "©" in text:
        return Prose.BAD
    if len(text) < SHORT:
        return Prose.BAD if line.linked else Prose.SHORT
    words = text.lower().split()
    small = sum(word in small_words() for word in words) / len(words)
    if small >= MANY_SMALL:
        return Prose.GOOD if len(text) > LONG else Prose.NEARLY
    return Prose.NEARLY if small >= FEW_SMALL else Prose.BAD


def revised(kinds: Sequence[Prose]) -> list[Prose]:
    """The lines by their neighbours: short ones are as what surrounds them, nearly good ones need one good neighbour.

    >>> [int(kind) for kind in revised([Prose.BAD, Prose.NEARLY, Prose.GOOD, Prose.SHORT, Prose.GOOD, Prose.SHORT])]
    [0, 3, 3, 3, 3, 0]
    """
    first = list(kinds)
    sure_before, near_before = _nearest(kinds, sure=True), _nearest(kinds, sure=False)
    backward = list(reversed(kinds))
    sure_after = list(reversed(_nearest(backward, sure=True)))
    near_after = list(reversed(_nearest(backward, sure=False)))
    for place, kind in enumerate(kinds):
        if kind is not Prose.SHORT:
            continue
        before, after = sure_before[place], sure_after[place]
        if before is after:
            first[place] = before
        else:
            nearly = (before is Prose.BAD and near_before[place] is Prose.NEARLY) or (
                after is Prose.BAD and near_after[place] is Prose.NEARLY
            )
            first[place] = Prose.GOOD if nearly else Prose.BAD
    sure_after = list(reversed(_nearest(list(reversed(first)), sure=True)))
    before = Prose.BAD
    for place, kind in enumerate(first):
        if kind is Prose.NEARLY:
            first[place] = Prose.GOOD if Prose.GOOD in (before, sure_after[place]) else Prose.BAD
        before = first[place]
    return first


@cache
def small_words() -> frozenset[str]:
    """The small words of all languages that jusText knows."""
    return frozenset(word.lower() for word in jt_stoplist_init())


def _nearest(kinds: Sequence[Prose], *, sure: bool) -> list[Prose]:
    """For each line the kind of the nearest one before it that is good or bad; with `sure` off, or nearly good."""
    found: list[Prose] = []
    last = Prose.BAD
    for kind in kinds:
        found.append(last)
        if kind in (Prose.GOOD, Prose.BAD) or (kind is Prose.NEARLY and not sure):
            last = kind
    return found


def _is_beside(element: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    """Whether an element stands in a footer or an aside; what is known of its ancestors is looked up."""
    path: list[HtmlElement] = []
    up: HtmlElement | None = element
    while up is not None and up not in known:
        path.append(up)
        up = up.getparent()
    beside = known[up] if up is not None else False
    for each in reversed(path):
        marks = f"{each.get('class') or ''} {each.get('id') or ''}"
        beside = beside or each.tag in ("aside", "footer") or "footer" in marks
        known[each] = beside
    return beside
