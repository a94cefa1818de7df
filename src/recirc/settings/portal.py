"""The settings of the portal's pages."""

from typing import Annotated

from msgspec import Struct

from recirc.settings.description import described


class PortalSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the portal's pages show, and the links at their foot."""

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
    contact: Annotated[
        str, described("Contact, linked at the foot of pages: a path or an address. Default: no link.")
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
