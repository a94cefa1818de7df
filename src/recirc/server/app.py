"""The ASGI app: the rooms' routes and the middleware around them."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Lifespan

from recirc.api.routes import routes as api_routes
from recirc.clock import now_ms, to_ms
from recirc.desk.routes import routes as desk_routes
from recirc.engine import Engine
from recirc.media.storage import open_media
from recirc.portal.routes import routes as portal_routes
from recirc.server.body_limits import BodyLimits
from recirc.server.hot_routes import (
    COMPRESSED_BYTES,
    COMPRESSION,
    HOT_PATHS,
    ErrorHandler,
    HotRoute,
    RoutedApp,
)
from recirc.server.known_pages import BEGINNINGS, FRONT, KnownPages, MakeRoute, PageRoute
from recirc.server.response_headers import ResponseHeaders, added_headers
from recirc.settings import Settings
from recirc.store.accounts import Accounts
from recirc.store.actions import ActionTrail
from recirc.store.api_keys import ApiKeys
from recirc.store.pins import Pins
from recirc.store.site_keys import SiteKeys
from recirc.store.source_registry import SourceRegistry
from recirc.store.subscriptions import Subscriptions
from recirc.web import problems
from recirc.web.access import ClientAddressResolver
from recirc.web.context import Stores, WebContext
from recirc.web.embed_origins import EmbedOrigins
from recirc.web.embed_rejections import EmbedRejections, RejectionTable
from recirc.web.encodings import GZipWhereAccepted
from recirc.web.lookups import published_article
from recirc.web.metrics import Metrics
from recirc.web.page_evidence import PageEvidence
from recirc.web.page_responder import PageResponder, menu
from recirc.web.problems import ProblemError
from recirc.web.reader_hasher import ReaderHasher
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock, HttpRequest, check_request
from recirc.web.routing import Endpoint
from recirc.web.work_pools import WorkPools

log = logging.getLogger("recirc.server")

MACHINES = ("/v1/", "/cluster/", "/healthz", "/livez", "/readyz", "/metrics", "/openapi.json")
"""Under these addresses errors are JSON; everywhere else they are pages."""

MOST_REDIRECTED = 2_000
"""Largest length of a path that is redirected: quoted, it may be three times as long."""


def create_app(
    engine: Engine,
    readers: ReaderHasher,
    clock: Clock = now_ms,
    lifespan: Lifespan[Starlette] | None = None,
    cluster: Sequence[Route] = (),
    rejections: RejectionTable | None = None,
) -> Starlette:
    """The app of one worker. `readers` and `rejections` are shared by all workers; `clock` returns the time in ms.

    `cluster`: routes for proxies and the site's other machines.
    Its `state.metrics` are the worker's metrics.
    """
    web = context_of(engine, readers, clock, rejections)
    on_error = error_handler(web.pages)
    api, body_limits = api_routes(web, readers), BodyLimits(engine.settings.server)
    portal = portal_routes(web)
    headers = ResponseHeaders(engine.settings, portal)
    app = RoutedApp(
        routes=[*cluster, *api, *portal, *desk_routes(web)],
        middleware=[
            Middleware(web.metrics.middleware),
            Middleware(added_headers, headers=headers),
            Middleware(web.embed_origins.middleware),
            Middleware(GZipWhereAccepted, minimum_size=COMPRESSED_BYTES, compresslevel=COMPRESSION),
            # Below what is above, so that it sees error responses too.
            Middleware(ExceptionMiddleware, handlers={Exception: on_error}),
            Middleware(body_limits.middleware),
        ],
        exception_handlers={HTTPException: on_error},
        lifespan=lifespan,
    )
    app.state.metrics = web.metrics
    app.router.redirect_slashes = (
        False  # to the host that the request names; `on_error` redirects by path alone
    )
    make = hot_route_maker(web, on_error, body_limits, headers)
    app.hot = {
        route.path: make(PageRoute if route.path == FRONT else HotRoute, route.path, route.app)
        for route in (*api, *portal)
        if route.path in (*HOT_PATHS, FRONT) and isinstance(route.app, Endpoint)
    }
    app.beginnings, app.pages = BEGINNINGS, KnownPages(portal, make, app.framework)
    return app


def context_of(
    engine: Engine, readers: ReaderHasher, clock: Clock, rejections: RejectionTable | None = None
) -> WebContext:
    """What the rooms of a worker's app share; `rejections`: a table of its own if None. Raises StoreError."""
    settings, stores = engine.settings, open_stores(engine.settings)
    pools = WorkPools(ClientAddressResolver(settings.server.trust_proxy, warns=False))
    renderer = TemplateRenderer(
        settings,
        lambda site: menu(engine, site),
        engine.section_title,
        engine.pictures.facts,
        partial(published_article, engine),
        lambda now: engine.rules.labels(to_ms(now)),
        engine.pictures.awaited,
    )
    metrics = Metrics()
    return WebContext(
        engine=engine,
        stores=stores,
        renderer=renderer,
        pages=PageResponder(engine, renderer, pools.suggestions, clock),
        embed_origins=EmbedOrigins(
            settings.embed,
            stores.site_keys,
            EmbedRejections(metrics.registry, clock, rejections or RejectionTable()),
        ),
        metrics=metrics,
        evidence=PageEvidence(
            readers, ClientAddressResolver(settings.server.trust_proxy), settings.site.name
        ),
        pools=pools,
        media=open_media(settings.media.folder, settings.store.path),
        clock=clock,
    )


def hot_route_maker(
    web: WebContext, on_error: ErrorHandler, body_limits: BodyLimits, headers: ResponseHeaders
) -> MakeRoute:
    """Makes the apps of hot routes, with the errors, headers and limits of bodies that all routes have."""
    shared = (on_error, web.metrics, web.embed_origins, body_limits)
    return lambda kind, path, endpoint: kind(path, endpoint, *shared, headers.of(path))


def open_stores(settings: Settings) -> Stores:
    """The stores beside the engine's own. Raises StoreError."""
    path, busy_seconds = Path(settings.store.path), settings.store.busy_seconds
    return Stores(
        api_keys=ApiKeys(path, busy_seconds=busy_seconds),
        site_keys=SiteKeys(path, busy_seconds=busy_seconds),
        pins=Pins(path, busy_seconds=busy_seconds),
        sources=SourceRegistry(path, settings.sources, busy_seconds=busy_seconds),
        subscriptions=Subscriptions(path, busy_seconds=busy_seconds),
        accounts=Accounts(path, busy_seconds=busy_seconds),
        actions=ActionTrail(path, busy_seconds=busy_seconds),
    )


def error_handler(pages: PageResponder) -> ErrorHandler:
    """The handler of all exceptions: problem details for programs, a page for people.

    An unknown address with a slash at its end redirects to the one without.
    """

    async def on_error(request: HttpRequest, error: Exception) -> Response:
        path = request.scope["path"]
        if isinstance(error, HTTPException):  # of the framework, which looked at the address alone
            try:
                check_request(request)
            except ProblemError as wrong:
                error = wrong
        if (
            isinstance(error, HTTPException)
            and error.status_code == 404
            and path.strip("/") + "/" == path[1:]
            and len(path) <= MOST_REDIRECTED
        ):
            query = request.scope["query_string"].decode("latin-1")
            return RedirectResponse(quote(path.rstrip("/")) + (f"?{query}" if query else ""), 308)
        problem = problems.problem_of(error)
        if not path.startswith(MACHINES):
            try:
                return await pages.error(request, problem)
            except Exception:  # the store itself may be broken
                log.exception("could not render the page of an error")
        return problems.response(request, problem)

    return on_error
