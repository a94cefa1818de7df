"""When to poll which source: pure decisions, with the current time as an argument."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from recirc.hashing import digest
from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.source_registry import SourceHealth

LONGEST = 86_400.0
"""Longest poll interval in seconds, whatever the failures and the source's own interval."""

SPREAD = 0.1
"""Largest part of the interval by which a poll is delayed, so that sources are not all polled at one moment."""


def pause(
    entry: SourceEntry, settings: SourcesSettings, *, failures: int = 0, wait_seconds: float | None = None
) -> float:
    """Seconds until the next poll of a source.

    After a success it is the poll interval (`every_seconds` of its entry, else of the settings), or a longer one that
    the source declares (`wait_seconds`), unless its entry has one. Each failure in a row doubles the interval, and
    what the server asks for (`wait_seconds`) is the minimum. LONGEST bounds all of this; SPREAD comes on top.

    >>> feed = SourceEntry(address="https://tide.example/feed")
    >>> [round(pause(feed, SourcesSettings(), failures=n) / (1 + SPREAD * share(feed.address))) for n in range(9)]
    [900, 900, 1800, 3600, 7200, 14400, 28800, 57600, 86400]
    """
    every = entry.every_seconds or settings.every_seconds
    if failures:
        # 2.0 ** 40 times the least interval is beyond LONGEST.
        seconds = max(every * 2.0 ** min(failures - 1, 40), wait_seconds or 0.0)
    else:
        seconds = max(every, wait_seconds or 0.0) if entry.every_seconds is None else every
    return max(every, min(seconds, LONGEST)) * (1 + SPREAD * share(entry.address))


def share(address: str) -> float:
    """A number in [0, 1) that is always the same for an address."""
    return int.from_bytes(digest(address.encode(), 4), "big") / 2**32


def is_due(entry: SourceEntry, settings: SourcesSettings, health: SourceHealth, now: datetime) -> bool:
    """Whether to poll a source now; also where its next poll is later than any interval, after a wrong clock."""
    longest = timedelta(seconds=max(LONGEST, entry.every_seconds or settings.every_seconds) * (1 + SPREAD))
    return health.next is None or not now < health.next <= now + longest


def due(
    entries: Iterable[SourceEntry],
    settings: SourcesSettings,
    healths: Mapping[str, SourceHealth],
    polling: Collection[str],
    now: datetime,
) -> list[SourceEntry]:
    """The sources to poll now, the longest overdue first, one for each host and none of the hosts in `polling`."""
    never = datetime.min.replace(tzinfo=UTC)
    unpolled = SourceHealth()
    waiting = [
        entry for entry in entries if is_due(entry, settings, healths.get(entry.address, unpolled), now)
    ]
    waiting.sort(key=lambda entry: (healths.get(entry.address, unpolled).next or never, entry.address))
    chosen: dict[str, SourceEntry] = {}
    for entry in waiting:
        chosen.setdefault(host_of(entry.address), entry)
    return [entry for host, entry in chosen.items() if host not in polling]


def host_of(address: str) -> str:
    """What has at most one poll at a time: the host of an address, or a file or folder itself.

    >>> host_of("https://Tide.example:8443/feed"), host_of("/srv/wire")
    ('tide.example', '/srv/wire')
    """
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address
