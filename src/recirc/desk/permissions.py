"""Who may do what at the desk: one table of all its routes."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from recirc.types.roles import Role


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
    ("GET", "/desk/openid"): ANYBODY,
    ("GET", "/desk/openid/return"): ANYBODY,
    ("GET", "/desk/openid/leave"): ANYBODY,
    ("POST", "/desk/logout"): READER,
    ("GET", "/desk/me"): READER,
    ("POST", "/desk/me/password"): READER,
    ("POST", "/desk/me/factor"): READER,
    ("POST", "/desk/me/sessions"): READER,
    ("GET", "/desk"): READER,
    ("GET", "/desk/figures"): READER,
    ("GET", "/desk/figures.csv"): READER,
    ("GET", "/desk/figures.json"): READER,
    ("GET", "/desk/figures.parquet"): READER,
    ("GET", "/desk/report"): READER,
    ("GET", "/desk/shelves"): READER,
    ("GET", "/desk/articles"): READER,
    ("GET", "/desk/article"): READER,
    ("POST", "/desk/article/pin"): EDITOR,
    ("POST", "/desk/article/unpin"): EDITOR,
    ("POST", "/desk/article/label"): EDITOR,
    ("POST", "/desk/article/unlabel"): EDITOR,
    ("POST", "/desk/article/correct"): EDITOR,
    ("POST", "/desk/article/hold"): EDITOR,
    ("POST", "/desk/article/release"): EDITOR,
    ("POST", "/desk/article/finding"): EDITOR,
    ("POST", "/desk/article/join"): EDITOR,
    ("POST", "/desk/article/part"): EDITOR,
    ("POST", "/desk/article/undo-story"): EDITOR,
    ("POST", "/desk/article/withdraw"): PUBLISHER,
    ("POST", "/desk/article/restore"): PUBLISHER,
    ("GET", "/desk/pictures"): EDITOR,
    ("POST", "/desk/pictures/describe"): EDITOR,
    ("GET", "/desk/front"): EDITOR,
    ("POST", "/desk/front/arrange"): EDITOR,
    ("POST", "/desk/front/restore"): EDITOR,
    ("POST", "/desk/front/layouts"): EDITOR,
    ("GET", "/desk/rules"): EDITOR,
    ("GET", "/desk/rules/new"): EDITOR,
    ("POST", "/desk/rules/preview"): EDITOR,
    ("POST", "/desk/rules/replay"): EDITOR,
    ("POST", "/desk/rules/add"): EDITOR,
    ("POST", "/desk/rules/end"): EDITOR,
    ("GET", "/desk/balance"): EDITOR,
    ("POST", "/desk/balance/price"): EDITOR,
    ("GET", "/desk/findings"): EDITOR,
    ("GET", "/desk/topics"): EDITOR,
    ("POST", "/desk/topics/merge"): EDITOR,
    ("POST", "/desk/topics/divide"): EDITOR,
    ("POST", "/desk/topics/hide"): EDITOR,
    ("POST", "/desk/topics/split"): EDITOR,
    ("GET", "/desk/as-of"): EDITOR,
    ("GET", "/desk/audit"): EDITOR,
    ("GET", "/desk/audit.csv"): EDITOR,
    ("GET", "/desk/audit.json"): EDITOR,
    ("GET", "/desk/inspect"): EDITOR,
    ("POST", "/desk/inspect"): EDITOR,
    ("GET", "/desk/sources"): EDITOR,
    ("GET", "/desk/guests"): EDITOR,
    ("GET", "/desk/models"): EDITOR,
    ("POST", "/desk/models/rollback"): PUBLISHER,
    ("GET", "/desk/alarms"): EDITOR,
    ("GET", "/desk/exclusions"): EDITOR,
    ("POST", "/desk/exclusions/add"): PUBLISHER,
    ("POST", "/desk/exclusions/network"): PUBLISHER,
    ("POST", "/desk/exclusions/undo"): PUBLISHER,
    ("GET", "/desk/erasures"): PUBLISHER,
    ("GET", "/desk/erasures/receipt"): PUBLISHER,
    ("GET", "/desk/erasures/new"): PUBLISHER,
    ("POST", "/desk/erasures/article"): PUBLISHER,
    ("POST", "/desk/erasures/author"): PUBLISHER,
    ("POST", "/desk/erasures/topic"): PUBLISHER,
    ("POST", "/desk/erasures/day"): PUBLISHER,
    ("POST", "/desk/erasures/check"): PUBLISHER,
    ("GET", "/desk/keys"): ADMINISTRATOR,
    ("POST", "/desk/keys/make"): ADMINISTRATOR,
    ("POST", "/desk/keys/revoke"): ADMINISTRATOR,
    ("GET", "/desk/people"): ADMINISTRATOR,
    ("POST", "/desk/people/invite"): ADMINISTRATOR,
    ("POST", "/desk/people/uninvite"): ADMINISTRATOR,
    ("POST", "/desk/people/change"): ADMINISTRATOR,
}
"""The least role of each route (method, path). A route without a row cannot be served."""
