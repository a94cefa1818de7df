"""The menu of the desk: its pages by what they are for, each for those whose role admits them."""

from collections.abc import Callable
from typing import Final, NamedTuple

from recirc.desk.permissions import PERMISSIONS
from recirc.types.roles import Role

PAGES: Final = {
    "": (("/desk", "Now"), ("/desk/articles", "Articles"), ("/desk/front", "Front page")),
    "Steering": (
        ("/desk/rules", "Rules"),
        ("/desk/balance", "Balance"),
        ("/desk/topics", "Topics"),
        ("/desk/pictures", "Pictures"),
        ("/desk/findings", "Findings"),
    ),
    "Reports": (
        ("/desk/figures", "Figures"),
        ("/desk/shelves", "Shelves at work"),
        ("/desk/report", "Report"),
    ),
    "Proof": (
        ("/desk/as-of", "As it was"),
        ("/desk/audit", "Audit"),
        ("/desk/inspect", "Inspect"),
        ("/desk/exclusions", "Exclusions"),
        ("/desk/erasures", "Erasures"),
    ),
    "Machinery": (
        ("/desk/sources", "Sources"),
        ("/desk/guests", "Other sites"),
        ("/desk/models", "Models"),
        ("/desk/alarms", "Alarms"),
        ("/desk/people", "People"),
        ("/desk/keys", "Keys"),
    ),
}
"""Pages (address, name) by their group; those of the group without a name are in the menu itself."""


class MenuPage(NamedTuple):
    """A page in the menu."""

    address: str
    name: str


def menu(visitor_has: Callable[[Role], bool]) -> list[tuple[str, list[MenuPage]]]:
    """The groups, each with the pages that somebody's roles admit; none that would be empty.

    >>> [(group, [page.name for page in pages]) for group, pages in menu(lambda role: role is Role.READER)]
    [('', ['Now', 'Articles']), ('Reports', ['Figures', 'Shelves at work', 'Report'])]
    """
    found = []
    for group, pages in PAGES.items():
        admitted = [MenuPage(*page) for page in pages if _admits(page[0], visitor_has)]
        if admitted:
            found.append((group, admitted))
    return found


def _admits(address: str, visitor_has: Callable[[Role], bool]) -> bool:
    needed = PERMISSIONS["GET", address]
    return isinstance(needed, Role) and visitor_has(needed)
