"""From the bytes of a page to its characters: what the bytes themselves prove, then what is declared."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

MOST_READ: Final = 5_000_000
"""Bytes of a page that are read, the rest is cut; the longest of the measured news pages has 1.4 MB."""

_DECLARED_WITHIN: Final = 4_096  # bytes; the HTML standard looks into the first 1,024
_DECLARED: Final = re.compile(
    rb"""<(?:meta|\?xml)[^<>]{0,400}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I
)
_ZEROS: Final = 0.2  # of the bytes: so many are zero only in UTF-16

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MEANT: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""What pages mean by these names, as the Encoding Standard (https://encoding.spec.whatwg.org/) has it."""

_KNOWN: Final = re.compile(
    r"utf-8(-sig)?|utf-(16|32)(-[lb]e)?|ascii|iso8859-\d+|cp(125\d|874|866|932|949|950)|koi8-[rut]|mac-\w+|tis-620"
    r"|gb2312|gbk|gb18030|big5(hkscs)?|shift_jis(x0213)?|euc_(jp|kr)|euc_jis_2004|iso2022_(jp|kr)"
)
"""Codecs that are used for pages. Others of Python take quadratic time (punycode) or are no character sets (hex)."""


def decoded(content: bytes | str, charset: str | None = None) -> str:
    """The characters of a page, of which at most `MOST_READ` bytes are read.

    The first of these that the bytes fit: a byte order mark; UTF-16 by its zeros; UTF-8, whatever is declared
    (that other text happens to be valid UTF-8 with letters beyond ASCII practically does not occur); the
    `charset` of the header; the one that the page declares; windows-1252. Of what fits nowhere, windows-1252
    with U+FFFD for what it lacks, or UTF-8 where that loses less.

    >>> decoded("Caf\\u00e9".encode("latin-1"), "utf-8"), decoded("Caf\\u00e9".encode(), "latin-1")
    ('Café', 'Café')
    """
    if isinstance(content, str):
        return content[:MOST_READ].replace("\x00", "")
    cut = len(content) > MOST_READ
    content = content[:MOST_READ]
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace").replace("\x00", "")
    for name in _candidates(content, charset):
        try:
            return codecs.getincrementaldecoder(name)().decode(content, final=not cut).replace("\x00", "")
        except (UnicodeDecodeError, LookupError):
            continue
    return _least_loss(content).replace("\x00", "")


def _candidates(content: bytes, charset: str | None) -> Iterator[str]:
    beginning = content[:_DECLARED_WITHIN]
    if beginning.count(0) > _ZEROS * len(beginning):
        yield "utf-16-le" if beginning[1::2].count(0) > beginning[::2].count(0) else "utf-16-be"
    declared = _DECLARED.search(beginning)
    names = [
        known
        for name in (charset, declared and declared[1].decode("ascii"))
        if name and (known := _codec(name)) is not None
    ]
    yield from (name for name in names if name.startswith("iso2022"))  # all ASCII to the eye of UTF-8
    yield "utf-8"
    # A declared UTF-16 that the zeros did not confirm is a mistake: its declaration could not have been read.
    yield from (name for name in names if not name.startswith("utf-"))
    yield "cp1252"


def _codec(name: str) -> str | None:
    try:
        known = codecs.lookup(name.strip().strip("\"'")).name
    except (LookupError, ValueError):  # a null character in the name is a ValueError
        return None
    return _MEANT.get(known, known) if _KNOWN.fullmatch(known) else None


def _least_loss(content: bytes) -> str:
    both = [content.decode(name, "replace") for name in ("utf-8", "cp1252")]
    return min(both, key=lambda text: text.count("\ufffd"))
