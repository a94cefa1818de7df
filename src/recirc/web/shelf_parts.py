"""What of a shelf is in sight, and what is shown on request."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from html import escape
from typing import NamedTuple

from markupsafe import Markup

from recirc.messages import Words
from recirc.messages.dates import DateFormats
from recirc.settings.portal import PortalSettings
from recirc.shelves.ranking import own_rank
from recirc.types import Article, ItemPicture, Shelf, ShelfItem
from recirc.web.article_length import items_in_sight
from recirc.web.pictures import PictureGallery
from recirc.web.slots import SlotDetails, slots_of


class ShelfView(NamedTuple):
    """A shelf as a page shows it.

    Attributes:
        in_sight, others: its list items.
        more: number of the others.
        own_rank: rank of the article beside the shelf, which is missing on it; None: no rank is missing for that.
    """

    in_sight: Markup
    others: Markup
    more: int
    own_rank: int | None


class ShelfParts:
    """Divides shelves by the length of the article beside them. `published` returns the article of an id."""

    def __init__(
        self,
        settings: PortalSettings,
        gallery: PictureGallery,
        published: Callable[[str], Article | None],
    ) -> None:
        self._settings = settings
        self._gallery = gallery
        self._published = published

    def of(
        self,
        words: Words,
        dates: DateFormats,
        section_title: Callable[[str], str],
        shelf: Shelf,
        css_class: str,
        source: str | None,
        now: datetime,
    ) -> ShelfView:
        """The shelf beside the article `source`, in some words. Raises StoreError."""
        article = self._published(source) if source is not None and self._settings.fit_shelves else None
        shown = items_in_sight(article, css_class, len(shelf.items))
        details = SlotDetails(
            cache(section_title) if self._settings.shelf_details else None,
            lambda when: dates.brief(when, now),
        )
        if self._settings.shelf_pictures and "ranked" not in css_class.split():
            details = details._replace(thumbnail=self._thumbnail)
        in_sight, others = shelf.items[:shown], shelf.items[shown:]
        return ShelfView(
            slots_of(shelf, in_sight, source, words, details),
            slots_of(shelf, others, source, words, details),
            len(others),
            own_rank(shelf, words) if source is not None else None,
        )

    def _thumbnail(self, item: ShelfItem) -> str:
        if item.url:  # on a page elsewhere: only a picture with its whole address is found from there
            given = item.picture
            return "" if given is None else _elsewhere(given)
        article = self._published(item.article)
        picture = self._gallery.lead(article) if article is not None else None
        return "" if picture is None else picture.thumbnail()


def _elsewhere(picture: ItemPicture) -> str:
    return (
        f'<img src="{escape(picture.src)}" width="{picture.width}" height="{picture.height}" alt=""'
        ' loading="lazy" decoding="async">'
    )
