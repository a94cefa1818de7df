"""What tests of the desk share: people with a role, logged in, and forms filled in as a browser does."""

import re
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

import httpx

from asgi_client import AsgiClient
from portal_house import House
from recirc.store.accounts import Account, Accounts
from recirc.store.actions import ActionTrail
from recirc.types.roles import Role
from recirc.web.passwords import hashed

PASSWORD = "herring ladder violet tide"
HASH = hashed(PASSWORD)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Person:
    """A browser at the desk. `opened` has the clients that a fixture closes after the test."""

    opened: ClassVar[list[AsgiClient]] = []

    def __init__(self, house: House, name: str = "") -> None:
        self.house = house
        self.name = name
        self.client = AsgiClient(house.app)
        self.opened.append(self.client)
        self.client.headers["User-Agent"] = (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        )
        self.client.follow_redirects = False

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def token(self, path: str) -> str:
        """The token of the forms of a page."""
        found = re.search(r'name="csrf" value="(\w+)"', self.get(path).text)
        assert found is not None, path
        return found[1]

    def send(self, path: str, page: str = "/desk/me", **fields: str) -> httpx.Response:
        """Send a form to `path` with the token of `page`."""
        return self.raw(path, csrf=self.token(page), **fields)

    def raw(self, path: str, **fields: str) -> httpx.Response:
        return self.client.post(path, content=urlencode(fields), headers=FORM)

    def log_in(self, password: str = PASSWORD, **more: str) -> httpx.Response:
        return self.send(
            "/desk/login", "/desk/login", name=self.name, password=password, then="/desk/me", **more
        )


def accounts_of(house: House) -> Accounts:
    return Accounts(Path(house.engine.settings.store.path))


def trail_of(house: House) -> ActionTrail:
    return ActionTrail(Path(house.engine.settings.store.path))


def person(house: House, role: Role, name: str = "") -> Person:
    """Somebody with an account of this role, logged in."""
    name = name or f"A {role.value}"
    accounts_of(house).add(Account(name=name, role=role, password=HASH, created=house.moment[0]))
    made = Person(house, name)
    assert made.log_in().status_code == 303
    return made


def ahead(house: House, hours: float) -> str:
    """A moment in so many hours, as a form's field for one sends it."""
    return (house.now + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")
