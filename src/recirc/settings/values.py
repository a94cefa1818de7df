"""Values of single settings that a type cannot check: addresses, languages, sections."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from recirc.settings.description import SettingsError
from recirc.settings.openid import OpenIdSettings
from recirc.settings.portal import OWN_FONTS, SHEET, SYSTEM_FONTS, TEXTS, is_file_name, is_like_file
from recirc.settings.tree import Settings

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")


def check_values(settings: Settings, where: str) -> None:
    """Check the values that pages, feeds and the Origin check depend on. Raises SettingsError."""
    for name, address in _addresses(settings):
        if address and not is_web_address(address):
            raise SettingsError(
                f"{where}: {name!r} is {address!r}, which is no web address; write it as readers see it, with its "
                f"scheme, such as {_with_scheme(address)!r}"
            )
    for name, language in _languages(settings):
        if language is not None and not _LANGUAGE.fullmatch(language):
            raise SettingsError(
                f"{where}: {name!r} is {language!r}, which is no code of a language; write it as in HTML's lang "
                "attribute, such as 'en', 'de' or 'pt-BR'"
            )
    for name, sections in _sections(settings):
        if not all(re.search(r"\w", section) for section in sections):
            raise SettingsError(
                f"{where}: {name!r} has a section without a name; write the names, such as "
                '["Town Hall", "Sport"], or their slugs'
            )

    _check_openid(settings.openid, where)
    _check_fonts(settings.portal.fonts, where)
    for name in ("contact", "imprint", "privacy", "newsletter"):
        given = getattr(settings.portal, name)
        if is_like_file(given) and not Path(given).is_file():
            raise SettingsError(
                f"{where}: 'portal.{name}' is {given!r}, but there is no such file, as seen from the folder "
                f"{Path.cwd()}; name one, or write a page's whole address, or its path without such an ending"
            )
        if is_like_file(given) and not is_file_name(given):
            raise SettingsError(
                f"{where}: 'portal.{name}' is {given!r}; a page's text is a file that ends in {' or '.join(TEXTS)}"
            )


def _check_fonts(given: str, where: str) -> None:
    if given in (OWN_FONTS, SYSTEM_FONTS):
        return
    sheet = Path(given) / SHEET
    if not sheet.is_file():
        raise SettingsError(
            f"{where}: 'portal.fonts' is {given!r}, which is neither {OWN_FONTS!r} nor {SYSTEM_FONTS!r} nor a "
            f"folder with a file {SHEET}, as seen from the folder {Path.cwd()}"
        )
    named = re.findall(r"""url\(\s*["']?([^)"']*)""", sheet.read_text("utf-8", "replace"))
    for file in named:
        if not re.fullmatch(r"[\w.-]+\.woff2", file) or not (sheet.parent / file).is_file():
            raise SettingsError(
                f"{where}: {sheet} of 'portal.fonts' names {file!r}, which is no WOFF2 file beside it"
            )


def _check_openid(openid: OpenIdSettings, where: str) -> None:
    if not openid.issuer:
        return
    if not is_web_address(openid.issuer) or not (openid.private or openid.issuer.startswith("https:")):
        raise SettingsError(
            f"{where}: 'openid.issuer' is {openid.issuer!r}; write the https address that the provider's "
            "/.well-known/openid-configuration names as its issuer (http only with openid.private = true)"
        )
    if not openid.client_id:
        raise SettingsError(f"{where}: 'openid.client_id' is missing; the provider gives it to this desk")
    if "openid" not in openid.scopes:
        raise SettingsError(
            f"{where}: 'openid.scopes' lacks \"openid\", without which no provider says who signs on"
        )
    if bool(openid.role_claim) != bool(openid.roles):
        raise SettingsError(
            f"{where}: 'openid.role_claim' and 'openid.roles' belong together; write both, or leave both out"
        )
    if openid.admit == "role" and not openid.role_claim:
        raise SettingsError(
            f"{where}: 'openid.admit' is \"role\", which needs 'openid.role_claim' and 'openid.roles'"
        )


def is_web_address(address: str) -> bool:
    """Whether pages can link to what follows an address: it has a scheme and a host, and no query.

    >>> is_web_address("https://tide.example/"), is_web_address("tide.example"), is_web_address("https://a b")
    (True, False, False)
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = not re.search(r"[\s<>\"]", address) and not parts.query and not parts.fragment
    return parts.scheme in ("http", "https") and bool(host) and plain and not parts.username


def _with_scheme(address: str) -> str:
    host = (
        re.sub(r"^[a-z]*:?/*", "", address.strip(), flags=re.IGNORECASE)
        if ":/" in address
        else address.strip()
    )
    wanted = f"https://{host}"
    return wanted if is_web_address(wanted) else "https://tide.example"


def _addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "site.url", settings.site.url
    for place, brand in enumerate(settings.brands.list):
        yield f"brands.list[{place}].url", brand.url


def _languages(settings: Settings) -> Iterator[tuple[str, str | None]]:
    yield "site.language", settings.site.language
    for place, brand in enumerate(settings.brands.list):
        yield f"brands.list[{place}].language", brand.language
    for place, source in enumerate(settings.sources.list):
        yield f"sources.list[{place}].language", source.language


def _sections(settings: Settings) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "site.sections", settings.site.sections
    for place, brand in enumerate(settings.brands.list):
        yield f"brands.list[{place}].sections", brand.sections
