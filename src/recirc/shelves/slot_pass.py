"""Recommendation's slots in one compiled pass: candidates in their order, what speaks for each, and who gets a slot."""

from typing import Final, NamedTuple

from recirc.compiled import compiled_in_place
from recirc.rank import candidate_sources as sources
from recirc.rank.collecting import SourceArrays, SourceRules
from recirc.rank.forest import add_contributions
from recirc.rank.plain_candidates import PlainCandidates
from recirc.rank.scoring import ScoringModel, ScoringQuery, ScoringRoom, order_candidates
from recirc.shelves.evidence_numbers import fill_numbers
from recirc.shelves.evidence_pass import (
    ARTICLE,
    PLACE,
    Candidate,
    ReasonArrays,
    ReasonInputs,
    find_evidence,
    formula_evidence,
)
from recirc.types import FloatArray, IntArray, LongArray

SPREAD: Final = 16
"""What a group adds to an item is compared with its mean over this many candidates, spread evenly over the ranking."""


class SlotQuery(NamedTuple):
    """Which slots are filled.

    Attributes:
        scoring, reasons: see there.
        slots: number of slots; 0: only the order is wanted.
        excluded: int32 (e,): stories that may not appear.
    """

    scoring: ScoringQuery
    reasons: ReasonInputs
    slots: int
    excluded: IntArray


class SlotRoom(NamedTuple):
    """Room, and what has a slot.

    Attributes:
        scoring: see there.
        items: int64 (slots or more, COLUMNS); likeness: float64, as many.
        usual, own: float64 (len(GROUPS),), room for what groups add on average, and to one candidate.
        numbers: int64 (NUMBERS,), room.
        until: int64 (1,), ms; see `EvidenceBuilder`.
    """

    scoring: ScoringRoom
    items: LongArray
    likeness: FloatArray
    usual: FloatArray
    own: FloatArray
    numbers: LongArray
    until: LongArray


class SlotArrays(NamedTuple):
    """What is the same for all requests of one state and model; see the parts."""

    rules: SourceRules
    sources: SourceArrays
    reasons: ReasonArrays
    model: ScoringModel


@compiled_in_place
def fill_slots(
    query: SlotQuery, plain: PlainCandidates, arrays: SlotArrays, room: SlotRoom
) -> tuple[int, int]:
    """Fill the slots with the best candidates that have evidence, each of another story. Returns how many got one, and
    how many candidates are in `room.scoring.order`.
    """
    scoring, model = room.scoring, arrays.model
    held = order_candidates(query.scoring, plain, arrays.rules, arrays.sources, model, scoring)
    if query.slots > 0 and held > 0 and len(model.forest.roots) > 0:
        _fill_usual(held, model, room)
    placed, story, order = 0, arrays.reasons.story, scoring.order
    for at in range(min(held, query.scoring.most)):
        if placed >= query.slots:
            break
        place = order[at]
        article = scoring.articles[place]
        if _is_taken(story[article], query.excluded, placed, story, room.items):
            continue
        room.items[placed, ARTICLE], room.items[placed, PLACE] = article, place
        if _explain(place, placed, query.reasons, arrays, room):
            placed += 1
    return placed, held


@compiled_in_place
def _is_taken(its_story: int, excluded: IntArray, placed: int, story: IntArray, items: LongArray) -> bool:
    taken = False
    for other in excluded:
        taken = taken or other == its_story
    for slot in range(placed):
        taken = taken or story[items[slot, ARTICLE]] == its_story
    return taken


@compiled_in_place
def _fill_usual(held: int, model: ScoringModel, room: SlotRoom) -> None:
    """What each group adds on average to candidates that are spread evenly over the order."""
    usual, own, count = room.usual, room.own, 0
    for group in range(len(usual)):
        usual[group] = 0.0
    for at in range(0, held, -(-held // SPREAD)):
        _add_to(own, room.scoring.order[at], model, room)
        for group in range(len(usual)):
            usual[group] += own[group]
        count += 1
    for group in range(len(usual)):
        usual[group] /= count


@compiled_in_place
def _add_to(own: FloatArray, place: int, model: ScoringModel, room: SlotRoom) -> None:
    """What each group adds to the candidate at a place."""
    for group in range(len(own)):
        own[group] = 0.0
    add_contributions(model.forest, room.scoring.walk.leaves, place, model.groups, own)


@compiled_in_place
def _explain(place: int, slot: int, query: ReasonInputs, arrays: SlotArrays, room: SlotRoom) -> bool:
    """Find the evidence of the candidate at a place, for a slot; whether there is any.

    A group of features supports it by what it added beyond what it added to the others; the first supporting group that
    has evidence gives the reason, else the default formula.
    """
    scoring, own = room.scoring, room.own
    selection = scoring.selection
    row = selection.rows[place]
    fill_numbers(scoring.articles[place], query.evidence, arrays.reasons.numbers, room.numbers)
    each = Candidate(
        selection.table.evidence[row],
        selection.table.totals[sources.FOLLOWERS],
        selection.stage.parts[row],
        room.numbers,
        room.items[slot],
        room.likeness[slot : slot + 1],
        room.until,
    )
    if len(arrays.model.forest.roots) > 0:
        _add_to(own, place, arrays.model, room)
        for group in range(len(own)):
            own[group] -= room.usual[group]
        for _ in range(len(own)):
            best = -1
            for group in range(len(own)):
                if own[group] > 0 and (best < 0 or own[group] > own[best]):
                    best = group
            if best < 0:
                break
            own[best] = 0.0
            if find_evidence(best, each, query, arrays.reasons):
                return True
    return formula_evidence(each, query, arrays.reasons)
