"""Makers of the fifth set's HTML: whole pages with what stands around an article on real sites."""

import json
from collections.abc import Callable
from html import escape
from typing import Any, Final, NamedTuple


class Parts(NamedTuple):
    """What a page shows, already with its lies; `body` and `tails` are paragraphs, `told` is what machines are told."""

    outlet: str
    section: str
    headline: str
    author: str
    by: str
    written: str
    day: str
    standfirst: str
    body: tuple[str, ...]
    tails: tuple[str, ...]
    bio: str | None
    related: tuple[str, ...]
    reaction: str
    words: dict[str, Any]
    caption: str
    told: dict[str, Any]


def _p(lines: tuple[str, ...] | list[str], box: str = "<p>{}</p>") -> str:
    return "\n".join(box.format(escape(line, quote=False)) for line in lines)


def _items(lines: tuple[str, ...] | list[str]) -> str:
    return "".join(f'<li><a href="/n/{n}">{escape(line)}</a></li>' for n, line in enumerate(lines))


def _ld(told: dict[str, Any], kind: str = "NewsArticle") -> str:
    linked = json.dumps({"@context": "https://schema.org", "@type": kind} | told)
    return f'<script type="application/ld+json">{linked}</script>'


def _popular(parts: Parts) -> str:
    words = parts.words
    return f"<h3>{words['popular']}</h3><ol>{_items(words['popular_items'])}</ol>"


def archived(parts: Parts) -> str:
    """A copy kept by a web archive, whose banner has a date of its own."""
    return f"""<html><head><title>{escape(parts.headline)} - {parts.outlet}</title></head><body>
<div id="wm-bar">Captured 1 Dec 2026 02:11 · 9 captures · <a href="#">Webkeep</a></div>
<div class="masthead"><a href="/">{parts.outlet}</a></div>
<div class="trail"><a href="/">{parts.words["home"]}</a> » <a href="/c">{parts.section}</a></div>
<div class="story"><h1>{escape(parts.headline)}</h1><h4>{escape(parts.standfirst)}</h4>
<div class="meta">{escape(parts.by)} · {parts.written}</div>
{_p(parts.body)}{_p(parts.tails, "<p><em>{}</em></p>")}{_p([parts.bio] if parts.bio else [])}</div>
<div class="also"><h3>{parts.related[0]}</h3><ul>{_items(parts.related[1:])}</ul></div>
<div class="foot">{parts.words["rights"].format(o=parts.outlet)}</div></body></html>"""


def with_comments(parts: Parts) -> str:
    """A consent banner before the page, readers' comments below the article."""
    words = parts.words
    talk = "".join(f'<div class="c"><p>{escape(line)}</p></div>' for line in words["comments"][1:])
    return f"""<!doctype html><html><head><meta charset="utf-8"><title>{escape(parts.headline)} | {parts.outlet}\
</title>
<meta property="og:site_name" content="{parts.outlet}"></head><body>
<div role="dialog"><p>{words["cookies"]}</p><button>OK</button></div>
<ul class="skip">{_items(words["login"])}</ul><header><a href="/"><span>{parts.outlet}</span></a>
<nav><a href="/1">{parts.section}</a></nav></header>
<main><p class="label"><a href="/s">{parts.section}</a></p><h1>{escape(parts.headline)}</h1>
<p class="lede">{escape(parts.standfirst)}</p><p><span>{escape(parts.by)}</span> <time>{parts.written}</time> \
<span>{words["read"]}</span></p>
<figure><img src="a.jpg"><figcaption>{parts.caption}</figcaption></figure>
<div class="txt">{_p(parts.body)}{_p(parts.tails)}\
</div>{_p([parts.bio] if parts.bio else [], '<div class="who"><p>{}</p></div>')}
<p class="react">{parts.reaction}</p>
<section><h2>{parts.related[0]}</h2><ul>{_items(parts.related[1:])}</ul></section>
<section><h2>{words["comments"][0]}</h2>{talk}</section></main><footer>{words["rights"].format(o=parts.outlet)}\
</footer></body></html>"""


