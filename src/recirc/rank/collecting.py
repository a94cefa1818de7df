"""From a state to candidates with evidence, in one compiled call: a call from Python costs more than most sources."""

from typing import NamedTuple

from recirc.compiled import compiled_in_place
from recirc.rank import candidate_sources as sources
from recirc.rank.candidate_sources import CandidateTable, CoreadingWeights, Floats32, PairArrays
from recirc.rank.feature_groups import FeatureInputs
from recirc.rank.formula import FirstStage, OrderWeights, fill_parts, fill_scores
from recirc.rank.sessions import SessionScratch, neighbour_visits
from recirc.rank.visit_arrays import VisitArrays
from recirc.rank.visit_lists import VisitLists
from recirc.types import FloatArray, IntArray


class SourceArrays(NamedTuple):
    """The arrays of a state that candidates come from, gathered once for each state.

    Attributes:
        visits, lists, pairs, inputs: of `Visits`, `CoReading`, and all that features are computed from.
        neighbours, similarities: int32 and float32 (n_articles, k), of `Content`.
        newest: int32 (m,): the newest articles.
    """

    visits: VisitArrays
    lists: VisitLists
    pairs: PairArrays
    inputs: FeatureInputs
    neighbours: IntArray
    similarities: Floats32
    newest: IntArray


class SourceRules(NamedTuple):
    """The settings of the sources (`RecommendationSettings`); `weights` is float64 (4,), of the formula's parts."""

    recent_visits: int
    neighbour_visits: int
    followers: int
    half_life: int
    coreading: CoreadingWeights
    weights: FloatArray
    order: OrderWeights


class Popular(NamedTuple):
    """What is read most, int32 (m,) each: by everybody, and by the readers of the visit's referrer, device, region."""

    everybody: IntArray
    referrer: IntArray
    device: IntArray
    region: IntArray


class SourceQuery(NamedTuple):
    """A visit as the sources read it.

    Attributes:
        history: int32 (s,), distinct articles that the state knows, oldest first.
        earlier: int32 (e,), of earlier visits; those that the state does not know are left out.
        context: int32 (3,): codes of referrer, device, region; columns: int32 (3,), of `Contexts`.
        popular: whether `Popular` and the newest articles are candidates.
    """

    history: IntArray
    earlier: IntArray
    context: IntArray
    columns: IntArray
    popular: bool


@compiled_in_place
def collect(
    query: SourceQuery,
    popular: Popular,
    rules: SourceRules,
    arrays: SourceArrays,
    scratch: SessionScratch,
    table: CandidateTable,
    stage: FirstStage,
) -> None:
    """Run the sources and the first stage. The table has the candidates; its marks are as they were."""
    history, clock = query.history, arrays.inputs.clock[0]
    for total in range(len(table.totals)):
        table.totals[total] = 0.0
    for article in history:
        table.marks[article] = -1
    add_history(query, clock, rules, arrays, scratch, table)
    if query.popular:
        # In this order: of equal candidates at the edge of the first stage, the place decides.
        sources.add_all(popular.everybody, table)
        sources.add_all(popular.referrer, table)
        sources.add_all(popular.device, table)
        sources.add_all(popular.region, table)
        sources.add_all(arrays.newest, table)
    backward = rules.coreading.backward
    sources.add_earlier(query.earlier, len(arrays.inputs.first), backward, arrays.pairs, table)
    for row in range(table.size[0]):
        table.marks[table.articles[row]] = 0
    for article in history:
        table.marks[article] = 0
    fill_parts(table, arrays.inputs, rules.half_life, rules.weights, rules.order, stage)
    fill_scores(table, arrays.inputs, query.columns, stage)


@compiled_in_place
def add_history(
    query: SourceQuery,
    clock: int,
    rules: SourceRules,
    arrays: SourceArrays,
    scratch: SessionScratch,
    table: CandidateTable,
) -> None:
    """Run the sources that go by the articles of the visit."""
    history, context, visits, pairs = query.history, query.context, arrays.visits, arrays.pairs
    if len(history) == 0:
        return
    last, weights = history[-1], rules.coreading
    found = neighbour_visits(
        history, rules.recent_visits, rules.neighbour_visits, visits, arrays.lists, scratch
    )
    sources.add_sessions(found, history, context, clock, visits, scratch, table)
    sources.add_coreading(history, weights, pairs, table)
    sources.add_followers(last, rules.followers, context, clock, visits, arrays.lists, table)
    sources.add_text(history, weights.fading, arrays.neighbours, arrays.similarities, table)
    sources.add_two_steps(last, weights.backward, pairs, table)
