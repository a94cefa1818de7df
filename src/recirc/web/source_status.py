"""Status of each source, for pages, programs and the command line."""

from datetime import datetime

from msgspec import Struct

from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.source_registry import SourceHealth, SourceRegistry, SourceTally, hook_of


class SourceStatus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One source and its status."""

    address: str
    state: str  # waiting: not polled yet; ok; failing
    every_seconds: float
    from_settings: bool  # False: added by a command
    kind: str | None = None
    outlet: str | None = None
    section: str | None = None
    asked: datetime | None = None
    succeeded: datetime | None = None
    failed: datetime | None = None
    error: str | None = None  # of the last failure; kept after the source has recovered
    failures: int = 0  # consecutive
    next: datetime | None = None
    last: SourceTally = SourceTally()
    total: SourceTally = SourceTally()
    refusals: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()  # what is tried again, and when
    hook: str = ""  # path of its webhook


def statuses(sources: SourceRegistry, settings: SourcesSettings) -> list[SourceStatus]:
    """All sources and their status. Raises StoreError."""
    health = sources.health()
    return [
        _status(entry, health.get(entry.address, SourceHealth()), settings, sources.is_set(entry.address))
        for entry in sources.entries()
    ]


def _status(
    entry: SourceEntry, health: SourceHealth, settings: SourcesSettings, from_settings: bool
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
        pending=health.pending,
        hook=f"/v1/hooks/{hook_of(entry.address)}",
    )
