"""Each shelf as a policy: what it would propose beside a visit's last article, at the moment of the log."""

from functools import cache
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.rank.visit import Visit
from recirc.replay.policies.policy import Policy, best_among
from recirc.settings import Settings
from recirc.shelves.registry import strategies
from recirc.shelves.shelf import RankingContext, ShelfStrategy
from recirc.state.state import State
from recirc.types import IntArray, Window

PREFIX = "shelf-"


class ShelfPolicy(Policy):
    """The proposals of a shelf, without the articles that the visit has opened, and without a learned model."""

    strategy: ClassVar[type[ShelfStrategy]]

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._shelf = self.strategy(settings)

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        allowed = np.ones(state.size, bool)
        if among is not None:
            allowed[:] = False
            allowed[among[among < state.size]] = True
        history = visit.history[visit.history < state.size]
        allowed[history] = False
        article = int(history[-1]) if len(history) else -1
        context = RankingContext(article, visit, allowed, 0, Window.HOUR, True, slots, state.clock)
        proposals = self._shelf.propose(state, context, slots).proposals
        proposed = np.array([proposal.article for proposal in proposals], np.int32)
        if among is None:
            return proposed
        rank = {article: -float(place) for place, article in enumerate(proposed.tolist())}
        return best_among(among, np.array([rank.get(article, -np.inf) for article in among.tolist()]), slots)


def shelf_policies() -> dict[str, type[Policy]]:
    """A policy for each shelf, by name: `shelf-related` and so on."""
    return {PREFIX + strategy.name: _policy_of(strategy) for strategy in strategies()}


@cache
def _policy_of(strategy: type[ShelfStrategy]) -> type[ShelfPolicy]:
    members = {"strategy": strategy, "name": PREFIX + strategy.name, "__doc__": ShelfPolicy.__doc__}
    return type(f"{strategy.__name__}Policy", (ShelfPolicy,), members)
