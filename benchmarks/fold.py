"""How fast the log becomes a state: `python benchmarks/fold.py --data PATH [--json]`.

PATH is a log of events: JSON lines, Parquet, or the Globo click log. Measured are

- `fold`: all statistics over the whole log, in memory, one core, after the loops are compiled;
- `decide`: what the sequencer decides of each event before, in memory, one core;
- `dictionaries`: the same kinds of things in plain Python over the log's first entries: readers of an article once a
  day, views once in half an hour, readers fading at the same half-lives, the last articles of each visit, and
  fading pairs of articles read within five views of each other, in both directions. It keeps every pair and
  every visit, where the fold keeps the strongest and the newest;
- `import`: from the file into a new SQLite file with the durable log, and folded.

Each is the median of so many runs, which take turns, since machines are noisy.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from recirc.engine import REACTIONS, Engine
from recirc.engine.observations import records_from, with_ids
from recirc.engine.warm import warm_up
from recirc.importers.event_files import open_events
from recirc.ingest.bulk_import import import_events
from recirc.settings import LearningSettings, Settings, StoreSettings
from recirc.state.state import CHUNK, State
from recirc.state.statistic import FoldContext
from recirc.store.decisions import DecisionTables, decided
from recirc.text.vector import DIMENSIONS
from recirc.types import RECORD, Batch, EntryKind, RecordArray

DAY: Final = 86_400_000  # ms


class Dictionaries:
    """The plain-Python peer: what the fold learns from views, in dictionaries of numbers."""

    def __init__(self, learning: LearningSettings) -> None:
        self.rates = [1 / (half_life * 1000) for half_life in learning.half_lives]
        self.pair_rate = 1 / (learning.coreading_half_life * 1000)
        self.repeat = learning.repeat_seconds * 1000
        self.distance, self.length = learning.coreading_distance, learning.visit_length
        self.views: defaultdict[int, int] = defaultdict(int)
        self.readers: defaultdict[int, int] = defaultdict(int)
        self.fading: dict[int, tuple[int, list[float]]] = {}
        self.last: dict[tuple[int, int], int] = {}
        self.seen: set[tuple[int, int, int]] = set()
        self.visits: dict[int, list[int]] = {}
        self.after: defaultdict[int, dict[int, tuple[int, float]]] = defaultdict(dict)
        self.before: defaultdict[int, dict[int, tuple[int, float]]] = defaultdict(dict)

    def fold(self, article: int, reader: int, visit: int, now: int) -> None:
        """Take one view in; `now` in ms."""
        self._count(article, reader, now)
        opened = self.visits.setdefault(visit, [])
        if article in opened:
            return
        for steps, earlier in enumerate(reversed(opened[-self.distance :]), start=1):
            self._pair(self.after[earlier], article, 1 / steps, now)
            self._pair(self.before[article], earlier, 1 / steps, now)
        opened.append(article)
        del opened[: -self.length]

    def _count(self, article: int, reader: int, now: int) -> None:
        if now < self.last.get((reader, article), now - DAY) + self.repeat:
            return
        self.last[reader, article] = now
        self.views[article] += 1
        today = (reader, article, now // DAY)
        if today in self.seen:
            return
        self.seen.add(today)
        self.readers[article] += 1
        then, sums = self.fading.get(article, (now, [0.0] * len(self.rates)))
        faded = [
            total * 2.0 ** ((then - now) * rate) + 1 for total, rate in zip(sums, self.rates, strict=True)
        ]
        self.fading[article] = now, faded

    def _pair(self, pairs: dict[int, tuple[int, float]], other: int, weight: float, now: int) -> None:
        then, total = pairs.get(other, (now, 0.0))
        pairs[other] = now, total * 2.0 ** ((then - now) * self.pair_rate) + weight


def read_records(path: Path) -> RecordArray:
    """The log in order of time, RECORD (n,); an article's index is its rank among first appearances."""
    parts, index = [np.zeros(0, RECORD)], dict[str, int]()
    for columns, _ in open_events(path, now=time.time_ns() // 1_000_000, reactions=REACTIONS):
        codes = [index.setdefault(name, len(index)) for name in columns.names]
        parts.append(records_from(columns, np.array(codes, np.int32)))
    return with_ids(np.concatenate(parts))


def fold_seconds(records: RecordArray, learning: LearningSettings) -> float:
    """Seconds that a state needs for all records."""
    state = State(learning, DIMENSIONS)
    started = time.perf_counter()
    state.fold(Batch(1, records, {}))
    return time.perf_counter() - started


def decide_seconds(records: RecordArray, learning: LearningSettings) -> float:
    """Seconds to decide all records, an append of 10,000 after another."""
    tables = DecisionTables(round(learning.repeat_seconds * 1000))
    log = records.copy()
    started = time.perf_counter()
    for start in range(0, len(log), 10_000):
        tables.decide(log[start : start + 10_000])
    return time.perf_counter() - started


def peer_seconds(records: RecordArray, learning: LearningSettings) -> float:
    """Seconds that the dictionaries need for the views among the records, which are lists of numbers already."""
    views = records[(records["kind"] == EntryKind.VIEW) & (records["excluded"] == 0)]
    reader = np.where(views["reader"] != 0, views["reader"], views["id"]).tolist()
    visit = np.where(views["visit"] != 0, views["visit"], reader).tolist()
    article, now = views["article"].tolist(), views["time"].tolist()
    peer = Dictionaries(learning)
    started = time.perf_counter()
    for event in zip(article, reader, visit, now, strict=True):
        peer.fold(*event)
    return time.perf_counter() - started


def _ignore(*_: int) -> None:
    """Nobody watches the progress."""


def import_seconds(path: Path, folder: Path) -> float:
    """Seconds from the file to a new store with everything on disk and folded."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        store = StoreSettings(path=str(Path(name) / "recirc.db"))
        engine = Engine.open(msgspec.structs.replace(Settings(), store=store))
        try:
            started = time.perf_counter()
            file = open_events(path, now=time.time_ns() // 1_000_000, reactions=REACTIONS)
            import_events(engine, file, _ignore, _ignore)
            return time.perf_counter() - started
        finally:
            engine.close()


def shares(records: RecordArray, learning: LearningSettings) -> dict[str, float]:
    """Which share of the fold's time each statistic takes."""
    state = State(learning, DIMENSIONS)
    taken = dict.fromkeys((statistic.name for statistic in state.statistics), 0.0)
    batch = Batch(1, records, {})
    for start in range(0, len(records), CHUNK):
        context = FoldContext(batch.part(start, start + CHUNK), learning.coreading_distance)
        for statistic in state.statistics:
            started = time.perf_counter()
            statistic.reserve(context.size)
            statistic.fold(context)
            taken[statistic.name] += time.perf_counter() - started
    whole = sum(taken.values()) or 1.0
    return {name: seconds / whole for name, seconds in taken.items()}


def medians(runs: int, works: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median seconds of each work, which take turns."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            taken[name].append(work())
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast the log becomes a state.")
    parser.add_argument("--data", type=Path, required=True, help="a log of events")
    parser.add_argument("--prefix", type=int, default=200_000, help="entries that the dictionaries get")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, of which the median counts")
    folder = Path(tempfile.gettempdir())
    parser.add_argument("--folder", type=Path, default=folder, help="where to import to: the disk to measure")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    return parser.parse_args()


def main() -> None:
    """Measure, and print a table or JSON."""
    options = _options()
    learning = Settings().learning
    started = time.perf_counter()
    warm_up(Settings())
    records = decided(read_records(options.data), learning.repeat_seconds)
    prefix = records[: options.prefix]
    taken = medians(
        options.runs,
        {
            "fold": lambda: fold_seconds(records, learning),
            "decide": lambda: decide_seconds(records, learning),
            "fold of the prefix": lambda: fold_seconds(prefix, learning),
            "dictionaries": lambda: peer_seconds(prefix, learning),
            "import": lambda: import_seconds(options.data, options.folder),
        },
    )
    counts = dict.fromkeys(("fold", "decide", "import"), len(records))
    rates = {name: counts.get(name, len(prefix)) / seconds for name, seconds in taken.items()}
    ratio = rates["fold of the prefix"] / rates["dictionaries"]
    part = shares(records, learning)
    if options.json:
        policies = {name: {"events_per_second": round(rate)} for name, rate in rates.items()}
        told = {
            "benchmark": "fold",
            "protocol": None,
            "data": {"rows": len(records), "windows": None, "prefix_rows": len(prefix)},
            "policies": policies,
            "ratio": round(ratio, 2),
            "shares": {name: round(share, 3) for name, share in part.items()},
            "seconds": round(time.perf_counter() - started, 1),
        }
        print(json.dumps(told))
        return
    print(f"events a second, medians of {options.runs} runs")
    print(f"  fold, all {len(records):,} events       {rates['fold']:>10,.0f}")
    print(f"  decide                         {rates['decide']:>10,.0f}")
    print(f"  fold, the first {len(prefix):,}         {rates['fold of the prefix']:>10,.0f}")
    print(
        f"  dictionaries, the first {len(prefix):,} {rates['dictionaries']:>10,.0f}   ({ratio:.1f} times slower)"
    )
    print(f"  import with durable log        {rates['import']:>10,.0f}")
    print("share of the fold: " + " · ".join(f"{name} {share:.0%}" for name, share in part.items()))
    print(f"{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
