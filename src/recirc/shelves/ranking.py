"""Ranking: what is read most now? Distinct readers, counted honestly, in an order that anyone can check."""

from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
from typing_extensions import override

from recirc.shelves.shelf import Evidence, Proposal, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.audience import TICK
from recirc.state.state import State
from recirc.types import BoolArray, IntArray, LongArray, ShelfKind, Window

WINDOWS = tuple(Window)


class RankingOrder(NamedTuple):
    """Who is first, and in which window; each proposal tells its own rank."""

    window: Window
    proposals: list[Proposal]


class Ranking(ShelfStrategy):
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
    def propose(self, state: State, question: RankingContext, most: int) -> ShelfProposal:
        standing = self._standing(state, question, most + 1)
        proposals = [each for each in standing.proposals if each.article != question.article]
        window = standing.window
        span = "so far" if window is Window.EVER else f"in the last {window.value}"
        once = "" if window is Window.HOUR else ", each once a day,"
        return ShelfProposal(
            proposals[:most], f"distinct readers{once} {span}", f"No other articles were read {span}."
        )

    def _standing(self, state: State, question: RankingContext, most: int) -> "RankingOrder":
        """The first `most` articles. On every page of the site they are the same, so they are worked out once for each
        state, and for each moment at which a window may change.
        """
        asked = (question.window, question.widen, question.section, question.slots)
        key = ("ranking", self.settings.shelves, asked, question.now // TICK, most)

        def make() -> RankingOrder:
            window = self._window(state, question)
            readers = state.audience.readers(window, question.now)
            order = self._order(state, self._eligible(state, question, readers), readers, most)
            fallback = window is not question.window
            counted = zip(order.tolist(), readers[order].tolist(), strict=True)
            return RankingOrder(
                window,
                [
                    Proposal(
                        article, float(n), partial(_evidence, question.section, window, fallback, rank, n)
                    )
                    for rank, (article, n) in enumerate(counted, start=1)
                ],
            )

        return state.derived(key, make, question.allowed)

    def _window(self, state: State, question: RankingContext) -> Window:
        """The window asked for, or the first wider one that fills the slots; if none does, the one that holds
        most.
        """
        best, most = question.window, 0
        for window in WINDOWS[WINDOWS.index(question.window) :] if question.widen else ():
            readers = state.audience.readers(window, question.now)
            found = int(self._eligible(state, question, readers).sum())
            if found > most:
                best, most = window, found
            if most > (question.slots or self.slots()):
                break
        return best

    def _eligible(self, state: State, question: RankingContext, readers: LongArray) -> BoolArray:
        """Which articles may be ranked, bool (n,)."""
        eligible: BoolArray = question.allowed & (readers >= self.settings.shelves.min_readers)
        if question.section:
            eligible &= state.catalogue.section[: state.size] == question.section
        return eligible

    def _order(self, state: State, eligible: BoolArray, readers: LongArray, most: int) -> IntArray:
        """The first `most` eligible articles, int32."""
        articles = np.flatnonzero(eligible).astype(np.int32)
        if len(articles) > most:
            least = np.partition(readers[articles], -most)[-most]
            articles = articles[readers[articles] >= least]
        current = state.popularity.weights[articles, 0]
        return articles[np.lexsort((-articles, -current, -readers[articles]))][:most]


def _evidence(section: int, window: Window, fallback: bool, rank: int, readers: int) -> Evidence:
    numbers: dict[str, float] = {"rank": rank, "readers": readers}
    return Evidence("most read", numbers, section=section, window=window, fallback=fallback)
