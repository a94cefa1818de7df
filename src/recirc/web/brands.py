"""The newspapers: which one a request is for, how it looks, and which articles are its own."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from recirc.engine.brand_scopes import BrandScope, scopes_of
from recirc.messages import Words, words_in
from recirc.settings import COLOURS, BrandSettings, BrandsSettings, Settings, SiteSettings
from recirc.text.slugs import slug
from recirc.types import Article, Request
from recirc.web.requests import HttpRequest
from recirc.web.typefaces import typefaces_of

log = logging.getLogger("recirc.web")

STYLE, PLAIN = ".css", ".plain.css"
"""Endings of the stylesheets without a newspaper's colours: with fonts, and without, for languages whose letters these
do not have."""

RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}
)
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})
LEAST_CONTRAST = 4.5
"""Of text and its background (WCAG 2.2, 1.4.3)."""

_PAIRS = (("ink", "paper"), ("soft", "paper"), ("accent", "paper"), ("ink", "tint"), ("soft", "tint"))
_DEFAULTS = {
    "paper": "#fdfcf9", "tint": "#f4f1ea", "ink": "#1b1a17", "soft": "#5c574e", "accent": "#9c2b1f",
    "dark-paper": "#171614", "dark-tint": "#211f1c", "dark-ink": "#ece7dc", "dark-soft": "#aaa397",
    "dark-accent": "#f19784",
}  # fmt: skip
"""The colours of text and backgrounds in sheets/core.css."""


class Logo(NamedTuple):
    """A picture instead of a name. `asset` is the name of its static file; width and height give its proportions."""

    asset: str
    width: int
    height: int


class Site(NamedTuple):
    """One newspaper as its pages show it.

    Attributes:
        key: slug of its name; None: the newspaper of `[site]` with every article.
        name, tagline, language: from the settings.
        direction: `ltr` or `rtl`, by its language.
        timezone: name of the time zone of its dates.
        url: public address without a slash at its end; empty: taken from each request.
        sections: of the menu, as slugs; empty: those with the most articles.
        style: how the names of its stylesheets end, among the static files: `front` and this is the front page's.
        fonts: names of the font files that its pages fetch at once.
        logo: None: the name as text.
        words: the words of its language.
        shelf_language: the language of the reasons on its shelves; None: that of `[site]`.
    """

    key: str | None
    name: str
    tagline: str
    language: str
    direction: str
    timezone: str
    url: str
    sections: tuple[str, ...]
    style: str
    fonts: tuple[str, ...]
    logo: Logo | None
    words: Words
    shelf_language: str | None


class Brands:
    """The newspapers in the settings."""

    def __init__(self, settings: Settings) -> None:
        self.cross = settings.brands.cross_brands
        self.typefaces = typefaces_of(settings.portal.fonts)
        self.files: dict[str, bytes] = dict(self.typefaces.files)
        """Logos and fonts, by the name of the static file."""
        self.styles = {STYLE: self.typefaces.rules.encode(), PLAIN: b""}
        """What stylesheets have beside the common rules, by the ending of their names."""
        language = self._language = settings.site.language
        self._timezone = settings.site.timezone
        self._scopes = scopes_of(settings)
        key = slug(settings.site.name)
        self.default = self._site(key if key in self._scopes else None, settings.site, language)
        self.others: tuple[Site, ...] = tuple(
            self._site(slug(brand.name), brand, brand.language or language) for brand in settings.brands.list
        )
        self.all = (self.default, *self.others)
        self.keys = [site.key for site in self.all if site.key]
        self._by_host = _by_host(self.others, settings.brands)

    def _site(self, key: str | None, given: SiteSettings | BrandSettings, language: str) -> Site:
        mark = f"-{key}" if key else ""
        suited = self.typefaces.suit(language)
        style = STYLE if suited else PLAIN
        if given.colours:
            rules, style = self.styles[style], f"{mark or '.site'}.css"  # no slug has a dot
            self.styles[style] = rules + colour_rules(given.colours).encode()
            for text in contrast_warnings(given.colours):
                log.warning("%s: %s", given.name, text)
        picture = None
        if given.logo:
            asset = f"logo{mark}{Path(given.logo).suffix.lower()}"
            self.files[asset] = Path(given.logo).read_bytes()
            picture = Logo(asset, *size_of(self.files[asset]))
        direction = direction_of(language) or "ltr"
        url = given.url.rstrip("/")
        sections = tuple(map(slug, given.sections))
        words, common = words_in(language), self._language
        if words.catalogue == "en" and not language.startswith("en"):
            log.warning(
                "%s: there are no messages in the language %r, so they are English", given.name, language
            )
        return Site(
            key, given.name, given.tagline, language, direction, given.timezone or self._timezone, url, sections,
            style,
            self.typefaces.first(language), picture, words,
            None if language == common else language,
        )  # fmt: skip

    def of(self, request: HttpRequest) -> Site:
        """The newspaper that the request's Host names; for an unknown host the one of `[site]`."""
        if not self.others:
            return self.default
        host = request.headers.get("host", "").lower()
        return self._by_host.get(_PORT.sub("", host).rstrip("."), self.default)

    def owns(self, site: Site, article: Article) -> bool:
        """Whether the article is one of this newspaper's own."""
        scope = self._scope(site)
        return scope is None or scope.holds(article)

    def shows(self, site: Site, article: Article) -> bool:
        """Whether this newspaper has a page of the article."""
        return self.cross or self.owns(site, article)

    def home(self, site: Site, article: Article) -> Site:
        """The newspaper that owns the article: this one, else the first of the others that does."""
        if site.key is not None and self.owns(site, article):
            return site
        return next((other for other in self.others if self.owns(other, article)), self.default)

    def shelf_brand(self, request: HttpRequest, wanted: Request) -> str | None:
        """Key of the newspaper whose articles alone the shelves may show; None: all articles."""
        return wanted.brand or (None if self.cross else self.of(request).key)

    def beside(self, id: str, article: Article | None) -> Request:
        """What a page of the article's own newspaper asks for beside it, for a reader of whom nothing is known.

        `article` None: nothing but its id is known, and so no newspaper.
        """
        brand = None
        if article is not None and not self.cross:
            brand = self.home(self.default, article).key
        return Request(article=id, personalised=False, brand=brand)

    def _scope(self, site: Site) -> BrandScope | None:
        return self._scopes.get(site.key) if site.key else None


