"""Candidates for Recommendation: every article that some source speaks for, what the sources say of it, and its
features.
"""

from typing import NamedTuple

import numpy as np

from recirc.rank import candidate_sources as of
from recirc.rank.candidate_sources import EVIDENCE, WHOLE, CandidateTable
from recirc.rank.features import FeatureInputs, Features, QueryFeatures, catalogued, fill
from recirc.rank.formula import shares, stage_one
from recirc.rank.sessions import neighbour_visits
from recirc.rank.visit import Visit
from recirc.settings import LearningSettings, RecommendationSettings
from recirc.state.contexts import buckets
from recirc.state.decayed_counts import DecayedCounts
from recirc.state.state import State
from recirc.state.transitions import ARRIVALS
from recirc.types import BoolArray, FloatArray, IntArray

MOST = 4096
"""Candidates that are gathered at most; those without evidence of their own come last."""

NEWEST = 32
"""So many of the articles that came last are candidates, whether or not anybody opened them."""


class CandidateSet(NamedTuple):
    """What may be recommended, and what is known of it.

    Attributes:
        articles: int32 (n,), distinct, none of the visit.
        parts: float64 (n, len(PARTS)): what each source of the default formula adds to the score.
        features: float32 (n, F), see `features`; F = 0 when they were not asked for.
        votes: int32 (n,): similar visits that opened it.
        followed: int32 (n,): visits that opened it right after the visit's last article.
        followers: of so many of the newest visits that went on from the visit's last article.
        pool: int32 (p,): all that were gathered, before the weakest were left out.
    """

    articles: IntArray
    parts: FloatArray
    features: Features
    votes: IntArray
    pool: IntArray
    followed: IntArray
    followers: int


