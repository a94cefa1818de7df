"""Ranking: what is read most now? Distinct readers, counted honestly, in an order that anyone can check."""

from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.shelves.shelf import Evidence, Proposal, Proposed, Question, Shelver
from recirc.state.state import State
from recirc.types import IntArray, ShelfKind, Window

WINDOWS = tuple(Window)


class Ranking(Shelver):
    """Most distinct readers in the window first; of equals, what is read more just now, then the newer
    article.

    An article keeps its rank on every page: where one is left out beside itself, the others do not move up in
    number.
    """

    kind: ClassVar[ShelfKind] = ShelfKind.RANKING

    @override
    def slots(self) -> int:
        return self.settings.shelves.ranking_slots

    @override
    def propose(self, state: State, question: Question, most: int) -> Proposed:
        window, order = self._window(state, question)
        readers = state.audience.readers(window, question.now)
        proposals = [
            Proposal(
                int(article),
                float(readers[article]),
                Evidence(
                    "most read",
                    {"rank": rank, "readers": int(readers[article])},
                    section=question.section,
                    window=window,
                    fallback=window is not question.window,
                ),
            )
            for rank, article in enumerate(order[: most + 1], start=1)
            if article != question.article
        ]
        span = "so far" if window is Window.EVER else f"in the last {window.value}"
        return Proposed(proposals[:most], f"distinct readers {span}", f"No other articles were read {span}.")

    def _window(self, state: State, question: Question) -> tuple[Window, IntArray]:
        """The window to use, and its articles in order: the one asked for, or the first wider one that fills
        the slots.
        """
        candidates = WINDOWS[WINDOWS.index(question.window) :] if question.widen else (question.window,)
        window, order = question.window, np.zeros(0, np.int32)
        for candidate in candidates:
            found = self._order(state, question, candidate)
            if len(found) > len(order):
                window, order = candidate, found
            if len(order) > self.slots():
                break
        return window, order

    def _order(self, state: State, question: Question, window: Window) -> IntArray:
        readers = state.audience.readers(window, question.now)
        eligible = question.allowed & (readers >= self.settings.shelves.min_readers)
        if question.section:
            eligible &= state.catalogue.section[: state.size] == question.section
        articles = np.flatnonzero(eligible).astype(np.int32)
        current = state.popularity.weights[articles, 0]
        return articles[np.lexsort((-articles, -current, -readers[articles]))]
