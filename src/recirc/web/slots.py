"""The slots of a shelf as HTML.

An article page has some 26 of them, with a dozen values each. Written here they take a sixth of the time of a loop
in a template: 0.06 instead of 0.37 of the page's 2 ms.
"""

from html import escape

from markupsafe import Markup

from recirc.messages import Words
from recirc.types import Shelf, ShelfItem
from recirc.web.links import article_path, origin_mark


def slots_of(shelf: Shelf, source: str | None, words: Words) -> Markup:
    """The list items of a shelf beside the article `source`; None: beside no article. `words`: the page's.

    Everything that comes from articles is escaped.
    """
    kind = escape(shelf.kind)
    return Markup("".join(_slot(kind, item, shelf.serve_id, source, words) for item in shelf.items))


def _slot(kind: str, item: ShelfItem, serve_id: str, source: str | None, words: Words) -> str:
    rank = item.reason.numbers.get("rank")
    place = "" if rank is None else f' data-rank="{int(rank)}"'
    address = item.url or article_path(item.article) + origin_mark(kind, item, serve_id, source)
    headline = escape(item.headline or words.text("Article %(id)s", id=item.article))
    fallback = " fallback" if item.reason.fallback else ""
    return (
        f'    <li data-article="{escape(item.article)}" data-position="{item.position}" '
        f'data-propensity="{item.propensity}" data-signature="{item.signature}"{place}>\n'
        f'      <a class="headline" href="{escape(address)}">{headline}</a>\n'
        f'      <p class="reason{fallback}">{escape(item.reason.text)}</p>\n'
        "    </li>\n"
    )
