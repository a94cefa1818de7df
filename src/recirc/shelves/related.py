"""Related: what else is there on this? Similar text, the same topics, and read together."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from typing_extensions import override

from recirc.messages import MessageText, counted, marked, message
from recirc.settings import Settings
from recirc.shelves.boosts import boosted
from recirc.shelves.kinship import kinship
from recirc.shelves.likeness import related_texts, shared
from recirc.shelves.reasons import EDITORS_CHOICE, Evidence, reasons_of
from recirc.shelves.registry import register
from recirc.shelves.shelf import Proposal, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.audience import READERS, TICK
from recirc.state.state import State

SHRINK = 5.0
"""A pair read by n visits counts n / (n + SHRINK) of its weight: two readers are not yet a pattern."""

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
            similar = related_texts(state, context.article, self.settings.shelves.related_precision)
            together = self._together(state, context.article)
            scored = []
            others = sorted(similar.keys() | together.keys())
            for other, kin in zip(others, self._kin(state, context.article, others), strict=True):
                share, readers = together.get(other, (0.0, 0))
                close, likeness = similar.get(other, (0.0, 0.0))
                read = self.settings.shelves.coreading_weight * share
                if close + read > 0 and other != context.article and context.allowed.item(other):
                    found = Pair(close, likeness, read, readers)
                    scored.append((-(close + kin + read), other, found))
            scored = _boosted(scored, context)
            proposals = [
                Proposal(other, -score, partial(self._evidence, state, context.article, other, found))
                for score, other, found in sorted(scored)[:most]
            ]
        short = message("No more articles have enough in common with this one.") if known else NO_ARTICLE
        return ShelfProposal(proposals, message("text, topics and co-reading"), short)

    def _kin(self, state: State, article: int, others: list[int]) -> list[float]:
        """What topics in common add to the score of each other article."""
        content = state.content
        common = kinship(
            article,
            np.array(others, np.int32),
            content.neighbours,
            content.similarities,
            state.catalogue.topics,
        )
        added: list[float] = (self.settings.shelves.topic_weight * common).tolist()
        return added

    def _together(self, state: State, article: int) -> dict[int, tuple[float, int]]:
        """For each neighbour with enough readers: its share of the strongest pair's weight, shrunk, and the readers."""
        pairs = state.coreading
        held = pairs.neighbours[article] >= 0
        weight = (pairs.after[article] + self.settings.recommending.backward * pairs.before[article])[held]
        if not len(weight) or weight.max() <= 0:
            return {}
        readers = pairs.readers[article][held]
        share = (
            np.sqrt(weight / weight.max() * readers / max(readers.max(), 1)) * readers / (readers + SHRINK)
        )
        least = self.settings.shelves.min_coreaders
        row = zip(pairs.neighbours[article][held].tolist(), share.tolist(), readers.tolist(), strict=True)
        return {other: (part, n) for other, part, n in row if n >= least}

    def _evidence(self, state: State, article: int, other: int, pair: Pair) -> Evidence | None:
        if pair.close:
            found = shared(state, article, other, pair.likeness)
            if found is not None and (found.topics or pair.close >= pair.read):
                return found
        if not pair.readers:
            return None
        of = int(state.audience.totals[article, READERS])
        return Evidence("read together", {"readers": pair.readers, "of": of}, about=article)


def _boosted(scored: list[tuple[float, int, Pair]], context: RankingContext) -> list[tuple[float, int, Pair]]:
    """The articles, each after its negative score, with the editors' boosts."""
    if context.lift is None:
        return scored
    articles = np.array([other for _, other, _ in scored], np.int32)
    scores = boosted(-np.array([score for score, _, _ in scored]), articles, context.lift).tolist()
    return [(-score, other, found) for score, (_, other, found) in zip(scores, scored, strict=True)]
