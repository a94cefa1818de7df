"""What tests build or fetch once, and keep for the next run; of several processes that test, one builds at a time."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recirc-tests"
"""The folder in which it is kept."""


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other process is in such a block; look there whether it has built what is needed. Never nested."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def building() -> Iterator[Path]:
    """A folder to build in, from which the result can be moved to its place in CACHE, in a block as of `alone`."""
    with alone(), tempfile.TemporaryDirectory(dir=CACHE) as folder:
        yield Path(folder)
