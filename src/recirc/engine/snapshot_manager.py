"""Snapshots of the state: which one to start from, and whose turn it is to save the next."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recirc.settings import StoreSettings
from recirc.state.state import State
from recirc.store.ports import Log, StoreError
from recirc.store.snapshots import SUFFIX, Snapshots
from recirc.types import Arrays

logger = logging.getLogger("recirc.engine")

LAST_RECORD = "witness"
"""Name of the array that holds the log's entry at the snapshot's offset."""


class SnapshotManager:
    """Saves and restores states of one store's log, beside its file.

    A snapshot carries the record that its offset stands for: a file that was restored from an older copy goes on
    with another history, and a state of the lost one must not be taken for it.
    """

    def __init__(self, settings: StoreSettings, identity: str, log: Log) -> None:
        self._folder = Path(f"{settings.path}.snapshots")
        self._snapshots = Snapshots(self._folder, kept=settings.snapshots_kept)
        self._identity = identity
        self._log = log

    def restored(self, empty: State) -> State:
        """The state of the newest good snapshot of this log, or `empty`. Raises StoreError."""
        at_most = self._log.end()
        while found := self._snapshots.newest(self._mark(empty.fingerprint), at_most):
            offset, arrays = found
            at_most = offset - 1
            witness = arrays.pop(LAST_RECORD, np.zeros(0, np.uint8))
            if not np.array_equal(witness, self._witness(offset)):
                logger.warning(
                    "the snapshot at log entry %d is of another history and is passed over", offset
                )
                continue
            state = State(empty.learning, empty.dimensions)
            try:
                state.load(arrays)
            except (KeyError, ValueError) as error:
                logger.warning(
                    "the snapshot at log entry %d does not fit and is passed over: %s", offset, error
                )
                continue
            return state
        return empty

    def save(self, fingerprint: str, arrays: Arrays) -> Path:
        """Save a state's arrays. Raises StoreError."""
        offset = int(arrays["clock"][0])
        return self._snapshots.save(
            offset, self._mark(fingerprint), arrays | {LAST_RECORD: self._witness(offset)}
        )

    @contextmanager
    def turn(self, since: int) -> Iterator[bool]:
        """Whether to save now: no other process is at it, and none has saved anything beyond log entry `since`.

        Raises:
            StoreError: the folder cannot be used.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("w")
        except OSError as error:
            raise StoreError(f"{self._folder}: no snapshots can be saved there ({error})") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            end = self._log.end()
            saved = [int(path.name[:16]) for path in self._folder.glob(f"{'[0-9]' * 16}-*{SUFFIX}")]
            yield max((offset for offset in saved if offset <= end), default=0) <= since

    def _witness(self, offset: int) -> NDArray[np.uint8]:
        """The log's entry at `offset`, as bytes; none for an empty log."""
        records = self._log.read(offset - 1, 1).records[:1] if offset else self._log.read(0, 1).records[:0]
        return np.frombuffer(records.tobytes(), np.uint8)

    def _mark(self, fingerprint: str) -> str:
        return f"{fingerprint} of {self._identity}"
