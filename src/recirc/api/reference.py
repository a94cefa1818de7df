"""Documentation of the API, made from its operations: /openapi.json for programs, /docs for people."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from recirc.web.openapi import EMPTY, openapi
from recirc.web.operations import JSON, Operation
from recirc.web.page_responder import PageResponder
from recirc.web.problems import PROBLEM_TYPES
from recirc.web.requests import HttpRequest


class ApiReference:
    """The pages `/openapi.json` and `/docs`."""

    def __init__(self, site: str, operations: Sequence[Operation], pages: PageResponder) -> None:
        self.document = openapi(site, operations)
        self._json = msgspec.json.encode(self.document)
        self._pages = pages
        self._context: dict[str, Any] = {
            "operations": [(operation, _parameters(self.document, operation)) for operation in operations],
            "types": _types(self.document),
            "problem_types": PROBLEM_TYPES,
        }

    def openapi(self, request: HttpRequest) -> Response:
        """GET /openapi.json."""
        return self._pages.with_etag(request, self._json, JSON)

    def docs(self, request: HttpRequest) -> Response:
        """GET /docs."""
        return self._pages.page(request, "reference.html", path="/docs", **self._context)


def _parameters(document: dict[str, Any], operation: Operation) -> list[tuple[str, str, str]]:
    parameters = document["paths"][operation.path][operation.method.lower()]["parameters"]
    return [(part["name"], part["in"], kind_of(part["schema"])) for part in parameters]


def _types(document: dict[str, Any]) -> dict[str, list[tuple[str, str, bool]]]:
    return {
        name: [
            (field, kind_of(schema), field in about.get("required", ()))
            for field, schema in about.get("properties", {}).items()
        ]
        for name, about in document["components"]["schemas"].items()
        if about.get("properties")
    }


def kind_of(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(kind_of(part) for part in schema["anyOf"] if part != EMPTY)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        parts = schema.get("prefixItems")  # a list of so many, each of its own kind
        return f"list of {kind_of(parts[0] if parts else schema.get('items', {}))}"
    bounds = {
        "minimum": "from",
        "maximum": "to",
        "minLength": "min. length",
        "maxLength": "max. length",
        "maxItems": "at most",
    }
    limits = [f"{word} {schema[name]}" for name, word in bounds.items() if name in schema]
    limits += [str(schema["format"])] if "format" in schema else []
    return f"{kind} ({', '.join(limits)})" if limits else kind
