"""Candidates that many visits share: what is read most, and what is new.

What the first stage says of them, where they have no evidence of their own, is worked out once for each state and
context.
Most candidates are such, and a request that gathers it anew waits for memory most of its time.
"""

from typing import NamedTuple

import numpy as np

from recirc.compiled import compiled, compiled_in_place
from recirc.rank.candidate_sources import CandidateTable, add_earlier
from recirc.rank.collecting import Popular, SourceArrays, SourceQuery, SourceRules, add_history
from recirc.rank.formula import (
    PARTS,
    POPULARITY,
    FirstStage,
    context_terms,
    fill_context_terms,
    fill_raw_parts,
    fill_scores,
    scale_parts,
)
from recirc.rank.selection import best_rows
from recirc.rank.sessions import SessionScratch
from recirc.types import FloatArray, IntArray


class PlainCandidates(NamedTuple):
    """Candidates without evidence of their own, in the order in which they are added.

    Attributes:
        articles: int32 (p,), distinct.
        popularity: float64 (p,), the formula's.
        terms: float64 (p, t): what the first stage adds for the contexts of the visit.
    """

    articles: IntArray
    popularity: FloatArray
    terms: FloatArray


class SelectionRoom(NamedTuple):
    """Room to select candidates, for as many as there can be.

    Attributes, with room for c candidates:
        table, stage: those that have evidence or are selected, and what the first stage finds.
        sessions: room of the similar visits.
        keys: float64 (c,).
        plain: int32 (c,): which of the plain candidates are candidates of this visit.
        rows: int32 (c,): rows of the table that are selected.
    """

    table: CandidateTable
    stage: FirstStage
    sessions: SessionScratch
    keys: FloatArray
    plain: IntArray
    rows: IntArray


@compiled
def plain_candidates(
    popular: Popular, arrays: SourceArrays, rules: SourceRules, columns: IntArray, marks: IntArray
) -> PlainCandidates:
    """Those of a state, for `columns` of `Contexts`, int32 (3,); `marks`: int32 (n_articles or more,), zero, and zero
    again.
    """
    inputs, newest = arrays.inputs, arrays.newest
    room = len(popular.everybody) + len(popular.referrer) + len(popular.device) + len(popular.region)
    articles, n = np.empty(room + len(newest), np.int32), 0
    for some in (popular.everybody, popular.referrer, popular.device, popular.region, newest):
        for article in some:
            if article < 0:
                break
            if marks[article] == 0:
                marks[article] = 1
                articles[n] = article
                n += 1
    articles = articles[:n].copy()
    popularity, terms = np.empty(n), np.empty((n, context_terms(inputs)))
    for place in range(n):
        article = articles[place]
        marks[article] = 0
        popularity[place] = inputs.popularity[article, 0, rules.half_life]
        fill_context_terms(article, inputs, columns, terms[place])
    return PlainCandidates(articles, popularity, terms)


@compiled_in_place
def select_candidates(
    query: SourceQuery,
    plain: PlainCandidates,
    limit: int,
    rules: SourceRules,
    arrays: SourceArrays,
    room: SelectionRoom,
) -> int:
    """The best `limit` candidates of the first stage: their rows into `room.rows`, ascending. Returns how many.

    The same candidates, with the same evidence and parts, as `collect` and `best_rows` give; only those plain ones
    that are selected get a row of the table.
    """
    table, stage, history = room.table, room.stage, query.history
    marks = table.marks
    for total in range(len(table.totals)):
        table.totals[total] = 0.0
    for article in history:
        marks[article] = -1
    add_history(query, arrays.inputs.clock[0], rules, arrays, room.sessions, table)
    own = table.size[0]
    fill_raw_parts(table, arrays.inputs, rules.half_life, rules.order, stage)
    several = _note_plain(plain, table, stage, room.plain)
    scale_parts(own, rules.weights, table, stage)
    fill_scores(table, arrays.inputs, query.columns, stage)
    _score_plain(own, several, plain, rules, stage, room.plain)
    kept = best_rows(stage.scores, own + several, limit, room.keys, room.rows)
    for place in range(kept):
        if room.rows[place] >= own:
            which = room.plain[room.rows[place] - own]
            room.rows[place] = _add_plain(which, plain, rules, stage, table)
    backward = rules.coreading.backward
    add_earlier(query.earlier, len(arrays.inputs.first), backward, arrays.pairs, table)
    for row in range(table.size[0]):
        marks[table.articles[row]] = 0
    for article in history:
        marks[article] = 0
    return kept


@compiled_in_place
def _note_plain(plain: PlainCandidates, table: CandidateTable, stage: FirstStage, found: IntArray) -> int:
    """Note which plain candidates are none yet and are allowed. Returns how many."""
    marks, allowed, largest = table.marks, table.allowed, stage.largest
    n, most = 0, table.limit[0] - table.size[0]
    for place in range(len(plain.articles)):
        if n >= most:
            break
        article = plain.articles[place]
        if marks[article] == 0 and article < len(allowed) and allowed[article]:
            found[n] = place
            n += 1
            largest[POPULARITY] = max(largest[POPULARITY], plain.popularity[place])
    return n


@compiled_in_place
def _score_plain(
    own: int, several: int, plain: PlainCandidates, rules: SourceRules, stage: FirstStage, found: IntArray
) -> None:
    """Write the scores of the first stage behind those of the `own` candidates with evidence."""
    for k in range(several):
        place = found[k]
        score = _popularity_part(place, plain, rules, stage)
        for term in range(plain.terms.shape[1]):
            score += plain.terms[place, term]
        stage.scores[own + k] = score


@compiled_in_place
def _popularity_part(place: int, plain: PlainCandidates, rules: SourceRules, stage: FirstStage) -> float:
    largest = stage.largest[POPULARITY]
    return rules.weights[POPULARITY] * plain.popularity[place] / largest if largest > 0 else 0.0


@compiled_in_place
def _add_plain(
    place: int, plain: PlainCandidates, rules: SourceRules, stage: FirstStage, table: CandidateTable
) -> int:
    """Give a plain candidate a row of the table. Returns it."""
    row = table.size[0]
    article = plain.articles[place]
    table.size[0] = row + 1
    table.articles[row] = article
    table.marks[article] = row + 1
    for column in range(table.evidence.shape[1]):
        table.evidence[row, column] = 0.0
    for part in range(len(PARTS)):
        stage.parts[row, part] = 0.0
    stage.parts[row, POPULARITY] = _popularity_part(place, plain, rules, stage)
    return int(row)
