"""How long an exclusion takes on a large log: `python benchmarks/mending.py [--events 1500000] [--json]`.

A store with so many views of 30 days is served by an engine, as in a worker. The busiest article is excluded, and then
that is taken back. Measured are the time until the exclusion is on disk, the time until shelves follow, the processor
time of all that (other programs on the machine hardly change it), and how long the slowest answer with shelves took
meanwhile, beside the slowest while nothing was changed.
"""

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from recirc.clock import now_ms
from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings
from recirc.store.commands import Selection
from recirc.types import RECORD, Decision, EntryKind, RecordArray, Request
from steady_load import paper, percentile

APPEND: Final = 20_000
READERS: Final = 200_000
DAYS: Final = 30


def views(number: int, articles: int, now: int) -> RecordArray:
    """Views in order of time, some articles far more read than others."""
    rng = np.random.default_rng(5)
    made = np.zeros(number, RECORD)
    made["kind"], made["source"], made["position"], made["name"] = EntryKind.VIEW, -1, 255, 255
    made["id"] = 1 + np.arange(number)
    made["time"] = np.sort(now - rng.integers(0, DAYS * 86_400_000, number))
    made["reader"] = 1 + rng.integers(0, READERS, number)
    made["article"] = np.minimum(rng.exponential(articles / 8, number), articles - 1).astype(np.int32)
    made["decision"] = Decision.KEYED
    return made


class Asking:
    """Asks for shelves again and again in a thread; `slowest` in ms since it was read last."""

    def __init__(self, engine: Engine, articles: int) -> None:
        self._engine, self._articles = engine, articles
        self._stop = threading.Event()
        self._seconds: list[float] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def figures(self) -> tuple[float, float]:
        """p99 and slowest answer in ms since the last call."""
        seconds, self._seconds = self._seconds, []
        return 1000 * percentile(seconds, 0.99), 1000 * max(seconds, default=0.0)

    def close(self) -> None:
        """Stop."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(0.02):
            number += 1
            began = time.perf_counter()
            self._engine.shelves(Request(article=f"a-{number % self._articles}"), now_ms())
            self._seconds.append(time.perf_counter() - began)


def measure(engine: Engine, articles: int) -> dict[str, float]:
    """Exclude the busiest article and take that back."""
    figures: dict[str, float] = {}
    asking = Asking(engine, articles)
    try:
        time.sleep(5.0)  # quiet, for comparison
        figures["quiet_p99_ms"], figures["quiet_slowest_ms"] = asking.figures()
        counted = engine.counts("a-0", now_ms()).views
        index = int(engine.intern(["a-0"])[0])
        keys: list[str] = []

        def exclude() -> None:
            keys.append(engine.exclusions.add(Selection(article=index), "benchmark", "a measurement"))

        for name, change, expected in (
            ("exclude", exclude, 0),
            ("undo", lambda: engine.exclusions.undo(keys[0], "benchmark"), counted),
        ):
            processor = time.process_time()
            on_disk, followed = _timed(engine, change, expected)
            figures[f"{name}_on_disk_s"], figures[f"{name}_followed_s"] = on_disk, followed
            figures[f"{name}_processor_s"] = time.process_time() - processor
            figures[f"{name}_p99_ms"], figures[f"{name}_slowest_ms"] = asking.figures()
        figures["excluded_views"] = counted
    finally:
        asking.close()
    return figures


def _timed(engine: Engine, change: Callable[[], None], expected: int) -> tuple[float, float]:
    began = time.monotonic()
    change()
    on_disk = time.monotonic() - began
    while engine.counts("a-0", now_ms()).views != expected:
        time.sleep(0.05)  # nothing tells when another thread has folded the log anew
    return on_disk, time.monotonic() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=1_500_000)
    parser.add_argument("--articles", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=StoreSettings(path=str(Path(folder) / "recirc.db")))
        settings = msgspec.structs.replace(
            settings, training=msgspec.structs.replace(settings.training, background=False)
        )
        engine = Engine.open(settings)
        try:
            engine.publish(list(paper(given.articles))).result()
            records = views(given.events, given.articles, now_ms())
            for start in range(0, len(records), APPEND):
                engine.append(records[start : start + APPEND]).result()
            engine.catch_up()
            engine.start()
            figures = measure(engine, given.articles)
        finally:
            engine.close()
    if given.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<24} {value:,.1f}")


if __name__ == "__main__":
    main()
