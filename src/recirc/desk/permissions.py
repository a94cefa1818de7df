"""Who may do what at the desk: one table of all its routes."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from recirc.store.accounts import Role


class Admission(Enum):
    """Routes that need no role."""

    ANYBODY = "anybody"
    API_KEY = "api key"


ANYBODY, API_KEY = Admission.ANYBODY, Admission.API_KEY
READER, EDITOR, PUBLISHER, ADMINISTRATOR = Role

PERMISSIONS: Final[Mapping[tuple[str, str], Role | Admission]] = {
    ("GET", "/sources"): API_KEY,
    ("GET", "/desk/login"): ANYBODY,
    ("POST", "/desk/login"): ANYBODY,
    ("GET", "/desk/invitation"): ANYBODY,
    ("POST", "/desk/invitation"): ANYBODY,
    ("POST", "/desk/logout"): READER,
    ("GET", "/desk/me"): READER,
    ("POST", "/desk/me/password"): READER,
    ("POST", "/desk/me/factor"): READER,
    ("POST", "/desk/me/sessions"): READER,
    ("GET", "/desk/people"): ADMINISTRATOR,
    ("POST", "/desk/people/invite"): ADMINISTRATOR,
    ("POST", "/desk/people/uninvite"): ADMINISTRATOR,
    ("POST", "/desk/people/change"): ADMINISTRATOR,
}
"""The least role of each route (method, path). A route without a row cannot be served."""
