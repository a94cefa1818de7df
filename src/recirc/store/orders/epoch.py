"""The epoch of a store's file, for an order that must know it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from recirc.store import history
from recirc.store.database import connect, explained


class Epoch:
    """The epoch of the store at `path`: the name of the history that its order must have."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._name = ""

    def name(self) -> str:
        """Name of the epoch. Raises StoreError."""
        if not self._name:
            with self._connected() as connection:
                self._name = history.epoch(connection)
        return self._name

    def take(self, name: str) -> None:
        """Take the epoch of an order that this store, still empty, joins. Raises StoreError."""
        with self._connected() as connection:
            history.begin_epoch(connection, name)
        self._name = name

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with (
            explained(self._path, self._busy_seconds),
            closing(connect(self._path, self._busy_seconds, writing=True)) as connection,
        ):
            yield connection
