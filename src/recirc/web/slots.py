"""The slots of a shelf as HTML.

An article page has some 26 of them, with a dozen values each. Written here they take a sixth of the time of a loop
in a template: 0.06 instead of 0.37 of the page's 2 ms.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple

from markupsafe import Markup

from recirc.messages import Words
from recirc.types import Shelf, ShelfItem
from recirc.web.dates import iso
from recirc.web.labels import LABELS
from recirc.web.links import article_path, origin_mark, section_path


class SlotDetails(NamedTuple):
    """What a slot shows beside headline and reason.

    Attributes:
        section: the name of a section, by its slug; None: neither section nor date is shown.
        date: a date in words.
        thumbnail: the small picture of an item; empty: it has none.
    """

    section: Callable[[str], str] | None = None
    date: Callable[[datetime], str] = str
    thumbnail: Callable[[ShelfItem], str] = lambda _: ""


def slots_of(
    shelf: Shelf,
    items: Sequence[ShelfItem],
    source: str | None,
    words: Words,
    details: SlotDetails = SlotDetails(),  # noqa: B008  # immutable
) -> Markup:
    """The list items of some of a shelf's items beside the article `source`; None: beside no article.

    `words`: the page's. Everything that comes from articles is escaped.
    """
    kind = escape(shelf.kind)
    return Markup("".join(_slot(kind, item, shelf.serve_id, source, words, details) for item in items))


def _slot(
    kind: str, item: ShelfItem, serve_id: str, source: str | None, words: Words, details: SlotDetails
) -> str:
    rank = item.reason.numbers.get("rank")
    place = "" if rank is None else f' data-rank="{int(rank)}"'
    address = escape(item.url or article_path(item.article) + origin_mark(kind, item, serve_id, source))
    headline = escape(item.headline or words.text("Article %(id)s", id=item.article))
    fallback = " fallback" if item.reason.fallback else ""
    thumbnail = details.thumbnail(item)
    frame = (
        f'      <a class="frame" href="{address}" tabindex="-1" aria-hidden="true">{thumbnail}</a>\n'
        if thumbnail
        else ""
    )
    return (
        f'    <li data-article="{escape(item.article)}" data-position="{item.position}" '
        f'data-propensity="{item.propensity}" data-signature="{item.signature}"{place}>\n{frame}'
        f'{_label(item, words)}      <a class="headline" href="{address}">{headline}</a>\n{_facts(item, details)}'
        f'      <p class="reason{fallback}">{escape(item.reason.text)}</p>\n'
        "    </li>\n"
    )


def _label(item: ShelfItem, words: Words) -> str:
    """What editors marked an item as, in words; empty: as nothing."""
    text = LABELS.get(item.label)
    return f'      <p class="kicker flag {item.label}">{escape(words.text(text))}</p>\n' if text else ""


def _facts(item: ShelfItem, details: SlotDetails) -> str:
    """Section and date of an item; empty: it has neither, or they are not shown."""
    if details.section is None:
        return ""
    facts = []
    if item.section:
        name = escape(details.section(item.section))
        facts.append(name if item.url else f'<a href="{section_path(item.section)}">{name}</a>')
    if item.published:
        date = escape(details.date(item.published))
        facts.append(f'<time datetime="{iso(item.published)}" data-when="brief">{date}</time>')
    between = ' <span aria-hidden="true">·</span> '
    return f'      <p class="meta">{between.join(facts)}</p>\n' if facts else ""
