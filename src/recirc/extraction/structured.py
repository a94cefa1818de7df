"""What a page says about itself for machines: JSON-LD (schema.org) and meta tags."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from html import unescape
from typing import Any, Final, NamedTuple, TypeAlias

from lxml.html import HtmlElement

from recirc.text.clean import plain

Node: TypeAlias = Mapping[str, Any]  # what JSON gives

MOST_NODES: Final = 20_000  # of all JSON-LD on a page
LONGEST_SCRIPT: Final = 2_000_000  # characters
_ARTICLES: Final = ("Article", "BlogPosting", "Posting", "Review", "Report")
MOST_DOCUMENTS: Final = 50  # in one script
_DECODER: Final = json.JSONDecoder(strict=False)
_BEGIN: Final = re.compile(r"[{\[]")
_CLOSING: Final = {"{": "}", "[": "]"}
_STRING: Final = r'("(?:[^"\\]|\\.)*")'
_COMMENT: Final = re.compile(rf"{_STRING}|(?<!:)//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)", re.DOTALL)
_TRAILING: Final = re.compile(rf"{_STRING}|,(?=\s*[,}}\]])", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_BRACES: Final = re.compile(rf"{_STRING}|[{{}}\[\]]", re.DOTALL)
_TRANSPARENT: Final = str.maketrans("", "", "\ufeff\u2028\u2029")


class StructuredData(NamedTuple):
    """What is said on a page for machines.

    Attributes:
        article: the node of JSON-LD that describes the article, empty without one.
        nodes: nodes that have an `@id`, by it; others refer to them.
        meta: contents of meta tags by their name in lower case, in order.
    """

    article: Node
    nodes: Mapping[str, Node]
    meta: Mapping[str, tuple[str, ...]]

    def first(self, *names: str) -> str | None:
        """The content of the first of these meta tags that has one."""
        return next((self.meta[name][0] for name in names if name in self.meta), None)

    def all(self, *names: str) -> tuple[str, ...]:
        """The contents of all of these meta tags."""
        return tuple(content for name in names for content in self.meta.get(name, ()))

    def said(self, name: str) -> str | None:
        """One line of text that the article's node gives under `name`."""
        return next(iter(names_in(self.article.get(name), self.nodes)), None)


def structured(tree: HtmlElement, headline_hints: Iterable[str] = ()) -> StructuredData:
    """Read JSON-LD and meta tags. Of several articles the one is taken whose headline is on the page.

    Args:
        tree: the page.
        headline_hints: what stands as title or headline on the page.
    """
    nodes = list(_nodes(tree))
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    articles = [node for node in nodes if is_article(node)]
    hints = [hint.casefold() for hint in headline_hints if hint]

    def agrees(node: Node) -> bool:
        headline = node.get("headline") or node.get("name")
        return isinstance(headline, str) and any(
            plain(unescape(headline)).casefold() in hint for hint in hints
        )

    article = next(filter(agrees, articles), articles[0] if len(articles) == 1 else None)
    if article is None:
        article = next((node for node in articles if "articleBody" in node or "datePublished" in node), {})
    return StructuredData(article, by_id, _meta(tree))


def is_article(node: Node) -> bool:
    """Whether a node of JSON-LD describes an article."""
    return any(kind.endswith(_ARTICLES) for kind in types_of(node))


def types_of(node: Node) -> tuple[str, ...]:
    """The types of a node of JSON-LD."""
    kinds = node.get("@type")
    return tuple(
        kind.rpartition("/")[2]
        for kind in (kinds if isinstance(kinds, list) else [kinds])
        if isinstance(kind, str)
    )


def names_in(value: object, nodes: Mapping[str, Node], most: int = 100) -> Iterator[str]:
    """The names that a value of JSON-LD gives: texts, names of nodes, and of nodes that are referred to."""
    for part in parts_of(value, nodes, most):
        name = part.get("name") if isinstance(part, Mapping) else part
        if isinstance(name, list) and name:
            name = name[0]
        text = (
            plain(unescape(str(name))) if isinstance(name, (str, int)) and not isinstance(name, bool) else ""
        )
        if text:
            yield text


def parts_of(value: object, nodes: Mapping[str, Node], most: int = 100) -> Iterator[Node | str]:
    """The texts and nodes of a value, which may be one or a list; references are followed once."""
    parts = value if isinstance(value, list) else [value]
    for part in parts[:most]:
        if isinstance(part, Mapping):
            reference = part.get("@id")
            known = nodes.get(reference) if isinstance(reference, str) and "name" not in part else None
            yield known if known is not None else part
        elif isinstance(part, (str, int)) and not isinstance(part, bool):
            yield str(part)


def _nodes(tree: HtmlElement) -> Iterator[Node]:
    """Every object of the page's JSON-LD, outer ones first."""
    left = MOST_NODES
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        waiting = deque(_documents(script.text or ""))
        while waiting and left:
            value = waiting.popleft()
            left -= 1
            if isinstance(value, dict):
                yield value
                waiting.extend(part for part in value.values() if isinstance(part, (dict, list)))
            elif isinstance(value, list):
                waiting.extend(part for part in value if isinstance(part, (dict, list)))


def _documents(text: str) -> Iterator[object]:
    """JSON as pages have it: in HTML comments or CDATA, with line breaks in texts, several objects in a row; and
    where it is not JSON yet: with JavaScript's comments and escapes, a comma too many, quotes as entities, and without
    the braces at its end.
    """
    text = text[:LONGEST_SCRIPT].translate(_TRANSPARENT).replace("<![CDATA[", "")
    if "&quot;" in text and '"' not in text.partition("&quot;")[0]:
        text = unescape(text)
    place = 0
    for _ in range(MOST_DOCUMENTS):
        begin = _BEGIN.search(text, place)
        if begin is None:
            return
        try:
            value, place = _DECODER.raw_decode(text, begin.start())
        except (ValueError, RecursionError):
            lenient = _lenient(text[begin.start() :])
            with suppress(ValueError, RecursionError):
                yield _DECODER.raw_decode(lenient)[0]
            return
        yield value


def _lenient(text: str) -> str:
    """A text without comments and superfluous commas outside of its strings, without escapes that JSON does not have,
    and with all its braces closed.
    """
    escaped = _ESCAPE.sub(lambda found: found[0] if found[1] in '"\\/bfnrtu' else found[1], text)
    bare = _TRAILING.sub(lambda found: found[1] or "", _COMMENT.sub(lambda found: found[1] or " ", escaped))
    waiting: list[str] = []
    for found in _BRACES.finditer(bare):
        if found[0] in _CLOSING:
            waiting.append(_CLOSING[found[0]])
        elif found[0] in "]}" and (not waiting or waiting.pop() != found[0]):
            return bare
    return bare + "".join(reversed(waiting))


def _meta(tree: HtmlElement) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for meta in tree.iter("meta"):
        content = plain((meta.get("content") or "")[:10_000])
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (meta.get(attribute) or "").strip().lower()
            if name and content:
                found[name] = (*found.get(name, ()), content)[:200]
    return found
