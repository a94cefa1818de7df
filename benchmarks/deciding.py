"""What deciding costs: `python benchmarks/deciding.py [--events 300000] [--runs 5] [--json]`.

An invented log (views, readings, impressions, reactions; most browsers asked for the page; on one article an attack) is
appended to a new store, acknowledged, and folded: as browsers' events of 100 at a time (as a worker has them after it
parsed the request), and as records of 10,000 at a time. This is done with the sequencer deciding, and without: then the
decisions that it would have made are copied into the records, so that all else is the same. Both take turns. Shown are
medians of the processor time of all threads in µs an event, which other programs on the machine hardly change.
`repetitions`: the same log as an import, where only repetitions are looked for.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from recirc.clock import now_ms
from recirc.engine import REACTIONS, Engine, Observation
from recirc.engine.warm import warm_up
from recirc.settings import Settings, StoreSettings
from recirc.store.decisions import DecisionTables, decided
from recirc.store.ports import Receipt
from recirc.types import (
    RECORD,
    UNKNOWN_AGENT,
    Decision,
    EntryKind,
    Event,
    EventKind,
    Exclusion,
    RecordArray,
    networks,
)

ARTICLES: Final = 1_000
READERS: Final = 60_000
DAY: Final = 86_400_000
REPEAT_SECONDS: Final = 1_800.0
IN_FLIGHT: Final = 8
SIZES: Final = (100, 10_000)


def town(events: int, now: int) -> RecordArray:
    """An invented log of 29 hours up to `now`, RECORD (about `events`,), not decided."""
    rng = np.random.default_rng(5)
    views = _views(int(events / 2.5), now, rng)
    attack = rng.choice(len(views), len(views) // 30, replace=False)
    views["article"][attack], views["reader"][attack] = ARTICLES // 2, 10**9 + np.arange(len(attack))
    networks(views)[attack] = 1 + rng.integers(0, 40, len(attack))
    stay = rng.random(len(views)) > 0.05
    stay[attack] = False
    reads = _later(views[stay], EntryKind.READ, rng.integers(500, 60_000, int(stay.sum())))
    seen = _later(views[stay & (rng.random(len(views)) < 0.6)], EntryKind.IMPRESSION, 2_200)
    seen["source"], seen["article"] = seen["article"].copy(), rng.integers(0, ARTICLES, len(seen))
    seen["shelf"], seen["position"] = 1 + rng.integers(0, 3, len(seen)), 1
    reactions = _later(views[rng.random(len(views)) < 0.03], EntryKind.REACTION, 9_000)
    reactions["name"] = rng.integers(0, 4, len(reactions))
    log = np.concatenate([views, reads, seen, reactions])
    log = log[np.argsort(log["time"], kind="stable")]
    log["id"], log["visit"] = 1 + rng.permutation(len(log)), log["reader"]
    log["time"] = np.minimum(log["time"], now)
    return log


def _views(number: int, now: int, rng: np.random.Generator) -> RecordArray:
    views = np.zeros(number, RECORD)
    views["kind"], views["source"], views["position"] = EntryKind.VIEW, -1, 255
    views["time"] = now - np.sort(rng.integers(0, int(1.2 * DAY), number))[::-1]
    views["reader"] = 1 + rng.integers(0, READERS, number)
    views["article"] = np.minimum(rng.exponential(ARTICLES / 8, number), ARTICLES - 1)
    popularity = 1 / (np.arange(22) + 1.5)
    views["name"] = rng.choice(22, number, p=popularity / popularity.sum())
    networks(views)[:] = 1 + views["reader"] * 7_919 % 20_000
    views["decision"] = np.where(rng.random(number) < 0.94, Decision.CONFIRMED, 0)
    return views


def _later(views: RecordArray, kind: EntryKind, delay: np.ndarray | int) -> RecordArray:
    made = views.copy()
    made["kind"], made["name"], made["scroll"] = kind, 255, 0
    made["time"] += delay
    return made


def alone(log: RecordArray, size: int) -> float:
    """µs an event that deciding takes by itself, in parts of `size`."""
    tables, records = DecisionTables(round(1000 * REPEAT_SECONDS)), log.copy()
    began = time.process_time()
    for start in range(0, len(records), size):
        tables.decide(records[start : start + size])
    return 1e6 * (time.process_time() - began) / len(log)


@contextmanager
def copying(known: RecordArray) -> Iterator[None]:
    """While it lasts nothing is decided: records get the decisions of `known`, in order."""
    decide, place = DecisionTables.decide, 0

    def copy(_: DecisionTables, records: RecordArray) -> None:
        nonlocal place
        part = known[place : place + len(records)]
        records["decision"], records["excluded"] = part["decision"], part["excluded"]
        place += len(records)

    tables: Any = DecisionTables  # that its method is not called is what is measured
    tables.decide = copy
    try:
        yield
    finally:
        tables.decide = decide


def observations(log: RecordArray) -> list[Observation]:
    """The log as a worker hands it to the engine."""
    network = networks(log).tolist()
    names = [f"a-{number}" for number in range(ARTICLES)]
    return [
        Observation(
            Event(
                kind=EventKind[EntryKind(int(each["kind"])).name],
                article=names[each["article"]],
                id=str(each["id"]),
                source=names[each["source"]] if each["source"] >= 0 else None,
                shelf="related" if each["shelf"] else None,
                name=REACTIONS[each["name"]] if each["kind"] == EntryKind.REACTION else None,
            ),
            int(each["time"]),
            int(each["reader"]),
            int(each["visit"]),
            Exclusion.NONE,
            confirmed=bool(each["decision"] & Decision.CONFIRMED),
            network=network[place] if each["kind"] == EntryKind.VIEW else 0,
            agent=int(each["name"]) if each["kind"] == EntryKind.VIEW else UNKNOWN_AGENT,
        )
        for place, each in enumerate(log)
    ]


def served(log: RecordArray | Sequence[Observation], size: int) -> tuple[float, float]:
    """µs an event until all is acknowledged, and of the fold."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=StoreSettings(path=str(Path(folder) / "recirc.db")))
        quiet = msgspec.structs.replace(settings.training, background=False)
        engine = Engine.open(msgspec.structs.replace(settings, training=quiet))
        try:
            engine.intern([f"a-{number}" for number in range(ARTICLES)])
            began, waiting = time.process_time(), deque[Future[Receipt]]()
            for start in range(0, len(log), size):
                part = log[start : start + size]
                waiting.append(engine.append(part) if isinstance(part, np.ndarray) else engine.observe(part))
                if len(waiting) >= IN_FLIGHT:
                    waiting.popleft().result()
            for each in waiting:
                each.result()
            acknowledged = time.process_time()
            engine.catch_up()
            folded = time.process_time()
        finally:
            engine.close()
    return 1e6 * (acknowledged - began) / len(log), 1e6 * (folded - acknowledged) / len(log)


