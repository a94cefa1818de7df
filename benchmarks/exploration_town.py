"""The demo's town, walked through the real engine: what readers are shown, what they open, and what was lost.

Readers differ from the demo's in one thing: there somebody who goes on opens something, whatever is shown; here who
is shown nothing attractive leaves. Otherwise no list could lose a click against another.
"""

import heapq
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from recirc.demo.paper import PaperArticle
from recirc.demo.past import arrivals, past
from recirc.demo.readers import (
    COLUMNS,
    SEARCH,
    SLOT_NAME,
    SLOT_PLACE,
    SLOT_SHELF,
    Population,
    attraction,
    drawn,
    examined,
    landing,
)
from recirc.demo.world import HOUR, World
from recirc.engine import Engine
from recirc.engine.observations import NO_NAME
from recirc.settings import Settings
from recirc.shelves.exploration import KIND
from recirc.store.sqlite import SqliteStore
from recirc.types import (
    NO_POSITION,
    RECORD,
    BoolArray,
    EntryKind,
    FloatArray,
    IntArray,
    LongArray,
    Request,
    Slate,
)

AWAY = 6.0
"""What draws readers away from the page, as the attraction of a slot: every second page is followed by another."""

FOLDED = 300_000
"""What readers did is folded so many ms later at most."""

PERSONALISED = 0.3
STAY = 60_000.0
"""Mean time on a page, ms."""

SIDE_AGE = 12 * HOUR
"""By the side doors nobody comes to an article that is younger."""

