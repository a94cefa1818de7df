"""The menu of the desk: its pages with their names, each for those whose role admits them."""

from recirc.desk.permissions import PERMISSIONS
from recirc.types.roles import Role

NAMES = (
    ("/desk", "Now"),
    ("/desk/articles", "Articles"),
    ("/desk/front", "Front page"),
    ("/desk/rules", "Rules"),
    ("/desk/balance", "Balance"),
    ("/desk/topics", "Topics"),
    ("/desk/findings", "Findings"),
    ("/desk/figures", "Figures"),
    ("/desk/report", "Report"),
    ("/desk/as-of", "As it was"),
    ("/desk/audit", "Audit"),
    ("/desk/inspect", "Inspect"),
    ("/desk/sources", "Sources"),
    ("/desk/models", "Models"),
    ("/desk/alarms", "Alarms"),
    ("/desk/exclusions", "Exclusions"),
    ("/desk/erasures", "Erasures"),
    ("/desk/people", "People"),
    ("/desk/keys", "Keys"),
)


def menu() -> list[tuple[str, str, Role]]:
    """Address, name and least role of each page, in order."""
    found = [(path, name, PERMISSIONS["GET", path]) for path, name in NAMES]
    return [(path, name, role) for path, name, role in found if isinstance(role, Role)]
