"""The people of the newsroom: who has which role, and who is invited."""

from msgspec import structs
from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.openid_admission import clean_email
from recirc.desk.sessions import Visitor
from recirc.settings import Settings
from recirc.store.accounts import MOST_NAME, Account
from recirc.store.ports import ConflictError, NotThereError
from recirc.types.roles import Role
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

HERE = "/desk/people"


class PeoplePages:
    """`/desk/people` and its forms."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/people."""
        return await self._page(request, visitor, "")

    async def invite(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/people/invite: the link is shown once."""
        role, name = _role(data["role"]), data.text("name")
        if len(name) > MOST_NAME:
            raise invalid_field(FieldError(text=f"a name has at most {MOST_NAME} characters", field="name"))
        email = _email(data)
        if name and await self._desk.run(self._desk.accounts.find, name) is not None:
            raise invalid_field(FieldError(text=f"there is an account {name!r} already", field="name"))
        token = await self._desk.run(
            self._desk.accounts.invite, role, visitor.name, self._desk.web.clock(), name, email
        )
        await self._desk.note(visitor, "invite", name or "somebody", detail=role.value)
        host = request.headers.get("host", "")
        base = f"{'https' if self._desk.is_secure(request) else 'http'}://{host}"
        return await self._page(request, visitor, invitation_link(base, token), status=201)

    async def uninvite(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/people/uninvite."""
        await self._desk.run(self._desk.accounts.take_back, data["key"])
        await self._desk.note(visitor, "take an invitation back", data["key"][:8])
        return back(HERE, "done")

    async def change(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/people/change: role, disabled, without second factor; refused if another change came first."""
        stored = await self._desk.run(self._desk.accounts.find, data["name"])
        if stored is None:
            raise NotThereError(f"there is no account {data['name']!r}")
        if str(stored.version) != data["version"]:
            raise ConflictError(f"the account {stored.account.name} was changed meanwhile; look at it again")
        account, what = _changed(stored.account, data)
        await self._desk.run(self._desk.accounts.change, stored, account)
        await self._desk.note(visitor, what, account.name, reason=data.text("reason"))
        return back(HERE, "done")

    async def _page(self, request: HttpRequest, visitor: Visitor, link: str, status: int = 200) -> Response:
        now = self._desk.web.clock()
        invitations = await self._desk.run(self._desk.accounts.invitations, now)
        invited = [(key, each, from_ms(each.expires)) for key, each in invitations.items()]
        people = await self._desk.run(self._desk.accounts.all)
        return self._desk.page(
            request,
            visitor,
            "people.html",
            status,
            people=people,
            invited=invited,
            link=link,
        )


def _changed(account: Account, data: FormData) -> tuple[Account, str]:
    """The account as the form wants it, and what is done in words."""
    match data["do"]:
        case "disable":
            return structs.replace(account, disabled=True, generation=account.generation + 1), "disable"
        case "enable":
            return structs.replace(account, disabled=False), "enable"
        case "role":
            role = _role(data["role"])
            return structs.replace(account, role=role), f"make {role.value}"
        case "email":
            # Another address may be another person's at the provider, who is found anew.
            return structs.replace(account, email=_email(data), subject=""), "set the e-mail address of"
        case "factor":
            return structs.replace(account, totp="", step=0), "end the second factor of"
        case _:
            raise invalid_field(FieldError(text="it is role, disable, enable, email or factor", field="do"))


def _email(data: FormData) -> str:
    given = data.text("email")
    email = clean_email(given)
    if given and not email:
        raise invalid_field(FieldError(text=f"{given!r} is no e-mail address", field="email"))
    return email


def _role(text: str) -> Role:
    if text not in [role.value for role in Role]:
        raise invalid_field(FieldError(text=f"{text!r} is no role; take {', '.join(Role)}", field="role"))
    return Role(text)


def invitation_link(base: str, token: str) -> str:
    """The address of an invitation; `base`: scheme and host."""
    return f"{base}/desk/invitation?token={token}"


def desk_address(settings: Settings) -> str:
    """Scheme and host of the desk as the settings know them: the site's own, else those on which it listens.

    >>> desk_address(Settings())
    'http://127.0.0.1:8000'
    """
    if settings.site.url:
        return settings.site.url.rstrip("/")
    host = settings.server.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.server.port}"
