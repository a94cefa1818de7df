"""What is not counted: exclusions by hand, and what the rules left out on a day."""

import secrets
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Lock

from recirc.engine.doubt_watch import DoubtWatch
from recirc.settings import Settings
from recirc.settings.days import bounds_of, day_of, zone_named
from recirc.store.commands import Selection
from recirc.store.day_counts import DayCounts
from recirc.store.day_networks import NetworkViews
from recirc.store.sqlite import SqliteStore
from recirc.store.voids import VoidEntry, same_sender

RECENT_SECONDS = 60.0
"""How long the counts of the last days are kept: making them reads the day's log."""


class Exclusions:
    """Exclusions in the store of an engine. Thread-safe. `timezone` is the site's, whose days are counted."""

    def __init__(self, store: SqliteStore, timezone: str) -> None:
        self._store = store
        self._timezone = timezone
        self._zone = zone_named(timezone)
        self._lock = Lock()
        self._recent: tuple[DayCounts, DayCounts] | None = None
        self._made = 0.0

    def add(self, selection: Selection, by: str, reason: str) -> str:
        """Exclude the selected events; the key of the exclusion. Every process folds its state anew, and serves from
        the old one meanwhile. Raises NotThereError when no event is selected, and StoreError.
        """
        key = secrets.token_hex(4)
        self._store.void(key, selection, by, reason)
        return key

    def same_sender(self, entry: int, selection: Selection, *, network: bool) -> Selection:
        """The selection, of the reader or the network of a log entry alone; see `voids.same_sender`. Raises
        NotThereError and StoreError.
        """
        return same_sender(self._store, entry, selection, network=network)

    def undo(self, key: str, by: str) -> None:
        """Take an exclusion back. Raises NotThereError when there is none with this key, and StoreError."""
        self._store.unvoid(key, by)

    def all(self) -> Mapping[str, VoidEntry]:
        """All exclusions by their keys, also those that were taken back, the oldest first. Raises StoreError."""
        return self._store.voids()

    def ids_of(self, selections: "list[Selection]") -> list[str | None]:
        """The id of the article of each selection; None where it names none. Raises StoreError."""
        wanted = [selection.article for selection in selections]
        found = iter(self._store.get([index for index in wanted if index is not None]))
        names = [None if index is None else next(found) for index in wanted]
        return [None if name is None else name.id for name in names]

    def day_of(self, moment: datetime) -> date:
        """The day of the site's time zone at a moment."""
        return moment.astimezone(self._zone).date()

    def day(self, day: date) -> DayCounts:
        """What the rules did with the views of a day. It reads that day's log. Raises StoreError."""
        return self._store.counts_of_day(day, self._timezone)

    def networks(self, day: date) -> tuple[NetworkViews, ...]:
        """The networks from which single articles had most views on a day. It reads that day's log. Raises
        StoreError.
        """
        return self._store.networks_of_day(*bounds_of(day, self._zone))

    def recent(self, now: int) -> tuple[DayCounts, DayCounts]:
        """The same of today and of yesterday at `now` (ms), at most a minute old. Raises StoreError."""
        with self._lock:
            today = day_of(now, self._zone)
            fresh = time.monotonic() - self._made < RECENT_SECONDS
            if self._recent is None or not fresh or self._recent[0].day != today:
                self._recent = self.day(today), self.day(today - timedelta(days=1))
                self._made = time.monotonic()
            return self._recent

    def watch(self, settings: Settings, count: Callable[[int], None]) -> DoubtWatch:
        """What tells when an article gets doubtful views; `count` receives the number of new alarms."""
        return DoubtWatch(Path(settings.store.path), self._store, settings.alarm, self._name, count)

    def _name(self, index: int) -> str:
        (found,) = self._store.get([index])
        return found.id if found is not None else f"article {index}"
