"""The sequencer of `recirc serve --workers N`: a process of its own that applies everybody's commands to the file.

A process that does nothing else supervises it and starts it again when it ends: both are forked from the server's first
process, so that the next sequencer has nothing to load. While it is away, workers go on serving shelves and
answer writes with 503. Both processes end with the server, also when that was killed.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread

from recirc.settings import Settings
from recirc.store.command_port import CommandPort, problem_path
from recirc.store.link import reachable
from recirc.store.ports import StoreError
from recirc.subprocesses import end, exit_with_parent, fork, forked

LOOK_SECONDS = 0.05
"""How often it is checked whether the sequencer still runs."""

AGAIN_SECONDS = 1.0
"""Pause before the next start of a sequencer that ended within a second of its start."""

START_SECONDS = 10.0
"""How long the workers wait for the first sequencer; they can serve without it."""


@contextmanager
def sequencing(settings: Settings) -> Iterator[None]:
    """Have a sequencer as long as this lasts, where there are several workers; a single one has its own."""
    if settings.server.workers == 1:
        yield
        return
    with forked("sequencing", supervise, settings, nice=0):
        deadline = time.monotonic() + START_SECONDS
        while not reachable(Path(settings.store.path)) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        yield


def supervise(settings: Settings, parent: int) -> None:
    """Keep a sequencer running until the process `parent` has ended."""
    running: BaseProcess | None = None
    started = 0.0
    try:
        while os.getppid() == parent:
            if running is not None and not running.is_alive():
                _say(f"the sequencer ended (exit code {running.exitcode}) and is started again")
                if time.monotonic() - started < AGAIN_SECONDS:
                    time.sleep(AGAIN_SECONDS)  # it cannot start: not to try as fast as possible
                running = None
            if running is None:
                running = fork("sequencer", run, settings, nice=0)
                started = time.monotonic()
            time.sleep(LOOK_SECONDS)  # a process that ends wakes nobody who also watches its own parent
    finally:
        if running is not None:
            end(running)


def run(settings: Settings, parent: int) -> int:
    """Apply commands until the process is ended; the exit code where the store cannot be used."""
    Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    path, busy_seconds = Path(settings.store.path), settings.store.busy_seconds
    try:
        with CommandPort.open(path, busy_seconds=busy_seconds) as port:
            problem_path(path).unlink(missing_ok=True)
            while True:
                if not port.leads:  # a command of the command line may have the lead for a moment
                    port.take_lead()
                time.sleep(LOOK_SECONDS if not port.leads else busy_seconds)
    except StoreError as error:
        _say(str(error))
        with suppress(OSError):
            problem_path(path).write_text(str(error))
        return 2


def _say(text: str) -> None:
    print(f"recirc: {text}", file=sys.stderr, flush=True)
