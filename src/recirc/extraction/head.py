"""The head of a page's text: which of the lines before the article's first paragraph is what.

The lines are labelled together, in any order: first those that say by their own words what they are, then the headline
among the others, then what stands above it (outlet, section) and below it (a name without "By", a standfirst).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from recirc.extraction import labels
from recirc.extraction.brands import around, unframed
from recirc.extraction.bylines import is_desk, is_person, names_of
from recirc.extraction.lines import BULLET, SENTENCE_END, Kind, Line, label_line, size
from recirc.extraction.outlets import has_news_word
from recirc.text.vocabulary import folded, words

MOST_LINES: Final = 40  # of a head
NEAR: Final = 4  # lines after a paragraph among which a byline or a date makes the paragraph a standfirst
_TEXT_STEPS: Final = frozenset(
    {"text", "article", "content", "details", "story", "正文", "内容", "详情", "文章"}
)
_WORD: Final = re.compile(r"[^\W\d_]{4,}|[\u3040-\u30ff\u3400-\u9fff]{2}")
_MARKS: Final = (Kind.BYLINE, Kind.DATE, Kind.CHANGED, Kind.NAME_AND_DATE, Kind.OUTLET_AND_DATE)
_TAGGED: Final = re.compile(r"^[\[【]\s*(?P<tag>[^\[\]【】]{2,30}?)\s*[\]】]\s*(?P<rest>\S.{5,})$")


@dataclass
class Head:
    """What the head of a page says; `end` is the place of the first line of the body."""

    end: int = 0
    title: str | None = None
    headline: str | None = None
    outlet: str | None = None
    breadcrumb: tuple[str, ...] = ()
    section: str | None = None
    standfirst: str | None = None
    shown_headline: str | None = None
    bylines: list[Line] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)
    address: str | None = None


def head_of(lines: Sequence[str], outlet: str | None = None, headline: str | None = None) -> Head:
    """The head of a page.

    Args:
        lines: of the page, from its beginning on.
        outlet: the site's name, if its tail or its metadata say it.
        headline: if it is known, as on a page of HTML.
    """
    found = _with_values([label_line(line) for line in lines[:MOST_LINES]])
    head = Head(end=_end(found))
    above = found[: head.end]
    for place, line in enumerate(above):
        way = None if head.breadcrumb else _way(line, above[:place] + above[place + 1 :], head, outlet)
        if way is not None:
            head.breadcrumb = way
            above[place] = line._replace(kind=Kind.WAY)
    _take_outlet_and_section(above, head)
    _take_marked(above, head)
    free = [place for place, line in enumerate(above) if line.kind in (Kind.SHORT, Kind.PARAGRAPH)]
    if headline is not None:
        head.headline = headline
        chosen = next((n for n, line in enumerate(above) if _same(line.text, headline)), None)
    elif head.headline is None:
        chosen = _choose(above, free, outlet, found[head.end : head.end + 8])
        if chosen is not None:
            _take_title(above, free, chosen, head, outlet)
    else:
        chosen = next((n for n, line in enumerate(above) if line.kind is Kind.HEADLINE), 0)
    if chosen is None and headline is not None:
        chosen = -1
    _take_dated_names(above, chosen, head)
    _take_others(above, free, chosen, head, outlet)
    return head


def _with_values(lines: Sequence[Line]) -> list[Line]:
    """The lines; where one is nothing but a label ("Author", "Fecha"), the next one is its value, and it is furniture.

    >>> [line.kind.value for line in _with_values([label_line("Autorin"), label_line("Nora Lind")])]
    ['furniture', 'byline']
    """
    found = list(lines)
    for place in range(len(found) - 1):
        name, value = folded(found[place].text), found[place + 1]
        if name in words("by") and len(name) >= 4 and size(value.text) <= 6 and value.kind is Kind.SHORT:
            names = names_of(value.text, sure=True)
            if names:
                found[place] = found[place]._replace(kind=Kind.FURNITURE)
                found[place + 1] = value._replace(kind=Kind.BYLINE, value=names)
        elif name in words("dated") and value.kind is Kind.DATE:
            found[place] = found[place]._replace(kind=Kind.FURNITURE)
    return found


def _end(lines: Sequence[Line]) -> int:
    """The place of the first paragraph that no byline or date follows closely; a standfirst is such a paragraph."""
    last = None
    for place, line in enumerate(lines):
        if line.kind is not Kind.PARAGRAPH or (
            line.text.startswith(("•", "·", "*", "-")) and BULLET.match(line.text)
        ):
            continue
        following = lines[place + 1 : place + 1 + NEAR]
        mark = next((n for n, other in enumerate(following) if other.kind in _MARKS), None)
        long_before = mark is not None and any(size(other.text) >= 25 for other in following[:mark])
        headline_known = any(
            other.kind in (Kind.SHORT, Kind.HEADLINE) and size(other.text) >= 2 for other in lines[:place]
        )
        if mark is not None and not long_before and size(line.text) < 45:
            continue
        if not headline_known and mark is None and size(line.text) < 25 and _has_paragraph(following):
            continue  # a headline that ends as a sentence does
        last = place
        break
    if last is not None:
        return last
    short = next((n for n, line in enumerate(lines) if line.kind is Kind.SHORT), None)
    marks = [n for n, line in enumerate(lines[:12]) if line.kind in _MARKS]
    if short is None:
        return len(lines)
    return min(len(lines), max([short + 1, *(n + 1 for n in marks)]))


def _has_paragraph(lines: Sequence[Line]) -> bool:
    return any(line.kind is Kind.PARAGRAPH for line in lines)


def _way(line: Line, others: Sequence[Line], head: Head, outlet: str | None) -> tuple[str, ...] | None:
    """The way home; a title that is glued to its end is taken off."""
    if line.kind is Kind.WAY:
        steps = line.value.split(" > ") if line.value else []
    elif labels.STEP.search(line.text) and len(line.text) < 400:
        first = folded(labels.STEP.split(line.text)[0].rpartition(":")[2])
        if first not in words("home"):
            return None
        steps = labels.STEP.split(line.text)[1:]
    else:
        return None
    way = list(steps)
    joined = line.text
    for other in sorted((each.text for each in others if size(each.text) >= 3), key=len, reverse=True):
        if (way and other in way[-1]) or (other in joined and other != joined):
            place = next((n for n, step in enumerate(way) if other[:20] in step), None)
            if place is not None:
                glued = way[place].index(other[:20])
                head.title = joined[joined.index(other) :]
                way = [*way[:place], *([way[place][:glued]] if glued else [])]
            break
    kept = [_without_name(step.strip(), outlet) for step in way if step.strip() and size(step) <= 8]
    return tuple(step for step in kept if step)


def _without_name(step: str, outlet: str | None) -> str:
    """A step without the site's name and a bar that are glued to its end, as in "FinanceVexora|"."""
    bare = step.rstrip("|¦ ")
    if outlet and len(bare) > len(outlet):
        bare = bare.removesuffix(outlet).strip()
    if bare != step and "|" in step:
        known = [
            bare[:end] for end in range(len(bare), 2, -1) if bare[:end].casefold() in labels.section_names()
        ]
        rest = bare[len(known[0]) :][:1] if known else ""
        return known[0] if rest.isupper() or (rest and not rest.isascii()) else bare
    return bare


