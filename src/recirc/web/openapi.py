"""The OpenAPI 3.1 document, made from the operations and the types that they name."""

from collections.abc import Iterable
from typing import Any

import msgspec

from recirc import __version__
from recirc.web.operations import JSON, TEXT, Operation, ResponseSpec
from recirc.web.problems import PROBLEM_TYPE, Problem

EMPTY: dict[str, Any] = {"type": "string", "maxLength": 0}
"""The schema of a query parameter without a value."""
_OTHER_FORM = {"schema": {"type": "string"}}
_PUNCTUATION = {ord(character): None for character in "/{}.-_"}


def openapi(title: str, operations: Iterable[Operation]) -> dict[str, Any]:
    """The document of these operations."""
    listed = list(operations)
    types: list[Any] = [Problem]
    for operation in listed:
        types += [
            response.type
            for response in operation.responses.values()
            if not isinstance(response.type, dict | None)
        ]
        types.append(operation.query)
        if operation.body is not None and not isinstance(operation.body.schema, dict):
            types.append(operation.body.schema)
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schema_of = {id(type_): schema for type_, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        described = _operation(operation, schema_of, components)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
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
    document: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}{operation.path.title()}".translate(_PUNCTUATION),
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [
            *_path_parameters(operation.path),
            *_query_parameters(components[operation.query.__name__]),
        ],
        "responses": {
            str(status): {
                "description": response.text,
                "content": {response.media: {"schema": _schema(response, schema_of)}}
                | {media: {"schema": {"type": "string"}} for media in response.texts},
            }
            for status, response in operation.responses.items()
        },
    }
    for problem in operation.problems:
        document["responses"].setdefault(
            str(problem.status),
            {
                "description": problem.title,
                "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
    body = operation.body
    if body is not None:
        schema = body.schema if isinstance(body.schema, dict) else schema_of[id(body.schema)]
        content = {"schema": schema} | ({"example": body.example} if body.example else {})
        # In text/plain, too, is JSON, as `navigator.sendBeacon` sends it; other media types have their own form.
        forms = {media: content if media in (JSON, TEXT) else _OTHER_FORM for media in body.media_types}
        document["requestBody"] = {"required": True, "content": forms}
    if operation.key is not None or operation.optional_key:
        document["security"] = [{}, {"key": []}] if operation.optional_key else [{"key": []}]
    return document


def _schema(response: ResponseSpec, schema_of: dict[int, Any]) -> Any:
    if isinstance(response.type, dict):
        return response.type
    return {"type": "string"} if response.type is None else schema_of[id(response.type)]


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for part in path.split("/")
        if part.startswith("{")
    ]


def _query_parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": _query_schema(about, name in schema.get("required", ())),
        }
        for name, about in schema["properties"].items()
    ]


def _query_schema(about: dict[str, Any], required: bool) -> dict[str, Any]:
    """The schema of a query parameter; an optional one that is empty counts as absent."""
    schema = {key: value for key, value in about.items() if key != "default" or value is not None}
    if required:
        return schema
    if schema.get("type") == "array":
        items = {"pattern": "^[^,]*$", **schema["items"]}  # a comma divides values
        return {**schema, "items": {"anyOf": [items, EMPTY]}}
    described: dict[str, Any] = {key: schema.pop(key) for key in ("description", "default") if key in schema}
    return {"anyOf": [*(schema.pop("anyOf", None) or [schema]), EMPTY], **described}
