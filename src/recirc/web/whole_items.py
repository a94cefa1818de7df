"""The items of a slate with all that pages elsewhere need of them: whole addresses and pictures."""

from collections.abc import Callable, Collection
from typing import Any, Final

from msgspec import NODEFAULT, structs

from recirc.engine import Engine
from recirc.types import ItemPicture, Shelf, ShelfItem, Slate
from recirc.web.embed_origins import EmbedOrigins, base_of
from recirc.web.links import article_path
from recirc.web.pictures import PictureGallery, ShownPicture
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import HttpRequest

WIDTHS = (320, 640)
"""Widths of the files that a small picture is offered in, in pixels; the nearest that there are."""


class WholeItems:
    """Gives the items of slates their addresses and pictures."""

    def __init__(self, engine: Engine, renderer: TemplateRenderer, embed_origins: EmbedOrigins) -> None:
        self._engine = engine
        self._renderer = renderer
        self._embed_origins = embed_origins

    async def complete(self, request: HttpRequest, slate: Slate) -> Slate:
        """The slate with the whole address of each item, and the picture of those that have one. Raises StoreError."""
        site = self._renderer.brands.of(request).url
        address = await self._embed_origins.address_function(request, self._engine, site)
        base = base_of(request, site)

        def picture(article: str) -> ItemPicture | None:
            return item_picture(self._renderer.gallery, self._engine, article, base)

        shelves = {name: with_paths(shelf, address, picture) for name, shelf in slate.shelves.items()}
        return structs.replace(slate, shelves=shelves)


def with_paths(
    shelf: Shelf,
    address: Callable[[str], str] | None = None,
    picture: Callable[[str], ItemPicture | None] | None = None,
) -> Shelf:
    """The shelf with the portal's path of each item; with functions from an article's id, also address and picture."""
    items = tuple(
        structs.replace(
            item,
            path=article_path(item.article),
            url=address(item.article) if address else None,
            picture=picture(item.article) if picture else None,
        )
        for item in shelf.items
    )
    return structs.replace(shelf, items=items)


def with_fields(slate: Slate, fields: Collection[str]) -> Slate:
    """The slate with nothing optional in its items but these fields and the signature, without which nothing is learned
    from what becomes of an item; `numbers` are those of the reasons.
    """

    def chosen(item: ShelfItem) -> ShelfItem:
        left_out = {
            name: value for name, value in _OPTIONAL.items() if name not in fields and name != "signature"
        }
        if "path" in fields and item.path is None:
            left_out["path"] = article_path(item.article)
        if "numbers" not in fields:
            left_out["reason"] = structs.replace(item.reason, numbers={})
        return structs.replace(item, **left_out)

    shelves = {
        name: structs.replace(shelf, items=tuple(map(chosen, shelf.items)))
        for name, shelf in slate.shelves.items()
    }
    return structs.replace(slate, shelves=shelves)


_OPTIONAL: Final[dict[str, Any]] = {
    field.name: field.default for field in structs.fields(ShelfItem) if field.default is not NODEFAULT
}


def item_picture(gallery: PictureGallery, engine: Engine, article: str, base: str) -> ItemPicture | None:
    """The leading picture of an article, its files below the address `base`; None: it has none. Raises StoreError."""
    stored = engine.article(article)
    shown = gallery.kept_lead(stored.article) if stored is not None and stored.article is not None else None
    return None if shown is None else _described(shown, base)


def _described(shown: ShownPicture, base: str) -> ItemPicture:
    widths = sorted({min(shown.facts.widths, key=lambda width: abs(width - wanted)) for wanted in WIDTHS})
    files = [base + shown.path(width, "webp") for width in widths]
    return ItemPicture(
        src=files[0],
        srcset=", ".join(f"{file} {width}w" for file, width in zip(files, widths, strict=True)),
        width=shown.facts.width,
        height=shown.facts.height,
        alt=shown.picture.alt or shown.picture.caption or "",
        colour=shown.facts.colour,
    )
