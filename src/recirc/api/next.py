"""What may be wanted next, for callers who need ids and scores alone."""

from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.engine import Engine
from recirc.types import Id, Request, Slug
from recirc.types.responses import NextArticles
from recirc.web import problems
from recirc.web.embed_origins import EmbedOrigins, Key, site_key
from recirc.web.filters import check_filters
from recirc.web.key_scopes import limited
from recirc.web.operations import ResponseSpec, json_response, operation
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest
from recirc.web.ticks import tick_of


class NextQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a reader, as in a request for shelves."""

    history: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    earlier: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    referrer: Annotated[int, Meta(ge=0, le=255)] | None = None
    device: Annotated[int, Meta(ge=0, le=255)] | None = None
    region: Annotated[int, Meta(ge=0, le=65_535)] | None = None
    slots: Annotated[int, Meta(ge=1, le=50)] = 20
    brand: Slug | None = None
    published_only: bool = False
    exclude: Annotated[tuple[Id, ...], Meta(max_length=200)] = ()
    sections: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    topics: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    authors: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    outlets: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    languages: Annotated[tuple[Annotated[str, Meta(max_length=16)], ...], Meta(max_length=20)] = ()
    max_age: Annotated[float, Meta(gt=0, le=876_000)] | None = None
    sites: Annotated[tuple[Annotated[str, Meta(max_length=255)], ...], Meta(max_length=20)] = ()
    key: Key | None = None


class NextApi:
    """The resource `/v1/next`."""

    def __init__(
        self, engine: Engine, renderer: TemplateRenderer, embed_origins: EmbedOrigins, clock: Clock
    ) -> None:
        self._engine = engine
        self._brands = renderer.brands
        self._embed_origins = embed_origins
        self._clock = clock

    @operation(
        "GET /v1/next",
        "What may be wanted next, as ids and scores",
        "For callers who render by themselves: the order of Recommendation, by the active model or else by the default "
        "formula, without reasons, headlines and trials of new articles. `history` is what the reader opened in this "
        "visit, oldest first, the article that is open last; it is used for this answer alone and never kept. The "
        "header `Sec-GPC: 1` leaves all of it unused. `exclude`, `key` and the filters are those of `/v1/shelves`.",
        {200: ResponseSpec("The articles, best first.", NextArticles)},
        problems=(problems.KEY_NEEDED, problems.CROSS_SITE, problems.NOT_FOUND),
    )
    async def get(self, request: HttpRequest, query: NextQuery) -> Response:
        """The articles as JSON."""
        if query.brand is not None and query.brand not in self._brands.keys:
            raise ProblemError(problems.NOT_FOUND, f"No newspaper is called {query.brand!r}.")
        private = request.headers.get("sec-gpc") == "1"
        wanted = Request(
            history=() if private else query.history,
            earlier=() if private else query.earlier,
            referrer=None if private else query.referrer,
            device=None if private else query.device,
            region=None if private else query.region,
            personalised=not private,
            slots=query.slots,
            published_only=query.published_only,
            brand=self._brands.shelf_brand(request, Request(brand=query.brand)),
            exclude=query.exclude,
            sections=query.sections,
            topics=query.topics,
            authors=query.authors,
            outlets=query.outlets,
            languages=query.languages,
            max_age=query.max_age,
            sites=query.sites,
        )
        check_filters(self._engine, wanted)
        key = await self._embed_origins.key_of(request, site_key(request, query.key))
        found = self._engine.next(limited(wanted, key), tick_of(self._clock()))
        return json_response(found, headers={"Vary": "Sec-GPC"})
