"""Single sign-on at the desk: there to the provider, and back with who it is."""

import base64
import hmac
import logging
from typing import Final

import msgspec
from msgspec import Struct
from starlette.responses import RedirectResponse, Response

from recirc.desk.guard import Desk, back
from recirc.desk.login import own_path
from recirc.desk.openid_admission import admission, person_of
from recirc.desk.openid_provider import OpenIdError, OpenIdProvider, SignOn
from recirc.desk.sessions import HOST, SESSION, Visitor, set_cookie
from recirc.store.accounts import StoredAccount
from recirc.store.ports import ConflictError, NotThereError
from recirc.web import problems
from recirc.web.access import ClientAddressResolver, RateLimit
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest
from recirc.web.work_pools import WorkPool

COOKIE: Final = "recirc-openid"
"""Keeps a sign-on while the browser is at the provider."""
COOKIE_SECONDS: Final = 900
ATTEMPTS: Final = 30
"""Sign-ons of one address during a minute, in each worker."""

_log = logging.getLogger("recirc.desk")


class _Begun(Struct, frozen=True):
    """What the browser keeps meanwhile; `then`: where it goes, `invitation`: the secret of the one it followed."""

    state: str
    nonce: str
    verifier: str
    then: str
    invitation: str = ""

    @property
    def sign_on(self) -> SignOn:
        return SignOn(self.state, self.nonce, self.verifier)


class OpenIdPages:
    """`/desk/openid`, `/desk/openid/return`, `/desk/openid/leave`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        settings = desk.web.engine.settings
        self._settings = settings.openid
        self._provider = desk.openid
        self._clients = ClientAddressResolver(settings.server.trust_proxy, warns=False)
        self._limit = RateLimit(ATTEMPTS)
        # A provider that does not answer keeps no password from being checked.
        self._pool = WorkPool("openid", 4, 60)

    async def begin(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/openid?then=&invitation=&again=: to the provider."""
        provider = self._checked(request)
        query = request.query_params
        sign_on, then = SignOn.begin(), own_path(query.get("then", ""))
        begun = _Begun(*sign_on, then, query.get("invitation", "")[:200])
        try:
            address = await self._pool.run(
                provider.authorization_address, self._redirect(request), sign_on, again="again" in query
            )
        except OpenIdError as error:
            return self._failed(request, then, error)
        response = RedirectResponse(address, 303, {"Cache-Control": "no-store"})
        self._set_cookie(request, response, _packed(begun))
        return response

    async def returned(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/openid/return?state=&code=: the provider sent the browser back."""
        provider, query = self._checked(request), request.query_params
        begun = _unpacked(request.cookies.get(self._cookie(request), ""))
        then = own_path(begun.then) if begun is not None else own_path("")
        try:
            if begun is None or not hmac.compare_digest(
                begun.state.encode(), query.get("state", "").encode("utf-8", "surrogateescape")
            ):
                raise OpenIdError(
                    "This sign-on was begun in another browser, or too long ago; begin again.", 400
                )
            provider.check_issuer(query.get("iss", ""))
            if query.get("error") or not query.get("code"):
                said = query.get("error_description") or query.get("error") or "no code came"
                raise OpenIdError(f"{provider.name} did not sign you on: {said[:300]}.")
            account = await self._admitted(provider, request, begun, query["code"])
        except OpenIdError as error:
            return self._failed(request, then, error)
        now = self._desk.web.clock()
        secret = await self._desk.run(self._desk.accounts.begin_session, account, now, openid=True)
        await self._desk.note(
            Visitor(secret, account.account, account.version),
            "log in",
            account.account.name,
            detail=provider.name,
        )
        response = back(then)
        response.headers["Cache-Control"] = "no-store"
        set_cookie(response, SESSION, secret, secure=self._desk.is_secure(request))
        self._set_cookie(request, response, "")
        return response

    async def leave(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/openid/leave: to the provider's own page to log out."""
        provider = self._checked(request)
        try:
            address = await self._pool.run(provider.logout_address, f"{self._base(request)}/desk/login")
        except OpenIdError as error:
            return self._failed(request, own_path(""), error)
        if address is None:
            text = f"{provider.name} has no page to log out; do it on its own site."
            return self._failed(request, own_path(""), OpenIdError(text, 404))
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})

    async def _admitted(
        self, provider: OpenIdProvider, request: HttpRequest, begun: _Begun, code: str
    ) -> StoredAccount:
        """The account of whoever signed on, changed or made as `admission` decides. Raises OpenIdError."""
        now = self._desk.web.clock()
        claims = await self._pool.run(provider.claims, code, self._redirect(request), begun.sign_on, now)
        person = person_of(claims, self._settings.issuer, self._settings)

        def admit() -> StoredAccount | None:
            accounts = self._desk.accounts
            key = accounts.invitation_key(begun.invitation) if begun.invitation else ""
            made = admission(person, self._settings, accounts.all(), accounts.invitations(now), key, now)
            if made.before is None and made.invitation:
                accounts.accept_by_key(made.invitation, made.account, now)
            elif made.before is None:
                accounts.add(made.account)
            elif made.account != made.before.account:
                accounts.change(made.before, made.account)
            return accounts.find(made.account.name)

        try:
            stored = await self._desk.run(admit)
        except (ConflictError, NotThereError) as error:
            text = str(error)
            raise OpenIdError(f"You were signed on, but not let in: {text}.", 409) from None
        if stored is None or stored.account.disabled:
            raise OpenIdError("The account was disabled at this moment; ask an administrator.")
        return stored

    def _checked(self, request: HttpRequest) -> OpenIdProvider:
        """The provider, for an address that does not ask too often."""
        if self._provider is None:
            raise ProblemError(
                problems.NOT_FOUND, "Single sign-on is not set up here; log in with your password."
            )
        if self._limit.count(self._clients.network(request), self._desk.web.clock()):
            raise ProblemError(
                problems.TOO_MANY, "Too many attempts; wait a minute.", headers={"Retry-After": "60"}
            )
        return self._provider

    def _failed(self, request: HttpRequest, then: str, error: OpenIdError) -> Response:
        _log.warning("single sign-on: %s", error)
        response = self._desk.login_page(request, then=then, error=str(error), status=error.status)
        self._set_cookie(request, response, "")
        return response

    def _base(self, request: HttpRequest) -> str:
        scheme = "https" if self._desk.is_secure(request) else "http"
        return f"{scheme}://{request.headers.get('host', '')}"

    def _redirect(self, request: HttpRequest) -> str:
        return f"{self._base(request)}/desk/openid/return"

    def _cookie(self, request: HttpRequest) -> str:
        return HOST + COOKIE if self._desk.is_secure(request) else COOKIE

    def _set_cookie(self, request: HttpRequest, response: Response, value: str) -> None:
        """Keep a sign-on in the browser; empty: drop it, so that no state is used twice."""
        response.set_cookie(
            self._cookie(request),
            value,
            max_age=COOKIE_SECONDS if value else 0,
            path="/",
            secure=self._desk.is_secure(request),
            httponly=True,
            samesite="lax",
        )


def _packed(begun: _Begun) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(begun)).decode()


def _unpacked(text: str) -> _Begun | None:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text.encode()), type=_Begun)
    except (ValueError, msgspec.MsgspecError):
        return None
