"""Shelves over the API, as JSON and as the HTML of the portal's own pages."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, structs
from starlette.responses import Response
from starlette.types import Scope

from recirc.engine import Engine
from recirc.engine.shared_shelves import SharedMoment
from recirc.engine.slate_filler import of_a_reader
from recirc.messages import catalogue_of
from recirc.state.contexts import REFERRERS, REGIONS, column_of
from recirc.store.site_keys import SiteKey
from recirc.types import (
    FLAT_SCHEMA,
    SHELF_NUMBERS,
    RankBy,
    Request,
    Shelf,
    Slate,
    Slug,
    Span,
    Window,
    flat_slate,
)
from recirc.web import problems
from recirc.web.brands import site_in
from recirc.web.caching import cache_control, tag_headers
from recirc.web.embed_origins import EmbedOrigins, Key, base_of, site_key
from recirc.web.explanations import used_of
from recirc.web.filters import FilterQuery, check_filters
from recirc.web.key_scopes import limited
from recirc.web.links import article_path
from recirc.web.lookups import find_article
from recirc.web.operations import HTML, JSON, TEXT, Body, ResponseSpec, json_response, operation
from recirc.web.page_evidence import PageEvidence
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest, nearest
from recirc.web.shared_response import Lasting, SharedAnswer, SharedResponse
from recirc.web.ticks import tick_of
from recirc.web.whole_items import WholeItems, with_fields, with_paths

PUBLIC = "public, max-age=1"
"""A second takes the load of any number of readers off the server, and nobody sees an older shelf than that."""

BODY_BYTES = 65_536
"""Largest body of a request for shelves: fifty ids of the greatest length fit in."""


class RankingsQuery(FilterQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which ranking: its section, window, length and newspaper, by what it goes, the filters of a request for shelves,
    and for which site key.
    """

    section: Slug | None = None
    window: Window = Window.HOUR
    last: Span | None = None
    by: RankBy = RankBy.READERS
    region: Annotated[int, Meta(ge=1, lt=REGIONS)] | None = None
    referrer: Annotated[int, Meta(ge=1, lt=REFERRERS)] | None = None
    slots: Annotated[int, Meta(ge=1, le=50)] = 8
    brand: Slug | None = None
    key: Key | None = None


class EmbedQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the response is for pages of another site, and its key."""

    absolute: Annotated[bool, Meta(description="Whole addresses, for pages of another site.")] = False
    key: Key | None = None


FieldName: TypeAlias = Literal[
    "headline", "section", "published", "path", "url", "picture", "label", "rule", "signature", "numbers"
]
"""What an item has besides its article, position, score, reason and propensity; the signature always."""


class ShelvesHtmlQuery(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for shelves, whether the response is for pages of another site, and its key."""

    absolute: bool = False
    key: Key | None = None


