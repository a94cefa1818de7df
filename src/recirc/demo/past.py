"""The two weeks before now: a log that looks as if the simulated readers had been there all along.

All visits take their steps together, as columns of arrays. The shelves that these readers saw are not asked
of the engine, which would mean thousands of moments. They are made from what the simulation itself knows: how
well articles go together (`World.likeness`) and how much each is read (`World.pull`). The engine finds both
out by itself, from texts and readers.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from recirc.demo.readers import (
    COLUMNS,
    PHONES,
    ROBOT_SHARE,
    ROBOTS,
    SLOT_PLACE,
    SLOT_SHELF,
    SLOTS,
    Population,
    ReadingBehaviour,
    chosen,
    drawn,
    examined,
    landing,
    rate,
    reading,
)
from recirc.demo.world import World
from recirc.engine import Engine
from recirc.engine.observations import NO_NAME, with_ids
from recirc.reading.bots import exclusion
from recirc.shelves.ranking import Ranking
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.related import Related
from recirc.types import (
    NO_POSITION,
    REACTIONS,
    RECORD,
    BoolArray,
    EntryKind,
    IntArray,
    LongArray,
    RecordArray,
)

MINUTE = 60_000
VISITS = 7_000
"""Visits in two weeks."""

DOUBLING = 6 * 24 * 60
"""The number of readers doubles in so many minutes: the paper is doing well."""

LAST_HOUR = 4.0
"""At least so many visits a minute in the last hour: at four in the morning too, something is to be seen."""

PAGES = 15
"""Nobody opens more pages in one visit."""

ROBOT_PAGES = 4
CHUNK = 10_000
"""Events of one append."""

WELL_TOLD = REACTIONS.index("well-told")
ROBOT_CODES = tuple(int(exclusion(agent)) for agent in ROBOTS)


class VisitSteps(NamedTuple):
    """Where m visits are: who, in which visit, since when, on which article, and how they came there.

    Attributes:
        reader: int32 (m,); visit: int64 (m,), positive; time: int64 (m,), ms; article: int32 (m,).
        source: int32 (m,), the article before, -1: none.
        slot: int32 (m,), the slot that was opened there, -1: none.
        referrer: int32 (m,).
        read: bool (m, n_articles), opened in this visit.
    """

    reader: IntArray
    visit: LongArray
    time: LongArray
    article: IntArray
    source: IntArray
    slot: IntArray
    referrer: IntArray
    read: BoolArray

    def of(self, which: LongArray) -> "VisitSteps":
        """Some of the visits."""
        return VisitSteps(
            self.reader[which], self.visit[which], self.time[which], self.article[which], self.source[which],
            self.slot[which], self.referrer[which], self.read[which],
        )  # fmt: skip


def past(
    engine: Engine,
    world: World,
    population: Population,
    now: int,
    offset: int,
    rng: Generator,
    visits: int = VISITS,
) -> int:
    """Fill the engine's log with the readers until `now` (ms) and fold them; returns how many events that is.

    `offset` is local time less UTC, in ms.

    Raises:
        StoreError: the log cannot be kept.
    """
    records = events(world, population, engine.intern(world.ids), now, offset, rng, visits)
    for future in [engine.append(records[start : start + CHUNK]) for start in range(0, len(records), CHUNK)]:
        future.result()
        engine.catch_up()
    return len(records)


def events(
    world: World,
    population: Population,
    index: IntArray,
    now: int,
    offset: int,
    rng: Generator,
    visits: int = VISITS,
) -> RecordArray:
    """The events, RECORD (n,), in order of time.

    `index` (int32 (n_articles,)) is what the engine calls each article.
    """
    time = arrivals(int(np.sort(world.published)[4]), now, offset, visits, rng)
    by_robots = rng.random(len(time)) < ROBOT_SHARE
    parts = [*_visits(world, population, time[~by_robots], rng), _robots(world, time[by_robots], rng)]
    records = np.concatenate(parts)
    records = records[records["time"] < now]
    source = records["source"]
    records["source"] = np.where(source >= 0, index[source], -1)
    records["article"] = index[records["article"]]
    return with_ids(records)


def arrivals(first: int, now: int, offset: int, visits: int, rng: Generator) -> LongArray:
    """When visits begin, int64 (about `visits`,), ms, rising: by the hour of the day, and more each week."""
    minutes = np.arange(first, now, MINUTE)
    expected = rate(minutes, offset) * 2.0 ** ((minutes - now) / MINUTE / DOUBLING)
    expected *= visits / expected.sum()
    expected[-60:] = np.maximum(expected[-60:], LAST_HOUR)
    begun = np.repeat(minutes, rng.poisson(expected))
    return np.sort(begun + rng.integers(0, MINUTE, len(begun)))


def _visits(world: World, population: Population, time: LongArray, rng: Generator) -> Iterator[RecordArray]:
    reader = population.come(len(time), rng)
    article, referrer = landing(world, population, reader, time, rng)
    nowhere = np.full(len(time), -1, np.int32)
    visit = rng.integers(1, 2**63 - 1, len(time))
    read = np.zeros((len(time), len(world.ids)), bool)
    step = VisitSteps(reader, visit, time, article, nowhere, nowhere, referrer, read)
    for _ in range(PAGES):
        if not len(step.time):
            return
        step.read[np.arange(len(step.time)), step.article] = True
        shown = shelves(world, population, step)
        seen = examined(shown, rng)
        how = reading(world, population, step.reader, step.article, rng)
        yield from _page(population, step, shown, seen, how, rng)
        slot = chosen(world, population, step.reader, step.article, step.time, shown, seen, step.read, rng)
        going = np.flatnonzero(slot >= 0)
        stayed = ((how.seconds + rng.exponential(6.0, len(slot))) * 1000).astype(np.int64)
        step = step._replace(
            time=step.time + stayed,
            source=step.article,
            article=shown[np.arange(len(slot)), slot],
            slot=slot,
        ).of(going)


def shelves(world: World, population: Population, step: VisitSteps) -> IntArray:
    """What stands beside each reader's article, int32 (m, slots), columns as in SLOT_SHELF; -1: empty."""
    pull = world.pull(step.time)
    likeness = world.likeness[step.article]
    free = pull > 0
    free[np.arange(len(free)), step.article] = False
    wanted = {
        Ranking.name: pull,
        Related.name: np.where(likeness > 0.2, likeness, 0.0),
        Recommendation.name: (0.2 + likeness) * np.sqrt(pull * population.taste[step.reader]),
    }
    shown = np.full((len(free), len(SLOT_SHELF)), -1, np.int32)
    for kind, score in wanted.items():
        score = np.where(free, score, 0.0)
        best = np.argsort(-score, axis=1, kind="stable")[:, : SLOTS[kind]]
        filled = np.take_along_axis(score, best, axis=1) > 0
        shown[:, COLUMNS[kind]] = np.where(filled, best, -1)
        row, column = np.nonzero(filled)
        free[row, best[row, column]] = False
    return shown