def _take_marked(lines: Sequence[Line], head: Head) -> None:
    """Take what lines say by their own words."""
    for line in lines:
        if line.kind is Kind.DATE:
            head.dates.append(line.value)
        elif line.kind is Kind.CHANGED:
            head.updates.append(line.value)
        elif line.kind in (Kind.NAME_AND_DATE, Kind.OUTLET_AND_DATE):
            head.dates.append(line.value)
        elif line.kind is Kind.BYLINE:
            head.bylines.append(line)
        elif line.kind is Kind.HEADLINE and head.headline is None:
            head.headline = head.title = line.value
        elif line.kind is Kind.OUTLET and head.outlet is None:
            head.outlet = line.value
        elif line.kind is Kind.SECTION and head.section is None:
            head.section = line.value
        elif line.kind is Kind.ADDRESS and head.address is None:
            head.address = line.value


def _take_dated_names(lines: Sequence[Line], chosen: int | None, head: Head) -> None:
    """Names beside a date: of the writer, or of the outlet where another line names the writer, or the name is none of
    a person."""
    for place, line in enumerate(lines):
        if line.kind is Kind.OUTLET_AND_DATE:
            head.outlet = head.outlet or line.names
        elif line.kind is Kind.NAME_AND_DATE:
            is_first = chosen is not None and place < chosen
            if (is_first and head.bylines) or (
                has_news_word(line.names) and not is_desk(line.names) and head.bylines
            ):
                head.outlet = head.outlet or line.text.split("|")[0].split(",")[0].strip()
            else:
                head.bylines.append(Line(line.text, Kind.BYLINE, line.names))


