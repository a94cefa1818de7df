"""The process beside `recirc serve` that copies old days of the log to an archive; it ends when all is there."""

import sys
import time
from pathlib import Path
from threading import Thread

from recirc import clock
from recirc.settings import Settings
from recirc.store.mend_count import number_of_mends
from recirc.store.orders.members import ARCHIVING, holds
from recirc.store.ports import StoreError
from recirc.subprocesses import exit_with_parent, process_arguments

EVERY_SECONDS = 600.0
"""How often the archive is looked at; at once when entries were changed, as by an erasure."""

DAY = 86_400_000


class ArchiveSchedule:
    """When there may be something to archive: every ten minutes, and after each change of what the log had already."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._due = time.monotonic()
        self._mends = -1

    def is_due(self) -> bool | None:
        """Whether to start the process now; None: the store cannot be read now."""
        path, store = Path(self._settings.store.path), self._settings.store
        if not store.archive or not holds(path, self._settings.order, ARCHIVING):
            return False
        try:
            mends = number_of_mends(path, store.busy_seconds)
        except StoreError:
            return None
        if time.monotonic() < self._due and mends == self._mends:
            return False
        self._due, self._mends = time.monotonic() + EVERY_SECONDS, mends
        return True


def archive(settings: Settings, parent: int) -> int:
    """Archive what is old enough; returns an exit code."""
    Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    from recirc.store.archiving import Archived, LogArchiver

    store = settings.store
    until = clock.now_ms() - store.archive_after_days * DAY
    try:
        done = LogArchiver(Path(store.path), store.archive, store.busy_seconds).run(until)
    except (StoreError, OSError) as error:
        print(f"recirc: the log cannot be archived: {error}", file=sys.stderr, flush=True)
        return 2
    if done != Archived():
        print(f"recirc: {done.in_words()}", flush=True)
    return 0


def _main() -> int:
    parent, settings = process_arguments()
    return archive(settings, parent)


if __name__ == "__main__":
    sys.exit(_main())
