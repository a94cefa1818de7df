"""A log with a pattern that the default formula cannot see: where readers go on to depends on where they are from."""

import numpy as np
from numpy.random import Generator

from recirc.demo.readers import COLUMNS, SLOT_SHELF, Behaviour, Population
from recirc.demo.records import page_records
from recirc.demo.simulator import ReaderSimulator, SimulatedVisits, Slots
from recirc.demo.world import World
from recirc.settings import LearningSettings
from recirc.shelves.recommendation import Recommendation
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.vector import DIMENSIONS
from recirc.types import RECORD, Batch, Decision, EntryKind, LongArray, RecordArray

HUBS, REGIONS = 4, 5
ARTICLES = HUBS + HUBS * REGIONS
MINUTE, HOUR = 60_000, 3_600_000
RECOMMENDATION = Recommendation.number
SHOWN = 3
"""Slots of Recommendation that hold an article; the other shelves are empty."""

TASTE = 8.0
"""Taste for the partners of a reader's own region, others being 1. As they also go well with their hub, 84% of readers
open the partner rather than one of the two others beside it.
"""

EAGER = Behaviour(looks=dict.fromkeys(COLUMNS, 1.0), decay=0.0, continues=1.0)
"""Readers who see every slot and open one whenever there is one."""

WORLD = World(
    ids=tuple(f"article-{number}" for number in range(ARTICLES)),
    published=np.zeros(ARTICLES, np.int64),
    section=np.zeros(ARTICLES, np.int32),
    story=np.full(ARTICLES, -1, np.int32),
    topics=np.zeros((ARTICLES, 1), bool),
    words=np.full(ARTICLES, 100.0),
    appeal=np.ones(ARTICLES),
    heat=np.zeros(ARTICLES),
    # Each hub goes well with its own partners.
    likeness=np.equal.outer(np.arange(ARTICLES), (np.arange(ARTICLES) - HUBS) // REGIONS).astype(float),
)


def partner(hub: int, region: int) -> int:
    """The article that readers of a region (1 to REGIONS) open after a hub, most of the time."""
    return HUBS + hub * REGIONS + region - 1


def region_of(key: LongArray) -> LongArray:
    """The region of readers, 1 to REGIONS, by their keys."""
    return 1 + key % REGIONS


def population_of(readers: int) -> Population:
    """Readers who come equally often and like the partners for their own region."""
    keys = np.arange(1, readers + 1)
    taste = np.ones((readers, ARTICLES))
    for hub in range(HUBS):
        for region in range(1, REGIONS + 1):
            taste[region_of(keys) == region, partner(hub, region)] = TASTE
    return Population(taste, keys / readers, np.zeros(readers, np.int32), keys)


def recommended(visits: SimulatedVisits, keys: LongArray, rng: Generator) -> Slots:
    """The partner for each reader's region, and others, in any order; propensities are unknown."""
    own = HUBS + visits.article * REGIONS + region_of(keys[visits.reader]) - 1  # as in `partner`
    # The other articles, each as often, without the partner itself.
    others = HUBS + rng.random((len(own), HUBS * REGIONS)).argsort(axis=1)
    others = others[others != own[:, None]].reshape(len(own), HUBS * REGIONS - 1)[:, : SHOWN - 1]
    shown = rng.permuted(np.column_stack((own, others)), axis=1)
    slots = no_slots(len(own))
    slots.article[:, COLUMNS[Recommendation.name][:SHOWN]] = shown
    return slots


def no_slots(count: int) -> Slots:
    """Empty shelves."""
    shape = (count, len(SLOT_SHELF))
    return Slots(np.full(shape, -1, np.int32), np.zeros(shape))


def log_of(end: int, visits: int, *, hours: float = 60.0, seed: int = 1, readers: int = 300) -> RecordArray:
    """RECORD (n,) in order of time, up to `end` (ms). A visit opens a hub and one of three articles that it sees on
    Recommendation, most often the partner for the reader's region; half of the visits then open another hub and again
    one of three.
    """
    rng = np.random.default_rng(seed)
    simulator = ReaderSimulator(WORLD, population_of(readers), EAGER)
    reader = simulator.population.visitors(visits, rng)
    time = end - rng.integers(2 * MINUTE, round(hours * HOUR), visits)
    hub = rng.integers(HUBS, size=visits).astype(np.int32)
    here = simulator.start(reader, np.arange(1, visits + 1), time, hub, np.zeros(visits, np.int32))
    parts: list[RecordArray] = [np.zeros(0, RECORD)]
    for _ in range(2):
        beside_hub = simulator.view(here, recommended(here, simulator.population.keys, rng), rng)
        parts += page_records(simulator.population, here, beside_hub)[:2]  # views and impressions
        there = simulator.follow(here, beside_hub)
        beside_partner = simulator.view(there, no_slots(len(there.time)), rng)
        parts += page_records(simulator.population, there, beside_partner)[:1]
        here = other_hub(there, there.time + beside_partner.stay, rng)
    records = np.concatenate(parts)
    records = records[records["time"] < end]
    records["region"] = np.where(records["kind"] == EntryKind.VIEW, region_of(records["reader"]), 0)
    records["device"] = 0
    records = records[np.argsort(records["time"], kind="stable")]
    records["id"] = np.arange(1, len(records) + 1)
    records["decision"] = Decision.KEYED  # the newsroom's own log, as an import brings it
    return decided(records, 1800.0)


def other_hub(visits: SimulatedVisits, time: LongArray, rng: Generator) -> SimulatedVisits:
    """Half of the visits, at a hub that no shelf led to, from `time` on."""
    rows = np.flatnonzero(rng.random(len(time)) < 0.5)
    nowhere = np.full(len(rows), -1, np.int32)
    return visits.take(rows)._replace(
        time=time[rows],
        article=rng.integers(HUBS, size=len(rows)).astype(np.int32),
        source=nowhere,
        slot=nowhere,
        read=np.zeros((len(rows), ARTICLES), bool),  # a reader may open the same hub and article again
    )


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