def _take_outlet_and_section(lines: list[Line], head: Head) -> None:
    """A line of two steps of which only the second is a section: "Tide / Local", as sheets and feeds begin."""
    for place, line in enumerate(lines):
        if line.kind not in (Kind.SHORT, Kind.NAVIGATION, Kind.WAY) or len(line.text) > 80:
            continue
        steps = [step.strip() for step in re.split(r"\s+[/|·•>›»]\s+", line.text)]
        if len(steps) != 2 or size(steps[0]) > 4 or not steps[0] or folded(steps[0]) in words("home"):
            continue
        known = folded(steps[1]) in labels.section_names()
        if known and folded(steps[0]) not in labels.section_names() and not head.outlet and not head.section:
            head.outlet, head.section = steps
            lines[place] = line._replace(kind=Kind.FURNITURE)
            return


def _choose(
    lines: Sequence[Line], free: Sequence[int], outlet: str | None, body: Sequence[Line]
) -> int | None:
    """The place of the headline: the free line that looks most like one; the first of equals."""
    if not free:
        return None
    said = {word.casefold() for line in body for word in _WORD.findall(line.text)}
    first_mark = next((n for n, line in enumerate(lines) if line.kind in _MARKS), len(lines))
    scores: dict[int, float] = {}
    for place in free:
        text = lines[place].text
        count = size(text)
        score = 3.0 if 4 <= count <= 22 else 1.0 if count in (2, 3) else -3.0 if count < 2 else 0.0
        others = [lines[n].text for n in free if n != place]
        if any(_same(other, text) for other in others):
            score += 4
        shared = {word.casefold() for word in _WORD.findall(text)} & said
        score += 0.5 * min(4, len(shared))
        if place < first_mark:
            score += 0.5
        if folded(text) in labels.section_names() or (outlet and folded(text) == folded(outlet)):
            score -= 8
        if BULLET.match(text) or text.endswith((".", "。")):
            score -= 1.5
        if is_desk(text) and count <= 5:
            score -= 4
        if is_person(text) and count <= 4:
            score -= 2
        if lines[place].kind is Kind.PARAGRAPH:
            score -= 2
        scores[place] = score
    return max(free, key=lambda place: (scores[place] - sum(n < place for n in free), -place))


def _take_title(lines: list[Line], free: Sequence[int], chosen: int, head: Head, outlet: str | None) -> None:
    """The headline without the brand, and the title with it; what two lines have in common is the headline."""
    text = lines[chosen].text
    alike = [lines[n].text for n in free if n != chosen and _same(lines[n].text, text)]
    parts = around(text)
    if alike and parts.headline == text:
        within = [other for other in alike if other in text and len(other) * 2 > len(text)]
        if within:
            parts = around(text, max(within, key=len))
    shortest = min((around(other).headline for other in (*alike, text)), key=len)
    head.headline = parts.headline if len(parts.headline) <= len(shortest) else shortest
    head.shown_headline = min((text, *alike), key=len)
    title = max([text, *alike, *([head.title] if head.title else [])], key=len)
    head.title = title
    tagged = _TAGGED.match(head.headline)
    if tagged is not None and folded(tagged["tag"]) != folded(outlet or head.outlet or ""):
        head.headline = head.shown_headline = tagged["rest"]
        head.section = head.section or (tagged["tag"] if size(tagged["tag"]) <= 4 else None)
    elif head.section is None and folded(parts.before) in labels.section_names():
        head.section = parts.before
    # "Headline - The Tide", "[The Tide] Headline": the site's name is no part of the headline.
    if outlet and head.headline == text and folded(text) != folded(outlet):
        head.headline = unframed(text, (outlet,)).headline


