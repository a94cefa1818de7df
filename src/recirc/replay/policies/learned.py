"""The learned ranker, trained as the replay goes on, as `recirc serve` trains it from its own log."""

import os
from collections.abc import Sequence

import numpy as np
from typing_extensions import override

from recirc.rank.candidates import CandidateGenerator, CandidateSet
from recirc.rank.forest import Forest, scores
from recirc.rank.training import QueryCollector, QuerySample, train
from recirc.rank.visit import Visit
from recirc.replay.policies.policy import best_among
from recirc.replay.policies.rearranged import Rearranger
from recirc.replay.policies.shared_learner import SharedLearner
from recirc.settings import Settings
from recirc.shelves.recommendation import Recommendation
from recirc.state.state import State
from recirc.types import FloatArray, IntArray

REFIT = 24
"""Number of windows between trainings; before window 48, half of the windows so far."""


class LearnedPolicy(SharedLearner):
    """Candidates in the order of a LambdaRank model of earlier clicks; until there is one, of the default formula.

    It learns from the candidates that it ranks. Models are trained at the ends of windows, on the clicks of the last
    `training.window_hours`.

    Attributes:
        trained: number of models so far.
    """

    name = "learned"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._generator = CandidateGenerator(settings.recommending, settings.learning)
        self._rearranger = Rearranger(settings, Recommendation.name)
        self.trained = 0
        self._forest: Forest | None = None
        self._collector = QueryCollector(settings.training, len(self._generator.catalogue.names))
        self._samples: list[tuple[int, QuerySample]] = []
        self._ranked: tuple[Visit, CandidateSet] | None = None
        self._targets = self._targets_before = 0
        self._share = 1.0
        self._ended = -1
        self._next = 1

    @property
    @override
    def remark(self) -> str:
        if self.trained:
            return ""
        return (
            f"there was too little to learn from ({len(self._collector):,} clicks; it takes "
            f"{self.settings.training.least_lists:,}, training.least_lists), so the default formula was used"
        )

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        candidates = self._candidates(state, visit, among)
        self.pool = candidates.pool
        score = self._scores(candidates)
        if among is None:
            return self._rearranger.best(state, candidates.articles, score, slots)
        known = dict(zip(candidates.articles.tolist(), score.tolist(), strict=True))
        return best_among(among, np.array([known.get(article, -np.inf) for article in among.tolist()]), slots)

    def _candidates(self, state: State, visit: Visit, among: IntArray | None) -> CandidateSet:
        limit = self.settings.recommending.rerank_candidates
        candidates = self._generator.gather(state, visit, among=among, limit=limit, features=True)
        self._ranked = (visit, candidates)
        return candidates

    def _scores(self, candidates: CandidateSet) -> FloatArray:
        if self._forest is None:
            formula: FloatArray = candidates.parts.sum(axis=1)
            return formula
        return scores(self._forest, candidates.features)

    @override
    def learn(self, state: State, visit: Visit, target: int, among: IntArray | None) -> None:
        self._targets += 1
        # Pseudo-random by the number of targets alone, because whether a query is tested says how its visit goes on.
        if (self._targets * 2654435761 & 0xFFFFFFFF) >= self._share * 2**32:
            return
        ranked = self._ranked is not None and self._ranked[0] is visit
        candidates = self._ranked[1] if ranked and self._ranked else self._candidates(state, visit, among)
        position = np.flatnonzero(candidates.articles == target)
        if len(position):
            formula = candidates.parts.sum(axis=1)
            sample = self._collector.sample_of(candidates.features, formula, int(position[0]), state.clock)
            if sample is not None:
                self._samples.append((self._targets, sample))

    @override
    def skip(self) -> None:
        self._targets += 1

    @override
    def take_samples(self) -> list[tuple[int, QuerySample]]:
        taken, self._samples = self._samples, []
        return taken

    @override
    def train_on(self, window: int, samples: Sequence[tuple[int, QuerySample]]) -> Forest | None:
        self._count_targets(window)
        for _, sample in samples:
            self._collector.append(sample)
        settings = self.settings.training
        if window < self._next or len(self._collector) < settings.least_lists:
            return None
        self._next = window + min(max(window // 2, 1), REFIT)
        newest = self._collector.queries(len(self._collector) - 1).time[0]
        self._collector.drop_before(int(newest - settings.window_hours * 3_600_000))
        self.trained += 1
        self._forest = train(self._collector.queries(), settings, threads=os.cpu_count() or 1)
        return self._forest

    @override
    def take_model(self, window: int, model: Forest | None) -> None:
        self._count_targets(window)
        if model is not None:
            self.trained += 1
            self._forest = model

    def _count_targets(self, window: int) -> None:
        """Choose the share of the next window's targets that is learned from."""
        targets, self._targets_before = self._targets - self._targets_before, self._targets
        settings = self.settings.training
        windows, self._ended = window - self._ended, window
        if targets:
            self._share = min(1.0, settings.max_queries * windows / (targets * settings.window_hours))
        self._ranked = None
