"""Keeps one process's state up to date: folds the log's tail in a background thread and saves snapshots."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from threading import Event as Signal
from threading import Lock, RLock, Thread
from time import monotonic

import numpy as np

from recirc.engine.article_cache import ArticleCache
from recirc.engine.snapshot_manager import SnapshotManager
from recirc.engine.store_log import with_current_features
from recirc.settings import StoreSettings
from recirc.state.state import CHUNK, State
from recirc.state.stories import StoryDecision
from recirc.store.ports import NOTHING, ForkError, Log, StoreError
from recirc.types import Batch, EntryKind

logger = logging.getLogger("recirc.engine")

TAIL_SECONDS = 0.05
"""Interval at which new entries are folded; publications and withdrawals of the process itself are folded at once.

Between two folds the state is the same, so requests share what is worked out from it.
"""

HISTORY_SECONDS = 1.0
"""How often a log without new entries is checked for having gone back."""

TAIL_ENTRIES = 8192
"""Entries per read, and per hold of the lock, which delays requests by about 10 ms."""

PUBLICATION_COST = 500
"""Cost of folding a publication, in events: it compares its vector with every other article's."""

MIN_SNAPSHOT_ENTRIES = 1000
"""No snapshot is saved for fewer new entries, however old the last one is: folding them again takes a moment."""

ProgressCallback = Callable[[int, int], None]
"""Receives the number of log entries done and the total."""


