"""Shelves over the API, as JSON and as the HTML of the portal's own pages."""

import difflib
from typing import Annotated

import msgspec
from litestar import Response
from msgspec import Meta, Struct, structs

from recirc.engine import Engine
from recirc.portal import problems
from recirc.portal.articles import NoQuery, known
from recirc.portal.contract import HTML, JSON, Answer, Operation
from recirc.portal.incoming import Clock, Incoming, body_of, fault, json_of, query_of
from recirc.portal.links import article_path
from recirc.portal.look import Look
from recirc.portal.problems import ProblemError
from recirc.types import Request, Shelf, Slate, Slug, Window

BODY_BYTES = 65_536
"""Largest body of a request for shelves: fifty ids of the longest kind fit in."""


class RankingsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which ranking."""

    section: Slug | None = None
    window: Window = Window.HOUR
    slots: Annotated[int, Meta(ge=1, le=50)] = 8


_TEXT = (
    "Related, Ranking and Recommendation beside an article, each item with its reason. `history` is what the "
    "reader opened before, oldest first (several times, or with commas; POST takes ids that hold commas). It "
    "is used for this answer alone and never kept; so are `earlier`, what the reader opened on earlier visits, and "
    "`referrer`, `device` and `region`, the codes that your events have. With `personalised=false`, or the header "
    "`Sec-GPC: 1`, nothing of the reader is looked at."
)
_PROBLEMS = (problems.INVALID, problems.NOT_FOUND, problems.WITHDRAWN, problems.STORE)
_BODY_PROBLEMS = (*_PROBLEMS, problems.TOO_LARGE, problems.MEDIA_TYPE)
_EXAMPLE = {"article": "ferry-strike-7", "history": ["harbour-wall-2"]}
GET = Operation(
    "GET",
    "/v1/shelves",
    "Shelves",
    _TEXT,
    {200: Answer("The three shelves.", Slate)},
    Request,
    problems=_PROBLEMS,
)
POST = Operation(
    "POST",
    "/v1/shelves",
    "Shelves, with the reader's history in the body",
    _TEXT,
    {200: Answer("The three shelves.", Slate)},
    query=NoQuery,
    body=Request,
    problems=_BODY_PROBLEMS,
    example=_EXAMPLE,
)
GET_HTML = Operation(
    "GET",
    "/v1/shelves.html",
    "Shelves as HTML",
    "The same as a fragment of HTML, as on the portal's own pages.",
    {200: Answer("Three `<section>`s.", media=HTML)},
    query=Request,
    problems=_PROBLEMS,
)
POST_HTML = Operation(
    "POST",
    "/v1/shelves.html",
    "Shelves as HTML, with the reader's history in the body",
    "The same as a fragment of HTML, as on the portal's own pages.",
    {200: Answer("Three `<section>`s.", media=HTML)},
    query=NoQuery,
    body=Request,
    problems=_BODY_PROBLEMS,
    example=_EXAMPLE,
)
RANKINGS = Operation(
    "GET",
    "/v1/rankings",
    "What is read most",
    "Distinct readers in a window, in the whole site or in one section, with the counts behind it.",
    {200: Answer("The ranking.", Shelf)},
    query=RankingsQuery,
    problems=_PROBLEMS,
)


class Shelves:
    """The handlers of `/v1/shelves`, `/v1/shelves.html` and `/v1/rankings`."""

    def __init__(self, engine: Engine, look: Look, clock: Clock) -> None:
        self._engine = engine
        self._look = look
        self._clock = clock

    def get(self, request: Incoming) -> Response[bytes]:
        """GET /v1/shelves."""
        return _json(_addressed(self._slate(request, query_of(request, Request))))

    async def post(self, request: Incoming) -> Response[bytes]:
        """POST /v1/shelves."""
        return _json(_addressed(self._slate(request, await _body(request))))

    def get_html(self, request: Incoming) -> Response[bytes]:
        """GET /v1/shelves.html."""
        return self._html(request, query_of(request, Request))

    async def post_html(self, request: Incoming) -> Response[bytes]:
        """POST /v1/shelves.html."""
        return self._html(request, await _body(request))

    def rankings(self, request: Incoming) -> Response[bytes]:
        """GET /v1/rankings."""
        query = query_of(request, RankingsQuery)
        self._check_section(query.section)
        shelf = self._engine.ranking(
            section=query.section, window=query.window, slots=query.slots, now=self._clock()
        )
        return _json(_with_paths(shelf))

    def _html(self, request: Incoming, wanted: Request) -> Response[bytes]:
        slate = self._slate(request, wanted)
        text = self._look.render("shelves.html", slate=slate, source=wanted.article)
        return Response(
            text.encode(), media_type="text/html", headers={"Cache-Control": "no-store", "Vary": "Sec-GPC"}
        )

    def _slate(self, request: Incoming, wanted: Request) -> Slate:
        if wanted.article is not None:
            known(self._engine, wanted.article)
        self._check_section(wanted.section)
        return self._engine.shelves(private(request, wanted), self._clock())

    def _check_section(self, section: str | None) -> None:
        if section is None:
            return
        sections = [slug for slug, _ in self._engine.sections()]
        if section not in sections:
            near = difflib.get_close_matches(section, sections, n=1) or sections[:5]
            hint = f"; there is {', '.join(repr(slug) for slug in near)}" if near else ""
            raise ProblemError(problems.NOT_FOUND, f"No section is called {section!r}{hint}.")


def private(request: Incoming, wanted: Request) -> Request:
    """The request without anything of its reader, if the reader's browser or the request itself asks for that."""
    if request.headers.get("sec-gpc") == "1" or not wanted.personalised:
        return structs.replace(
            wanted, personalised=False, history=(), earlier=(), referrer=None, device=None, region=None
        )
    return wanted


def _addressed(slate: Slate) -> Slate:
    return structs.replace(
        slate,
        related=_with_paths(slate.related),
        ranking=_with_paths(slate.ranking),
        recommendation=_with_paths(slate.recommendation),
    )


def _with_paths(shelf: Shelf) -> Shelf:
    items = tuple(structs.replace(item, path=article_path(item.article)) for item in shelf.items)
    return structs.replace(shelf, items=items)


async def _body(request: Incoming) -> Request:
    query_of(request, NoQuery)
    decoded = json_of(await body_of(request, BODY_BYTES, JSON))
    try:
        return msgspec.convert(decoded, Request)
    except msgspec.ValidationError as error:
        wrong = fault(error)
        raise ProblemError(
            problems.INVALID, f"{wrong.field or 'body'}: {wrong.text}.", errors=(wrong,)
        ) from None


def _json(answer: Struct) -> Response[bytes]:
    return Response(
        msgspec.json.encode(answer), media_type=JSON, headers={"Cache-Control": "no-store", "Vary": "Sec-GPC"}
    )
