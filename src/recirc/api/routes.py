"""The routes of the API: its resources, its documentation and the script for pages of other sites."""

from collections.abc import Sequence

from starlette.routing import Route

from recirc.api.articles import ArticlesApi
from recirc.api.corrections import CorrectionsApi
from recirc.api.embed import EmbedScript
from recirc.api.embed_shelves import EmbedApi
from recirc.api.erasures import ErasuresApi
from recirc.api.events import EventsApi
from recirc.api.exclusions import ExclusionsApi
from recirc.api.figures import FiguresApi
from recirc.api.findings import FindingsApi
from recirc.api.health import HealthApi
from recirc.api.hooks import HooksApi
from recirc.api.inspections import InspectionsApi
from recirc.api.media import MediaApi
from recirc.api.next import NextApi
from recirc.api.pins import PinsApi
from recirc.api.previews import PreviewsApi
from recirc.api.reading_order import ReadingOrderApi
from recirc.api.reference import ApiReference
from recirc.api.rule_replays import RuleReplaysApi
from recirc.api.rules import RulesApi
from recirc.api.shelves import ShelvesApi
from recirc.api.sources import SourceMetrics, SourcesApi
from recirc.api.withdrawals import WithdrawalsApi
from recirc.engine.erasures import Erasures
from recirc.engine.front_page import FrontRules
from recirc.ingest.pipeline import IngestPipeline
from recirc.ingest.push import PushReceiver
from recirc.web.context import WebContext
from recirc.web.operations import Operation, declared_by, methods_of
from recirc.web.reader_hasher import ReaderHasher
from recirc.web.routing import get, routes_of
from recirc.web.whole_items import WholeItems

RESOURCES = (
    EventsApi,
    ShelvesApi,
    EmbedApi,
    NextApi,
    ReadingOrderApi,
    ArticlesApi,
    CorrectionsApi,
    WithdrawalsApi,
    ErasuresApi,
    FindingsApi,
    InspectionsApi,
    SourcesApi,
    HooksApi,
    PinsApi,
    PreviewsApi,
    RuleReplaysApi,
    RulesApi,
    ExclusionsApi,
    FiguresApi,
    MediaApi,
    HealthApi,
)
OPERATIONS: Sequence[Operation] = [
    operation for resource in RESOURCES for operation, _ in declared_by(resource)
]


def routes(web: WebContext, readers: ReaderHasher) -> list[Route]:
    """Everything for programs."""
    engine, stores, clock = web.engine, web.stores, web.clock
    settings, pipeline, script = engine.settings, IngestPipeline(engine), EmbedScript()
    items = WholeItems(engine, web.renderer, web.embed_origins)
    resources = (
        EventsApi(engine, stores.api_keys, web.embed_origins, readers, web.evidence, web.metrics, clock),
        ShelvesApi(engine, web.renderer, items, web.embed_origins, web.evidence, clock),
        EmbedApi(engine, web.renderer, web.embed_origins, items, web.evidence, clock),
        NextApi(engine, web.renderer, web.embed_origins, web.pools.newsletters, clock),
        ReadingOrderApi(engine, web.renderer, web.pools.follow, clock),
        ArticlesApi(engine, pipeline, stores.api_keys, clock),
        CorrectionsApi(engine, pipeline, clock),
        WithdrawalsApi(engine),
        ErasuresApi(Erasures(engine, web.media), clock),
        FindingsApi(pipeline),
        InspectionsApi(engine, web.pools.inspections),
        SourcesApi(stores.sources, settings.sources),
        HooksApi(
            PushReceiver(pipeline, stores.sources),
            stores.sources,
            stores.subscriptions,
            stores.api_keys,
            clock,
            settings.intake.write_bytes,
        ),
        PinsApi(engine, FrontRules(engine, stores.pins), clock),
        # Before the address of one rule, whose key could be its name.
        PreviewsApi(engine, web.renderer.brands, web.pools.past, clock),
        RuleReplaysApi(engine, web.pools.replays, clock),
        RulesApi(engine, clock),
        ExclusionsApi(engine, clock),
        FiguresApi(engine.figures, settings.site.timezone, web.pools.figures, clock),
        MediaApi(engine, web.media),
        HealthApi(engine, web.metrics, web.pools.health),
    )
    SourceMetrics(stores.sources, web.metrics.registry)
    reference = ApiReference(settings.site.name, OPERATIONS, web.pages)
    return [
        *routes_of(methods_of(resources, stores.api_keys, stores.actions)),
        get("/openapi.json", reference.openapi),
        get("/docs", reference.docs),
        get("/embed.js", script.get),
        get("/embed/{name}", script.get_version),
        get("/embed.json", script.get_release),
    ]
