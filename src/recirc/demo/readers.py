"""Simulated readers: who they are, when they come, what they see of a page, and what they do next.

Everything here is a pure function of its arguments; randomness is a numpy Generator and time a number. `past`
asks for thousands of readers at once, `live` for one.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.random import Generator

from recirc.demo.world import World
from recirc.shelves.ranking import Ranking
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.related import Related
from recirc.types import SHELF_NUMBERS, BoolArray, FloatArray, IntArray, LongArray

SLOTS = {Related.name: 10, Ranking.name: 8, Recommendation.name: 8}
"""Number of slots of each shelf that a simulated reader may look at, as in settings.ShelfSettings."""

LOOKS = {Related.name: 0.75, Ranking.name: 0.6, Recommendation.name: 0.5}
"""Share of readers who look at a shelf's first slot."""

FALLING = 0.9
"""The slot at place p (from 1) is seen by p^-FALLING of those who saw the first."""

SLOT_NAME = tuple(name for name, n in SLOTS.items() for _ in range(n))
SLOT_SHELF = np.concatenate([np.full(n, SHELF_NUMBERS[name], np.int32) for name, n in SLOTS.items()])
SLOT_PLACE = np.concatenate([np.arange(n, dtype=np.int32) for n in SLOTS.values()])
"""Name and number of the shelf, and position, of each column of a page's slots: (slots,), the latter two int32."""

COLUMNS = {name: np.flatnonzero(np.equal(SLOT_SHELF, SHELF_NUMBERS[name])) for name in SLOTS}
"""The columns of each shelf, the first slot first."""

GOES_ON = 0.62
"""Chance that a reader who has seen something on a page opens it: visits have a geometric number of pages."""

HOURS = np.array(
    [0.25, 0.12, 0.08, 0.06, 0.1, 0.3, 0.8, 1.5, 1.7, 1.3, 1.1, 1.15,
     1.5, 1.35, 1.05, 1.0, 1.1, 1.35, 1.5, 1.55, 1.6, 1.45, 1.0, 0.55]
)  # fmt: skip
"""Readers by local hour of day, 1 being usual: a peak at breakfast, one at noon, and the evening."""

AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
    "Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
    "Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
)
"""What readers' browsers call themselves: the first two are telephones."""

PHONES = 2
ROBOTS = (
    "TidewaterBot/2.1 (+https://tidewater.invalid/bot)",
    "Mozilla/5.0 (compatible; GannetCrawler/1.0)",
    "",
)
"""Two declared bots, and something that does not say what it is."""

ROBOT_SHARE = 0.02
"""Visits by ROBOTS."""

FRONT, SEARCH, SOCIAL = 1, 2, 3
"""Where a visit came from: the codes in `Event.referrer`."""

ARRIVES = (0.55, 0.2, 0.25)
"""Share of visits from each of them."""


class Population(NamedTuple):
    """The readers, r of them.

    Attributes:
        taste: float64 (r, n_articles), about 1: how much each cares for each article, whatever its age.
        activity: float64 (r,), rising to 1: the cumulated share of all visits. A few readers come several
            times a day, most now and then.
        agent: int32 (r,), place in AGENTS.
        keys: int64 (r,), positive.
    """

    taste: FloatArray
    activity: FloatArray
    agent: IntArray
    keys: LongArray

    @classmethod
    def drawn(cls, world: World, size: int, rng: Generator) -> Self:
        """Readers with interests of their own: a mix of sections, a running story or two, three topics."""
        sections, stories = int(world.section.max()) + 1, int(world.story.max()) + 1
        interest = rng.dirichlet(np.full(sections, 0.8), size) * sections
        follows = rng.random((size, max(stories, 1))) < 1.5 / max(stories, 1)
        weight = world.topics.sum(axis=0) / world.topics.sum()
        loved = rng.random((size, len(weight))) < np.minimum(1.0, 3 * weight)
        in_story = np.where(world.story >= 0, follows[:, np.maximum(world.story, 0)], False)
        on_topic = loved.astype(np.float32) @ world.topics.T.astype(np.float32) > 0
        taste = (0.15 + interest[:, world.section]) * (1 + 3 * in_story) * (1 + 1.5 * on_topic)
        activity = np.minimum(rng.pareto(1.3, size) + 0.1, 60.0)
        return cls(
            taste=np.asarray(taste),
            activity=np.cumsum(activity) / activity.sum(),
            agent=rng.choice(len(AGENTS), size, p=(0.35, 0.3, 0.25, 0.1)).astype(np.int32),
            keys=rng.integers(1, 2**63 - 1, size),
        )

    def come(self, count: int, rng: Generator) -> IntArray:
        """Who comes, int32 (count,)."""
        return np.searchsorted(self.activity, rng.random(count)).astype(np.int32)


