"""An alarm when the share of doubtful views of an article jumps, to all channels and in a metric."""

import fcntl
import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Final, NamedTuple

import numpy as np

from recirc import clock
from recirc.engine.alarm_channels import AlarmChannels
from recirc.settings import AlarmSettings
from recirc.store.ports import Log, StoreError
from recirc.types import IN_DOUBT, EntryKind, Exclusion, LongArray, RecordArray

log = logging.getLogger("recirc.alarm")

LOOK_SECONDS = 5.0
"""Interval at which the log's tail is read."""

ENTRIES = 8192
"""Log entries per read."""

MINUTE = 60_000
RECENT: Final = 15
"""Minutes over which an article's doubtful share is taken."""

USUAL: Final = 24 * 60
"""Minutes before these, with which it is compared."""

DOUBTFUL: Final = (*IN_DOUBT, Exclusion.CROWD, Exclusion.RATE)
"""Exclusions of views that no person may have made; declared bots are none of them."""


class DoubtAlarm(NamedTuple):
    """An article, its views of the last RECENT minutes, the doubtful ones of them, and the site's share before."""

    article: int
    views: int
    doubtful: int
    usual: float


class DoubtMeter:
    """Views of the last day by article, and which of them are doubtful. It learns from the log in order.

    Three articles with ten views each; those of article 2 are in doubt:

    >>> from recirc.types import RECORD
    >>> meter, records = DoubtMeter(least=5, share=0.5), np.zeros(30, RECORD)
    >>> records["kind"], records["article"], records["time"] = EntryKind.VIEW, np.arange(30) % 3, 90 * MINUTE
    >>> records["excluded"] = np.where(records["article"] == 2, Exclusion.UNCONFIRMED, 0)
    >>> meter.add(records, 91 * MINUTE)
    >>> meter.alarms(91 * MINUTE)
    [DoubtAlarm(article=2, views=10, doubtful=10, usual=0.0)]
    >>> meter.alarms(92 * MINUTE)  # told once
    []
    """

    def __init__(self, least: int, share: float) -> None:
        """`least` doubtful views of an article, and `share` of its views, are needed for an alarm."""
        self._least = least
        self._share = share
        self._minutes: dict[int, dict[int, list[int]]] = {}
        self._site: dict[int, list[int]] = {}
        self._told: set[int] = set()

    def add(self, records: RecordArray, now: int) -> None:
        """Count the views of the last day among records that follow in the log, at `now` (ms)."""
        newest = now // MINUTE
        views = records[records["kind"] == EntryKind.VIEW]
        # An import may bring years: what is too old for every comparison must take no memory.
        views = views[views["time"] // MINUTE > newest - RECENT - USUAL]
        doubtful = np.isin(views["excluded"], [int(each) for each in DOUBTFUL])
        keys: LongArray = views["time"] // MINUTE << 32 | views["article"]
        found, place = np.unique(keys, return_inverse=True)
        for key, all_, of_them in zip(
            found.tolist(),
            np.bincount(place, minlength=len(found)).tolist(),
            np.bincount(place, doubtful, len(found)).astype(int).tolist(),
            strict=True,
        ):
            minute, article = key >> 32, key & 0xFFFFFFFF
            counted = [self._site.setdefault(minute, [0, 0])]
            if minute > newest - RECENT:
                counted.append(self._minutes.setdefault(minute, {}).setdefault(article, [0, 0]))
            for counts in counted:
                counts[0] += all_
                counts[1] += of_them

    def alarms(self, now: int) -> list[DoubtAlarm]:
        """Articles whose doubtful share has jumped at `now` (ms), those with the most doubtful views first.

        Of the views of the last RECENT minutes at least `share` are doubtful, and more than twice the share that the
        site had in the USUAL minutes before. An article is told again after it has calmed down.
        """
        newest = now // MINUTE
        recent: dict[int, list[int]] = {}
        for minute in [minute for minute in self._minutes if minute <= newest - RECENT]:
            del self._minutes[minute]
        for minute in [minute for minute in self._site if minute <= newest - RECENT - USUAL]:
            del self._site[minute]
        for by_article in self._minutes.values():
            for article, (views, doubtful) in by_article.items():
                counts = recent.setdefault(article, [0, 0])
                counts[0] += views
                counts[1] += doubtful
        before = [counts for minute, counts in self._site.items() if minute <= newest - RECENT]
        usual = sum(counts[1] for counts in before) / max(1, sum(counts[0] for counts in before))
        found = [
            DoubtAlarm(article, views, doubtful, usual)
            for article, (views, doubtful) in recent.items()
            if doubtful >= self._least and doubtful >= max(self._share, 2 * usual) * views
        ]
        new = [each for each in found if each.article not in self._told]
        self._told = {each.article for each in found}
        return sorted(new, key=lambda each: -each.doubtful)


class DoubtWatch:
    """Follows the log of a store in a thread; of several processes with one store, one does. `name` returns ids.

    Attributes:
        beside: called by the thread at each look, at a moment in ms, for what else is watched by one process alone.
    """

    def __init__(
        self,
        store: Path,
        entries: Log,
        settings: AlarmSettings,
        name: Callable[[int], str],
        count: Callable[[int], None],
    ) -> None:
        """`count` receives the number of new alarms, for the metrics."""
        self.beside: Callable[[int], object] = lambda _: None
        self._lock_path = store.with_name(f"{store.name}.alarm")
        self._log = entries
        self._channels = AlarmChannels(store, settings)
        self._name = name
        self._count = count
        self._meter = DoubtMeter(settings.doubtful_views, settings.doubtful_share)
        self._after = 0
        self._stop = Signal()
        self._thread = Thread(target=self._watch, name="alarm", daemon=True)

    def start(self) -> None:
        """Start the thread. What is in the log already gives no alarm."""
        self._after = self._log.end()
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self, now: int) -> list[DoubtAlarm]:
        """Read what is new in the log, and tell what has jumped at `now` (ms). Raises StoreError."""
        while len((batch := self._log.read(self._after, ENTRIES)).records):
            self._meter.add(batch.records, now)
            self._after = batch.end
        found = self._meter.alarms(now)
        for alarm in found:
            self._tell(alarm, now)
        self._count(len(found))
        return found

    def _watch(self) -> None:
        try:
            lock = self._lock_path.open("a")
        except OSError as error:
            log.warning("no alarms for doubtful views: %s", error)
            return
        with lock:
            leads = False
            while not self._stop.wait(LOOK_SECONDS):
                try:
                    leads = leads or _locked(lock.fileno())
                    if leads:
                        self.look(clock.now_ms())
                        self.beside(clock.now_ms())
                    else:
                        self._after = self._log.end()
                except StoreError:
                    continue  # who follows the log for the shelves says why it cannot be read

    def _tell(self, alarm: DoubtAlarm, now: int) -> None:
        article, share = self._name(alarm.article), alarm.doubtful / alarm.views
        text = (
            f"{alarm.doubtful} of {alarm.views} views of {article!r} in the last {RECENT} minutes are doubtful and not "
            f"counted (usual: {100 * alarm.usual:.0f} %); `recirc void list --automatic` says why"
        )
        data = {
            "article": article,
            "views": alarm.views,
            "doubtful": alarm.doubtful,
            "share": round(share, 4),
            "usual_share": round(alarm.usual, 4),
            "minutes": RECENT,
        }
        self._channels.tell("doubtful views", article, text, now, data)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
