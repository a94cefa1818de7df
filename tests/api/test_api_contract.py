import re
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route

from portal_house import House, problem
from recirc.api.routes import OPERATIONS
from recirc.desk.permissions import PERMISSIONS
from recirc.web.problems import PROBLEM_TYPES
from recirc.web.routing import Endpoint

DOCS = Path(__file__).parents[2] / "docs"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_whatever_comes_is_answered_as_the_contract_says(house: House, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_dict(house.client.get("/openapi.json").json())
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not [*operation.query, *operation.body]:
            continue  # nothing can be wrong with a question that has no parts

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=6,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            nonlocal tried
            tried += 1
            prepared = case.as_transport_kwargs(base_url="http://testserver.local")
            answer = house.client.send(request_of(house, prepared))
            case.validate_response(answer, checks=CHECKS)
            if answer.status_code >= 400:
                told = answer.json()
                assert told["status"] == answer.status_code
                assert told["type"].removeprefix("/docs#") in {sort.slug for sort in PROBLEM_TYPES}

        ask()
    assert tried >= 40


def request_of(house: House, prepared: dict[str, Any]) -> httpx.Request:
    """A request in the words of `requests` in those of httpx."""
    kept = {
        name: prepared[name] for name in ("method", "url", "params", "json") if prepared.get(name) is not None
    }
    headers = {name: value for name, value in prepared["headers"].items() if name.lower() != "user-agent"}
    return house.client.build_request(**kept, content=prepared.get("data"), headers=headers | house.auth)


def routes(house: House) -> set[tuple[str, str]]:
    """Method and path, as OpenAPI writes it, of every route of the app."""
    found = set()
    for route in house.app.routes:
        assert isinstance(route, Route)
        assert isinstance(route.endpoint, Endpoint)
        found |= {(method, route.path_format) for method in route.endpoint.handlers}
    return found


def test_the_contract_names_every_route_of_the_api(house: House) -> None:
    machines = {
        (method, path) for method, path in routes(house) if path.startswith(("/v1/", "/healthz", "/metrics"))
    }
    assert machines == {(operation.method, operation.path) for operation in OPERATIONS}


def test_every_route_is_in_the_documentation(house: House) -> None:
    text = (DOCS / "api.md").read_text("utf-8")
    desk = (DOCS / "desk.md").read_text("utf-8")
    for method, path in routes(house):
        where, page = (desk, "desk.md") if path.startswith("/desk") else (text, "api.md")
        assert f"`{method} {path}`" in where, f"docs/{page} says nothing about {method} {path}"
    for (method, path), role in PERMISSIONS.items():
        if path.startswith("/desk"):
            assert f"| `{method} {path}` | {role.value} |" in desk
    for sort in PROBLEM_TYPES:
        assert f"`{sort.slug}`" in text, f"docs/api.md says nothing about the problem {sort.slug}"


def test_every_event_field_is_in_the_documentation() -> None:
    from recirc.types import Event, EventKind

    text = (DOCS / "events.md").read_text("utf-8")
    for field in msgspec.structs.fields(Event):
        assert f"`{field.name}`" in text, f"docs/events.md says nothing about {field.name}"
    for kind in EventKind:
        assert f"`{kind.value}`" in text


EXAMPLE = re.compile(
    r"```http\n(GET|POST|PUT|DELETE) (\S+)\n(.*?)```\n+```(?:json|http|html|text)\n(\d{3})", re.DOTALL
)


def test_the_examples_of_the_documentation_work_in_their_order(house: House) -> None:
    examples = EXAMPLE.findall((DOCS / "api.md").read_text("utf-8"))
    assert len(examples) >= 10
    for method, path, rest, status in examples:
        headers, _, body = rest.partition("\n\n") if "\n\n" in rest else (rest, "", "")
        named = dict(line.split(": ", 1) for line in headers.splitlines() if ": " in line)
        if "Authorization" in named:
            named["Authorization"] = f"Bearer {house.key}"
        answer = house.client.request(method, path, headers=named, content=body.strip().encode() or None)
        assert answer.status_code == int(status), f"{method} {path}: {answer.text}"
        house.engine.catch_up()


def test_the_reference_shows_every_operation_and_problem_and_loads_nothing(house: House) -> None:
    page = house.client.get("/docs").text
    for operation in OPERATIONS:
        assert f"<code>{operation.method} {operation.path}</code>" in page
    for sort in PROBLEM_TYPES:
        assert f'id="{sort.slug}"' in page
    assert "<script" not in page


def test_the_openapi_document_is_served_with_a_tag(house: House) -> None:
    answer = house.client.get("/openapi.json")
    assert answer.json()["openapi"] == "3.1.0"
    again = house.client.get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    problem(house.client.get("/openapi.jsonn/v1"), 404, "not-found")
