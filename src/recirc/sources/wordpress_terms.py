"""Categories and tags of a post of WordPress: which category is the primary one."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from recirc.reading.values import objects, one_line
from recirc.text.slugs import slug

_PRIMARY: Final = (
    "_yoast_wpseo_primary_category",
    "yoast_wpseo_primary_category",
    "rank_math_primary_category",
    "_rank_math_primary_category",
    "_primary_category",
    "primary_category",
)
"""Fields in which Yoast SEO, Rank Math and others have the primary category, by its id, slug or as an object."""


def categories_of(post: Mapping[str, Any], terms: list[Mapping[str, Any]], link: str | None) -> list[str]:
    """The names of a post's categories, the primary one first: as a plugin names it, as the last step of its breadcrumb
    before the post, or as the last one in its address; else in their own order. "Uncategorized" is none.
    """
    own = [
        term for term in terms if term.get("taxonomy") == "category" and term.get("slug") != "uncategorized"
    ]
    named = {name: term for term in own if (name := one_line(term.get("name")))}
    for wanted in (*_named_primary(post), *_breadcrumb(post), *reversed((link or "").split("/")[3:-1])):
        first = next((name for name, term in named.items() if _is(term, name, wanted)), None)
        if first is not None:
            return [first, *(name for name in named if name != first)]
    return list(named)


def tags_of(terms: list[Mapping[str, Any]]) -> list[str]:
    """The names of a post's tags."""
    names = (one_line(term.get("name")) for term in terms if term.get("taxonomy") == "post_tag")
    return [name for name in names if name]


def _named_primary(post: Mapping[str, Any]) -> Iterator[object]:
    holders = [each for each in (post, post.get("meta"), post.get("acf")) if isinstance(each, Mapping)]
    for holder in holders:
        for name in _PRIMARY:
            value = holder.get(name)
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, Mapping):
                    yield from (each[key] for key in ("term_id", "id", "slug", "name") if each.get(key))
                elif each not in (None, "", 0, "0", False):
                    yield each


def _breadcrumb(post: Mapping[str, Any]) -> Iterator[object]:
    """The steps before the post in the breadcrumb that Yoast SEO tells machines, the last one first."""
    head = post.get("yoast_head_json")
    schema = head.get("schema") if isinstance(head, Mapping) else None
    for node in objects(schema.get("@graph")) if isinstance(schema, Mapping) else ():
        if node.get("@type") == "BreadcrumbList":
            steps = [step.get("name") for step in objects(node.get("itemListElement"))]
            yield from reversed(steps[:-1])


def _is(term: Mapping[str, Any], name: str, wanted: object) -> bool:
    text = str(wanted)
    return text in (str(term.get("id")), term.get("slug"), name) or (bool(text) and slug(text) == slug(name))
