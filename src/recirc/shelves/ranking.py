"""Ranking: what is read most now? Distinct readers, counted honestly, in an order that anyone can check."""

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from typing_extensions import override

from recirc.messages import MessageText, Words, counted, marked, message
from recirc.settings import Settings
from recirc.shelves.ranking_measures import (
    KINDS,
    MINUTE,
    PLAIN,
    READ_THERE,
    RankingTerms,
    measured,
    ranking_method,
    span_of,
)
from recirc.shelves.reasons import Evidence, reasons_of
from recirc.shelves.registry import register
from recirc.shelves.shelf import PlacedItem, Proposal, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.activity import Measure
from recirc.state.audience import TICK
from recirc.state.state import State
from recirc.types import BoolArray, FloatArray, IntArray, LongArray, Shelf, Window

WINDOWS = tuple(Window)

METHODS: Final = {
    Window.HOUR: message("distinct readers in the last hour"),
    Window.DAY: message("distinct readers, each once a day, in the last day"),
    Window.WEEK: message("distinct readers, each once a day, in the last week"),
    Window.EVER: message("distinct readers, each once a day, so far"),
}
LEFT_OUT: Final = marked("%(method)s; this article, number %(rank)s, is left out")
NO_OTHERS: Final = {
    Window.HOUR: message("No other articles were read in the last hour."),
    Window.DAY: message("No other articles were read in the last day."),
    Window.WEEK: message("No other articles were read in the last week."),
    Window.EVER: message("No other articles were read so far."),
}


class RankingOrder(NamedTuple):
    """The ranking and its window; each proposal has its own rank in its evidence."""

    window: Window
    proposals: list[Proposal]


