"""Training beside `recirc serve`: one process for all workers that has a model trained now and then, at low priority.

The process is small and only waits. Each training is a process of its own, whose memory the machine has back when it is
over, and whose end, whatever the reason, ends nothing else. Both look every second whether the process that started
them still lives, and end with it, also when it was killed.
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
from recirc.subprocesses import (
    LOOK_SECONDS,
    exit_with_parent,
    process_arguments,
    start_process,
    terminated_at_exit,
)

FIRST_SECONDS = 5.0
"""The first training waits so long: the server is to start first."""
AGAIN_SECONDS = 300.0
"""Where there was too little to learn from, it is looked again so soon."""
TOO_LITTLE = 3
"""Exit code of a training that had too little to learn from."""


@contextmanager
def training(settings: Settings) -> Iterator[None]:
    """Have models trained as long as this lasts, if `training.background` says so."""
    if not settings.training.background:
        yield
        return
    with terminated_at_exit(start_process("recirc.replay.training_process", settings, "wait")):
        yield


class TrainingAttempt(NamedTuple):
    """How a training ended: its exit code, and the line that it said."""

    code: int
    said: str


def wait(settings: Settings, parent: int) -> None:
    """Train when it is due, until the process `parent` has ended."""
    due = time.monotonic() + max(FIRST_SECONDS, settings.training.every_seconds - _age_of_newest(settings))
    before = None
    while os.getppid() == parent:
        if time.monotonic() < due:
            time.sleep(min(LOOK_SECONDS, settings.training.every_seconds))
            continue
        attempt = _attempt(settings, parent)
        if attempt is None:
            return
        # That there is too little to learn from is said once, not every few minutes.
        if not attempt.code == before == TOO_LITTLE:
            print(f"recirc: {attempt.said}", flush=True)
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
            time.sleep(LOOK_SECONDS / 5)
        said = process.stdout.read().decode(errors="replace").strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    if process.returncode in (0, TOO_LITTLE):
        return TrainingAttempt(process.returncode, said)
    why = f": {said}" if said else ""
    if process.returncode == -signal.SIGKILL:
        why = ": it was killed, perhaps for want of memory; training.max_queries bounds what it takes"
    again = f"what serves goes on, the next try is in {settings.training.every_seconds:,.0f} seconds"
    return TrainingAttempt(
        process.returncode, f"no model was trained (exit code {process.returncode}){why}; {again}"
    )


def once(settings: Settings, parent: int) -> int:
    """Train, say in one line what came of it, and return the exit code."""
    Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    from recirc.engine.model_registry import ModelRegistry
    from recirc.rank.model import ModelError
    from recirc.replay.training import train_own
    from recirc.replay.training_lists import TooLittleError
    from recirc.store.ports import StoreError

    try:
        trained = train_own(settings, clock.now(), lambda *_: None, threads=1)
    except TooLittleError as error:
        serving = ModelRegistry.beside(settings.store).serving(settings).model
        serves = f"model {serving.card.id} serves on" if serving else "the default formula serves"
        print(f"{error}; {serves}")
        return TOO_LITTLE
    except (StoreError, ModelError) as error:
        print(error)
        return 2
    card = trained.model.card
    print(f"model {card.id}, trained in {card.seconds:.0f} s, {card.decision}")
    return 0


def _age_of_newest(settings: Settings) -> float:
    """Seconds since the newest model was made; for ever, if there is none. Ids begin with the moment."""
    newest = max((path.stem for path in Path(f"{settings.store.path}.models").glob("*.model")), default="")
    try:
        made_at = datetime.strptime(newest[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return float("inf")
    return max(0.0, (clock.now() - made_at).total_seconds())


def _main() -> int:
    what, parent, settings = process_arguments()
    if what == "once":
        return once(settings, parent)
    wait(settings, parent)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
