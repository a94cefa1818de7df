"""One thread that writes: commands in order of arrival, grouped in transactions, answered after the commit."""

import sqlite3
import threading
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from recirc.store.apply import apply, weight
from recirc.store.commands import Command
from recirc.store.database import connect, explain, is_busy
from recirc.store.decider import Decider
from recirc.store.ports import BusyError, StoreError

GROUP_ROWS = 250_000
"""Rows in one transaction at most, so that its pages fit in the cache."""

WAITING_ROWS = 4_000_000
"""Rows that may wait for the disk; beyond that commands are refused, so that memory stays bounded."""


class _Job(NamedTuple):
    command: Command
    rows: int
    future: "Future[Any]"


class Sequencer:
    """Applies commands over its own connection, in the order in which they come, each wholly or not at all.

    There is one for a file at any moment: see `CommandPort`. After a failed transaction its commands are tried again
    one by one, so that one that cannot be kept does not fail its neighbours.
    """

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._connection: sqlite3.Connection | None = None
        self._decider = Decider()
        self._lock = threading.Lock()  # of the two below; no job enters the queue after the end of it
        self._closed = False
        self._waiting = 0
        self._thread = threading.Thread(target=self._run, name=f"sequencer of {path.name}", daemon=True)
        self._thread.start()

    def submit(self, command: Command, future: "Future[Any] | None" = None) -> "Future[Any]":
        """Hand in a command; the future (a new one, if none is given) has its result once that is on disk.

        The future raises StoreError when the command could not be kept. Raises StoreError when the sequencer is
        closed, BusyError when too much waits for the disk.
        """
        job = _Job(command, weight(command), Future() if future is None else future)
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._path}: the store is closed")
            if self._waiting and self._waiting + job.rows > WAITING_ROWS:
                raise BusyError(f"{self._path}: the disk cannot keep up; send again in a moment")
            self._waiting += job.rows
            self._jobs.put(job)
        return job.future

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
            begun = [job for job in jobs if job.future.running() or job.future.set_running_or_notify_cancel()]
            for job, outcome in zip(begun, self._outcomes(begun), strict=True):
                if isinstance(outcome, BaseException):
                    job.future.set_exception(outcome)
                else:
                    job.future.set_result(outcome)
            with self._lock:
                self._waiting -= sum(job.rows for job in jobs)
        self._disconnect()

    def _take(self) -> tuple[list[_Job], bool]:
        """All that waits up to GROUP_ROWS, at least one; and whether the end was among it."""
        jobs: list[_Job] = []
        rows = 0
        item = self._jobs.get()
        while item is not None:
            jobs.append(item)
            rows += item.rows
            if rows >= GROUP_ROWS:
                return jobs, False
            try:
                item = self._jobs.get_nowait()
            except Empty:
                return jobs, False
        return jobs, True

    def _outcomes(self, jobs: list[_Job]) -> list[Any]:
        """For each job its result, or the exception that it ends with."""
        if not jobs:
            return []
        try:
            return self._commit(jobs)
        except sqlite3.Error as error:
            self._roll_back(error)
            # The next attempt would wait for the lock as long again, and each of the others too.
            if len(jobs) == 1 or is_busy(error):
                return [explain(error, self._path, self._busy_seconds) for _ in jobs]
        except Exception as error:  # the thread must outlive whatever happens; the caller receives it
            self._disconnect()
            return [error] * len(jobs)
        return [outcome for job in jobs for outcome in self._outcomes([job])]

    def _commit(self, jobs: list[_Job]) -> list[Any]:
        if self._connection is None:
            self._connection = connect(self._path, self._busy_seconds, writing=True)
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [self._apply(connection, job.command) for job in jobs]
        connection.execute("COMMIT")
        return outcomes

    def _apply(self, connection: sqlite3.Connection, command: Command) -> Any:
        connection.execute("SAVEPOINT command")
        try:
            outcome = apply(connection, command, self._decider)
        except sqlite3.Error:
            raise  # SQLite may have rolled back everything
        except Exception as error:  # the command is refused; its neighbours are not concerned
            connection.execute("ROLLBACK TO command")
            outcome = error
        connection.execute("RELEASE command")
        return outcome

    def _roll_back(self, error: sqlite3.Error) -> None:
        """Leave the connection without a transaction; close it unless the cause lies outside of it."""
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        connection = self._connection
        if connection is None or primary not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL):
            self._disconnect()
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()

    def _disconnect(self) -> None:
        """Close the connection, which rolls back what is not committed; the next job opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
