"""What can be judged: each policy turns a state and a history into a ranked list. They are found by their
name.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.rank.candidates import SOURCES, Gatherer
from recirc.rank.formula import scores
from recirc.replay.clicks import HOUR
from recirc.settings import Settings
from recirc.state.state import State
from recirc.types import FloatArray, IntArray


class Policy(ABC):
    """A way of ranking. Subclasses are found by `name`; all see the same queries and the same state."""

    name: ClassVar[str]

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @abstractmethod
    def rank(self, state: State, history: IntArray, slots: int) -> IntArray:
        """The best `slots` articles for a reader who opened `history` (int32 (s,), oldest first), best
        first.
        """


def best(articles: IntArray, score: FloatArray, slots: int) -> IntArray:
    """The `slots` articles of highest score; of equals, the lower index."""
    return articles[np.lexsort((articles, -score))[:slots]]


class Popular(Policy):
    """Most distinct readers, fading with a half-life of an hour, whoever asks."""

    name = "popular"

    @override
    def rank(self, state: State, history: IntArray, slots: int) -> IntArray:
        weights = state.popularity.readers(state.clock)[:, self._half_life(state)].copy()
        weights[history[history < len(weights)]] = 0
        most = min(slots + len(history), len(weights))
        top = np.argpartition(-weights, most - 1)[:most].astype(np.int32)
        return best(top[weights[top] > 0], weights[top[weights[top] > 0]], slots)

    def _half_life(self, state: State) -> int:
        return int(np.abs(state.popularity.half_lives - HOUR).argmin())


class Recent(Popular):
    """The same at the half-life that foresees most, the one that the default formula uses."""

    name = "recent"

    @override
    def _half_life(self, state: State) -> int:
        return self.settings.recommending.half_life


class Default(Policy):
    """The default formula over its candidates (see `rank.formula`)."""

    name = "default"
    only: ClassVar[tuple[str, ...]] = SOURCES

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._gatherer = Gatherer(settings.recommending)
        self._mask = np.array([source in self.only for source in SOURCES], float)

    @override
    def rank(self, state: State, history: IntArray, slots: int) -> IntArray:
        candidates = self._gatherer.gather(state, history)
        masked = candidates._replace(shares=candidates.shares * self._mask)
        return best(candidates.articles, scores(masked, self.settings.recommending), slots)


class Sessions(Default):
    """Similar visits alone: VMIS-kNN."""

    name = "sessions"
    only = ("sessions",)


class CoReading(Default):
    """Co-reading alone."""

    name = "coreading"
    only = ("coreading",)


def policies() -> dict[str, type[Policy]]:
    """Every policy by its name."""
    found: dict[str, type[Policy]] = {}
    waiting = [Policy]
    while waiting:
        for policy in waiting.pop().__subclasses__():
            found[policy.name] = policy
            waiting.append(policy)
    return found
