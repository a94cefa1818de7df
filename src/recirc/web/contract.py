"""What the API promises: an `Operation` beside each handler. OpenAPI is made from these and the types."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from recirc import __version__
from recirc.web.problems import PROBLEM_TYPE, Problem, ProblemType

JSON = "application/json"
HTML = "text/html"
TEXT = "text/plain"


class ResponseSpec(NamedTuple):
    """One answer of an operation: a type of ours or a JSON schema as JSON, or text of a media type."""

    text: str
    type: Any = None
    media: str = JSON


class Operation(NamedTuple):
    """One method at one path.

    Attributes:
        method: GET, POST, PUT, DELETE.
        path: as in OpenAPI; `{id}` is an article's id with each reserved character percent-encoded.
        summary: one line.
        text: what one has to know to use it.
        answers: by status.
        query: the struct whose fields are the query parameters.
        body: the type of the body, or a JSON schema.
        body_types: its media types.
        key: "" none is needed, else what it is needed for.
        problems: what can go wrong, beside an unknown address and a mistake of the server.
        example: a body that works.
    """

    method: str
    path: str
    summary: str
    text: str
    answers: dict[int, ResponseSpec]
    query: type[Struct] | None = None
    body: Any = None
    body_types: tuple[str, ...] = (JSON,)
    key: str = ""
    problems: tuple[ProblemType, ...] = ()
    example: Any = None


def openapi(title: str, operations: Iterable[Operation]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these operations."""
    listed = list(operations)
    kinds: list[Any] = [Problem]
    for operation in listed:
        kinds += [
            answer.type for answer in operation.answers.values() if not isinstance(answer.type, dict | None)
        ]
        kinds += [kind for kind in (operation.body, operation.query) if kind and not isinstance(kind, dict)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schema_of = {id(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(
            operation, schema_of, components
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{title}: API",
            "version": __version__,
            "description": "Articles and reader events in, shelves with reasons out. "
            "Every error is RFC 9457 problem details.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "rk_…"}},
        },
    }


def _operation(operation: Operation, schema_of: dict[int, Any], components: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in ("id", "place")
        if f"{{{name}}}" in operation.path
    ]
    if operation.query:
        parameters += _query_parameters(components[operation.query.__name__])
    document: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}{operation.path.title()}".translate(_PLAIN),
        "summary": operation.summary,
        "description": operation.text,
        "parameters": parameters,
        "responses": {
            str(status): {
                "description": answer.text,
                "content": {answer.media: {"schema": _schema(answer, schema_of)}},
            }
            for status, answer in operation.answers.items()
        },
    }
    for sort in operation.problems:
        document["responses"].setdefault(
            str(sort.status),
            {
                "description": sort.title,
                "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
    if operation.body is not None:
        schema = operation.body if isinstance(operation.body, dict) else schema_of[id(operation.body)]
        content = {"schema": schema} | ({"example": operation.example} if operation.example else {})
        document["requestBody"] = {"required": True, "content": dict.fromkeys(operation.body_types, content)}
    if operation.key:
        document["security"] = [{"key": []}] if operation.key == "always" else [{}, {"key": []}]
    return document


def _schema(answer: ResponseSpec, schema_of: dict[int, Any]) -> Any:
    if isinstance(answer.type, dict):
        return answer.type
    return {"type": "string"} if answer.type is None else schema_of[id(answer.type)]


def _query_parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": {key: value for key, value in about.items() if key != "default" or value is not None},
        }
        for name, about in schema["properties"].items()
    ]


_PLAIN = {ord(character): None for character in "/{}.-_"}
