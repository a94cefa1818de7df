"""What a replay measured: the rank of each target in each policy's ranking, and figures beyond accuracy."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recirc.replay.beyond_accuracy import BeyondAccuracy, gini
from recirc.replay.metrics import WindowMetric, mean_over_windows, metrics
from recirc.replay.normative import LISTED, PAIRS, NormativeDiversity, fragmentation
from recirc.replay.policies import Policy
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, LongArray

BEYOND = ("novelty", "young", "diversity", "calibration", "representation")


class ResultPart(NamedTuple):
    """What one process of several measured: the rows of some queries, and what it counted since its last part.

    Attributes, p = queries of the part:
        number: int64 (p,): the queries.
        ranks, recall, beyond: their rows, for each policy.
        recommended: for each policy int64 (n,).
        stories: for each policy the rows of those of them that are kept.
        known: number of articles known at the last of these queries.
        checked: number of queries that were verified.
    """

    number: LongArray
    ranks: dict[str, IntArray]
    recall: dict[str, FloatArray]
    beyond: dict[str, FloatArray]
    recommended: dict[str, LongArray]
    stories: dict[str, IntArray]
    known: int
    checked: int


class ReplayResult:
    """The rank of the target in each policy's ranking, and properties of the rankings.

    Attributes, q = queries, n = articles:
        window: int32 (q,): the window in which each query is averaged.
        ranks: for each policy int32 (q,), from 1; 0: the target is not in the ranking.
        recall: for each policy float64 (q,): 1 if the target was among its candidates, else 0; NaN: it ranks the whole
            catalogue.
        beyond: for each policy float64 (q, len(BEYOND)), NaN: not known.
        recommended: for each policy int64 (n,): number of rankings with the article.
        known: number of articles known at the last query.
        checked: number of queries that were verified against the past alone.
        apart: of every so many queries the lists are kept for fragmentation.
        stories: for each policy int32 (m, LISTED): the stories of these lists, from 1.
        sampled: the target competed with sampled negatives.
    """

    def __init__(
        self, window: IntArray, policies: Sequence[Policy], beyond_accuracy: BeyondAccuracy | None
    ) -> None:
        """`beyond_accuracy`: None if candidates were sampled; only accuracy is measured then."""
        q = len(window)
        names = [policy.name for policy in policies]
        self.window = window
        self._beyond_accuracy = beyond_accuracy
        self.ranks: dict[str, IntArray] = {name: np.zeros(q, np.int32) for name in names}
        self.recall: dict[str, FloatArray] = {name: np.full(q, np.nan) for name in names}
        self.beyond: dict[str, FloatArray] = {name: np.full((q, len(BEYOND)), np.nan) for name in names}
        size = beyond_accuracy.size if beyond_accuracy is not None else 0
        self.recommended: dict[str, LongArray] = {name: np.zeros(size, np.int64) for name in names}
        self.apart = max(q // PAIRS, 1)
        m = -(-q // self.apart)
        self.stories: dict[str, IntArray] = {name: np.zeros((m, LISTED), np.int32) for name in names}
        self._normative = NormativeDiversity()
        self.known = 0
        self.checked = 0
        self.sampled = beyond_accuracy is None

    def add(
        self, query: int, policy: Policy, target: int, ranking: IntArray, state: State, history: IntArray
    ) -> None:
        """Add a policy's ranking (int32 (m,), best first) for a query, 0 ≤ `query` < q, of a visit that opened
        `history`, int32 (s,).
        """
        found = np.flatnonzero(ranking == target)
        self.ranks[policy.name][query] = found[0] + 1 if len(found) else 0
        if self._beyond_accuracy is not None:
            if policy.pool is not None:
                self.recall[policy.name][query] = (policy.pool == target).any()
            recommended = self.recommended[policy.name]
            measured = self._beyond_accuracy.measure(ranking, state, recommended)
            self.beyond[policy.name][query] = *measured, *self._normative.measure(ranking, history, state)
            if query % self.apart == 0:
                story = state.stories.all()
                shown = ranking[ranking < len(story)][:LISTED]
                self.stories[policy.name][query // self.apart, : len(shown)] = story[shown] + 1

    def finish(self) -> None:
        """Count the known articles, after the last query."""
        self.known = self._beyond_accuracy.known if self._beyond_accuracy is not None else 0

    def take_part(self, number: LongArray) -> ResultPart:
        """The rows of some queries, int64 (p,), and what was counted since the last call."""
        self.finish()
        part = ResultPart(
            number,
            {name: rows[number] for name, rows in self.ranks.items()},
            {name: rows[number] for name, rows in self.recall.items()},
            {name: rows[number] for name, rows in self.beyond.items()},
            self.recommended,
            {name: rows[self._kept(number)] for name, rows in self.stories.items()},
            self.known,
            self.checked,
        )
        self.recommended = {name: np.zeros_like(counts) for name, counts in self.recommended.items()}
        self.checked = 0
        return part

    def merge(self, part: ResultPart) -> None:
        """Add what another process measured."""
        for name in self.ranks:
            self.ranks[name][part.number] = part.ranks[name]
            self.recall[name][part.number] = part.recall[name]
            self.beyond[name][part.number] = part.beyond[name]
            self.stories[name][self._kept(part.number)] = part.stories[name]
        for name, counts in part.recommended.items():
            self.recommended[name] += counts
        self.checked += part.checked
        if len(part.number) and part.number[-1] == len(self.window) - 1:
            self.known = part.known  # at the last query of all

    def _kept(self, number: LongArray) -> LongArray:
        """The rows of `stories` of those queries of which there are some."""
        kept: LongArray = number[number % self.apart == 0] // self.apart
        return kept

    def figures(self, name: str) -> dict[str, WindowMetric]:
        """Every figure of a policy, by its name in tables. Raises ReplayError if there are no queries."""
        found = metrics(self.ranks[name], self.window)
        if self._beyond_accuracy is None:
            return found
        columns = {"recall": self.recall[name]} | dict(zip(BEYOND, self.beyond[name].T, strict=True))
        for column, values in columns.items():
            known = ~np.isnan(values)
            if known.any():
                found[column] = mean_over_windows(values[known], self.window[known])
        apart = fragmentation(self.stories[name])
        if not np.isnan(apart):
            found["fragmentation"] = WindowMetric(apart, None)
        counts = self.recommended[name]
        if self.known and counts.any():
            positive = counts[counts > 0]
            found["coverage"] = WindowMetric(len(positive) / self.known, None)
            rest = np.zeros(max(self.known - len(positive), 0), np.int64)
            found["gini"] = WindowMetric(gini(np.r_[positive, rest]), None)
        return found
