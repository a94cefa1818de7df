"""Whether a page itself says that its article is held back: in its metadata and its JSON-LD, never in its text."""

import html
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from recirc.reading.holds import Hold, hold_of

MOST_BYTES: Final = 2_000_000
"""Beginning of a page that is looked at."""

_META: Final = re.compile(r"<meta\s[^<>]{1,1000}>", re.IGNORECASE)
_NAME: Final = re.compile(
    r"""\b(?:name|property|itemprop)\s{0,3}=\s{0,3}["']?([\w:.-]{1,80})""", re.IGNORECASE
)
_CONTENT: Final = re.compile(
    r"""\bcontent\s{0,3}=\s{0,3}(?:"([^"]{0,200})"|'([^']{0,200})'|([^\s"'>]{1,100}))""", re.IGNORECASE
)
_JSON: Final = re.compile(
    r'"([\w:.-]{0,40}(?:embarg|sperrfrist|datePublished)[\w.-]{0,40})"\s{0,9}:\s{0,9}("[^"\n]{0,200}"|true|\d{1,19})',
    re.IGNORECASE,
)
_EMBARGO: Final = re.compile("embarg|sperrfrist", re.IGNORECASE)
_TAG: Final = re.compile(r"<script\b[^<>]{0,200}application/ld\+json[^<>]{0,200}>", re.IGNORECASE)
MOST_SCRIPTS: Final = 20
MOST_CHARACTERS: Final = 200_000  # of one script


def hold_in(content: bytes, now: datetime) -> Hold | None:
    """What a page says that holds its article back; None: nothing.

    Its metadata may have an embargo under any name; of its JSON-LD the first `datePublished` is that of the article.

    >>> hold_in(b'<meta name="embargo" content="true"><p>The embargo was lifted.', datetime.now().astimezone()).field
    'embargo'
    """
    text = content[:MOST_BYTES].decode("utf-8", "replace")
    row: dict[str, object] = {}
    for name, value in (*_metadata(text), *_linked_data(text)):
        row.setdefault(name, value)
    return hold_of(row, now) if row else None


def _metadata(text: str) -> Iterator[tuple[str, object]]:
    for tag in _META.finditer(text):
        name, value = _NAME.search(tag[0]), _CONTENT.search(tag[0])
        if name is not None and value is not None and _EMBARGO.search(name[1]):
            yield name[1].replace(".", "_"), html.unescape(value[1] or value[2] or value[3] or "")


def _linked_data(text: str) -> Iterator[tuple[str, object]]:
    for tag in islice(_TAG.finditer(text), MOST_SCRIPTS):
        end = text.find("</script", tag.end(), tag.end() + MOST_CHARACTERS)
        for found in _JSON.finditer(text, tag.end(), end if end >= 0 else tag.end() + MOST_CHARACTERS):
            written = found[2]
            yield found[1], written == "true" or html.unescape(written.strip('"'))