@register
class Ranking(ShelfStrategy):
    """Most distinct readers in the window first; of equals, the article that is read more just now, then the newer one.

    An article keeps its rank on every page: beside an article that is in the ranking itself, its rank is skipped.
    """

    name = "ranking"
    number = 2
    title = marked("Most read")
    meaning = marked("What is read most, by distinct readers: one list for everybody at a given moment.")
    reasons = reasons_of(*KINDS.values(), READ_THERE)
    place = 2
    # It is one list for everybody, and the others have more to choose from.
    turn = 1
    pausable = True
    rearranged = False
    steady_ms = TICK
    css_class = "ranked"

    @classmethod
    @override
    def order(cls, settings: Settings, method: str) -> Sequence[MessageText | str]:
        return (
            counted(
                "The number of distinct readers alone, from 1 reader; each counts once a day for an article.",
                "The number of distinct readers alone, from %(n)s readers; each counts once a day for an article.",
                settings.shelves.min_readers,
            ),
            message("Fewer than %(least)s are not stated.", least=settings.shelves.stated_readers),
            message("Declared bots, and crowds behind one address, are not counted."),
        )

    @override
    def slots(self) -> int:
        return self.settings.shelves.ranking_slots

    @override
    def propose(self, state: State, context: RankingContext, most: int) -> ShelfProposal:
        ranking = self._ranking(state, context, most + 1)
        proposals = [each for each in ranking.proposals if each.article != context.article]
        window, terms = ranking.window, context.terms
        own = next(
            (rank for rank, each in enumerate(ranking.proposals, 1) if each.article == context.article), 0
        )
        plain = terms == PLAIN
        how = METHODS[window] if plain else ranking_method(terms, window)
        if own:
            how = MessageText(LEFT_OUT, {"method": how, "rank": own})
        short = NO_OTHERS[window] if plain else message("There is not enough evidence for more.")
        return ShelfProposal(proposals[:most], how, short)

    def _ranking(self, state: State, context: RankingContext, most: int) -> RankingOrder:
        """The first `most` articles. They are the same on every page of the site, so they are computed once for each
        state, and for each moment at which a window may change.
        """
        scope = (context.window, context.widen, context.section, context.slots, context.terms)
        key = ("ranking", self.settings.shelves, scope, context.now // TICK, most)

        def make() -> RankingOrder:
            if context.terms != PLAIN:
                return self._by_terms(state, context, most)
            window = self._window(state, context)
            readers = state.audience.readers(window, context.now)
            order = self._order(state, self._eligible(state, context, readers), readers, most)
            fallback = window is not context.window
            counted = zip(order.tolist(), readers[order].tolist(), strict=True)
            return RankingOrder(
                window,
                [
                    Proposal(
                        article, float(n), partial(_evidence, context.section, window, fallback, rank, n)
                    )
                    for rank, (article, n) in enumerate(counted, start=1)
                ],
            )

        return state.derived(key, make, context.allowed) if context.shared else make()

    def _by_terms(self, state: State, context: RankingContext, most: int) -> RankingOrder:
        """The first `most` articles by the terms of the request, in exactly its window."""
        terms, window = context.terms, context.window
        least = (self.settings.shelves.min_readers, self.settings.shelves.stated_readers)
        found = measured(state, terms, window, context.now, least)
        eligible = context.allowed & (found.scores > 0)
        if context.section:
            eligible &= state.catalogue.section[: state.size] == context.section
        order = self._order(state, eligible, found.scores, most)
        kind = READ_THERE if terms.column >= 0 else KINDS[terms.by]
        minutes = span_of(terms, window) // MINUTE
        proposals = []
        for rank, article in enumerate(order.tolist(), start=1):
            numbers = {"rank": rank, **{name: each.item(article) for name, each in found.numbers.items()}}
            evidence = Evidence(kind, {**numbers, "minutes": minutes}, section=context.section)
            proposals.append(Proposal(article, found.scores.item(article), partial(_known, evidence)))
        return RankingOrder(window, proposals)

    def _window(self, state: State, context: RankingContext) -> Window:
        """The requested window, or the first wider one that fills the slots; if none does, the one that holds the most
        articles.
        """
        best, most = context.window, 0
        for window in WINDOWS[WINDOWS.index(context.window) :] if context.widen else ():
            readers = state.audience.readers(window, context.now)
            found = int(self._eligible(state, context, readers).sum())
            if found > most:
                best, most = window, found
            if most > (context.slots or self.slots()):
                break
        return best

    def _eligible(self, state: State, context: RankingContext, readers: LongArray) -> BoolArray:
        """Which articles may be ranked, bool (n,)."""
        eligible: BoolArray = context.allowed & (readers >= self.settings.shelves.min_readers)
        if context.section:
            eligible &= state.catalogue.section[: state.size] == context.section
        return eligible

    def _order(
        self, state: State, eligible: BoolArray, readers: LongArray | FloatArray, most: int
    ) -> IntArray:
        """The first `most` eligible articles, int32."""
        articles = np.flatnonzero(eligible).astype(np.int32)
        if len(articles) > most:
            least = np.partition(readers[articles], -most)[-most]
            articles = articles[readers[articles] >= least]
        current = state.popularity.weights[articles, 0]
        return articles[np.lexsort((-articles, -current, -readers[articles]))][:most]


def _known(evidence: Evidence) -> Evidence:
    return evidence


def _evidence(section: int, window: Window, fallback: bool, rank: int, readers: int) -> Evidence:
    numbers: dict[str, float] = {"rank": rank, "readers": readers}
    return Evidence("most read", numbers, section=section, window=window, fallback=fallback)


def window_readers(
    state: State, item: PlacedItem, terms: RankingTerms, window: Window, now: int
) -> int | None:
    """Distinct readers of a ranking's item in the window of the ranking; None: it has none."""
    told = item.evidence.numbers.get("readers")
    if told is not None or terms.column >= 0:
        return None if told is None else int(told)
    # An editor's pick: its evidence has no numbers.
    if span := span_of(terms, window):
        return state.activity.counts(Measure.READERS, span, now).item(item.article)
    return state.audience.readers_of(item.article, Window.EVER, now)


def own_rank(shelf: Shelf, words: Words) -> int | None:
    """The rank that is missing on a ranking because it is that of the article beside it; None: it has none there.

    `words`: of the language of the shelf.
    """
    ranks = {int(rank) for item in shelf.items if (rank := item.reason.numbers.get("rank")) is not None}
    for rank in sorted(set(range(1, max(ranks, default=0) + 2)) - ranks):
        said = words.say(MessageText(LEFT_OUT, {"method": MessageText("\0"), "rank": rank}))
        before, _, after = said.partition("\0")
        if shelf.method.startswith(before) and shelf.method.endswith(after):
            return rank
    return None
