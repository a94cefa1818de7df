"""Signs that converters put into a text dump and that no writer wrote: Markdown, wiki and mail signs, rules, numbers
of links, names of what a screen reader sees."""

import re
from collections.abc import Sequence
from typing import Final

LEAST: Final = 2  # marked lines, from which on a dump is taken for Markdown

_HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+(?P<text>.*?)\s*#*\s*$")
_LINK: Final = re.compile(
    r"!?\[(?P<text>[^\[\]\n]{0,400})\]\((?:[^()\s]{0,2000}|<[^<>\n]{0,2000}>)(?:\s\"[^\"\n]{0,200}\")?\)"
)
_STRONG: Final = re.compile(r"(?<![\w*_])(\*{1,3}|_{1,3})(?=\S)(?P<text>[^*_\n]{1,400}?)(?<=\S)\1(?![\w*_])")
_BOLD: Final = re.compile(r"^\s{0,3}(\*{2}|_{2})(?=\S)(?P<text>[^*_\n]{2,300})(?<=\S)\1\s*$")
_RULE: Final = re.compile(r"^[\s=\-*_~#+.·•|—–]{3,}$")
_NUMBERED: Final = re.compile(r"\[\d{1,3}\](?=[^\W\d_])")
_WIKI: Final = re.compile(r"^\s*(={2,6})\s*(?P<text>[^=].*?)\s*\1\s*$")
_ITALIC: Final = re.compile(r"'{2,5}(?=\S)(?P<text>[^'\n](?:[^'\n]|'(?!'))*?)(?<=\S)'{2,5}")
_MAILED: Final = re.compile(r"^\s?(?:[>|]\s?){1,4}(?=\S|$)")
_ROW: Final = re.compile(r"^\|\s*(?P<name>[^|\n]{2,30}?)\s*\|\s*(?P<value>[^|\n]{1,400}?)\s*\|$")
_SPOKEN: Final = re.compile(
    r"^(?:(?:visited )?link|heading(?: level)? \d|graphic|button|banner|article|list item|bullet)[,:]?\s+(?=\S)"
)
_LISTED: Final = re.compile(r"^list (?:with|of) \d{1,3} items?$|^(?:list end|end of list|out of list)$")
_FIELD: Final = re.compile(r"^(?P<name>[a-z_]{3,20}):\s+(?P<quote>[\"'])(?P<value>.+)(?P=quote)\s*$")


def without_notation(lines: Sequence[str]) -> list[str]:
    """The lines of a dump without the signs of Markdown, rules and the numbers that text browsers give to links.

    A dump is Markdown if `LEAST` of its lines are headings or hold links; else stars and underscores stay.

    >>> without_notation(["# A ferry stays", "[Home](/) / [Local](/l)", "***", "**By Ann Roe**"])
    ['A ferry stays', 'Home / Local', 'By Ann Roe']
    >>> without_notation(["> From: The Tide", "> A ferry stays", "> ", "> It stays in port."])
    ['From: The Tide', 'A ferry stays', '', 'It stays in port.']
    >>> without_notation(["== A ferry stays ==", "''It was dark''"])
    ['A ferry stays', 'It was dark']
    >>> without_notation(["link Home", "link News", "heading level 1 A ferry stays", "list with 2 items"])
    ['Home', 'News', 'A ferry stays']
    >>> without_notation(["A *star* of ours", "[1]Home", "[2]News", "[3]Sport"])
    ['A *star* of ours', 'Home', 'News', 'Sport']
    """
    kept = [line for line in lines if not (line.strip() and _RULE.match(line[:400]))]
    kept = _without_frame(kept)
    numbered = sum(bool(_NUMBERED.match(line.strip())) for line in kept) >= LEAST
    marked = sum(bool(_HEADING.match(line)) or "](" in line for line in kept) >= LEAST
    found: list[str] = []
    for line in kept:
        if numbered:
            line = _NUMBERED.sub("", line)
        if marked and len(line) < 20_000:
            heading = _HEADING.match(line)
            line = _LINK.sub(lambda link: link["text"], heading["text"] if heading else line)
            line = _STRONG.sub(lambda strong: strong["text"], line)
        bold = _BOLD.match(line) if len(line) < 400 else None
        line = bold["text"] if bold else line
        field = (_FIELD.match(line) or _ROW.match(line)) if len(line) < 500 else None
        found.append(f"{field['name']}: {field['value']}" if field else line)
    return found


def _without_frame(lines: Sequence[str]) -> list[str]:
    """The lines without what stands before each of them: the signs of a quoted message, what a screen reader names."""
    filled = [line for line in lines if line.strip()]
    quoted = sum(bool(_MAILED.match(line)) for line in filled)
    if quoted >= LEAST and 5 * quoted >= 4 * len(filled):
        lines = [_MAILED.sub("", line, count=1) for line in lines]
    if sum(bool(_SPOKEN.match(line)) for line in filled) > LEAST:
        lines = [_SPOKEN.sub("", line, count=1) for line in lines if not _LISTED.match(line.strip())]
    if sum(bool(_WIKI.match(line[:400])) for line in filled) >= 1:
        lines = [_unwiki(line) for line in lines]
    return list(lines)


def _unwiki(line: str) -> str:
    heading = _WIKI.match(line) if len(line) < 400 else None
    return heading["text"] if heading else _ITALIC.sub(lambda found: found["text"], line)
