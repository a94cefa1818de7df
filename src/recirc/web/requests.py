"""Reading requests within bounds: bodies, JSON, query parameters."""

import asyncio
import difflib
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct
from starlette.requests import Request

from recirc.types.wrong_values import wrong_value
from recirc.web import problems
from recirc.web.problems import FieldError, ProblemError

HttpRequest: TypeAlias = Request
"""Starlette's request; `Request` is the word for a request for shelves."""
Clock: TypeAlias = Callable[[], int]
"""Returns the present time, in ms since 1970; an argument, so that tests can set it."""
Query = TypeVar("Query", bound=Struct)
DISCARDED_BYTES = 64_000_000
DISCARDING_SECONDS = 5.0
"""How much of a body that is too large is read, and for how long, before the connection is closed."""
MOST_PARAMETERS = 500
"""Largest number of query parameters: fifty ids of a history, one parameter each, and all others."""
MOST_NAME = 64
"""Largest length of a name for which a similar known one is looked up."""
_BYTE = re.compile(r" ?\(byte (\d+)\)")


async def read_body(request: HttpRequest, max_bytes: int, media_types: Sequence[str]) -> bytes:
    """The body, which must have one of the media types; at most `max_bytes` are kept in memory.

    Raises:
        ProblemError: 413 or 415.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type and content_type not in media_types:
        raise ProblemError(
            problems.MEDIA_TYPE, f"Content-Type is {content_type!r}; send {' or '.join(media_types)}."
        )
    length = request.headers.get("content-length", "")
    stream = request.stream()
    chunks: list[bytes] = []
    size = int(length[:18]) if length.isdigit() else 0
    if size <= max_bytes:
        size = 0
        async for chunk in stream:
            size += len(chunk)
            if size > max_bytes:
                break
            chunks.append(chunk)
    if size > max_bytes:
        await _discard(stream)
        raise ProblemError(
            problems.TOO_LARGE,
            f"The body is larger than the {max_bytes:,} bytes that are accepted here; send it in parts.",
        )
    return b"".join(chunks)


async def _discard(stream: AsyncIterator[bytes]) -> None:
    """Read the rest, within bounds: a client that is still sending would see a broken connection, not the response."""
    left = DISCARDED_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARDING_SECONDS):
            async for chunk in stream:
                left -= len(chunk)
                if left < 0:
                    break


def decode_json(body: bytes) -> Any:
    """The decoded body.

    Raises:
        ProblemError: it is not JSON; the text names line and column.
    """
    if not body.strip():
        raise ProblemError(problems.MALFORMED, "The body is empty; send JSON.")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(problems.MALFORMED, _position(str(error), body)) from None


def _position(text: str, body: bytes) -> str:
    found = _BYTE.search(text)
    if not found:
        return f"The body is not JSON: {text}."
    before = body[: int(found[1])]
    line = before.count(b"\n") + 1
    column = len(before) - (before.rfind(b"\n") + 1) + 1
    return f"Line {line}, column {column}: {_BYTE.sub('', text)}."


def convert(decoded: Any, type: Any) -> Any:
    """Decoded JSON as a type of ours. In JSON `7.0` is the integer 7.

    Raises:
        ProblemError: 400, it does not fit; the field is named.
    """
    try:
        return msgspec.convert(decoded, type)
    except msgspec.ValidationError as error:
        with suppress(msgspec.ValidationError):
            return msgspec.convert(with_integers(decoded), type)
        raise invalid_field(field_error(error, type)) from None


def with_integers(decoded: Any) -> Any:
    """Decoded JSON with integers instead of floats without a fraction.

    >>> with_integers({"slots": 7.0, "values": [0.5, -1.0]})
    {'slots': 7, 'values': [0.5, -1]}
    """
    if isinstance(decoded, float) and decoded.is_integer():
        return int(decoded)
    if isinstance(decoded, list):
        return [with_integers(each) for each in decoded]
    if isinstance(decoded, dict):
        return {name: with_integers(value) for name, value in decoded.items()}
    return decoded


def invalid_field(error: FieldError) -> ProblemError:
    """The problem of one field of a body or of the query."""
    return ProblemError(problems.INVALID, sentence(f"{error.field or 'body'}: {error.text}"), errors=(error,))


def sentence(text: str) -> str:
    """A text with a full stop, unless it ends as a sentence does.

    >>> sentence("did you mean 'article'?"), sentence("id: it is missing")
    ("did you mean 'article'?", 'id: it is missing.')
    """
    return text if text.endswith((".", "?", "!")) else f"{text}."


def items_of(decoded: Any) -> tuple[list[Any], bool]:
    """The items of a body that is one object or a list of them, and whether it was a list."""
    return (decoded, True) if isinstance(decoded, list) else ([decoded], False)


def field_error(error: msgspec.ValidationError, kind: Any, index: int | None = None) -> FieldError:
    """What msgspec found wrong with a value that should be of the type `kind`, with the name of its field."""
    field, text = wrong_value(error, kind)
    return FieldError(text=text, field=field or None, index=index)


def check_request(request: HttpRequest) -> None:
    """Check what concerns all addresses, before anything is read.

    Raises:
        ProblemError: 400, several Host headers (proxies and the server could believe different ones) or too many
            query parameters.
    """
    hosts = len(request.headers.getlist("host"))
    if hosts > 1:
        raise ProblemError(problems.INVALID, f"The request has {hosts} Host headers; send one.")
    parameters = request.scope["query_string"].count(b"&") + 1
    if parameters > MOST_PARAMETERS:
        raise ProblemError(
            problems.INVALID,
            f"The request has {parameters:,} query parameters; at most {MOST_PARAMETERS} are read.",
        )


def read_query(request: HttpRequest, type: type[Query]) -> Query:
    """The query parameters as `type`, whose fields are the known ones. Empty ones count as absent.

    A field that is a tuple accepts a parameter several times, and values separated by commas.

    Raises:
        ProblemError: 400 with an error for each unknown, repeated or impossible parameter.
    """
    fields = _fields(type)
    given: dict[str, list[str]] = {}
    # Read here: the framework's own object makes a dictionary of it, which takes as long again.
    text = request.scope["query_string"].decode("latin-1")
    for name, value in parse_qsl(text, keep_blank_values=True):
        given.setdefault(name, []).append(value)
    errors = [FieldError(text=_unknown(name, fields), field=name) for name in given if name not in fields]
    values: dict[str, Any] = {}
    for name in fields.keys() & given.keys():
        texts = [text for text in given[name] if text]
        if _many_valued(fields[name]):
            values[name] = [part for text in texts for part in text.split(",") if part]
        elif len(texts) > 1:
            errors.append(FieldError(text=f"{name!r} is given {len(texts)} times; give it once", field=name))
        elif texts:
            values[name] = texts[0]
            if name in _times(type) and ":" not in texts[0]:  # a number would be taken for seconds since 1970
                errors.append(FieldError(text=f"{name!r} is a time such as 2020-11-30T08:00:00Z", field=name))
    if not errors:
        try:
            return msgspec.convert(values, type, strict=False)
        except msgspec.ValidationError as invalid:
            errors.append(field_error(invalid, type))
    first = f"{errors[0].field}: {errors[0].text}" if errors[0].field else errors[0].text
    more = f" (and {len(errors) - 1} more, see errors)" if len(errors) > 1 else ""
    raise ProblemError(problems.INVALID, sentence(f"Query parameters: {first}{more}"), errors=errors)


@cache
def _fields(kind: type[Struct]) -> dict[str, Any]:
    """Types of the fields by name, cached: resolving an annotation takes longer than reading a request."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


@cache
def _times(kind: type[Struct]) -> frozenset[str]:
    """Names of the fields that are times."""
    return frozenset(name for name, each in _fields(kind).items() if _is_time(each))


def _is_time(kind: Any) -> bool:
    return kind is datetime or any(map(_is_time, get_args(kind)))


def _many_valued(kind: Any) -> bool:
    return get_origin(getattr(kind, "__origin__", kind)) is tuple or get_origin(kind) is tuple


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known name that is similar to `name`, if there is one.

    >>> nearest("artcle", ["article", "shelf"]), nearest("a" * 65, ["a" * 64])
    (['article'], [])
    """
    # The comparison takes longer than linear in the length.
    return difflib.get_close_matches(name, known, n=1) if len(name) <= MOST_NAME else []


def _unknown(name: str, known: Collection[str]) -> str:
    if near := nearest(name, known):
        return f"unknown parameter; did you mean {near[0]!r}?"
    if not known:
        return "unknown parameter; there are none here"
    return f"unknown parameter; known here are {', '.join(known)}"
