"""The app: everything that is served, at which address, by which handler, wrapped in what."""

import inspect
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Litestar, Response
from litestar.config.compression import CompressionConfig
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message, Scope

from recirc.api import (
    articles,
    events,
    findings,
    health,
    pins,
    shelves,
    sources,
)
from recirc.api.articles import ArticlesApi
from recirc.api.embed import EmbedScript
from recirc.api.events import EventsApi
from recirc.api.findings import FindingsApi
from recirc.api.health import HealthApi
from recirc.api.pins import PinsApi
from recirc.api.shelves import ShelvesApi
from recirc.api.sources import SourceMetrics, SourcesApi
from recirc.desk.sources import DeskSources
from recirc.engine import Engine
from recirc.ingest.pipeline import IngestPipeline
from recirc.portal.archive import ArchivePages
from recirc.portal.feeds import TYPES, FeedPages
from recirc.portal.listings import ListingPages
from recirc.portal.pages import PortalPages
from recirc.portal.reference import ApiReference
from recirc.portal.search import SearchPages
from recirc.portal.sitemaps import SitemapPages
from recirc.portal.stories import StoryPages
from recirc.store.api_keys import ApiKeys
from recirc.store.pins import Pins
from recirc.store.site_keys import SiteKeys
from recirc.store.source_registry import SourceRegistry
from recirc.web import problems
from recirc.web.contract import Operation
from recirc.web.embed_origins import EmbedOrigins
from recirc.web.incoming import Clock, Incoming, wall_clock
from recirc.web.metrics import Metrics
from recirc.web.page_responder import PageResponder, menu
from recirc.web.reader_hasher import ReaderHasher
from recirc.web.renderer import TemplateRenderer

log = logging.getLogger("recirc.portal")

MACHINES = ("/v1/", "/healthz", "/metrics", "/openapi.json")
"""Under these addresses errors are JSON; everywhere else they are pages."""

HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-content-type-options", b"nosniff"),
)


class Route(NamedTuple):
    """One line of the table below."""

    method: HttpMethod
    path: str
    handler: Callable[..., Any]


def create_app(engine: Engine, readers: ReaderHasher, clock: Clock = wall_clock) -> Litestar:
    """The portal over an engine. `readers` is shared by all workers; `clock` gives the moment in ms."""
    metrics = Metrics()
    store = engine.settings.store
    keys = ApiKeys(Path(store.path), busy_seconds=store.busy_seconds)
    look = TemplateRenderer(engine.settings, lambda face: menu(engine, face))
    pins = Pins(Path(store.path), busy_seconds=store.busy_seconds)
    pages = PageResponder(engine, look, clock)
    papers = PortalPages(engine, look, pages, pins, clock)
    desk_of_pins = PinsApi(engine, pins, keys, clock)
    stories = ArticlesApi(engine, keys, clock)
    guests = EmbedOrigins(engine.settings.embed, SiteKeys(Path(store.path), busy_seconds=store.busy_seconds))
    intake = EventsApi(engine, keys, guests, readers, metrics, clock)
    shelves = ShelvesApi(engine, look, guests, clock)
    watch = HealthApi(engine, metrics)
    asked = SourceRegistry(Path(store.path), engine.settings.sources, busy_seconds=store.busy_seconds)
    SourceMetrics(asked, metrics.registry)
    source_list = SourcesApi(asked, engine.settings.sources, keys)
    desk = DeskSources(asked, engine.settings.sources, keys, pages, clock)
    judging = FindingsApi(IngestPipeline(engine), keys)
    reference = ApiReference(engine.settings.site.name, OPERATIONS, pages)
    get, post, put, delete = HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE
    routes = (
        Route(post, "/v1/articles", stories.post),
        Route(get, "/v1/articles", stories.get),
        Route(delete, "/v1/articles", stories.delete),
        Route(get, "/v1/articles/{id:path}", stories.get),
        Route(delete, "/v1/articles/{id:path}", stories.delete),
        Route(post, "/v1/findings", judging.post),
        Route(post, "/v1/events", intake.post),
        Route(get, "/v1/shelves", shelves.get),
        Route(post, "/v1/shelves", shelves.post),
        Route(get, "/v1/shelves.html", shelves.get_html),
        Route(post, "/v1/shelves.html", shelves.post_html),
        Route(get, "/v1/rankings", shelves.rankings),
        Route(get, "/v1/sources", source_list.get),
        Route(get, "/v1/pins", desk_of_pins.get),
        Route(put, "/v1/pins/{place:str}", desk_of_pins.put),
        Route(delete, "/v1/pins/{place:str}", desk_of_pins.delete),
        Route(get, "/healthz", watch.healthz),
        Route(get, "/metrics", watch.metrics),
        Route(get, "/openapi.json", reference.openapi),
        Route(get, "/docs", reference.docs),
        Route(get, "/", papers.front),
        *browsing(engine, look, pages, clock),
        Route(get, "/article", papers.article),
        Route(get, "/article/{id:path}", papers.article),
        Route(get, "/from/{id:path}", papers.article),
        Route(get, "/about", papers.about),
        Route(get, "/how-it-works", papers.how_it_works),
        Route(get, "/sources", desk.page),
        Route(get, "/static/{name:str}", pages.static),
        Route(get, "/embed.js", EmbedScript().get),
    )
    return Litestar(
        [handler_of(route) for route in routes],
        middleware=[metrics.middleware],
        before_send=[add_headers, guests.add_headers, metrics.count],
        exception_handlers={Exception: _teller(pages)},
        compression_config=CompressionConfig(backend="gzip", minimum_size=1000, gzip_compress_level=5),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,  # each handler that takes a body sets its own limit
    )


