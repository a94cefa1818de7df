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

from recirc.engine import Engine
from recirc.engine.arrivals import Arrivals
from recirc.portal import articles, events, findings, health, pinning, problems, shelf_api, sources
from recirc.portal.archive import ArchivePages
from recirc.portal.articles import Articles
from recirc.portal.contract import Operation
from recirc.portal.embed import Script
from recirc.portal.events import Events
from recirc.portal.feeds import TYPES, Feeds
from recirc.portal.findings import Findings
from recirc.portal.guests import Guests
from recirc.portal.health import Watch
from recirc.portal.incoming import Clock, Incoming, wall_clock
from recirc.portal.listings import Listings
from recirc.portal.look import Look
from recirc.portal.metrics import Metrics
from recirc.portal.pages import Pages, menu
from recirc.portal.pinning import Pinning
from recirc.portal.readers import Readers
from recirc.portal.reference import Reference
from recirc.portal.searching import Searching
from recirc.portal.shelf_api import Shelves
from recirc.portal.sitemaps import Sitemaps
from recirc.portal.sources import SourceMetrics, SourcePages
from recirc.portal.stories import StoryPages
from recirc.store.keys import Keys
from recirc.store.pins import Pins
from recirc.store.site_keys import SiteKeys
from recirc.store.sources import Sources

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


def create_app(engine: Engine, readers: Readers, clock: Clock = wall_clock) -> Litestar:
    """The portal over an engine. `readers` is shared by all workers; `clock` gives the moment in ms."""
    metrics = Metrics()
    store = engine.settings.store
    keys = Keys(Path(store.path), busy_seconds=store.busy_seconds)
    look = Look(engine.settings, lambda face: menu(engine, face))
    pins = Pins(Path(store.path), busy_seconds=store.busy_seconds)
    pages = Pages(engine, look, pins, clock)
    desk_of_pins = Pinning(engine, pins, keys, clock)
    stories = Articles(engine, keys, clock)
    guests = Guests(engine.settings.guests, SiteKeys(Path(store.path), busy_seconds=store.busy_seconds))
    intake = Events(engine, keys, guests, readers, metrics, clock)
    shelves = Shelves(engine, look, guests, clock)
    watch = Watch(engine, metrics)
    asked = Sources(Path(store.path), engine.settings.sources, busy_seconds=store.busy_seconds)
    SourceMetrics(asked, metrics.registry)
    desk = SourcePages(asked, engine.settings.sources, keys, pages, clock)
    judging = Findings(Arrivals(engine), keys)
    reference = Reference(engine.settings.site.name, OPERATIONS, pages)
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
        Route(get, "/v1/sources", desk.get),
        Route(get, "/v1/pins", desk_of_pins.get),
        Route(put, "/v1/pins/{place:str}", desk_of_pins.put),
        Route(delete, "/v1/pins/{place:str}", desk_of_pins.delete),
        Route(get, "/healthz", watch.healthz),
        Route(get, "/metrics", watch.metrics),
        Route(get, "/openapi.json", reference.openapi),
        Route(get, "/docs", reference.docs),
        Route(get, "/", pages.front),
        *browsing(engine, look, pages, clock),
        Route(get, "/article", pages.article),
        Route(get, "/article/{id:path}", pages.article),
        Route(get, "/from/{id:path}", pages.article),
        Route(get, "/about", pages.about),
        Route(get, "/how-it-works", pages.how_it_works),
        Route(get, "/sources", desk.page),
        Route(get, "/static/{name:str}", pages.static),
        Route(get, "/embed.js", Script().get),
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


def browsing(engine: Engine, look: Look, pages: Pages, clock: Clock) -> list[Route]:
    """The pages by which readers and machines find articles: lists, archive, search, stories, feeds, sitemaps."""
    get = HttpMethod.GET
    listings, feeds = Listings(engine, pages, clock), Feeds(engine, look, pages)
    archive, sitemaps = ArchivePages(engine, pages), Sitemaps(engine, look, pages, clock)
    stories = StoryPages(engine, pages)
    routes = [
        Route(get, "/section/{slug:str}", listings.section),
        Route(get, "/topic/{slug:str}", listings.topic),
        Route(get, "/author/{slug:str}", listings.author),
        Route(get, "/story", stories.get),
        Route(get, "/story/{id:path}", stories.get),
        Route(get, "/search", Searching(engine, pages, clock).get),
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
    shelf_api.GET, shelf_api.POST, shelf_api.GET_HTML, shelf_api.POST_HTML, shelf_api.RANKINGS,
    sources.GET,
    pinning.GET, pinning.PUT, pinning.DELETE,
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


def _teller(pages: Pages) -> Callable[[Incoming, Exception], Response[bytes]]:
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
