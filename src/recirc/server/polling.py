"""Polling of sources, fetching of pictures and archiving of the log beside `recirc serve`, at low priority.

One process each for all workers. A small supervisor waits until there is a source, and then starts a poller, a process
with an engine of its own; and likewise one that fetches pictures while there are some to be fetched, and one that
archives. If one ends in an error, it is started again after a pause. All check every second whether their parent
process still runs, and end with it, also when it was killed.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from recirc.clock import now_ms
from recirc.server.archiving import ArchiveSchedule
from recirc.settings import Settings
from recirc.store.orders.members import POLLING, holds
from recirc.store.picture_work import is_picture_work_waiting
from recirc.store.ports import StoreError
from recirc.store.source_registry import SourceRegistry
from recirc.subprocesses import (
    POLL_SECONDS,
    exit_with_parent,
    forked,
    process_arguments,
    start_process,
)

if TYPE_CHECKING:
    from recirc.store.subscriptions import Subscriptions

SOURCES_SECONDS = 2.0
"""Interval at which the poller looks for sources that are due or new."""
RESTART_SECONDS = 30.0
"""Pause before a poller that ended by itself is started again."""


@contextmanager
def polling(settings: Settings) -> Iterator[None]:
    """Poll the sources while the context lasts."""
    with forked("polling", supervise, settings):
        yield


def sources_of(settings: Settings) -> SourceRegistry:
    """The sources of the store that the settings name."""
    return SourceRegistry(
        Path(settings.store.path), settings.sources, busy_seconds=settings.store.busy_seconds
    )


@dataclass(slots=True)
class SupervisedProcess:
    """A process that runs while it is wanted, and is started again after a pause if it ends by itself.

    Attributes:
        what: what it does, for messages.
        wanted: whether it has something to do; None: that is not known now.
        start: starts it.
        may_end: it ends by itself when there is nothing to do, and is never killed for that.
    """

    what: str
    wanted: Callable[[], bool | None]
    start: Callable[[], "subprocess.Popen[bytes]"]
    may_end: bool = False
    _process: "subprocess.Popen[bytes] | None" = None
    _not_before: float = 0.0

    def check(self, now: float) -> None:
        """Start or end it as is wanted at `now` (seconds that only rise)."""
        process = self._process
        if process is not None and process.poll() is not None:
            self._process = None
            if process.returncode or not self.may_end:
                why = ", perhaps out of memory" if process.returncode == -signal.SIGKILL else ""
                _say(
                    f"{self.what} ended (exit code {process.returncode}{why}); "
                    f"it starts again in {RESTART_SECONDS:.0f} seconds"
                )
                self._not_before = now + RESTART_SECONDS
        if self._process is None:
            if now >= self._not_before and self.wanted():
                self._process = self.start()
        elif not self.may_end and self.wanted() is False:
            self.kill()

    def kill(self) -> None:
        """End it without waiting for its work: whatever is not on disk yet is done again."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def supervise(settings: Settings, parent: int) -> None:
    """Run the poller and the fetching of pictures while there is work, until the process `parent` has ended."""
    sources = sources_of(settings)
    poller = SupervisedProcess(
        "the polling of sources",
        # Of several machines one polls; the pictures of the articles are fetched by each for itself.
        lambda: holds(Path(settings.store.path), settings.order, POLLING) and _has_sources(sources),
        lambda: start_process("recirc.server.polling", settings, "poll"),
    )
    pictures = SupervisedProcess(
        "the fetching of pictures",
        lambda: _has_pictures(settings),
        lambda: start_process("recirc.server.picturing", settings, "fetch"),
        may_end=True,
    )
    archiving = SupervisedProcess(
        "the archiving of the log",
        ArchiveSchedule(settings).is_due,
        lambda: start_process("recirc.server.archiving", settings, "archive"),
        may_end=True,
    )
    try:
        while os.getppid() == parent:
            now = time.monotonic()
            poller.check(now)
            pictures.check(now)
            archiving.check(now)
            time.sleep(POLL_SECONDS)  # nothing wakes a process whose parent was killed
    finally:
        poller.kill()
        pictures.kill()
        archiving.kill()


def _has_pictures(settings: Settings) -> bool | None:
    """Whether there are pictures to fetch or remove; None: the store cannot be read now."""
    try:
        return is_picture_work_waiting(Path(settings.store.path), settings.store.busy_seconds, now_ms())
    except StoreError:
        return None


def _has_sources(sources: SourceRegistry) -> bool | None:
    """Whether there is any source; None: the store cannot be read now."""
    try:
        return bool(sources.entries())
    except StoreError:
        return None


def poll(settings: Settings, parent: int) -> int:
    """Poll the sources that are due, for ever; returns an exit code if the store cannot be opened."""
    Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    logging.basicConfig(level=logging.WARNING, format="recirc: %(message)s")
    logging.getLogger("recirc.sources").setLevel(logging.INFO)
    from recirc.engine import Engine
    from recirc.ingest.pipeline import IngestPipeline
    from recirc.ingest.poller import Poller
    from recirc.ingest.rechecks import Rechecker
    from recirc.ingest.subscribing import Subscriber
    from recirc.sources.fetching import Fetcher
    from recirc.store.subscriptions import Subscriptions

    sources = sources_of(settings)
    try:
        engine = Engine.open(settings, lead=False)
    except StoreError as error:
        _say(str(error))
        return 2
    engine.start()
    trouble = None
    with Fetcher(settings.sources) as fetch:
        subscriptions = Subscriptions(Path(settings.store.path), busy_seconds=settings.store.busy_seconds)
        Rechecker(engine, fetch, settings.sources.recheck_seconds).start()
        subscriber = Subscriber(subscriptions, fetch, settings.site.url)
        _wake_senders(sources, subscriptions)
        poller = Poller(IngestPipeline(engine), sources, settings.sources, fetch, subscriber=subscriber)
        while True:
            try:
                poller.start_due()
                trouble = None
            except StoreError as error:
                if trouble is None:
                    _say(f"the list of sources cannot be read, trying again: {error}")
                trouble = error
            time.sleep(SOURCES_SECONDS)  # other processes add sources without a notification


def _wake_senders(sources: SourceRegistry, subscriptions: "Subscriptions") -> None:
    """Poll the sources that send messages now: what they sent while no server was running is lost."""
    try:
        for entry in sources.entries():
            if entry.secret or subscriptions.find(entry.address) is not None:
                sources.wake(entry.address)
    except StoreError as error:
        _say(f"sources that send messages are polled at their usual times: {error}")


def _say(text: str) -> None:
    print(f"recirc: {text}", file=sys.stderr, flush=True)


def _main() -> int:
    parent, settings = process_arguments()
    return poll(settings, parent)


if __name__ == "__main__":
    sys.exit(_main())
