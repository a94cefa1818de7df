"""One thread that writes: what waits is committed together, and answered after the commit."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeAlias, TypeVar

from recirc.store.database import connect, explain, is_busy
from recirc.store.ports import StoreError

Result = TypeVar("Result")
Work: TypeAlias = Callable[[sqlite3.Connection], Result]

GROUP = 250_000
"""Rows in one transaction at most, so that its pages fit in the cache and other processes get their turn."""


class _Job(NamedTuple):
    work: Work[Any]
    weight: int
    future: Future[Any]


class Writer:
    """Runs functions over its own connection, in the order in which they come, each wholly or not at all.

    After a failed transaction its functions are tried again one by one, so that one that cannot be kept does
    not fail its neighbours; they must therefore change nothing but the file.
    """

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()  # nothing is handed in after the end was
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"writer of {path.name}", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Result], *, weight: int) -> "Future[Result]":
        """Hand in `work`, which writes about `weight` rows; the future has its result once that is on disk.

        The future raises StoreError when it could not be kept. Raises StoreError when the writer is closed.
        """
        future: Future[Result] = Future()
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._path}: the store is closed")
            self._jobs.put(_Job(work, weight, future))
        return future

    def close(self) -> None:
        """Finish what was handed in, then end the thread. May be called again, and from a callback."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            jobs, ended = self._take()
            # A future that its owner has given up is not begun; from here on it cannot be given up.
            begun = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            for job, outcome in zip(begun, self._outcomes(begun), strict=True):
                if isinstance(outcome, BaseException):
                    job.future.set_exception(outcome)
                else:
                    job.future.set_result(outcome)
        self._let_go()

    def _take(self) -> tuple[list[_Job], bool]:
        """All that waits up to GROUP, at least one; and whether the end was among it."""
        jobs: list[_Job] = []
        weight = 0
        item = self._jobs.get()
        while item is not None:
            jobs.append(item)
            weight += item.weight
            if weight >= GROUP:
                return jobs, False
            try:
                item = self._jobs.get_nowait()
            except Empty:
                return jobs, False
        return jobs, True

    def _outcomes(self, jobs: list[_Job]) -> list[Any]:
        """For each job what it returned, or the exception that it ends with."""
        if not jobs:
            return []
        try:
            return self._commit(jobs)
        except sqlite3.Error as error:
            self._roll_back(error)
            # The next attempt would wait for the lock as long again, and each of the others too.
            if len(jobs) == 1 or is_busy(error):
                return [explain(error, self._path, self._busy_seconds) for _ in jobs]
        except Exception as error:  # the thread must outlive whatever happens; the caller is told
            self._let_go()
            return [error] * len(jobs)
        return [outcome for job in jobs for outcome in self._outcomes([job])]

    def _commit(self, jobs: list[_Job]) -> list[Any]:
        if self._connection is None:
            self._connection = connect(self._path, self._busy_seconds, writing=True)
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        outcomes = []
        for job in jobs:
            connection.execute("SAVEPOINT job")
            try:
                outcomes.append(job.work(connection))
            except sqlite3.Error:
                raise  # SQLite may have rolled back everything
            except Exception as error:  # the function refused; its neighbours are not concerned
                connection.execute("ROLLBACK TO job")
                outcomes.append(error)
            connection.execute("RELEASE job")
        connection.execute("COMMIT")
        return outcomes

    def _roll_back(self, error: sqlite3.Error) -> None:
        """Leave the connection without a transaction; let go of it unless the cause lies outside of it."""
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        connection = self._connection
        if connection is None or primary not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL):
            self._let_go()
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._let_go()

    def _let_go(self) -> None:
        """Close the connection, which rolls back what is not committed; the next job opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
