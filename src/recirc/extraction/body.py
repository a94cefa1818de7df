"""Which part of a page is the article: one generous reading of it, and which of its blocks others confirm.

The rule, measured in docs/decisions/2026-11-22-extraction.md:

1. trafilatura reads the page generously, without its fallbacks. Its blocks are the candidates.
2. Witnesses read the same page in ways of their own: trafilatura preferring less text, and the prose among the
   page's visible lines (`prose`). A witness that found almost nothing is not heard. Where one is not heard, or they
   disagree on a block, readability is the third; where they agree it could change nothing.
3. A block stays when two witnesses have it too. With fewer than two to be heard, every block stays.
4. A block of less than four words, which no 4-gram can tell, stays with a block beside it that stays.
5. The headline at the beginning is not the body.
6. Where the page tells machines more than twice as many words (`articleBody` of JSON-LD) as there are candidates, it
   is taken at its word. With neither, trafilatura with all its fallbacks decides, and at last readability.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Final, TypeAlias

from lxml.etree import strip_elements
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.external import justext_rescue, sanitize_tree, try_readability
from trafilatura.settings import Extractor

from recirc.extraction.anchors import anchors_of, with_anchors
from recirc.extraction.blocks import BodyBlock, blocks_of, paragraph
from recirc.extraction.elements import is_beside, line, some
from recirc.extraction.frame import without_frame
from recirc.extraction.prose import prose
from recirc.extraction.structured import StructuredData
from recirc.extraction.tree import has_more, is_large
from recirc.extraction.visible import VisibleLine
from recirc.text.clean import body_html, plain, words_of

# A page without an article is an answer and no fault to log.
for _name in ("trafilatura", "htmldate", "justext"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

Reading: TypeAlias = Callable[[HtmlElement], list[BodyBlock]]
Grams: TypeAlias = set[tuple[str, ...]]

MOST_FOR_FALLBACKS: Final = 2_500  # elements, of which they take the square; news pages have up to 1,584
MOST_IN_PARAGRAPHS: Final = 400_000  # characters that are kept of a large page

GRAM: Final = 4  # words
CONFIRMED: Final = 0.5  # of a block's 4-grams; 0.3 to 0.6 are the same
WITNESSES: Final = 2
HEARD_FROM: Final = 0.25  # of the size of the generous reading; 0 to 0.6 are the same
AT_THE_TOP: Final = 4  # blocks among which the headline may be repeated
FLOOR: Final = 0.5  # of the words of the generous reading; with less, the plain reading of trafilatura counts
LEAST_FILLED: Final = 80  # characters of a line that is put back between its neighbours
TOLD_MORE: Final = 2.0  # times as many words for machines as in the body

_WORD: Final = re.compile(r"\w+")


def reading(tree: HtmlElement, *, options: Extractor) -> list[BodyBlock]:
    """The reading of trafilatura with such options."""
    found = bare_extraction(tree, options=options)
    return [] if found is None or isinstance(found, dict) else blocks_of(found.body)


def readability(tree: HtmlElement) -> list[BodyBlock]:
    """The reading of readability (trafilatura's fork): the elements with most commas and fewest links."""
    found, _ = sanitize_tree(try_readability(deepcopy(tree)), Extractor(comments=False))
    return blocks_of(found)


def justext(tree: HtmlElement) -> list[BodyBlock]:
    """The reading of jusText: paragraphs judged by their length, links and small words, and by their neighbours."""
    found, _ = justext_rescue(deepcopy(tree), Extractor(comments=False))
    return blocks_of(found)


trafilatura: Final = partial(reading, options=Extractor(comments=False, formatting=True))
generous: Final = partial(reading, options=Extractor(fast=True, recall=True, comments=False, formatting=True))
precise: Final = partial(reading, options=Extractor(fast=True, precision=True, comments=False))

READINGS: Final[Mapping[str, Reading]] = {
    "trafilatura": trafilatura,
    "trafilatura precise": precise,
    "trafilatura generous": generous,
    "readability": readability,
    "jusText": justext,
}
"""What the benchmark compares the rule with."""


def body_of(
    tree: HtmlElement,
    said: StructuredData,
    headline: str | None,
    lines: Sequence[VisibleLine],
    base: str | None = None,
    head: frozenset[str] = frozenset(),
) -> str:
    """The HTML of the article's body, not yet cleaned; empty where there is none.

    Args:
        tree: the page; it is left as it is.
        said: what the page tells machines.
        headline: the article's, which is not part of the body.
        lines: that the page shows.
        base: the address that links are resolved against.
        head: lines that stand between the headline and the article's first paragraph, in lower case.
    """
    if is_large(tree):
        return "".join(block.html for block in _paragraphs(tree))
    whole = generous if has_more(tree, MOST_FOR_FALLBACKS) else trafilatura
    tree = prepared(tree, headline, lines)
    candidates = generous(tree)
    told = articles_body(said)
    if _words(told) > TOLD_MORE * _words(candidates):
        return "".join(block.html for block in told)
    if candidates:
        kept = without_headline(confirmed(candidates, witnesses(candidates, tree, lines)), tree, headline)
        if _words(kept) < FLOOR * _words(candidates):
            kept = without_headline(max((kept, whole(tree)), key=_words), tree, headline)
    else:
        kept = whole(tree) or readability(tree)
    anchors = anchors_of(lines)
    kept = without_gaps(without_frame(kept, head), lines, head)
    return "".join(with_anchors(block.html, anchors, base) for block in kept)


def prepared(tree: HtmlElement, headline: str | None, lines: Sequence[VisibleLine]) -> HtmlElement:
    """A copy of the page without what no reader sees; where its headline stands in a table, the tables around it are
    plain boxes."""
    copy = deepcopy(tree)
    strip_elements(copy, "script", "style", "svg", "template", with_tail=False)
    heading = next((each.element for each in lines if headline and each.text == headline), None)
    if heading is None or all(up.tag != "table" for up in heading.iterancestors()):
        return copy
    for element in copy.iter("table", "tbody", "tr", "td"):
        if headline is not None and headline in line(element, 2_000):
            element.tag = "div"
    return copy


def witnesses(
    candidates: Sequence[BodyBlock], tree: HtmlElement, lines: Sequence[VisibleLine]
) -> list[list[BodyBlock]]:
    """The other readings of a page: two, and readability where they leave a block in doubt."""
    readings = [precise(tree), [paragraph(each.text) for each in prose(lines)]]
    heard = _heard(candidates, readings)
    if len(heard) < WITNESSES or any(votes(block, heard) == 1 for block in candidates):
        readings.append(readability(tree))
    return readings


def without_gaps(
    kept: Sequence[BodyBlock], lines: Sequence[VisibleLine], head: frozenset[str]
) -> list[BodyBlock]:
    """The blocks with the prose that stands in one box with them, divided by line breaks, and that was left out."""
    place = {block.text: number for number, block in enumerate(kept)}
    boxes = {_box(each) for each in lines if each.text in place}
    missing: dict[int, list[BodyBlock]] = {}
    following = len(kept)
    for each in reversed(prose(lines) if any(each.element.tag == "br" for each in lines) else ()):
        if each.text in place:
            following = place[each.text]
        elif _box(each) in boxes and len(each.text) >= LEAST_FILLED and each.text.casefold() not in head:
            missing.setdefault(following, []).insert(0, paragraph(each.text))
    filled = [block for number, own in enumerate(kept) for block in (*missing.get(number, ()), own)]
    return [*filled, *missing.get(len(kept), ())]


def _box(each: VisibleLine) -> HtmlElement:
    parent = each.element.getparent() if each.element.tag == "br" else None
    return each.element if parent is None else parent


def confirmed(candidates: Sequence[BodyBlock], readings: Sequence[Sequence[BodyBlock]]) -> list[BodyBlock]:
    """The blocks that enough of the other readings have too.

    >>> a, b = paragraph("the wheel of the mill turns again"), paragraph("sign up for our daily letter")
    >>> [block.text for block in confirmed([a, b], [[a], [a], [a, b]])]
    ['the wheel of the mill turns again']
    """
    heard = _heard(candidates, readings)
    if len(heard) < WITNESSES:
        return list(candidates)
    judged = [_judged(block, heard) for block in candidates]
    return [
        block
        for place, block in enumerate(candidates)
        if (_beside(judged, place) if judged[place] is None else judged[place])
    ]


def without_headline(blocks: Sequence[BodyBlock], tree: HtmlElement, headline: str | None) -> list[BodyBlock]:
    """The blocks without those at the top that only repeat a headline of the page."""
    headlines = {_key(line(h1, 1_000)) for h1 in some(tree.iter("h1"), 20)} | {_key(headline or "")} - {""}
    return [
        block
        for place, block in enumerate(blocks)
        if place >= AT_THE_TOP or _key(block.text) not in headlines
    ]


def articles_body(said: StructuredData) -> list[BodyBlock]:
    """The body that the page tells machines, in paragraphs."""
    told = said.article.get("articleBody")
    text = words_of(body_html(told)) if isinstance(told, str) else ""
    return [paragraph(piece) for piece in text.split("\n") if piece]


def votes(block: BodyBlock, heard: Sequence[Grams]) -> int | None:
    """How many witnesses have the block; None of a block that is too short to tell."""
    own = _grams([block])
    if len(_WORD.findall(block.text)) < GRAM:
        return None
    return sum(sum(gram in grams for gram in own) >= CONFIRMED * len(own) for grams in heard)


def _heard(candidates: Sequence[BodyBlock], readings: Sequence[Sequence[BodyBlock]]) -> list[Grams]:
    """The readings that found enough to be heard."""
    least = HEARD_FROM * len(_grams(candidates))
    return [grams for reading in readings if len(grams := _grams(reading)) > least]


def _judged(block: BodyBlock, heard: Sequence[Grams]) -> bool | None:
    """Whether enough witnesses have the block; None of a block that is too short to tell."""
    count = votes(block, heard)
    return None if count is None else count >= WITNESSES


def _beside(judged: Sequence[bool | None], place: int) -> bool:
    """Whether the next block that was judged stays, or the last one before; or none was judged."""
    after = next((stays for stays in judged[place + 1 :] if stays is not None), None)
    before = next((stays for stays in reversed(judged[:place]) if stays is not None), None)
    return bool(after) or bool(before) or (after is None and before is None)


def _paragraphs(tree: HtmlElement) -> list[BodyBlock]:
    """The paragraphs of a page too large for more, up to a bound, without those beside the article."""
    found: list[BodyBlock] = []
    left = MOST_IN_PARAGRAPHS
    for element in some(tree.iter("p")):
        text = "" if is_beside(element) else line(element, left)
        if text:
            found.append(paragraph(text))
            left -= len(text)
        if left <= 0:
            break
    return found


def _grams(blocks: Sequence[BodyBlock]) -> set[tuple[str, ...]]:
    words = _WORD.findall(" ".join(block.text for block in blocks).lower())
    return {tuple(words[place : place + GRAM]) for place in range(len(words) - GRAM + 1)}


def _words(blocks: Sequence[BodyBlock]) -> int:
    return sum(len(_WORD.findall(block.text)) for block in blocks)


def _key(text: str) -> str:
    return " ".join(_WORD.findall(plain(text).lower()))
