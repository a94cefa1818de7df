"""Rendering: templates, static files, and formats of dates and numbers."""

import mimetypes
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from recirc import __version__
from recirc.hashing import hex_digest
from recirc.messages import Words, marked
from recirc.messages.dates import DateFormats
from recirc.settings import Settings
from recirc.settings.days import zone_named
from recirc.shelves.registry import strategies, strategy
from recirc.text.slugs import slug, title_of
from recirc.text.teasers import teaser_of
from recirc.types import Article, Shelf
from recirc.web import links
from recirc.web.brands import Brands, Site, direction_of
from recirc.web.dates import iso, rfc2822
from recirc.web.explanations import ShelfExplainer, excluded_by
from recirc.web.house_pages import house_links
from recirc.web.labels import label_words
from recirc.web.pictures import Awaited, Lookup, PictureGallery
from recirc.web.scripts import compact, minified
from recirc.web.shelf_parts import ShelfParts
from recirc.web.translation import TranslatedBlocks

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
    "well-told": marked("Well told"),
    "useful": marked("Useful"),
    "moving": marked("Moving"),
    "surprising": marked("Surprising"),
}


class StaticAsset(NamedTuple):
    """One static file, held in memory. `version` is a hash of its content."""

    content: bytes
    media_type: str
    version: str


class TemplateRenderer:
    """Renders the templates. `menu` returns the sections of a newspaper's menu, as slugs; `section_title` names one.

    `pictures` looks up what is known of pictures, by address; `published` an article by its id; `labels` returns those
    of articles at a moment; `awaited` those of some pictures that are about to be fetched.

    In a template `site` is the newspaper, by default the one of `[site]`; its language is the template's.
    """

    def __init__(
        self,
        settings: Settings,
        menu: Callable[[Site], tuple[str, ...]],
        section_title: Callable[[str], str] = title_of,
        pictures: Lookup = lambda _: {},
        published: Callable[[str], Article | None] = lambda _: None,
        labels: Callable[[datetime], Mapping[str, str]] = lambda _: {},
        awaited: Awaited = lambda _: (),
    ) -> None:
        self.brands = Brands(settings)
        self.gallery = PictureGallery(
            pictures,
            hotlink=settings.media.hotlink,
            awaited=awaited if settings.media.fetch else lambda _: (),
        )
        self.assets = _assets(HERE / "static", self.brands.files, self.brands.styles)
        self._settings = settings
        self._section_title = section_title
        self._shelf_parts = ShelfParts(settings.portal, self.gallery, published)
        self._common = dict(
            sections_of=menu,
            brands=self.brands,
            direction_of=direction_of,
            version=__version__,
            asset=self.asset_path,
            slug=slug,
            strategy_of=strategy,
            strategies=strategies,
            shelf_version=shelf_version,
            section_title=section_title,
            label_of=lambda article, now: labels(now).get(article.id, ""),
            **PATHS,
            **self.gallery.functions,
            with_teaser_pictures=settings.media.teasers,
            portal=settings.portal,
            house_links=house_links(settings.portal),
        )
        self._environments: dict[tuple[str, str], Environment] = {}

    def render(self, template: str, **context: Any) -> str:
        """The rendered template, in the language of the newspaper `site` among its variables."""
        site = context.setdefault("site", self.brands.default)
        return self._environment_of(site).get_template(template).render(**context)

    def dates(self, site: Site) -> DateFormats:
        """Dates in the language and the time zone of a newspaper."""
        formats = self._environment_of(site).globals["dates"]
        assert isinstance(formats, DateFormats)
        return formats

    def _environment_of(self, site: Site) -> Environment:
        """The environment of a language and a time zone; the first request for it compiles the templates."""
        key = (site.language, site.timezone)
        environment = self._environments.get(key)
        if environment is None:
            environment = self._environments[key] = self._made(site.words, site.timezone)
        return environment

    def _made(self, words: Words, timezone: str) -> Environment:
        environment = _environment(words)
        dates = DateFormats(zone_named(timezone), words)
        environment.globals.update(
            self._common,
            _=words.text,
            words=words,
            dates=dates,
            plural_index=words.plural_index,
            why=ShelfExplainer(self._settings, words).why,
            excluded_by=partial(excluded_by, words),
            label_words=label_words(words),
            reaction_titles={name: words.text(title) for name, title in REACTION_TITLES.items()},
            shelf_parts=partial(self._shelf_parts.of, words, dates, self._section_title),
        )
        environment.filters.update(
            date=dates.date_of,
            day=lambda day: dates.day(date.fromisoformat(day) if isinstance(day, str) else day),
            full_date=dates.full_date,
            iso_date=dates.iso_date,
            moment=dates.moment,
            brief=dates.brief,
            clock=dates.clock,
            midnight=dates.midnight,
            iso=iso,
            number=words.number,
            data=data,
            teaser=teaser_of,
            rfc2822=rfc2822,
            with_code=with_code,
        )
        return environment

    def asset_path(self, name: str) -> str:
        """The address of a static file; it changes with the content, so the file may be cached for ever."""
        return f"/static/{name}?v={self.assets[name].version}"


def _environment(words: Words) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        extensions=[TranslatedBlocks],
        autoescape=select_autoescape(("html", "xml")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.extend(words=words)
    return environment


def _assets(
    folder: Path, brand_files: Mapping[str, bytes], styles: Mapping[str, bytes]
) -> dict[str, StaticAsset]:
    """The static files; `styles`: the newspapers' own rules, by the ending of the names of their stylesheets."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    files |= brand_files
    fonts = {name: _asset(name, content) for name, content in files.items() if name.endswith(FONT)}
    sheets = {path.stem: path.read_bytes() for path in (folder / "sheets").iterdir()}
    core, printed = sheets.pop("core"), sheets.pop("print")
    # One stylesheet for each page: common rules, those of its kind, of paper, then the newspaper's fonts and colours.
    files |= {
        kind + ending: b"\n".join((core, rules, printed, own))
        for kind, rules in sheets.items()
        for ending, own in styles.items()
    }
    versions = {name: font.version for name, font in fonts.items()}
    return fonts | {
        name: _asset(name, content, versions) for name, content in files.items() if name not in fonts
    }


def _asset(name: str, content: bytes, fonts: Mapping[str, str] = MappingProxyType({})) -> StaticAsset:
    """A static file as it is sent; `fonts`: the versions of the font files that stylesheets name."""
    if name.endswith(".js"):
        content = minified(content.decode()).encode()
    elif name.endswith(".css"):
        style = compact(content.decode())
        content = _FONT_FILE.sub(lambda found: _versioned(found[1], fonts), style).encode()
    media = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return StaticAsset(content, media, hex_digest(content, 6))


def _versioned(font: str, versions: Mapping[str, str]) -> str:
    return f"url({font}?v={versions[font]})" if font in versions else f"url({font})"


FONT = ".woff2"
_FONT_FILE = re.compile(r"""url\(["']?([\w.-]+\.woff2)["']?\)""")
_TYPES = {FONT: "font/woff2"}  # Python knows it from 3.13 on


def shelf_version(shelf: Shelf) -> str:
    """A hash of what a reader sees of a shelf: the page's script leaves an unchanged one alone."""
    seen = [(item.article, item.headline, item.reason.text, item.label) for item in shelf.items]
    return hex_digest(msgspec.json.encode((seen, shelf.short)), 8)


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
