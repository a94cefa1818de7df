"""Simulated readers: who they are, when they come, what they see of a page, and what they open next.

Pure functions of many readers at once; randomness is a numpy Generator and time a number. `simulator.py` combines them
to visits.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

import numpy as np
from numpy.random import Generator

from recirc.demo.world import World
from recirc.shelves.ranking import Ranking
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.related import Related
from recirc.types import SHELF_NUMBERS, BoolArray, FloatArray, IntArray, LongArray

SLOTS = {Related.name: 10, Ranking.name: 8, Recommendation.name: 8}
"""Number of slots of each shelf that a reader may look at, as in settings.ShelfSettings."""

SLOT_NAME = tuple(name for name, n in SLOTS.items() for _ in range(n))
SLOT_SHELF = np.concatenate([np.full(n, SHELF_NUMBERS[name], np.int32) for name, n in SLOTS.items()])
SLOT_PLACE = np.concatenate([np.arange(n, dtype=np.int32) for n in SLOTS.values()])
"""Name and number of the shelf, and position, of each column of a page's slots: (slots,), the latter two int32."""

COLUMNS = {name: np.flatnonzero(np.equal(SLOT_SHELF, SHELF_NUMBERS[name])) for name in SLOTS}
"""The columns of each shelf, the first slot first."""

LOOKS = {Related.name: 0.75, Ranking.name: 0.6, Recommendation.name: 0.5}
POSITION_DECAY = 0.9

HOURS = np.array(
    [0.25, 0.12, 0.08, 0.06, 0.1, 0.3, 0.8, 1.5, 1.7, 1.3, 1.1, 1.15,
     1.5, 1.35, 1.05, 1.0, 1.1, 1.35, 1.5, 1.55, 1.6, 1.45, 1.0, 0.55]
)  # fmt: skip
"""Traffic by local hour of day, 1 being usual: peaks at breakfast, at noon, and in the evening."""

AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
    "Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
    "Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
)
"""User-Agent headers of readers."""

PHONES = 2
"""The first AGENTS are telephones."""

ROBOTS = (
    "TidewaterBot/2.1 (+https://tidewater.invalid/bot)",
    "Mozilla/5.0 (compatible; GannetCrawler/1.0)",
    "",
)
"""User-Agent headers of robots: two declared bots, and an empty one."""

ROBOT_SHARE = 0.02
"""Share of visits by robots."""

ROBOT_PAGES = 4
"""Mean number of pages of a robot's visit."""

FRONT, SEARCH, SOCIAL = 1, 2, 3
"""Where a visit came from: the codes in `Event.referrer`."""

REFERRER_SHARES = (0.55, 0.2, 0.25)
"""Share of visits from each of them."""

UNREPORTED = 1 / 7
"""Share of pages that are left before the browser reports the reading."""


class Behaviour(NamedTuple):
    """How readers look at a page and decide.

    Attributes:
        looks: share of readers who look at a shelf's first slot.
        decay: slot p (from 1) is seen by p^-decay of those who see the first.
        continues: chance that a reader who saw something attractive opens it, so that visits have a geometric number of
            pages.
        leaving: attraction of leaving the site; where it is given, the chance of opening is w / (leaving + w) with
            w the attraction of all slots seen, and `continues` is not used: better shelves bring more clicks.
    """

    looks: Mapping[str, float] = LOOKS
    decay: float = POSITION_DECAY
    continues: float = 0.62
    leaving: float | None = None


class Population(NamedTuple):
    """The readers, r of them.

    Attributes:
        taste: float64 (r, n_articles), about 1: how much each likes each article, whatever its age.
        activity: float64 (r,), rising to 1: cumulated share of all visits. A few readers come several
            times a day, most now and then.
        agent: int32 (r,), place in AGENTS.
        keys: int64 (r,), positive.
    """

    taste: FloatArray
    activity: FloatArray
    agent: IntArray
    keys: LongArray

    @classmethod
    def sample(cls, world: World, size: int, rng: Generator) -> Self:
        """Readers with interests of their own: a mix of sections, a running story or two, three topics."""
        sections, stories = int(world.section.max()) + 1, int(world.story.max()) + 1
        interest = rng.dirichlet(np.full(sections, 0.8), size) * sections
        follows = rng.random((size, max(stories, 1))) < 1.5 / max(stories, 1)
        weight = world.topics.sum(axis=0) / world.topics.sum()
        liked = rng.random((size, len(weight))) < np.minimum(1.0, 3 * weight)
        in_story = np.where(world.story >= 0, follows[:, np.maximum(world.story, 0)], False)
        on_topic = liked.astype(np.float32) @ world.topics.T.astype(np.float32) > 0
        taste = (0.15 + interest[:, world.section]) * (1 + 3 * in_story) * (1 + 1.5 * on_topic)
        activity = np.minimum(rng.pareto(1.3, size) + 0.1, 60.0)
        return cls(
            taste=np.asarray(taste),
            activity=np.cumsum(activity) / activity.sum(),
            agent=rng.choice(len(AGENTS), size, p=(0.35, 0.3, 0.25, 0.1)).astype(np.int32),
            keys=rng.integers(1, 2**63 - 1, size),
        )

    def visitors(self, count: int, rng: Generator) -> IntArray:
        """The readers of `count` visits, int32 (count,)."""
        return np.searchsorted(self.activity, rng.random(count)).astype(np.int32)

    def devices(self, reader: IntArray) -> IntArray:
        """Device codes as in `Event.device`, int32 (m,): 1 for telephones, 2 for others."""
        return np.where(self.agent[reader] < PHONES, 1, 2).astype(np.int32)


