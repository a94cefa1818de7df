"""Rankings of the policies that serve, re-ranked as their shelf is by `[balance]` and `[diversity]`."""

from collections.abc import Sequence

import numpy as np

from recirc.engine.active_rules import ActiveRules
from recirc.engine.fixed_rules import fixed_rules
from recirc.replay.policies.policy import best
from recirc.settings import Settings
from recirc.shelves.rerank import Greedy, Reranking
from recirc.state.state import State
from recirc.types import FloatArray, IntArray

AMONG = 4
"""Of so many times the articles of a list the best are re-ranked."""


def _unknown(ids: Sequence[str]) -> IntArray:
    """Targets of the settings name no articles."""
    return np.full(len(ids), -1, np.int32)


class Rearranger:
    """Gives the best articles, in the order of the settings' targets and diversity; without these as `best` does."""

    def __init__(self, settings: Settings, shelf: str) -> None:
        """`shelf` is the name of the one whose targets apply."""
        self._settings, self._shelf = settings, shelf
        self._rules = ActiveRules(fixed_rules(settings.balance), _unknown)

    def best(self, state: State, articles: IntArray, score: FloatArray, slots: int) -> IntArray:
        """The `slots` best of some articles, int32 (n,), by their scores, float64 (n,), best first."""
        targets = self._rules.shares(state, self._shelf, frozenset(), state.clock) if self._rules else ()
        reranking = Reranking(targets, self._settings.balance.weight, self._settings.diversity)
        if not reranking or not len(articles):
            return best(articles, score, slots)
        order = np.lexsort((articles, -score))[: AMONG * slots]
        among = articles[order]
        greedy = Greedy(state, among, score[order], slots, reranking)
        nothing, found = np.zeros(len(among), bool), list[int]()
        while len(found) < slots and (at := greedy.best()) >= 0:
            greedy.take(at, nothing)
            found.append(at)
        chosen: IntArray = among[np.array(found, np.int64)]
        return chosen
