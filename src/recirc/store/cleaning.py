"""A file without what was erased from its rows: in free pages, in the search index, in the write-ahead log."""

import logging
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from recirc.store.database import connect, keep_private
from recirc.store.snapshots import FOLDERS, SUFFIX

WAIT_SECONDS: Final = 5.0
"""How long readers of the write-ahead log are waited for."""

AGAIN_SECONDS: Final = 30.0
"""Pause before a cleaning that failed is tried again."""

_log = logging.getLogger(__name__)


def is_unclean(connection: sqlite3.Connection) -> bool:
    """Whether texts were erased of which the file may still hold remains."""
    return connection.execute("SELECT 1 FROM meta WHERE key = 'unclean'").fetchone() is not None


def clean(path: Path, busy_seconds: float) -> None:
    """Make the search index anew, write the file anew, empty the write-ahead log, and remove the snapshots.

    Raises sqlite3.Error when the file cannot be written, or readers do not let go of the log in time; then it is still
    noted as unclean.
    """
    with closing(connect(path, busy_seconds, writing=True)) as connection:
        # A segment of the index can hold words of a row that was deleted before it was written.
        connection.execute("INSERT INTO words (words) VALUES ('rebuild')")
        connection.execute("VACUUM")
        _empty_log(connection)
        for folder in FOLDERS:
            for snapshot in Path(f"{path}{folder}").glob(f"*{SUFFIX}"):
                with suppress(FileNotFoundError):
                    snapshot.unlink()
        connection.execute("DELETE FROM meta WHERE key = 'unclean'")
        _empty_log(connection)
    keep_private(path)


def _empty_log(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > deadline:
            raise sqlite3.OperationalError("readers keep the write-ahead log from being emptied")
        time.sleep(0.05)  # SQLite does not say when its last reader is done


class Cleaner:
    """Cleans the file of a sequencer, in its thread, after what was erased has left the rows."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._due: float | None = time.monotonic()  # the process before this one may have ended too early

    def note(self) -> None:
        """Something was erased."""
        self._due = time.monotonic()

    def run(self) -> None:
        """Clean the file if it is time and it needs it; a failure is logged, and tried again."""
        if self._due is None or time.monotonic() < self._due:
            return
        try:
            with closing(connect(self._path, self._busy_seconds, writing=False)) as connection:
                needed = is_unclean(connection)
            if needed:
                clean(self._path, self._busy_seconds)
            self._due = None
        except (sqlite3.Error, OSError) as error:
            self._due = time.monotonic() + AGAIN_SECONDS
            _log.warning("%s: what was erased may still be in free pages: %s", self._path, error)