def browsing(engine: Engine, look: TemplateRenderer, pages: PageResponder, clock: Clock) -> list[Route]:
    """The pages by which readers and machines find articles: lists, archive, search, stories, feeds, sitemaps."""
    get = HttpMethod.GET
    listings, feeds = ListingPages(engine, pages, clock), FeedPages(engine, look, pages)
    archive, sitemaps = ArchivePages(engine, pages), SitemapPages(engine, look, pages, clock)
    stories = StoryPages(engine, pages)
    routes = [
        Route(get, "/section/{slug:str}", listings.section),
        Route(get, "/topic/{slug:str}", listings.topic),
        Route(get, "/author/{slug:str}", listings.author),
        Route(get, "/story", stories.get),
        Route(get, "/story/{id:path}", stories.get),
        Route(get, "/search", SearchPages(engine, pages, clock).get),
        Route(get, "/archive", archive.months),
        Route(get, "/archive/{year:str}/{month:str}", archive.month),
        Route(get, "/archive/{year:str}/{month:str}/{day:str}", archive.day),
        Route(get, "/robots.txt", sitemaps.robots),
        Route(get, "/sitemap.xml", sitemaps.index),
        Route(get, "/sitemap-news.xml", sitemaps.news),
        Route(get, "/sitemaps/{name:str}", sitemaps.part),
    ]
    for kind in TYPES:
        routes += [
            Route(get, f"/feed.{kind}", feeds.site),
            Route(get, f"/section/{{slug:str}}/feed.{kind}", feeds.section),
            Route(get, f"/topic/{{slug:str}}/feed.{kind}", feeds.topic),
            Route(get, f"/author/{{slug:str}}/feed.{kind}", feeds.author),
        ]
    return routes


OPERATIONS: Sequence[Operation] = (
    articles.POST, articles.GET, articles.DELETE, articles.GET_BY_QUERY, articles.DELETE_BY_QUERY,
    findings.POST,
    events.POST,
    shelves.GET, shelves.POST, shelves.GET_HTML, shelves.POST_HTML, shelves.RANKINGS,
    sources.GET,
    pins.GET, pins.PUT, pins.DELETE,
    health.HEALTHZ, health.METRICS,
)  # fmt: skip


def handler_of(route: Route) -> HTTPRouteHandler:
    """The route as Litestar has it. Handlers that are no coroutines answer in milliseconds, on the loop."""
    on_loop = None if inspect.iscoroutinefunction(route.handler) else False
    return HTTPRouteHandler(
        route.path,
        http_method=[HttpMethod.GET, HttpMethod.HEAD] if route.method is HttpMethod.GET else route.method,
        status_code=200,  # unless the handler's own answer says another
        sync_to_thread=on_loop,
    )(route.handler)


async def add_headers(message: Message, _: Scope) -> None:
    """Give every answer the headers that keep a page to itself, and caches the word that it may be compressed."""
    if message["type"] == "http.response.start":
        headers = [*message.get("headers", ()), *HEADERS]
        vary = [
            value.strip() for name, value in headers if name.lower() == b"vary" for value in value.split(b",")
        ]
        # Also where this one is not compressed: the next who asks may be given it in other bytes.
        if not any(value.lower() == b"accept-encoding" for value in vary):
            headers.append((b"vary", b"Accept-Encoding"))
        message["headers"] = headers


def _teller(pages: PageResponder) -> Callable[[Incoming, Exception], Response[bytes]]:
    def tell(request: Incoming, error: Exception) -> Response[bytes]:
        problem = problems.of(error)
        if request.scope["path"].startswith(MACHINES):
            return problems.response(request, problem)
        try:
            return pages.error(request, problem)
        except Exception:  # the store itself may be the trouble: then plain words have to do
            log.exception("while making the page of an error")
            return problems.response(request, problem)

    return tell
