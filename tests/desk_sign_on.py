"""What tests of single sign-on share: a portal with a provider, and the way to it and back."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx

from desk_visitors import HASH, Person, accounts_of
from openid_provider import CLIENT, SECRET, Provider
from portal_house import Build, House
from recirc.settings import OpenIdSettings
from recirc.store.accounts import Account
from recirc.types.roles import Role

UNA = {"sub": "una-7", "name": "Una Pask", "email": "una@tide.example", "email_verified": True}


def house_of(build: Build, provider: Provider, **more: Any) -> House:
    openid: dict[str, Any] = {"private": True, "client_secret": SECRET, "name": "Harbour ID"} | more
    house = build(openid=OpenIdSettings(issuer=provider.issuer, client_id=CLIENT, **openid))
    accounts_of(house).add(Account(name="Beth", role=Role.ADMINISTRATOR, password=HASH, created=0))
    return house


def add(house: House, **fields: Any) -> None:
    known: dict[str, Any] = {
        "name": "Una",
        "role": Role.EDITOR,
        "password": "",
        "created": 0,
        "email": "una@tide.example",
    }
    accounts_of(house).add(Account(**(known | fields)))


def begin(browser: Person, query: str = "then=/desk/me") -> str:
    """Begin to sign on; where the provider sends the browser back."""
    there = browser.get(f"/desk/openid?{query}")
    assert there.status_code == 303, there.text
    back = httpx.get(there.headers["location"], follow_redirects=False)
    return urlsplit(back.headers["location"])._replace(scheme="", netloc="").geturl()


def sign_on(browser: Person, query: str = "then=/desk/me") -> httpx.Response:
    return browser.get(begin(browser, query))


def words(answer: httpx.Response) -> str:
    """What a page says is wrong."""
    found = re.search(r'role="alert">([^<]+)<', answer.text)
    return found[1] if found else ""


def is_out(browser: Person) -> bool:
    return browser.get("/desk/me").status_code == 401