class ShelvesQuery(ShelvesHtmlQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for items as JSON; `fields`: what they have, all without any."""

    fields: Annotated[tuple[FieldName, ...], Meta(max_length=16)] = ()


_TEXT = (
    "Related, Ranking, Recommendation and the shelves of plug-ins beside an article, each under its name, each item "
    "with its reason. Without the id as `article`, `url` takes the address at which the article is read; for an "
    "unknown address there is no Related. With `shelf`, only those shelves are filled, and the others take no article "
    "away from them. With `absolute=true` each item has a whole address as `url`, for pages of other sites. `history` "
    "is what the reader opened before, oldest first (several times, or with commas; POST takes ids that contain "
    "commas). It is used for this answer alone and never kept; so are `earlier`, what the reader opened on earlier "
    "visits, and `referrer`, `device` and `region`, the codes of your events. With `personalised=false`, or the header "
    "`Sec-GPC: 1`, nothing of the reader is used. `exclude` takes ids or addresses of what is on the page already; "
    "`sections`, `topics`, `authors`, `outlets`, `languages`, `labels` (the newsroom's own) and `max_age` (hours) "
    "limit all shelves to articles that have one of the values of each, `sites` to those that are read there, `since` "
    "to what was published then or later, `min_words` to longer ones; `without` leaves out those with a label. `last` "
    "and `by` are those of `/v1/rankings`. `fields` names what items have besides article, position, score, reason, "
    "propensity and signature (as JSON alone). With the site key of another site as `key` "
    "they are limited to what the key is for: its own site's articles, or what the newsroom says. The reasons are "
    "in the newspaper's language, or in `language`, if there are messages in it."
)
_HTML = "The same as a fragment of HTML, as on the portal's own pages."
_JSON_RESPONSES = {200: ResponseSpec("The shelves.", FLAT_SCHEMA)}
_HTML_RESPONSES = {200: ResponseSpec("A `<section>` for each shelf.", media=HTML)}
_PROBLEMS = (problems.KEY_NEEDED, problems.CROSS_SITE, problems.NOT_FOUND, problems.WITHDRAWN)
_BODY = Body(BODY_BYTES, (JSON, TEXT), example={"article": "ferry-strike-7", "history": ["harbour-wall-2"]})


class ShelvesApi:
    """The resources `/v1/shelves`, `/v1/shelves.html` and `/v1/rankings`."""

    def __init__(
        self,
        engine: Engine,
        renderer: TemplateRenderer,
        items: WholeItems,
        embed_origins: EmbedOrigins,
        evidence: PageEvidence,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._renderer = renderer
        self._embed_origins = embed_origins
        self._items = items
        self._evidence = evidence
        self._clock = clock

    @operation("GET /v1/shelves", "Shelves", _TEXT, _JSON_RESPONSES, problems=_PROBLEMS)
    async def get(self, request: HttpRequest, query: ShelvesQuery) -> Response:
        """The shelves as JSON."""
        return await self._json(request, _engine_request(query), query)

    @operation(
        "POST /v1/shelves",
        "Shelves, with the reader's history in the body",
        _TEXT,
        _JSON_RESPONSES,
        body=_BODY,
        problems=_PROBLEMS,
    )
    async def post(self, request: HttpRequest, query: EmbedQuery, body: Request) -> Response:
        """The shelves as JSON, requested in the body."""
        return await self._json(request, body, query)

    @operation("GET /v1/shelves.html", "Shelves as HTML", _HTML, _HTML_RESPONSES, problems=_PROBLEMS)
    async def get_html(self, request: HttpRequest, query: ShelvesHtmlQuery) -> Response:
        """The shelves as HTML."""
        return await self._html(request, _engine_request(query), query)

    @operation(
        "POST /v1/shelves.html",
        "Shelves as HTML, with the reader's history in the body",
        _HTML,
        _HTML_RESPONSES,
        body=_BODY,
        problems=_PROBLEMS,
    )
    async def post_html(self, request: HttpRequest, query: EmbedQuery, body: Request) -> Response:
        """The shelves as HTML, requested in the body."""
        return await self._html(request, body, query)

    @operation(
        "GET /v1/rankings",
        "What is read most",
        "Distinct readers in a window, in the whole site or in one section, with the counts behind it. `last` is any "
        "window from 5 minutes to a year (`90m`, `6h`, `30d`) instead of `window`. `by` ranks by something else: "
        "`rising` (readers beside what is usual for an article's age and the hour), `shares`, `reactions` or `reading` "
        "(engaged time of a reader). `region` or `referrer`, a code of your events, ranks by recent views from there; "
        "`region` comes second where both are given. `exclude` and the filters are those of `/v1/shelves`.",
        {200: ResponseSpec("The ranking.", Shelf)},
        problems=_PROBLEMS,
    )
    async def rankings(self, request: HttpRequest, query: RankingsQuery) -> Response:
        """One ranking as JSON."""
        self._check_section(query.section)
        _check_there(query)
        asked = Request(brand=self._brand(query.brand), last=query.last, by=query.by, **query.filters())
        check_filters(self._engine, asked)
        wanted = limited(asked, await self._key(request, query.key))
        shelf = self._engine.shelf_service.ranking(
            section=query.section,
            window=query.window,
            slots=query.slots,
            now=tick_of(self._clock()),
            brand=wanted.brand or self._renderer.brands.of(request).key,
            filters=wanted,
            column=column_of(query.referrer, query.region),
        )
        return json_response(with_paths(shelf), headers=_VARY)

    async def _key(self, request: HttpRequest, given: str | None) -> SiteKey | None:
        """The site key of a request, if it has one. Raises ProblemError: it is not known, or for other sites."""
        return await self._embed_origins.key_of(request, site_key(request, given))

    async def _json(
        self, request: HttpRequest, wanted: Request, query: "EmbedQuery | ShelvesQuery"
    ) -> Response:
        personalised, now = wanted.personalised, tick_of(self._clock())
        wanted = self._checked(request, wanted, await self._key(request, query.key))
        fields = query.fields if isinstance(query, ShelvesQuery) else ()
        if query.absolute or fields:
            slate = self._engine.shelves(wanted, now)
            self._note(request, slate.article)
            if query.absolute:
                slate = await self._items.complete(request, slate)
            if fields:
                slate = with_fields(slate, fields)
            return json_response(flat_slate(slate), headers=_VARY)
        if of_a_reader(wanted):
            encoded = self._engine.shelf_service.encoded(wanted, now, article_path)
            self._note(request, encoded.article)
            return Response(encoded.body, 200, {"Cache-Control": "no-store", **_VARY}, JSON)
        # Only where the address itself says that nothing of a reader is used, it is the same for all who ask there.
        public = request.method == "GET" and not personalised
        cacheable = public and self._engine.settings.server.page_seconds > 0
        headers = {"Cache-Control": PUBLIC if cacheable else "no-store", **_VARY}
        response = self._shared(wanted, headers, self._engine.shelf_service.moment(now))
        self._note(request, response.answer.article)
        return response

    def _shared(self, wanted: Request, headers: dict[str, str], moment: SharedMoment) -> SharedResponse:
        """The answer to a request without a reader, checked before, as of a moment."""
        answer = self._engine.shared(("slate", wanted), lambda: self._answer(wanted, moment), moment)

        def again() -> SharedResponse | None:
            later = self._engine.shelf_service.moment(tick_of(self._clock()))
            # In another version the article may be withdrawn, or the section gone.
            return self._shared(wanted, headers, later) if later.version == moment.version else None

        return SharedResponse(
            answer, headers, JSON, Lasting(self._lasts(moment), self._noting(answer), again)
        )

    def _answer(self, wanted: Request, moment: SharedMoment) -> SharedAnswer:
        return SharedAnswer(*self._engine.shelf_service.encoded(wanted, moment.time, article_path))

    def _lasts(self, moment: SharedMoment) -> Callable[[], bool]:
        """Whether a request now would be answered as of this moment."""
        return lambda: self._engine.shelf_service.moment(tick_of(self._clock())) is moment

    def _noting(self, answer: SharedAnswer) -> Callable[[Scope], None]:
        return lambda scope: self._note(HttpRequest(scope), answer.article)

    async def _html(
        self, request: HttpRequest, wanted: Request, query: "EmbedQuery | ShelvesHtmlQuery"
    ) -> Response:
        cached = request.method == "GET" and not wanted.personalised
        wanted, key = private(request, wanted), await self._key(request, query.key)
        slate, brands = self._slate(request, wanted, key), self._renderer.brands
        home = ""
        if query.absolute:
            slate = await self._items.complete(request, slate)
            home = base_of(request, brands.of(request).url)
        text = self._renderer.render(
            "shelves.html",
            site=site_in(brands.of(request), wanted.language),
            slate=slate,
            source=slate.article,
            only=wanted.shelf,
            used=used_of(wanted),
            home=home,
        )
        seconds = self._engine.settings.server.page_seconds
        if not cached or not seconds:
            return Response(text, 200, {"Cache-Control": "no-store", **_VARY}, HTML)
        headers = {"Cache-Control": cache_control(seconds), **tag_headers(slate), **_VARY}
        return Response(text, 200, headers, HTML)

    def _slate(self, request: HttpRequest, wanted: Request, key: SiteKey | None) -> Slate:
        slate = self._engine.shelves(self._checked(request, wanted, key), tick_of(self._clock()))
        self._note(request, slate.article)
        return slate

    def _note(self, request: HttpRequest, article: str | None) -> None:
        """Whoever asks for shelves beside an article has its page before them."""
        if article is not None:
            self._evidence.note(request, article, self._clock())

    def _checked(self, request: HttpRequest, wanted: Request, key: SiteKey | None) -> Request:
        """The request as the engine answers it. Raises ProblemError."""
        if wanted.article is not None:
            find_article(self._engine, wanted.article)
            if wanted.url is not None:
                wanted = structs.replace(wanted, url=None)
        _check_shelves(wanted.shelf)
        self._check_section(wanted.section)
        self._brand(wanted.brand)
        check_filters(self._engine, wanted)
        wanted = limited(wanted, key)
        wanted, brand = private(request, wanted), self._renderer.brands.shelf_brand(request, wanted)
        language = self._language(request, wanted.language)
        if (brand, language) == (wanted.brand, wanted.language):
            return wanted
        return structs.replace(wanted, brand=brand, language=language)

    def _language(self, request: HttpRequest, asked: str | None) -> str | None:
        """The language of the reasons: of the catalogue for the one that was asked for, else the newspaper's own."""
        site = self._renderer.brands.of(request)
        if asked is None or catalogue_of(asked) == site.words.catalogue:
            return site.shelf_language
        return catalogue_of(asked)

    def _brand(self, key: str | None) -> str | None:
        brands = self._renderer.brands
        if key is not None and key not in brands.keys:
            hint = f"; there is {', '.join(map(repr, brands.keys))}" if brands.keys else ""
            raise ProblemError(problems.NOT_FOUND, f"No newspaper is called {key!r}{hint}.")
        return key

    def _check_section(self, section: str | None) -> None:
        if section is None:
            return
        sections = [slug for slug, _ in self._engine.sections()]
        if section not in sections:
            near = nearest(section, sections) or sections[:5]
            hint = f"; there is {', '.join(repr(slug) for slug in near)}" if near else ""
            raise ProblemError(problems.NOT_FOUND, f"No section is called {section!r}{hint}.")


def _check_shelves(names: Sequence[str]) -> None:
    for name in names:
        if name not in SHELF_NUMBERS:
            near = nearest(name, SHELF_NUMBERS) or SHELF_NUMBERS
            raise ProblemError(problems.NOT_FOUND, f"{name!r} is not a shelf; there is {', '.join(near)}.")


def _check_there(query: RankingsQuery) -> None:
    """Raises ProblemError: of readers from there, nothing of the kind is known."""
    if column_of(query.referrer, query.region) < 0:
        return
    for name, given in (
        ("by", query.by is not RankBy.READERS),
        ("last", query.last is not None),
        ("window", query.window is not Window.HOUR),
    ):
        if given:
            raise ProblemError(
                problems.INVALID,
                f"{name}: a ranking by region or referrer goes by recent views from there; leave {name!r} out.",
            )


def private(request: HttpRequest, wanted: Request) -> Request:
    """The request, without the reader's data if the request or the reader's browser asks for privacy."""
    if request.headers.get("sec-gpc") == "1" or not wanted.personalised:
        return structs.replace(
            wanted, personalised=False, history=(), earlier=(), referrer=None, device=None, region=None
        )
    return wanted


def _engine_request(query: ShelvesHtmlQuery) -> Request:
    """The part of a query that the engine answers."""
    return Request(**dict(zip(Request.__struct_fields__, _OF_ENGINE(query), strict=True)))


_OF_ENGINE = attrgetter(*Request.__struct_fields__)
_VARY = {"Vary": "Sec-GPC"}
