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
from recirc.demo.typography import typeset
from recirc.hashing import hex_digest
from recirc.media.storage import open_media
from recirc.media.variants import variants
from recirc.settings import Settings
from recirc.store.commands import KeepPicture
from recirc.store.pictures import UPLOADED
from recirc.store.sqlite import SqliteStore
from recirc.types import Article, Picture

TABLES: Final = {
    "en": Path(__file__).parent / "paper" / "pictures.toml",
    "de": Path(__file__).parent / "paper_de" / "pictures.toml",
}
MEGAPIXELS: Final = 2.0


class DrawnPicture(NamedTuple):
    """How an article's picture is drawn, and what is on it."""

    scene: str
    alt: str


class PictureTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pictures of a newspaper's articles by their ids, and the faces of its authors by their names."""

    credit: str
    article: dict[str, tuple[str, str]]
    portrait: dict[str, tuple[str, str, bool, bool, bool]]


@cache
def table(language: str = "en") -> PictureTable:
    """What is drawn for the newspaper in a language."""
    return convert(tomllib.loads(TABLES[language].read_text("utf-8")), PictureTable)


def pictures_of(slug: str, language: str) -> tuple[Picture, ...]:
    """The picture of an article, if it has one."""
    drawn = table(language)
    found = drawn.article.get(slug)
    return (
        ()
        if found is None
        else (Picture(address=address_of(slug), alt=typeset(found[1], language), credit=drawn.credit),)
    )


def portrait_address(name: str) -> str | None:
    """The address of an author's portrait; None: there is none."""
    return address_of(name) if any(name in table(language).portrait for language in TABLES) else None


def address_of(name: str) -> str:
    """The address of the picture of an article or author, which is known before it is drawn."""
    return UPLOADED + hex_digest(name.encode(), 16)


def drawings(articles: Iterable[Article], *, portraits: bool = True) -> Iterator[tuple[str, bytes]]:
    """Address and PNG of each picture: those of the articles in their order, then the portraits."""
    scenes = {name: drawn[0] for language in TABLES for name, drawn in table(language).article.items()}
    for article in articles:
        if article.id in scenes:
            yield address_of(article.id), scene(scenes[article.id])
    for language in TABLES if portraits else ():
        for name, face in table(language).portrait.items():
            yield address_of(name), portrait_of(name, PortraitFeatures(*face))


def draw(
    settings: Settings, articles: Iterable[Article], *, portraits: bool = True, lead: bool = False
) -> None:
    """Draw the pictures of articles and keep them in the store that the settings name; `lead`: no server of it runs.

    Raises StoreError.
    """
    keep(settings, drawings(articles, portraits=portraits), lead=lead)


def keep(settings: Settings, drawn: Iterable[tuple[str, bytes]], *, lead: bool = False) -> None:
    """Keep pictures, each its address and PNG, in the store that the settings name; `lead`: no server of it runs.

    Raises StoreError.
    """
    folder = open_media(settings.media.folder, settings.store.path)
    path, busy_seconds = Path(settings.store.path), settings.store.busy_seconds
    with SqliteStore(path, busy_seconds=busy_seconds, lead=lead) as store:
        for address, content in drawn:
            made = variants(content, most_megapixels=MEGAPIXELS)
            folder.put(made.files)
            store.keep_picture(KeepPicture(address, made.facts, clock.now_ms())).result()
