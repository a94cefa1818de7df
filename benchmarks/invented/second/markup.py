"""Invented pages as HTML, by the templates of a maker."""

import json
from html import escape
from typing import Final, NamedTuple

_DEFAULTS: Final = {
    "outlet": '<header><a href="/">{}</a></header>', "nav": "<nav>{}</nav>", "headline": "<h1>{}</h1>",
    "related": "<section>{}</section>", "popular": "<aside>{}</aside>", "rights": "<footer>{}</footer>",
    "p": "<p>{}</p>", "item": '<li><a href="/x">{}</a></li>', "title": "<h3>{}</h3>", "body": "{}",
}  # fmt: skip
_LISTS: Final = ("related", "popular")


class ToldToMachines(NamedTuple):
    """What a page tells machines; `published` is an ISO date."""

    headline: str
    author: str
    published: str
    section: str
    outlet: str


def html_page(
    maker: dict[str, str], parts: dict[str, tuple[str, ...]], facts: ToldToMachines, language: str
) -> str:
    """The page; parts that a maker does not show, or that it has no words for, are left out."""
    inside = "\n".join(_block(maker, name, parts[name]) for name in maker["order"].split() if name in parts)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">{_head(maker["head"], facts)}</head>'
        f"<body>\n{inside}\n</body></html>"
    )


def _block(maker: dict[str, str], name: str, lines: tuple[str, ...]) -> str:
    def template(part: str) -> str:
        return maker.get(part) or _DEFAULTS.get(part) or "<div>{}</div>"

    texts = [escape(line, quote=False) for line in lines]
    if name == "body":
        inner = "\n".join(template("p").format(text) for text in texts)
    elif name in _LISTS:
        items = "".join(template("item").format(text) for text in texts[1:])
        inner = template("title").format(texts[0]) + (f"<ul>{items}</ul>" if "<li>" in items else items)
    elif name == "keys":
        inner = "".join(f"<li>{text}</li>" for text in texts[1:])
    elif name == "tags":
        inner = texts[0] + " " + ", ".join(f'<a href="/t" rel="tag">{text}</a>' for text in texts[1:])
    elif name == "nav":
        inner = " ".join(f'<a href="/n">{text}</a>' for text in texts)
    elif name == "way":
        inner = " &rsaquo; ".join(f'<a href="/w">{text}</a>' for text in texts)
    else:
        inner = "<br>".join(texts)
    return template(name).format(inner)


def _head(manner: str, facts: ToldToMachines) -> str:
    title = f"<title>{escape(facts.headline)} – {escape(facts.outlet)}</title>"
    if manner == "title":
        return title
    title += f'<meta property="og:site_name" content="{escape(facts.outlet)}">'
    if manner == "site":
        return title
    if manner == "meta":
        told = {
            "author": facts.author,
            "article:published_time": facts.published,
            "article:section": facts.section,
        }
        return title + "".join(
            f'<meta {"name" if name == "author" else "property"}="{name}" content="{escape(value)}">'
            for name, value in told.items()
        )
    return f'{title}<script type="application/ld+json">{_linked(manner, facts)}</script>'


def _linked(manner: str, facts: ToldToMachines) -> str:
    author = {"@type": "Person", "name": facts.author}
    article = {
        "@type": "NewsArticle", "headline": facts.headline, "datePublished": f"{facts.published}T09:30:00Z",
        "articleSection": facts.section, "publisher": {"@type": "Organization", "name": facts.outlet},
    }  # fmt: skip
    if manner == "linked":
        return json.dumps({"@context": "https://schema.org", **article, "author": [author]})
    if manner == "several":
        crumbs = {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": []}
        return json.dumps([crumbs, {"@context": "https://schema.org", **article, "author": author}])
    graph = [
        {"@type": "WebSite", "name": facts.outlet},
        {**article, "author": {"@id": "/#p"}},
        {"@id": "/#p", **author},
    ]
    return json.dumps({"@context": "https://schema.org", "@graph": graph})
