"""The demo's readers on the real engine: what they are shown, what they open, and what was lost.

They differ from the demo's in one thing: there a reader who goes on opens something, whatever is shown; here a reader
who is shown nothing attractive leaves. Otherwise no list could lose a click against another.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from recirc.demo.paper import PaperArticle
from recirc.demo.past import arrivals, fill_past
from recirc.demo.readers import COLUMNS, SEARCH, Behaviour, Population, attraction, land, sample_columns
from recirc.demo.records import page_records, with_engine_indices
from recirc.demo.simulator import ReaderSimulator, SimulatedVisits, Slots, VisitQueue
from recirc.demo.world import HOUR, World
from recirc.engine import Engine
from recirc.engine.observations import with_ids
from recirc.settings import Settings
from recirc.shelves.exploration import KIND
from recirc.store.sqlite import SqliteStore
from recirc.types import (
    BoolArray,
    FloatArray,
    IntArray,
    LongArray,
    RecordArray,
    Request,
    Slate,
)

BEHAVIOUR = Behaviour(leaving=6.0)
"""With this attraction of leaving, every second page is followed by another."""

FOLD_MS = 300_000
"""Longest delay before events are folded, ms."""

PERSONALISED = 0.3
HISTORY = 20

SIDE_AGE = 12 * HOUR
"""By the side doors nobody comes to an article that is younger."""

SHARED_MS = 100
"""Requests within so many ms have the same draw."""

DRAWS = 1_000

FOUND = 10
"""An article is found when the formula itself has recommended it this many times."""

RECOMMENDED = COLUMNS["recommendation"]


class Town(NamedTuple):
    """What is the same for every policy: v visits.

    Attributes:
        pieces: the paper.
        start, end: ms.
        time: int64 (v,), ms, rising; reader, article, referrer: int32 (v,): who comes, and where they land.
    """

    pieces: tuple[PaperArticle, ...]
    world: World
    population: Population
    start: int
    end: int
    time: LongArray
    reader: IntArray
    article: IntArray
    referrer: IntArray


class Course(NamedTuple):
    """What became of p pages.

    Attributes:
        time: int64 (p,), ms.
        chance: float64 (p,), of a click on what was shown.
        best: float64 (p,), of a click if Recommendation knew the appeal of every article.
        trial: bool (p,), whether a new article was on trial.
        usual: float64 (p,), of a click with the item that a trial took the place of; without a trial as `chance`.
        known: float64 (p,), the same with the most attractive new article instead of the one on trial.
        found: float64 (n_articles,), hours from publication until the formula had recommended it FOUND times; inf: not
            by the end.
    """

    time: LongArray
    chance: FloatArray
    best: FloatArray
    trial: BoolArray
    usual: FloatArray
    known: FloatArray
    found: FloatArray


class TownVisit(NamedTuple):
    """A reader on the site; `rng` decides what this visit does, whatever the policy."""

    page: SimulatedVisits
    personalised: bool
    history: tuple[str, ...]
    rng: Generator


def town_of(
    pieces: tuple[PaperArticle, ...], world: World, population: Population, end: int, days: float, visits: int,
    side_doors: bool, rng: Generator,
) -> Town:  # fmt: skip
    """`visits` visits in the `days` before `end` (ms), by the front page as in the demo, or by side doors only: search
    and links to articles older than SIDE_AGE.
    """
    start = end - round(days * 24 * HOUR)
    time = arrivals(start, end, 0, visits, rng)
    reader = population.visitors(len(time), rng)
    if side_doors:
        old = world.published[None, :] <= time[:, None] - SIDE_AGE
        article = sample_columns(np.where(old, world.pull(time) ** 1.5, 0.0), rng)
        referrer = np.full(len(time), SEARCH, np.int32)
    else:
        article, referrer = land(world, population, reader, time, rng)
    return Town(pieces, world, population, start, end, time, reader, article, referrer)


class Walk:
    """One policy's course through the town."""

    def __init__(self, town: Town, settings: Settings, seed: int, folder: Path) -> None:
        """`settings` are the policy's; the store is made in `folder`."""
        self._town = town
        self._seed = seed
        self._now = town.start
        self._simulator = ReaderSimulator(town.world, town.population, BEHAVIOUR)
        self._engine = Engine(settings, SqliteStore(folder / "town.db", clock=lambda: self._now))
        self._places = {name: place for place, name in enumerate(town.world.ids)}
        self._unfolded: list[RecordArray] = []
        self._published = 0
        self._by_date = sorted(town.pieces, key=self._published_at)
        self._pages: list[tuple[float, ...]] = []
        self._recommended = np.zeros(len(town.world.ids), np.int64)
        self._found = np.full(len(town.world.ids), np.inf)

    def course(self) -> Course:
        """Walk from start to end, after two weeks of the demo's past."""
        town = self._town
        try:
            self._publish()
            self._index = self._engine.intern(town.world.ids)
            rng = np.random.default_rng((self._seed, 1))
            fill_past(self._engine, town.world, town.population, town.start, 0, rng)
            self._walk()
        finally:
            self._engine.close()
        time, chance, best, trial, usual, known = np.array(self._pages).T
        return Course(time.astype(np.int64), chance, best, trial > 0, usual, known, self._found)

    def _walk(self) -> None:
        town, folded, number = self._town, self._town.start, 0
        queue: VisitQueue[TownVisit] = VisitQueue()
        while number < len(town.time) or len(queue):
            if number < len(town.time) and town.time[number] <= queue.due():
                visit = self._arrival(number)
                number += 1
            else:
                visit = queue.pop()
            self._now = int(visit.page.time[0])
            self._publish()
            if self._now >= folded + FOLD_MS and self._unfolded:
                self._fold()
                folded = self._now
            following = self._page(visit)
            if following is not None and following.page.time[0] < town.end:
                queue.push(float(following.page.time[0]), following)

    def _arrival(self, number: int) -> TownVisit:
        town, own = self._town, slice(number, number + 1)
        rng = np.random.default_rng((self._seed, 2, number))
        page = self._simulator.start(
            town.reader[own], np.array([number + 1]), town.time[own], town.article[own], town.referrer[own]
        )
        return TownVisit(page, bool(rng.random() < PERSONALISED), (), rng)

    def _published_at(self, piece: PaperArticle) -> int:
        return int(self._town.world.published[self._places[piece.article.id]])

    def _publish(self) -> None:
        due = self._published
        while due < len(self._by_date) and self._published_at(self._by_date[due]) <= self._now:
            due += 1
        if due > self._published:
            self._engine.publish([piece.article for piece in self._by_date[self._published : due]]).result()
            self._engine.catch_up()
            self._published = due

    def _fold(self) -> None:
        """Append the events until now and fold them."""
        records = np.concatenate(self._unfolded)
        due = records["time"] <= self._now
        self._unfolded = [records[~due]]
        self._engine.append(with_ids(with_engine_indices(records[due], self._index))).result()
        self._engine.catch_up()

    def _page(self, visit: TownVisit) -> TownVisit | None:
        """One page of a visit; returns the visit at its next page, None: the reader leaves."""
        simulator, page = self._simulator, visit.page
        history = (*visit.history, self._town.world.ids[int(page.article[0])])
        request = Request(
            article=history[-1],
            history=history[-HISTORY:] if visit.personalised else (),
            personalised=visit.personalised,
            published_only=True,
        )
        slate = self._engine.shelves(request, self._now)
        self._count_recommended(slate)
        view = simulator.view(page, Slots.of_slate(slate, self._places), visit.rng)
        best = simulator.weights(page, self._best(page, view.slots.article), view.looks)
        chance, best_chance = (float(simulator.open_chance(each)[0]) for each in (view.weights, best))
        trial = _trial(slate)
        instead = [view.slots.article] * 2
        if trial >= 0:
            instead = [self._usual(request), self._known(page, view.slots.article, trial)]
        usual, known = (
            float(simulator.open_chance(simulator.weights(page, each, view.looks))[0]) for each in instead
        )
        self._pages.append((self._now, chance, best_chance, trial >= 0, usual, known))
        self._unfolded += page_records(self._town.population, page, view)
        if view.opens[0] < 0:
            return None
        return visit._replace(page=simulator.follow(page, view), history=history)

    def _count_recommended(self, slate: Slate) -> None:
        for item in slate.shelves["recommendation"].items:
            place = self._places[item.article]
            self._recommended[place] += item.reason.kind != KIND
            if self._recommended[place] == FOUND and np.isinf(self._found[place]):
                self._found[place] = (self._now - self._town.world.published[place]) / HOUR

    def _usual(self, request: Request) -> IntArray:
        """The slots of the same request without a trial: its next draws are looked through for one."""
        for draw in range(1, DRAWS):
            slate = self._engine.shelves(request, self._now + draw * SHARED_MS)
            if _trial(slate) < 0:
                return Slots.of_slate(slate, self._places).article
        raise RuntimeError(f"{DRAWS} draws in a row had a trial: is the share 1?")

    def _known(self, page: SimulatedVisits, shown: IntArray, trial: int) -> IntArray:
        """The slots with the most attractive new article in that of the trial, to one who knows their appeal."""
        world, hours = self._town.world, self._engine.settings.exploring.hours
        pull = world.pull(page.time)[0]
        score = attraction(1.0, pull, world.likeness[page.article[0]])
        score[(pull <= 0) | page.read[0] | (world.published <= self._now - hours * HOUR)] = -1.0
        others = np.delete(shown[0], RECOMMENDED[trial])
        score[others[others >= 0]] = -1.0
        ideal = shown.copy()
        ideal[0, RECOMMENDED[trial]] = np.argmax(score)
        return ideal

    def _best(self, page: SimulatedVisits, shown: IntArray) -> IntArray:
        """The slots, with a Recommendation that knows the appeal of every article, but not this reader."""
        world = self._town.world
        pull = world.pull(page.time)[0]
        score = attraction(1.0, pull, world.likeness[page.article[0]])
        score[(pull <= 0) | page.read[0]] = -1.0
        others = np.setdiff1d(np.arange(shown.shape[1]), RECOMMENDED)
        score[shown[0, others][shown[0, others] >= 0]] = -1.0
        best = np.argsort(-score, kind="stable")[: len(RECOMMENDED)]
        ideal = shown.copy()
        ideal[0, RECOMMENDED] = np.where(score[best] > 0, best, -1)
        return ideal


def _trial(slate: Slate) -> int:
    """The slot of Recommendation that has a new article on trial, -1: none."""
    items = slate.shelves["recommendation"].items
    return next((slot for slot, item in enumerate(items) if item.reason.kind == KIND), -1)
