"""What the policies answered, and how good it was."""

from collections.abc import Sequence

import numpy as np

from recirc.replay.list_statistics import ListStatistics, gini
from recirc.replay.metrics import WindowMetric, mean_over_windows, metrics
from recirc.replay.policies import Policy
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, LongArray

BEYOND = ("novelty", "young", "diversity")


class TargetRanks:
    """Where the target stood in each policy's list, and what the lists were like.

    Attributes, q = queries that were asked, n = articles:
        window: int32 (q,): in which each is averaged.
        ranks: for each policy int32 (q,), the first place is 1; 0: not in the list.
        held: for each policy float64 (q,): 1 where the target was among its candidates, NaN: it has the whole
            catalogue.
        beyond: for each policy float64 (q, len(BEYOND)), NaN: not known.
        recommended: for each policy int64 (n,): in how many lists each article was.
        known: articles that there were at the last query.
        checked: so many of the queries were asked again of the past alone.
        drawn: the target competed with drawn articles.
    """

    def __init__(self, window: IntArray, policies: Sequence[Policy], census: ListStatistics | None) -> None:
        """Without a `census` (candidates were drawn, not chosen) nothing is told beyond accuracy."""
        q = len(window)
        names = [policy.name for policy in policies]
        self.window = window
        self._census = census
        self.ranks: dict[str, IntArray] = {name: np.zeros(q, np.int32) for name in names}
        self.held: dict[str, FloatArray] = {name: np.full(q, np.nan) for name in names}
        self.beyond: dict[str, FloatArray] = {name: np.full((q, len(BEYOND)), np.nan) for name in names}
        size = census.size if census is not None else 0
        self.recommended: dict[str, LongArray] = {name: np.zeros(size, np.int64) for name in names}
        self.known = 0
        self.checked = 0
        self.drawn = census is None

    def take(self, query: int, policy: Policy, target: int, ranked: IntArray, state: State) -> None:
        """Note what a policy answered (int32 (m,), best first) to the `query`-th question."""
        found = np.flatnonzero(ranked == target)
        self.ranks[policy.name][query] = found[0] + 1 if len(found) else 0
        if self._census is not None:
            if policy.pool is not None:
                self.held[policy.name][query] = (policy.pool == target).any()
            self.beyond[policy.name][query] = self._census.look(ranked, state, self.recommended[policy.name])

    def close(self) -> None:
        """No more questions: what is known of the catalogue is counted."""
        self.known = self._census.known if self._census is not None else 0

    def measured(self, name: str) -> dict[str, WindowMetric]:
        """Every figure of a policy, by its name in tables. Raises ReplayError when nothing was asked."""
        found = metrics(self.ranks[name], self.window)
        if self._census is None:
            return found
        columns = {"recall": self.held[name]} | dict(zip(BEYOND, self.beyond[name].T, strict=True))
        for column, values in columns.items():
            told = ~np.isnan(values)
            if told.any():
                found[column] = mean_over_windows(values[told], self.window[told])
        counts = self.recommended[name]
        if self.known and counts.any():
            listed = counts[counts > 0]
            found["coverage"] = WindowMetric(len(listed) / self.known, None)
            rest = np.zeros(max(self.known - len(listed), 0), np.int64)
            found["gini"] = WindowMetric(gini(np.r_[listed, rest]), None)
        return found
