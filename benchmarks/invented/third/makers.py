"""Makers of the third set's HTML: what each shows in which order, its templates, and what it tells machines.

A template holds "{}" where the part's text goes; parts without one stand in a bare `<div>`.
"""

import json
from html import escape
from typing import Final, NamedTuple

PartLines = dict[str, tuple[str, ...]]


class Maker(NamedTuple):
    """`machines`: "title", "og", "news" (JSON-LD), "webpage" (JSON-LD with a page around the article), "dc" (meta)."""

    name: str
    machines: str
    order: str
    templates: dict[str, str]


class Claims(NamedTuple):
    """What machines are told of the article; `published` is an ISO date."""

    headline: str
    author: str
    published: str
    section: str
    outlet: str


_LIST: Final = "<ul>{}</ul>"
MAKERS: Final = (
    Maker("pocket", "news", "outlet way headline by date caption body bio reaction related popular rights", {
        "outlet": '<header><a href="/" aria-label="home">{}</a></header>', "headline": '<main role="main"><h1>{}</h1>',
        "way": "<p><small>{}</small></p>", "by": "<address>{}</address>", "date": "<p><small>{}</small></p>",
        "caption": '<amp-img src="/a.jpg" width="9" height="5"></amp-img><p><small>{}</small></p>',
        "reaction": '<p><button on="tap:like">{}</button></p>', "popular": "<aside>{}</aside></main>",
    }),
    Maker("patterns", "og", "outlet menu headline by date share body tags readers reaction related rights", {
        "outlet": '<div class="wp-site-blocks"><p class="wp-block-site-title"><a href="/">{}</a></p>',
        "headline": '<h1 class="wp-block-post-title has-x-large-font-size">{}</h1>',
        "by": '<div class="wp-block-group"><p class="wp-block-post-author__name">{}</p>',
        "date": '<div class="wp-block-post-date">{}</div></div>',
        "body": '<div class="entry-content wp-block-post-content is-layout-flow">{}</div>',
        "tags": '<div class="taxonomy-post_tag wp-block-post-terms">{}</div>',
        "related": '<div class="wp-block-query">{}</div></div>', "reaction": '<p class="has-small-font-size">{}</p>',
    }),
    Maker("hed and dek", "dc", "outlet section headline standfirst by date body bio related popular rights", {
        "section": '<a class="c-story__eyebrow" href="/s">{}</a>', "headline": '<h1 class="c-story__hed">{}</h1>',
        "standfirst": '<p class="c-story__dek">{}</p>', "by": '<p class="c-story__who"><span>{}</span></p>',
        "date": '<p class="c-story__when">{}</p>', "body": '<div class="c-story__copy">{}</div>',
        "bio": '<div class="c-story__about"><p>{}</p></div>',
    }),
    Maker("utilities", "title", "outlet menu way headline by date read share body reaction related rights", {
        "outlet": '<div class="flex items-center px-4"><a class="font-black" href="/">{}</a></div>',
        "way": '<div class="text-sm text-gray-500 py-2">{}</div>', "headline": '<h1 class="text-4xl font-bold">{}</h1>',
        "by": '<div class="mt-2 text-sm">{}</div>', "date": '<div class="mt-2 text-xs">{}</div>',
        "body": '<div class="prose max-w-none">{}</div>', "p": '<p class="mb-4 leading-7">{}</p>',
        "reaction": '<div class="flex gap-2"><span>👍</span><span>{}</span></div>',
        "related": '<div class="grid grid-cols-3">{}</div>',
    }),
    Maker("table of facts", "title", "outlet headline facts body bio readers reaction related rights", {
        "outlet": '<div id="kopf"><a href="index.html"><img src="logo.gif" alt="{}"></a></div>',
        "headline": '<div id="inhalt"><h2>{}</h2>', "facts": "<dl>{}</dl>", "rights": '</div><div id="fuss">{}</div>',
    }),
    Maker("letter", "title", "outlet headline standfirst by date body bio related rights", {
        "outlet": '<table width="100%" bgcolor="#eee"><tr><td align="center"><table width="600"><tr><td>{}</td></tr>',
        "headline": '<tr><td style="font:bold 24px Georgia">{}</td></tr>',
        "standfirst": '<tr><td style="font:italic 15px Georgia">{}</td></tr>',
        "by": '<tr><td style="font-size:12px">{}<br>', "date": "{}</td></tr>", "body": "<tr><td>{}</td></tr>",
        "bio": '<tr><td style="font-size:12px">{}</td></tr>', "related": "<tr><td>{}</td></tr>",
        "rights": '<tr><td style="font-size:10px">{}</td></tr></table></td></tr></table>',
        "p": '<span style="font-size:15px">{}</span><br><br>', "item": '<a href="https://example.org/m">{}</a><br>',
    }),
    Maker("running", "webpage", "outlet nav section headline by date body reaction popular related rights", {
        "headline": '<main><section aria-labelledby="t"><h1 id="t">{}</h1>', "by": "<div><div><div>{}</div>",
        "date": "<div><span>{}</span></div></div></div>", "body": "<div>{}</div></section>",
        "p": '<div data-block="text"><span>{}</span></div>', "related": "<section>{}</section></main>",
        "section": '<div><a href="/s/1">{}</a></div>',
    }),
    Maker("masthead is h1", "title", "outlet nav headline date by body bio related popular rights", {
        "outlet": '<center><h1><a href="/">{}</a></h1></center>', "nav": '<p align="center">{}</p><hr>',
        "headline": '<h2 align="left">{}</h2>', "date": "<h4>{}</h4>", "by": "<h5>{}</h5>", "rights": "<hr><h6>{}</h6>",
    }),
    Maker("elements", "og", "outlet way headline standfirst body by date readers reaction related rights", {
        "outlet": '<ns-top slot="a"><a href="/">{}</a></ns-top>', "way": "<ns-trail>{}</ns-trail>",
        "headline": "<ns-story><ns-title>{}</ns-title>", "standfirst": "<ns-sum>{}</ns-sum>",
        "body": "<ns-text>{}</ns-text>", "by": "<ns-end><i>{}</i>", "date": "<i>{}</i></ns-end>",
        "related": "<ns-more>{}</ns-more></ns-story>", "reaction": "<ns-claps>{}</ns-claps>",
    }),
    Maker("print", "title", "printed headline datebyread body bio rights", {
        "printed": "<p><b>{}</b></p><hr>", "headline": "<p><big><b>{}</b></big></p>", "datebyread": "<p>{}</p>",
        "rights": "<hr><p>{}</p>",
    }),
)  # fmt: skip
"""The makers, in the order in which pages of a language take them."""
_BOXES: Final = {
    "outlet": '<header><a href="/">{}</a></header>', "nav": "<nav>{}</nav>", "headline": "<h1>{}</h1>",
    "rights": "<footer>{}</footer>", "p": "<p>{}</p>", "item": '<li><a href="/y/7">{}</a></li>', "title": "<h2>{}</h2>",
    "body": "{}", "facts": "<dl>{}</dl>",
}  # fmt: skip


