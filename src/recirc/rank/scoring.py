"""From a visit to candidates in their order: sources, first stage, features and trees, in one compiled pass that makes
no arrays.

Between stages there is nothing but arrays of 60 numbers, on which a call from Python takes longer than the work.
"""

from typing import NamedTuple

from recirc.compiled import compiled_in_place
from recirc.rank.collecting import SourceArrays, SourceQuery, SourceRules
from recirc.rank.features import FeatureLayout, FeatureRoom, QueryFeatures, fill_features
from recirc.rank.forest import PreparedForest, WalkRoom, walk
from recirc.rank.formula import PARTS
from recirc.rank.plain_candidates import PlainCandidates, SelectionRoom, select_candidates
from recirc.rank.selection import insert_by_score
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
        selection, features, walk: room of the stages; `selection.rows` is by place.
        articles: int32 (c,), by place.
        scores: float64 (c,), by place.
        order: int32 (c,): places of those that may be shown, best first.
    """

    selection: SelectionRoom
    features: FeatureRoom
    walk: WalkRoom
    articles: IntArray
    scores: FloatArray
    order: IntArray


@compiled_in_place
def order_candidates(
    query: ScoringQuery,
    plain: PlainCandidates,
    rules: SourceRules,
    arrays: SourceArrays,
    model: ScoringModel,
    room: ScoringRoom,
) -> int:
    """Write the candidates that may be shown into `room.order`, best first, of equals the lower index. Returns how many
    they are: with trees all that have a score, with the formula at most `query.most` of those above zero.
    """
    learned = len(model.forest.roots) > 0
    limit = query.limit if learned else len(room.order)
    n = select_candidates(query.sources, plain, limit, rules, arrays, room.selection)
    table, parts, rows = room.selection.table, room.selection.stage.parts, room.selection.rows
    for place in range(n):
        row = rows[place]
        room.articles[place] = table.articles[row]
        room.scores[place] = room.features.formula[row] = _formula(row, parts)
    if learned:
        out = room.walk.features[:n]
        fill_features(rows[:n], table, room.features, arrays.inputs, query.features, model.layout, out)
        walk(model.forest, room.walk, n, room.scores)
    held, most = 0, n if learned else query.most
    for place in range(n):
        article = room.articles[place]
        if article != query.article and table.allowed[article] and (learned or room.scores[place] > 0):
            held = insert_by_score(place, room.scores, room.articles, room.order, held, most)
    return held


@compiled_in_place
def _formula(row: int, parts: FloatArray) -> float:
    """The score of the default formula: the sum of its parts, from the first on."""
    total = 0.0
    for p in range(len(PARTS)):
        total += parts[row, p]
    return total
