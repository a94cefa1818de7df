"""How the sources are doing: a page for editors, JSON for programs, series for Prometheus."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import PurePath
from urllib.parse import urlsplit

import msgspec
from litestar import Response
from msgspec import Struct
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recirc.portal import problems
from recirc.portal.access import KeyRing, needed, needed_in_browser
from recirc.portal.articles import NoQuery
from recirc.portal.contract import JSON, Answer, Operation
from recirc.portal.incoming import Clock, Incoming, query_of
from recirc.portal.pages import Pages
from recirc.settings import SourceEntry, Sourcing
from recirc.store.sources import SourceHealth, Sources, Tally


class SourceStatus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One source and how it is doing."""

    address: str
    state: str  # waiting: never asked; ok; failing
    every_seconds: float
    from_settings: bool  # else it was added by a command
    kind: str | None = None
    outlet: str | None = None
    section: str | None = None
    asked: datetime | None = None
    succeeded: datetime | None = None
    failed: datetime | None = None
    error: str | None = None  # of the last failure; it stays when the source has recovered
    failures: int = 0  # in a row
    next: datetime | None = None
    last: Tally = Tally()
    total: Tally = Tally()
    refusals: tuple[str, ...] = ()


GET = Operation(
    "GET",
    "/v1/sources",
    "How the sources are doing",
    "Every source with its last success, its articles, its last error and when it is asked next. "
    "Keys of sources are not told.",
    {200: Answer("All sources: those of the settings, then the others.", list[SourceStatus])},
    query=NoQuery,
    key="always",
    problems=(problems.INVALID, problems.KEY_NEEDED, problems.STORE),
)


class SourcePages:
    """The handlers of `/sources` and `/v1/sources`."""

    def __init__(
        self, sources: Sources, settings: Sourcing, keys: KeyRing, pages: Pages, clock: Clock
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._keys = keys
        self._pages = pages
        self._clock = clock

    async def get(self, request: Incoming) -> Response[bytes]:
        """GET /v1/sources."""
        await needed(request, self._keys, "Looking at the sources")
        query_of(request, NoQuery)
        body = msgspec.json.encode(statuses(self._sources, self._settings))
        return Response(body, media_type=JSON, headers={"Cache-Control": "no-store"})

    async def page(self, request: Incoming) -> Response[bytes]:
        """GET /sources."""
        await needed_in_browser(request, self._keys, "Looking at the sources")
        listed = statuses(self._sources, self._settings)
        now = datetime.fromtimestamp(self._clock() / 1000, UTC)
        # Who polls looks every few seconds: so much later it is not only late.
        overdue = {
            status.address for status in listed if status.next and (now - status.next).total_seconds() > 900
        }
        answer = self._pages.page(
            request, "sources.html", etag=False, path="/sources", sources=listed, overdue=overdue
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer


def statuses(sources: Sources, settings: Sourcing) -> list[SourceStatus]:
    """Every source and how it is doing. Raises StoreError."""
    health = sources.health()
    return [
        _status(entry, health.get(entry.address, SourceHealth()), settings, sources.is_set(entry.address))
        for entry in sources.entries()
    ]


def _status(
    entry: SourceEntry, health: SourceHealth, settings: Sourcing, from_settings: bool
) -> SourceStatus:
    return SourceStatus(
        address=entry.address,
        state="failing" if health.failures else "ok" if health.succeeded else "waiting",
        every_seconds=entry.every_seconds or settings.every_seconds,
        from_settings=from_settings,
        kind=health.kind or entry.kind,
        outlet=entry.outlet,
        section=entry.section,
        asked=health.asked,
        succeeded=health.succeeded,
        failed=health.failed,
        error=health.error,
        failures=health.failures,
        next=health.next,
        last=health.last,
        total=health.total,
        refusals=health.refusals,
    )


class SourceMetrics(Collector):
    """The series of the sources, read from the store at each scrape: every worker tells the same."""

    def __init__(self, sources: Sources, registry: CollectorRegistry) -> None:
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
