"""Signs that converters put into a text dump and that no writer wrote: Markdown, rules, numbers of links."""

import re
from collections.abc import Sequence
from typing import Final

LEAST: Final = 2  # marked lines, from which on a dump is taken for Markdown

_HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+(?P<text>.*?)\s*#*\s*$")
_LINK: Final = re.compile(
    r"!?\[(?P<text>[^\[\]\n]{0,400})\]\((?:[^()\s]{0,2000}|<[^<>\n]{0,2000}>)(?:\s\"[^\"\n]{0,200}\")?\)"
)
_STRONG: Final = re.compile(r"(?<![\w*_])(\*{1,3}|_{1,3})(?=\S)(?P<text>[^*_\n]{1,400}?)(?<=\S)\1(?![\w*_])")
_RULE: Final = re.compile(r"^[\s=\-*_~#+.·•|—–]{3,}$")
_NUMBERED: Final = re.compile(r"\[\d{1,3}\](?=[^\W\d_])")
_FIELD: Final = re.compile(r"^(?P<name>[a-z_]{3,20}):\s+(?P<quote>[\"'])(?P<value>.+)(?P=quote)\s*$")


def without_notation(lines: Sequence[str]) -> list[str]:
    """The lines of a dump without the signs of Markdown, rules and the numbers that text browsers give to links.

    A dump is Markdown if `LEAST` of its lines are headings or hold links; else stars and underscores stay.

    >>> without_notation(["# A ferry stays", "[Home](/) / [Local](/l)", "***", "**By Ann Roe**"])
    ['A ferry stays', 'Home / Local', 'By Ann Roe']
    >>> without_notation(["A *star* of ours", "[1]Home", "[2]News", "[3]Sport"])
    ['A *star* of ours', 'Home', 'News', 'Sport']
    """
    kept = [line for line in lines if not (line.strip() and _RULE.match(line[:400]))]
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
        field = _FIELD.match(line) if len(line) < 400 else None
        found.append(f"{field['name']}: {field['value']}" if field else line)
    return found
