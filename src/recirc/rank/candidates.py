"""Candidates for Recommendation: every article for which a source has evidence, the evidence, and the features."""

from typing import NamedTuple

import numpy as np

from recirc.rank import candidate_sources as sources
from recirc.rank.candidate_sources import EVIDENCE, TOTALS, CandidateTable, CoreadingWeights, PairArrays
from recirc.rank.feature_groups import FeatureInputs
from recirc.rank.features import Features, QueryFeatures, compute_features, feature_catalogue
from recirc.rank.formula import first_stage_scores, formula_parts
from recirc.rank.sessions import SessionScratch, neighbour_visits, visit_arrays
from recirc.rank.visit import Visit
from recirc.settings import LearningSettings, RecommendationSettings
from recirc.state.contexts import buckets
from recirc.state.decayed_counts import DecayedCounts
from recirc.state.state import State
from recirc.state.transitions import ARRIVALS
from recirc.types import BoolArray, FloatArray, IntArray

MAX_CANDIDATES = 4096
"""Candidates without evidence of their own are added last, while there is room."""

NEWEST_ARTICLES = 32
"""Number of the newest articles that are candidates whether or not anybody opened them."""


class CandidateSet(NamedTuple):
    """The articles that may be recommended, with their evidence.

    Attributes:
        articles: int32 (n,), distinct, none of the visit.
        parts: float64 (n, len(PARTS)): what each part of the default formula adds to the score.
        features: float32 (n, F), see `features`; F = 0 unless they were requested.
        votes: int32 (n,): number of similar visits that opened it.
        pool: int32 (p,): all candidates of the first stage.
        followed: int32 (n,): number of visits that opened it right after the visit's last article.
        followers: number of considered visits that went on from the visit's last article.
    """

    articles: IntArray
    parts: FloatArray
    features: Features
    votes: IntArray
    pool: IntArray
    followed: IntArray
    followers: int


