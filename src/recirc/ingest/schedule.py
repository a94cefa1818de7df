"""When which source is asked: pure decisions, the moment being an argument."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from recirc.hashing import digest
from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.source_registry import SourceHealth

LONGEST = 86_400.0
"""Pause in seconds that neither failures nor a source's own wish make longer: once a day everything is asked."""

SPREAD = 0.1
"""A source is asked up to so much of the pause later, each always by the same share: not all at one moment."""


def pause(
    entry: SourceEntry, settings: SourcesSettings, *, failures: int = 0, wait_seconds: float | None = None
) -> float:
    """Seconds until a source is asked again.

    After a success it is the source's own interval (`every_seconds` of its entry, else of the settings); a source that
    declares a longer one (`wait_seconds`) gets it, unless its entry says otherwise. Each failure in a row doubles the
    pause, and what the server asks for (`wait_seconds`) is the least. LONGEST bounds all of this; SPREAD comes on top.

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
    """A number from 0 to 1 (not included) that is always the same for an address."""
    return int.from_bytes(digest(address.encode(), 4), "big") / 2**32


def is_due(entry: SourceEntry, settings: SourcesSettings, health: SourceHealth, now: datetime) -> bool:
    """Whether a source is to be asked now; also where its next time is further off than any pause, as after a day with
    the clock set wrongly.
    """
    longest = timedelta(seconds=max(LONGEST, entry.every_seconds or settings.every_seconds) * (1 + SPREAD))
    return health.next is None or not now < health.next <= now + longest


def due(
    entries: Iterable[SourceEntry],
    settings: SourcesSettings,
    healths: Mapping[str, SourceHealth],
    asking: Collection[str],
    now: datetime,
) -> list[SourceEntry]:
    """The sources to ask now, the longest overdue first, one a host and none of the hosts in `asking`."""
    never = datetime.min.replace(tzinfo=UTC)
    unasked = SourceHealth()
    waiting = [
        entry for entry in entries if is_due(entry, settings, healths.get(entry.address, unasked), now)
    ]
    waiting.sort(key=lambda entry: (healths.get(entry.address, unasked).next or never, entry.address))
    chosen: dict[str, SourceEntry] = {}
    for entry in waiting:
        chosen.setdefault(host_of(entry.address), entry)
    return [entry for host, entry in chosen.items() if host not in asking]


def host_of(address: str) -> str:
    """What only one is asked of at a time: the host of an address, a file or folder itself.

    >>> host_of("https://Tide.example:8443/feed"), host_of("/srv/wire")
    ('tide.example', '/srv/wire')
    """
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address
