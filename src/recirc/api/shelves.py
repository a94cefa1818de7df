"""Shelves over the API, as JSON and as the HTML of the portal's own pages."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import msgspec
from litestar import Response
from msgspec import Meta, Struct, structs

from recirc.engine import Engine
from recirc.types import FLAT_SCHEMA, SHELF_NUMBERS, Request, Shelf, Slate, Slug, Window, flat_slate
from recirc.web import problems
from recirc.web.contract import (
    HTML,
    JSON,
    TEXT,
    Operation,
    ResponseSpec,
)
from recirc.web.embed_origins import EmbedOrigins, base_of
from recirc.web.explanations import used_of
from recirc.web.incoming import (
    Clock,
    Incoming,
    body_of,
    fault,
    json_of,
    query_of,
)
from recirc.web.links import article_path
from recirc.web.lookups import known
from recirc.web.problems import FieldError, ProblemError
from recirc.web.renderer import TemplateRenderer

BODY_BYTES = 65_536
"""Largest body of a request for shelves: enough for fifty ids of the greatest length."""


class RankingsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ranking to give."""

    section: Slug | None = None
    window: Window = Window.HOUR
    slots: Annotated[int, Meta(ge=1, le=50)] = 8
    brand: Slug | None = None


class EmbedQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pages that the answer is for."""

    absolute: Annotated[
        bool, Meta(description="Give whole addresses: the shelves are for pages of another site.")
    ] = False


class ShelvesQuery(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request to the engine, and the pages that the answer is for."""

    absolute: bool = False


_TEXT = (
    "Related, Ranking, Recommendation and the shelves of plug-ins beside an article, each under its name, each item "
    "with its reason. Instead of the id as `article`, `url` takes the address at which the article is read; for an "
    "unknown address there is no Related. With `shelf`, only those shelves are filled, and the others take no article "
    "away from them. With `absolute=true` each item has a whole address as `url`, for pages of other sites. `history` "
    "is what the reader opened before, oldest first (several times, or with commas; POST takes ids that contain "
    "commas). It is used for this answer alone and never kept; so are `earlier`, what the reader opened on earlier "
    "visits, and `referrer`, `device` and `region`, the codes of your events. With `personalised=false`, or the header "
    "`Sec-GPC: 1`, nothing of the reader is used."
)
_PROBLEMS = (problems.INVALID, problems.NOT_FOUND, problems.WITHDRAWN, problems.STORE)
_BODY_PROBLEMS = (*_PROBLEMS, problems.TOO_LARGE, problems.MEDIA_TYPE)
_EXAMPLE = {"article": "ferry-strike-7", "history": ["harbour-wall-2"]}
GET = Operation(
    "GET",
    "/v1/shelves",
    "Shelves",
    _TEXT,
    {200: ResponseSpec("The shelves.", FLAT_SCHEMA)},
    ShelvesQuery,
    problems=_PROBLEMS,
)
POST = Operation(
    "POST",
    "/v1/shelves",
    "Shelves, with the reader's history in the body",
    _TEXT,
    {200: ResponseSpec("The shelves.", FLAT_SCHEMA)},
    query=EmbedQuery,
    body=Request,
    body_types=(JSON, TEXT),
    problems=_BODY_PROBLEMS,
    example=_EXAMPLE,
)
GET_HTML = Operation(
    "GET",
    "/v1/shelves.html",
    "Shelves as HTML",
    "The same as a fragment of HTML, as on the portal's own pages.",
    {200: ResponseSpec("A `<section>` for each shelf.", media=HTML)},
    query=ShelvesQuery,
    problems=_PROBLEMS,
)
POST_HTML = Operation(
    "POST",
    "/v1/shelves.html",
    "Shelves as HTML, with the reader's history in the body",
    "The same as a fragment of HTML, as on the portal's own pages.",
    {200: ResponseSpec("A `<section>` for each shelf.", media=HTML)},
    query=EmbedQuery,
    body=Request,
    body_types=(JSON, TEXT),
    problems=_BODY_PROBLEMS,
    example=_EXAMPLE,
)
RANKINGS = Operation(
    "GET",
    "/v1/rankings",
    "What is read most",
    "Distinct readers in a window, on the whole site or in one section, with their counts.",
    {200: ResponseSpec("The ranking.", Shelf)},
    query=RankingsQuery,
    problems=_PROBLEMS,
)


