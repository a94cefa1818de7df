"""A log with a pattern that the default formula cannot see: where readers go on to depends on where they are from."""

import numpy as np

from recirc.settings import LearningSettings
from recirc.shelves.recommendation import Recommendation
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS
from recirc.types import NO_POSITION, RECORD, Batch, EntryKind, RecordArray

HUBS, REGIONS = 4, 5
ARTICLES = HUBS + HUBS * REGIONS
MINUTE, HOUR = 60_000, 3_600_000
FAITHFUL = 0.8
RECOMMENDATION = Recommendation.number


def partner(hub: int, region: int) -> int:
    """What readers of a region (1 to REGIONS) go on to from a hub, most of the time."""
    return HUBS + hub * REGIONS + region - 1


def log_of(end: int, visits: int, *, hours: float = 60.0, seed: int = 1, readers: int = 300) -> RecordArray:
    """RECORD (n,) in order of time, up to `end` (ms). A visit opens a hub and one of the articles that readers go on to
    from there, some another hub and again one; what it goes on to was seen on Recommendation, with two others.
    """
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, ...]] = []  # time, kind, article, reader, visit, source, shelf, position, region
    for visit in range(1, visits + 1):
        reader = int(rng.integers(1, readers + 1))
        region, time = 1 + reader % REGIONS, end - int(rng.integers(2 * MINUTE, round(hours * HOUR)))
        for _ in range(int(rng.integers(1, 3))):
            hub = int(rng.integers(HUBS))
            following = partner(hub, region if rng.random() < FAITHFUL else int(rng.integers(1, REGIONS + 1)))
            rows.append((time, EntryKind.VIEW, hub, reader, visit, -1, 0, NO_POSITION, region))
            others = HUBS + rng.choice(HUBS * REGIONS, 2, replace=False)
            slot = int(rng.integers(0, 3))
            seen = np.insert(others, slot, following).tolist()
            for position, article in enumerate(seen):
                rows.append(
                    (
                        time + 1000,
                        EntryKind.IMPRESSION,
                        article,
                        reader,
                        visit,
                        hub,
                        RECOMMENDATION,
                        position,
                        0,
                    )
                )
            time += int(rng.integers(10_000, MINUTE))
            rows.append((time, EntryKind.VIEW, following, reader, visit, hub, RECOMMENDATION, slot, region))
            time += 10_000
    records = np.zeros(len(rows), RECORD)
    names = ("time", "kind", "article", "reader", "visit", "source", "shelf", "position", "region")
    for column, name in enumerate(names):
        records[name] = [row[column] for row in rows]
    records = records[np.argsort(records["time"], kind="stable")]
    records["id"] = np.arange(1, len(records) + 1)
    return records


class MemoryLog:
    """A log in memory, read in parts of odd sizes, with a state to begin from."""

    def __init__(self, records: RecordArray, learning: LearningSettings) -> None:
        self.all = records
        self._learning = learning
        self.kept: State | None = None
        self.read_from: list[int] = []

    def end(self) -> int:
        return len(self.all)

    def read(self, after: int, limit: int) -> Batch:
        self.read_from.append(after)
        return self.records(after, min(limit, 777))

    def records(self, after: int, limit: int) -> Batch:
        return Batch(after + 1, self.all[after : after + limit].copy(), {})

    def empty(self) -> State:
        return State(self._learning, DIMENSIONS)

    def start(self) -> State:
        state = self.empty()
        if self.kept is not None:
            state.load(self.kept.save())
        return state

    def save_start(self, state: State) -> None:
        self.kept = self.empty()
        self.kept.load(state.save())
