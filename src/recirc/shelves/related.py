"""Related: what else is there on this? Similar text, the same topics, and read together."""

from collections.abc import Sequence, Set
from functools import partial
from typing import NamedTuple

import numpy as np
from typing_extensions import override

from recirc.messages import MessageText, counted, marked, message
from recirc.settings import Settings
from recirc.shelves.boosts import boosted
from recirc.shelves.likeness import SharedTerms, around_weight, shared
from recirc.shelves.reasons import EDITORS_CHOICE, Evidence, reasons_of
from recirc.shelves.registry import register
from recirc.shelves.related_pass import (
    KIN,
    RelatedArrays,
    RelatedRules,
    RelatedSlots,
    place_related,
    related_pass,
)
from recirc.shelves.shelf import (
    PlacedItem,
    PlacedShelf,
    Proposal,
    RankingContext,
    ShelfProposal,
    ShelfStrategy,
)
from recirc.state.audience import READERS, TICK
from recirc.state.state import State

EXPLAINED = 12
"""Number of articles whose terms in common are looked up at once: most shelves show no more."""

NO_ARTICLE = message(
    "No article is named, or the one at that address is not known here, so nothing is related to it."
)


class Pair(NamedTuple):
    """What speaks for an article: closeness and likeness of the texts, weight and number of readers of both."""

    close: float
    likeness: float
    read: float
    readers: int


@register
class Related(ShelfStrategy):
    """Score = closeness of the texts + topic_weight · kinship + coreading_weight · share, where

    share = √(w / max w · n / max n) · n / (n + SHRINK), with w the fading weight of the pair and n the readers who
    went from the one to the other, both relative to the article's strongest pair, so that neither two readers of this
    morning nor many of last week are enough to come first. Closeness and share count only beyond their own minimum of
    evidence, that of closeness being learned for each language (see `likeness`); topics in common order what either of
    them found, and add no articles themselves (see `kinship`).
    """

    name = "related"
    number = 1
    title = marked("More on this")
    meaning = marked("What else there is on this article’s subject.")
    reasons = reasons_of("read together", "same topics", "similar text", EDITORS_CHOICE)
    place = 1
    turn = 2
    steady_ms = TICK  # no moment matters at all
    css_class = "halves"

    @classmethod
    @override
    def order(cls, settings: Settings, method: str) -> Sequence[MessageText | str]:
        shelves = settings.shelves
        return (
            message(
                "Text: counts from where on %(percent)s %% of the texts so alike, in each language, belong to the same "
                "section; and only with a name or a rare word in common.",
                percent=float(100 * shelves.related_precision),
            ),
            counted(
                "Read together: weight %(weight)s against 1 for the text, from 1 reader of both.",
                "Read together: weight %(weight)s against 1 for the text, from %(n)s readers of both.",
                shelves.min_coreaders,
                weight=float(shelves.coreading_weight),
            ),
            message(
                "Topics in common: weight %(weight)s; they order what the other two found.",
                weight=float(shelves.topic_weight),
            ),
        )

    @override
    def slots(self) -> int:
        return self.settings.shelves.related_slots

    @override
    def propose(self, state: State, context: RankingContext, most: int) -> ShelfProposal:
        proposals: list[Proposal] = []
        known = 0 <= context.article < state.size
        if known:
            others, rows = related_pass(context.article, self._rules(state, context.article), _arrays(state))
            scored = []
            for other, (close, likeness, read, readers, kin) in zip(
                others.tolist(), rows.tolist(), strict=True
            ):
                if close + read > 0 and other != context.article and context.allowed.item(other):
                    found = Pair(close, likeness, read, int(readers))
                    scored.append((-(close + kin + read), other, found))
            scored = _boosted(scored, context)
            best = sorted(scored)[:most]
            first = [other for _, other, found in best[:EXPLAINED] if found.close]
            terms = SharedTerms(state, context.article, first)
            proposals = [
                Proposal(other, -score, partial(self._evidence, state, terms, context.article, other, found))
                for score, other, found in best
            ]
        return _proposal(proposals, known=known)

    @override
    def arranged(
        self, state: State, context: RankingContext, slots: int, most: int, excluded: Set[int]
    ) -> PlacedShelf | None:
        article = context.article
        if context.lift is not None or not 0 <= article < state.size:
            return None
        stories = np.fromiter(excluded, np.int32, len(excluded))
        wanted = RelatedSlots(context.allowed, state.stories.all(), stories, slots, most)
        found, rows, scores, held = place_related(
            article, self._rules(state, article), _arrays(state), wanted
        )
        others, speaking = found.tolist(), rows.tolist()
        by_text = [other for other, row in zip(others, speaking, strict=True) if row[KIN]]
        terms = SharedTerms(state, article, by_text)
        items = []
        for other, (close, likeness, read, readers, text), score in zip(
            others, speaking, scores.tolist(), strict=True
        ):
            pair = Pair(close, likeness, read, int(readers))
            evidence = (
                shared(state, article, other, likeness, terms) if text else _coread(state, article, pair)
            )
            if evidence is None:
                raise RuntimeError(f"nothing speaks for article {other} beside {article}")
            items.append(PlacedItem(other, score, evidence))
        return PlacedShelf(items, _proposal([], known=True), held)

    def _rules(self, state: State, article: int) -> RelatedRules:
        settings, precision = self.settings.shelves, self.settings.shelves.related_precision
        return RelatedRules(
            np.float32(state.content.least_closeness(article, precision) if precision else 0.0),
            around_weight(state, article),
            np.float32(self.settings.recommending.backward),
            settings.topic_weight,
            settings.coreading_weight,
            settings.min_coreaders,
        )

    def _evidence(
        self, state: State, terms: SharedTerms, article: int, other: int, pair: Pair
    ) -> Evidence | None:
        if pair.close:
            found = shared(state, article, other, pair.likeness, terms)
            if found is not None and (found.topics or pair.close >= pair.read):
                return found
        return _coread(state, article, pair)


def _coread(state: State, article: int, pair: Pair) -> Evidence | None:
    if not pair.readers:
        return None
    of = int(state.audience.totals[article, READERS])
    return Evidence("read together", {"readers": pair.readers, "of": of}, about=article)


def _proposal(proposals: list[Proposal], *, known: bool) -> ShelfProposal:
    short = message("No more articles have enough in common with this one.") if known else NO_ARTICLE
    return ShelfProposal(proposals, message("text, topics and co-reading"), short)


def _arrays(state: State) -> RelatedArrays:
    return state.derived("related", lambda: RelatedArrays.of(state))


def _boosted(scored: list[tuple[float, int, Pair]], context: RankingContext) -> list[tuple[float, int, Pair]]:
    """The articles, each after its negative score, with the editors' boosts."""
    if context.lift is None:
        return scored
    articles = np.array([other for _, other, _ in scored], np.int32)
    scores = boosted(-np.array([score for score, _, _ in scored]), articles, context.lift).tolist()
    return [(-score, other, found) for score, (_, other, found) in zip(scores, scored, strict=True)]