class ShelvesApi:
    """The handlers of `/v1/shelves`, `/v1/shelves.html` and `/v1/rankings`."""

    def __init__(self, engine: Engine, look: TemplateRenderer, guests: EmbedOrigins, clock: Clock) -> None:
        self._engine = engine
        self._look = look
        self._guests = guests
        self._clock = clock

    async def get(self, request: Incoming) -> Response[bytes]:
        """GET /v1/shelves."""
        query = query_of(request, ShelvesQuery)
        return await self._json(request, _engine_request(query), query.absolute)

    async def post(self, request: Incoming) -> Response[bytes]:
        """POST /v1/shelves."""
        query = query_of(request, EmbedQuery)
        return await self._json(request, await _body(request), query.absolute)

    async def get_html(self, request: Incoming) -> Response[bytes]:
        """GET /v1/shelves.html."""
        query = query_of(request, ShelvesQuery)
        return await self._html(request, _engine_request(query), query.absolute)

    async def post_html(self, request: Incoming) -> Response[bytes]:
        """POST /v1/shelves.html."""
        query = query_of(request, EmbedQuery)
        return await self._html(request, await _body(request), query.absolute)

    def rankings(self, request: Incoming) -> Response[bytes]:
        """GET /v1/rankings."""
        query = query_of(request, RankingsQuery)
        self._check_section(query.section)
        shelf = self._engine.ranking(
            section=query.section,
            window=query.window,
            slots=query.slots,
            now=self._clock(),
            brand=self._brand(query.brand) or self._look.brands.of(request).key,
        )
        return _encoded(_with_paths(shelf))

    async def _json(self, request: Incoming, wanted: Request, absolute: bool) -> Response[bytes]:
        slate = await self._addressed(request, absolute, self._slate(request, wanted))
        return _encoded(flat_slate(slate))

    async def _html(self, request: Incoming, wanted: Request, absolute: bool) -> Response[bytes]:
        wanted = private(request, wanted)
        slate, brands = self._slate(request, wanted), self._look.brands
        home = ""
        if absolute:
            slate = await self._addressed(request, absolute, slate)
            home = base_of(request, brands.of(request).url)
        text = self._look.render(
            "shelves.html",
            slate=slate,
            source=slate.article,
            only=wanted.shelf,
            used=used_of(wanted),
            home=home,
        )
        return Response(
            text.encode(), media_type="text/html", headers={"Cache-Control": "no-store", "Vary": "Sec-GPC"}
        )

    def _slate(self, request: Incoming, wanted: Request) -> Slate:
        if wanted.url is not None and wanted.article is not None:
            fault = FieldError(text="give the article's id or its address, not both", field="url")
            raise ProblemError(problems.INVALID, f"url: {fault.text}.", errors=(fault,))
        if wanted.article is not None:
            known(self._engine, wanted.article)
        _check_shelves(wanted.shelf)
        self._check_section(wanted.section)
        self._brand(wanted.brand)
        wanted = structs.replace(private(request, wanted), brand=self._look.brands.within(request, wanted))
        return self._engine.shelves(wanted, self._clock())

    def _brand(self, key: str | None) -> str | None:
        brands = self._look.brands
        if key is not None and not brands.known(key):
            hint = f"; there is {', '.join(map(repr, brands.names()))}" if brands.names() else ""
            raise ProblemError(problems.NOT_FOUND, f"No newspaper is called {key!r}{hint}.")
        return key

    async def _addressed(self, request: Incoming, absolute: bool, slate: Slate) -> Slate:
        """The slate with the address of each item: a path on this portal, or whole for other sites."""
        url = self._look.brands.of(request).url
        address = await self._guests.addresser(request, self._engine, url) if absolute else None
        shelves = {name: _with_paths(shelf, address) for name, shelf in slate.shelves.items()}
        return structs.replace(slate, shelves=shelves)

    def _check_section(self, section: str | None) -> None:
        if section is None:
            return
        sections = [slug for slug, _ in self._engine.sections()]
        if section not in sections:
            near = difflib.get_close_matches(section, sections, n=1) or sections[:5]
            hint = f"; there is {', '.join(repr(slug) for slug in near)}" if near else ""
            raise ProblemError(problems.NOT_FOUND, f"No section is called {section!r}{hint}.")


def _check_shelves(names: Sequence[str]) -> None:
    for name in names:
        if name not in SHELF_NUMBERS:
            near = difflib.get_close_matches(name, SHELF_NUMBERS, n=1) or SHELF_NUMBERS
            fault = FieldError(text=f"{name!r} is not a shelf; there is {', '.join(near)}", field="shelf")
            raise ProblemError(problems.INVALID, f"shelf: {fault.text}.", errors=(fault,))


def private(request: Incoming, wanted: Request) -> Request:
    """The request without anything of its reader, if the reader's browser or the request itself says so."""
    if request.headers.get("sec-gpc") == "1" or not wanted.personalised:
        return structs.replace(
            wanted, personalised=False, history=(), earlier=(), referrer=None, device=None, region=None
        )
    return wanted


def _with_paths(shelf: Shelf, address: Callable[[str], str] | None = None) -> Shelf:
    items = tuple(
        structs.replace(item, path=article_path(item.article), url=address(item.article) if address else None)
        for item in shelf.items
    )
    return structs.replace(shelf, items=items)


def _engine_request(query: ShelvesQuery) -> Request:
    """The fields of a query that the engine uses."""
    return Request(**{name: getattr(query, name) for name in Request.__struct_fields__})


async def _body(request: Incoming) -> Request:
    decoded = json_of(await body_of(request, BODY_BYTES, JSON, TEXT))
    try:
        return msgspec.convert(decoded, Request)
    except msgspec.ValidationError as error:
        wrong = fault(error)
        raise ProblemError(
            problems.INVALID, f"{wrong.field or 'body'}: {wrong.text}.", errors=(wrong,)
        ) from None


def _encoded(answer: Shelf | Mapping[str, object]) -> Response[bytes]:
    return Response(
        msgspec.json.encode(answer), media_type=JSON, headers={"Cache-Control": "no-store", "Vary": "Sec-GPC"}
    )
