"""Ends a query of another thread: because its time is over, or because nobody waits for its result any more."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from recirc.store.ports import BusyError


class QueryCancelledError(BusyError):
    """A query was ended before it had a result."""


class Cancellation:
    """Ends the queries of one piece of work, the one that runs and all that follow. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._connection: sqlite3.Connection | None = None

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits any more; work that is no query has to ask."""
        return self._cancelled

    def cancel(self) -> None:
        """End the query that runs, and refuse all others."""
        with self._lock:
            self._cancelled = True
            if self._connection is not None:
                self._connection.interrupt()

    @contextmanager
    def covers(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Queries over this connection in the block are ended by `cancel`.

        Raises:
            QueryCancelledError: it was called.
        """
        with self._lock:
            self._check()
            self._connection = connection
        # An interruption that comes between two statements has no effect on the next one: this has.
        connection.set_progress_handler(lambda: self._cancelled, 10_000)
        try:
            yield
        except sqlite3.OperationalError:
            self._check()
            raise
        finally:
            connection.set_progress_handler(None, 0)
            with self._lock:
                self._connection = None

    def _check(self) -> None:
        if self._cancelled:
            raise QueryCancelledError("the query took too long and was ended; use fewer or longer words")