def interrupted(parts: Parts) -> str:
    """Headings, a pull quote and a box of links within the text."""
    body = parts.body
    box = f"<aside><b>{parts.related[0]}</b><ul>{_items(parts.related[1:])}</ul></aside>"
    told = _ld({k: v for k, v in parts.told.items() if k != "articleSection"})
    return f"""<!doctype html><html><head><title>{escape(parts.headline)}</title>{told}</head><body>
<div class="top"><a class="logo" href="/">{parts.outlet}</a></div><article>
<a class="rubric" href="/r">{parts.section}</a><h1>{escape(parts.headline)}</h1>
<div class="sub">{escape(parts.standfirst)}</div>
<div class="line"><a rel="author" href="/a">{escape(parts.author)}</a></div><div class="line">\
<time datetime="{parts.day}">{parts.written}</time></div>
{_p(body[:2])}{box}{_p(body[2:3])}{_p(body[3:])}{_p(parts.tails)}
{_p([parts.bio] if parts.bio else [], '<p class="small">{}</p>')}<div class="claps">{parts.reaction}</div></article>
<aside>{_popular(parts)}</aside><footer><p>{parts.words["rights"].format(o=parts.outlet)}</p></footer></body>\
</html>"""


def hydrated(parts: Parts) -> str:
    """A page made by a script's framework: hashed classes, its data once more as JSON, a paywall's box."""
    data = json.dumps({"props": {"pageProps": {"slug": "a1", "title": parts.headline, "locale": "x"}}})
    block = "".join(f'<div class="sc-{n}k">{escape(line)}</div>' for n, line in enumerate(parts.body))
    return f"""<!doctype html><html><head><title>{escape(parts.headline)} • {parts.outlet}\
</title>{_ld(parts.told, "Article")}</head>
<body><div id="__next"><div class="sc-a1"><a href="/" class="sc-b2">{parts.outlet}</a>\
<div class="sc-c3">{"".join(f"<span>{w}</span>" for w in parts.words["login"][1:])}</div></div>
<div class="sc-d4"><div class="sc-e5">{parts.section}</div><h1 class="sc-f6">{escape(parts.headline)}</h1>
<div class="sc-g7"><div>{escape(parts.by)}</div><div>{parts.written}</div><div>{parts.words["read"]}</div></div>
<div class="sc-h8">{block}{_p(parts.tails, '<div class="sc-t">{}</div>')}</div>
{_p([parts.bio] if parts.bio else [], '<div class="sc-i9">{}</div>')}<div class="sc-j1">{parts.words["share"]}\
</div><div class="sc-k2">{parts.reaction}</div>
<div class="sc-l3"><div class="sc-m4">{parts.related[0]}\
</div>{_p(parts.related[1:], '<a class="sc-n5" href="/z">{}</a>')}</div></div>
<div class="sc-o6">{parts.words["rights"].format(o=parts.outlet)}</div></div>\
<script id="__NEXT_DATA__" type="application/json">{data}</script></body></html>"""


def nineties(parts: Parts) -> str:
    """Capitals, tables, line breaks instead of paragraphs."""
    text = "<BR><BR>\n".join(escape(line, quote=False) for line in (*parts.body, *parts.tails))
    bio = f"<BR><BR><I>{escape(parts.bio)}</I>" if parts.bio else ""
    links = "<BR>".join(f'<A HREF="{n}.HTM">{escape(line)}</A>' for n, line in enumerate(parts.related[1:]))
    return f"""<HTML><HEAD><TITLE>{parts.outlet}: {escape(parts.headline)}</TITLE></HEAD><BODY BGCOLOR="#FFFFFF">
<CENTER><FONT SIZE="6">{parts.outlet}</FONT></CENTER><HR>
<TABLE><TR><TD WIDTH="120" VALIGN="TOP"><A HREF="INDEX.HTM">{parts.words["home"]}</A><BR>\
<A HREF="S.HTM">{parts.section}</A></TD>
<TD><FONT SIZE="5"><B>{escape(parts.headline)}</B></FONT><BR><FONT SIZE="2">{escape(parts.by)}<BR>{parts.written}\
</FONT><P>
{text}{bio}<P><B>{parts.related[0]}</B><BR>{links}</TD></TR></TABLE><HR>\
<FONT SIZE="1">{parts.words["rights"].format(o=parts.outlet)}</FONT></BODY></HTML>"""