def _by_host(sites: Sequence[Site], settings: BrandsSettings) -> dict[str, Site]:
    return {
        host.lower(): site for site, brand in zip(sites, settings.list, strict=True) for host in brand.hosts
    }


_PORT = re.compile(r":[0-9]*$")


def direction_of(language: str | None) -> str | None:
    """Direction in which a language is written: `ltr` or `rtl`; None: there is no language.

    >>> [direction_of(language) for language in ("en", "ar-EG", "he", "az-Arab", "uz-Latn", None)]
    ['ltr', 'rtl', 'rtl', 'rtl', 'ltr', None]
    """
    if not language:
        return None
    first, *rest = language.lower().replace("_", "-").split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    right = script in _RIGHT_TO_LEFT_SCRIPTS if script else first in RIGHT_TO_LEFT
    return "rtl" if right else "ltr"


def site_in(site: Site, language: str | None) -> Site:
    """A newspaper with the words of another language; None: its own."""
    if language is None or language == site.language:
        return site
    return site._replace(
        language=language, direction=direction_of(language) or "ltr", words=words_in(language)
    )


def colour_rules(colours: Mapping[str, str]) -> str:
    """The colours as CSS: custom properties, light and dark.

    >>> print(colour_rules({"accent": "#004488", "dark-accent": "#88bbff"}), end="")
    :root { --accent: #004488; }
    @media (prefers-color-scheme: dark) { :root { --accent: #88bbff; } }
    """
    light = "".join(f" --{name}: {colours[name]};" for name in COLOURS if name in colours)
    dark = "".join(f" --{name}: {colours[f'dark-{name}']};" for name in COLOURS if f"dark-{name}" in colours)
    rules = f":root {{{light} }}\n" if light else ""
    # A colour set only for light must not apply in the dark.
    kept = "".join(
        f" --{name}: {_DEFAULTS[f'dark-{name}']};"
        for name in COLOURS
        if name in colours and f"dark-{name}" not in colours and f"dark-{name}" in _DEFAULTS
    )
    return rules + (
        f"@media (prefers-color-scheme: dark) {{ :root {{{dark}{kept} }} }}\n" if dark + kept else ""
    )


def contrast_warnings(colours: Mapping[str, str]) -> list[str]:
    """Warnings about pairs of colours that are hard to read."""
    mixed = {**_DEFAULTS, **colours}
    found = []
    for mark in ("", "dark-"):
        for front, back in _PAIRS:
            ratio = contrast(mixed[mark + front], mixed[mark + back])
            if ratio < LEAST_CONTRAST:
                found.append(
                    f"{mark}{front} {mixed[mark + front]} on {mark}{back} {mixed[mark + back]} has a contrast of "
                    f"{ratio:.1f}; below {LEAST_CONTRAST} text is hard to read"
                )
    return found


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2).

    >>> round(contrast("#000000", "#ffffff"), 1), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG, or of an SVG by its viewBox; 400 × 100 if they are not found."""
    if picture.startswith(b"\x89PNG\r\n\x1a\n") and len(picture) >= 24:
        return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
    found = _VIEW.search(picture.decode("utf-8", "replace"))
    if not found:
        return 400, 100
    return max(1, round(float(found[1]))), max(1, round(float(found[2])))


_VIEW = re.compile(r"""viewBox\s*=\s*["']\s*[-0-9.]+[\s,]+[-0-9.]+[\s,]+([0-9.]+)[\s,]+([0-9.]+)\s*["']""")
