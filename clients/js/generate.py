"""What the packages have from elsewhere in this repository: types from the OpenAPI document, the embed script.

`python clients/js/generate.py` writes them; `tests/client/test_js_packages.py` compares.
"""

import json
from pathlib import Path
from typing import Any, Final

from recirc.api.routes import OPERATIONS
from recirc.web.openapi import openapi
from recirc.web.renderer import HERE as WEB

HERE: Final = Path(__file__).resolve().parent
HEAD: Final = "// Made by clients/js/generate.py; do not edit.\n"


def type_of(schema: dict[str, Any]) -> str:
    """A JSON schema as a TypeScript type.

    >>> type_of({"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}})
    '(number | null)[]'
    >>> type_of({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Shelf"}})
    '{ [name: string]: Shelf }'
    """
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(map(type_of, schema["anyOf"])))
    kind = schema.get("type")
    if kind == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(map(type_of, schema['prefixItems']))}]"
        inner = type_of(schema.get("items", {}))
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{ [name: string]: {type_of(schema['additionalProperties'])} }}"
    names = {
        "string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null",
        "object": "object",
    }  # fmt: skip
    return names.get(str(kind), "unknown")


def declaration(name: str, schema: dict[str, Any]) -> str:
    """An interface for an object, a type for anything else."""
    said = f"/** {' '.join(schema['description'].split())} */\n" if schema.get("description") else ""
    if not schema.get("properties"):
        return f"{said}export type {name} = {type_of(schema)};\n"
    required = schema.get("required", ())
    lines = [
        f"  {field if field.isidentifier() else json.dumps(field)}{'' if field in required else '?'}: {type_of(about)};"
        for field, about in schema["properties"].items()
    ]
    return "\n".join([f"{said}export interface {name} {{", *lines, "}\n"])


def files() -> dict[Path, str]:
    """Each file that is made, and its content."""
    schemas = openapi("Recirc", OPERATIONS)["components"]["schemas"]
    types = HEAD + "\n" + "\n".join(declaration(name, schemas[name]) for name in sorted(schemas))
    script = HEAD + (WEB / "static" / "embed.js").read_text("utf-8")
    return {HERE / "client" / "types.d.ts": types, HERE / "embed" / "embed.js": script}


if __name__ == "__main__":
    for path, content in files().items():
        path.write_text(content, "utf-8")
        print(path)
