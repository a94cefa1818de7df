"""Polling beside `recirc serve`: one process for all workers that asks the sources, at low priority.

A small process only waits until there is a source, and then has another one ask, which holds an engine. If that one
ends, whatever the reason, it is started again after a while. Both look every second whether the process that started
them still lives, and end with it, also when it was killed.
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

from recirc.settings import Settings
from recirc.store.ports import StoreError
from recirc.store.source_registry import SourceRegistry
from recirc.subprocesses import (
    LOOK_SECONDS,
    exit_with_parent,
    process_arguments,
    start_process,
    terminated_at_exit,
)

SOURCES_SECONDS = 2.0
"""How often it is looked which sources are due, and whether there are new ones."""
AGAIN_SECONDS = 30.0
"""After the process that asks has ended by itself, another is started so much later."""


@contextmanager
def polling(settings: Settings) -> Iterator[None]:
    """Have sources asked as long as this lasts."""
    with terminated_at_exit(start_process("recirc.server.polling", settings, "wait")):
        yield


def sources_of(settings: Settings) -> SourceRegistry:
    """The sources of the store that the settings name."""
    return SourceRegistry(
        Path(settings.store.path), settings.sources, busy_seconds=settings.store.busy_seconds
    )


def wait(settings: Settings, parent: int) -> None:
    """Have another process ask as long as there are sources, until the process `parent` has ended."""
    sources, asking, not_before = sources_of(settings), None, time.monotonic()
    try:
        while os.getppid() == parent:
            if asking is not None and asking.poll() is not None:
                why = ", perhaps for want of memory" if asking.returncode == -signal.SIGKILL else ""
                _say(
                    f"asking the sources ended (exit code {asking.returncode}{why}); "
                    f"it begins again in {AGAIN_SECONDS:.0f} seconds"
                )
                asking, not_before = None, time.monotonic() + AGAIN_SECONDS
            wanted = _any(sources)
            if asking is None and wanted and time.monotonic() >= not_before:
                asking = start_process("recirc.server.polling", settings, "ask")
            elif asking is not None and wanted is False:
                _ended(asking)
                asking = None
            time.sleep(LOOK_SECONDS)  # nothing wakes a process whose parent was killed
    finally:
        if asking is not None:
            _ended(asking)


def _any(sources: SourceRegistry) -> bool | None:
    """Whether there is any source; None: the store cannot be read at the moment."""
    try:
        return bool(sources.entries())
    except StoreError:
        return None


def _ended(process: "subprocess.Popen[bytes]") -> None:
    # What it is at is either on disk or comes again: there is nothing to wait for.
    process.kill()
    process.wait()


def ask(settings: Settings, parent: int) -> int:
    """Ask the sources that are due, for ever; the exit code where the store cannot be opened."""
    Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    logging.basicConfig(level=logging.WARNING, format="recirc: %(message)s")
    logging.getLogger("recirc.sources").setLevel(logging.INFO)
    from recirc.engine import Engine
    from recirc.ingest.pipeline import IngestPipeline
    from recirc.ingest.poller import Poller
    from recirc.sources.fetching import Fetcher

    sources = sources_of(settings)
    try:
        engine = Engine.open(settings, lead=False)
    except StoreError as error:
        _say(str(error))
        return 2
    engine.start()
    trouble = None
    with Fetcher(settings.sources) as fetch:
        poller = Poller(IngestPipeline(engine), sources, settings.sources, fetch)
        while True:
            try:
                poller.look()
                trouble = None
            except StoreError as error:
                if trouble is None:
                    _say(f"the sources cannot be read, trying on: {error}")
                trouble = error
            time.sleep(SOURCES_SECONDS)  # sources are added by other processes, which tell nobody


def _say(text: str) -> None:
    print(f"recirc: {text}", file=sys.stderr, flush=True)


def _main() -> int:
    what, parent, settings = process_arguments()
    if what == "ask":
        return ask(settings, parent)
    wait(settings, parent)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
