"""Whether what was learned is what the log says: the newest snapshot against a fold of the whole log."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from recirc.engine.snapshot_manager import SnapshotManager
from recirc.engine.store_log import with_current_features
from recirc.settings import Settings
from recirc.state.state import State
from recirc.store.ports import StoreError
from recirc.store.sqlite import SqliteStore
from recirc.text.vector import DIMENSIONS

AT_ONCE = 65_536
"""Log entries that are read at a time."""


def check_state(settings: Settings, progress: Callable[[int, int], None]) -> int | None:
    """Fold the log anew up to the newest snapshot and compare; the snapshot's log entry, None: there is none.

    `progress` receives how many entries are folded, and of how many.

    Raises:
        StoreError: the snapshot differs, or something cannot be read; the text says which array.
    """
    path, busy_seconds = Path(settings.store.path), settings.store.busy_seconds
    with SqliteStore(path, busy_seconds=busy_seconds) as store:
        empty = State(settings.learning, DIMENSIONS)
        restored = SnapshotManager(settings.store, store.identity, store).restore(empty)
        if restored is empty or not restored.offset:
            return None
        anew = State(settings.learning, DIMENSIONS)
        while anew.offset < restored.offset:
            batch = store.read(anew.offset, min(AT_ONCE, restored.offset - anew.offset))
            batch = with_current_features(batch, store)
            anew.fold(batch.part(0, restored.offset - anew.offset))
            progress(anew.offset, restored.offset)
    ours, theirs = anew.save(), restored.save()
    wrong = [name for name in ours if not np.array_equal(ours[name], theirs[name], equal_nan=True)]
    if wrong:
        raise StoreError(
            f"{path}: the snapshot at log entry {restored.offset:,} is not what the log says (first in {wrong[0]!r});"
            f" remove the folder {path}.snapshots, and the next start folds the log anew"
        )
    return restored.offset
