"""From text as it comes to text that is safe to keep: one plain line, or a small honest HTML."""

import re
import unicodedata
from html import escape, unescape
from itertools import groupby
from typing import Final, Literal, TypeAlias

import nh3

Form: TypeAlias = Literal["auto", "text", "html"]

BLOCKS: Final = frozenset({"p", "ul", "ol", "li", "blockquote", "h2", "h3", "h4"})
INLINE: Final = frozenset({"a", "em", "strong", "b", "i"})
ALLOWED: Final = BLOCKS | INLINE | {"br"}
"""Elements that a body may have. Of attributes only `href` stays, to http, https and mailto."""

# fmt: off
_PARAGRAPHS: Final = (
    "address", "article", "aside", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "header", "main", "nav", "pre", "section", "summary", "table", "tbody",
    "tfoot", "thead", "tr",
)
_REPLACED: Final = dict.fromkeys(_PARAGRAPHS, "p") | {"h1": "h2", "h5": "h4", "h6": "h4", "td": "", "th": ""}
"""Elements that are not kept, but whose borders must not glue words together; cells become words."""

_UNREADABLE: Final = frozenset((
    "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style", "svg",
    "template", "textarea", "title", "xmp",
))
# fmt: on
"""Elements that go together with all that is in them."""

MOST_TAGS: Final = 10_000
MOST_REFERENCES: Final = 100_000
"""A body with more `<` or `&` is kept without its markup: nh3's time grows with their square at worst.

Nested lists of so many tags take 0.13 s and so many `&nbsp;` 0.15 s, of 2 MB many minutes and some 10 s.
"""

_INVISIBLE: Final[dict[int, str | None]] = dict.fromkeys(
    [
        *(
            *range(0x09),
            *range(0x0E, 0x20),
            *range(0x7F, 0xA0),
        ),  # control characters that are not white space
        *(0x00AD, 0x200B, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF),  # soft hyphens and characters without width
        *(*range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # would turn round the text that follows
        *range(0xFFF9, 0xFFFC),
    ]
) | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # half a character cannot be written as UTF-8
_INVISIBLE_IN_LINES: Final = _INVISIBLE | dict.fromkeys([0x0B, 0x0C, 0x85, 0x2028], "\n") | {0x2029: "\n\n"}
_INVISIBLE_IN_LINE: Final = _INVISIBLE | {0x85: " "}

_names = "|".join(sorted(ALLOWED - {"br"} | _REPLACED.keys()))
_MARKUP: Final = re.compile(rf"</(?:{_names})\s*>|<br\s*/?>", re.IGNORECASE)
_REPLACED_TAG: Final = re.compile(rf"<(/?)({'|'.join(_REPLACED)})>")
_BLOCK_END: Final = re.compile(
    rf"</(?:{'|'.join(sorted(BLOCKS | _REPLACED.keys()))})\s*>|<br\s*/?>", re.IGNORECASE
)
_EMPTY: Final = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>")
_TAG: Final = re.compile(r"<[^<>]*>")

_wide = nh3.Cleaner(
    tags=ALLOWED | _REPLACED.keys(),
    clean_content_tags=set(_UNREADABLE),
    attributes={"*": set(), "a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)


def plain(text: str) -> str:
    """One line of text: NFC, white space collapsed, control characters and bidi overrides removed.

    HTML is not interpreted: `STANDARD OIL <SRD>` and `<script>` stay as they were written, and the page
    escapes them.

    >>> plain("STANDARD OIL <SRD>\\n TO  FORM\\x00 UNIT")
    'STANDARD OIL <SRD> TO FORM UNIT'
    """
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", text.translate(_INVISIBLE_IN_LINE))
    return " ".join(text.split())


def body_html(text: str, form: Form = "auto") -> str:
    """Safe HTML of a body: paragraphs, lists, quotes, three levels of headings, emphasis and links.

    Args:
        text: the body as it came.
        form: "text": nothing is markup, paragraphs are divided by blank lines. "html": what is not allowed is
            removed, what divides (a `div`, a table's row) divides paragraphs. "auto": HTML when the text
            has a closing tag or `<br>`, else text.

    A result given again, as "auto" or "html", comes back unchanged. A body with more than `MOST_TAGS` angle
    brackets is kept without its markup.

    >>> body_html("Standard Oil <SRD>\\nand BP.\\n\\nThe venture")
    '<p>Standard Oil &lt;SRD&gt; and BP.</p><p>The venture</p>'
    >>> body_html("<div onclick='x()'>One</div><script>x()</script><a href='javascript:x()'>two</a>")
    '<p>One</p><a rel="noopener noreferrer">two</a>'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE_IN_LINES)
    if form == "text" or (form == "auto" and not _MARKUP.search(text)):
        return _paragraphs(text)
    if text.count("<") > MOST_TAGS or text.count("&") > MOST_REFERENCES:
        return _paragraphs(
            unescape(_TAG.sub(" ", _BLOCK_END.sub("\n\n", text))).translate(_INVISIBLE_IN_LINES)
        )
    return _safe(text)


def words_of(html: str) -> str:
    """The words of a body that `body_html` made, one line a paragraph: for vectors, copies and summaries.

    >>> words_of("<p>Profits &amp; <em>losses</em></p><ul><li>one</li><li>two</li></ul>")
    'Profits & losses\\none\\ntwo'
    """
    # In what nh3 writes, angle brackets are nothing but the borders of tags.
    bare = unescape(_TAG.sub("", _BLOCK_END.sub("\n", html)))
    lines = (plain(line) for line in bare.split("\n"))
    return "\n".join(line for line in lines if line)


def _paragraphs(text: str) -> str:
    lines = (plain(line) for line in text.split("\n"))
    texts = (" ".join(lines) for filled, lines in groupby(lines, key=bool) if filled)
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in texts)


def _safe(text: str) -> str:
    html = _wide.clean(text)
    divided = _REPLACED_TAG.sub(_replacement, html)
    if divided != html:
        html = _wide.clean(divided)
    html = _EMPTY.sub("\n", html.translate(_INVISIBLE_IN_LINES)).strip()
    if not any(f"</{name}>" in html for name in BLOCKS):
        html = _EMPTY.sub("", f"<p>{html}</p>")
    return html


def _replacement(tag: re.Match[str]) -> str:
    name = _REPLACED[tag[2]]
    return f"<{tag[1]}{name}>" if name else " "