FOUND = 10
"""An article is found when the formula itself has recommended it so often."""

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
        chance: float64 (p,), of a click, with what was shown.
        best: float64 (p,), of a click, with the Recommendation of one who knows the appeal of every article.
        tried: bool (p,), whether a new article was on trial.
        found: float64 (n_articles,), hours from publication until the formula had recommended it FOUND times; inf: not
            by the end.
    """

    time: LongArray
    chance: FloatArray
    best: FloatArray
    tried: BoolArray
    found: FloatArray


def town_of(
    pieces: tuple[PaperArticle, ...], world: World, population: Population, end: int, days: float, visits: int,
    side_doors: bool, rng: Generator,
) -> Town:  # fmt: skip
    """`visits` visits in the `days` before `end` (ms), by the front page as in the demo, or by side doors only: search
    and links to what is older than SIDE_AGE.
    """
    start = end - round(days * 24 * HOUR)
    time = arrivals(start, end, 0, visits, rng)
    reader = population.come(len(time), rng)
    if side_doors:
        old = world.published[None, :] <= time[:, None] - SIDE_AGE
        article = drawn(np.where(old, world.pull(time) ** 1.5, 0.0), rng)
        referrer = np.full(len(time), SEARCH, np.int32)
    else:
        article, referrer = landing(world, population, reader, time, rng)
    return Town(pieces, world, population, start, end, time, reader, article, referrer)


class Visit(NamedTuple):
    """A reader on the site; `rng` decides what this visit does, whatever the policy."""

    number: int
    reader: IntArray
    personalised: bool
    rng: Generator
    history: list[str]
    read: BoolArray


class Walk:
    """One policy's course through the town."""

    def __init__(self, town: Town, settings: Settings, seed: int, folder: Path) -> None:
        """`settings` are the policy's; the store is made in `folder`."""
        self._town = town
        self._seed = seed
        self._now = town.start
        self._engine = Engine(settings, SqliteStore(folder / "town.db", clock=lambda: self._now))
        self._place = {name: place for place, name in enumerate(town.world.ids)}
        self._records: list[tuple[int, ...]] = []
        self._ids = 0
        self._published = 0
        self._by_date = sorted(town.pieces, key=lambda piece: self._published_at(piece))
        self._pages: list[tuple[float, ...]] = []
        self._recommended = np.zeros(len(town.world.ids), np.int64)
        self._found = np.full(len(town.world.ids), np.inf)

    def _published_at(self, piece: PaperArticle) -> int:
        return int(self._town.world.published[self._place[piece.article.id]])

    def course(self) -> Course:
        """Walk from start to end, after two weeks of the demo's past."""
        town = self._town
        try:
            self._publish()
            self._index = self._engine.intern(town.world.ids)
            rng = np.random.default_rng((self._seed, 1))
            past(self._engine, town.world, town.population, town.start, 0, rng)
            self._walk()
        finally:
            self._engine.close()
        columns = np.array(self._pages).T
        return Course(columns[0].astype(np.int64), columns[1], columns[2], columns[3] > 0, self._found)

    def _walk(self) -> None:
        town, folded, number = self._town, self._town.start, 0
        waiting: list[tuple[int, int, Visit, int, int, int]] = []
        while number < len(town.time) or waiting:
            if not waiting or (number < len(town.time) and town.time[number] <= waiting[0][0]):
                visit, article = self._arrival(number), int(town.article[number])
                time, source, slot = int(town.time[number]), -1, -1
                number += 1
            else:
                time, _, visit, article, source, slot = heapq.heappop(waiting)
            self._now = time
            self._publish()
            if time >= folded + FOLDED:
                self._fold()
                folded = time
            slot_opened, opened = self._page(visit, article, source, slot)
            due = time + round(visit.rng.exponential(STAY)) + 1000
            if opened >= 0 and due < town.end:
                heapq.heappush(waiting, (due, visit.number, visit, opened, article, slot_opened))

    def _arrival(self, number: int) -> Visit:
        rng = np.random.default_rng((self._seed, 2, number))
        read = np.zeros((1, len(self._place)), bool)
        return Visit(
            number, self._town.reader[number : number + 1], rng.random() < PERSONALISED, rng, [], read
        )

    def _publish(self) -> None:
        due = self._published
        while due < len(self._by_date) and self._published_at(self._by_date[due]) <= self._now:
            due += 1
        if due > self._published:
            self._engine.publish([piece.article for piece in self._by_date[self._published : due]]).result()
            self._engine.catch_up()
            self._published = due

    def _fold(self) -> None:
        records = np.zeros(len(self._records), RECORD)
        names = ("kind", "article", "time", "reader", "visit", "source", "shelf", "position", "referrer")
        for name, column in zip(names, zip(*self._records, strict=True), strict=False):
            records[name] = column
        records["article"] = self._index[records["article"]]
        records["source"] = np.where(records["source"] >= 0, self._index[records["source"]], -1)
        records["name"] = NO_NAME
        records["id"] = self._ids + 1 + np.arange(len(records))
        self._ids += len(records)
        self._records.clear()
        self._engine.append(records).result()
        self._engine.catch_up()

    def _page(self, visit: Visit, article: int, source: int, slot: int) -> tuple[int, int]:
        """One page of a visit; the slot and article that are opened next, -1 and -1: none."""
        world, rng = self._town.world, visit.rng
        visit.read[0, article] = True
        visit.history.append(world.ids[article])
        history = tuple(visit.history[-20:]) if visit.personalised else ()
        asked = Request(
            article=world.ids[article], history=history, personalised=visit.personalised, published_only=True
        )
        slate = self._engine.shelves(asked, self._now)
        shown = self._shown(slate)
        looks = examined(np.zeros_like(shown), rng)
        weights = self._weights(visit, article, shown, looks)
        chance = _chance(weights)
        best = self._best(visit, article, shown)
        tried = any(item.reason.kind == KIND for item in slate.shelves["recommendation"].items)
        self._pages.append((self._now, chance, _chance(self._weights(visit, article, best, looks)), tried))
        self._tell(visit, EntryKind.VIEW, article, source, slot)
        for seen in np.flatnonzero(looks[0] & (shown[0] >= 0)).tolist():
            self._tell(visit, EntryKind.IMPRESSION, int(shown[0, seen]), article, seen)
        goes_on, which = rng.random(2)
        if goes_on >= chance:
            return -1, -1
        opened = int(np.searchsorted(np.cumsum(weights[0]), which * weights.sum(), side="right"))
        opened = min(opened, int(np.flatnonzero(weights[0])[-1]))
        return opened, int(shown[0, opened])

    def _weights(self, visit: Visit, article: int, shown: IntArray, looks: BoolArray) -> FloatArray:
        """Attraction of each slot that this reader looks at, float64 (1, slots)."""
        town = self._town
        place, now = np.array([article], np.int32), np.array([self._now])
        weights = attraction(town.world, town.population, visit.reader, place, now, shown)
        return np.where(looks & (shown >= 0) & ~visit.read[0][shown], weights, 0.0)

    def _shown(self, slate: Slate) -> IntArray:
        """What stands in each slot, int32 (1, slots), -1: nothing; counts what the formula recommends."""
        shown = np.full((1, len(SLOT_NAME)), -1, np.int32)
        for name, shelf in slate.shelves.items():
            for item, column in zip(shelf.items, COLUMNS[name], strict=False):
                shown[0, column] = self._place[item.article]
        for item in slate.shelves["recommendation"].items:
            place = self._place[item.article]
            self._recommended[place] += item.reason.kind != KIND
            if self._recommended[place] == FOUND and np.isinf(self._found[place]):
                self._found[place] = (self._now - self._town.world.published[place]) / HOUR
        return shown

    def _best(self, visit: Visit, article: int, shown: IntArray) -> IntArray:
        """The slots, with the Recommendation of one who knows the appeal of every article, but not this reader."""
        world = self._town.world
        pull = world.pull(np.array([self._now]))[0]
        draws = (0.3 + np.sqrt(pull)) * (1 + 3 * world.likeness[article])
        draws[(pull <= 0) | visit.read[0]] = -1.0
        others = np.setdiff1d(np.arange(shown.shape[1]), RECOMMENDED)
        draws[shown[0, others][shown[0, others] >= 0]] = -1.0
        best = np.argsort(-draws, kind="stable")[: len(RECOMMENDED)]
        ideal = shown.copy()
        ideal[0, RECOMMENDED] = np.where(draws[best] > 0, best, -1)
        return ideal

    def _tell(self, visit: Visit, kind: EntryKind, article: int, source: int, slot: int) -> None:
        shelf, position = (SLOT_SHELF[slot], SLOT_PLACE[slot]) if slot >= 0 else (0, NO_POSITION)
        referrer = 0 if source >= 0 else int(self._town.referrer[visit.number])
        reader = int(self._town.population.keys[visit.reader[0]])
        self._records.append(
            (
                int(kind),
                article,
                self._now,
                reader,
                visit.number + 1,
                source,
                int(shelf),
                int(position),
                referrer,
            )
        )


def _chance(weights: FloatArray) -> float:
    """Of opening any of the slots."""
    return float(weights.sum() / (AWAY + weights.sum()))