def html_page(maker: Maker, parts: PartLines, claims: Claims, language: str) -> str:
    """The page; a part that this page has not is left out."""
    inside = "\n".join(_box(maker, name, parts[name]) for name in maker.order.split() if name in parts)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">{_told(maker.machines, claims)}</head>\n'
        f"<body>\n{inside}\n</body></html>"
    )


def _box(maker: Maker, name: str, lines: tuple[str, ...]) -> str:
    def box(part: str) -> str:
        return maker.templates.get(part) or _BOXES.get(part) or "<div>{}</div>"

    texts = [escape(line, quote=False) for line in lines]
    if name == "body":
        inner = "".join(box("p").format(text) for text in texts)
    elif name in ("related", "popular"):
        items = "".join(box("item").format(text) for text in texts[1:])
        inner = box("title").format(texts[0]) + (_LIST.format(items) if items.startswith("<li") else items)
    elif name == "facts":
        inner = "".join(
            f"<dt>{label}</dt><dd>{value}</dd>" for label, value in zip(texts[::2], texts[1::2], strict=True)
        )
    elif name in ("nav", "way", "menu", "tags"):
        between = " / " if name == "way" else " "
        inner = between.join(f'<a href="/{place}">{text}</a>' for place, text in enumerate(texts))
    else:
        inner = "<br>".join(texts)
    return box(name).format(inner)


def _told(machines: str, claims: Claims) -> str:
    title = f"<title>{escape(claims.headline)} | {escape(claims.outlet)}</title>"
    author = {"@type": "Person", "name": claims.author}
    article = {
        "@type": "NewsArticle", "headline": claims.headline, "datePublished": f"{claims.published}T11:05:00Z",
        "author": author, "publisher": {"@type": "NewsMediaOrganization", "name": claims.outlet},
        "articleSection": claims.section,
    }  # fmt: skip
    linked = {"@context": "http://schema.org", **article}
    if machines == "webpage":
        linked = {
            "@context": "https://schema.org",
            "@type": "WebPage",
            "name": claims.headline,
            "mainEntity": article,
        }
    extra = {
        "title": "",
        "og": f'<meta property="og:site_name" content="{escape(claims.outlet)}">'
        f'<meta property="og:title" content="{escape(claims.headline)}">',
        "dc": f'<meta name="dc.creator" content="{escape(claims.author)}">'
        f'<meta name="dc.date.issued" content="{claims.published}">'
        f'<meta name="application-name" content="{escape(claims.outlet)}">',
    }.get(machines)  # fmt: skip
    return title + (
        f'<script type="application/ld+json">{json.dumps(linked)}</script>' if extra is None else extra
    )
