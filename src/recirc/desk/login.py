"""Logging in and out, and accepting an invitation."""

from msgspec import structs
from starlette.responses import Response

from recirc.desk.forms import FormData, Typed, unpacked
from recirc.desk.guard import Desk, back
from recirc.desk.sessions import SESSION, Visitor, anonymous, drop_cookies, set_cookie
from recirc.store.accounts import MOST_NAME, Account, StoredAccount
from recirc.store.ports import ConflictError
from recirc.web import passwords, problems, second_factor
from recirc.web.access import ClientAddressResolver, RateLimit
from recirc.web.passwords import PasswordError
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import HttpRequest, invalid_field

FRONT = "/desk"
WRONG = "Name, password or code is wrong."
ATTEMPTS_OF_ACCOUNT, ATTEMPTS_OF_ADDRESS = 10, 30
"""Attempts to log in during a minute, in each worker."""


class LoginPages:
    """`/desk/login`, `/desk/logout`, `/desk/invitation`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        settings = desk.web.engine.settings.server
        self._clients = ClientAddressResolver(settings.trust_proxy, warns=False)
        self._of_account, self._of_address = RateLimit(ATTEMPTS_OF_ACCOUNT), RateLimit(ATTEMPTS_OF_ADDRESS)

    async def login(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/login."""
        then = own_path(request.query_params.get("then", ""))
        return back(then) if visitor.account is not None else self._desk.login_page(request, then=then)

    async def log_in(self, request: HttpRequest, _: Visitor, data: FormData) -> Response:
        """POST /desk/login."""
        then, kept = own_path(data["then"]), unpacked(data["kept"])
        if data["elsewhere"]:
            return await self._logged_in_elsewhere(request, then, kept)
        name = data.text("name")
        self._limit(request, name)
        stored = await self._desk.run(self._desk.accounts.find, name)
        account = stored.account if stored is not None and not stored.account.disabled else None
        right = await self._desk.web.pools.logins.run(
            passwords.matches, data["password"], account.password if account is not None else None
        )
        if (
            stored is None
            or account is None
            or not right
            or not await self._desk.run(self._has_factor, stored, data["code"])
        ):
            return self._desk.login_page(request, then=then, kept=kept, error=WRONG, status=403)
        current = await self._desk.run(self._desk.accounts.find, name) or stored
        secret = await self._desk.run(self._desk.accounts.begin_session, current, self._desk.web.clock())
        new = Visitor(secret, current.account, current.version)
        await self._desk.note(new, "log in", account.name)
        response = self._desk.page(request, new, "resend.html", typed=kept, to=then) if kept else back(then)
        set_cookie(response, SESSION, secret, secure=self._desk.is_secure(request))
        return response

    async def _logged_in_elsewhere(self, request: HttpRequest, then: str, kept: Typed) -> Response:
        """To where somebody wanted who has logged in in another tab meanwhile, as by single sign-on."""
        visitor = await self._desk.visitor(request)
        if visitor.account is None:
            error = "You have not logged in yet; do it in the other tab first."
            return self._desk.login_page(request, then=then, kept=kept, error=error, status=403)
        return self._desk.page(request, visitor, "resend.html", typed=kept, to=then) if kept else back(then)

    async def log_out(self, _: HttpRequest, visitor: Visitor, __: FormData) -> Response:
        """POST /desk/logout."""
        session = await self._desk.run(self._desk.accounts.session_entry, visitor.secret)
        await self._desk.run(self._desk.accounts.end_session, visitor.secret)
        is_openid = session is not None and session.openid
        response = back("/desk/login", "out" if is_openid else "")
        drop_cookies(response)
        return response

    async def invitation(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/invitation."""
        return await self._invitation(request, request.query_params.get("token", ""), "")

    async def accept(self, request: HttpRequest, _: Visitor, data: FormData) -> Response:
        """POST /desk/invitation."""
        token, now = data["token"], self._desk.web.clock()
        self._limit(request, "")
        found = await self._desk.run(self._desk.accounts.invitation, token, now)
        if found is None:
            return await self._invitation(request, token, "")
        name = found.name or data.text("name")
        if not name or len(name) > MOST_NAME:
            return await self._invitation(request, token, f"A name has 1 to {MOST_NAME} characters.")
        if data["password"] != data["again"]:
            return await self._invitation(request, token, "The two passwords differ.")
        try:
            password = await self._desk.web.pools.logins.run(passwords.hashed, data["password"], name)
            account = Account(name=name, role=found.role, password=password, created=now)
            await self._desk.run(self._desk.accounts.accept, token, account, now)
        except PasswordError as error:
            return await self._invitation(request, token, str(error))
        except ConflictError:
            return await self._invitation(
                request, token, f"There is an account {name!r} already; take another name."
            )
        stored = await self._desk.run(self._desk.accounts.find, name)
        if stored is None:
            raise ProblemError(problems.INTERNAL, "The account was removed at this moment.")
        await self._desk.note(
            Visitor("", account), "accept an invitation", name, detail=f"invited by {found.by}"
        )
        response = back(FRONT)
        secret = await self._desk.run(self._desk.accounts.begin_session, stored, now)
        set_cookie(response, SESSION, secret, secure=self._desk.is_secure(request))
        return response

    async def _invitation(self, request: HttpRequest, token: str, error: str) -> Response:
        found = await self._desk.run(self._desk.accounts.invitation, token, self._desk.web.clock())
        status = 410 if found is None else 400 if error else 200
        return self._desk.page(
            request, anonymous(request), "invitation.html", status, token=token, invitation=found, error=error
        )

    def _has_factor(self, stored: StoredAccount, code: str) -> bool:
        """Whether the code is right, or none is needed; a right one is used up."""
        account = stored.account
        if not account.totp:
            return True
        step = second_factor.accepted_step(account.totp, code, self._desk.web.clock(), account.step)
        if step is None:
            return False
        try:
            self._desk.accounts.change(stored, structs.replace(account, step=step))
        except ConflictError:
            return False  # used at this moment by somebody else
        return True

    def _limit(self, request: HttpRequest, name: str) -> None:
        now = self._desk.web.clock()
        address = self._clients.network(request)
        if self._of_address.count(address, now) or (
            name and self._of_account.count(name.casefold()[:100], now)
        ):
            raise ProblemError(
                problems.TOO_MANY, "Too many attempts; wait a minute.", headers={"Retry-After": "60"}
            )


def own_path(path: str) -> str:
    """The path if it is one of the desk's, else the desk's front.

    >>> own_path("/desk/article?id=a"), own_path("//evil.example/desk"), own_path("/desk/../x")
    ('/desk/article?id=a', '/desk', '/desk')
    """
    plain = path.isascii() and path.isprintable() and not {"\\", " "} & set(path)
    bare = path.partition("?")[0]
    ours = bare == FRONT or (bare.startswith(f"{FRONT}/") and ".." not in bare and "//" not in bare)
    return path if plain and ours else FRONT


def new_password(data: FormData, name: str) -> str:
    """The hash of the password typed twice; it takes some 50 ms. Raises ProblemError."""
    if data["new"] != data["again"]:
        raise invalid_field(FieldError(text="the two passwords differ", field="password"))
    try:
        return passwords.hashed(data["new"], name)
    except PasswordError as error:
        raise invalid_field(FieldError(text=str(error), field="password")) from None
