"""Cleans text before it is stored: to one line of plain text, or to a small safe subset of HTML."""

import re
import unicodedata
from html import escape, unescape
from itertools import groupby
from typing import Final, Literal, TypeAlias

import nh3

from recirc.text.addresses import address_of_picture
from recirc.text.figures import arranged, with_addresses, without_figures

Form: TypeAlias = Literal["auto", "text", "html"]

_TABLES: Final = frozenset({"table", "thead", "tbody", "tfoot", "tr"})
_CELLS: Final = frozenset({"th", "td"})
BLOCKS: Final = frozenset({"p", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "pre", "figure"}) | _TABLES
INLINE: Final = frozenset({"a", "em", "strong", "b", "i", "code", "sup", "sub"})
ALLOWED: Final = BLOCKS | INLINE | _CELLS | {"br", "caption", "img", "figcaption"}
"""Elements allowed in a body. Attributes are `href` with http, https or mailto, `src` and `alt` of images in figures,
and `data-embed` with the host of something embedded (see `recirc.text.figures`)."""

# fmt: off
_PARAGRAPHS: Final = (
    "address", "article", "aside", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "footer", "form", "header", "main", "nav", "section", "summary",
)
_REPLACED: Final = dict.fromkeys(_PARAGRAPHS, "p") | {"h1": "h2", "h5": "h4", "h6": "h4"}
"""Elements that are replaced, so that their removal does not join words."""

_REMOVED: Final = frozenset((
    "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style", "svg",
    "template", "textarea", "title", "xmp",
))
# fmt: on
"""Elements that are removed with their content."""

MAX_TAGS: Final = 10_000
MAX_REFERENCES: Final = 100_000
"""A body with more `<` or `&` loses its markup, because nh3 takes quadratic time in the worst case.

At these limits nested lists take 0.13 s and `&nbsp;` 0.15 s; 2 MB of them take many minutes and about 10 s.
"""

_INVISIBLE: Final[dict[int, str | None]] = dict.fromkeys(
    [
        *(
            *range(0x09),
            *range(0x0E, 0x20),
            *range(0x7F, 0xA0),
        ),  # control characters that are not white space
        *(0x00AD, 0x200B, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF),  # soft hyphens and characters without width
        *(*range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # would reverse the text that follows
        *range(0xFFF9, 0xFFFC),
    ]
) | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # half a character cannot be written as UTF-8
_INVISIBLE_IN_LINES: Final = _INVISIBLE | dict.fromkeys([0x0B, 0x0C, 0x85, 0x2028], "\n") | {0x2029: "\n\n"}
_INVISIBLE_IN_LINE: Final = _INVISIBLE | {0x85: " "}
_UNFIT_IN_LINE: Final = re.compile(f"[{''.join(map(re.escape, map(chr, _INVISIBLE_IN_LINE)))}]")

_names = "|".join(sorted(ALLOWED - {"br"} | _REPLACED.keys()))
_MARKUP: Final = re.compile(rf"</(?:{_names})\s*>|<br\s*/?>", re.IGNORECASE)
_REPLACED_TAG: Final = re.compile(rf"<(/?)({'|'.join(_REPLACED)})>")
_BLOCK_END: Final = re.compile(
    rf"</(?:{'|'.join(sorted(BLOCKS | _REPLACED.keys()))})\s*>|<br\s*/?>", re.IGNORECASE
)
_EMPTY: Final = re.compile(r"<(p|pre)>(?:\s|&nbsp;|<br>)*</\1>")
_PRE_BREAK: Final = re.compile(
    r"<pre>\n+"
)  # a parser drops the first line break, so each reading would lose one
_TAG: Final = re.compile(r"<[^<>]*>")
_ROUNDS: Final = 4  # two parsers mend what is nested wrongly, until both agree
_CELL_END: Final = re.compile(r"</(?:td|th)>")
_HOST: Final = re.compile(r"[a-z0-9.-]{3,80}")


def _attribute(_element: str, name: str, value: str) -> str | None:
    if name == "data-embed":
        return value if _HOST.fullmatch(value) else None
    if name == "src":
        return address_of_picture(value)
    return None if name == "href" and value.startswith("media:") else value


_wide = nh3.Cleaner(
    tags=ALLOWED | _REPLACED.keys(),
    clean_content_tags=set(_REMOVED),
    attributes={"*": set(), "a": {"href"}, "img": {"src", "alt"}, "p": {"data-embed"}},
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "media"},
    url_relative="deny",
)


