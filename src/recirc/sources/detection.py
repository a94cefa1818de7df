"""What a document is, by its content: the root of XML behind any prologue, JSON by its parsed form."""

from typing import Final

from recirc.reading.rejections import RejectedValueError
from recirc.sources.documents import BEFORE_JSON, elements, json_of, text_of, unpacked

_READ: Final = 65_536  # bytes that are decoded first; more only where the prologue is longer
_ELEMENTS: Final = 40  # that are looked at for a root; a warning of PHP before a feed has a handful
_HTML: Final = frozenset({"html", "head", "body"})


def beginning(content: bytes) -> str:
    """The first characters of a document, to show them."""
    return text_of(content[:4_096]).lstrip()


def is_json(content: bytes) -> bool:
    """Whether a document begins as JSON does, after marks and spaces."""
    return text_of(content[:512]).lstrip(BEFORE_JSON)[:1] in ("{", "[")


def json_in(content: bytes, charset: str | None = None) -> object:
    """The JSON of a document; None of any other."""
    if not is_json(content):
        return None
    try:
        return json_of(content, charset)
    except RejectedValueError:
        return None


def root_of(content: bytes, roots: str) -> str | None:
    """The first element of a document among `roots`, in lower case without its prefix; None where there is none.

    Comments, instructions, a document type and stray text before it are skipped, whatever their length. A document
    that is HTML before that has none.

    >>> root_of(b"Warning: x\\n<?xml version='1.0'?><!-- <html> --><Atom:FEED xmlns:Atom='a'>", "rss|feed")
    'feed'
    >>> root_of(b"<html><body><rss>", "rss|feed") is None
    True
    """
    try:
        content = unpacked(content)
    except RejectedValueError:
        return None
    wanted = roots.lower().split("|")
    for size in (_READ, len(content)):
        text = text_of(content[:size])
        for count, (name, _) in enumerate(elements(text)):
            if name in wanted:
                return name
            if name in _HTML or count >= _ELEMENTS:
                return None
        if size >= len(content):
            return None
    return None


def is_html_document(content: bytes) -> bool:
    """Whether the first elements of a document are those of HTML."""
    return root_of(content[:_READ], "html|head|body") is not None
