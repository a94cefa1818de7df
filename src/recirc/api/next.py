"""What may be wanted next, for callers who need ids and scores alone: of one reader, or of many for a newsletter."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.clock import from_ms
from recirc.engine import Engine
from recirc.types import Id, Request, Slug
from recirc.types.responses import NextArticles, NextOfReader, NextOfReaders
from recirc.web import problems
from recirc.web.embed_origins import EmbedOrigins, Key, site_key
from recirc.web.filters import FilterQuery, check_filters
from recirc.web.key_scopes import limited
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest
from recirc.web.ticks import tick_of
from recirc.web.work_pools import WorkPool

MOST_READERS: Final = 10_000
BATCH_BYTES: Final = 16_777_216
"""Largest body of a request for many readers: 10,000 with 50 ids of 30 bytes each fit in."""


class NextTerms(FilterQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many articles, and of which, as in a request for shelves."""

    slots: Annotated[int, Meta(ge=1, le=50)] = 20
    brand: Slug | None = None


class NextQuery(NextTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a reader, and what is wanted."""

    history: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    earlier: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    referrer: Annotated[int, Meta(ge=0, le=255)] | None = None
    device: Annotated[int, Meta(ge=0, le=255)] | None = None
    region: Annotated[int, Meta(ge=0, le=65_535)] | None = None
    key: Key | None = None


class NewsletterReader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reader of a newsletter: your own key for them, and what they have opened, oldest first."""

    reader: Annotated[str, Meta(min_length=1, max_length=128)]
    history: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    earlier: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    region: Annotated[int, Meta(ge=0, le=65_535)] | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None  # of this reader, instead of everybody's


class NewsletterRequest(NextTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What many readers may want next."""

    readers: Annotated[tuple[NewsletterReader, ...], Meta(min_length=1, max_length=MOST_READERS)]


class NextApi:
    """The resource `/v1/next`."""

    def __init__(
        self,
        engine: Engine,
        renderer: TemplateRenderer,
        embed_origins: EmbedOrigins,
        pool: WorkPool,
        clock: Clock,
    ) -> None:
        """`pool` is for newsletters: one of 10,000 readers takes seconds."""
        self._engine = engine
        self._brands = renderer.brands
        self._embed_origins = embed_origins
        self._pool, self._clock = pool, clock

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
        private = request.headers.get("sec-gpc") == "1"
        wanted = self._request(
            request,
            query,
            history=() if private else query.history,
            earlier=() if private else query.earlier,
            referrer=None if private else query.referrer,
            device=None if private else query.device,
            region=None if private else query.region,
            personalised=not private,
        )
        key = await self._embed_origins.key_of(request, site_key(request, query.key))
        found = self._engine.next(limited(wanted, key), tick_of(self._clock()))
        return json_response(found, headers={"Vary": "Sec-GPC"})

    @operation(
        "POST /v1/next",
        "What many readers may want next, for a newsletter",
        "Up to 10,000 readers in one request, each by a key of your own, with what they opened (`history`, and "
        "`earlier` on other visits), oldest first: none of it comes again, and none of it is kept. `since` of a reader "
        "is the time of their last visit. The other fields are those of `GET /v1/next`, for all of them.",
        {200: ResponseSpec("The articles of each reader, in the order of the request.", NextOfReaders)},
        body=Body(
            BATCH_BYTES,
            example={"slots": 5, "readers": [{"reader": "r-17", "history": ["ferry-strike-7"]}]},
        ),
        key="Recommending for readers by key",
        problems=(problems.NOT_FOUND,),
    )
    async def post(self, request: HttpRequest, body: NewsletterRequest) -> Response:
        """The articles of each reader as JSON."""
        common, now = self._request(request, body), tick_of(self._clock())
        return json_response(await self._pool.run(self._of_readers, common, body.readers, now))

    def _of_readers(self, common: Request, readers: tuple[NewsletterReader, ...], now: int) -> NextOfReaders:
        fields = {name: getattr(common, name) for name in Request.__struct_fields__}
        found = list[NextOfReader]()
        for reader in readers:
            own = {"history": reader.history, "earlier": reader.earlier, "region": reader.region}
            since = reader.since or common.since
            told = self._engine.next(Request(**{**fields, **own, "since": since}), now)
            found.append(
                NextOfReader(reader=reader.reader, items=told.items, method=told.method, offset=told.offset)
            )
        return NextOfReaders(readers=tuple(found), as_of=from_ms(now))

    def _request(self, request: HttpRequest, terms: NextTerms, **reader: object) -> Request:
        """The request to the engine. Raises ProblemError: it names what is not there."""
        if terms.brand is not None and terms.brand not in self._brands.keys:
            raise ProblemError(problems.NOT_FOUND, f"No newspaper is called {terms.brand!r}.")
        brand = self._brands.shelf_brand(request, Request(brand=terms.brand))
        wanted = Request(**{**terms.filters(), "slots": terms.slots, "brand": brand, **reader})
        check_filters(self._engine, wanted)
        return wanted
