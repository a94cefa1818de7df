"""One's own account: password, second factor, sessions."""

from msgspec import structs
from starlette.responses import Response

from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.login import new_password
from recirc.desk.sessions import SESSION, Visitor, set_cookie
from recirc.store.accounts import Account, StoredAccount
from recirc.web import second_factor
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

HERE = "/desk/me"


class OwnAccountPages:
    """`/desk/me` and its forms. Each change needs the password."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/me."""
        account = _account(visitor)
        secret = second_factor.new_secret()
        issuer = self._desk.web.pages.site(request).name
        address = second_factor.address(secret, account.name, issuer)
        return self._desk.page(request, visitor, "me.html", secret=secret, address=address)

    async def password(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/me/password: all other sessions end."""
        account = await self._checked(visitor, data)
        hashed = await self._desk.web.pools.logins.run(new_password, data, account.name)
        changed = structs.replace(account, password=hashed, generation=account.generation + 1)
        return await self._changed(request, visitor, changed, "change one's password")

    async def factor(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/me/factor: with `secret` and a code of it, else without a second factor."""
        account = await self._checked(visitor, data)
        if data["end"]:
            changed = structs.replace(account, totp="", step=0)
            return await self._changed(request, visitor, changed, "end one's second factor")
        step = second_factor.accepted_step(data["secret"], data["code"], self._desk.web.clock(), 0)
        if step is None or len(data["secret"]) < 32:
            raise invalid_field(FieldError(text="this is not the code that the app shows now", field="code"))
        changed = structs.replace(account, totp=data["secret"], step=step)
        return await self._changed(request, visitor, changed, "begin a second factor")

    async def sessions(self, request: HttpRequest, visitor: Visitor, _: FormData) -> Response:
        """POST /desk/me/sessions: end those in other browsers."""
        account = _account(visitor)
        changed = structs.replace(account, generation=account.generation + 1)
        return await self._changed(request, visitor, changed, "end one's other sessions")

    async def _checked(self, visitor: Visitor, data: FormData) -> Account:
        account = _account(visitor)
        await self._desk.confirm(visitor, data)
        return account

    async def _changed(
        self, request: HttpRequest, visitor: Visitor, account: Account, action: str
    ) -> Response:
        accounts = self._desk.accounts
        await self._desk.run(accounts.change, StoredAccount(_account(visitor), visitor.version), account)
        await self._desk.note(visitor, action, account.name)
        response = back(HERE, "done")
        stored = await self._desk.run(accounts.find, account.name)
        if stored is not None and account.generation != _account(visitor).generation:
            session = await self._desk.run(accounts.session_entry, visitor.secret)
            openid = session is not None and session.openid
            secret = await self._desk.run(
                accounts.begin_session, stored, self._desk.web.clock(), openid=openid
            )
            set_cookie(response, SESSION, secret, secure=self._desk.is_secure(request))
        return response


def _account(visitor: Visitor) -> Account:
    if visitor.account is None:  # the guard lets nobody else in
        raise TypeError("a page of one's own account needs a session")
    return visitor.account
