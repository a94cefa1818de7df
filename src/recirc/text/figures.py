"""Figures, embedded players and tables within a body: each in one plain form, at its place.

What comes is markup of any maker; what is kept of it is

- `<figure><img src alt><figcaption>…</figcaption></figure>` for a picture, never within a paragraph; a gallery is one
  figure after another;
- `<p data-embed="host"><a href>title</a></p>` for a video, a post or a map of another site: nothing of that site is
  loaded, a reader may follow the link;
- a table of data with its rows; one that only lays out a page becomes paragraphs.
"""

import re
from collections.abc import Callable, Iterator
from html import escape, unescape
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import html as lxml_html
from lxml.etree import ParserError, tostring
from lxml.html import HtmlElement

from recirc.text.addresses import address_of_picture, is_small

FIGURE: Final = re.compile(
    r"<figure><img([^<>]*)>(?:<figcaption>((?:(?!</figcaption>).)*)</figcaption>)?</figure>", re.DOTALL
)
"""A figure in a body, its image's attributes and its caption."""

EMBED: Final = re.compile(r'<p data-embed="[^"<>]*">((?:(?!</p>).)*)</p>', re.DOTALL)

_IMAGE: Final = re.compile(r"<img\b([^<>]{0,8000})>", re.IGNORECASE)
_FRAME: Final = re.compile(r"<iframe\b([^<>]{0,8000})>(?:[^<]{0,2000}</iframe\s*>)?", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""([\w-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))""")
_SOURCES: Final = ("data-src", "data-lazy-src", "data-original", "src")
_ARRANGED: Final = re.compile(r"<(?:img|figure|figcaption|table|pre)\b")

# Hosts of players and posts that newsrooms embed; whatever else stands in a frame is left out.
# fmt: off
_EMBEDDED: Final = frozenset((
    "apple.com", "bandcamp.com", "bsky.app", "dailymotion.com", "datawrapper.de", "dwcdn.net", "facebook.com",
    "flourish.studio", "google.com", "infogram.com", "instagram.com", "openstreetmap.org", "soundcloud.com",
    "spotify.com", "streamable.com", "ted.com", "tiktok.com", "twitch.tv", "twitter.com", "vimeo.com", "x.com",
    "youtu.be", "youtube.com", "youtube-nocookie.com",
))
# fmt: on

_BLOCKS: Final = (
    "p",
    "ul",
    "ol",
    "li",
    "blockquote",
    "h2",
    "h3",
    "h4",
    "div",
    "section",
    "figure",
    "pre",
    "table",
)

_WITHIN: Final = frozenset({"a", "em", "strong", "b", "i", "code", "sup", "sub"})

MOST_CELL_WORDS: Final = 60
"""A table with more words in a cell lays out a page."""


def attributes_of(tag: str) -> dict[str, str]:
    """The attributes of a start tag by name, in lower case.

    >>> attributes_of(' src="/a.jpg" ALT=\\'The "mole"\\' width=640')
    {'src': '/a.jpg', 'alt': 'The "mole"', 'width': '640'}
    """
    found = _ATTRIBUTE.findall(tag)
    return {name.lower(): unescape(one or other or bare) for name, one, other, bare in found}


def with_addresses(html: str, base: str | None) -> str:
    """Markup in which images have absolute addresses and frames are links; what is no picture of an article is gone.

    >>> with_addresses('<img data-src="/mole.jpg" src="blank.gif"><img src="/logo.png">', "https://a.example/b")
    '<img src="https://a.example/mole.jpg">'
    >>> with_addresses('<iframe src="https://www.youtube.com/embed/x1" title="The storm"></iframe>', None)
    '<p data-embed="youtube.com"><a href="https://www.youtube.com/watch?v=x1">The storm</a></p>'
    """
    if "<img" not in (lower := html.lower()) and "<iframe" not in lower:
        return html
    html = _IMAGE.sub(lambda tag: _image(attributes_of(tag[1]), base), html)
    return _FRAME.sub(lambda tag: _card(attributes_of(tag[1])) or tag[0], html)


def arranged(html: str) -> str:
    """Sanitised markup with its figures and tables in the form that this module describes.

    >>> arranged('<p>It rose. <img src="https://a.example/m.jpg"> It fell.</p>')
    '<p>It rose.  It fell.</p><figure><img src="https://a.example/m.jpg"></figure>'
    >>> arranged("<table><tbody><tr><td>All of the page</td></tr></tbody></table>")
    '<div><div><div> All of the page </div></div></div>'
    """
    if not _ARRANGED.search(html):
        return html
    try:
        root = lxml_html.fragment_fromstring(html, create_parent="div")
    except (ParserError, ValueError):
        return html
    for table in _outermost(root, "table"):
        _arrange_table(table)
    _arrange_figures(root)
    for code in list(root.iter("pre")):
        if next(code.iterdescendants(*_BLOCKS), None) is not None:
            code.tag = "div"
    for element in root.iter():
        if element.text is None and element.tag not in ("br", "img"):
            element.text = ""  # written with an end tag
    parts = (tostring(child, encoding="unicode") for child in root)
    return (escape(root.text or "", quote=False) + "".join(parts)).replace("/>", ">")


def figures_of(body: str) -> Iterator[tuple[dict[str, str], str | None]]:
    """The figures of a body: attributes of the image, and the caption as HTML; None: it has none."""
    for figure in FIGURE.finditer(body):
        yield attributes_of(figure[1]), figure[2]


def without_figures(body: str) -> str:
    """A body without figures and embedded things: what is told in sentences."""
    return EMBED.sub("", FIGURE.sub("", body)) if "<figure>" in body or "<p data-embed" in body else body


def replace_figures(body: str, show: Callable[[list[tuple[str, str | None]]], str]) -> str:
    """A body in which figures that follow one another are what `show` makes of their addresses and captions."""
    if "<figure>" not in body:
        return body

    def run(found: re.Match[str]) -> str:
        return show([(given.get("src", ""), caption) for given, caption in figures_of(found[0])])

    return _RUN.sub(run, body)


_RUN: Final = re.compile(rf"(?:{FIGURE.pattern}\s*)+", re.DOTALL)


def _image(given: dict[str, str], base: str | None) -> str:
    addresses = (address_of_picture(given.get(name), base) for name in _SOURCES)
    address = next((found for found in addresses if found is not None), None)
    if address is None or is_small(given):
        return ""
    alt = f' alt="{escape(given["alt"])}"' if "alt" in given else ""
    return f'<img src="{escape(address)}"{alt}>'


def _card(given: dict[str, str]) -> str:
    address = given.get("src") or given.get("data-src") or ""
    try:
        parts = urlsplit(urljoin("https://none.example", address))
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not _is_known(host):
        return ""
    link = _page_of(host, parts.path, parts.query) or parts.geturl()
    if "youtube" in host:
        host = "youtube.com"
    title = given.get("title") or given.get("aria-label") or host
    return f'<p data-embed="{escape(host)}"><a href="{escape(link)}">{escape(title)}</a></p>'


def _is_known(host: str) -> bool:
    labels = host.split(".")
    return any(".".join(labels[place:]) in _EMBEDDED for place in range(len(labels) - 1))


def _page_of(host: str, path: str, query: str) -> str | None:
    """The page that a player's address stands for, where that is another."""
    if "youtube" in host and (video := re.fullmatch(r"/embed/([\w-]{1,40})/?", path)):
        return f"https://www.youtube.com/watch?v={video[1]}"
    if host == "player.vimeo.com" and (video := re.fullmatch(r"/video/(\d{1,20})/?", path)):
        return f"https://vimeo.com/{video[1]}"
    if host == "facebook.com" and path.startswith("/plugins/"):
        shown = parse_qs(query).get("href", [""])[0]
        return shown if shown.startswith("https://www.facebook.com/") else None
    return None


def _outermost(root: HtmlElement, tag: str) -> list[HtmlElement]:
    return [found for found in root.iter(tag) if all(up.tag != tag for up in found.iterancestors())]


def _arrange_table(table: HtmlElement) -> None:
    if _is_data(table):
        for block in list(table.iterdescendants(*_BLOCKS)):
            block.drop_tag()
        for image in list(table.iter("img")):
            image.drop_tree()
        return
    for cell in list(table.iter("td", "th")):  # become words of their row, unless they hold paragraphs
        if next(cell.iterdescendants(*_BLOCKS), None) is None:
            cell.text, cell.tail = f" {cell.text or ''}", f" {cell.tail or ''}"
            cell.drop_tag()
        else:
            cell.tag = "div"
    for part in list(table.iter("table", "thead", "tbody", "tfoot", "tr", "caption")):
        part.tag = "div"


def _is_data(table: HtmlElement) -> bool:
    """Whether a table tells rows of data: two rows and two columns at least, no table within, few words in a cell."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    cells = [cell for row in rows for cell in row]
    if len(rows) < 2 or sum(len(row) >= 2 for row in rows) < 2:
        return False
    return all(len(cell.text_content().split()) <= MOST_CELL_WORDS for cell in cells)


def _arrange_figures(root: HtmlElement) -> None:
    last: dict[HtmlElement, HtmlElement] = {}
    for image in list(root.iter("img")):
        if not image.get("src"):
            image.drop_tree()
            continue
        made = lxml_html.Element("figure")
        made.append(lxml_html.Element("img", dict(image.attrib)))
        caption = _caption_of(image)
        if caption is not None:
            made.append(caption)
        top: HtmlElement = next(up for up in (image, *image.iterancestors()) if up.getparent() is root)
        begins = top not in last and not _text_before(top, image)
        place = last.get(top, top)
        root.insert(root.index(place) + (0 if begins else 1), made)
        if not begins:
            made.tail, place.tail = place.tail, None
            last[top] = made
        _remove(image, root)
    for caption in list(root.iter("figcaption")):
        if next(caption.itersiblings("img", preceding=True), None) is None:
            caption.drop_tree()
    for figure in reversed(list(root.iter("figure"))):
        if next(figure.iterchildren("img"), None) is not None:
            continue
        if len(figure) or (figure.text or "").strip():
            figure.tag = "div"
        else:
            figure.drop_tree()


def _remove(element: HtmlElement, root: HtmlElement) -> None:
    """Take an element out, with the links and emphases that hold nothing else."""
    above: list[HtmlElement] = list(element.iterancestors())
    element.drop_tree()
    for each in above:
        if each is root or str(each.tag) not in _WITHIN or len(each) or (each.text or "").strip():
            return
        each.drop_tree()


def _caption_of(image: HtmlElement) -> HtmlElement | None:
    """The caption of the figure that an image is the last one of, taken out of it; None: there is none."""
    for figure in image.iterancestors("figure"):
        caption = next(
            (part for part in figure.iter("figcaption") if part not in image.iterancestors()), None
        )
        if caption is not None:
            if list(figure.iterdescendants("img"))[-1] is not image:
                return None
            kept = lxml_html.Element("figcaption")
            kept.text = " ".join(caption.text_content().split())
            caption.drop_tree()
            return kept if kept.text else None
    return None


def _text_before(top: HtmlElement, image: HtmlElement) -> bool:
    """Whether anything is written in a block before an image."""
    if top is image:
        return False
    if (top.text or "").strip():
        return True
    for element in top.iterdescendants():
        if element is image:
            return False
        inside = element.tag != "figcaption" and (element.text or "").strip()
        after = (element.tail or "").strip() and image not in element.iterdescendants()
        if inside or after:
            return True
    return False
