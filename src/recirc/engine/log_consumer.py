"""One process's state, kept up with the log: folded in a thread of its own, and saved now and then."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event as Signal
from threading import Lock, RLock, Thread
from time import monotonic

import numpy as np

from recirc.engine.article_cache import ArticleCache
from recirc.engine.snapshot_manager import SnapshotManager
from recirc.engine.store_log import with_current_features
from recirc.settings import StoreSettings
from recirc.state.state import State
from recirc.store.ports import Log, StoreError
from recirc.types import Batch, EntryKind

logger = logging.getLogger("recirc.engine")

TAIL_SECONDS = 0.05
"""How often the log is looked at for what other processes wrote; one's own writes are folded at once."""

TAIL_ENTRIES = 8192
"""Entries that are read at a time, and folded before requests get their turn: some 10 ms."""

PUBLICATION = 500
"""A publication looks at every other article's vector: it counts as so many entries."""

FEW = 1000
"""Entries that are folded again in a moment: for fewer no snapshot is saved, however long ago the last one was."""

ProgressCallback = Callable[[int, int], None]


class LogConsumer:
    """Folds what the log has beyond the state. May be used from any thread.

    Attributes:
        state: what was learned; read it within `reading`.
        trouble: why the log cannot be followed at the moment; None: it can.
    """

    def __init__(
        self,
        log: Log,
        bookshelf: ArticleCache,
        keeper: SnapshotManager,
        settings: StoreSettings,
        empty: State,
    ) -> None:
        """Begin with the newest good snapshot, or with `empty`. Raises StoreError."""
        self.state = keeper.restored(empty)
        self.trouble: str | None = None
        self._log = log
        self._bookshelf = bookshelf
        self._keeper = keeper
        self._settings = settings
        self._lock = RLock()
        self._catching_up = Lock()
        self._wake = Signal()
        self._stop = Signal()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Follow the log from now on."""
        self._thread = Thread(target=self._follow, name="tail", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at the log at once: there is something new."""
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end; whether it has."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def close(self) -> None:
        """Stop following."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    @contextmanager
    def reading(self) -> Iterator[State]:
        """The state, standing still."""
        with self._lock:
            yield self.state

    def catch_up(self, progress: ProgressCallback | None = None) -> None:
        """Fold what is on disk by now; `progress` hears how many log entries are folded, and how many there are.

        Raises:
            StoreError: the log cannot be read.
        """
        with self._catching_up:
            while True:
                batch = self._log.read(self.state.offset, TAIL_ENTRIES)
                if not len(batch.records):
                    return
                batch = with_current_features(batch, self._bookshelf)
                for start, stop in _turns(batch):
                    with self._lock:
                        self.state.fold(batch.part(start, stop))
                changed = batch.records["kind"] >= EntryKind.PUBLISH
                self._bookshelf.forget(batch.records["article"][changed].tolist())
                if progress is not None:
                    progress(self.state.offset, self._log.end())

    def snapshot(self) -> None:
        """Save the state as it is now. Raises StoreError."""
        # Only a fold changes what is copied: readers need not wait for it, which takes longer the larger the state is.
        with self._catching_up:
            arrays = self.state.save()
        self._keeper.save(self.state.fingerprint, arrays)

    def _follow(self) -> None:
        due, saved = monotonic() + self._settings.snapshot_seconds, self.state.offset
        while not self._stop.is_set():
            self._wake.wait(TAIL_SECONDS)
            self._wake.clear()
            try:
                self.catch_up()
                self.trouble = None
            except StoreError as error:
                if self.trouble is None:
                    logger.warning("the log cannot be followed, trying on: %s", error)
                self.trouble = str(error)
                self._stop.wait(1.0)
                continue
            except Exception as error:
                # Half of a batch may be folded: to go on from here would fold it twice.
                logger.exception("the fold failed at log entry %d and stops", self.state.offset + 1)
                self.trouble = f"the fold failed after log entry {self.state.offset}, restart: {error!r}"
                return
            grown = self.state.offset - saved
            if grown >= self._settings.snapshot_events or (grown >= FEW and monotonic() > due):
                self._save_in_turn(saved)
                due, saved = monotonic() + self._settings.snapshot_seconds, self.state.offset

    def _save_in_turn(self, since: int) -> None:
        """A snapshot only ever saves time: that it cannot be saved is told, and stops nothing."""
        try:
            with self._keeper.turn(since) as mine:
                if mine:
                    self.snapshot()
        except StoreError as error:
            logger.warning("no snapshot is saved, the next start will take longer: %s", error)


def _turns(batch: Batch) -> Iterator[tuple[int, int]]:
    """Where to cut a batch so that each part is folded in a moment."""
    costs = np.where(batch.records["kind"] >= EntryKind.PUBLISH, PUBLICATION, 1)
    turn = (np.cumsum(costs) - costs) // TAIL_ENTRIES
    starts = np.flatnonzero(np.diff(turn, prepend=-1)).tolist()
    yield from zip(starts, [*starts[1:], len(costs)], strict=True)
