"""When sources are polled."""

from datetime import timedelta

import numpy as np
from poller_desk import NOON

from recirc.ingest.schedule import (
    LONGEST,
    SPREAD,
    due,
    is_due,
    pause,
    share,
)
from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.source_registry import SourceHealth


def test_when_a_source_is_asked() -> None:
    settings = SourcesSettings()
    entry = SourceEntry(address="https://tide.example/feed")
    often = SourceEntry(address="https://tide.example/feed", every_seconds=60.0)
    least = 1 + SPREAD * share(entry.address)
    assert pause(entry, settings) == 900 * least
    assert pause(entry, settings, wait_seconds=3600.0) == 3600 * least  # its own wish
    assert pause(entry, settings, wait_seconds=60.0) == 900 * least
    assert pause(entry, settings, wait_seconds=1e9) == LONGEST * least
    assert pause(often, settings, wait_seconds=3600.0) == 60 * least  # what the newsroom says wins
    assert (
        pause(often, settings, failures=1, wait_seconds=3600.0) == 3600 * least
    )  # but not over "too many requests"
    assert pause(often, settings, failures=1000) == LONGEST * least
    shares = [share(f"https://{n}.example/") for n in range(1000)]
    assert 0 <= min(shares) < 0.01 < 0.99 < max(shares) < 1
    assert np.histogram(shares, 10, (0, 1))[0].min() > 60


def test_who_is_due() -> None:
    settings = SourcesSettings()
    names = (
        "https://a.example/1",
        "https://a.example/2",
        "https://b.example/",
        "/srv/wire",
        "https://c.example/",
    )
    entries = [SourceEntry(address=name) for name in names]

    def at(**next_: float) -> dict[str, SourceHealth]:
        return {names[int(n[1])]: SourceHealth(next=NOON + timedelta(seconds=s)) for n, s in next_.items()}

    def chosen(healths: dict[str, SourceHealth], *asking: str) -> list[int]:
        return [names.index(entry.address) for entry in due(entries, settings, healths, asking, NOON)]

    assert chosen({}) == [3, 0, 2, 4]  # one a host
    assert chosen({}, "a.example", "/srv/wire") == [2, 4]
    assert chosen(at(_0=-5, _1=-10, _2=1, _3=0, _4=-7)) == [1, 4, 3]  # the longest overdue first
    assert is_due(
        entries[0], settings, SourceHealth(next=NOON + timedelta(days=30)), NOON
    )  # the clock was wrong
