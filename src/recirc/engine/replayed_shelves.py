"""Shelves of a past moment as mere indices: as for a reader of whom nothing is known, without texts and trials."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from recirc.engine.active_rules import ActiveRules, slate_rules
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.ranking_context import ranking_context, visit_of
from recirc.engine.slate_filler import SlateFiller
from recirc.rank.model import Model
from recirc.settings import Settings
from recirc.shelves.registry import strategies
from recirc.state.state import State
from recirc.types import Request

NOTHING: Final = np.zeros(0, np.int32)


class ReplayedShelves:
    """Fills the shelves beside an article from a state, as `ShelfService` does: in the newspaper that alone has the
    article, or in all.
    """

    def __init__(self, settings: Settings, scopes: Iterable[BrandScope]) -> None:
        """`scopes` are those of the newspapers."""
        made = [strategy(settings) for strategy in strategies()]
        self._filler, self._scopes = SlateFiller(settings, made), tuple(scopes)

    def filled(
        self, state: State, page: int, now: int, rules: ActiveRules, model: Model | None, request: Request
    ) -> dict[int, list[int]]:
        """The articles on each shelf, best first, by the shelf's number.

        Args:
            state: of the moment.
            page: index of the article beside which the shelves stand, -1: none.
            now: ms.
            rules, model: what was in force.
            request: what else it says; it is not personalised.
        """
        known = np.array([page], np.int32) if 0 <= page < state.size else NOTHING
        article = page if len(known) else -1
        visit, scope = visit_of(request, known, NOTHING), self._scope(state, article)
        context = ranking_context(state, request, visit, article, now, model, scope)
        asked = (
            each.name for each in self._filler.in_turn if not request.shelf or each.name in request.shelf
        )
        ruled = slate_rules(rules, state, context, asked)
        common = self._filler.common({}, state, context, request, ruled, NOTHING)
        filled = self._filler.others({}, state, context, request, ruled, common).filled
        return {
            shelf.strategy.number: [item.article for item in shelf.placed]
            for name, shelf in filled.items()
            if name in ruled
        }

    def _scope(self, state: State, article: int) -> BrandScope | None:
        found = [each for each in self._scopes if article >= 0 and each.mask(state)[article]]
        return found[0] if len(found) == 1 else None
