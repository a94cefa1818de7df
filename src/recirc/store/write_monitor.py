"""Whether what is handed in can be written: known from what became of the last writes, and a trial where one failed."""

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from recirc.store.ports import ConflictError, StoreError

LEAST_FREE_BYTES = 8 * 1024 * 1024
"""Free space below which the disk counts as full: SQLite needs some for its write-ahead log."""

STARTING_SECONDS = 30.0
"""Time for the process that writes to start, beside this one; until then it is no problem that it is away."""

TRIAL_SECONDS = 2.0
"""Longest wait for the outcome of a trial."""


class WriteMonitor:
    """Watches the writes to the store at `path`. `waiting_seconds`: a write that waits longer has a problem."""

    def __init__(self, path: Path, waiting_seconds: float) -> None:
        self._path = path
        self._waiting_seconds = waiting_seconds
        self._started = time.monotonic()
        self._reached = False
        self._lock = threading.Lock()
        self._numbers = count()
        self._pending: dict[int, float] = {}
        self._problem: str | None = None

    def watch(self, submit: "Callable[..., Future[Any]]", *arguments: object) -> "Future[Any]":
        """Hand in a write, and watch what becomes of it. Raises as `submit`, which receives the arguments."""
        with self._lock:
            number = next(self._numbers)
            self._pending[number] = time.monotonic()
        try:
            future = submit(*arguments)
        except BaseException as error:
            self._finish(number, error)
            raise
        future.add_done_callback(partial(self._done, number))
        return future

    def problem(self, connect: Callable[[], None], trial: "Callable[[], Future[Any]]") -> str | None:
        """Why nothing can be written at the moment; None: it can.

        `connect` reaches the process that writes, or raises StoreError; `trial` hands in a write without effect, which
        is made only where the last write failed.
        """
        try:
            connect()
            self._reached = True
            with self._lock:
                waiting = time.monotonic() - min(self._pending.values(), default=time.monotonic())
                failed = self._problem is not None
            if waiting > self._waiting_seconds:
                return f"{self._path}: a write has waited for {waiting:.0f} s"
            if failed:
                self.watch(trial).result(TRIAL_SECONDS)
        except (StoreError, TimeoutError) as error:
            if not self._reached and time.monotonic() - self._started < STARTING_SECONDS:
                return None
            return str(error) or f"{self._path}: a write has no outcome after {TRIAL_SECONDS:g} s"
        free = shutil.disk_usage(self._path.parent).free
        return (
            None if free >= LEAST_FREE_BYTES else f"{self._path}: the disk is full, {free:,} bytes are free"
        )

    def _done(self, number: int, future: "Future[Any]") -> None:
        self._finish(number, None if future.cancelled() else future.exception())

    def _finish(self, number: int, error: BaseException | None) -> None:
        with self._lock:
            self._pending.pop(number, None)
            self._reached = self._reached or error is None
            if not isinstance(error, ConflictError):
                self._problem = None if error is None else str(error)