class CandidateGenerator:
    """Gathers candidates from a state. Holds the scratch space, so: one call at a time."""

    def __init__(self, recommending: RecommendationSettings, learning: LearningSettings) -> None:
        self.recommending = recommending
        self.catalogued = catalogued(learning)
        self._nearest = _nearest(learning)
        self._marks: IntArray = np.zeros(0, np.int32)
        self._similarity: FloatArray = np.zeros(0)
        self._shared: IntArray = np.zeros(0, np.int32)
        self._articles: IntArray = np.empty(MOST, np.int32)
        self._evidence: FloatArray = np.empty((MOST, EVIDENCE))
        self._all: BoolArray = np.zeros(0, bool)

    def gather(
        self,
        state: State,
        visit: Visit,
        allowed: BoolArray | None = None,
        *,
        among: IntArray | None = None,
        most: int | None = None,
        features: bool = False,
    ) -> CandidateSet:
        """Candidates for a visit, as of the state's clock.

        Args:
            allowed: bool (n_articles,): others are no candidates; None: all are allowed.
            among: int32 (m,), distinct: exactly these are the candidates (those that the state knows).
            most: at most so many, the best of the first stage; None: all. Not with `among`.
            features: whether to work them out.
        """
        history = visit.history[visit.history < state.size]
        pool = self._pool(state, history, allowed, among)
        context = np.array([visit.referrer, visit.device, visit.region], np.int32)
        columns = buckets(context[None, :])[0]
        self._evidence_of(state, history, context, pool)
        if among is None:
            self._leaders(state, columns, pool)
        pairs = state.coreading
        of.add_earlier(
            visit.earlier[visit.earlier < state.size], self.recommending.backward,
            pairs.neighbours, pairs.after, pairs.before, pool,
        )  # fmt: skip
        n = int(pool.size[0])
        pool.marks[pool.articles[:n]] = 0
        pool.marks[history] = 0
        readings = state.derived("readings", lambda: self._readings(state), self._nearest)
        parts = shares(pool, readings, self.recommending)
        chosen = np.arange(n, dtype=np.int32)
        if most is not None and among is None and n > most:
            score = stage_one(pool, parts, readings, columns)
            chosen = np.sort(np.argpartition(-score, most - 1)[:most]).astype(np.int32)
        out = np.empty((len(chosen) if features else 0, len(self.catalogued.names)), np.float32)
        if features:
            last = np.array([history[-1] if len(history) else -1], np.int64)
            lengths = np.array([len(visit.history), len(visit.earlier)], float)
            fill(chosen, pool, parts.sum(axis=1), readings, QueryFeatures(last, lengths, columns), out)
        return CandidateSet(
            articles=pool.articles[chosen],
            parts=parts[chosen],
            features=out,
            votes=pool.evidence[chosen, of.VOTES].astype(np.int32),
            pool=pool.articles[:n].copy(),
            followed=pool.evidence[chosen, of.FOLLOWED].astype(np.int32),
            followers=int(pool.whole[of.FOLLOWERS]),
        )

    def _pool(
        self, state: State, history: IntArray, allowed: BoolArray | None, among: IntArray | None
    ) -> CandidateTable:
        if len(self._marks) < state.size:
            self._marks = np.zeros(2 * state.size, np.int32)
            self._all = np.ones(2 * state.size, bool)
        if len(self._similarity) < len(state.visits.key):
            self._similarity = np.zeros(len(state.visits.key))
            self._shared = np.zeros(len(state.visits.key), np.int32)
        pool = CandidateTable(
            self._marks,
            self._all[: state.size] if allowed is None else allowed,
            self._articles,
            np.zeros(1, np.int64),
            np.array([MOST]),
            self._evidence,
            np.zeros(WHOLE),
        )
        pool.marks[history] = -1
        if among is not None:
            of.add_all(among[among < state.size].astype(np.int32), pool)
            pool.most[0] = pool.size[0]
        return pool

    def _evidence_of(self, state: State, history: IntArray, context: IntArray, pool: CandidateTable) -> None:
        rules, visits, pairs = self.recommending, state.visits, state.coreading
        if len(history):
            touched = np.empty(rules.recent_visits * len(history), np.int32)
            found = neighbour_visits(
                history, rules.recent_visits, rules.neighbour_visits, visits.serial, visits.articles,
                visits.earlier, visits.newest, self._similarity, self._shared, touched,
            )  # fmt: skip
            of.add_sessions(
                found, touched, self._similarity, self._shared, history, context, state.clock,
                visits.last, visits.count, visits.articles, visits.contexts, pool,
            )  # fmt: skip
            faded = pairs.decay_factor(state.clock)
            tables = (pairs.neighbours, pairs.after, pairs.before)
            of.add_coreading(history, rules.backward, rules.fading, faded, *tables, pool)
            of.add_followers(
                int(history[-1]), rules.followers, context, state.clock, visits.serial, visits.last,
                visits.count, visits.articles, visits.contexts, visits.earlier, visits.newest, pool,
            )  # fmt: skip
            of.add_text(history, rules.fading, state.content.neighbours, state.content.similarities, pool)
            of.add_two_steps(int(history[-1]), rules.backward, *tables, pool)

    def _leaders(self, state: State, columns: IntArray, pool: CandidateTable) -> None:
        """What is read most now, by all and by readers like this one, and what came last."""
        now = self.recommending.half_life
        popular, passing, like = state.popularity.table, state.transitions.table, state.contexts.table
        leading = [popular.top(0, now), popular.top(0, 0), passing.top(ARRIVALS, now)]
        for column in columns.tolist():
            leading += [like.top(column, h) for h in range(len(like.half_lives))]
        newest = np.arange(max(state.size - NEWEST, 0), state.size, dtype=np.int32)
        # One call: each hands over the whole pool.
        of.add_all(np.concatenate((*leading, newest)), pool)

    def _readings(self, state: State) -> FeatureInputs:
        def read(table: DecayedCounts) -> tuple[FloatArray, FloatArray, FloatArray]:
            return table.weights, table.decay_factors(state.clock), table.totals  # type: ignore[return-value]  # or float32

        return FeatureInputs(
            *read(state.popularity.table),
            *read(state.transitions.table),
            *read(state.contexts.table),  # type: ignore[arg-type]  # this one is float32
            self._nearest,
            state.lifetimes.first,
            state.lifetimes.last,
            state.catalogue.published,
            state.exposure.articles,
            state.exposure.rates(),
            np.array([state.clock]),
        )


def _nearest(learning: LearningSettings) -> IntArray:
    """Which half-life of popularity is nearest to each of the contexts', int32 (G,)."""
    ratio = np.log(np.array(learning.context_half_lives)[:, None] / np.array(learning.half_lives)[None, :])
    nearest: IntArray = np.abs(ratio).argmin(axis=1).astype(np.int32)
    return nearest
