"""What the tests of the demo share: a moment, the paper as of then, its world, its readers, two weeks."""

from datetime import UTC, datetime
from functools import cache

import numpy as np

from recirc.demo.paper import PaperArticle, pieces
from recirc.demo.past import past_events
from recirc.demo.readers import Population
from recirc.demo.world import World, world_of
from recirc.types import RecordArray

NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
NOW = round(NOON.timestamp() * 1000)
HOUR = 3_600_000


@cache
def written() -> tuple[PaperArticle, ...]:
    return pieces(NOON)


@cache
def town(seed: int = 1) -> tuple[World, Population]:
    rng = np.random.default_rng(seed)
    world = world_of(written(), rng)
    return world, Population.sample(world, 3000, rng)


@cache
def two_weeks(seed: int = 1) -> RecordArray:
    """The log until noon; articles are called by their place in the world."""
    world, population = town()
    index = np.arange(len(world.ids), dtype=np.int32)
    return past_events(world, population, index, NOW, 0, np.random.default_rng(seed))