class CandidateGenerator:
    """Gathers candidates from a state. It owns scratch arrays, so only one call may run at a time.

    Attributes:
        catalogue: names and groups of the features.
    """

    def __init__(self, recommending: RecommendationSettings, learning: LearningSettings) -> None:
        self.recommending = recommending
        self.catalogue = feature_catalogue(learning)
        self._nearest = _nearest_half_lives(learning)
        self._marks: IntArray = np.zeros(0, np.int32)
        self._similarity: FloatArray = np.zeros(0)
        self._shared: IntArray = np.zeros(0, np.int32)
        self._articles: IntArray = np.empty(MAX_CANDIDATES, np.int32)
        self._evidence: FloatArray = np.empty((MAX_CANDIDATES, EVIDENCE))
        self._all: BoolArray = np.zeros(0, bool)

    def gather(
        self,
        state: State,
        visit: Visit,
        allowed: BoolArray | None = None,
        *,
        among: IntArray | None = None,
        limit: int | None = None,
        features: bool = False,
    ) -> CandidateSet:
        """Candidates for a visit, as of the state's clock.

        Args:
            allowed: bool (n_articles,): articles that may be candidates; None: all.
            among: int32 (m,), distinct: exactly these are the candidates (those that the state knows).
            limit: largest number of candidates, the best of the first stage; None: no limit. Ignored with `among`.
            features: whether to compute them.
        """
        history = visit.history[visit.history < state.size]
        table = self._table(state, history, allowed, among)
        context = np.array([visit.referrer, visit.device, visit.region], np.int32)
        columns = buckets(context[None, :])[0]
        self._add_evidence(
            state, history, visit.earlier, context, table, popular=columns if among is None else None
        )
        n = int(table.size[0])
        table.marks[table.articles[:n]] = 0
        table.marks[history] = 0
        inputs = state.derived("readings", lambda: self._inputs(state), self._nearest)
        parts = formula_parts(table, inputs, self.recommending)
        rows = np.arange(n, dtype=np.int32)
        if limit is not None and among is None and n > limit:
            score = first_stage_scores(table, parts, inputs, columns)
            rows = np.sort(np.argpartition(-score, limit - 1)[:limit]).astype(np.int32)
        out = np.empty((len(rows) if features else 0, len(self.catalogue.names)), np.float32)
        if features:
            last = np.array([history[-1] if len(history) else -1], np.int64)
            lengths = np.array([len(visit.history), len(visit.earlier)], float)
            query = QueryFeatures(last, lengths, columns)
            compute_features(rows, table, parts.sum(axis=1), inputs, query, self.catalogue.layout, out)
        return CandidateSet(
            articles=table.articles[rows],
            parts=parts[rows],
            features=out,
            votes=table.evidence[rows, sources.VOTES].astype(np.int32),
            pool=table.articles[:n].copy(),
            followed=table.evidence[rows, sources.FOLLOWED].astype(np.int32),
            followers=int(table.totals[sources.FOLLOWERS]),
        )

    def _table(
        self, state: State, history: IntArray, allowed: BoolArray | None, among: IntArray | None
    ) -> CandidateTable:
        """An empty table in the scratch arrays, or one of the articles in `among`; the history is excluded."""
        if len(self._marks) < state.size:
            self._marks = np.zeros(2 * state.size, np.int32)
            self._all = np.ones(2 * state.size, bool)
        if len(self._similarity) < len(state.visits.key):
            self._similarity = np.zeros(len(state.visits.key))
            self._shared = np.zeros(len(state.visits.key), np.int32)
        table = CandidateTable(
            self._marks,
            self._all[: state.size] if allowed is None else allowed,
            self._articles,
            np.zeros(1, np.int64),
            np.array([MAX_CANDIDATES]),
            self._evidence,
            np.zeros(TOTALS),
        )
        table.marks[history] = -1
        if among is not None:
            sources.add_all(among[among < state.size].astype(np.int32), table)
            table.limit[0] = table.size[0]
        return table

    def _add_evidence(
        self,
        state: State,
        history: IntArray,
        earlier: IntArray,
        context: IntArray,
        table: CandidateTable,
        *,
        popular: IntArray | None,
    ) -> None:
        """Run the sources. `popular`: columns of `Contexts`; add their heavy hitters, everybody's, the newest."""
        rules, last = self.recommending, int(history[-1]) if len(history) else -1
        pairs = PairArrays(state.coreading.neighbours, state.coreading.after, state.coreading.before)
        if last >= 0:
            visits = visit_arrays(state.visits)
            touched = np.empty(rules.recent_visits * len(history), np.int32)
            scratch = SessionScratch(self._similarity, self._shared, touched)
            found = neighbour_visits(history, rules.recent_visits, rules.neighbour_visits, visits, scratch)
            sources.add_sessions(found, history, context, state.clock, visits, scratch, table)
            weights = CoreadingWeights(
                rules.backward, rules.fading, state.coreading.decay_factor(state.clock)
            )
            sources.add_coreading(history, weights, pairs, table)
            sources.add_followers(last, rules.followers, context, state.clock, visits, table)
            texts = state.content
            sources.add_text(history, rules.fading, texts.neighbours, texts.similarities, table)
            sources.add_two_steps(last, rules.backward, pairs, table)
        if popular is not None:
            self._add_popular(state, popular, table)
        sources.add_earlier(earlier[earlier < state.size], rules.backward, pairs, table)

    def _add_popular(self, state: State, columns: IntArray, table: CandidateTable) -> None:
        """Add what is read most now, by all readers and by readers in the same contexts, and the newest articles."""
        now = self.recommending.half_life
        popular, transitions, like = state.popularity.table, state.transitions.table, state.contexts.table
        leading = [popular.top(0, now), popular.top(0, 0), transitions.top(ARRIVALS, now)]
        for column in columns.tolist():
            leading += [like.top(column, h) for h in range(len(like.half_lives))]
        newest = np.arange(max(state.size - NEWEST_ARTICLES, 0), state.size, dtype=np.int32)
        # In one call, because each call has to unpack the table.
        sources.add_all(np.concatenate((*leading, newest)), table)

    def _inputs(self, state: State) -> FeatureInputs:
        def arrays(table: DecayedCounts) -> tuple[FloatArray, FloatArray, FloatArray]:
            return table.weights, table.decay_factors(state.clock), table.totals

        return FeatureInputs(
            *arrays(state.popularity.table),
            *arrays(state.transitions.table),
            *arrays(state.contexts.table),  # type: ignore[arg-type]  # this one is float32
            self._nearest,
            state.lifetimes.first,
            state.lifetimes.last,
            state.catalogue.published,
            state.exposure.articles,
            state.exposure.rates(),
            np.array([state.clock]),
        )


def _nearest_half_lives(learning: LearningSettings) -> IntArray:
    """For each half-life of contexts the index of the nearest one of popularity, on a log scale, int32 (G,)."""
    ratio = np.log(np.array(learning.context_half_lives)[:, None] / np.array(learning.half_lives)[None, :])
    nearest: IntArray = np.abs(ratio).argmin(axis=1).astype(np.int32)
    return nearest
