"""Who wrote an article, as its page says."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from lxml.html import HtmlElement

from recirc.extraction.elements import (
    cut,
    is_beside,
    line,
    some,
)
from recirc.extraction.naming import (
    LONGEST_NAME,
    is_site,
    key,
)
from recirc.extraction.structured import (
    Node,
    StructuredData,
    names_in,
    parts_of,
    types_of,
)
from recirc.text.clean import plain
from recirc.text.people import people, without_by
from recirc.text.sites import host_of
from recirc.text.slugs import slug
from recirc.types import Author

MOST: Final = 100  # authors

_NAME: Final = re.compile(r"[^\W\d_][\w.’'’-]*(?:\s+[\w.’'’\"“”()-]+){1,4}")
_NO_NAME: Final = re.compile(
    r"https?:|www\.|@|\.(?:com|org|net|co\.uk)\b|^\W*$|^(?:admin|administrator|editor|author|staff|guest|unknown|null"
    r"|none|n/a|anonymous|webmaster|posted|updated|published|share|follow|subscribe|advertisement)\b[\s\w]{0,12}$"
    r"|\b(?:comments?|minutes?|hours?|ago|read more|views?|follow|share)\b|\d{4}",
    re.IGNORECASE,
)
_BYLINE: Final = re.compile(
    r"(?:^|[\s_-])(?:by-?line|authors?|contributors?|writer)(?:$|[\s_-])|byline", re.IGNORECASE
)
_AUTHOR: Final = (
    "parsely-author", "sailthru.author", "author", "article:author", "dc.creator", "dcterms.creator", "byl",
    "dc.author", "article.author", "citation_author", "og:article:author", "cxenseparse:author",
)  # fmt: skip


def authors(
    tree: HtmlElement,
    said: StructuredData,
    names: Sequence[str | None],
    url: str | None,
    shown: str | None = None,
) -> tuple[Author, ...]:
    """Who wrote the article: JSON-LD, meta tags, `rel=author` and `itemprop=author`, then the byline's words.

    The first of these that names somebody. Never the site, an address, or a word such as "admin".
    """
    keys, host = _site(names, url)
    told = told_authors(said, names, url)
    if told:
        return told
    for found in (
        (name for text in _marked_authors(tree) for name in people(text)),
        people(shown or byline(tree) or "", strict=True),
    ):
        kept = _kept((Author(name=name) for name in found), keys, host)
        if kept:
            return kept
    return ()


def told_authors(said: StructuredData, names: Sequence[str | None], url: str | None) -> tuple[Author, ...]:
    """Whom JSON-LD names as authors, else whom meta tags name."""
    keys, host = _site(names, url)
    in_meta = (Author(name=name) for content in said.all(*_AUTHOR) for name in people(content))
    return _kept(_told_authors(said), keys, host) or _kept(in_meta, keys, host)


def is_account(said: StructuredData) -> bool:
    """Whether machines are told the account that posted the article, as content systems do of themselves, and not who
    wrote it: its node is of the site's own schema, or has the picture of an account."""
    for part in parts_of(said.article.get("author"), said.nodes, MOST):
        if isinstance(part, Mapping) and (
            "schema/person/" in str(part.get("@id")) or "gravatar.com" in str(part.get("image"))
        ):
            return True
    return False


def _site(names: Iterable[str | None], url: str | None) -> tuple[set[str], str]:
    return {key(name) for name in names if name} - {""}, host_of(url)


def _kept(found: Iterable[Author], keys: set[str], host: str) -> tuple[Author, ...]:
    kept: dict[str, Author] = {}
    for author in found:
        if not _NO_NAME.search(author.name) and not is_site(author.name, keys, host):
            kept.setdefault(slug(author.name), author)
    return tuple(kept.values())[:MOST]


def byline(tree: HtmlElement) -> str | None:
    """The words of the byline as the page shows them, of the element that is marked as one."""
    for element in some(tree.iter("p", "div", "span", "a", "address", "li", "h2", "h3", "h4", "h5", "h6")):
        marks = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
        if _BYLINE.search(marks) and not is_beside(element):
            text = line(element, 300)
            if 4 <= len(text) < 200 and (without_by(text)[1] or _NAME.fullmatch(text)):
                return text
    return None


def _told_authors(said: StructuredData) -> Iterator[Author]:
    for relation in ("author", "creator"):
        for part in parts_of(said.article.get(relation), said.nodes, MOST):
            node: Node = part if isinstance(part, Mapping) else {"name": part}
            alone = "Organization" in types_of(node)
            for text in names_in(node.get("name"), said.nodes):
                for name in [text[:LONGEST_NAME]] if alone else people(text):
                    yield Author(
                        name=name,
                        role=_one(node.get("jobTitle"), said),
                        biography=_one(node.get("description"), said, 10_000),
                        outlet=_one(node.get("worksFor") or node.get("affiliation"), said),
                    )


def _one(value: object, said: StructuredData, most: int = LONGEST_NAME) -> str | None:
    return cut(next(names_in(value, said.nodes), None), most)


def _marked_authors(tree: HtmlElement) -> Iterator[str]:
    for element in some(tree.iter("a", "span", "div", "p", "address")):
        is_author = (
            "author" in (element.get("rel") or "").lower().split() or element.get("itemprop") == "author"
        )
        if is_author and not is_beside(element):
            inner = next(
                (e for e in element.iter() if e.get("itemprop") == "name" and e is not element), element
            )
            text = plain(inner.get("content") or "") or line(inner, LONGEST_NAME)
            if text:
                yield text