def left_column(parts: Parts) -> str:
    """The lists of a portal stand before the article."""
    words = parts.words
    return f"""<!doctype html><html><head><title>{escape(parts.headline)} – {parts.section} – {parts.outlet}</title>
<meta name="author" content="{escape(parts.told["author"]["name"])}"></head><body><div id="brand">{parts.outlet}</div>
<div id="left">{_popular(parts)}<h3>{parts.related[0]}</h3><ul>{_items(parts.related[1:])}</ul></div>
<div id="mid"><div class="path">{words["home"]} / {parts.section}</div><h2>{escape(parts.headline)}</h2>
<div class="info">{parts.written} | {escape(parts.by)}</div><div class="text">{_p(parts.body)}{_p(parts.tails)}</div>
{_p([parts.bio] if parts.bio else [], '<div class="text"><i>{}</i></div>')}<div class="votes">{parts.reaction}\
</div></div>
<div id="bottom">{words["rights"].format(o=parts.outlet)}</div></body></html>"""


def microdata(parts: Parts) -> str:
    """Schema.org's terms as attributes; the byline at the end."""
    return f"""<!doctype html><html><head><title>{escape(parts.headline)}</title></head><body>
<header><strong>{parts.outlet}</strong></header><div itemscope itemtype="https://schema.org/Article">
<span itemprop="articleSection">{parts.section}</span><h1 itemprop="headline">{escape(parts.headline)}</h1>
<p itemprop="description">{escape(parts.standfirst)}</p>\
<div itemprop="articleBody">{_p(parts.body)}{_p(parts.tails)}</div>
<p>{parts.words["by"][0].split("{n}")[0]}<span itemprop="author" itemscope itemtype="https://schema.org/Person">\
<span itemprop="name">{escape(parts.author)}</span></span>,
<time itemprop="datePublished" datetime="{parts.day}T10:00:00Z">{parts.written}</time></p>
{_p([parts.bio] if parts.bio else [], '<div class="bio-box">{}</div>')}</div><p>{parts.reaction}</p>
<nav><h3>{parts.related[0]}</h3><ul>{_items(parts.related[1:])}</ul></nav>\
<small>{parts.words["rights"].format(o=parts.outlet)}</small></body></html>"""


def magazine(parts: Parts) -> str:
    """A drop cap, a standfirst above the byline, topics and a footer with the name."""
    first = escape(parts.body[0], quote=False)
    tags = " ".join(f'<a href="/t/{n}">{tag}</a>' for n, tag in enumerate(parts.words["tags"]))
    return f"""<!doctype html><html><head><title>{escape(parts.headline)} — {parts.outlet}</title>
<meta property="og:title" content="{escape(parts.headline)}">\
<meta property="article:section" content="{parts.section}"></head>
<body><div class="hero"><p>{parts.section}</p><h1>{escape(parts.headline)}</h1><p>{escape(parts.standfirst)}</p>
<p>{escape(parts.by)}</p><p>{parts.written}</p></div><div class="col"><p><span class="cap">{first[0]}\
</span>{first[1:]}</p>
{_p(parts.body[1:])}{_p(parts.tails)}<hr>{_p([parts.bio] if parts.bio else [])}<div>{tags}</div></div>
<div class="next"><h2>{parts.related[0]}</h2>{_p(parts.related[1:], '<h3><a href="/q">{}</a></h3>')}</div>
<footer><div>{parts.outlet}</div><div>{parts.words["rights"].format(o=parts.outlet)}</div></footer></body></html>"""


def slim(parts: Parts) -> str:
    """A page for slow phones: a heading and paragraphs, everything else in one line each."""
    return f"""<html><head><title>{escape(parts.headline)} - {parts.outlet}</title></head><body><p>\
<b>{parts.outlet}</b> <a href="/">{parts.words["home"]}</a> &gt; <a href="/s">{parts.section}</a></p>
<h1>{escape(parts.headline)}</h1><p>{parts.written}</p><p>{escape(parts.by)}\
</p>{_p(parts.body)}{_p(parts.tails)}{_p([parts.bio] if parts.bio else [])}
<p>{parts.reaction}</p><p>{parts.related[0]}</p>\
<p>{"<br>".join(f'<a href="/{n}">{escape(line)}</a>' for n, line in enumerate(parts.related[1:]))}</p>\
<p>{parts.words["rights"].format(o=parts.outlet)}</p></body></html>"""


MAKERS: Final[tuple[Callable[[Parts], str], ...]] = (
    archived, with_comments, interrupted, hydrated, nineties, left_column, microdata, magazine, slim,
)  # fmt: skip
"""The makers, in the order in which pages take them."""
NOT_SHOWN: Final = {"archived": "reaction", "nineties": "reaction", "magazine": "reaction outlet_in_text"}
TOLD: Final = ("interrupted", "hydrated")
"""Makers that tell machines author and date."""
