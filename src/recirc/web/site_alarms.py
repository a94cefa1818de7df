"""Alarms about the site itself: a source is silent, the disk is full, nothing can be written, the clock is wrong."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from recirc.clock import from_ms, now_ms
from recirc.engine import Engine
from recirc.engine.alarm_channels import AlarmChannels
from recirc.store.source_registry import SourceRegistry
from recirc.store.trusted_clock import TrustedClock
from recirc.web.source_status import SourceStatus, statuses

LOOK_MS: Final = 60_000
"""Interval between two looks."""

OVERDUE_SECONDS: Final = 900.0
"""By how much a source may be later than planned."""

FAILURES: Final = 3
"""Failures of a source in a row after which it is silent."""

CLOCK_MS: Final = 60_000
"""By how much the machine's clock may differ from the time that has passed."""

LAG: Final = 100_000
"""Log entries that a worker may be behind."""


class Condition(NamedTuple):
    """Something that is wrong now: its kind, what it is about, and a sentence."""

    kind: str
    subject: str
    text: str


def silent_sources(listed: Sequence[SourceStatus], now: datetime) -> Iterator[Condition]:
    """Sources that fail again and again, or that nobody has asked for too long."""
    for each in listed:
        if each.failures >= FAILURES:
            text = f"the source {each.address} has failed {each.failures} times in a row: {each.error}"
            yield Condition("source silent", each.address, text)
        elif each.next is not None and (late := (now - each.next).total_seconds()) > OVERDUE_SECONDS:
            text = f"the source {each.address} should have been asked {late / 60:.0f} minutes ago"
            yield Condition("source silent", each.address, text)


class SiteAlarms:
    """What is wrong with the site now. `free` gives the bytes that are free on the store's disk."""

    def __init__(
        self, engine: Engine, sources: SourceRegistry, free: Callable[[Path], int] | None = None
    ) -> None:
        self._engine, self._sources = engine, sources
        self._settings = engine.settings
        self._store = Path(engine.settings.store.path)
        self._free = free or (lambda path: shutil.disk_usage(path.parent).free)
        self._clock = TrustedClock(now_ms())
        self._channels = AlarmChannels(self._store, engine.settings.alarm)
        self._told = set[tuple[str, str]]()
        self._looked = 0

    def conditions(self, now: int) -> list[Condition]:
        """What is wrong at `now` (ms). It may take seconds to know. Raises StoreError."""
        found = list(silent_sources(statuses(self._sources, self._settings.sources), from_ms(now)))
        if (problem := self._engine.write_problem()) is not None:
            found.append(Condition("cannot write", str(self._store), f"nothing can be written: {problem}"))
        if (lag := self._engine.log_end() - self._engine.offset) > LAG:
            text = f"{lag:,} log entries wait to be folded; shelves and counts are behind"
            found.append(Condition("queue", str(self._store), text))
        free, least = self._free(self._store), self._settings.alarm.free_megabytes * 1_000_000
        if free < least:
            text = f"{free / 1e6:,.0f} MB are free on the disk of {self._store}; make room"
            found.append(Condition("disk", str(self._store), text))
        ahead = now_ms() - self._clock()
        if abs(ahead) > CLOCK_MS:
            text = (
                f"the machine's clock was set by {ahead / 1000:,.0f} s, which is not believed; set it right"
            )
            found.append(Condition("clock", str(self._store), text))
        return found

    def look(self, now: int) -> list[Condition]:
        """Tell what is new at `now` (ms), at most once a minute; what is over may come again. Raises StoreError."""
        if now - self._looked < LOOK_MS:
            return []
        self._looked = now
        found = self.conditions(now)
        new = [each for each in found if each[:2] not in self._told]
        self._told = {each[:2] for each in found}
        for each in new:
            self._channels.tell(each.kind, each.subject, each.text, now)
        return new
