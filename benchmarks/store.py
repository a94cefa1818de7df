"""How fast the store is: durable events a second by size of append, and reading, saving and loading.

    python benchmarks/store.py [--events N] [--folder PATH] [--json]

Each size is measured on a new file, one append after another ("waiting": each is on disk before the next is
handed in) and with eight at a time on their way ("in flight"), as requests come to a server. The long log
gets 10,000 at a time when it already holds N events, since the index of ids grows with it. As a peer in the
same run, the same bytes are written to a plain file with one fsync an append: what the disk allows.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np

from recirc.store.ports import Receipt
from recirc.store.snapshots import Snapshots
from recirc.store.sqlite import SqliteStore
from recirc.types import RECORD, EntryKind, RecordArray

APPENDS = {1: 300, 100: 200, 10_000: 20}
"""Appends of each size; a few seconds in all."""

IN_FLIGHT = 8
REPEATS = 3
SNAPSHOT_BYTES = 200_000_000

Rates: TypeAlias = dict[str, float]


def events(count: int, rng: np.random.Generator) -> RecordArray:
    """Views of one of 1,000 articles, each with an id of its own."""
    made = np.zeros(count, RECORD)
    made["id"] = rng.integers(1, 2**63 - 1, count)
    made["article"] = rng.integers(0, 1_000, count)
    made["source"] = -1
    made["kind"] = EntryKind.VIEW
    return made


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def new_store(folder: Path) -> Iterator[SqliteStore]:
    """A store with 1,000 articles on a new file."""
    with tempfile.TemporaryDirectory(dir=folder) as name, SqliteStore(Path(name) / "recirc.db") as store:
        store.intern([f"article {number}" for number in range(1_000)])
        yield store


def append_all(store: SqliteStore, batches: list[RecordArray], in_flight: int) -> float:
    """Seconds to append every batch; never more than `in_flight` of them wait for the disk."""
    started = time.perf_counter()
    waiting: deque[Future[Receipt]] = deque()
    for batch in batches:
        waiting.append(store.append(batch))
        if len(waiting) >= in_flight:
            waiting.popleft().result()
    for future in waiting:
        future.result()
    return time.perf_counter() - started


def write_plain(folder: Path, batches: list[RecordArray]) -> float:
    """Seconds of the peer: the same bytes behind one another in a file, each synced."""
    started = time.perf_counter()
    with tempfile.NamedTemporaryFile(dir=folder, buffering=0) as file:
        for batch in batches:
            file.write(batch.tobytes())
            os.fsync(file.fileno())
    return time.perf_counter() - started


def appending(folder: Path, rng: np.random.Generator) -> dict[str, Rates]:
    """Events a second by size of append; medians."""
    table = {}
    for size, count in APPENDS.items():
        runs: dict[str, list[float]] = {"waiting": [], "in flight": [], "plain file": []}
        for _ in range(REPEATS):
            batches = [events(size, rng) for _ in range(count)]
            for name, in_flight in (("waiting", 1), ("in flight", IN_FLIGHT)):
                with new_store(folder) as store:
                    runs[name].append(append_all(store, batches, in_flight))
            runs["plain file"].append(write_plain(folder, batches))
        table[f"appends of {size:,}"] = {
            name: size * count / statistics.median(taken) for name, taken in runs.items()
        }
    return table


def long_log(folder: Path, rng: np.random.Generator, count: int) -> dict[str, Rates]:
    """Appending to a log of `count` events, and reading it whole."""
    size, more = 10_000, 20
    with new_store(folder) as store:
        filling = append_all(store, [events(size, rng) for _ in range(count // size)], IN_FLIGHT)
        held = store.end()
        rates = {"filling": held / filling}
        for name, in_flight in (("waiting", 1), ("in flight", IN_FLIGHT)):
            batches = [events(size, rng) for _ in range(more)]
            rates[name] = size * more / append_all(store, batches, in_flight)
        rates["sent again"] = size * more / append_all(store, batches, 1)
        total = store.end()
        rates["reading"] = total / min(seconds(lambda: store.read(0, total)) for _ in range(REPEATS))
    return {f"log of {held:,}": rates}


def snapshots(folder: Path) -> dict[str, Rates]:
    """Saving and loading 200 MB of arrays, in bytes a second."""
    arrays = {
        f"array {number}": np.random.default_rng(number).random(SNAPSHOT_BYTES // 80) for number in range(10)
    }
    with tempfile.TemporaryDirectory(dir=folder) as name:
        kept = Snapshots(Path(name))
        saving = seconds(lambda: kept.save(1, "benchmark", arrays))
        loading = statistics.median(seconds(lambda: kept.newest("benchmark", 1)) for _ in range(REPEATS))
    return {
        "snapshot of 200 MB, bytes/s": {
            "saving": SNAPSHOT_BYTES / saving,
            "loading": SNAPSHOT_BYTES / loading,
        }
    }


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description="How fast the store is.")
    parser.add_argument("--events", type=int, default=1_500_000, help="events in the long log")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()), help="where to write: the disk to measure"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    started = time.perf_counter()
    rates = (
        appending(options.folder, rng)
        | long_log(options.folder, rng, options.events)
        | snapshots(options.folder)
    )
    taken = time.perf_counter() - started
    if options.json:
        data = {"rows": options.events, "windows": None}
        print(
            json.dumps(
                {"benchmark": "store", "protocol": None, "data": data, "policies": rates, "seconds": taken}
            )
        )
        return
    for row, columns in rates.items():
        print(f"{row}: " + " · ".join(f"{name} {rate:,.0f}" for name, rate in columns.items()))
    print(f"events a second, unless said; {taken:.0f} s in all")


if __name__ == "__main__":
    main()
