"""The settings written out as a complete `recirc.toml`, each with its description."""

import inspect
import typing
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Meta, Struct

from recirc.settings.tree import Settings


def entry_of(annotated: Any) -> type[Struct] | None:
    """What a setting that is a list of tables has in it; None for any other setting."""
    kind = getattr(annotated, "__origin__", annotated)
    inner = typing.get_args(kind)[:1] if typing.get_origin(kind) is tuple else ()
    return inner[0] if inner and isinstance(inner[0], type) and issubclass(inner[0], Struct) else None


def document(settings: Settings) -> str:
    """The settings as a complete `recirc.toml`, each with its description above it."""
    lines: list[str] = []
    for table in msgspec.structs.fields(Settings):
        part = getattr(settings, table.name)
        about = inspect.cleandoc(type(part).__doc__ or "").splitlines()
        lines += [f"[{table.name}]", *(f"# {line}".rstrip() for line in about), ""]
        for field in msgspec.structs.fields(part):
            entry = entry_of(field.type)
            lines += [
                f"# {description(field.type)}",
                *(_entry_lines(entry) if entry else ()),
                f"{field.name} = {_toml(getattr(part, field.name))}",
                "",
            ]
    return "\n".join(lines)


def _entry_lines(entry: type[Struct]) -> list[str]:
    return [f"#   {field.name}: {description(field.type)}" for field in msgspec.structs.fields(entry)]


def description(annotated: Any) -> str:
    """What a setting's annotation says that it is."""
    return next(meta.description or "" for meta in annotated.__metadata__ if isinstance(meta, Meta))


def _toml(value: object) -> str:
    """A value as TOML writes it; JSON does so for strings, numbers and booleans."""
    if isinstance(value, Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {_toml(each)}' for name, each in value.items())} }}"
    if isinstance(value, (list, tuple)):
        ends, between = (
            ("\n    ", ",\n    ") if any(isinstance(each, Struct) for each in value) else ("", ",")
        )
        return f"[{ends}{between.join(_toml(each) for each in value)}{ends.rstrip(' ')}]"
    return msgspec.json.encode(value).decode()