def rate(time: LongArray, offset: int) -> FloatArray:
    """Readers at each moment (ms), against the usual number; float64 (m,).

    `offset` is local time less UTC, in ms.

    >>> rate(np.array([8 * 3_600_000, 3 * 3_600_000]), 0).tolist()
    [1.7, 0.06]
    """
    hour = (time + offset) / 3_600_000 % 24
    return np.asarray(np.interp(hour, np.arange(25), np.append(HOURS, HOURS[0])))


def landing(
    world: World, population: Population, reader: IntArray, time: LongArray, rng: Generator
) -> tuple[IntArray, IntArray]:
    """The first article of each visit and where it came from, two int32 (m,).

    From the front page by what stands high there and by taste; from search and social media by what is hot.
    """
    pull = world.pull(time)
    referrer = rng.choice((FRONT, SEARCH, SOCIAL), len(reader), p=ARRIVES).astype(np.int32)
    rank = np.argsort(np.argsort(-pull, axis=1), axis=1)
    by_front = population.taste[reader] * (pull > 0) / (rank + 1.0) ** FALLING
    by_heat = pull**1.5
    weights = np.where((referrer == FRONT)[:, None], by_front, by_heat)
    return drawn(weights, rng), referrer


def examined(shown: IntArray, rng: Generator) -> BoolArray:
    """Which slots are seen, bool (m, slots), of those that hold something (int32 (m, slots), -1: empty).

    A reader goes down each shelf and stops somewhere: who saw a slot has seen those above it.
    """
    seen = np.zeros(shown.shape, bool)
    for kind, columns in COLUMNS.items():
        depth = rng.random((len(shown), 1))
        seen[:, columns] = depth < LOOKS[kind] / (SLOT_PLACE[columns] + 1.0) ** FALLING
    return np.asarray(seen & (shown >= 0))


def attraction(
    world: World,
    population: Population,
    reader: IntArray,
    article: IntArray,
    time: LongArray,
    shown: IntArray,
) -> FloatArray:
    """How much each slot draws each of m readers, float64 (m, slots): by taste, by freshness, and by how well it goes
    with the article that they have just read. `shown` is int32 (m, slots).
    """
    rows = np.arange(len(reader))[:, None]
    weights = population.taste[reader][rows, shown] * (0.3 + np.sqrt(world.pull(time)[rows, shown]))
    weights *= 1 + 3 * world.likeness[article][rows, shown]
    return np.asarray(weights)


def chosen(
    world: World,
    population: Population,
    reader: IntArray,
    article: IntArray,
    time: LongArray,
    shown: IntArray,
    seen: BoolArray,
    read: BoolArray,
    rng: Generator,
) -> IntArray:
    """The slot that each of m readers opens, int32 (m,); -1 for those who leave.

    Of the slots seen, each in proportion to its attraction, except those `read` (bool (m, n_articles)) in this
    visit. `shown` and `seen` are (m, slots).
    """
    rows = np.arange(len(reader))[:, None]
    weights = attraction(world, population, reader, article, time, shown)
    weights = np.where(seen & ~read[rows, shown], weights, 0.0)
    stays = (rng.random(len(reader)) < GOES_ON) & (weights.sum(axis=1) > 0)
    return np.where(stays, drawn(np.where(stays[:, None], weights, 1.0), rng), -1).astype(np.int32)


class ReadingBehaviour(NamedTuple):
    """How each of m readers read.

    Attributes:
        seconds, scroll: float64 (m,), engaged time, and how far down, 0 to 1.
        told, reacts, shares: bool (m,), whether the reading was told, a reaction given, the article shared.
    """

    seconds: FloatArray
    scroll: FloatArray
    told: BoolArray
    reacts: BoolArray
    shares: BoolArray


def reading(
    world: World, population: Population, reader: IntArray, article: IntArray, rng: Generator
) -> ReadingBehaviour:
    """Four words a second; who cares more reads further. One in seven leaves too soon to be told."""
    liking = np.minimum(population.taste[reader, article] / 4, 1.0)
    scroll = rng.beta(1.3 + 2 * liking, 1.2)
    told = rng.random(len(reader)) > 1 / 7
    return ReadingBehaviour(
        seconds=np.clip(scroll * world.words[article] / 4 * rng.lognormal(0.0, 0.3, len(reader)), 2.0, 600.0),
        scroll=scroll,
        told=told,
        reacts=told & (rng.random(len(reader)) < 0.05 * scroll**2),
        shares=told & (rng.random(len(reader)) < 0.02 * scroll**2),
    )


def drawn(weights: FloatArray, rng: Generator) -> IntArray:
    """One column of each row of `weights` (m, n), in proportion; int32 (m,)."""
    edges = np.cumsum(weights, axis=1)
    point = rng.random((len(weights), 1)) * edges[:, -1:]
    return np.asarray(np.minimum((edges <= point).sum(axis=1), weights.shape[1] - 1), np.int32)
