"""How many clicks other shelves would have had, from the clicks on those that were shown.

The estimators are those of Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay and Wen, "Offline Evaluation of Ranking
Policies with Click Models" (KDD 2018). With h(a, k | x) the probability that the evaluated shelves show article a at
place k in the context x, and π̂ that of the shelves in the log, both as counted, c a click, and M the clipping:

    item-position model:   V̂(h) = Σ_x Σ_{a, k} c(a, k | x) · min(h(a, k | x) / π̂(a, k | x), M)
    position-based model:  V̂(h) = Σ_x Σ_a c(a | x) · min(Σ_k θ_k h(a, k | x) / Σ_k θ_k π̂(a, k | x), M)

The first supposes that a click depends on article, place and context alone; the second, that it is the product of how
attractive the article is and of how much the place is looked at, θ. The context is a shelf beside one article or, where
too little was seen of that, the shelf wherever it stood.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from recirc.engine.day_log import SlotRows
from recirc.types import BoolArray, FloatArray, LongArray

CLIP: Final = 20.0
"""M: a slot that was seen stands for at most so many of the evaluated shelves."""
ENOUGH_SEEN: Final = 30
"""How often an article must have been seen in a context, for its clicks there to be used."""
ENOUGH_CLICKS: Final = 20
"""Fewer clicks than this say nothing."""
ENOUGH_COVERED: Final = 0.25
"""An estimate for less than this share of what changes says nothing of the whole."""
REPLICATES: Final = 200
CONFIDENCE: Final = 1.96
"""95 % of a normal distribution are within so many standard deviations."""
PLACES: Final = 64
"""Places beyond are taken as the last of these."""
PRIOR: Final = 5.0
"""Expected clicks by which a place with few of them is drawn to the average."""
ITERATIONS: Final = 25


class ChangedSlots(NamedTuple):
    """Slots that would have had another article, or none. Each int64 (k,).

    Attributes:
        slate: place of the slot's slate in the sample.
        page, shelf, position: as `SlotRows` has them.
        before, after: indices of the articles, -1: none.
    """

    slate: LongArray
    page: LongArray
    shelf: LongArray
    position: LongArray
    before: LongArray
    after: LongArray


class ClickEstimate(NamedTuple):
    """Clicks on the slots that change, as far as enough was seen to know.

    Attributes:
        before, after: expected clicks without and with the change.
        error: standard error of the difference.
        changed: number of slots that change; `covered`: of these, those that the estimate is about.
        clicks: number of clicks in the log that it rests on.
    """

    before: float
    after: float
    error: float
    changed: float
    covered: float
    clicks: int

    @property
    def difference(self) -> float:
        """Clicks gained; below 0: lost."""
        return self.after - self.before

    @property
    def margin(self) -> float:
        """Half of the 95 % interval of the difference."""
        return CONFIDENCE * self.error

    @property
    def enough(self) -> bool:
        """Whether enough was seen for the estimate to mean something."""
        return self.clicks >= ENOUGH_CLICKS and self.covered >= ENOUGH_COVERED * self.changed

    def scaled(self, factor: float) -> "ClickEstimate":
        """For `factor` times as many slots, of which these are a sample."""
        before, after, error, changed, covered = (number * factor for number in self[:5])
        return ClickEstimate(before, after, error, changed, covered, self.clicks)


def estimate_clicks(
    seen: SlotRows,
    clicked: SlotRows,
    slots: ChangedSlots,
    weight: FloatArray,
    stratum: LongArray,
    seed: int = 0,
) -> ClickEstimate:
    """Estimate the clicks of changed slots.

    Args:
        seen, clicked: what was seen and clicked in the log.
        slots: what would have changed in a sample of its slates.
        weight: float64 (m,): for how many slates each of the sample stands.
        stratum: int64 (m,): the part of the slates that it was drawn from.
        seed: of the bootstrap, which draws readers and slates anew (Poisson weights with mean 1).
    """
    theta = examination(seen, clicked)
    models = [_Model(seen, clicked, slots, theta, level) for level in LEVELS]
    level, counted = _levels(models), weight[slots.slate]
    trust = _trust(models, level, counted)
    chosen = [np.flatnonzero(level == number) for number in range(len(models))]

    def clicks(readers: FloatArray | None, slates: FloatArray) -> FloatArray:
        total = np.zeros(2)
        for model, which in zip(models, chosen, strict=True):
            if len(which):
                times = (slates[slots.slate] * counted * trust)[which]
                rates = model.rates(readers)
                total += [(times * model.expected(rates, side, which)).sum() for side in (0, 1)]
        return total

    readers = _Readers.of(models)
    before, after = clicks(None, np.ones(len(weight))).tolist()
    random, differences = np.random.default_rng(seed), []
    for _ in range(REPLICATES):
        drawn = random.poisson(1.0, readers.number).astype(np.float64)
        first, second = clicks(drawn, _drawn(random, stratum)).tolist()
        differences.append(second - first)
    used = sum(model.clicks_of(which) for model, which in zip(models, chosen, strict=True))
    covered = float((counted * trust).sum())
    return ClickEstimate(before, after, float(np.std(differences)), float(counted.sum()), covered, used)


class Level(NamedTuple):
    """A context: with the page or wherever the shelf stood; with each place by itself (the item-position model), or
    all places by how much they are looked at (the position-based model).
    """

    page: bool
    place: bool


LEVELS: Final = (Level(page=True, place=True), Level(page=True, place=False), Level(page=False, place=False))
"""The most exact first."""


class _Model:
    """Rates of clicks of the articles that matter, in the contexts of one level."""

    def __init__(
        self, seen: SlotRows, clicked: SlotRows, slots: ChangedSlots, theta: FloatArray, level: Level
    ) -> None:
        wanted = [
            _keys(level, slots.page, slots.shelf, slots.position, article)
            for article in (slots.before, slots.after)
        ]
        logged = [
            _keys(level, each.page, each.shelf, each.position, each.article) for each in (seen, clicked)
        ]
        names, inverse = np.unique(np.concatenate([*wanted, *logged]), return_inverse=True)
        cells = np.split(inverse, np.cumsum([len(each) for each in (*wanted, *logged)])[:-1])
        self.sides, self._size = cells[:2], len(names)
        asked = np.zeros(len(names), bool)
        asked[np.concatenate(self.sides)] = True
        in_seen, in_clicked = asked[cells[2]], asked[cells[3]]
        self._seen, self._clicked = cells[2][in_seen], cells[3][in_clicked]
        self.seen_by, self.clicked_by = seen.reader[in_seen], clicked.reader[in_clicked]
        shown = seen.select(in_seen)
        self._exposure = (
            np.ones(len(self._seen)) if level.place else theta[shown.shelf, _place(shown.position)]
        )
        self.demand = np.ones(len(slots.slate)) if level.place else theta[slots.shelf, _place(slots.position)]
        self.empty = [slots.before < 0, slots.after < 0]
        self.times = np.bincount(self._seen, minlength=self._size)
        self._clicks = np.bincount(self._clicked, minlength=self._size)
        self.readers: tuple[LongArray, LongArray] = (np.zeros(0, np.int64), np.zeros(0, np.int64))

    def exposure(self, readers: FloatArray | None) -> FloatArray:
        """How much each cell was seen, float64 (cells,), each reader counted so often."""
        drawn = self._exposure if readers is None else self._exposure * readers[self.readers[0]]
        return np.asarray(np.bincount(self._seen, drawn, minlength=self._size), np.float64)

    def rates(self, readers: FloatArray | None) -> FloatArray:
        """Clicks by exposure of each cell, float64 (cells,)."""
        drawn = None if readers is None else readers[self.readers[1]]
        clicks, exposure = np.bincount(self._clicked, drawn, minlength=self._size), self.exposure(readers)
        return np.divide(clicks, exposure, out=np.zeros(self._size), where=exposure > 0)

    def expected(self, rates: FloatArray, side: int, which: LongArray) -> FloatArray:
        """Clicks to expect in some of the slots, before (0) or after (1), float64 (w,)."""
        found: FloatArray = rates[self.sides[side][which]] * self.demand[which]
        return np.where(self.empty[side][which], 0.0, found)

    def clicks_of(self, which: LongArray) -> int:
        """Number of clicks that the rates of some slots rest on."""
        cells = [side[which][~empty[which]] for side, empty in zip(self.sides, self.empty, strict=True)]
        return int(self._clicks[np.unique(np.concatenate(cells))].sum())


class _Readers(NamedTuple):
    """The readers whose rows the models use."""

    number: int

    @classmethod
    def of(cls, models: Sequence[_Model]) -> "_Readers":
        """Number the readers of all models alike."""
        columns = [column for model in models for column in (model.seen_by, model.clicked_by)]
        names, inverse = np.unique(np.concatenate(columns), return_inverse=True)
        parts = np.split(inverse, np.cumsum([len(each) for each in columns])[:-1])
        for place, model in enumerate(models):
            model.readers = (parts[2 * place], parts[2 * place + 1])
        return cls(len(names))


def _levels(models: Sequence[_Model]) -> LongArray:
    """For each slot the first level on which both its articles were seen often enough, int64 (k,); -1: on none. The two
    are compared on one level, so that a difference of contexts is none of articles.
    """
    found: LongArray = np.full(len(models[0].demand), -1)
    for number, model in reversed(list(enumerate(models))):
        known: BoolArray = np.ones(len(found), bool)
        for side, empty in zip(model.sides, model.empty, strict=True):
            known &= empty | (model.times[side] >= ENOUGH_SEEN)
        found[known] = number
    return found


def _trust(models: Sequence[_Model], level: LongArray, counted: FloatArray) -> FloatArray:
    """By how much each slot counts, float64 (k,), 0 to 1: so much that no weight is beyond the clipping. A slot counts
    as much without the change as with it, and what is clipped off counts as not covered.
    """
    trust = np.where(level >= 0, 1.0, 0.0)
    for number, model in enumerate(models):
        exposure = model.exposure(None)
        for side, empty in zip(model.sides, model.empty, strict=True):
            own = (level == number) & ~empty
            wanted = np.bincount(side[own], (counted * model.demand)[own], minlength=len(exposure))
            share = CLIP * exposure[side[own]] / np.maximum(wanted[side[own]], 1e-12)
            trust[own] = np.minimum(trust[own], share)
    return trust


def examination(seen: SlotRows, clicked: SlotRows) -> FloatArray:
    """θ: how much each place of each shelf is looked at, on average 1, float64 (256, PLACES).

    Clicks are Poisson with the mean n(a, k | x) · α(a | x) · θ_k; θ and α are found in turn, each at its greatest
    likelihood given the other, so that good places are not taken as looked at more because better articles have them.
    The position-based model is that of Craswell, Zoeter, Taylor and Ramsey (WSDM 2008).
    """
    level = Level(page=True, place=False)
    keys = [_keys(level, each.page, each.shelf, each.position, each.article) for each in (seen, clicked)]
    names, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    cell, clicked_cell = np.split(inverse, [len(keys[0])])
    place, clicked_place = (each.shelf * PLACES + _place(each.position) for each in (seen, clicked))
    clicks = np.bincount(clicked_cell, minlength=len(names))
    clicks_at = np.bincount(clicked_place, minlength=256 * PLACES)
    theta: FloatArray = np.ones(256 * PLACES)
    for _ in range(ITERATIONS):
        exposure = np.bincount(cell, theta[place], minlength=len(names))
        alpha = np.divide(clicks, exposure, out=np.zeros(len(names)), where=exposure > 0)
        expected = np.bincount(place, alpha[cell], minlength=256 * PLACES)
        theta = (clicks_at + PRIOR) / (expected + PRIOR)
        theta /= theta[place].mean() if len(place) else 1.0
    return theta.reshape(256, PLACES)


def _place(position: LongArray) -> LongArray:
    return np.minimum(position, PLACES - 1)


def _keys(
    level: Level, page: LongArray, shelf: LongArray, position: LongArray, article: LongArray
) -> LongArray:
    """The cell of each slot in the contexts of a level, int64 (n,): 24 bits for the page, 24 for the article, of which
    there are fewer than that in any memory, and 15 for shelf and place.
    """
    where = page + 1 if level.page else np.zeros(len(page), np.int64)
    place = shelf * (PLACES + 1) + (_place(position) if level.place else PLACES)
    return (where << 39) | ((article + 1) << 15) | place


def _drawn(random: np.random.Generator, stratum: LongArray) -> FloatArray:
    """How often each slate of the sample is drawn anew, float64 (m,), on average once in each stratum."""
    drawn = random.poisson(1.0, len(stratum)).astype(np.float64)
    for each in np.unique(stratum):
        own = stratum == each
        drawn[own] *= own.sum() / max(drawn[own].sum(), 1.0)
    return drawn
