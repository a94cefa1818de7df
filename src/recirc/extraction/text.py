"""A page as plain text, as a reader copies it: which line is what."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from recirc.extraction import labels
from recirc.extraction.brands import around, names_in
from recirc.extraction.dates import moment_of
from recirc.extraction.outlets import biography_of
from recirc.extraction.page import LinkList, Page, PageCount
from recirc.text.clean import body_html, plain, words_of
from recirc.types import Author

MOST_CHARACTERS: Final = 5_000_000
HEAD: Final = 12  # lines among which headline, byline and date are looked for
LEAST_ITEMS: Final = 2  # of a list

_BULLET: Final = re.compile(r"^\s*(?:[-*•·▪‣◦]|\d{1,2}[.)])\s+")
_DATE: Final = re.compile(
    r"^(?:date|published|posted|updated|last updated|created|first published|publié|on)\b\s*(?:on|at)?\s*[:.]?\s*",
    re.IGNORECASE,
)
_UPDATED: Final = re.compile(r"^(?:last )?updated", re.IGNORECASE)
_BY: Final = re.compile(r"^(?:written |words |reported )?by\s*:?\s+", re.IGNORECASE)
_AND: Final = re.compile(r"\s*(?:,|;|&|\band\b)\s+")
_SENTENCE: Final = re.compile(r"[.!?…][\"'”’)\]]*$")
_PREFIXED: Final = re.compile(r"^(?:title|headline)\s*:\s*", re.IGNORECASE)
_SECTION: Final = re.compile(r"^(?:section|category)\s*:\s*(?P<name>.{2,60})$", re.IGNORECASE)
_COPYRIGHT: Final = re.compile(
    r"^(?:copyright|©|\(c\))[\s©(c)]*(?:\d{4})?\s*(?P<outlet>[^.|]{2,60})", re.IGNORECASE
)


def read_text(text: str) -> Page:
    """The parts of a page that came as plain text; never raises. Read are the first 5,000,000 characters.

    The order that pages have is expected: breadcrumb, headline (perhaps twice, with the site's name around it),
    byline and date, the paragraphs, then topics, a biography, reactions and lists. A line that fits nowhere in the
    head is a paragraph, one that fits nowhere after the body is left out.
    """
    return _Reading(_lines(text[:MOST_CHARACTERS])).page()


def _lines(text: str) -> list[str]:
    """The lines with something on them; lines that were broken at a width are one again."""
    lines: list[str] = []
    broken = False
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        bullet = bool(_BULLET.match(raw))
        line = plain(raw)
        if lines and broken and line and not bullet and line[0].islower() and len(lines[-1]) < 10_000:
            lines[-1] = f"{lines[-1]} {line}"
        elif line:
            lines.append(line)
        broken = 45 <= len(line) <= 100 and not _SENTENCE.search(line)
    return lines


def _words(line: str) -> int:
    return len(line.split())


def _is_paragraph(line: str) -> bool:
    words = _words(line)
    return not _BULLET.match(line) and (
        words >= 30 or (words >= 9 and line.rstrip("\"'”’)").endswith((".", ":")))
    )


@dataclass
class _Reading:
    lines: Sequence[str]
    place: int = 0
    title: str | None = None
    headline: str | None = None
    breadcrumb: tuple[str, ...] = ()
    section: str | None = None
    bylines: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    biographies: list[str] = field(default_factory=list)
    counts: list[PageCount] = field(default_factory=list)
    links: list[LinkList] = field(default_factory=list)
    outlet: str | None = None

    def page(self) -> Page:
        self.read_head()
        while self.place < len(self.lines):
            self.read_line()
        body = body_html("\n\n".join(self.paragraphs), "text")
        byline = "; ".join(self.bylines) or None
        title = self.title or ""
        affixes = around(title, self.headline)
        brands = [*names_in(affixes.before), *names_in(affixes.after)]
        date = self.dates[0] if self.dates else None
        return Page(
            headline=self.headline,
            title=self.title,
            brand=brands[0] if brands else None,
            outlet=self.outlet,
            breadcrumb=self.breadcrumb,
            section=self.section or next(iter(self.breadcrumb[-1:]), None),
            byline=byline,
            authors=tuple(Author(name=name[:200]) for name in self.names()),
            date_text=date,
            published=moment_of(date) if date else None,
            updated=moment_of(self.updates[0]) if self.updates else None,
            body=body,
            text=words_of(body),
            topics=tuple(dict.fromkeys(self.topics)),
            biography="\n".join(self.biographies) or None,
            counts=tuple(self.counts),
            links=tuple(self.links),
        )

    def names(self) -> Iterator[str]:
        for byline in self.bylines:
            yield from (name for name in _AND.split(byline) if name)

    # The head: all that stands before the first paragraph.

    def read_head(self) -> None:
        head = self.lines[:HEAD]
        seen_headline = False
        for line in head:
            if self.read_breadcrumb(line, head) or self.read_mark(line):
                self.place += 1
            elif not seen_headline:
                self.take_title(_PREFIXED.sub("", line), head)
                seen_headline = True
                self.place += 1
            elif self.repeats_headline(line):
                self.take_title(line, head)
                self.place += 1
            elif self.is_byline(line):
                self.bylines.append(_BY.sub("", line))
                self.place += 1
            else:
                return

    def read_breadcrumb(self, line: str, head: Sequence[str]) -> bool:
        """A way home such as `Home > Finance`; the title that is glued to it is taken off."""
        start = labels.HOME.match(line)
        if start is None or self.breadcrumb:
            return False
        way = line[start.end() :]
        glued = next(
            (other for other in head if other != line and _words(other) >= 3 and way.endswith(other)), None
        ) or next((other for other in head if other != line and _words(other) >= 3 and other in way), None)
        if glued is not None:
            place = way.index(glued)
            self.title, way = way[place:], way[:place]
        self.breadcrumb = tuple(step for step in labels.STEP.split(way) if step)
        return True

    def read_mark(self, line: str) -> bool:
        """A date, a section or buttons for sharing, in the head."""
        if labels.is_sharing(line):
            return True
        section = _SECTION.match(line)
        if section is not None:
            self.section = section["name"]
            return True
        if _words(line) > 14:
            return False
        start = _DATE.match(line)
        bare = line[start.end() :] if start else line
        if (start and start[0].strip() not in ("On", "on") and ":" in line) or moment_of(bare) is not None:
            if start is None and _words(bare) > 9:
                return False
            (self.updates if _UPDATED.match(line) else self.dates).append(bare)
            return True
        return False

    def take_title(self, line: str, head: Sequence[str]) -> None:
        """The headline with its brand; what two lines have in common is the headline."""
        others = [other for other in (*head, self.title or "") if other and other != line]
        parts = around(line)
        if parts.headline == line:
            within = [
                other
                for other in others
                if _words(other) >= 3 and other in line and len(other) * 2 > len(line)
            ]
            if within:
                parts = around(line, max(within, key=len))
        if self.headline is None or len(parts.headline) < len(self.headline):
            self.headline = parts.headline
        if self.title is None or len(line) > len(self.title):
            self.title = line

    def repeats_headline(self, line: str) -> bool:
        headline, other = (self.headline or "").casefold(), around(line).headline.casefold()
        return min(len(headline), len(other)) > 10 and (headline in other or other in headline)

    def is_byline(self, line: str) -> bool:
        if _BY.match(line):
            return _words(line) <= 20
        return (
            not self.bylines
            and _words(line) <= 6
            and not _SENTENCE.search(line)
            and not labels.TOPICS.match(line)
            and labels.list_title(line) is None
            and all(word[0].isupper() or not word[0].isalpha() for word in line.split() if len(word) > 3)
        )

    # What follows the head.

    def read_line(self) -> None:
        line = self.lines[self.place]
        if self.read_list() or self.read_topics(line):
            return
        self.place += 1
        count = labels.count_in(line)
        copyright_line = _COPYRIGHT.match(line)
        if count is not None:
            self.counts.append(count)
        elif labels.is_sharing(line):
            pass
        elif copyright_line is not None and self.paragraphs:
            self.outlet = plain(copyright_line["outlet"]).removesuffix("All rights reserved").strip() or None
        elif self.paragraphs and _BY.match(line) and _words(line) <= 12 and not self.bylines:
            self.bylines.append(_BY.sub("", line))
        elif biography_of(line) is not None and self.at_end():
            self.biographies.append(line)
        elif not self.tail_begun() or _is_paragraph(line):
            self.paragraphs.append(_BULLET.sub("", line))

    def tail_begun(self) -> bool:
        return bool(self.links or self.topics or self.counts or self.biographies)

    def at_end(self) -> bool:
        """Whether no paragraph follows: a sentence about a journalist within an article is no biography."""
        for line in self.lines[self.place : self.place + 200]:
            if labels.list_title(line) or labels.TOPICS.match(line) or labels.count_in(line):
                return bool(self.paragraphs)
            if _is_paragraph(line) and biography_of(line) is None:
                return False
        return bool(self.paragraphs)

    def read_topics(self, line: str) -> bool:
        start = labels.TOPICS.match(_BULLET.sub("", line))
        if start is None or not self.paragraphs or _words(line) > 40:
            return False
        rest = _BULLET.sub("", line)[start.end() :]
        self.place += 1
        if rest:
            self.topics += [part.strip() for part in re.split(r"[,;|]", rest) if part.strip()]
            return True
        while self.place < len(self.lines) and _BULLET.match(self.lines[self.place]):
            self.topics.append(_BULLET.sub("", self.lines[self.place]))
            self.place += 1
        return True

    def read_list(self) -> bool:
        """A title and the lines below it that look like headlines."""
        title = labels.list_title(self.lines[self.place])
        if title is None or not self.paragraphs:
            return False
        items: list[str] = []
        bulleted = self.place + 1 < len(self.lines) and bool(_BULLET.match(self.lines[self.place + 1]))
        end = self.place + 1
        for line in self.lines[self.place + 1 :]:
            stops = (
                labels.list_title(line)
                or labels.count_in(line)
                or labels.TOPICS.match(line)
                or _COPYRIGHT.match(line)
            )
            if stops or bool(_BULLET.match(line)) != bulleted or (not bulleted and _is_paragraph(line)):
                break
            items.append(_BULLET.sub("", line))
            end += 1
        if len(items) < LEAST_ITEMS:
            return False
        self.links.append(LinkList(title, tuple(items)))
        self.place = end
        return True
