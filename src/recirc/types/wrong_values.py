"""What msgspec finds wrong with a value, in words for people who do not know its types."""

import difflib
import re
import typing
from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Any, Final

import msgspec

WORDS: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
    "datetime": "a date",
}
DATE: Final = "a date with its time zone is needed, such as 2026-12-24T18:00:00Z or 2026-12-24T19:00:00+01:00"

LONGEST_NAME: Final = 64
"""Characters of an unknown name that are compared with the known ones, which takes longer than linear."""

_PLACE = re.compile(r" - at (?:key in )?`\$\.?([^`]*)`")
_EXPECTED = re.compile(r"Expected `([^`]+)`(.*?)(?:, got `([^`]+)`)?", re.DOTALL)
_ENUM = re.compile(r"Invalid enum value (.*)", re.DOTALL)
_FIELD = re.compile(r"Object (?:missing required|contains unknown) field `([^`]*)`")


class WrongValue(typing.NamedTuple):
    """What is wrong with a value.

    Attributes:
        field: dotted path of the field; empty: the whole value.
        text: what is wrong with it.
    """

    field: str
    text: str


def wrong_value(error: msgspec.ValidationError, kind: Any) -> WrongValue:
    """What msgspec found wrong with a value that should be of the type `kind`.

    >>> from recirc.types import Request
    >>> try: msgspec.convert({"window": "month"}, Request)
    ... except msgspec.ValidationError as error: print(wrong_value(error, Request).text)
    it must be 'hour', 'day', 'week' or 'ever', not 'month'
    >>> try: msgspec.convert({"last": "3m"}, Request)
    ... except msgspec.ValidationError as error: print(wrong_value(error, Request).text)
    a text of another form is needed. Length of a window that ends now, from 5 minutes to a year: 90m, 6h, 30d.
    """
    whole = str(error)
    place = _PLACE.search(whole)
    path, text = place[1] if place else "", _PLACE.sub("", whole)
    if found := _FIELD.fullmatch(text):
        field = ".".join(part for part in (path, found[1]) if part)
        return WrongValue(field, "it is missing" if "missing" in text else _unknown(kind, path, found[1]))
    if found := _ENUM.fullmatch(text):
        return WrongValue(path, f"it must be {_either(_values(_type_at(kind, path)))}, not {found[1]}")
    if text.startswith("Invalid RFC3339") or "timezone" in text:
        return WrongValue(path, DATE)
    if found := _EXPECTED.fullmatch(text):
        if "datetime" in found[1]:
            return WrongValue(path, DATE)
        if found[2].startswith(" matching regex"):
            return WrongValue(path, _another_form(_type_at(kind, path), found[2]))
        names = [name for name in found[1].split(" | ") if name != "null"] or ["null"]
        needed = " or ".join(WORDS.get(name, name) for name in names)
        given = f", not {WORDS.get(found[3], found[3])}" if found[3] else ""
        return WrongValue(path, f"{needed}{found[2]} is needed{given}")
    return WrongValue(path, text)


def _another_form(kind: Any, pattern: str) -> str:
    """What a text must be: in the words of its type, or else as an expression."""
    words = next((each.description for each in _notes(kind) if each.pattern and each.description), None)
    return f"a text of another form is needed. {words}" if words else f"a text{pattern} is needed"


def _unknown(kind: Any, path: str, name: str) -> str:
    known = [
        field.encode_name
        for each in _members(_type_at(kind, path))
        if isinstance(each, type) and issubclass(each, msgspec.Struct)
        for field in msgspec.structs.fields(each)
    ]
    near = difflib.get_close_matches(name[:LONGEST_NAME], known, n=1)
    return "it is an unknown field" + (f"; did you mean {near[0]!r}?" if near else "")


def _either(values: list[str]) -> str:
    *others, last = values or ["another value"]
    return f"{', '.join(others)} or {last}" if others else last


def _values(kind: Any) -> list[str]:
    """The values that a type allows one by one."""
    found: list[str] = []
    for each in _members(kind):
        if typing.get_origin(each) is typing.Literal:
            found += map(repr, typing.get_args(each))
        elif isinstance(each, type) and issubclass(each, Enum):
            found += [repr(member.value) for member in each]
    return found


def _type_at(kind: Any, path: str) -> Any:
    """The type of the field at a path such as `sources.list[0].kind`."""
    for part in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
        following: Any = None
        for each in _members(kind):
            if part.startswith("["):
                following = following or (typing.get_args(each) or (None,))[-1 if _is_mapping(each) else 0]
            elif isinstance(each, type) and issubclass(each, msgspec.Struct):
                types = {field.encode_name: field.type for field in msgspec.structs.fields(each)}
                following = following or types.get(part)
        kind = following
    return kind


def _is_mapping(kind: Any) -> bool:
    return typing.get_origin(kind) is dict


def _notes(kind: Any) -> Iterator[msgspec.Meta]:
    """The annotations of a type, or of the parts of a union."""
    for each in typing.get_args(kind):
        if isinstance(each, msgspec.Meta):
            yield each
        else:
            yield from _notes(each)


def _members(kind: Any) -> Iterator[Any]:
    """The types that a type consists of: the parts of a union, without annotations."""
    if typing.get_origin(kind) is typing.Annotated:
        yield from _members(typing.get_args(kind)[0])
    elif typing.get_origin(kind) in (typing.Union, UnionType):
        for each in typing.get_args(kind):
            yield from _members(each)
    elif kind is not None:
        yield kind
