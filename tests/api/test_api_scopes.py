"""Keys are for what their scopes say, and every operation that takes one has a scope."""

from pathlib import Path

import pytest

from portal_house import House, problem
from recirc.api.routes import OPERATIONS
from recirc.clock import now_seconds
from recirc.store.api_keys import Scope, create

EXAMPLES = {
    Scope.READ: ("GET", "/v1/rules", None),
    Scope.PUBLISH: ("POST", "/v1/articles", {"id": "new", "headline": "New", "body": "A text."}),
    Scope.EDITOR: ("PUT", "/v1/pins/1", {"article": "otter", "until": "2099-01-01T00:00:00Z"}),
    Scope.EVENTS: ("POST", "/v1/events", {"kind": "view", "article": "otter"}),
}


@pytest.mark.parametrize("scope", Scope)
def test_a_key_is_for_its_scope_alone(house: House, scope: Scope) -> None:
    key = create(Path(house.engine.settings.store.path), scope.value, scopes=[scope])
    for needed, (method, path, body) in EXAMPLES.items():
        answer = house.client.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})
        if needed is scope:
            assert answer.status_code < 300, answer.text
        else:
            told = problem(answer, 403, "key-scope")
            assert f"the key '{scope.value}' has {scope.value} alone" in told["detail"]


def test_a_key_that_has_expired_is_not_known(house: House) -> None:
    path = Path(house.engine.settings.store.path)
    key = create(path, "over", expires=int(now_seconds()) - 1)
    answer = house.client.get("/v1/rules", headers={"Authorization": f"Bearer {key}"})
    assert "has expired" in problem(answer, 401, "key-needed")["detail"]


def test_every_operation_with_a_key_has_a_scope() -> None:
    found = {(each.method, each.path): each.scope for each in OPERATIONS if each.key or each.optional_key}
    assert {each for (method, _), each in found.items() if method == "GET"} == {Scope.READ}
    assert {path for (_, path), each in found.items() if each is Scope.EVENTS} == {"/v1/events"}
    publishing = {path.split("/")[2] for (_, path), each in found.items() if each is Scope.PUBLISH}
    assert publishing == {"articles", "media", "hooks", "inspect"}
    editing = {path.split("/")[2] for (_, path), each in found.items() if each is Scope.EDITOR}
    assert editing == {"rules", "pins", "findings", "exclusions", "withdrawals", "erasures"}
