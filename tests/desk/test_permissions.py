"""Every route of the desk has a row in the table of permissions, and every role meets it with a real request."""

from itertools import product

import pytest

from desk_visitors import Person, person
from portal_house import House
from recirc.desk.permissions import PERMISSIONS, Admission
from recirc.desk.routes import routes
from recirc.server.app import context_of
from recirc.types.roles import Role
from recirc.web.reader_hasher import ReaderHasher
from recirc.web.routing import Endpoint


def served(house: House) -> set[tuple[str, str]]:
    web = context_of(house.engine, ReaderHasher(house.moment[0]), lambda: house.moment[0])
    return {
        (method, route.path)
        for route in routes(web)
        if isinstance(route.app, Endpoint)
        for method in route.app.handlers
    }


def test_every_route_has_a_row_and_every_row_a_route(house: House) -> None:
    assert served(house) == set(PERMISSIONS)
    in_app = {getattr(route, "path", "") for route in house.app.routes}
    assert {path for _, path in PERMISSIONS} <= in_app
    assert {path for path in in_app if path.startswith("/desk")} <= {path for _, path in PERMISSIONS}


def status(visitor: Person, method: str, path: str) -> int:
    if method == "GET":
        return visitor.get(path).status_code
    token = visitor.token("/desk/me" if visitor.name else "/desk/login")
    return visitor.raw(path, csrf=token).status_code


def test_each_role_meets_each_route(house: House) -> None:
    roles: list[Role | None] = [None, *Role]
    visitors = {role: person(house, role) if role else Person(house) for role in roles}
    rows = [(row, needed) for row, needed in PERMISSIONS.items() if row != ("POST", "/desk/logout")]
    for ((method, path), needed), role in product(rows, roles):
        if path == "/desk/me/sessions" and role:
            continue  # it ends the session that the other requests need; see test_people
        found = status(visitors[role], method, path)
        if needed is Admission.API_KEY:
            assert found == 401, (method, path, role)
        elif needed is Admission.ANYBODY:
            assert found not in (401, 500), (method, path, role)
        elif role is None:
            assert found == 401, (method, path)
        elif role.includes(needed):
            assert found not in (401, 403, 500), (method, path, role, found)
        else:
            assert found == 403, (method, path, role, found)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_address_of_the_desk_is_404(house: House, method: str) -> None:
    assert house.client.request(method, "/desk/nowhere").status_code == 404
