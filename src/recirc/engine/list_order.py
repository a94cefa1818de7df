"""A list that editors give, in the order in which a reader may want it."""

import numpy as np

from recirc.shelves.reasons import EDITORS_CHOICE, Evidence
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.shelf import PlacedItem, RankingContext
from recirc.state.state import State
from recirc.types import IntArray

GIVEN = "given"
"""In the place of a rule's key: editors chose the articles, so nothing is learned from where they stand."""


def list_order(
    strategy: Recommendation, state: State, context: RankingContext, given: IntArray
) -> list[PlacedItem]:
    """The articles of `given` (int32, distinct) that may be shown, each with its evidence.

    First those for which something speaks, in the order of Recommendation; then the others as they were given, chosen
    by the editors; at the end those that the reader has opened.
    """
    given = given[(given >= 0) & (given < state.size)]
    given = given[context.allowed[given]]
    opened = set(context.history.tolist()) | set(context.visit.earlier.tolist())
    only = np.zeros(state.size, bool)
    only[given] = True
    proposed = strategy.propose(state, context._replace(allowed=only, shared=False), len(given))
    placed = {
        each.article: PlacedItem(each.article, each.score, evidence, rule=GIVEN)
        for each in proposed.proposals
        if each.article not in opened and (evidence := each.why()) is not None
    }
    for article in sorted(given.tolist(), key=lambda article: article in opened):
        if article not in placed:
            placed[article] = PlacedItem(article, 0.0, Evidence(EDITORS_CHOICE, {}), rule=GIVEN)
    return list(placed.values())
