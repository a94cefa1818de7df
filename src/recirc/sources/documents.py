"""From the bytes of a response to well-formed XML or JSON: bounded, without entities, repaired."""

import json
import re
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urljoin
from xml.parsers import expat

import msgspec
from lxml import etree

from recirc.reading.rejections import RejectedValueError
from recirc.sources.xml_repair import balanced, repaired
from recirc.text.charset import decoded

MOST_UNPACKED: Final = 50_000_000  # bytes, what the sitemap protocol allows
MOST_ELEMENTS: Final = 1_000_000  # of one document; feedparser takes some 30 s for them
DEEPEST: Final = 250  # elements within each other; libxml2 ends at 256
_NEXT: Final = re.compile(
    r"<!--|<!\[CDATA\[|<\?|<!doctype|<([A-Za-z_][\w.-]{0,40}(?::[\w.-]{1,40})?)(?=[\s/>])", re.IGNORECASE
)
_UNFIT_IN_NAME: Final = re.compile(r"^[\d.-]+|[^\w.-]")
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
    """The text of a whole document, see `text.charset.decoded`."""
    return decoded(content, charset, most=None)


BEFORE_JSON: Final = " \t\r\n\ufeff"
"""Spaces and marks that may stand before a document of JSON, in any order."""


def json_of(content: bytes, charset: str | None = None) -> object:
    """A JSON document.

    Raises:
        RejectedValueError: it is not JSON; the text names the place.
    """
    text = text_of(content, charset).lstrip(BEFORE_JSON)
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        pass
    except RecursionError:
        raise RejectedValueError("", "the JSON is nested too deeply") from None
    try:
        return _without_surrogates(json.loads(text))
    except json.JSONDecodeError as error:
        raise RejectedValueError(
            "", f"this is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise RejectedValueError("", f"this is not JSON: {error}") from None


def _without_surrogates(value: object) -> object:
    """A value of JSON with U+FFFD for halves of surrogate pairs, which escapes in JSON can write."""
    if isinstance(value, str):
        return (
            value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    if isinstance(value, list):
        return [_without_surrogates(entry) for entry in value]
    if isinstance(value, dict):
        return {str(_without_surrogates(name)): _without_surrogates(entry) for name, entry in value.items()}
    return value


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
        roots: names that the root may have, without prefix, separated by bars.
        parts: names of the elements that are its entries.
        most: elements that it may have.

    Raises:
        RejectedValueError: there is no such root, too deep a nesting, or there are too many elements.
    """
    text = text_of(content, charset)
    wanted = roots.lower().split("|")
    start = next((start for name, start in elements(text) if name in wanted), None)
    if start is None:
        raise RejectedValueError("", f"there is no <{roots.replace('|', '> or <')}> in it")
    text = text[start:]
    if _fault(text, most) is None:
        return Xml(text)
    text = repaired(text)
    if _fault(text, most) is None:
        return Xml(text)
    text, cut = _without_incomplete(text, parts)
    text = balanced(text, parts)
    return Xml(text if _fault(text, most) is None else _recovered(text, most), cut)


def elements(text: str) -> Iterator[tuple[str, int]]:
    """Names of the elements that open in a text, in lower case without prefixes, and their places; comments, CDATA,
    instructions and document types are skipped, and "html" stands for the document type of HTML.
    """
    place = 0
    while (found := _NEXT.search(text, place)) is not None:
        sign = found[0].lower()
        if found[1]:
            yield found[1].rpartition(":")[2].lower(), found.start()
            place = found.end()
        elif sign == "<!doctype":
            if text[found.end() : found.end() + 20].lstrip().lower().startswith("html"):
                yield "html", found.start()
            place = _after_doctype(text, found.end())
        else:
            end = {"<!--": "-->", "<?": "?>"}.get(sign, "]]>")
            closed = text.find(end, found.end())
            if closed < 0:
                return
            place = closed + len(end)


def _after_doctype(text: str, start: int) -> int:
    """The end of a document type, with the declarations that it may have within brackets."""
    close, bracket = text.find(">", start), text.find("[", start)
    if bracket < 0 or close < bracket:
        return close + 1 if close >= 0 else len(text)
    inner = text.find("]", bracket)
    end = text.find(">", inner) if inner >= 0 else -1
    return end + 1 if end >= 0 else len(text)


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


def _without_incomplete(text: str, parts: tuple[str, ...]) -> tuple[str, str | None]:
    """The text up to an entry without an end, and the name of that entry."""
    start, name = max((_last_start(text, part), part) for part in parts)
    end = max(text.rfind(f"</{part}") for part in parts)
    return (text[:start], name) if start > end else (text, None)


def _last_start(text: str, part: str) -> int:
    return max(text.rfind(f"<{part}{after}") for after in (">", " ", "\n", "\t", "\r"))


def _name_soundly(root: etree._Element) -> None:
    """Take out of the names of elements what libxml2 recovers there, though XML does not allow it."""
    for element in root.iter(etree.Element):
        tag = str(element.tag)
        prefix = tag[: max(tag.rfind("}"), tag.find(":") if "}" not in tag else -1) + 1]
        bare = _UNFIT_IN_NAME.sub("", tag[len(prefix) :]) or "x"
        if f"{prefix}{bare}" != tag:
            element.tag = bare if prefix.endswith(":") else f"{prefix}{bare}"


def _recovered(text: str, most: int) -> str:
    """The document as libxml2 recovers it, with declarations of the prefixes that it uses."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
        if root is not None:
            _name_soundly(root)
        result = "" if root is None else etree.tostring(root, encoding="unicode")
    except (etree.LxmlError, ValueError) as error:
        raise RejectedValueError("", f"this is not XML: {error}") from None
    if root is None:
        raise RejectedValueError("", "this is not XML: nothing in it can be read")
    used = {
        str(name).partition(":")[0]
        for element in root.iter(etree.Element)
        for name in (element.tag, *element.attrib)
        if ":" in str(name) and "{" not in str(name)
    }
    if used:
        declared = "".join(f' xmlns:{p}="{_PREFIXES.get(p.lower(), f"urn:{p}")}"' for p in sorted(used))
        result = _ROOT_NAME.sub(lambda name: name[0] + declared, result, count=1)
    fault = _fault(result, most)
    if fault is not None:
        raise RejectedValueError("", f"this is not XML: {fault}")
    return result
