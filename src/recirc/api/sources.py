"""How the sources are doing: JSON for programs, series for Prometheus."""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import PurePath
from urllib.parse import urlsplit

import msgspec
from litestar import Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recirc.api.articles import NoQuery
from recirc.settings import SourcesSettings
from recirc.store.source_registry import SourceHealth, SourceRegistry
from recirc.web import problems
from recirc.web.access import KeyRing, needed
from recirc.web.contract import JSON, Operation, ResponseSpec
from recirc.web.incoming import Incoming, query_of
from recirc.web.source_status import SourceStatus, statuses

GET = Operation(
    "GET",
    "/v1/sources",
    "How the sources are doing",
    "Every source with its last success, its articles, its last error and when it is asked next. "
    "Keys of sources are not told.",
    {200: ResponseSpec("All sources: those of the settings, then the others.", list[SourceStatus])},
    query=NoQuery,
    key="always",
    problems=(problems.INVALID, problems.KEY_NEEDED, problems.STORE),
)


class SourcesApi:
    """The handler of `/v1/sources`."""

    def __init__(self, sources: SourceRegistry, settings: SourcesSettings, keys: KeyRing) -> None:
        self._sources = sources
        self._settings = settings
        self._keys = keys

    async def get(self, request: Incoming) -> Response[bytes]:
        """GET /v1/sources."""
        await needed(request, self._keys, "Looking at the sources")
        query_of(request, NoQuery)
        body = msgspec.json.encode(statuses(self._sources, self._settings))
        return Response(body, media_type=JSON, headers={"Cache-Control": "no-store"})


class SourceMetrics(Collector):
    """The series of the sources, read from the store at each scrape: every worker tells the same."""

    def __init__(self, sources: SourceRegistry, registry: CollectorRegistry) -> None:
        self._sources = sources
        registry.register(self)

    def describe(self) -> Iterator[Metric]:
        """Names of the series, without looking into the store."""
        yield from _families()

    def collect(self) -> Iterator[Metric]:
        """All series. Raises StoreError."""
        articles, success, failures, following, errors = _families()
        health = self._sources.health()
        for entry in self._sources.entries():
            label, found = label_of(entry.address), health.get(entry.address, SourceHealth())
            for outcome in ("new", "changed", "refused"):
                articles.add_metric((label, outcome), getattr(found.total, outcome))
            failures.add_metric((label,), found.failures)
            for cause, count in found.causes.items():
                errors.add_metric((label, cause), count)
            for family, moment in ((success, found.succeeded), (following, found.next)):
                if moment is not None:
                    family.add_metric((label,), moment.timestamp())
        yield from (articles, success, failures, following, errors)


def _families() -> tuple[
    CounterMetricFamily, GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily, CounterMetricFamily
]:
    return (
        CounterMetricFamily(
            "recirc_source_articles",
            "Articles that a source brought, by what became of them.",
            labels=("source", "outcome"),
        ),
        GaugeMetricFamily(
            "recirc_source_last_success_timestamp_seconds",
            "When a source last answered well.",
            labels=("source",),
        ),
        GaugeMetricFamily(
            "recirc_source_failures", "Failures of a source in a row; 0: it is well.", labels=("source",)
        ),
        GaugeMetricFamily(
            "recirc_source_next_poll_timestamp_seconds",
            "When a source is asked next.",
            labels=("source",),
        ),
        CounterMetricFamily(
            "recirc_source_errors",
            "Times that asking a source failed, by the cause.",
            labels=("source", "cause"),
        ),
    )


def label_of(address: str) -> str:
    """An address as anybody may see it: without parameters, user name and folders, which may hold what gives access.
    A mark at its end keeps two apart that differ only in these.

    >>> label_of("https://wire.example/feed.xml")
    'https://wire.example/feed.xml'
    >>> label_of("https://me:secret@wire.example/feed?token=abc")
    'https://wire.example/feed#71e3'
    >>> label_of("/srv/in/wire")
    'wire#95d4'
    """
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        public = f"{parts.scheme}://{host}{parts.path}" if host else PurePath(address).name
    except ValueError:
        public = "address"
    if public == address:
        return address
    return f"{public}#{blake2b(address.encode(), digest_size=2).hexdigest()}"
