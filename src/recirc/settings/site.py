"""The settings of the newspapers: names, addresses, languages, appearance."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from recirc.settings.description import described


class SiteSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Name and appearance of the newspaper."""

    name: Annotated[str, described("Name of the newspaper.")] = "Recirc"
    tagline: Annotated[str, described("Tagline below the name. Default: none.")] = ""
    url: Annotated[
        str, described("Public address, used in canonical links. Default: the address of the request.")
    ] = ""
    language: Annotated[str, described("Language of the pages, as in HTML's lang attribute.")] = "en"
    timezone: Annotated[
        str,
        described("Time zone of dates, of the archive's days and of daily figures, such as Europe/Rome."),
    ] = "UTC"
    sections: Annotated[
        tuple[str, ...],
        described(
            "Sections of the menu in order, as names or slugs. Default: the sections with the most articles."
        ),
    ] = ()

    logo: Annotated[str, described("Logo file, SVG or PNG, shown instead of the name. Default: no logo.")] = (
        ""
    )
    colours: Annotated[
        dict[str, str],
        described(
            "Colours as #rrggbb: paper, tint, ink, soft, line, accent, mark, "
            "each also with the prefix dark-. Default: Recirc's own."
        ),
    ] = msgspec.field(default_factory=dict)
    referrers: Annotated[
        dict[str, str],
        described(
            'Names for the desk of the codes that your events have as referrers, such as {"1" = "Search"}. '
            "Views with other codes are other sites."
        ),
    ] = msgspec.field(default_factory=dict)
    reactions: Annotated[
        tuple[Literal["well-told", "useful", "moving", "surprising"], ...],
        described("Reactions offered below an article, in this order. Empty: no reactions."),
    ] = ("well-told", "useful", "moving", "surprising")


class BrandSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One of several newspapers served from the same articles and events."""

    name: Annotated[str, described("Name of the newspaper.", min_length=1)]
    hosts: Annotated[
        tuple[str, ...],
        described("Host names at which the newspaper is read, without port (the Host header).", min_length=1),
    ]
    tagline: Annotated[str, described("Tagline below the name.")] = ""
    url: Annotated[
        str, described("Public address, used in canonical links. Default: the address of the request.")
    ] = ""
    language: Annotated[
        str | None, described("Language of the pages, as in HTML's lang attribute. Default: site.language.")
    ] = None
    timezone: Annotated[
        str | None,
        described("Time zone of the pages' dates and of the archive's days. Default: site.timezone."),
    ] = None
    sections: Annotated[
        tuple[str, ...],
        described(
            "Sections whose articles belong to this newspaper, as names or slugs in menu order. Default: all sections."
        ),
    ] = ()
    outlets: Annotated[
        tuple[str, ...],
        described(
            "Outlets whose articles belong to this newspaper, as the articles name them. Default: all outlets."
        ),
    ] = ()
    logo: Annotated[str, described("Logo file, SVG or PNG, shown instead of the name. Default: no logo.")] = (
        ""
    )
    colours: Annotated[dict[str, str], described("Colours, as in site.colours.")] = msgspec.field(
        default_factory=dict
    )


class BrandsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Newspapers besides `[site]`, one table `[[brands.list]]` each. The Host header selects the newspaper."""

    list: Annotated[tuple[BrandSettings, ...], described("The other newspapers.")] = ()
    cross_brands: Annotated[
        bool, described("Show articles of the other newspapers on the shelves beside an article.")
    ] = False
    apart: Annotated[
        bool,
        described(
            "The newspaper of [site] has only the articles that belong to no newspaper in brands.list. "
            "Off: it has every article."
        ),
    ] = False
