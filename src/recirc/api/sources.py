"""Status of the sources: JSON for programs, series for Prometheus."""

from collections.abc import Iterator
from pathlib import PurePath
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from recirc.hashing import hex_digest
from recirc.settings import SourcesSettings
from recirc.store.source_registry import SourceHealth, SourceRegistry, SourceTally
from recirc.web.operations import ResponseSpec, json_response, operation
from recirc.web.requests import HttpRequest
from recirc.web.source_status import SourceStatus, statuses


class SourcesApi:
    """The resource `/v1/sources`."""

    def __init__(self, sources: SourceRegistry, settings: SourcesSettings) -> None:
        self._sources = sources
        self._settings = settings

    @operation(
        "GET /v1/sources",
        "Status of the sources",
        "Every source with its last success, its articles, its last error and the time of the next poll. "
        "Keys of sources are left out.",
        {200: ResponseSpec("All sources, those of the settings first.", list[SourceStatus])},
        key="Reading the sources",
    )
    def get(self, _: HttpRequest) -> Response:
        """List the sources and how they are doing."""
        return json_response(statuses(self._sources, self._settings))


class SourceMetrics(Collector):
    """The series of the sources, read from the store at each scrape, so they are the same in every worker."""

    def __init__(self, sources: SourceRegistry, registry: CollectorRegistry) -> None:
        self._sources = sources
        registry.register(self)

    def describe(self) -> Iterator[Metric]:
        """Names of the series, without reading the store."""
        yield from _families()

    def collect(self) -> Iterator[Metric]:
        """All series. Raises StoreError."""
        articles, success, failures, following, errors = _families()
        health = self._sources.health()
        for entry in self._sources.entries():
            label, found = label_of(entry.address), health.get(entry.address, SourceHealth())
            for outcome in SourceTally.__struct_fields__:
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
            "Articles from a source, by outcome.",
            labels=("source", "outcome"),
        ),
        GaugeMetricFamily(
            "recirc_source_last_success_timestamp_seconds",
            "When a source was last fetched successfully.",
            labels=("source",),
        ),
        GaugeMetricFamily("recirc_source_failures", "Consecutive failures of a source.", labels=("source",)),
        GaugeMetricFamily(
            "recirc_source_next_poll_timestamp_seconds",
            "When a source is polled next.",
            labels=("source",),
        ),
        CounterMetricFamily(
            "recirc_source_errors",
            "Failed polls of a source, by cause.",
            labels=("source", "cause"),
        ),
    )


def label_of(address: str) -> str:
    """A public form of an address: without query, user name and folders, which may hold secrets.

    A hash at its end distinguishes addresses that differ only in these.

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
    return f"{public}#{hex_digest(address.encode(), 2)}"
