"""What comes in, bounded before it is believed: bodies, JSON, query parameters, paths."""

import asyncio
import difflib
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import cache
from typing import Any, TypeAlias, TypeVar, get_origin
from urllib.parse import unquote

import msgspec
from litestar import Request
from msgspec import Struct

from recirc.web import problems
from recirc.web.problems import FieldError, ProblemError

Incoming: TypeAlias = Request[Any, Any, Any]
Clock: TypeAlias = Callable[[], int]
"""Gives the present moment, in ms since 1970; an argument, so that tests can set it."""
Query = TypeVar("Query", bound=Struct)
DISCARDED_BYTES = 64_000_000
DISCARDING_SECONDS = 5.0
_BYTE = re.compile(r" ?\(byte (\d+)\)")
_PATH = re.compile(r" - at (?:key in )?`\$\.?([^`]*)`")


def wall_clock() -> int:
    """The moment by the machine's clock, in ms since 1970."""
    return time.time_ns() // 1_000_000


async def body_of(request: Incoming, limit: int, *types: str) -> bytes:
    """The body, of at most `limit` bytes and of one of the media types; no more is kept in memory.

    Raises:
        ProblemError: 413 or 415.
    """
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said and said not in types:
        raise ProblemError(problems.MEDIA_TYPE, f"Content-Type is {said!r}; send {' or '.join(types)}.")
    length = request.headers.get("content-length", "")
    too_large = ProblemError(
        problems.TOO_LARGE,
        f"The body is larger than the {limit:,} bytes that are taken here; send it in parts.",
    )
    stream = request.stream()
    chunks: list[bytes] = []
    size = int(length[:18]) if length.isdigit() else 0
    if size <= limit:
        size = 0
        async for chunk in stream:
            size += len(chunk)
            if size > limit:
                break
            chunks.append(chunk)
    if size > limit:
        await _discard(stream)
        raise too_large
    return b"".join(chunks)


async def _discard(stream: AsyncIterator[bytes]) -> None:
    """Read on to the end, within bounds: who is still sending would see a broken connection, not the answer."""
    left = DISCARDED_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARDING_SECONDS):
            async for chunk in stream:
                left -= len(chunk)
                if left < 0:
                    break


def json_of(body: bytes) -> Any:
    """The decoded body.

    Raises:
        ProblemError: it is not JSON; the text names line and column.
    """
    if not body.strip():
        raise ProblemError(problems.MALFORMED, "The body is empty; send JSON.")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(problems.MALFORMED, _where(str(error), body)) from None


def _where(text: str, body: bytes) -> str:
    found = _BYTE.search(text)
    if not found:
        return f"The body is not JSON: {text}."
    before = body[: int(found[1])]
    line = before.count(b"\n") + 1
    column = len(before) - (before.rfind(b"\n") + 1) + 1
    return f"Line {line}, column {column}: {_BYTE.sub('', text)}."


def many(decoded: Any) -> tuple[list[Any], bool]:
    """The items of a body that is one object or a list of them, and whether it was a list."""
    return (decoded, True) if isinstance(decoded, list) else ([decoded], False)


def fault(error: msgspec.ValidationError, index: int | None = None) -> FieldError:
    """What msgspec found wrong, with the field named."""
    text = str(error)
    path = _PATH.search(text)
    field = path[1] if path else None
    unknown = re.search(r"unknown field `([^`]*)`|missing required field `([^`]*)`", text)
    if unknown:
        field = ".".join(part for part in (field, unknown[1] or unknown[2]) if part)
    return FieldError(text=_PATH.sub("", text), field=field or None, index=index)


def query_of(request: Incoming, kind: type[Query]) -> Query:
    """The query parameters as `kind`, whose fields are the known ones. Empty ones count as absent.

    A field that is a tuple takes parameters that come several times or hold commas.

    Raises:
        ProblemError: 400 with a fault for each unknown, repeated or impossible parameter.
    """
    fields = _fields(kind)
    given: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        given.setdefault(name, []).append(value)
    faults = [
        FieldError(text=_unknown(name, list(fields)), field=name) for name in given if name not in fields
    ]
    values: dict[str, Any] = {}
    for name in fields.keys() & given.keys():
        texts = [text for text in given[name] if text]
        if _many_valued(fields[name]):
            values[name] = [part for text in texts for part in text.split(",") if part]
        elif len(texts) > 1:
            faults.append(FieldError(text=f"{name!r} is given {len(texts)} times; give it once", field=name))
        elif texts:
            values[name] = texts[0]
    if not faults:
        try:
            return msgspec.convert(values, kind, strict=False)
        except msgspec.ValidationError as error:
            faults.append(fault(error))
    detail = "; ".join(f"{fault.field}: {fault.text}" if fault.field else fault.text for fault in faults)
    raise ProblemError(problems.INVALID, f"Query parameters: {detail}.", errors=faults)


@cache
def _fields(kind: type[Struct]) -> dict[str, Any]:
    """Names and types of the fields; to work out a type from its annotation takes longer than to read a request."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


def _many_valued(kind: Any) -> bool:
    return get_origin(getattr(kind, "__origin__", kind)) is tuple or get_origin(kind) is tuple


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"unknown parameter; did you mean {near[0]!r}?"
    return (
        f"unknown parameter; known here are {', '.join(known)}"
        if known
        else "unknown parameter; none is known here"
    )


def tail(request: Incoming, prefix: str) -> str:
    """What follows `prefix` in the path as it was sent: ids keep their slashes, colons and dots.

    The router's own value will not do: it merges slashes and drops the last.
    """
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw.split(b"?", 1)[0].decode("latin-1")
    return unquote(path.removeprefix(prefix), errors="replace")
