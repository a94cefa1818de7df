"""Background processes of `recirc serve`: low priority, settings on standard input, terminated with their parent.

Each checks every second whether its parent still runs, so that it also ends when the parent was killed.
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

POLL_SECONDS: Final = 1.0
STOP_SECONDS: Final = 2.0
NICE: Final = 19
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def start_process(
    module: str, settings: Settings, task: str, stdout: int | None = None
) -> "subprocess.Popen[bytes]":
    """Run a module in a new process, which reads its task and settings by `process_arguments`."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, task, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=stdout,
        env={**os.environ, **_ONE_THREAD},
    )
    assert process.stdin is not None
    with process.stdin as stdin:
        stdin.write(msgspec.json.encode(settings))
    return process


@contextmanager
def terminated_at_exit(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Terminate the process at the end of the context, and kill it if it does not end."""
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
    """Task, parent's process id and settings, in a process started by `start_process`."""
    task, parent = sys.argv[1], int(sys.argv[2])
    # Ctrl-C reaches all processes of a terminal; these end when the server terminates them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.nice(nice)
    return task, parent, msgspec.json.decode(sys.stdin.buffer.read(), type=Settings)


def exit_with_parent(parent: int) -> None:
    """Exit when the parent has ended; run this in a background thread."""
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)  # a killed parent gives no notice, so poll
    os._exit(1)
