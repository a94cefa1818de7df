"""Training beside `recirc serve`: one process for all workers that trains a model at intervals, at low priority.

The process is small and only waits. Each training is a process of its own, so that its memory is returned when it ends,
and its failure ends nothing else. Both check every second whether the process that started them still runs, and end
with it, even if it was killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from recirc import clock
from recirc.settings import Settings
from recirc.store.orders.members import TRAINING, holds
from recirc.subprocesses import (
    POLL_SECONDS,
    exit_with_parent,
    forked,
    process_arguments,
    start_process,
)

FIRST_SECONDS = 5.0
"""Delay of the first training, so that the server starts first."""
AGAIN_SECONDS = 300.0
"""Interval after a training that had too little to learn from."""
TOO_LITTLE = 3
"""Exit code of a training that had too little to learn from."""


@contextmanager
def training(settings: Settings) -> Iterator[None]:
    """Train models at intervals within this context, if `training.background` is set."""
    if not settings.training.background:
        yield
        return
    with forked("training", wait, settings):
        yield


class TrainingAttempt(NamedTuple):
    """The exit code of a training, and its output."""

    code: int
    output: str


def wait(settings: Settings, parent: int) -> None:
    """Train at intervals until the process `parent` has ended."""
    due = time.monotonic() + max(FIRST_SECONDS, settings.training.every_seconds - _age_of_newest(settings))
    before = None
    while os.getppid() == parent:
        # Of several machines one trains; that it is this one may change at any moment.
        if time.monotonic() < due or not holds(Path(settings.store.path), settings.order, TRAINING):
            time.sleep(min(POLL_SECONDS, settings.training.every_seconds))
            continue
        attempt = _attempt(settings, parent)
        if attempt is None:
            return
        # Once, not after every interval, if there is too little to learn from.
        if not attempt.code == before == TOO_LITTLE:
            print(f"recirc: {attempt.output}", flush=True)
        before, pause = attempt.code, settings.training.every_seconds
        due = time.monotonic() + (min(pause, AGAIN_SECONDS) if before == TOO_LITTLE else pause)


def _attempt(settings: Settings, parent: int) -> TrainingAttempt | None:
    """One training in a process of its own; None: `parent` has ended meanwhile."""
    process = start_process("recirc.replay.training_process", settings, "once", subprocess.PIPE)
    assert process.stdout is not None
    try:
        while process.poll() is None:
            if os.getppid() != parent:
                return None
            time.sleep(POLL_SECONDS / 5)
        output = process.stdout.read().decode(errors="replace").strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    if process.returncode in (0, TOO_LITTLE):
        return TrainingAttempt(process.returncode, output)
    why = f": {output}" if output else ""
    if process.returncode == -signal.SIGKILL:
        why = ": it was killed, perhaps because memory ran out; lower training.max_queries to need less"
    again = f"the active model stays, the next training is in {settings.training.every_seconds:,.0f} seconds"
    return TrainingAttempt(
        process.returncode, f"no model was trained (exit code {process.returncode}){why}; {again}"
    )


def once(settings: Settings, parent: int) -> int:
    """Train a model, print the result in one line, and return the exit code."""
    Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    from recirc.engine.model_registry import ModelRegistry
    from recirc.rank.model import ModelError
    from recirc.replay.training import train_from_store
    from recirc.replay.training_set import TooLittleError
    from recirc.store.ports import StoreError

    try:
        trained = train_from_store(settings, clock.now(), lambda *_: None, threads=1)
    except TooLittleError as error:
        serving = ModelRegistry.of_store(settings.store).load_active(settings).model
        serves = f"model {serving.card.id} stays active" if serving else "the default formula serves"
        print(f"{error}; {serves}")
        return TOO_LITTLE
    except (StoreError, ModelError) as error:
        print(error)
        return 2
    card = trained.model.card
    print(f"model {card.id}, trained in {card.seconds:.0f} s, {card.decision}")
    return 0


def _age_of_newest(settings: Settings) -> float:
    """Seconds since the newest model was made; infinite if there is none. Ids begin with the time."""
    from recirc.engine.model_registry import ModelRegistry
    from recirc.store.ports import StoreError

    try:
        newest = max(ModelRegistry.of_store(settings.store).ids(), default="")
        made_at = datetime.strptime(newest[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except (ValueError, StoreError):
        return float("inf")
    return max(0.0, (clock.now() - made_at).total_seconds())


def _main() -> int:
    parent, settings = process_arguments()
    return once(settings, parent)


if __name__ == "__main__":
    sys.exit(_main())