def traffic(time: LongArray, offset: int) -> FloatArray:
    """Readers at each moment (ms), relative to the usual number; float64 (m,).

    `offset` is local time less UTC, in ms.

    >>> traffic(np.array([8 * 3_600_000, 3 * 3_600_000]), 0).tolist()
    [1.7, 0.06]
    """
    hour = (time + offset) / 3_600_000 % 24
    return np.asarray(np.interp(hour, np.arange(25), np.append(HOURS, HOURS[0])))


def land(
    world: World, population: Population, reader: IntArray, time: LongArray, rng: Generator
) -> tuple[IntArray, IntArray]:
    """The first article of each visit and its referrer, two int32 (m,).

    From the front page by rank there and by taste; from search and social media by what is hot.
    """
    pull = world.pull(time)
    referrer = rng.choice((FRONT, SEARCH, SOCIAL), len(reader), p=REFERRER_SHARES).astype(np.int32)
    rank = np.argsort(np.argsort(-pull, axis=1), axis=1)
    by_front = population.taste[reader] * (pull > 0) / (rank + 1.0) ** POSITION_DECAY
    by_heat = pull**1.5
    weights = np.where((referrer == FRONT)[:, None], by_front, by_heat)
    return sample_columns(weights, rng), referrer


def examine(count: int, behaviour: Behaviour, rng: Generator) -> BoolArray:
    """The slots that each of `count` readers looks at, bool (count, slots), whatever they hold.

    A reader goes down each shelf and stops somewhere: whoever sees a slot has seen those above it.
    """
    looks = np.zeros((count, len(SLOT_SHELF)), bool)
    for name, columns in COLUMNS.items():
        depth = rng.random((count, 1))
        looks[:, columns] = depth < behaviour.looks[name] / (SLOT_PLACE[columns] + 1.0) ** behaviour.decay
    return looks


def attraction(taste: FloatArray | float, pull: FloatArray, likeness: FloatArray) -> FloatArray:
    """How much articles attract readers, float64, in the shape of the arguments: by taste, by freshness (`World.pull`),
    and by how well they go with the article just read (`World.likeness`).
    """
    return np.asarray(taste * (0.3 + np.sqrt(pull)) * (1 + 3 * likeness))


class Engagement(NamedTuple):
    """How each of m readers reads a page.

    Attributes:
        seconds, scroll: float64 (m,), engaged time, and depth of scroll from 0 to 1.
        reported, reacts, shares: bool (m,), whether the browser reports the reading, the reader reacts, shares.
    """

    seconds: FloatArray
    scroll: FloatArray
    reported: BoolArray
    reacts: BoolArray
    shares: BoolArray


def engage(
    world: World, population: Population, reader: IntArray, article: IntArray, rng: Generator
) -> Engagement:
    """Four words a second; whoever likes an article more reads further."""
    liking = np.minimum(population.taste[reader, article] / 4, 1.0)
    scroll = rng.beta(1.3 + 2 * liking, 1.2)
    reported = rng.random(len(reader)) > UNREPORTED
    return Engagement(
        seconds=np.clip(scroll * world.words[article] / 4 * rng.lognormal(0.0, 0.3, len(reader)), 2.0, 600.0),
        scroll=scroll,
        reported=reported,
        reacts=reported & (rng.random(len(reader)) < 0.05 * scroll**2),
        shares=reported & (rng.random(len(reader)) < 0.02 * scroll**2),
    )


def sample_columns(weights: FloatArray, rng: Generator) -> IntArray:
    """One column of each row of `weights` (m, n), with probability in proportion to its weight; int32 (m,)."""
    edges = np.cumsum(weights, axis=1)
    point = rng.random((len(weights), 1)) * edges[:, -1:]
    return np.asarray(np.minimum((edges <= point).sum(axis=1), weights.shape[1] - 1), np.int32)
