"""From a visit to candidates in their order: sources, first stage, features and trees, in one compiled pass that makes
no arrays.

Between stages there is nothing but arrays of 60 numbers, on which a call from Python takes longer than the work.
"""

from typing import NamedTuple

from recirc.compiled import compiled_in_place
from recirc.rank.candidate_sources import CandidateTable
from recirc.rank.collecting import Popular, SourceArrays, SourceQuery, SourceRules, collect
from recirc.rank.features import FeatureLayout, FeatureRoom, QueryFeatures, fill_features
from recirc.rank.forest import PreparedForest, WalkRoom, walk
from recirc.rank.formula import PARTS, FirstStage
from recirc.rank.selection import best_rows, insert_by_score
from recirc.rank.sessions import SessionScratch
from recirc.types import FloatArray, IntArray


class ScoringModel(NamedTuple):
    """A model as it is used: without trees, the default formula scores.

    Attributes:
        forest: the trees.
        groups: int32 (F,), of the features, indices into GROUPS.
        layout: where each block of features begins.
    """

    forest: PreparedForest
    groups: IntArray
    layout: FeatureLayout


class ScoringQuery(NamedTuple):
    """A visit and what is wanted.

    Attributes:
        sources, features: the visit as sources and features read it.
        article: the article beside which the shelf is, -1: none; it is no candidate.
        limit: number of candidates that the first stage passes to the trees.
        most: number of candidates that are wanted in order.
    """

    sources: SourceQuery
    features: QueryFeatures
    article: int
    limit: int
    most: int


class ScoringRoom(NamedTuple):
    """Room for one pass, and what it finds. A *place* is one of the candidates that have a score.

    Attributes, with room for c candidates:
        table, stage: all candidates, with evidence and what the first stage finds.
        sessions, features, walk: room of the stages.
        keys: float64 (c,), room to select.
        rows, articles: int32 (c,): row of the table and article, by place.
        scores: float64 (c,), by place.
        order: int32 (c,): places of those that may be shown, best first.
    """

    table: CandidateTable
    stage: FirstStage
    sessions: SessionScratch
    features: FeatureRoom
    walk: WalkRoom
    keys: FloatArray
    rows: IntArray
    articles: IntArray
    scores: FloatArray
    order: IntArray


@compiled_in_place
def order_candidates(
    query: ScoringQuery,
    popular: Popular,
    rules: SourceRules,
    arrays: SourceArrays,
    model: ScoringModel,
    room: ScoringRoom,
) -> int:
    """Write the candidates that may be shown into `room.order`, best first, of equals the lower index. Returns how many
    they are: with trees all that have a score, with the formula at most `query.most` of those above zero.
    """
    collect(query.sources, popular, rules, arrays, room.sessions, room.table, room.stage)
    learned = len(model.forest.roots) > 0
    if learned:
        n = _by_trees(query, arrays, model, room)
        most = n
    else:
        n = _by_formula(room)
        most = query.most
    held, allowed = 0, room.table.allowed
    for place in range(n):
        article = room.articles[place]
        if article != query.article and allowed[article] and (learned or room.scores[place] > 0):
            held = insert_by_score(place, room.scores, room.articles, room.order, held, most)
    return held


@compiled_in_place
def _by_trees(query: ScoringQuery, arrays: SourceArrays, model: ScoringModel, room: ScoringRoom) -> int:
    """Score the best candidates of the first stage. Returns how many they are."""
    table, rows = room.table, room.rows
    k = best_rows(room.stage.scores, table.size[0], query.limit, room.keys, rows)
    for place in range(k):
        row = rows[place]
        room.articles[place] = table.articles[row]
        room.features.formula[row] = _formula(row, room.stage.parts)
    fill_features(
        rows[:k],
        table,
        room.features,
        arrays.inputs,
        query.features,
        model.layout,
        room.walk.features[:k],
    )
    walk(model.forest, room.walk, k, room.scores)
    return k


@compiled_in_place
def _by_formula(room: ScoringRoom) -> int:
    """Score all candidates. Returns how many they are."""
    n = int(room.table.size[0])
    for row in range(n):
        room.rows[row], room.articles[row] = row, room.table.articles[row]
        room.scores[row] = _formula(row, room.stage.parts)
    return n


@compiled_in_place
def _formula(row: int, parts: FloatArray) -> float:
    """The score of the default formula: the sum of its parts, from the first on."""
    total = 0.0
    for p in range(len(PARTS)):
        total += parts[row, p]
    return total
