"""API keys at the desk: which there are, what they may be used for, a new one, and an end."""

from pathlib import Path
from typing import Final, NamedTuple

from starlette.responses import Response

from recirc.clock import from_ms, now_seconds
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.sessions import Visitor
from recirc.store.actions import AuditEntry, AuditQuery
from recirc.store.api_keys import ApiKey, Scope, create
from recirc.store.ports import NotThereError
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

HERE: Final = "/desk/keys"
DAY_SECONDS: Final = 86_400
MOST_DAYS: Final = 36_500
LONGEST_NAME: Final = 100  # characters
SCOPES: Final = {
    Scope.READ: "read: figures, statuses and lists",
    Scope.PUBLISH: "publish: articles, pictures, webhooks, inspections",
    Scope.EDITOR: "editor: rules, pins, findings, exclusions, withdrawals, erasures",
    Scope.EVENTS: "events: what readers did",
}


class KeyLine(NamedTuple):
    """A key, and the last thing that was done with it and noted."""

    key: ApiKey
    last: AuditEntry | None


class KeyPages:
    """`/desk/keys` and the forms below it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._keys = desk.web.stores.api_keys
        self._path = Path(desk.web.engine.settings.store.path)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/keys."""
        return await self._page(request, visitor)

    async def make(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/keys/make: the key is shown once."""
        name, days = data.text("name"), data["days"].strip()
        if not 1 <= len(name) <= LONGEST_NAME:
            raise invalid_field(FieldError(text=f"a name has 1 to {LONGEST_NAME} characters", field="name"))
        whole = days.isascii() and days.isdecimal() and 1 <= int(days) <= MOST_DAYS
        if days and not whole:
            raise invalid_field(FieldError(text=f"a number of days, from 1 to {MOST_DAYS:,}", field="days"))
        expires = int(now_seconds()) + int(days) * DAY_SECONDS if days else None
        scopes = [each for each in Scope if data[f"scope-{each.value}"]]
        if not scopes and not data["all"]:
            raise invalid_field(
                FieldError(text="say what it is for, or that it is for everything", field="scope")
            )
        try:
            made = await self._desk.run(create, self._path, name, scopes=scopes, expires=expires)
        except ValueError as error:
            raise invalid_field(FieldError(text=str(error), field="name")) from None
        detail = ", ".join(each.value for each in scopes) or "everything"
        await self._desk.note(visitor, "make a key", name, data.text("reason"), detail)
        return await self._page(request, visitor, made, 201)

    async def revoke(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/keys/revoke."""
        if not await self._desk.run(self._keys.revoke, data["name"]):
            raise NotThereError(f"there is no key named {data['name']!r} (any more)")
        await self._desk.note(visitor, "revoke a key", data["name"], data.text("reason"))
        return back(HERE, "done")

    async def _page(
        self, request: HttpRequest, visitor: Visitor, made: str = "", status: int = 200
    ) -> Response:
        return self._desk.page(
            request,
            visitor,
            "keys.html",
            status,
            lines=await self._desk.run(self._lines),
            made=made,
            scopes={each.value: text for each, text in SCOPES.items()},
            now_seconds=now_seconds(),
            moment_of=from_ms,
        )

    def _lines(self) -> list[KeyLine]:
        found = []
        for key in self._keys.all():
            entries = self._desk.trail.find(AuditQuery(actor=key.name), 1)
            found.append(KeyLine(key, entries[0] if entries and entries[0].role == "key" else None))
        return found
