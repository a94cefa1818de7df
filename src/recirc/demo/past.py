"""The two weeks before now: a log as if the simulated readers had been there all along.

All visits take their steps together, as columns of arrays. Asking the engine for their shelves would mean thousands of
moments, so the shelves are made from what the simulation itself knows: how well articles go together
(`World.likeness`) and how much each is read (`World.pull`). The engine learns both by itself, from texts and readers.
"""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from recirc.demo.readers import (
    COLUMNS,
    ROBOT_PAGES,
    ROBOT_SHARE,
    ROBOTS,
    SLOT_SHELF,
    SLOTS,
    Population,
    land,
    sample_columns,
    traffic,
)
from recirc.demo.records import blank_records, page_records, with_engine_indices
from recirc.demo.simulator import ReaderSimulator, SimulatedVisits, Slots
from recirc.demo.world import World
from recirc.engine import Engine
from recirc.engine.observations import with_ids
from recirc.reading.bots import exclusion
from recirc.shelves.ranking import Ranking
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.related import Related
from recirc.types import Decision, EntryKind, IntArray, LongArray, RecordArray

MINUTE = 60_000
VISITS = 7_000
"""Visits in two weeks."""

DOUBLING = 6 * 24 * 60
"""Minutes in which the number of readers doubles: the paper is doing well."""

LAST_HOUR = 4.0
"""Visits a minute in the last hour, at least: there is something to see at four in the morning too."""

PAGES = 15
"""Pages of one visit, at most."""

CHUNK = 10_000
"""Events of one append."""

ROBOT_CODES = tuple(int(exclusion(agent)) for agent in ROBOTS)


def fill_past(
    engine: Engine,
    world: World,
    population: Population,
    now: int,
    offset: int,
    rng: Generator,
    visits: int = VISITS,
) -> int:
    """Append the events of readers until `now` (ms) to the engine's log and fold them; returns their number.

    `offset` is local time less UTC, in ms.

    Raises:
        StoreError: the log cannot be written.
    """
    records = past_events(world, population, engine.intern(world.ids), now, offset, rng, visits)
    for future in [engine.append(records[start : start + CHUNK]) for start in range(0, len(records), CHUNK)]:
        future.result()
        engine.catch_up()
    return len(records)


def past_events(
    world: World,
    population: Population,
    index: IntArray,
    now: int,
    offset: int,
    rng: Generator,
    visits: int = VISITS,
) -> RecordArray:
    """The events, RECORD (n,), in order of time.

    `index` (int32 (n_articles,)) are the engine's indices of the world's articles.
    """
    time = arrivals(int(np.sort(world.published)[4]), now, offset, visits, rng)
    by_robots = rng.random(len(time)) < ROBOT_SHARE
    parts = [*_visits(world, population, time[~by_robots], rng), _robots(world, time[by_robots], rng)]
    records = np.concatenate(parts)
    records["decision"] = Decision.KEYED  # the newspaper's own log, as an import brings it
    return with_ids(with_engine_indices(records[records["time"] < now], index))


def arrivals(first: int, now: int, offset: int, visits: int, rng: Generator) -> LongArray:
    """When visits begin, int64 (about `visits`,), ms, rising: by the hour of the day, and more each week."""
    minutes = np.arange(first, now, MINUTE)
    expected = traffic(minutes, offset) * 2.0 ** ((minutes - now) / MINUTE / DOUBLING)
    expected *= visits / expected.sum()
    expected[-60:] = np.maximum(expected[-60:], LAST_HOUR)
    starts = np.repeat(minutes, rng.poisson(expected))
    return np.sort(starts + rng.integers(0, MINUTE, len(starts)))


def model_slots(world: World, population: Population, visits: SimulatedVisits) -> Slots:
    """The shelves beside each reader's article, made from the simulation's own knowledge."""
    pull = world.pull(visits.time)
    likeness = world.likeness[visits.article]
    free = pull > 0
    free[np.arange(len(free)), visits.article] = False
    scores = {
        Ranking.name: pull,
        Related.name: np.where(likeness > 0.2, likeness, 0.0),
        Recommendation.name: (0.2 + likeness) * np.sqrt(pull * population.taste[visits.reader]),
    }
    shown = np.full((len(free), len(SLOT_SHELF)), -1, np.int32)
    for name, score in scores.items():
        score = np.where(free, score, 0.0)
        best = np.argsort(-score, axis=1, kind="stable")[:, : SLOTS[name]]
        filled = np.take_along_axis(score, best, axis=1) > 0
        shown[:, COLUMNS[name]] = np.where(filled, best, -1)
        row, column = np.nonzero(filled)
        free[row, best[row, column]] = False
    return Slots(shown, np.ones(shown.shape))


def _visits(world: World, population: Population, time: LongArray, rng: Generator) -> Iterator[RecordArray]:
    simulator = ReaderSimulator(world, population)
    reader = population.visitors(len(time), rng)
    article, referrer = land(world, population, reader, time, rng)
    visits = simulator.start(reader, rng.integers(1, 2**63 - 1, len(time)), time, article, referrer)
    for _ in range(PAGES):
        if not len(visits.time):
            return
        page = simulator.view(visits, model_slots(world, population, visits), rng)
        yield from page_records(population, visits, page)
        visits = simulator.follow(visits, page)


def _robots(world: World, time: LongArray, rng: Generator) -> RecordArray:
    """Crawlers open articles at random, a few seconds apart, and see no shelves."""
    visit = np.repeat(np.arange(len(time)), rng.geometric(1 / ROBOT_PAGES, len(time)))
    when = np.sort(time[visit] + rng.integers(0, 60_000, len(visit)))
    weights = (world.pull(when) > 0).astype(float)
    robot = rng.integers(0, len(ROBOTS), len(time))[visit]
    records = blank_records(EntryKind.VIEW, sample_columns(weights, rng), when)
    records["excluded"] = np.array(ROBOT_CODES)[robot]
    records["reader"] = rng.integers(1, 2**63 - 1, len(ROBOTS))[robot]
    return records
