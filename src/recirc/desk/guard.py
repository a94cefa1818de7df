"""What stands before each page of the desk: the role, the form's token, and what becomes of a form that is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeAlias, TypeVar

from starlette.responses import RedirectResponse, Response

from recirc.desk import charts
from recirc.desk.forms import FormData, Typed, packed, read_form
from recirc.desk.menu import menu
from recirc.desk.openid_provider import OpenIdProvider
from recirc.desk.permissions import ANYBODY, PERMISSIONS, Admission
from recirc.desk.sessions import FORM, SESSION, TOKEN, Visitor, anonymous, is_secure, secret_in, set_cookie
from recirc.desk.words import share
from recirc.store.accounts import Accounts
from recirc.store.actions import ActionTrail
from recirc.store.ports import ConflictError, NotThereError, StoreError
from recirc.types.roles import Role
from recirc.web import passwords, problems
from recirc.web.access import check_origin
from recirc.web.brands import Site
from recirc.web.context import WebContext
from recirc.web.problems import FieldError, ProblemError, ProblemType
from recirc.web.requests import HttpRequest, invalid_field
from recirc.web.routing import Method

_P = ParamSpec("_P")
_T = TypeVar("_T")
Page: TypeAlias = Callable[[HttpRequest, Visitor], Awaitable[Response]]
Form: TypeAlias = Callable[[HttpRequest, Visitor, FormData], Awaitable[Response]]

FORBIDDEN = ProblemType("forbidden", 403, "Your role does not include this")
FRESH_MS = 600_000
"""How long a single sign-on stands in for a password."""
STALE = ProblemType("stale", 409, "Somebody else changed this meanwhile")
FORGED = ProblemType("forged", 403, "This form did not come from the page")


class Desk:
    """What all pages of the desk share: accounts, the audit trail, and how a page is made and guarded."""

    def __init__(self, web: WebContext) -> None:
        self.web = web
        self.accounts: Accounts = web.stores.accounts
        self.trail: ActionTrail = web.stores.actions
        openid = web.engine.settings.openid
        self.openid = OpenIdProvider(openid) if openid.issuer else None
        self._trust_proxy = web.engine.settings.server.trust_proxy

    # Pages

    def page(
        self, request: HttpRequest, visitor: Visitor, template: str, status: int = 200, **context: Any
    ) -> Response:
        """A page of the desk for a visitor, which no cache keeps."""
        response = self.web.pages.page(
            request,
            f"desk/{template}",
            etag=False,
            site=self.site(request),
            path=request.scope["path"],
            visitor=visitor,
            roles=list(Role),
            desk_menu=menu(visitor.has),
            bars=charts.bars,
            spark=charts.spark,
            share=share,
            openid=self.openid,
            said=request.query_params.get("said", ""),
            **context,
        )
        response.status_code = status
        response.headers["Cache-Control"] = "no-store"
        if visitor.account is None and secret_in(request, FORM) != visitor.secret:
            set_cookie(response, FORM, visitor.secret, secure=self.is_secure(request))
        return response

    def site(self, request: HttpRequest) -> Site:
        """The newspaper that a page is for, with the times of `site.timezone`: those in which forms are read, and days
        are counted, whatever newspaper's host the desk is opened at.
        """
        timezone = self.web.engine.settings.site.timezone
        return self.web.pages.site(request)._replace(timezone=timezone)

    def is_secure(self, request: HttpRequest) -> bool:
        """Whether the browser speaks https."""
        return is_secure(request, self._trust_proxy)

    def login_page(
        self,
        request: HttpRequest,
        *,
        then: str,
        kept: Typed | None = None,
        error: str = "",
        status: int = 200,
    ) -> Response:
        """The page to log in; `then` is the path to go to, with a form's fields `kept` to be sent there."""
        return self.page(
            request,
            anonymous(request),
            "login.html",
            status,
            then=then,
            kept=packed(kept) if kept else "",
            error=error,
        )

    @staticmethod
    async def run(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What a function returns that reads or writes the store: in a thread, so that no other request waits."""
        return await asyncio.to_thread(function, *args, **kwargs)

    async def note(
        self, visitor: Visitor, action: str, subject: str, reason: str = "", detail: str = ""
    ) -> None:
        """Note in the audit trail what a visitor has done."""
        role = visitor.account.role.value if visitor.account is not None else ""
        await self.run(self.trail.note, visitor.name, role, action, subject, reason, detail)

    async def confirm(self, visitor: Visitor, data: FormData) -> None:
        """Make sure that it is the account's owner who sends a form: by the password in it; where the account has none,
        by a single sign-on of just now. Raises ProblemError.
        """
        account = visitor.account
        if account is None or account.password:
            known = account.password if account is not None else None
            if not await self.web.pools.logins.run(passwords.matches, data["password"], known):
                raise invalid_field(FieldError(text="this is not your present password", field="password"))
            return
        session = await self.run(self.accounts.session_entry, visitor.secret)
        if session is None or not session.openid or self.web.clock() - session.begun > FRESH_MS:
            raise ProblemError(
                STALE,
                "Your account has no password, so sign on anew first (under your name), and send this again.",
            )

    # Guards

    async def visitor(self, request: HttpRequest) -> Visitor:
        """Who sends a request."""
        secret = secret_in(request, SESSION)
        if secret:
            stored = await self.run(self.accounts.session, secret, self.web.clock())
            if stored is not None:
                return Visitor(secret, stored.account, stored.version)
        return anonymous(request)

    def get(self, path: str, page: Page) -> Method:
        """The route of a page, for those whom the table of permissions admits."""
        admitted = PERMISSIONS["GET", path]

        async def handle(request: HttpRequest) -> Response:
            visitor = await self.visitor(request)
            if isinstance(admitted, Role) and visitor.account is None:
                query = request.scope["query_string"].decode("latin-1")
                return self.login_page(request, then=path + (f"?{query}" if query else ""), status=401)
            self._admit(visitor, admitted)
            return await page(request, visitor)

        return Method("GET", path, handle)

    def post(self, path: str, form: Form) -> Method:
        """The route of a form. One that is refused comes back with what was typed."""
        admitted = PERMISSIONS["POST", path]

        async def handle(request: HttpRequest) -> Response:
            check_origin(request, self.web.engine.settings.site.url)
            data = await read_form(request)
            # Who logs in has no session yet, or leaves it for another.
            visitor = anonymous(request) if admitted is ANYBODY else await self.visitor(request)
            if isinstance(admitted, Role) and visitor.account is None:
                return self.login_page(request, then=path, kept=data.kept, status=401)
            self._admit(visitor, admitted)
            try:
                if not visitor.sent(data[TOKEN]):
                    raise ProblemError(
                        FORGED, "The page was open for too long, or in another session. Send it again."
                    )
                return await form(request, visitor, data)
            except (ProblemError, StoreError) as error:
                return self.refused(request, visitor, data, error)

        return Method("POST", path, handle)

    @staticmethod
    def _admit(visitor: Visitor, admitted: Role | Admission) -> None:
        if isinstance(admitted, Role) and not visitor.has(admitted):
            raise ProblemError(
                FORBIDDEN, f"This needs the role {admitted.value}; an administrator can give it to you."
            )

    def refused(
        self, request: HttpRequest, visitor: Visitor, data: FormData, error: ProblemError | StoreError
    ) -> Response:
        """The page that says why a form was refused, with what was typed."""
        text = str(error)
        if isinstance(error, (ConflictError, NotThereError)):
            kind = STALE if isinstance(error, ConflictError) else problems.NOT_FOUND
            problem = ProblemError(kind, text[:1].upper() + text[1:])
        else:
            problem = problems.problem_of(error)
        return self.page(
            request,
            visitor,
            "refused.html",
            problem.type.status,
            problem=problem,
            typed=data.kept,
            to=request.scope["path"],
        )


def back(to: str, said: str = "") -> RedirectResponse:
    """To a page after a form was taken (303); `said` names what is said there."""
    mark = "&" if "?" in to else "?"
    return RedirectResponse(f"{to}{mark}said={said}" if said else to, 303)
