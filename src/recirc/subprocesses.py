"""Background processes of `recirc serve`: low priority, terminated with their parent.

What waits or writes is forked from the server's first process and shares the memory of all that is loaded there. What
computes for long is a process of its own (`start_process`), whose memory is returned when it ends. Each checks every
second whether its parent still runs, so that it also ends when the parent was killed.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import msgspec

from recirc.settings import Settings

POLL_SECONDS: Final = 1.0
STOP_SECONDS: Final = 2.0
NICE: Final = 19
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def fork(name: str, run: Callable[..., int | None], *arguments: Any, nice: int = NICE) -> BaseProcess:
    """Run `run(*arguments, PID)` in a process forked from this one, whose number is PID; what it returns is the exit
    code. `ps -o comm` shows the name, at most 15 bytes. This process must have no threads.
    """
    process = multiprocessing.get_context("fork").Process(
        target=_run_forked, args=(name, nice, run, *arguments, os.getpid()), name=name
    )
    process.start()
    return process


@contextmanager
def forked(
    name: str,
    run: Callable[..., int | None],
    *arguments: Any,
    nice: int = NICE,
    patience: float = STOP_SECONDS,
) -> Iterator[None]:
    """The same while the context lasts; at its end the process has so many seconds to end."""
    process = fork(name, run, *arguments, nice=nice)
    try:
        yield
    finally:
        end(process, patience)


def end(process: BaseProcess, patience: float = STOP_SECONDS) -> None:
    """Terminate a process that was forked, and kill it if it does not end."""
    process.terminate()
    process.join(patience)
    if process.is_alive():
        process.kill()
        process.join()


def _run_forked(name: str, nice: int, run: Callable[..., int | None], *arguments: Any) -> None:
    with suppress(OSError):  # elsewhere than on Linux it has no name of its own
        Path("/proc/self/comm").write_text(name)
    _follow_the_server()
    os.nice(nice)
    sys.exit(run(*arguments))


def _follow_the_server() -> None:
    # Ctrl-C reaches all processes of a terminal; these end when the server terminates them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def start_process(
    module: str, settings: Settings, task: str, stdout: int | None = None
) -> "subprocess.Popen[bytes]":
    """Run a module in a new process, which reads its settings by `process_arguments`; `task` is for those who look at
    the list of processes.
    """
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


def process_arguments() -> tuple[int, Settings]:
    """The parent's process id and the settings, in a process started by `start_process`."""
    parent = int(sys.argv[2])
    _follow_the_server()
    os.nice(NICE)
    return parent, msgspec.json.decode(sys.stdin.buffer.read(), type=Settings)


def exit_with_parent(parent: int) -> None:
    """Exit when the parent has ended; run this in a background thread."""
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)  # a killed parent gives no notice, so poll
    os._exit(1)
