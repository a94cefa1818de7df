"""Snapshots of the state: which one to start from, and whose turn it is to save the next."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recirc.settings import Store
from recirc.state.state import State
from recirc.store.snapshots import SUFFIX, Snapshots
from recirc.types import Arrays

log = logging.getLogger("recirc.engine")


class Keeper:
    """Saves and restores states of one store's log, beside its file. `identity` names the log that they
    fold.
    """

    def __init__(self, settings: Store, identity: str) -> None:
        self._folder = Path(f"{settings.path}.snapshots")
        self._snapshots = Snapshots(self._folder, kept=settings.snapshots_kept)
        self._identity = identity

    def restored(self, empty: State, at_most: int) -> State:
        """The state of the newest good snapshot up to log entry `at_most`, or `empty`."""
        found = self._snapshots.newest(self._mark(empty.fingerprint), at_most)
        if found is None:
            return empty
        state = State(empty.learning, empty.dimensions)
        try:
            state.load(found[1])
        except (KeyError, ValueError) as error:
            log.warning("a snapshot does not fit, the log is folded anew: %s", error)
            return empty
        return state

    def save(self, fingerprint: str, arrays: Arrays) -> Path:
        """Save a state's arrays. Raises StoreError."""
        return self._snapshots.save(int(arrays["clock"][0]), self._mark(fingerprint), arrays)

    @contextmanager
    def turn(self, since: int) -> Iterator[bool]:
        """Whether to save now: no other process is at it, and none has saved anything beyond log entry
        `since`.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            saved = max((int(path.name[:16]) for path in self._folder.glob(f"*{SUFFIX}")), default=0)
            yield saved <= since

    def _mark(self, fingerprint: str) -> str:
        return f"{fingerprint} of {self._identity}"
