"""Polling of sources beside `recirc serve`: one process for all workers, at low priority.

A small supervisor waits until there is a source, and then starts a poller, a process with an engine of its own. If the
poller ends for whatever reason, it is started again after a pause. Both check every second whether their parent process
still runs, and end with it, also when it was killed.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from recirc.settings import Settings
from recirc.store.ports import StoreError
from recirc.store.source_registry import SourceRegistry
from recirc.subprocesses import (
    POLL_SECONDS,
    exit_with_parent,
    process_arguments,
    start_process,
    terminated_at_exit,
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
    with terminated_at_exit(start_process("recirc.server.polling", settings, "supervise")):
        yield


def sources_of(settings: Settings) -> SourceRegistry:
    """The sources of the store that the settings name."""
    return SourceRegistry(
        Path(settings.store.path), settings.sources, busy_seconds=settings.store.busy_seconds
    )


def supervise(settings: Settings, parent: int) -> None:
    """Keep a poller running while there are sources, until the process `parent` has ended."""
    sources, poller, not_before = sources_of(settings), None, time.monotonic()
    try:
        while os.getppid() == parent:
            if poller is not None and poller.poll() is not None:
                why = ", perhaps out of memory" if poller.returncode == -signal.SIGKILL else ""
                _say(
                    f"the polling of sources ended (exit code {poller.returncode}{why}); "
                    f"it starts again in {RESTART_SECONDS:.0f} seconds"
                )
                poller, not_before = None, time.monotonic() + RESTART_SECONDS
            wanted = _has_sources(sources)
            if poller is None and wanted and time.monotonic() >= not_before:
                poller = start_process("recirc.server.polling", settings, "poll")
            elif poller is not None and wanted is False:
                _kill(poller)
                poller = None
            time.sleep(POLL_SECONDS)  # nothing wakes a process whose parent was killed
    finally:
        if poller is not None:
            _kill(poller)


def _has_sources(sources: SourceRegistry) -> bool | None:
    """Whether there is any source; None: the store cannot be read now."""
    try:
        return bool(sources.entries())
    except StoreError:
        return None


def _kill(process: "subprocess.Popen[bytes]") -> None:
    # Without waiting for its work: whatever is not on disk yet is fetched again.
    process.kill()
    process.wait()


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
    what, parent, settings = process_arguments()
    if what == "poll":
        return poll(settings, parent)
    supervise(settings, parent)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
