"""How invented pages are laid out: sequences of parts, as scrapers dump them and as makers of pages mark them up."""

import json
from collections.abc import Callable
from html import escape
from typing import Final, NamedTuple

TEXT: Final[dict[str, tuple[str, ...]]] = {
    "developing": (
        "way headline by date body tags copyright",
        "title_brand headline by date_label body tags_list related popular copyright",
        "outlet headline by_date body biography tags copyright",
        "outlet nav section headline standfirst by date body related",
        "glued_nav headline name_date share body biography reaction related popular copyright",
        "outlet way headline by_role date_label readtime body tags_list biography reaction related",
        "date headline standfirst by body tags footer",
        "way_glued headline by stamp body tags_bullets biography reaction related_bullets popular_bullets",
        "section headline by date share caption body copyright_after",
        "outlet_label headline_label by_label date_label body tags related",
        "section_upper headline standfirst long_date by_role body tags copyright",
        "nav headline updated date by caption body related copyright",
    ),
    "held": (
        "nav outlet way headline date by body related copyright",
        "search outlet date section_upper headline by standfirst caption body tags_list biography "
        "related copyright_after",
        "way_arrows headline long_date by_role share body reaction popular copyright",
        "headline standfirst by long_date readtime key_points body biography related footer",
        "skip glued_nav outlet headline name_date body reaction related_bullets popular_bullets copyright",
        "outlet section headline share by date caption body tags biography newsletter related",
        "stamp headline by body sign tags copyright",
        "way headline headline by_date updated body tags_bullets reaction related copyright_after",
    ),
}
"""Parts by name, in order; each part is one line or several of a dump."""

HTML: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "developing": (
        (
            "semantic",
            "outlet nav way headline standfirst by date body tags biography related popular copyright",
        ),
        ("semantic", "outlet headline by date share body reaction related copyright"),
        ("bare", "outlet section headline by date body biography related copyright"),
        ("bare", "nav way headline by_date body tags reaction related popular"),
        ("linked", "outlet headline standfirst by date body tags biography related copyright"),
        ("graph", "outlet nav headline date body biography reaction related copyright"),
        ("micro", "outlet way headline by date share body related copyright"),
        ("bare", "outlet way headline standfirst by date caption share body tags related copyright"),
        ("divs", "outlet headline by_date share key_points body reaction related copyright"),
        ("semantic", "section headline standfirst by date key_points caption body biography copyright"),
        (
            "divs",
            "outlet way headline standfirst by date caption body biography tags reaction related popular",
        ),
    ),
    "held": (
        (
            "semantic",
            "nav outlet section headline by_role date body biography reaction related popular copyright",
        ),
        ("bare", "outlet way headline standfirst by long_date caption body biography tags related copyright"),
        ("bare", "outlet headline name_date share body reaction related"),
        ("linked", "outlet section headline date body tags related popular copyright"),
        ("graph", "outlet way headline by date share body biography reaction related"),
        ("divs", "outlet nav headline by_date key_points body tags biography related copyright"),
        ("table", "outlet way headline by date body biography related copyright"),
    ),
}
"""The maker's manner and the parts in order."""

_TAGS: Final = {"headline": "h1", "standfirst": "p", "related_title": "h3", "popular_title": "h3"}
_CLASSES: Final = {
    "way": "breadcrumb", "by": "byline", "by_role": "byline", "by_date": "byline meta", "name_date": "meta",
    "date": "published date", "long_date": "published date", "standfirst": "standfirst", "biography": "author-bio",
    "tags": "tags", "reaction": "reactions like-count", "related": "related", "popular": "most-read",
    "section": "kicker",
    "share": "share", "caption": "caption", "copyright": "footer", "nav": "nav", "outlet": "logo",
    "key_points": "keypoints",
}  # fmt: skip


class Part(NamedTuple):
    """A part of a page: its lines; of links, the first line is the title where `titled`."""

    lines: tuple[str, ...]
    links: bool = False
    titled: bool = False


class PageFacts(NamedTuple):
    """What a page tells machines."""

    headline: str
    author: str
    published: str
    section: str
    outlet: str


def text_page(layout: str, parts: dict[str, Part]) -> str:
    """A dump: the lines of the parts, one after another."""
    return "\n".join(line for name in layout.split() if name in parts for line in parts[name].lines) + "\n"