def plain(text: str) -> str:
    """One line of text: NFC, white space collapsed, control characters and bidi overrides removed.

    HTML is not interpreted: `STANDARD OIL <SRD>` and `<script>` are kept literally, and the page escapes them.

    >>> plain("STANDARD OIL <SRD>\\n TO  FORM\\x00 UNIT")
    'STANDARD OIL <SRD> TO FORM UNIT'
    """
    if not (text.isascii() and text.isprintable()):
        if _UNFIT_IN_LINE.search(text):
            text = text.translate(_INVISIBLE_IN_LINE)
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def body_html(text: str, form: Form = "auto", base: str | None = None) -> str:
    """Safe HTML of a body: paragraphs, lists, quotes, headings, emphasis, links, tables, code; figures at their place.

    Args:
        text: the body as received.
        form: "text": no markup, paragraphs are separated by blank lines. "html": elements that are not allowed are
            removed; block elements (a `div`, a table row) separate paragraphs. "auto": HTML if the text has a
            closing tag or `<br>`, else text.
        base: the address that those of pictures are relative to; None: relative ones are left out.

    Idempotent with "auto" and "html". A body with more than `MAX_TAGS` angle brackets loses its markup.

    >>> body_html("Standard Oil <SRD>\\nand BP.\\n\\nThe venture")
    '<p>Standard Oil &lt;SRD&gt; and BP.</p><p>The venture</p>'
    >>> body_html("<div onclick='x()'>One</div><script>x()</script><a href='javascript:x()'>two</a>")
    '<p>One</p><a rel="noopener noreferrer">two</a>'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE_IN_LINES)
    if form == "text" or (form == "auto" and not _MARKUP.search(text)):
        return _paragraphs(text)
    if text.count("<") > MAX_TAGS or text.count("&") > MAX_REFERENCES:
        return _paragraphs(
            unescape(_TAG.sub(" ", _BLOCK_END.sub("\n\n", text))).translate(_INVISIBLE_IN_LINES)
        )
    return _safe(with_addresses(text, base))


def words_of(html: str) -> str:
    """The plain text of a body made by `body_html`, one line per paragraph, for vectors, copies and summaries.

    Figures with their captions and embedded things are not told in it.

    >>> words_of("<p>Profits &amp; <em>losses</em></p><ul><li>one</li><li>two</li></ul>")
    'Profits & losses\\none\\ntwo'
    """
    # In the output of nh3, angle brackets only delimit tags.
    told = _CELL_END.sub(" ", without_figures(html)) if "<" in html else html
    bare = unescape(_TAG.sub("", _BLOCK_END.sub("\n", told)))
    lines = (plain(line) for line in bare.split("\n"))
    return "\n".join(line for line in lines if line)


def _paragraphs(text: str) -> str:
    lines = (plain(line) for line in text.split("\n"))
    texts = (" ".join(lines) for filled, lines in groupby(lines, key=bool) if filled)
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in texts)


def _safe(text: str) -> str:
    html = _wide.clean(text)
    for _ in range(_ROUNDS):
        separated = _REPLACED_TAG.sub(_replacement, arranged(html))
        if separated == html:
            break
        html = _wide.clean(separated)
    html = _PRE_BREAK.sub("<pre>", _EMPTY.sub("\n", html.translate(_INVISIBLE_IN_LINES))).strip()
    if not any(f"</{name}>" in html for name in BLOCKS):
        html = _EMPTY.sub("", f"<p>{html}</p>")
    return html


def _replacement(tag: re.Match[str]) -> str:
    return f"<{tag[1]}{_REPLACED[tag[2]]}>"
