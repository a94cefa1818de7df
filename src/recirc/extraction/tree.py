"""From characters to a tree of elements that is neither deep nor large without bounds."""

import re
from typing import Final

from lxml.etree import LxmlError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

MOST_ELEMENTS: Final = 10_000
"""A page with more is read by its paragraphs alone. The largest of the measured news pages has 1,584 elements."""
MOST_CHARACTERS: Final = 600_000  # likewise, without scripts; the longest has 91,282

_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TOO_DEEP: Final = "ERR_RESOURCE_LIMIT"
_NESTED: Final = re.compile(
    r"</?(?!(?:html|head|title|body|meta|link|script|style|article|main|aside|nav|footer|h[1-6]|p|li|time|a|br)\b)"
    r"[a-z][a-z0-9:-]{0,40}(?:\s[^<>]{0,2000})?>",
    re.IGNORECASE,
)
"""Tags that a page can do without and be read: it keeps its words, paragraphs and headings."""
_ANY: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]{0,2000}>", re.DOTALL | re.IGNORECASE)


def tree_of(text: str) -> HtmlElement | None:
    """The tree of a page, without comments; None where there is nothing that could be one.

    The parser ends a document where it is nested more than 256 deep. Such a page is read once more without its
    `div` and `span` and their like, and if that is not enough without any tags.
    """
    text = _UNFIT.sub("", text)
    for unwanted in (None, _NESTED, _ANY):
        kept = text if unwanted is None else unwanted.sub(" ", text)
        if not kept.strip():
            return None
        parser = HTMLParser(
            encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, default_doctype=False
        )
        try:
            tree = document_fromstring(kept.encode("utf-8"), parser=parser)
        except (LxmlError, ValueError, AssertionError):
            return None
        if not _is_too_deep(parser):
            return tree
    return tree


def _is_too_deep(parser: HTMLParser) -> bool:
    last = parser.error_log.last_error
    return last is not None and last.type_name == _TOO_DEEP


def has_more(tree: HtmlElement, most: int) -> bool:
    """Whether a page has more than `most` elements."""
    return bool(tree.xpath("count(.//*)") >= most)


def is_large(tree: HtmlElement) -> bool:
    """Whether a page has more than `MOST_ELEMENTS` or `MOST_CHARACTERS`."""
    words = tree.xpath("string-length(.)") <= MOST_CHARACTERS
    if words and tree.xpath("count(.//*)") < MOST_ELEMENTS:
        return False
    characters = 0
    for elements, element in enumerate(tree.iter(), 1):
        if element.tag not in ("script", "style"):
            characters += len(element.text or "")
        characters += len(element.tail or "")
        if elements > MOST_ELEMENTS or characters > MOST_CHARACTERS:
            return True
    return False
