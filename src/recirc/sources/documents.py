"""From the bytes of a response to well-formed XML or JSON: bounded, without entities, repaired."""

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from html.entities import html5
from typing import Final, NamedTuple
from urllib.parse import urljoin
from xml.parsers import expat

import msgspec
from lxml import etree

from recirc.reading.rejections import RejectedValueError

MOST_UNPACKED: Final = 50_000_000  # bytes, what the sitemap protocol allows
MOST_ELEMENTS: Final = 1_000_000  # of one document; feedparser takes some 30 s for them
DEEPEST: Final = 250  # elements within each other; libxml2 ends at 256
_BEGINNING: Final = 4_096  # bytes that show what a document is

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)
_DECLARED: Final = re.compile(
    rb"""^\s{0,9}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{2,40})["']"""
)
_CODECS: Final = re.compile(
    r"ascii|iso8859-\d+|cp(125\d|874|866|932|949|950)|koi8-[rut]|gb2312|gbk|gb18030|big5(hkscs)?|shift_jis|euc_(jp|kr)"
    r"|iso2022_jp"
)
_WRONG_AT_MOST: Final = 0.001  # of the characters: with fewer wrong ones it is still UTF-8
_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMED: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31});")
_LONE: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_CDATA: Final = "<![CDATA["
_ROOT_NAME: Final = re.compile(r"<[^\s/>]+")
_PREFIXES: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
"""The namespace of a prefix that a document uses without declaring it."""
_HREF: Final = re.compile(r"""(\bhref=)(["'])([^"'<>]{1,2048})\2""", re.IGNORECASE)


def unpacked(content: bytes, most: int = MOST_UNPACKED) -> bytes:
    """The content of a gzip file; other content unchanged.

    Raises:
        RejectedValueError: it is damaged, or decompresses to more than `most` bytes.
    """
    if content[:2] != b"\x1f\x8b":
        return content
    machine = zlib.decompressobj(wbits=31)
    try:
        plain = machine.decompress(content, most + 1)
    except zlib.error as error:
        raise RejectedValueError("", f"the gzip file is damaged: {error}") from None
    if len(plain) > most:
        raise RejectedValueError("", f"the gzip file unpacks to more than {most:,} bytes")
    return plain


