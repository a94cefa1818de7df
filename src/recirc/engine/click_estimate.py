"""How many clicks other shelves would have had, from the clicks on those that were shown.

The estimators are those of Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay and Wen, "Offline Evaluation of Ranking
Policies with Click Models" (KDD 2018). With h(a, k | x) the probability that the evaluated shelves show article a at
place k in the context x, and π̂ that of the shelves in the log, both as counted, c a click, and M the clipping:

    item-position model:   V̂(h) = Σ_x Σ_{a, k} c(a, k | x) · min(h(a, k | x) / π̂(a, k | x), M)
    position-based model:  V̂(h) = Σ_x Σ_a c(a | x) · min(Σ_k θ_k h(a, k | x) / Σ_k θ_k π̂(a, k | x), M)

The first supposes that a click depends on article, place and context alone; the second, that it is the product of how
attractive the article is and of how much the place is looked at, θ. The context is a shelf beside one article. What the
same shelf did beside others is not used: a rate there is another rate, by how much no log of a day tells.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from recirc.engine.day_log import Progress, SlotRows
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
_ALL_PLACES: Final = 256 * PLACES
PRIOR: Final = 5.0
"""Expected clicks by which a place with few of them is drawn to the average."""
ITERATIONS: Final = 25
DRAWN_ITERATIONS: Final = 8
"""For a draw of readers, beginning at what was found for all."""
LEVELS: Final = (True, False)
"""Whether each place is by itself (the item-position model) or all places of a shelf are together, by how much they are
looked at (the position-based model); the more exact first.
"""


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
    progress: Progress = lambda *_: None,
) -> ClickEstimate:
    """Estimate the clicks of changed slots.

    Args:
        seen, clicked: what was seen and clicked in the log.
        slots: what would have changed in a sample of its slates.
        weight: float64 (m,): for how many slates each of the sample stands.
        stratum: int64 (m,): the part of the slates that it was drawn from.
        seed: of the bootstrap, which draws readers and slates anew (Poisson weights with mean 1), and finds all rates,
            and how much places are looked at, again.
        progress: receives how many draws are done; it raises to end the work.
    """
    readers, examined = _Readers(seen, clicked), Examination(seen, clicked)
    models = [_Model(seen, clicked, slots, by_place) for by_place in LEVELS]
    theta, level, counted = examined.theta(), _levels(models), weight[slots.slate]
    trust = _trust(models, theta, level, counted)
    chosen = [np.flatnonzero(level == number) for number in range(len(models))]

    def clicks(drawn: DrawnRows | None, looked: FloatArray, slates: FloatArray) -> FloatArray:
        total = np.zeros(2)
        for model, which in zip(models, chosen, strict=True):
            if len(which):
                times = (slates[slots.slate] * counted * trust)[which]
                rates = model.rates(drawn, looked)
                total += [(times * model.expected(rates, looked, side, which)).sum() for side in (0, 1)]
        return total

    before, after = clicks(None, theta, np.ones(len(weight))).tolist()
    random, differences = np.random.default_rng(seed), []
    for number in range(REPLICATES if (level >= 0).any() else 0):
        progress("estimating clicks", number, REPLICATES)
        drawn = readers.drawn(random)
        looked = examined.theta(drawn, theta) if len(chosen[-1]) else theta
        first, second = clicks(drawn, looked, _drawn(random, stratum)).tolist()
        differences.append(second - first)
    used = sum(model.clicks_of(which) for model, which in zip(models, chosen, strict=True))
    covered, error = float((counted * trust).sum()), float(np.std(differences)) if differences else 0.0
    return ClickEstimate(before, after, error, float(counted.sum()), covered, used)


class DrawnRows(NamedTuple):
    """How often each row counts in a draw of readers: float64 (n,) of what was seen, float64 (c,) of the clicks."""

    seen: FloatArray
    clicked: FloatArray


class _Readers:
    """The readers of a log."""

    def __init__(self, seen: SlotRows, clicked: SlotRows) -> None:
        names, rows = np.unique(np.concatenate([seen.reader, clicked.reader]), return_inverse=True)
        self._number, self._seen, self._clicked = (
            len(names),
            rows[: len(seen.reader)],
            rows[len(seen.reader) :],
        )

    def drawn(self, random: np.random.Generator) -> DrawnRows:
        """Draw the readers anew, with all that they saw and clicked."""
        times = random.poisson(1.0, self._number).astype(np.float64)
        return DrawnRows(times[self._seen], times[self._clicked])


class _Model:
    """Rates of clicks of the articles that matter, on one level."""

    def __init__(self, seen: SlotRows, clicked: SlotRows, slots: ChangedSlots, by_place: bool) -> None:
        wanted = [
            _keys(by_place, slots.page, slots.shelf, slots.position, article)
            for article in (slots.before, slots.after)
        ]
        logged = [
            _keys(by_place, each.page, each.shelf, each.position, each.article) for each in (seen, clicked)
        ]
        names, inverse = np.unique(np.concatenate([*wanted, *logged]), return_inverse=True)
        cells = np.split(inverse, np.cumsum([len(each) for each in (*wanted, *logged)])[:-1])
        self.sides, self._size, self._by_place = cells[:2], len(names), by_place
        asked = np.zeros(len(names), bool)
        asked[np.concatenate(self.sides)] = True
        self._in_seen, self._in_clicked = np.flatnonzero(asked[cells[2]]), np.flatnonzero(asked[cells[3]])
        self._seen, self._clicked = cells[2][self._in_seen], cells[3][self._in_clicked]
        self._seen_at, self._asked_at = _place(seen)[self._in_seen], _place(slots)
        self.empty = [slots.before < 0, slots.after < 0]
        self.times = np.bincount(self._seen, minlength=self._size)
        self._clicks = np.bincount(self._clicked, minlength=self._size)

    def demand(self, theta: FloatArray) -> FloatArray:
        """How much each slot is looked at, float64 (k,)."""
        return np.ones(len(self._asked_at)) if self._by_place else theta[self._asked_at]

    def exposure(self, drawn: DrawnRows | None, theta: FloatArray) -> FloatArray:
        """How much each cell was seen, float64 (cells,)."""
        times = np.ones(len(self._seen)) if self._by_place else theta[self._seen_at]
        if drawn is not None:
            times = times * drawn.seen[self._in_seen]
        return np.asarray(np.bincount(self._seen, times, minlength=self._size), np.float64)

    def rates(self, drawn: DrawnRows | None, theta: FloatArray) -> FloatArray:
        """Clicks by exposure of each cell, float64 (cells,)."""
        times = None if drawn is None else drawn.clicked[self._in_clicked]
        clicks = np.bincount(self._clicked, times, minlength=self._size)
        exposure = self.exposure(drawn, theta)
        return np.divide(clicks, exposure, out=np.zeros(self._size), where=exposure > 0)

    def expected(self, rates: FloatArray, theta: FloatArray, side: int, which: LongArray) -> FloatArray:
        """Clicks to expect in some of the slots, before (0) or after (1), float64 (w,)."""
        found: FloatArray = rates[self.sides[side][which]] * self.demand(theta)[which]
        return np.where(self.empty[side][which], 0.0, found)

    def clicks_of(self, which: LongArray) -> int:
        """Number of clicks that the rates of some slots rest on."""
        cells = [side[which][~empty[which]] for side, empty in zip(self.sides, self.empty, strict=True)]
        return int(self._clicks[np.unique(np.concatenate(cells))].sum())


def _levels(models: Sequence[_Model]) -> LongArray:
    """For each slot the first level on which both its articles were seen often enough, int64 (k,); -1: on none. The two
    are compared on one level, so that a difference of contexts is none of articles.
    """
    found: LongArray = np.full(len(models[0].empty[0]), -1)
    for number, model in reversed(list(enumerate(models))):
        known: BoolArray = np.ones(len(found), bool)
        for side, empty in zip(model.sides, model.empty, strict=True):
            known &= empty | (model.times[side] >= ENOUGH_SEEN)
        found[known] = number
    return found


def _trust(models: Sequence[_Model], theta: FloatArray, level: LongArray, counted: FloatArray) -> FloatArray:
    """By how much each slot counts, float64 (k,), 0 to 1: so much that no weight is beyond the clipping. A slot counts
    as much without the change as with it, and what is clipped off counts as not covered.
    """
    trust = np.where(level >= 0, 1.0, 0.0)
    for number, model in enumerate(models):
        exposure, demand = model.exposure(None, theta), counted * model.demand(theta)
        for side, empty in zip(model.sides, model.empty, strict=True):
            own = (level == number) & ~empty
            wanted = np.bincount(side[own], demand[own], minlength=len(exposure))
            share = CLIP * exposure[side[own]] / np.maximum(wanted[side[own]], 1e-12)
            trust[own] = np.minimum(trust[own], share)
    return trust


class Examination:
    """θ: how much each place of each shelf is looked at, on average 1.

    Clicks are Poisson with the mean n(a, k | x) · α(a | x) · θ_k; θ and α are found in turn, each at its greatest
    likelihood given the other, so that good places are not taken as looked at more because better articles have them.
    The position-based model is that of Craswell, Zoeter, Taylor and Ramsey (WSDM 2008).
    """

    def __init__(self, seen: SlotRows, clicked: SlotRows) -> None:
        keys = [_keys(False, each.page, each.shelf, each.position, each.article) for each in (seen, clicked)]
        names, inverse = np.unique(np.concatenate(keys), return_inverse=True)
        cell, self._clicked_cell = inverse[: len(keys[0])], inverse[len(keys[0]) :]
        self._clicked_place, self._cells = _place(clicked), len(names)
        pairs, self._pair = np.unique(cell * _ALL_PLACES + _place(seen), return_inverse=True)
        self._cell, self._place = np.divmod(pairs, _ALL_PLACES)

    def theta(self, drawn: DrawnRows | None = None, start: FloatArray | None = None) -> FloatArray:
        """θ, float64 (256 * PLACES,): of place k of the shelf s at s * PLACES + k; of a draw, beginning at `start`."""
        seen, clicked = (None, None) if drawn is None else drawn
        times = np.bincount(self._pair, seen, minlength=len(self._cell))
        clicks = np.bincount(self._clicked_cell, clicked, minlength=self._cells)
        clicks_at = np.bincount(self._clicked_place, clicked, minlength=_ALL_PLACES)
        theta = np.ones(_ALL_PLACES) if start is None else start
        for _ in range(ITERATIONS if start is None else DRAWN_ITERATIONS):
            exposure = np.bincount(self._cell, times * theta[self._place], minlength=self._cells)
            alpha = np.divide(clicks, exposure, out=np.zeros(self._cells), where=exposure > 0)
            expected = np.bincount(self._place, times * alpha[self._cell], minlength=_ALL_PLACES)
            theta = (clicks_at + PRIOR) / (expected + PRIOR)
            theta = theta / (np.average(theta[self._place], weights=times) if times.any() else 1.0)
        return theta


def _place(rows: SlotRows | ChangedSlots) -> LongArray:
    """Number of each row's place among those of all shelves, int64 (n,)."""
    return rows.shelf * PLACES + np.minimum(rows.position, PLACES - 1)


def _keys(
    by_place: bool, page: LongArray, shelf: LongArray, position: LongArray, article: LongArray
) -> LongArray:
    """The cell of each slot on a level, int64 (n,): 24 bits for the page, 24 for the article, of which there are fewer
    than that in any memory, and 15 for shelf and place.
    """
    place = np.minimum(position, PLACES - 1) if by_place else np.full(len(page), PLACES)
    return ((page + 1) << 39) | ((article + 1) << 15) | (shelf * (PLACES + 1) + place)


def _drawn(random: np.random.Generator, stratum: LongArray) -> FloatArray:
    """How often each slate of the sample is drawn anew, float64 (m,), on average once in each stratum."""
    drawn = random.poisson(1.0, len(stratum)).astype(np.float64)
    for each in np.unique(stratum):
        own = stratum == each
        drawn[own] *= own.sum() / max(drawn[own].sum(), 1.0)
    return drawn
