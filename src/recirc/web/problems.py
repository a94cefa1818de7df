"""What goes wrong, told in one form: RFC 9457 problem details for programs, a page for people."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from recirc.store.ports import StoreError
from recirc.types.responses import FieldError as FieldError

PROBLEM_TYPE = "application/problem+json"
log = logging.getLogger("recirc.portal")


class ProblemType(NamedTuple):
    """One kind of problem: the last part of its `type`, its status, its title."""

    slug: str
    status: int
    title: str


MALFORMED = ProblemType("malformed", 400, "The body cannot be read")
INVALID = ProblemType("invalid", 400, "The request has a value that it cannot have")
REFUSED = ProblemType("refused", 400, "Nothing of this could be accepted")
KEY_NEEDED = ProblemType("key-needed", 401, "This needs an API key")
CROSS_SITE = ProblemType("cross-site", 403, "This is taken from this site's own pages alone")
NOT_FOUND = ProblemType("not-found", 404, "There is no such thing here")
METHOD = ProblemType("method", 405, "This address does not take that method")
WITHDRAWN = ProblemType("withdrawn", 410, "This article was withdrawn")
TOO_LARGE = ProblemType("too-large", 413, "The body is too large")
MEDIA_TYPE = ProblemType("media-type", 415, "The body has a type that is not taken here")
TOO_MANY = ProblemType("too-many", 429, "Too many requests from this address")
INTERNAL = ProblemType("internal", 500, "The server made a mistake")
STORE = ProblemType("store", 503, "The store cannot do this now")
STORE_FULL = ProblemType("store-full", 507, "The disk of the store is full")
PROBLEM_TYPES = (
    MALFORMED, INVALID, REFUSED, KEY_NEEDED, CROSS_SITE, NOT_FOUND, METHOD, WITHDRAWN, TOO_LARGE, MEDIA_TYPE,
    TOO_MANY, INTERNAL, STORE, STORE_FULL,
)  # fmt: skip
_BY_STATUS = {sort.status: sort for sort in reversed(PROBLEM_TYPES)}


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[FieldError, ...] = ()


class ProblemError(Exception):
    """A problem on its way out; raised by handlers, told by `answer`."""

    def __init__(
        self,
        sort: ProblemType,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.sort = sort
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def of(error: Exception) -> ProblemError:
    """The problem that an exception means."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, StoreError):
        sort = STORE_FULL if "disk is full" in str(error) else STORE
        log.warning("the store: %s", error)
        what = str(error).partition(": ")[2] or str(
            error
        )  # without the path in front: it is nobody's business
        detail = f"{what[:1].upper()}{what[1:]}. Nothing of this request was kept."
        return ProblemError(sort, detail, headers={"Retry-After": "5"})
    if isinstance(error, HTTPException) and error.status_code < 500:
        sort = _BY_STATUS.get(error.status_code, INVALID)
        details = {
            NOT_FOUND.status: "Nothing is served at this address; /docs lists what is.",
            METHOD.status: f"Allowed here: {(error.headers or {}).get('allow', 'other methods')}.",
        }
        return ProblemError(sort, details.get(error.status_code, error.detail), headers=error.headers)
    log.error("while answering a request", exc_info=error)
    return ProblemError(
        INTERNAL, "It was noted in the server's log. Nothing of this request was acknowledged."
    )


def response(request: Request[Any, Any, Any], problem: ProblemError) -> Response[bytes]:
    """The problem as RFC 9457 JSON."""
    body = Problem(
        type=f"/docs#{problem.sort.slug}",
        title=problem.sort.title,
        status=problem.sort.status,
        detail=problem.detail,
        instance=quote(request.scope["path"]),
        errors=problem.errors,
    )
    return Response(
        msgspec.json.encode(body),
        status_code=problem.sort.status,
        media_type=PROBLEM_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )
