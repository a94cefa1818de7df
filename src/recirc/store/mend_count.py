"""How often what a log had already was changed, for who looks at it each second."""

from contextlib import closing
from pathlib import Path

from recirc.store import rows
from recirc.store.database import connect, explained


def number_of_mends(path: Path, busy_seconds: float) -> int:
    """Number of changes of earlier entries, in the store at `path`. Raises StoreError."""
    with explained(path, busy_seconds), closing(connect(path, busy_seconds, writing=False)) as connection:
        return len(rows.mends(connection))
