"""Candidates for Recommendation: every article for which a source has evidence, the evidence, and the features."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from recirc.rank import candidate_sources as sources
from recirc.rank.candidate_sources import EVIDENCE, TOTALS, CandidateTable, CoreadingWeights, PairArrays
from recirc.rank.collecting import Popular, SourceArrays, SourceQuery, SourceRules, collect
from recirc.rank.feature_groups import FeatureInputs
from recirc.rank.features import FeatureRoom, Features, QueryFeatures, compute_features, feature_catalogue
from recirc.rank.forest import WalkRoom
from recirc.rank.formula import PARTS, FirstStage, order_weights_of, weights_of
from recirc.rank.openings import RECENT_VISITS
from recirc.rank.plain_candidates import PlainCandidates, SelectionRoom, plain_candidates
from recirc.rank.scoring import ScoringRoom
from recirc.rank.selection import best_rows
from recirc.rank.sessions import SessionScratch
from recirc.rank.visit import Visit
from recirc.rank.visit_arrays import visit_arrays
from recirc.rank.visit_lists import VisitLists
from recirc.settings import LearningSettings, RecommendationSettings
from recirc.state.contexts import codes_and_columns
from recirc.state.decayed_counts import DecayedCounts
from recirc.state.state import State
from recirc.state.transitions import ARRIVALS
from recirc.types import BoolArray, FloatArray, IntArray, LongArray

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
        self._touched: IntArray = np.zeros(0, np.int32)
        self._similar_keys: FloatArray = np.zeros(0)
        self._articles: IntArray = np.empty(MAX_CANDIDATES, np.int32)
        self._evidence: FloatArray = np.empty((MAX_CANDIDATES, EVIDENCE))
        self._totals: FloatArray = np.zeros(TOTALS)
        self._size: LongArray = np.zeros(1, np.int64)
        self._limit: LongArray = np.zeros(1, np.int64)
        self._all: BoolArray = np.zeros(0, bool)
        self._stage = FirstStage(
            np.empty((MAX_CANDIDATES, len(PARTS))), np.empty(MAX_CANDIDATES), np.empty(len(PARTS))
        )
        self._keys: FloatArray = np.empty(MAX_CANDIDATES)
        self._rows, self._by_place, self._order, self._plain = (
            np.empty(MAX_CANDIDATES, np.int32) for _ in range(4)
        )
        self._scores: FloatArray = np.empty(MAX_CANDIDATES)
        half_lives, columns = len(learning.half_lives), len(self.catalogue.names)
        self._feature_room = FeatureRoom(
            np.empty(MAX_CANDIDATES),
            np.empty(half_lives),
            np.empty(half_lives),
            np.empty(columns - self.catalogue.layout.visit, np.float32),
        )
        self._walk = WalkRoom.of(0, columns, 0)
        self._lists: tuple[object, VisitLists] | None = None

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
        codes = codes_and_columns(visit.referrer, visit.device, visit.region)
        context, columns = codes[:3], codes[3:]
        table = self._table(state, allowed, history, among)
        arrays, rules = self.sources(state)
        query = SourceQuery(history, visit.earlier, context, columns, among is None)
        scratch = self._scratch(state, len(history))
        collect(query, self.popular(state, columns), rules, arrays, scratch, table, self._stage)
        n = int(table.size[0])
        parts = self._stage.parts[:n]
        kept = n if limit is None or among is not None else limit
        rows = self._rows[: best_rows(self._stage.scores, n, kept, self._keys, self._rows)].copy()
        out = np.empty((len(rows) if features else 0, len(self.catalogue.names)), np.float32)
        if features:
            last = np.array([history[-1] if len(history) else -1], np.int64)
            lengths = np.array([len(visit.history), len(visit.earlier)], float)
            asked = QueryFeatures(last, lengths, columns)
            compute_features(rows, table, parts.sum(axis=1), arrays.inputs, asked, self.catalogue.layout, out)
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
        self, state: State, allowed: BoolArray | None, history: IntArray, among: IntArray | None
    ) -> CandidateTable:
        """An empty table in the scratch arrays, or one of the articles in `among` that are not in the history."""
        marks = self._marks_for(state)
        self._size[0], self._limit[0] = 0, MAX_CANDIDATES
        table = CandidateTable(
            marks,
            self._all[: state.size] if allowed is None else allowed,
            self._articles,
            self._size,
            self._limit,
            self._evidence,
            self._totals,
        )
        if among is not None:
            table.marks[history] = -1
            sources.add_all(among[among < state.size].astype(np.int32), table)
            table.limit[0] = table.size[0]
        return table

    def room(
        self, state: State, allowed: BoolArray, history: IntArray, limit: int, trees: int
    ) -> ScoringRoom:
        """Room for `order_candidates`: for so many candidates with scores of so many trees."""
        walk = self._walk
        if len(walk.features) < limit or len(walk.leaves) < trees:
            rows, trees = max(limit, len(walk.features)), max(trees, len(walk.leaves))
            walk = self._walk = WalkRoom.of(rows, len(self.catalogue.names), trees)
        selection = SelectionRoom(
            self._table(state, allowed, history, None),
            self._stage,
            self._scratch(state, len(history)),
            self._keys,
            self._plain,
            self._rows,
        )
        return ScoringRoom(selection, self._feature_room, walk, self._by_place, self._scores, self._order)

    def _scratch(self, state: State, steps: int) -> SessionScratch:
        if len(self._similarity) < len(state.visits.key):
            self._similarity = np.zeros(len(state.visits.key))
            self._shared = np.zeros(len(state.visits.key), np.int32)
        most = self.recommending.recent_visits * steps
        if len(self._touched) < most:
            self._touched, self._similar_keys = np.empty(2 * most, np.int32), np.empty(2 * most)
        return SessionScratch(self._similarity, self._shared, self._touched, self._similar_keys)

    def sources(self, state: State) -> tuple[SourceArrays, SourceRules]:
        """The arrays of a state, and the settings with the factors that are as of its clock."""
        return state.derived("sources", lambda: self._sources(state), self)

    def _sources(self, state: State) -> tuple[SourceArrays, SourceRules]:
        rules, pairs, texts = self.recommending, state.coreading, state.content
        arrays = SourceArrays(
            visit_arrays(state.visits),
            self._lists_of(state),
            PairArrays(pairs.neighbours, pairs.after, pairs.before),
            self._inputs(state),
            texts.neighbours,
            texts.similarities,
            np.arange(max(state.size - NEWEST_ARTICLES, 0), state.size, dtype=np.int32),
        )
        weights = CoreadingWeights(rules.backward, rules.fading, pairs.decay_factor(state.clock))
        return arrays, SourceRules(
            rules.recent_visits,
            rules.neighbour_visits,
            rules.followers,
            rules.half_life,
            weights,
            weights_of(rules),
            order_weights_of(rules),
        )

    def plain(self, state: State, columns: IntArray) -> PlainCandidates:
        """The candidates that many visits share; `columns` of `Contexts`, int32 (3,)."""
        key = ("plain", *columns.tolist())
        return state.derived(key, lambda: self._plain_of(state, columns.copy()), self)

    def _plain_of(self, state: State, columns: IntArray) -> PlainCandidates:
        arrays, rules = self.sources(state)
        marks = self._marks_for(state)
        found = plain_candidates(self.popular(state, columns), arrays, rules, columns, marks)
        return PlainCandidates(*found)

    def _marks_for(self, state: State) -> IntArray:
        if len(self._marks) < state.size:
            self._marks = np.zeros(2 * state.size, np.int32)
            self._all = np.ones(2 * state.size, bool)
        return self._marks

    def popular(self, state: State, columns: IntArray) -> Popular:
        """What is read most now, by all readers and by readers in the same contexts; `columns` of `Contexts`."""
        key = ("popular", *columns.tolist())
        return state.derived(key, lambda: self._popular(state, key[1:]), self)

    def _popular(self, state: State, columns: Sequence[int]) -> Popular:
        return Popular(
            state.derived("read by everybody", lambda: self._read_by_everybody(state), self),
            *(
                state.derived(("read in", column), partial(state.contexts.table.heaviest, column))
                for column in columns
            ),
        )

    def _read_by_everybody(self, state: State) -> IntArray:
        now, popular, transitions = (
            self.recommending.half_life,
            state.popularity.table,
            state.transitions.table,
        )
        return np.concatenate((popular.top(0, now), popular.top(0, 0), transitions.top(ARRIVALS, now)))

    def _lists_of(self, state: State) -> VisitLists:
        """The visits of articles as far as they were followed in this state, or before it went on."""
        if self._lists is None or self._lists[0] is not state.visits.lineage:
            width = max(self.recommending.recent_visits, self.recommending.followers, RECENT_VISITS)
            self._lists = state.visits.lineage, VisitLists.of(width)
        return self._lists[1]

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