def measure(events: int, runs: int) -> dict[str, dict[str, float]]:
    """Medians by size of append."""
    log = town(events, now_ms())
    imported = log.copy()
    imported["decision"] |= np.uint8(Decision.KEYED)
    known = decided(log, REPEAT_SECONDS)
    figures: dict[str, dict[str, float]] = {}
    for size in SIZES:
        sent = observations(log) if size == SIZES[0] else log
        taken: dict[str, list[float]] = {}

        def note(name: str, value: float, taken: dict[str, list[float]] = taken) -> None:
            taken.setdefault(name, []).append(value)

        for _ in range(runs):
            note("repetitions", alone(imported, size))
            note("deciding", alone(log, size))
            with copying(known):
                _note_served(note, "without", served(sent, size))
            _note_served(note, "with", served(sent, size))
        found = {name: statistics.median(values) for name, values in taken.items()}
        ratios = [now / was for now, was in zip(taken["with"], taken["without"], strict=True)]
        figures[f"appends of {size:,}"] = found | {"ratio": statistics.median(ratios)}
    return figures


def _note_served(note: Callable[[str, float], None], name: str, served: tuple[float, float]) -> None:
    note(f"acknowledged {name}", served[0])
    note(f"folded {name}", served[1])
    note(name, sum(served))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    warm_up(Settings())
    figures = measure(given.events, given.runs)
    if given.json:
        print(json.dumps(figures))
        return
    for size, found in figures.items():
        print(size + ": " + " · ".join(f"{name} {value:.2f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
