"""What follows the head of a page's text: the article's paragraphs, and what stands below them in any order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from recirc.extraction import labels
from recirc.extraction.biographies import LONGEST as LONGEST_BIOGRAPHY
from recirc.extraction.biographies import biography_of
from recirc.extraction.closing import closing_biography
from recirc.extraction.lines import (
    BULLET,
    SENTENCE_END,
    Kind,
    Line,
    is_paragraph,
    label_line,
    size,
    unbulleted,
)
from recirc.extraction.page import LinkList, PageCount
from recirc.extraction.relating import is_relating
from recirc.extraction.signoffs import sign_off_of

LEAST_ITEMS: Final = 2  # of a list
MOST_ITEMS: Final = 60
MOST_TOPICS: Final = 15  # lines below "Tags"
LOOKED_AHEAD: Final = 200  # lines

_TOPICS_BETWEEN: Final = re.compile(r"\s*[,;|、，؛،#]\s*")
_COUNTS_BETWEEN: Final = re.compile(r"\s+[·•|]\s+")
_LABEL: Final = re.compile(r"^(?P<label>[^:：]{4,40})[:：]\s*\S")
_MARKS: Final = (Kind.BYLINE, Kind.DATE, Kind.CHANGED, Kind.NAME_AND_DATE, Kind.OUTLET_AND_DATE)
_STOPS: Final = (Kind.LIST_TITLE, Kind.COUNT, Kind.TOPICS, Kind.COPYRIGHT, Kind.BIOGRAPHY, Kind.SHARING)
_SKIPPED: Final = (Kind.SHARING, Kind.FURNITURE, Kind.NAVIGATION, Kind.CAPTION, Kind.WAY, Kind.ADDRESS)
LEAST_ABOVE: Final = 3  # paragraphs above one that tells of the writer
MOST_BEFORE_CLOSING: Final = 3  # lines between an article and the paragraph that tells of its writer
LEAST_BEFORE_COMMENTS: Final = 60  # words of the article


@dataclass
class TailReader:
    """Reads the lines of a page from the first paragraph on."""

    lines: Sequence[str]
    place: int = 0
    outlet: str | None = None
    paragraphs: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    biographies: list[str] = field(default_factory=list)
    counts: list[PageCount] = field(default_factory=list)
    links: list[LinkList] = field(default_factory=list)
    bylines: list[Line] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    sign_off: str | None = None
    last: int = -1  # the place of the last paragraph of the article
    ended: bool = False  # whether the article ended above these lines

    def read(self) -> None:
        """Read all lines."""
        self.lines = self._without_comments()
        self.last = (
            -1
            if self.ended
            else next(
                (n for n in range(len(self.lines) - 1, self.place - 1, -1) if self._is_prose(n)),
                len(self.lines),
            )
        )
        while self.place < len(self.lines):
            self._read_line()

    def _without_comments(self) -> Sequence[str]:
        """The lines without what readers wrote below the article; what stands below that is the site's name at most."""
        words = 0
        for place in range(self.place, len(self.lines)):
            text = self.lines[place]
            if (
                len(text) <= 40
                and (words >= LEAST_BEFORE_COMMENTS or self.ended)
                and labels.is_comments(text)
            ):
                rest = [line for line in self.lines[place + 1 :] if label_line(line).kind is Kind.COPYRIGHT]
                return [*self.lines[:place], *rest]
            words += size(text) if is_paragraph(text) else 0
        return self.lines

    def _is_prose(self, place: int) -> bool:
        line = self.lines[place]
        return is_paragraph(line) and label_line(line).kind is Kind.PARAGRAPH

    def _read_line(self) -> None:
        text = self.lines[self.place]
        line = label_line(text)
        after = self.place > self.last  # the last paragraph
        if (line.kind is Kind.LIST_TITLE and self._read_list(line.value)) or (
            line.kind is Kind.TOPICS and self._read_topics(line.value)
        ):
            return
        self.place += 1
        several = (
            [labels.count_in(piece, loose=True) for piece in _COUNTS_BETWEEN.split(text)] if after else []
        )
        if len(several) > 1 and all(several):
            self.counts += [count for count in several if count]
        elif line.kind is Kind.COPYRIGHT and self.paragraphs:
            self.outlet = self.outlet or line.value or None
        elif (line.kind is Kind.BIOGRAPHY and self._is_at_end()) or self._is_closing(text):
            self.biographies.append(text)
        elif line.kind is Kind.COUNT or (after and labels.count_in(unbulleted(text), loose=True)):
            count = labels.count_in(unbulleted(text), loose=True)
            self.counts += [count] if count else []
        elif line.kind in _SKIPPED and (line.kind is not Kind.CAPTION or size(text) < 20):
            pass
        elif self.paragraphs and line.kind in _MARKS:
            self._read_mark(line)
        elif after and self.paragraphs and line.kind is Kind.SHORT and sign_off_of(text):
            self.sign_off = self.sign_off or text
        elif self._is_inline_link(text):
            pass
        elif (not self._has_tail() or is_paragraph(text)) and self._is_of_body(line, after):
            self.paragraphs.append(unbulleted(text))

    def _is_of_body(self, line: Line, after: bool) -> bool:
        """Whether a line that is nothing else belongs to the article: at its end, only a sentence does."""
        if not after or self.last >= len(self.lines):
            return True
        return line.kind is Kind.PARAGRAPH or bool(SENTENCE_END.search(line.text))

    def _read_mark(self, line: Line) -> None:
        if line.kind is Kind.BYLINE or (line.names and line.kind is not Kind.OUTLET_AND_DATE):
            self.bylines.append(line._replace(value=line.names or line.value))
            if self.place > self.last and sign_off_of(line.text):
                self.sign_off = self.sign_off or line.text
        if line.kind in (Kind.DATE, Kind.NAME_AND_DATE, Kind.OUTLET_AND_DATE):
            self.dates.append(line.value)

    def _has_tail(self) -> bool:
        return bool(self.links or self.topics or self.counts or self.biographies)

    def _is_inline_link(self, text: str) -> bool:
        """Whether a line is a link within an article: "Read also: The ferry stays"."""
        found = _LABEL.match(text)
        return bool(found) and found is not None and is_relating(found["label"]) and size(text) <= 25

    def _is_at_end(self) -> bool:
        """Whether no paragraph follows: a sentence about a journalist within an article is no biography."""
        for text in self.lines[self.place : self.place + LOOKED_AHEAD]:
            line = label_line(text)
            if line.kind in (Kind.LIST_TITLE, Kind.TOPICS, Kind.COUNT, Kind.COPYRIGHT):
                return bool(self.paragraphs)
            if is_paragraph(text) and biography_of(text) is None:
                return False
        return bool(self.paragraphs)

    def _is_closing(self, text: str) -> bool:
        """Whether the last paragraph is about somebody whom the article does not speak of."""
        if self.place <= self.last or len(self.paragraphs) < LEAST_ABOVE or len(text) > LONGEST_BIOGRAPHY:
            return False
        if self.ended and self.place > MOST_BEFORE_CLOSING:
            return False
        return closing_biography(text, "\n".join(self.paragraphs)) is not None

    def _read_topics(self, rest: str) -> bool:
        """Topics after their mark, or in the lines below it."""
        if not self.paragraphs:
            return False
        bare = unbulleted(self.lines[self.place])
        self.place += 1
        if rest:
            self.topics += [part.strip(" #.-") for part in _TOPICS_BETWEEN.split(rest) if part.strip(" #.-")]
            return True
        below = self.lines[self.place : self.place + MOST_TOPICS]
        bulleted = bool(below) and bool(BULLET.match(below[0]))
        for text in below:
            line = label_line(text)
            fits = (
                line.kind in (Kind.SHORT, Kind.FURNITURE, Kind.NAVIGATION)
                and size(text) <= 6
                and not SENTENCE_END.search(text)
            )
            if bool(BULLET.match(text)) != bulleted or not (bulleted or fits):
                break
            name = unbulleted(text)
            if not bulleted and labels.count_in(name, loose=True):
                break
            self.topics.append(name)
            self.place += 1
        if not self.topics and not bare.endswith((":", "：")):
            self.place -= 1
            return False
        return True

    def _read_list(self, title: str) -> bool:
        """A title and the lines below it that look like headlines."""
        if not self.paragraphs:
            return False
        items: list[str] = []
        bulleted = self.place + 1 < len(self.lines) and bool(BULLET.match(self.lines[self.place + 1]))
        end = self.place + 1
        for text in self.lines[self.place + 1 : self.place + 1 + MOST_ITEMS]:
            line = label_line(text)
            if bool(BULLET.match(text)) != bulleted or (
                line.kind in _STOPS and not (bulleted and line.kind is Kind.BIOGRAPHY)
            ):
                break
            if not bulleted and ((line.kind is Kind.PARAGRAPH and size(text) > 14) or sign_off_of(text)):
                break
            if not bulleted and labels.count_in(text, loose=True) and size(text) <= 5:
                break
            items.append(unbulleted(text))
            end += 1
        if not bulleted and any(
            is_paragraph(text) and size(text) >= 20 for text in self.lines[end : end + 2]
        ):
            # A list of links amid an article: its last item may be the first line of what follows.
            items = items[:MOST_ITEMS]
        if len(items) < LEAST_ITEMS:
            return False
        self.links.append(LinkList(title, tuple(items)))
        self.place = end
        return True
