"""The pictures of the sample newspaper: drawn beside the server when the demo starts, the newest articles' first."""

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct, convert

from recirc import clock
from recirc.demo.drawing.portraits import PortraitFeatures
from recirc.demo.drawing.scenes import portrait_of, scene
from recirc.hashing import hex_digest
from recirc.media.folder import MediaFolder
from recirc.media.variants import variants
from recirc.settings import Settings, media_folder
from recirc.store.commands import KeepPicture
from recirc.store.pictures import UPLOADED
from recirc.store.sqlite import SqliteStore
from recirc.types import Article, Picture

TABLE: Final = Path(__file__).parent / "paper" / "pictures.toml"
CREDIT: Final = "Drawing: The Wrenmouth Tide"
MEGAPIXELS: Final = 2.0


class DrawnPicture(NamedTuple):
    """How an article's picture is drawn, and what is on it."""

    scene: str
    alt: str


class PictureTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pictures of articles by their ids, and the faces of authors by their names."""

    article: dict[str, tuple[str, str]]
    portrait: dict[str, tuple[str, str, bool, bool, bool]]


@cache
def table() -> PictureTable:
    """What is drawn."""
    return convert(tomllib.loads(TABLE.read_text("utf-8")), PictureTable)


def pictures_of(slug: str) -> tuple[Picture, ...]:
    """The picture of an article, if it has one."""
    found = table().article.get(slug)
    return () if found is None else (Picture(address=address_of(slug), alt=found[1], credit=CREDIT),)


def portrait_address(name: str) -> str | None:
    """The address of an author's portrait; None: there is none."""
    return address_of(name) if name in table().portrait else None


def address_of(name: str) -> str:
    """The address of the picture of an article or author, which is known before it is drawn."""
    return UPLOADED + hex_digest(name.encode(), 16)


def drawings(articles: Iterable[Article], *, portraits: bool = True) -> Iterator[tuple[str, bytes]]:
    """Address and PNG of each picture: those of the articles in their order, then the portraits."""
    for article in articles:
        if article.id in table().article:
            yield address_of(article.id), scene(table().article[article.id][0])
    for name, face in table().portrait.items() if portraits else ():
        yield address_of(name), portrait_of(name, PortraitFeatures(*face))


def draw(
    settings: Settings, articles: Iterable[Article], *, portraits: bool = True, lead: bool = False
) -> None:
    """Draw the pictures and keep them in the store that the settings name; `lead`: no server of it runs.

    Raises StoreError.
    """
    folder = MediaFolder(media_folder(settings.media, settings.store.path))
    path, busy_seconds = Path(settings.store.path), settings.store.busy_seconds
    with SqliteStore(path, busy_seconds=busy_seconds, lead=lead) as store:
        for address, content in drawings(articles, portraits=portraits):
            made = variants(content, most_megapixels=MEGAPIXELS)
            folder.put(made.files)
            store.keep_picture(KeepPicture(address, made.facts, clock.now_ms())).result()
