"""Whether pictures are to be fetched or removed, for a process that has no store open."""

from contextlib import closing
from pathlib import Path

from recirc.store import pictures
from recirc.store.database import connect, explained


def is_picture_work_waiting(path: Path, busy_seconds: float, now: int) -> bool:
    """Whether a picture is to be fetched at `now` (ms), or removed as its articles are withdrawn. Raises StoreError."""
    if not path.is_file():
        return False
    with explained(path, busy_seconds), closing(connect(path, busy_seconds, writing=False)) as connection:
        return bool(pictures.wanted(connection, now, 1) or pictures.unused(connection, 0, 1))
