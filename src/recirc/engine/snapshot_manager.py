"""Saves and restores snapshots of the state, coordinated between processes."""

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
"""Name of the array with the log record at the snapshot's offset."""


class SnapshotManager:
    """Saves and restores states of one store's log, in a folder beside its file.

    A snapshot contains the log record at its offset. A store restored from an older backup continues with a different
    history, and a snapshot of the lost history must not be restored into it.
    """

    def __init__(self, settings: StoreSettings, identity: str, log: Log) -> None:
        self._folder = Path(f"{settings.path}.snapshots")
        self._snapshots = Snapshots(self._folder, kept=settings.snapshots_kept)
        self._identity = identity
        self._log = log

    def restore(self, empty: State, latest: int | None = None) -> State:
        """The state of the newest usable snapshot of this log up to entry `latest`, or `empty`. Raises StoreError."""
        at_most, mends = self._log.end(), self._log.read(0, 1).mends
        at_most = at_most if latest is None else min(at_most, latest)
        while found := self._snapshots.newest(self._qualify(empty.fingerprint), at_most):
            offset, arrays = found
            at_most = offset - 1
            last_record = arrays.pop(LAST_RECORD, np.zeros(0, np.uint8))
            if not np.array_equal(last_record, self._record_bytes(offset)):
                logger.warning("the snapshot at log entry %d is of another history and is skipped", offset)
                continue
            state = State(empty.learning, empty.dimensions)
            try:
                state.load(arrays)
            except (KeyError, ValueError) as error:
                logger.warning("the snapshot at log entry %d does not fit and is skipped: %s", offset, error)
                continue
            if not state.follows(mends):
                logger.info(
                    "the snapshot at log entry %d is from before a change of the log and is skipped", offset
                )
                continue
            return state
        return empty

    def save(self, fingerprint: str, arrays: Arrays) -> Path:
        """Save a state's arrays. Raises StoreError."""
        offset = int(arrays["clock"][0])
        return self._snapshots.save(
            offset, self._qualify(fingerprint), arrays | {LAST_RECORD: self._record_bytes(offset)}
        )

    @contextmanager
    def exclusive(self, since: int) -> Iterator[bool]:
        """Lock the folder and yield whether to save: false if another process is saving, or has saved beyond `since`.

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

    def _record_bytes(self, offset: int) -> NDArray[np.uint8]:
        """The log record at `offset` as bytes; empty for an empty log."""
        records = self._log.read(offset - 1, 1).records[:1] if offset else self._log.read(0, 1).records[:0]
        return np.frombuffer(records.tobytes(), np.uint8)

    def _qualify(self, fingerprint: str) -> str:
        return f"{fingerprint} of {self._identity}"
