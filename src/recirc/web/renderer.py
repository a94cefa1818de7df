"""Rendering: templates, static files, and formats of dates and numbers."""

import math
import mimetypes
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from recirc import __version__
from recirc.hashing import hex_digest
from recirc.settings import Settings
from recirc.settings.days import zone_named
from recirc.shelves.reasons import ordinal
from recirc.shelves.registry import strategies, strategy
from recirc.text.slugs import slug, title_of
from recirc.types import Shelf
from recirc.web import links
from recirc.web.brands import Brands, Site, direction_of
from recirc.web.dates import DateFormats, clock, iso, rfc2822
from recirc.web.explanations import percent, why
from recirc.web.pictures import Lookup, PictureGallery
from recirc.web.scripts import compact, minified
from recirc.web.slots import slots_of

HERE = Path(__file__).parent

PATHS = {
    path.__name__: path
    for path in (
        links.article_path, links.page_path, links.api_path, links.section_path, links.topic_path, links.author_path,
        links.story_path, links.feed_path,
    )
}  # fmt: skip
"""The addresses of pages, for templates."""

REACTION_TITLES = {
    "well-told": "Well told",
    "useful": "Useful",
    "moving": "Moving",
    "surprising": "Surprising",
}


class StaticAsset(NamedTuple):
    """One static file, held in memory. `version` is a hash of its content."""

    content: bytes
    media_type: str
    version: str


class TemplateRenderer:
    """Renders the templates. `menu` returns the sections of a newspaper's menu, as slugs; `section_title` names one.

    `pictures` looks up what is known of pictures, by address.

    In a template `site` is the newspaper, by default the one of `[site]`.
    """

    def __init__(
        self,
        settings: Settings,
        menu: Callable[[Site], tuple[str, ...]],
        section_title: Callable[[str], str] = title_of,
        pictures: Lookup = lambda _: {},
    ) -> None:
        self.brands = Brands(settings)
        self.gallery = PictureGallery(pictures)
        self.assets = _assets(HERE / "static", self.brands.files)
        self._environment = _environment()
        self._environment.globals.update(
            site=self.brands.default,
            sections_of=menu,
            brands=self.brands,
            direction_of=direction_of,
            why=lambda shelf, history: why(shelf, settings, history),
            percent=percent,
            reaction_titles=REACTION_TITLES,
            ordinal=ordinal,
            version=__version__,
            timezone=settings.site.timezone,
            asset=self.asset_path,
            slug=slug,
            strategy_of=strategy,
            strategies=strategies,
            shelf_version=shelf_version,
            section_title=section_title,
            **PATHS,
            slots_of=slots_of,
            **self.gallery.functions,
            with_teaser_pictures=settings.media.teasers,
        )
        dates = DateFormats(zone_named(settings.site.timezone))
        self._environment.filters.update(
            date=dates.date,
            weekday=dates.weekday,
            iso_date=dates.iso_date,
            moment=dates.moment,
            brief=dates.brief,
            clock=clock,
            iso=iso,
            number=number,
            data=data,
            rfc2822=rfc2822,
            with_code=with_code,
        )

    def render(self, template: str, **context: Any) -> str:
        """The rendered template."""
        return self._environment.get_template(template).render(**context)

    def asset_path(self, name: str) -> str:
        """The address of a static file; it changes with the content, so the file may be cached for ever."""
        return f"/static/{name}?v={self.assets[name].version}"


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(("html", "xml")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _assets(folder: Path, brand_files: Mapping[str, bytes]) -> dict[str, StaticAsset]:
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    # One stylesheet for each page: the common rules, then the newspaper's colours.
    files |= {
        name: files["portal.css"] + b"\n" + own if name.endswith(".css") else own
        for name, own in brand_files.items()
    }
    return {name: _asset(name, content) for name, content in files.items()}


def _asset(name: str, content: bytes) -> StaticAsset:
    if name.endswith(".js"):
        content = minified(content.decode()).encode()
    elif name.endswith(".css"):
        content = compact(content.decode()).encode()
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return StaticAsset(content, media, hex_digest(content, 6))


def shelf_version(shelf: Shelf) -> str:
    """A hash of what a reader sees of a shelf: the page's script leaves an unchanged one alone."""
    seen = [(item.article, item.headline, item.reason.text) for item in shelf.items]
    return hex_digest(msgspec.json.encode((seen, shelf.short)), 8)


def number(value: float) -> str:
    """`1,234`."""
    return f"{math.floor(value):,}"


def with_code(text: str) -> Markup:
    """A description with what stands between backticks as code.

    >>> with_code("`a < b` holds")
    Markup('<code>a &lt; b</code> holds')
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def data(value: object) -> Markup:
    """JSON for a script element: nothing in it can close the element or open a comment."""
    text = msgspec.json.encode(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