class LogConsumer:
    """Folds new log entries into the state. Thread-safe.

    Attributes:
        state: read it within `reading` only.
        problem: why the log cannot be followed at the moment; None if it can.
        beside: called with each turn; follows what else is in the store.
    """

    def __init__(
        self,
        log: Log,
        article_cache: ArticleCache,
        snapshot_manager: SnapshotManager,
        settings: StoreSettings,
        empty: State,
    ) -> None:
        """Restore the newest good snapshot, or start with `empty`. Raises StoreError."""
        self.state = snapshot_manager.restore(empty)
        self.problem: str | None = None
        self.beside: Callable[[], None] = lambda: None
        self._story_decisions: tuple[StoryDecision, ...] = ()
        self._log = log
        self._history, self._mends = NOTHING, 0
        self._checked = 0.0
        self._article_cache = article_cache
        self._snapshot_manager = snapshot_manager
        self._settings = settings
        self._lock = RLock()
        self._reading = _Reading(self)
        self._catching_up = Lock()
        self._awaited: list[tuple[int, Future[None]]] = []
        self._awaited_lock = Lock()
        self._wake = Signal()
        self._stop = Signal()
        self._thread: Thread | None = None
        self._renewing: Thread | None = None

    def start(self) -> None:
        """Start the background thread."""
        self._thread = Thread(target=self._follow, name="tail", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Read the log at once, because it has new entries."""
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end; return whether it has."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def close(self) -> None:
        """Stop the background thread."""
        self._stop.set()
        self._wake.set()
        for thread in (self._thread, self._renewing):
            if thread is not None:
                thread.join()

    def folded(self, offset: int) -> "Future[None]":
        """Done when the log is folded up to entry `offset`, or cannot be followed at the moment."""
        future: Future[None] = Future()
        with self._awaited_lock:
            self._awaited.append((offset, future))
        self._announce()
        return future

    def _announce(self) -> None:
        with self._awaited_lock:
            end = self.state.offset
            done = [future for offset, future in self._awaited if offset <= end or self.problem]
            self._awaited = [each for each in self._awaited if each[1] not in done and not each[1].done()]
        for future in done:
            if future.set_running_or_notify_cancel():
                future.set_result(None)

    def reading(self) -> AbstractContextManager[State]:
        """The state, locked against folding."""
        return self._reading

    def decide_stories(self, decisions: tuple[StoryDecision, ...]) -> None:
        """Let editors' decisions about stories count from the next reading on, in this state and in later ones."""
        with self._lock:
            self._story_decisions = decisions
            self.state.decide_stories(decisions)

    def _adopt(self, state: State) -> None:
        """Answer from another state. The caller holds the lock wherever somebody may read."""
        state.decide_stories(self._story_decisions)
        self.state = state

    def catch_up(self, progress: ProgressCallback | None = None) -> None:
        """Fold all entries on disk; `progress` receives the number of folded log entries and the total.

        Raises:
            StoreError: the log cannot be read.
        """
        self.beside()
        # At a start nobody waits for the lock, and many entries are folded faster at once.
        most = CHUNK if self._thread is None else TAIL_ENTRIES
        with self._catching_up:
            while True:
                batch = self._log.read(self.state.offset, most)
                if len(batch.records) or monotonic() > self._checked + HISTORY_SECONDS:
                    self._check_history()
                if len(batch.mends) != self._mends:
                    # An erasure changes articles without an entry of the log, also where no folded entry has changed.
                    self._mends = len(batch.mends)
                    self._article_cache.clear()
                if not self.state.follows(batch.mends):
                    if self._thread is None:
                        self._adopt(self._newest_that_is_right())
                        continue
                    self._renew()
                if not len(batch.records):
                    return
                batch = with_current_features(batch, self._article_cache)
                for start, stop in _slices(batch, most):
                    with self._lock:
                        self.state.fold(batch.part(start, stop))
                changed = batch.records["kind"] >= EntryKind.PUBLISH
                self._article_cache.invalidate(batch.records["article"][changed].tolist())
                if self._awaited:
                    self._announce()
                if progress is not None:
                    progress(self.state.offset, self._log.end())
                if len(batch.records) < most:  # all that was there
                    return

    def _renew(self) -> None:
        """Fold the log anew in a thread of its own: what was in it already has changed. Meanwhile the state goes on."""
        if self._renewing is None or not self._renewing.is_alive():
            self._renewing = Thread(target=self._fold_anew, name="fold anew", daemon=True)
            self._renewing.start()

    def _newest_that_is_right(self) -> State:
        """The newest snapshot from before the first entry that has changed, or the empty state. Raises StoreError."""
        return self._snapshot_manager.restore(self.state.empty())

    def _fold_anew(self) -> None:
        started = monotonic()
        try:
            state = self._newest_that_is_right()
            begin = state.offset
            while not self._stop.is_set():
                batch = self._log.read(state.offset, TAIL_ENTRIES)
                if not state.follows(batch.mends):
                    state = self._newest_that_is_right()
                    begin = state.offset
                    continue
                # Near the end: the rest is folded as the tail always is.
                if len(batch.records) < TAIL_ENTRIES:
                    seconds = monotonic() - started
                    logger.info(
                        "the log was changed and folded anew from %d on, in %.1f s", begin + 1, seconds
                    )
                    with self._catching_up, self._lock:
                        state.mends = len(batch.mends)
                        self._adopt(state)
                    self._wake.set()
                    return
                batch = with_current_features(batch, self._article_cache)
                for start, stop in _slices(batch, TAIL_ENTRIES):
                    state.fold(batch.part(start, stop))
        except StoreError as error:
            logger.warning("the log cannot be folded anew, retrying: %s", error)

    def _check_history(self) -> None:
        """Raises ForkError where the log is no longer the one that the state was folded from."""
        self._history = self._log.check_history(self._history)
        if (end := self._log.end()) < self.state.offset:
            raise ForkError(f"the log went back to entry {end:,} from {self.state.offset:,}; restart Recirc")
        self._checked = monotonic()

    def snapshot(self) -> None:
        """Save the state as it is now. Raises StoreError."""
        # Only folding changes the arrays, so requests need not wait while a large state is copied.
        with self._catching_up:
            arrays = self.state.save()
        self._snapshot_manager.save(self.state.fingerprint, arrays)

    def _follow(self) -> None:
        due, saved_offset = monotonic() + self._settings.snapshot_seconds, self.state.offset
        while not self._stop.is_set():
            self._wake.wait(TAIL_SECONDS)
            self._wake.clear()
            try:
                self.catch_up()
                self.problem = None
            except StoreError as error:
                if self.problem is None:
                    logger.warning("the log cannot be followed, retrying: %s", error)
                self.problem = str(error)
                self._announce()
                self._stop.wait(1.0)
                continue
            except Exception as error:
                # Half of a batch may be folded: continuing would fold it twice.
                logger.exception("the fold failed at log entry %d and stops", self.state.offset + 1)
                self.problem = f"the fold failed after log entry {self.state.offset}, restart: {error!r}"
                return
            new_entries = self.state.offset - saved_offset
            if new_entries >= self._settings.snapshot_events or (
                new_entries >= MIN_SNAPSHOT_ENTRIES and monotonic() > due
            ):
                self._try_snapshot(saved_offset)
                due, saved_offset = monotonic() + self._settings.snapshot_seconds, self.state.offset

    def _try_snapshot(self, since: int) -> None:
        """Save a snapshot unless another process does. A failure is logged only: snapshots merely save time."""
        try:
            with self._snapshot_manager.exclusive(since) as is_due:
                if is_due:
                    self.snapshot()
        except StoreError as error:
            logger.warning("no snapshot is saved, the next start will take longer: %s", error)


class _Reading:
    """The state of a consumer, locked in its block. Of its own, since a generator takes three times as long."""

    def __init__(self, consumer: LogConsumer) -> None:
        self._consumer = consumer

    def __enter__(self) -> State:
        self._consumer._lock.acquire()
        return self._consumer.state

    def __exit__(self, *_: object) -> None:
        self._consumer._lock.release()


def _slices(batch: Batch, most: int) -> Iterator[tuple[int, int]]:
    """Bounds of the parts of a batch that are each folded in one hold of the lock; a part is as much work as `most`
    events.
    """
    costs = np.where(batch.records["kind"] >= EntryKind.PUBLISH, PUBLICATION_COST, 1)
    turn = (np.cumsum(costs) - costs) // most
    starts = np.flatnonzero(np.diff(turn, prepend=-1)).tolist()
    yield from zip(starts, [*starts[1:], len(costs)], strict=True)
