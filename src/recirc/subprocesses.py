"""Processes beside `recirc serve`: at low priority, given the settings by standard input, ended with their parent.

Each looks every second whether the process that started it still lives, so it ends also when that one was killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from recirc.settings import Settings

LOOK_SECONDS: Final = 1.0
STOP_SECONDS: Final = 2.0
NICE: Final = 19
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def start_process(
    module: str, settings: Settings, what: str, stdout: int | None = None
) -> "subprocess.Popen[bytes]":
    """A module in a process of its own, which learns by `process_arguments` what it is to do."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, what, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=stdout,
        env={**os.environ, **_ONE_THREAD},
    )
    assert process.stdin is not None
    with process.stdin as told:
        told.write(msgspec.json.encode(settings))
    return process


@contextmanager
def terminated_at_exit(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """A process for as long as this lasts; it is asked to end, and killed if it does not."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def process_arguments(nice: int = NICE) -> tuple[str, int, Settings]:
    """In a process that was `start_process`: what it is to do, its parent, and the settings."""
    what, parent = sys.argv[1], int(sys.argv[2])
    # Ctrl-C reaches all processes of a terminal; these end when the server tells them to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.nice(nice)
    return what, parent, msgspec.json.decode(sys.stdin.buffer.read(), type=Settings)


def exit_with_parent(parent: int) -> None:
    """End this process at once when its parent has; for a thread of its own."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)  # nothing wakes a process whose parent was killed
    os._exit(1)