def _take_others(
    lines: Sequence[Line], free: Sequence[int], chosen: int | None, head: Head, outlet: str | None
) -> None:
    """Outlet and section above the headline; below it a name without "By" and a standfirst."""
    if chosen is None:
        return
    above = [lines[n].text for n in free if n < chosen and not _same(lines[n].text, head.headline or "")]
    below = [n for n in free if n > chosen and not _same(lines[n].text, head.headline or "")]
    named = [text for text in above if size(text) <= 6 and not SENTENCE_END.search(text) and len(text) <= 40]
    named = [text for text in named if not _is_in_menu(text, above)]
    sections = [text for text in named if folded(text) in labels.section_names()]
    others = [text for text in named if text not in sections]
    if outlet is None and others and head.outlet is None:
        head.outlet = next((text for text in others if text[:1].isupper() or not text[:1].isascii()), None)
    kicker = [text for text in others if folded(text) != folded(outlet or head.outlet or "")]
    if head.section is None:
        steps = [step for step in head.breadcrumb if folded(step) not in _TEXT_STEPS]
        if steps and head.headline and _same(steps[-1], head.headline):
            steps = steps[:-1]
        beside = [lines[n].text for n in below if folded(lines[n].text) in labels.section_names()]
        head.section = next(iter((steps or sections or kicker or beside[:1])[-1:]), None)
    for place in below:
        text = lines[place].text
        if folded(text) in labels.section_names():
            continue
        if not head.bylines and _is_bare_name(text, outlet or head.outlet):
            head.bylines.append(Line(text, Kind.BYLINE, names_of(text) or text))
        elif head.standfirst is None and size(text) >= 5 and not BULLET.match(text):
            head.standfirst = text
        elif outlet is None and head.outlet is None and head.bylines and _is_title(text):
            head.outlet = text


def _is_in_menu(text: str, above: Sequence[str]) -> bool:
    """Whether a section's name stands beside another one, a line each: that is a menu, and tells of no article."""
    if folded(text) not in labels.section_names():
        return False
    place = above.index(text)
    beside = (*above[max(0, place - 1) : place], *above[place + 1 : place + 2])
    return any(folded(other) in labels.section_names() for other in beside)


def _is_title(text: str) -> bool:
    """Whether a short line may be the name of an outlet: capitals, or writing without any, and no sentence."""
    return (
        size(text) <= 4
        and 3 <= len(text) <= 40
        and not SENTENCE_END.search(text)
        and not BULLET.match(text)
        and (text[:1].isupper() or (not text[:1].isascii() and text[:1].isalpha()))
        and not any(sign.isdigit() for sign in text)
    )


def _is_bare_name(text: str, outlet: str | None) -> bool:
    if SENTENCE_END.search(text) or BULLET.match(text) or size(text) > 6:
        return False
    if is_person(text) or is_desk(text):
        return True
    if outlet and folded(outlet).split(" ")[0] in folded(text) and size(text) <= 5:
        return True
    parts = text.split()
    return (
        1 <= len(parts) <= 5
        and all(part[0].isupper() or not part[0].isalpha() for part in parts if len(part) > 3)
        and (text[0].isupper())
    )


def _same(one: str, other: str) -> bool:
    """Whether two lines are of one headline: equal, or one within the other."""
    a, b = folded(around(one).headline), folded(around(other).headline)
    return a == b or (min(len(a), len(b)) > (4 if not a.isascii() else 10) and (a in b or b in a))
