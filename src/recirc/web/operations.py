"""The API's operations: one declaration at each handler, of which its checks, its route and OpenAPI are made."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from starlette.responses import Response

from recirc.store.actions import ActionTrail
from recirc.store.api_keys import ApiKeys, Scope
from recirc.store.ports import StoreError
from recirc.web import problems
from recirc.web.access import require_key
from recirc.web.problems import ProblemType
from recirc.web.requests import HttpRequest, convert, decode_json, read_body, read_query
from recirc.web.routing import Handler, Method

log = logging.getLogger("recirc.web")

JSON = "application/json"
HTML = "text/html"
TEXT = "text/plain"

_DECLARED = "__operation__"
SCOPES: Final = (
    ("/v1/articles", Scope.PUBLISH),
    ("/v1/media", Scope.PUBLISH),
    ("/v1/hooks", Scope.PUBLISH),
    ("/v1/inspect", Scope.PUBLISH),
    ("/v1/events", Scope.EVENTS),
    ("/v1/next", Scope.READ),
    ("/v1/order", Scope.READ),
    ("", Scope.EDITOR),
)
"""Which keys are for what writes, by the beginning of the path; reading everywhere needs READ."""

_F = TypeVar("_F", bound=Callable[..., Any])


class NoQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class ResponseSpec(NamedTuple):
    """One response of an operation: a type of ours or a JSON schema as JSON, or text of a media type.

    Attributes:
        texts: media types of texts as which it may come instead.
    """

    text: str
    type: Any = None
    media: str = JSON
    texts: tuple[str, ...] = ()


class Body(NamedTuple):
    """The body that an operation takes.

    Attributes:
        max_bytes: a larger one is answered with 413; None: the handler reads the body itself, with limits of its own.
        media_types: of which it may be.
        schema: its type, or a JSON schema; needed only where the handler has no parameter `body`.
        example: a body that works.
    """

    max_bytes: int | None = None
    media_types: tuple[str, ...] = (JSON,)
    schema: Any = None
    example: Any = None


class Operation(NamedTuple):
    """One method at one path.

    Attributes:
        method: GET, POST, PUT, DELETE.
        path: as in OpenAPI; `{id}` is an article's id with each reserved character percent-encoded.
        summary: one line.
        description: what a caller has to know.
        responses: by status.
        query: the struct whose fields are the query parameters.
        body: None: it takes none.
        key: what the API key is needed for; None: none is needed.
        optional_key: an API key allows more.
        problems: all that can go wrong, except an unknown address and a mistake of the server.
    """

    method: str
    path: str
    summary: str
    description: str
    responses: dict[int, ResponseSpec]
    query: type[Struct]
    body: Body | None
    key: str | None
    optional_key: bool
    problems: tuple[ProblemType, ...]

    @property
    def scope(self) -> Scope:
        """Which keys are for it."""
        return scope_of(self.method, self.path)


def scope_of(method: str, path: str) -> Scope:
    """Which keys are for a method at a path: one table for the whole API.

    >>> scope_of("GET", "/v1/rules"), scope_of("DELETE", "/v1/rules/{key}"), scope_of("POST", "/v1/media")
    (<Scope.READ: 'read'>, <Scope.EDITOR: 'editor'>, <Scope.PUBLISH: 'publish'>)
    """
    if method == "GET":
        return Scope.READ
    return next(scope for beginning, scope in SCOPES if path.startswith(beginning))


def operation(
    route: str,
    summary: str,
    description: str,
    responses: dict[int, ResponseSpec],
    *,
    body: Body | None = None,
    key: str | None = None,
    optional_key: bool = False,
    problems: tuple[ProblemType, ...] = (),
) -> Callable[[_F], _F]:
    """Declare what a handler does; `route` is its method and path.

    The rest is read from the handler's parameters: `query: SomeStruct` receives the query parameters, `body: SomeType`
    the decoded body, `holder: str` the name of the API key's holder, and others the parts of the path. `problems` are
    those that the handler raises itself.
    """
    method, path = route.split(" ")

    def declare(handler: _F) -> _F:
        parameters = inspect.signature(handler).parameters
        taken = body
        if "body" in parameters:
            if taken is None or taken.max_bytes is None:
                raise TypeError(f"{route}: a handler with a parameter `body` declares its largest size")
            taken = taken._replace(schema=parameters["body"].annotation)
        query = parameters["query"].annotation if "query" in parameters else NoQuery
        declared = Operation(
            method,
            path,
            summary,
            description,
            responses,
            query,
            taken,
            key,
            optional_key,
            (*_common_problems(taken is not None, key is not None or optional_key), *problems),
        )
        setattr(handler, _DECLARED, declared)
        return handler

    return declare


def _common_problems(body: bool, key: bool) -> Iterator[ProblemType]:
    yield problems.INVALID
    if key:
        yield from (problems.KEY_NEEDED, problems.KEY_SCOPE)
    if body:
        yield from (problems.MALFORMED, problems.TOO_LARGE, problems.MEDIA_TYPE)
    yield problems.STORE


def declared_by(resource: Any) -> list[tuple[Operation, Any]]:
    """The operations of a resource, a class or an object, with their handlers, in the order of the source."""
    names = [name for name, value in vars(_class_of(resource)).items() if hasattr(value, _DECLARED)]
    handlers = [getattr(resource, name) for name in names]
    return [(getattr(handler, _DECLARED), handler) for handler in handlers]


def _class_of(resource: Any) -> type:
    return resource if isinstance(resource, type) else type(resource)


def methods_of(resources: Iterable[object], keys: ApiKeys, trail: ActionTrail) -> Iterator[Method]:
    """What the resources serve, each handler behind the checks that its operation declares.

    What is done with an API key is noted in the audit trail; what is read is not.
    """
    for resource in resources:
        for declared, handler in declared_by(resource):
            # Ids may hold slashes.
            path = declared.path.replace("{id}", "{id:path}")
            yield Method(declared.method, path, _with_checks(declared, handler, keys, trail))


def _with_checks(
    declared: Operation, handler: Callable[..., Any], keys: ApiKeys, trail: ActionTrail
) -> Handler:
    """The handler, called with arguments that have been checked."""
    parameters = inspect.signature(handler).parameters
    body = declared.body if "body" in parameters else None

    async def handle(request: HttpRequest) -> Response:
        arguments = dict(request.path_params)
        holder = ""
        if declared.key is not None:
            holder = await require_key(request, keys, declared.key, declared.scope)
            if "holder" in parameters:
                arguments["holder"] = holder
        query = read_query(request, declared.query)
        if "query" in parameters:
            arguments["query"] = query
        if body is not None and body.max_bytes is not None:
            decoded = decode_json(await read_body(request, body.max_bytes, body.media_types))
            arguments["body"] = convert(decoded, body.schema)
        answer = handler(request, **arguments)
        response: Response = await answer if inspect.isawaitable(answer) else answer
        if holder and declared.scope is not Scope.READ and response.status_code < 400:
            subject = _subject(arguments, request)
            # Noted after the answer's own command, and not waited for: both are in the same order.
            try:
                await asyncio.to_thread(trail.begin_note, holder, "key", declared.summary.lower(), subject)
            except StoreError as error:  # what was asked for is done
                log.warning(
                    "%s by %s could not be noted in the audit trail: %s", declared.summary, holder, error
                )
        return response

    return handle


def _subject(arguments: Mapping[str, Any], request: HttpRequest) -> str:
    """To what something was done: the id or key in the path or the query, or the body's article."""
    named = [*request.path_params.values(), *(request.query_params.get(name) for name in ("id", "address"))]
    body = arguments.get("body")
    return ", ".join(str(each) for each in (*named, getattr(body, "article", None)) if each)


def json_response(
    content: Any, status: int = 200, *, cache: str = "no-store", headers: dict[str, str] | None = None
) -> Response:
    """A value of ours as JSON."""
    return Response(msgspec.json.encode(content), status, {"Cache-Control": cache, **(headers or {})}, JSON)