def html_page(manner: str, layout: str, parts: dict[str, Part], facts: PageFacts, language: str) -> str:
    """A page of HTML in the manner of one maker."""
    block = _BLOCKS[manner]
    inside = "\n".join(block(name, parts[name]) for name in layout.split() if name in parts)
    if manner in ("semantic", "linked", "graph"):
        inside = f"<main><article>{inside}</article></main>"
    elif manner == "table":
        inside = f"<table><tr><td>{inside}</td></tr></table>"
    head = f"<title>{escape(facts.headline)} | {escape(facts.outlet)}</title>"
    if manner in ("linked", "graph", "semantic"):
        head += f'<meta property="og:site_name" content="{escape(facts.outlet)}">'
    if manner in ("linked", "graph"):
        head += f'<script type="application/ld+json">{_linked_data(manner, facts)}</script>'
    head = f'<head><meta charset="utf-8">{head}</head>'
    return f'<!doctype html><html lang="{language}">{head}<body>{inside}</body></html>'


def _linked_data(manner: str, facts: PageFacts) -> str:
    person = {"@type": "Person", "name": facts.author}
    node = {
        "@type": "NewsArticle", "headline": facts.headline, "datePublished": f"{facts.published}T08:00:00+00:00",
        "articleSection": facts.section, "publisher": {"@type": "Organization", "name": facts.outlet},
    }  # fmt: skip
    if manner == "linked":
        return json.dumps({"@context": "https://schema.org", **node, "author": person})
    graph = [
        {**node, "author": {"@id": "#author"}},
        {"@id": "#author", **person},
        {"@type": "WebSite", "name": facts.outlet},
    ]
    return json.dumps({"@context": "https://schema.org", "@graph": graph})


def _inner(name: str, part: Part, item: str, title: str) -> str:
    if name == "body":
        return "".join(f"<p>{escape(line, quote=False)}</p>" for line in part.lines)
    if part.links:
        lines = part.lines[1:] if part.titled else part.lines
        above = f"<{title}>{escape(part.lines[0], quote=False)}</{title}>" if part.titled else ""
        items = "".join(
            f'<{item}><a href="/{place}">{escape(line, quote=False)}</a></{item}>'
            for place, line in enumerate(lines)
        )
        return above + (f"<ul>{items}</ul>" if item == "li" else items)
    return "<br>".join(escape(line, quote=False) for line in part.lines)


def _semantic(name: str, part: Part) -> str:
    tag = _TAGS.get(name, "section" if name == "body" else "div")
    inner = _inner(name, part, "li", "h3")
    if name == "date":
        inner = f"<time>{inner}</time>"
    return f'<{tag} class="{_CLASSES.get(name, name)}">{inner}</{tag}>'


def _bare(name: str, part: Part) -> str:
    if name in ("body", "related", "popular", "tags", "nav"):
        return _inner(name, part, "li", "h4")
    if name == "way":
        steps = [f'<a href="/{step}">{escape(step)}</a>' for step in part.lines[0].split(" > ")]
        return f"<p>{' &gt; '.join(steps)}</p>"
    tag = _TAGS.get(name, "p")
    return f"<{tag}>{_inner(name, part, 'li', 'h4')}</{tag}>"


def _divs(name: str, part: Part) -> str:
    tag = "h2" if name == "headline" else "div"
    if name == "body":
        return "".join(f'<div class="t4">{escape(line, quote=False)}</div>' for line in part.lines)
    return f'<{tag} class="x{len(name)}">{_inner(name, part, "p", "b")}</{tag}>'


def _micro(name: str, part: Part) -> str:
    prop = {
        "headline": "headline",
        "by": "author",
        "date": "datePublished",
        "body": "articleBody",
        "section": "articleSection",
    }
    tag = _TAGS.get(name, "div")
    mark = f' itemprop="{prop[name]}"' if name in prop else ""
    return f"<{tag}{mark}>{_inner(name, part, 'li', 'h3')}</{tag}>"


_BLOCKS: Final[dict[str, Callable[[str, Part], str]]] = {
    "semantic": _semantic, "linked": _semantic, "graph": _bare, "bare": _bare, "micro": _micro, "divs": _divs,
    "table": _divs,
}  # fmt: skip