def _page(
    population: Population,
    step: VisitSteps,
    shown: IntArray,
    seen: BoolArray,
    how: ReadingBehaviour,
    rng: Generator,
) -> Iterator[RecordArray]:
    """What is told of one page of each visit."""
    views = _records(population, step, EntryKind.VIEW, step.article, step.time)
    views["source"] = step.source
    views["referrer"] = np.where(step.source < 0, step.referrer, 0)
    from_shelf = step.slot >= 0
    views["shelf"] = np.where(from_shelf, SLOT_SHELF[step.slot], 0)
    views["position"] = np.where(from_shelf, SLOT_PLACE[step.slot], NO_POSITION)
    views["value"] = from_shelf  # their propensity: nothing on these shelves is left to chance
    yield views
    row, slot = np.nonzero(seen)
    later = (rng.exponential(8.0, len(row)) * 1000).astype(np.int64) + 1000
    impressions = _records(
        population, step.of(row), EntryKind.IMPRESSION, shown[row, slot], step.time[row] + later
    )
    impressions["source"] = step.article[row]
    impressions["shelf"], impressions["position"] = SLOT_SHELF[slot], SLOT_PLACE[slot]
    impressions["value"] = 1.0
    yield impressions
    end = step.time + (how.seconds * 1000).astype(np.int64)
    for kind, which in (
        (EntryKind.READ, how.told),
        (EntryKind.REACTION, how.reacts),
        (EntryKind.SHARE, how.shares),
    ):
        rows = np.flatnonzero(which)
        records = _records(population, step.of(rows), kind, step.article[rows], end[rows])
        if kind is EntryKind.READ:
            records["value"], records["scroll"] = how.seconds[rows], how.scroll[rows]
        if kind is EntryKind.REACTION:
            records["name"] = WELL_TOLD
        yield records


def _records(
    population: Population, step: VisitSteps, kind: EntryKind, article: IntArray, time: LongArray
) -> RecordArray:
    records = _empty(kind, article, time)
    records["reader"], records["visit"] = population.keys[step.reader], step.visit
    records["device"] = np.where(population.agent[step.reader] < PHONES, 1, 2)
    return records


def _empty(kind: EntryKind, article: IntArray, time: LongArray) -> RecordArray:
    records = np.zeros(len(time), RECORD)
    records["kind"], records["article"], records["time"] = kind, article, time
    records["source"], records["position"], records["name"] = -1, NO_POSITION, NO_NAME
    return records


def _robots(world: World, time: LongArray, rng: Generator) -> RecordArray:
    """Crawlers open articles at random, a few seconds apart, and look at nothing."""
    visit = np.repeat(np.arange(len(time)), rng.geometric(1 / ROBOT_PAGES, len(time)))
    when = np.sort(time[visit] + rng.integers(0, 60_000, len(visit)))
    weights = (world.pull(when) > 0).astype(float)
    robot = rng.integers(0, len(ROBOTS), len(time))[visit]
    records = _empty(EntryKind.VIEW, drawn(weights, rng), when)
    records["excluded"] = np.array(ROBOT_CODES)[robot]
    records["reader"] = rng.integers(1, 2**63 - 1, len(ROBOTS))[robot]
    return records
