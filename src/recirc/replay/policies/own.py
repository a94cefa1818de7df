"""The engine's own ways of ranking, without learning."""

from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.rank.candidates import CandidateGenerator
from recirc.rank.formula import PARTS
from recirc.rank.visit import Visit
from recirc.replay.policies.policy import Policy, best, best_among
from recirc.replay.policies.rearranged import Rearranger
from recirc.replay.replay_log import HOUR
from recirc.settings import Settings
from recirc.shelves.recommendation import Recommendation
from recirc.state.state import State
from recirc.types import FloatArray, IntArray


class PopularPolicy(Policy):
    """Most distinct readers, decayed with a half-life of an hour; the same for every visit."""

    name = "popular"

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        weights = state.popularity.readers(state.clock)[:, self._half_life(state)]
        if among is not None:
            return best_among(among, _at(weights, among), slots)
        weights = weights.copy()
        history = visit.history
        weights[history[history < len(weights)]] = 0
        most = min(slots + len(history), len(weights))
        top = np.argpartition(-weights, most - 1)[:most].astype(np.int32)
        return best(top[weights[top] > 0], weights[top[weights[top] > 0]], slots)

    def _half_life(self, state: State) -> int:
        return int(np.abs(state.popularity.half_lives - HOUR).argmin())


class RecentPolicy(PopularPolicy):
    """The same at the half-life that predicts best, which the default formula uses."""

    name = "recent"

    @override
    def _half_life(self, state: State) -> int:
        return self.settings.recommending.half_life


class DefaultPolicy(Policy):
    """The default formula over its candidates (see `rank.formula`)."""

    name = "default"
    only: ClassVar[tuple[str, ...]] = PARTS

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._generator = CandidateGenerator(settings.recommending, settings.learning)
        self._rearranger = Rearranger(settings, Recommendation.name)
        self._mask = np.array([part in self.only for part in PARTS], float)

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        candidates = self._generator.gather(state, visit, among=among)
        self.pool = candidates.pool
        score = candidates.parts @ self._mask
        if among is not None:
            known = dict(zip(candidates.articles.tolist(), score.tolist(), strict=True))
            return best_among(among, np.array([known.get(a, -1.0) for a in among.tolist()]), slots)
        return self._rearranger.best(state, candidates.articles, score, slots)


class SessionsPolicy(DefaultPolicy):
    """Similar visits alone: VMIS-kNN."""

    name = "sessions"
    only = ("sessions",)


class CoReadingPolicy(DefaultPolicy):
    """Co-reading alone."""

    name = "coreading"
    only = ("coreading",)


def _at(weights: FloatArray, articles: IntArray) -> FloatArray:
    """The weights of some articles, float64 (m,); 0 for those that the state does not know."""
    known = articles < len(weights)
    return np.where(known, weights[np.where(known, articles, 0)] if len(weights) else 0.0, 0.0)
