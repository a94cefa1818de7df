"""Cookies of the desk: a session's secret, or that of a form before there is a session; and the tokens of forms."""

import hmac
import secrets
from typing import NamedTuple

from starlette.responses import Response

from recirc.hashing import digest
from recirc.store.accounts import LONGEST_MS, Account
from recirc.types.roles import Role
from recirc.web.requests import HttpRequest

SESSION, FORM = "recirc-desk", "recirc-form"
HOST = "__Host-"
"""Beginning of the names of cookies over https: no other host, no other path and no http page can set them."""

TOKEN = "csrf"
"""Name of the hidden field by which a form is known to come from our own page."""


class Visitor(NamedTuple):
    """Who sends a request to the desk.

    Attributes:
        secret: of the session's cookie, or of the form's.
        account: None: not logged in.
        version: of the account's entry.
    """

    secret: str
    account: Account | None = None
    version: int = 0

    @property
    def token(self) -> str:
        """What a form of this visitor has to bring."""
        return digest(self.secret.encode("utf-8", "surrogateescape"), 20, person=b"recirc form").hex()

    @property
    def name(self) -> str:
        """Name of the account; empty: not logged in."""
        return self.account.name if self.account is not None else ""

    def has(self, role: Role) -> bool:
        """Whether the visitor may do what a role may."""
        return self.account is not None and self.account.role.includes(role)

    def sent(self, token: str) -> bool:
        """Whether a form's token is this visitor's."""
        return hmac.compare_digest(self.token.encode(), token.encode("utf-8", "surrogateescape"))


def secret_in(request: HttpRequest, name: str) -> str:
    """The secret in a cookie; empty: there is none."""
    return request.cookies.get(HOST + name) or request.cookies.get(name) or ""


def is_secure(request: HttpRequest, trust_proxy: bool) -> bool:
    """Whether the browser's own connection is over https, also where a proxy ends TLS."""
    forwarded = request.headers.get("x-forwarded-proto", "") if trust_proxy else ""
    origin = request.headers.get("origin", "")
    return "https" in (forwarded.partition(",")[0].strip(), request.url.scheme) or origin.startswith(
        "https://"
    )


def set_cookie(response: Response, name: str, secret: str, *, secure: bool) -> None:
    """Set a cookie that only this host's pages send back, and no script can read."""
    response.set_cookie(
        HOST + name if secure else name,
        secret,
        max_age=LONGEST_MS // 1000 if name == SESSION else None,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookies(response: Response) -> None:
    """Drop the session's cookie, however it was set."""
    response.delete_cookie(SESSION, path="/", httponly=True, samesite="lax")
    response.delete_cookie(HOST + SESSION, path="/", secure=True, httponly=True, samesite="lax")


def anonymous(request: HttpRequest) -> Visitor:
    """A visitor without a session: with the secret that the browser has, or a new one."""
    return Visitor(secret_in(request, FORM) or secrets.token_urlsafe(24))