def text_of(content: bytes, charset: str | None = None) -> str:
    """The text of a document, by its byte order mark, as UTF-8, by the header or its declaration, as windows-1252.

    >>> text_of(b"<?xml version='1.0' encoding='latin-1'?><a>caf\\xe9</a>")[-8:-4]
    'café'
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, "replace").removeprefix("\ufeff")
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.match(content)
    for named in (charset, declared and declared[1].decode("ascii")):
        known = _codec(named)
        if known is not None:
            return content.decode(known, "replace")
    text = content.decode("utf-8", "replace")
    if text.count("\ufffd") <= _WRONG_AT_MOST * len(text):
        return text
    return content.decode("cp1252", "replace")


def beginning(content: bytes) -> str:
    """The first characters of a document, enough to see what it is."""
    return text_of(content[:_BEGINNING]).lstrip()


def json_of(content: bytes, charset: str | None = None) -> object:
    """A JSON document.

    Raises:
        RejectedValueError: it is not JSON; the text names the place.
    """
    text = text_of(content, charset)
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        pass
    except RecursionError:
        raise RejectedValueError("", "the JSON is nested too deeply") from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RejectedValueError(
            "", f"this is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise RejectedValueError("", f"this is not JSON: {error}") from None


class Xml(NamedTuple):
    """A well-formed document without DTD.

    Attributes:
        text: the document, from its root element on.
        cut: name of the element in which the document broke off, and which is left out.
    """

    text: str
    cut: str | None = None


def xml_of(
    content: bytes, charset: str | None, roots: str, parts: tuple[str, ...], most: int = MOST_ELEMENTS
) -> Xml:
    """A well-formed document, repaired where necessary.

    A document type with its entities is left out. HTML entities such as `&nbsp;`, lone ampersands, characters that XML
    does not allow and undeclared prefixes are repaired; of a document that breaks off, the incomplete last entry is
    left out, since half an article is not the article.

    Args:
        content: the document.
        charset: the one in the Content-Type header.
        roots: regular expression of the names that the root may have, without prefix.
        parts: names of the elements that are its entries.
        most: elements that it may have.

    Raises:
        RejectedValueError: there is no such root, too deep a nesting, or there are too many elements.
    """
    text = text_of(content, charset)
    root = re.search(rf"<(?:[A-Za-z_][\w.-]{{0,40}}:)?(?:{roots})(?=[\s>/])", text, re.IGNORECASE)
    if root is None:
        raise RejectedValueError("", f"there is no <{roots.replace('|', '> or <')}> in it")
    text = text[root.start() :]
    if _fault(text, most) is None:
        return Xml(text)
    text = "".join(_repaired(text))
    if _fault(text, most) is None:
        return Xml(text)
    text, cut = _without_incomplete(text, parts)
    return Xml(_recovered(text, most), cut)


def absolute(html: str, base: str | None) -> str:
    """HTML with absolute links; `base` is the address that they are relative to.

    >>> absolute('<a href="/b?c">d</a>', "https://a.example/x/")
    '<a href="https://a.example/b?c">d</a>'
    """
    if base is None or "href" not in html.lower():
        return html
    return _HREF.sub(lambda link: f"{link[1]}{link[2]}{joined(base, link[3]) or ''}{link[2]}", html)


def joined(base: str, link: str) -> str | None:
    """The address that a link means on the page at `base`; None where it is not a web address."""
    try:
        address = urljoin(base, link.strip())
    except ValueError:
        return None
    return address if address.lower().startswith(("http://", "https://", "mailto:")) else None


def _codec(name: str | None) -> str | None:
    try:
        known = codecs.lookup((name or "").strip("\"' ")).name
    except (LookupError, ValueError):
        return None
    known = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}.get(
        known, known
    )
    return known if _CODECS.fullmatch(known) else None


def _fault(text: str, most: int) -> str | None:
    """Why this is not well-formed; None: it is.

    Raises:
        RejectedValueError: it is nested too deeply, or has more than `most` elements.
    """
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    depth = elements = 0

    def opened(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if elements > most:
            raise RejectedValueError("", f"it has more than {most:,} elements")
        if depth > DEEPEST:
            raise RejectedValueError(
                "", f"the elements <{name.rpartition(' ')[2]}> are nested more than {DEEPEST} deep"
            )

    def closed(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        return str(error)
    return None


def _repaired(text: str) -> Iterator[str]:
    """The text in pieces, CDATA unchanged."""
    text = _UNREADABLE.sub("", text)
    place = 0
    while (start := text.find(_CDATA, place)) >= 0 and (end := text.find("]]>", start)) >= 0:
        yield _repaired_markup(text[place:start])
        yield text[start : end + 3]
        place = end + 3
    yield _repaired_markup(text[place:])


def _repaired_markup(text: str) -> str:
    return _LONE.sub("&amp;", _NAMED.sub(lambda name: html5.get(f"{name[1]};", name[0]), text))


def _without_incomplete(text: str, parts: tuple[str, ...]) -> tuple[str, str | None]:
    """The text up to an entry without an end, and the name of that entry."""
    start, name = max((_last_start(text, part), part) for part in parts)
    end = max(text.rfind(f"</{part}") for part in parts)
    return (text[:start], name) if start > end else (text, None)


def _last_start(text: str, part: str) -> int:
    return max(text.rfind(f"<{part}{after}") for after in (">", " ", "\n", "\t", "\r"))


def _recovered(text: str, most: int) -> str:
    """The document as libxml2 recovers it, with declarations of the prefixes that it uses."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RejectedValueError("", f"this is not XML: {error}") from None
    if root is None:
        raise RejectedValueError("", "this is not XML: nothing in it can be read")
    used = {
        str(name).partition(":")[0]
        for element in root.iter(etree.Element)
        for name in (element.tag, *element.attrib)
        if ":" in str(name) and "{" not in str(name)
    }
    result = etree.tostring(root, encoding="unicode")
    if used:
        declared = "".join(f' xmlns:{p}="{_PREFIXES.get(p.lower(), f"urn:{p}")}"' for p in sorted(used))
        result = _ROOT_NAME.sub(lambda name: name[0] + declared, result, count=1)
    fault = _fault(result, most)
    if fault is not None:
        raise RejectedValueError("", f"this is not XML: {fault}")
    return result
