"""Exploration: in some slates, one slot of a shelf goes to a new article, to find out whether readers want it.

Articles are recommended because they were read, and read less when they are not recommended: without a trial, a new
article that nobody happens to open stays unknown. `exploring.share` bounds the cost of the trial.

With share ε, slot k, the list B that the shelf would show anyway, and the new articles C that could have the slot:

    propensity of Bₖ in slot k = 1 − ε            (1 where C is empty)
    propensity of c in slot k  = ε · p(c), c ∈ C   (p: its chance to be the best, `thompson.best_arm_probabilities`)
    propensity of all others   = 1

They sum to 1 over the articles that may have slot k; where B has no k-th item the slot is empty with 1 − ε. The click
rate θ of a new article in slot k has the posterior Beta(α, β) with

    r = clicks for each impression in slots like k, E = Σ impressions in each place · clicks for each there
    α = prior_clicks + clicks,   β = prior_clicks · (1 − r) / r + max(E / r − clicks, 0)

E / r is the number of impressions in slot k for which as many clicks are expected: a place where nobody clicks
is little evidence against an article.
"""

from collections.abc import Set
from typing import NamedTuple

import numpy as np

from recirc import hashing
from recirc.rank.thompson import best_arm_probabilities
from recirc.settings import ExplorationSettings
from recirc.shelves.reasons import Evidence
from recirc.shelves.shelf import PlacedItem, RankingContext
from recirc.state.catalogue import LIVE
from recirc.state.exposure import CLICKED, SHOWN
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, LongArray

MINUTE = 60_000
HOUR = 60 * MINUTE
MOST = 64
"""Most new articles that are on trial at a time, those published last."""

ASSUMED = 100
"""Number of impressions in each place for which the assumed click rate counts."""

KIND = "new here"


class TrialArticles(NamedTuple):
    """The articles that are new, the oldest first.

    Attributes:
        articles: int32 (m,).
        published: int64 (m,), ms.
        seen: int64 (m,), impressions of each on shelves.
        alpha, beta: float64 (m,), of its click rate in the slot.
    """

    articles: IntArray
    published: LongArray
    seen: LongArray
    alpha: FloatArray
    beta: FloatArray

    def of(self, which: LongArray) -> "TrialArticles":
        """Some of them."""
        return TrialArticles(
            self.articles[which], self.published[which], self.seen[which], self.alpha[which], self.beta[which]
        )


NO_TRIALS = TrialArticles(
    np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
)


class Explorer:
    """Puts new articles on trial."""

    def __init__(self, exploring: ExplorationSettings) -> None:
        self.exploring = exploring

    def explore(
        self,
        state: State,
        context: RankingContext,
        shelf: int,
        placed: list[PlacedItem],
        slots: int,
        excluded: Set[int],
        seed: str,
    ) -> list[PlacedItem]:
        """The items of a shelf: `placed`, or in a share of cases with a new article in one slot.

        A pure function of its arguments.

        Args:
            shelf: its number.
            placed: the items without a trial, at most `slots`.
            excluded: stories that may not appear.
            seed: of the random draw.
        """
        share = self.exploring.share
        if share == 0:
            return placed
        slot = min(self.exploring.slot, slots - 1, len(placed))
        whether, which = uniforms(seed)
        # Where nothing is tried, it is enough to know that something could be.
        trial = self._eligible(state, context, shelf, slot, excluded, MOST if whether < share else 1)
        if not len(trial.articles):
            return placed
        if whether < share:
            chance = best_arm_probabilities(trial.alpha, trial.beta)
            at = min(int(np.searchsorted(np.cumsum(chance), which, side="right")), len(chance) - 1)
            tried = PlacedItem(
                int(trial.articles[at]),
                float(trial.alpha[at] / (trial.alpha[at] + trial.beta[at])),
                _evidence(context.now - int(trial.published[at]), int(trial.seen[at])),
                share * float(chance[at]),
            )
            return [*placed[:slot], tried, *placed[slot + 1 :]]
        if slot == len(placed):
            return placed
        return [*placed[:slot], placed[slot]._replace(propensity=1 - share), *placed[slot + 1 :]]

    def _eligible(
        self, state: State, context: RankingContext, shelf: int, slot: int, excluded: Set[int], most: int
    ) -> TrialArticles:
        """The new articles that may have this slot, the newest `most` of them."""
        minute = context.now // MINUTE
        trial = state.derived(
            ("trial", shelf, slot, minute), lambda: self._trial(state, shelf, slot, minute * MINUTE), self
        )
        story, fits = state.stories.all(), list[int]()
        for at in range(len(trial.articles) - 1, -1, -1):
            article = trial.articles.item(at)
            dated = trial.published.item(at) <= context.now
            if dated and context.allowed.item(article) and story.item(article) not in excluded:
                fits.append(at)
                if len(fits) == most:
                    break
        return trial.of(np.array(fits[::-1], np.int64)) if fits else NO_TRIALS

    def _trial(self, state: State, shelf: int, slot: int, now: int) -> TrialArticles:
        """The articles that are new at `now` (ms)."""
        rules, catalogue = self.exploring, state.catalogue
        published = catalogue.published[: state.size]
        new = np.flatnonzero(published > now - rules.hours * HOUR)
        new = new[catalogue.status[new] == LIVE]
        new = new[state.exposure.articles[new, :, SHOWN].sum(axis=1) < rules.most_shown]
        new = new[np.argsort(published[new], kind="stable")].astype(np.int32)
        shown = state.exposure.articles[new, :, SHOWN]
        clicks = state.exposure.articles[new, :, CLICKED].sum(axis=1).astype(float)
        rates = state.exposure.rates(rules.rate, ASSUMED)
        place = state.exposure.place(shelf, slot)
        # There can be more clicks than impressions in the log, by accident or not.
        rate = min(float(rates[place]) if place >= 0 else rules.rate, 0.9)
        misses = np.maximum(shown @ rates / rate - clicks, 0.0)
        return TrialArticles(
            articles=new,
            published=published[new],
            seen=shown.sum(axis=1).astype(np.int64),
            alpha=rules.prior_clicks + clicks,
            beta=rules.prior_clicks * (1 - rate) / rate + misses,
        )


def _evidence(age: int, seen: int) -> Evidence:
    return Evidence(KIND, {"minutes": age // MINUTE, "seen": seen})


def uniforms(seed: str) -> tuple[float, float]:
    """Two numbers from 0 to 1 (not included), uniform over seeds and independent of each other.

    >>> [round(u, 3) for u in uniforms("5f1c")]
    [0.677, 0.398]
    """
    digest = hashing.digest(seed.encode(), 16, person=b"exploration")
    first, second = (int.from_bytes(digest[at : at + 8], "little") >> 11 for at in (0, 8))
    return first / 2**53, second / 2**53
