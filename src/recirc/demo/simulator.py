"""The simulator of readers: visits from page to page, for whatever shelves they are shown.

`past.py` takes thousands of visits a step at once and `live.py` one. The shelves come from the world itself, from a
server, or from an engine (`benchmarks/exploration_town.py`).
"""

import heapq
import itertools
from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.random import Generator

from recirc.demo.readers import (
    COLUMNS,
    SLOT_SHELF,
    Behaviour,
    Engagement,
    Population,
    attraction,
    engage,
    examine,
    sample_columns,
)
from recirc.demo.world import World
from recirc.types import BoolArray, FloatArray, IntArray, LongArray, Slate

T = TypeVar("T")


class SimulatedVisits(NamedTuple):
    """m visits, each at one page.

    Attributes:
        reader: int32 (m,); visit: int64 (m,), positive; time: int64 (m,), ms; article: int32 (m,).
        referrer: int32 (m,), of the first page.
        source: int32 (m,), the article before, -1: none.
        slot: int32 (m,), the slot that was opened there, -1: none.
        propensity: float64 (m,), of that slot; 0: none.
        read: bool (m, n_articles), opened in this visit.
    """

    reader: IntArray
    visit: LongArray
    time: LongArray
    article: IntArray
    referrer: IntArray
    source: IntArray
    slot: IntArray
    propensity: FloatArray
    read: BoolArray

    def take(self, rows: LongArray) -> "SimulatedVisits":
        """Some of the visits."""
        return SimulatedVisits(
            self.reader[rows], self.visit[rows], self.time[rows], self.article[rows], self.referrer[rows],
            self.source[rows], self.slot[rows], self.propensity[rows], self.read[rows],
        )  # fmt: skip


class Slots(NamedTuple):
    """What m readers are shown.

    Attributes:
        article: int32 (m, slots), columns as in SLOT_SHELF; -1: empty, or not an article of the world.
        propensity: float64 (m, slots).
        serve_ids: of each shelf, by its name; empty without a slate.
    """

    article: IntArray
    propensity: FloatArray
    serve_ids: Mapping[str, str] = {}

    @classmethod
    def of_slate(cls, slate: Slate | None, places: Mapping[str, int]) -> "Slots":
        """The slots of a slate for one reader; `places` are the world's articles by id."""
        shown = np.full((1, len(SLOT_SHELF)), -1, np.int32)
        propensity = np.ones(shown.shape)
        shelves = slate.shelves if slate else {}
        for name, columns in COLUMNS.items():
            items = shelves[name].items if name in shelves else ()
            for item, column in zip(items, columns, strict=False):
                shown[0, column] = places.get(item.article, -1)
                propensity[0, column] = item.propensity
        return cls(shown, propensity, {name: shelf.serve_id for name, shelf in shelves.items()})


class PageView(NamedTuple):
    """What m readers do on a page.

    Attributes:
        slots: what they are shown.
        looks: bool (m, slots), the slots that they look at, empty ones too; seen: those that hold an article.
        weights: float64 (m, slots), attraction of the slots that they may open.
        engagement: how they read.
        delay: int64 (m, slots), ms from opening the page to seeing a slot.
        stay: int64 (m,), ms on the page.
        opens: int32 (m,), the slot that they open next; -1: they leave.
    """

    slots: Slots
    looks: BoolArray
    seen: BoolArray
    weights: FloatArray
    engagement: Engagement
    delay: LongArray
    stay: LongArray
    opens: IntArray


class ReaderSimulator:
    """The readers of one world, with one behaviour."""

    def __init__(self, world: World, population: Population, behaviour: Behaviour | None = None) -> None:
        self.world = world
        self.population = population
        self._behaviour = behaviour or Behaviour()

    def start(
        self, reader: IntArray, visit: LongArray, time: LongArray, article: IntArray, referrer: IntArray
    ) -> SimulatedVisits:
        """Visits at their first page; arguments as in `SimulatedVisits`."""
        nowhere = np.full(len(reader), -1, np.int32)
        read = np.zeros((len(reader), len(self.world.ids)), bool)
        propensity = np.zeros(len(reader))
        return SimulatedVisits(reader, visit, time, article, referrer, nowhere, nowhere, propensity, read)

    def view(self, visits: SimulatedVisits, slots: Slots, rng: Generator) -> PageView:
        """What readers do on the pages of `visits`, which from now on count as read."""
        visits.read[np.arange(len(visits.article)), visits.article] = True
        looks = examine(len(visits.article), self._behaviour, rng)
        seen = looks & (slots.article >= 0)
        engagement = engage(self.world, self.population, visits.reader, visits.article, rng)
        delay = np.zeros(seen.shape, np.int64)
        delay[seen] = (rng.exponential(8.0, int(seen.sum())) * 1000).astype(np.int64) + 1000
        weights = self.weights(visits, slots.article, looks)
        opens = self.choose(weights, rng)
        stay = ((engagement.seconds + rng.exponential(6.0, len(opens))) * 1000).astype(np.int64)
        return PageView(slots, looks, seen, weights, engagement, delay, stay, opens)

    def weights(self, visits: SimulatedVisits, shown: IntArray, looks: BoolArray) -> FloatArray:
        """Attraction of each slot, float64 (m, slots); 0 for slots that are empty, not seen, or hold an article
        read in this visit. `shown` is int32 (m, slots).
        """
        rows = np.arange(len(shown))[:, None]
        taste = self.population.taste[visits.reader][rows, shown]
        pull = self.world.pull(visits.time)[rows, shown]
        weights = attraction(taste, pull, self.world.likeness[visits.article][rows, shown])
        return np.where(looks & (shown >= 0) & ~visits.read[rows, shown], weights, 0.0)

    def open_chance(self, weights: FloatArray) -> FloatArray:
        """Probability that a reader opens any of the slots, float64 (m,); `weights` is (m, slots)."""
        total = weights.sum(axis=1)
        if self._behaviour.leaving is None:
            return np.where(total > 0, self._behaviour.continues, 0.0)
        return np.asarray(total / np.maximum(self._behaviour.leaving + total, 1e-300))

    def choose(self, weights: FloatArray, rng: Generator) -> IntArray:
        """The slot that each reader opens, int32 (m,), in proportion to `weights` (m, slots); -1: none."""
        opens = rng.random(len(weights)) < self.open_chance(weights)
        which = sample_columns(np.where(opens[:, None], weights, 1.0), rng)
        return np.where(opens, which, -1).astype(np.int32)

    def follow(self, visits: SimulatedVisits, page: PageView) -> SimulatedVisits:
        """The visits that go on, at their next page."""
        rows = np.flatnonzero(page.opens >= 0)
        slot = page.opens[rows]
        return visits.take(rows)._replace(
            time=(visits.time + page.stay)[rows],
            source=visits.article[rows],
            article=page.slots.article[rows, slot],
            slot=slot,
            propensity=page.slots.propensity[rows, slot],
        )


class VisitQueue(Generic[T]):
    """Visits in order of the time at which each is due; at the same time, the first in comes out first."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._heap)

    def due(self) -> float:
        """When the first visit is due; inf: none is waiting."""
        return self._heap[0][0] if self._heap else float("inf")

    def push(self, due: float, visit: T) -> None:
        """Add a visit."""
        heapq.heappush(self._heap, (due, next(self._numbers), visit))

    def pop(self) -> T:
        """Remove and return the first visit."""
        return heapq.heappop(self._heap)[2]
