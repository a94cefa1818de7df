"""The settings of the portal's pages."""

from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Struct

from recirc.settings.description import described

LAYOUTS: Final = ("feature", "columns", "headlines", "portraits")
"""Forms of a section's part of the front page."""

OWN_FONTS: Final = "recirc"
SYSTEM_FONTS: Final = "system"
SHEET: Final = "fonts.css"
"""The style sheet of a folder of fonts."""

TEXTS: Final = (".txt", ".html")
"""Endings of files with the text of a page."""
FILES: Final = (*TEXTS, ".htm", ".md")
"""Endings of what is a file: whoever writes a page's path so means one that is not there."""


def is_like_file(given: str) -> bool:
    """Whether a setting ends as the name of a file with text does, whether there is one or not.

    >>> [is_like_file(given) for given in ("/srv/imprint.txt", "notes.MD", "/imprint", "https://tide.example/i.html")]
    [True, True, False, False]
    """
    return given.lower().endswith(FILES) and "://" not in given


def is_file_name(given: str) -> bool:
    """Whether a setting names a file with the text of a page, and not a path or address of one.

    >>> [is_file_name(given) for given in ("imprint.txt", "/imprint", "https://tide.example/imprint.html", "")]
    [True, False, False, False]
    """
    return (
        given.endswith(TEXTS) and "://" not in given and (not given.startswith("/") or Path(given).is_file())
    )


class PortalSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the portal's pages show, and the links at their foot."""

    mode: Annotated[
        Literal["portal", "mirror", "engine"],
        described(
            "portal: this is the newspaper's site. mirror: the site is elsewhere; all pages are there, but name the "
            "original as canonical, are noindex, and no sitemap lists them. engine: no public pages but /how-it-works."
        ),
    ] = "portal"
    opinion: Annotated[
        tuple[str, ...],
        described("Sections, as slugs, that the front page shows with portraits of their authors."),
    ] = ("opinion",)
    layouts: Annotated[
        dict[str, Literal["feature", "columns", "headlines", "portraits"]],
        described(
            "Layout of sections on the front page, by slug. feature: one article with a large picture, the others "
            "beside it. columns: all alike. headlines: without pictures. portraits: with those of the authors. "
            "Default: portraits for portal.opinion, else feature and columns in turn. The desk may choose others."
        ),
    ] = {}
    latest: Annotated[
        int, described("Number of newest articles listed with their times on the front page.", ge=0, le=30)
    ] = 8
    shelf_pictures: Annotated[
        bool, described("Show a small picture beside each item of Related and Recommendation.")
    ] = True
    shelf_details: Annotated[bool, described("Show section and date of each item of a shelf.")] = True
    fit_shelves: Annotated[
        bool,
        described(
            "Show fewer items beside a short article, the others on request. "
            "Off: every shelf has all its slots in sight."
        ),
    ] = True
    fonts: Annotated[
        str,
        described(
            "Fonts of the pages. recirc: Recirc's own serif and sans. system: those of the reader's device. "
            "Otherwise a folder with a style sheet fonts.css and the WOFF2 files that it names."
        ),
    ] = OWN_FONTS
    contact: Annotated[
        str,
        described(
            "Contact, linked at the foot of pages: a path, an address, or a file (.txt, .html) whose text is the page "
            "/contact. Default: no link."
        ),
    ] = ""
    imprint: Annotated[str, described("Imprint, as portal.contact.")] = ""
    privacy: Annotated[str, described("Privacy policy, as portal.contact.")] = ""
    newsletter: Annotated[str, described("Page to subscribe to the newsletter, as portal.contact.")] = ""
    social: Annotated[
        dict[str, str],
        described(
            'The newspaper elsewhere: address by name, such as {"Mastodon" = "https://social.example/@paper"}.'
        ),
    ] = {}
