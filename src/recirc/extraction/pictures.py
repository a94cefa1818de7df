"""The pictures of a page's article: what it tells machines, then the figures of its body."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from recirc.extraction.elements import is_beside, line, some
from recirc.extraction.structured import StructuredData, parts_of
from recirc.text.pictures import pictures_from
from recirc.types import Picture

MOST_FIGURES: Final = 20


def page_pictures(tree: HtmlElement, said: StructuredData, base: str | None) -> tuple[Picture, ...]:
    """The pictures of the article, the leading one first.

    Of what machines are told only the first picture counts: the others are the same in other sizes and ratios. Its
    caption is that of the figure that shows it.
    """
    figures = pictures_from(list(_figures(tree)), base)
    told = pictures_from([*_told(said)], base)[:1]
    if not told:
        return figures
    (lead,) = told
    others = [figure for figure in figures if not _same(figure.address, lead.address)]
    shown = next((figure for figure in figures if _same(figure.address, lead.address)), None)
    if shown is None and lead.caption is None and figures and len(figures) > len(others):
        shown = figures[0]
    if shown is not None:
        lead = Picture(
            address=lead.address,
            alt=lead.alt if lead.alt is not None else shown.alt,
            caption=lead.caption or shown.caption,
            credit=lead.credit or shown.credit,
            licence=lead.licence,
        )
    return (lead, *others)


def _told(said: StructuredData) -> Iterator[object]:
    yield from parts_of(said.article.get("image"), said.nodes)
    address = said.first(
        "og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src"
    )
    if address:
        yield {
            "url": address,
            "alt": said.first("og:image:alt", "twitter:image:alt"),
            "width": said.first("og:image:width"),
            "height": said.first("og:image:height"),
        }


def figure_row(figure: HtmlElement) -> dict[str, object] | None:
    """The picture of a figure that has a caption or stands within an article; None: it has none, or is not of it."""
    image = next(iter(figure.iter("img")), None)
    if image is None or is_beside(figure):
        return None
    caption = next((line(each, 2_000) for each in figure.iter("figcaption")), None)
    if caption is None and not any(above.tag in ("article", "main") for above in figure.iterancestors()):
        return None
    return {
        "url": image.get("data-src") or image.get("src"),
        "alt": image.get("alt"),
        "caption": caption,
        "width": image.get("width"),
        "height": image.get("height"),
    }


def _figures(tree: HtmlElement) -> Iterator[dict[str, object]]:
    figures = islice(some(tree.iter("figure")), MOST_FIGURES)
    return (row for figure in figures if (row := figure_row(figure)) is not None)


def _same(one: str, other: str) -> bool:
    """Whether two addresses are of one file, but for their queries."""
    return one.partition("?")[0].rpartition("/")[2] == other.partition("?")[0].rpartition("/")[2]
