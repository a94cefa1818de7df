"""What a site asks for a reader beside shelves: its own list in the reader's order, and what to follow."""

from typing import Annotated

from msgspec import Meta, Struct, structs
from starlette.responses import Response

from recirc.engine import Engine
from recirc.messages import catalogue_of
from recirc.types import Id, Language, Request, Shelf, Slug
from recirc.types.responses import FollowSuggestions
from recirc.web import problems
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest
from recirc.web.ticks import tick_of
from recirc.web.whole_items import with_paths
from recirc.web.work_pools import WorkPool

BODY_BYTES = 65_536


class ReaderTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a reader, as in a request for shelves, and the language of the reasons."""

    history: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    earlier: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    brand: Slug | None = None
    language: Language | None = None


class OrderRequest(ReaderTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of articles for a reader."""

    articles: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=50)]
    referrer: Annotated[int, Meta(ge=0, le=255)] | None = None
    device: Annotated[int, Meta(ge=0, le=255)] | None = None
    region: Annotated[int, Meta(ge=0, le=65_535)] | None = None


class FollowQuery(ReaderTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a reader may want to follow."""

    following: Annotated[tuple[Slug, ...], Meta(max_length=100)] = ()  # names or slugs that are left out
    slots: Annotated[int, Meta(ge=1, le=20)] = 5  # of each kind


class ReadingOrderApi:
    """The resources `/v1/order` and `/v1/follow`."""

    def __init__(self, engine: Engine, renderer: TemplateRenderer, pool: WorkPool, clock: Clock) -> None:
        self._engine = engine
        self._brands = renderer.brands
        self._pool, self._clock = pool, clock

    @operation(
        "POST /v1/order",
        "Editors' picks in a reader's order",
        "The articles of a list in the order in which a reader may want them, each with its reason: first those for "
        "which something speaks, in the order of Recommendation; then the others as they were given, chosen by the "
        "editors; last those that the reader has opened. What is not there, or may not be shown, is left out. With the "
        "header `Sec-GPC: 1` nothing of the reader is used.",
        {200: ResponseSpec("The list.", Shelf)},
        body=Body(
            BODY_BYTES, example={"articles": ["ferry-strike-7", "otter"], "history": ["harbour-wall-2"]}
        ),
        problems=(problems.NOT_FOUND,),
    )
    async def order(self, request: HttpRequest, body: OrderRequest) -> Response:
        """The list as JSON."""
        wanted = self._request(request, body)
        if wanted.personalised:
            wanted = structs.replace(wanted, referrer=body.referrer, device=body.device, region=body.region)
        shelf = self._engine.shelf_service.ordered(body.articles, wanted, tick_of(self._clock()))
        return json_response(with_paths(shelf), headers=_HEADERS)

    @operation(
        "GET /v1/follow",
        "What a reader may want to follow",
        "Topics, sections and authors of the articles that a reader opened (`history`, `earlier`), those that are "
        "rarer on the site first where equally often opened; without a reader, or with `Sec-GPC: 1`, those whose "
        "articles are read most in the last day: the readers of each, added up. `following` is left out.",
        {200: ResponseSpec("Topics, sections and authors, each with its reason.", FollowSuggestions)},
        problems=(problems.NOT_FOUND, problems.OVERLOADED),
    )
    async def follow(self, request: HttpRequest, query: FollowQuery) -> Response:
        """The suggestions as JSON."""
        wanted = self._request(request, query)
        follow = self._engine.shelf_service.follow
        now = tick_of(self._clock())
        # In a thread: after each change of the state the names of all articles are counted anew.
        found = await self._pool.run_for(
            request,
            self._engine.settings.server.search_seconds,
            lambda _: follow.suggestions(wanted, query.following, query.slots, now),
        )
        return json_response(found, headers=_HEADERS)

    def _request(self, request: HttpRequest, terms: ReaderTerms) -> Request:
        if terms.brand is not None and terms.brand not in self._brands.keys:
            raise ProblemError(problems.NOT_FOUND, f"No newspaper is called {terms.brand!r}.")
        brand = self._brands.shelf_brand(request, Request(brand=terms.brand))
        language = catalogue_of(terms.language) if terms.language else self._brands.of(request).shelf_language
        if request.headers.get("sec-gpc") == "1":
            return Request(personalised=False, brand=brand, language=language)
        return Request(history=terms.history, earlier=terms.earlier, brand=brand, language=language)


_HEADERS = {"Cache-Control": "no-store", "Vary": "Sec-GPC"}
