"""Errors in one form: RFC 9457 problem details for programs, a page for people."""

import logging
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct, structs
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from recirc.messages import MessageText, marked, message, words_in
from recirc.store.ports import BusyError, StoreError, UnconfirmedError
from recirc.types.responses import FieldError as FieldError

PROBLEM_TYPE = "application/problem+json"
MOST_ERRORS = 10
"""Largest number of errors that a problem lists; it gives the number of the others."""
MOST_CHARACTERS = 300
"""Largest length of each text in a problem: what a client sends must not come back to it multiplied."""
log = logging.getLogger("recirc.web")


class ProblemType(NamedTuple):
    """One kind of problem: the last part of its `type`, its status, its title."""

    slug: str
    status: int
    title: str


MALFORMED = ProblemType("malformed", 400, marked("The body cannot be read"))
INVALID = ProblemType("invalid", 400, marked("The request has an invalid value"))
REFUSED = ProblemType("refused", 400, marked("Nothing in this request could be accepted"))
KEY_NEEDED = ProblemType("key-needed", 401, marked("This needs an API key"))
KEY_SCOPE = ProblemType("key-scope", 403, marked("This API key is not for this"))
CROSS_SITE = ProblemType("cross-site", 403, marked("Only this site's own pages may send this"))
NOT_FOUND = ProblemType("not-found", 404, marked("Not found"))
METHOD = ProblemType("method", 405, marked("This address does not accept that method"))
CHANGED = ProblemType("changed", 409, marked("Somebody else changed this first"))
WITHDRAWN = ProblemType("withdrawn", 410, marked("This article was withdrawn"))
TOO_SLOW = ProblemType("too-slow", 408, marked("The body arrives too slowly"))
TOO_LARGE = ProblemType("too-large", 413, marked("The body is too large"))
MEDIA_TYPE = ProblemType("media-type", 415, marked("The body has a media type that is not accepted here"))
TOO_MANY = ProblemType("too-many", 429, marked("Too many requests from this address"))
INTERNAL = ProblemType("internal", 500, marked("The server failed"))
OVERLOADED = ProblemType("overloaded", 503, marked("The server has too much of this work at the moment"))
STORE = ProblemType("store", 503, marked("The store is not available"))
STORE_FULL = ProblemType("store-full", 507, marked("The disk of the store is full"))
PROBLEM_TYPES = (
    MALFORMED, INVALID, REFUSED, KEY_NEEDED, CROSS_SITE, KEY_SCOPE, NOT_FOUND, METHOD, TOO_SLOW, CHANGED, WITHDRAWN,
    TOO_LARGE, MEDIA_TYPE, TOO_MANY, INTERNAL, STORE, OVERLOADED, STORE_FULL,
)  # fmt: skip
_BY_STATUS = {each.status: each for each in reversed(PROBLEM_TYPES)}


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[FieldError, ...] = ()
    errors_beyond: int = 0  # number of further errors


NOTHING_SERVED: Final = message("Nothing is served at this address; /docs lists what is.")
"""For programs: to a reader, whose address it is, the documents of the API say nothing."""


class ProblemError(Exception):
    """A problem that a handler raises; `response` makes the answer of it.

    Its size is bounded, whatever the request was: texts are shortened, and only the first errors are kept. `message`
    is the detail for a page in any language; None: it is for programs, and English.
    """

    def __init__(
        self,
        type: ProblemType,
        detail: MessageText | str,
        *,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        # Programs, logs and the API read English.
        self.message = None if isinstance(detail, str) else detail
        self.detail = shortened(words_in("en").say(detail))
        super().__init__(self.detail)
        self.type = type
        left = iter(errors)
        self.errors = tuple(map(shortened_error, islice(left, MOST_ERRORS)))
        self.errors_beyond = sum(1 for _ in left)
        self.headers = dict(headers or {})


def shortened(text: str) -> str:
    """The text, at most MOST_CHARACTERS long."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def shortened_error(error: FieldError) -> FieldError:
    """The error with shortened texts."""
    field = error.field if error.field is None else shortened(error.field)
    return structs.replace(error, text=shortened(error.text), field=field)


def problem_of(error: Exception) -> ProblemError:
    """The problem for an exception. Unexpected exceptions are logged."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, StoreError):
        log.warning("the store: %s", error)
        text = str(error).partition(": ")[2] or str(error)  # the path in front is not for the public
        kept = "" if isinstance(error, UnconfirmedError) else " Nothing of this request was stored."
        return ProblemError(
            STORE_FULL if "disk is full" in text else STORE,
            f"{text[:1].upper()}{text[1:]}.{kept}",
            headers={"Retry-After": "1" if isinstance(error, BusyError) else "5"},
        )
    if isinstance(error, HTTPException) and error.status_code < 500:
        details: dict[int, MessageText | str] = {
            NOT_FOUND.status: NOTHING_SERVED,
            METHOD.status: f"Allowed here: {(error.headers or {}).get('Allow', 'other methods')}.",
        }
        return ProblemError(
            _BY_STATUS.get(error.status_code, INVALID),
            details.get(error.status_code, error.detail),
            headers=error.headers,
        )
    if isinstance(error, ClientDisconnect):
        return ProblemError(MALFORMED, "The connection was closed before the end of the body.")
    log.error("while answering a request", exc_info=error)
    return ProblemError(INTERNAL, "See the server's log. Nothing of this request was acknowledged.")


def response(request: Request, problem: ProblemError) -> Response:
    """The problem as RFC 9457 JSON."""
    body = Problem(
        type=f"/docs#{problem.type.slug}",
        title=problem.type.title,
        status=problem.type.status,
        detail=problem.detail,
        instance=quote(shortened(request.scope["path"])),
        errors=problem.errors,
        errors_beyond=problem.errors_beyond,
    )
    return Response(
        msgspec.json.encode(body),
        status_code=problem.type.status,
        media_type=PROBLEM_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )
