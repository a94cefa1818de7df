"""What the rooms of the server share; each room's `routes` hands its handlers what they need of it."""

from typing import NamedTuple

from recirc.engine import Engine
from recirc.media.storage import MediaStorage
from recirc.store.accounts import Accounts
from recirc.store.actions import ActionTrail
from recirc.store.api_keys import ApiKeys
from recirc.store.pins import Pins
from recirc.store.site_keys import SiteKeys
from recirc.store.source_registry import SourceRegistry
from recirc.store.subscriptions import Subscriptions
from recirc.web.embed_origins import EmbedOrigins
from recirc.web.metrics import Metrics
from recirc.web.page_evidence import PageEvidence
from recirc.web.page_responder import PageResponder
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import Clock
from recirc.web.work_pools import WorkPools


class Stores(NamedTuple):
    """The stores beside the engine's own, all in the same file."""

    api_keys: ApiKeys
    site_keys: SiteKeys
    pins: Pins
    sources: SourceRegistry
    subscriptions: Subscriptions
    accounts: Accounts
    actions: ActionTrail


class WebContext(NamedTuple):
    """The engine, and what answers requests with it."""

    engine: Engine
    stores: Stores
    renderer: TemplateRenderer
    pages: PageResponder
    embed_origins: EmbedOrigins
    metrics: Metrics
    evidence: PageEvidence
    pools: WorkPools
    media: MediaStorage
    clock: Clock
