"""Related: what else is there on this? Alike in text, on the same topics, and read together."""

from functools import partial
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.shelves.kinship import kinship
from recirc.shelves.shelf import Evidence, Proposal, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.audience import READERS
from recirc.state.state import State
from recirc.types import ShelfKind

SHRINK = 5.0
"""A pair read by n visits counts n / (n + SHRINK) of its weight: two readers are not yet a pattern."""

NO_ARTICLE = "This page is none of the articles known here, so nothing is known to be related to it."


class Related(ShelfStrategy):
    """Score = cosine of the texts + topic_weight · kinship + coreading_weight · share, where

    share = √(w / max w · n / max n) · n / (n + SHRINK), with w the fading weight of the pair and n the readers who
    went from the one to the other, both against the article's strongest pair: neither two readers of this morning nor a
    crowd of last week comes first alone. Cosine and share count only beyond their own minimum of evidence; topics in
    common order what either of them found, and bring in nothing themselves (see `kinship`).
    """

    kind: ClassVar[ShelfKind] = ShelfKind.RELATED

    @override
    def slots(self) -> int:
        return self.settings.shelves.related_slots

    @override
    def propose(self, state: State, question: RankingContext, most: int) -> ShelfProposal:
        proposals: list[Proposal] = []
        known = 0 <= question.article < state.size
        if known:
            similar = self._alike(state, question.article)
            together = self._together(state, question.article)
            scored = []
            others = sorted(similar.keys() | together.keys())
            for other, kin in zip(others, self._kin(state, question.article, others), strict=True):
                share, readers = together.get(other, (0.0, 0))
                cosine, shared = similar.get(other, 0.0), self.settings.shelves.coreading_weight * share
                if cosine + shared > 0 and other != question.article and question.allowed.item(other):
                    scored.append((-(cosine + kin + shared), other, cosine, shared, readers))
            proposals = [
                Proposal(
                    other,
                    -score,
                    partial(self._evidence, state, question.article, other, cosine, shared, readers),
                )
                for score, other, cosine, shared, readers in sorted(scored)[:most]
            ]
        short = "No more articles have enough in common with this one." if known else NO_ARTICLE
        return ShelfProposal(proposals, "text, topics and co-reading", short)

    def _alike(self, state: State, article: int) -> dict[int, float]:
        least = self.settings.shelves.min_similarity
        row = zip(
            state.content.neighbours[article].tolist(),
            state.content.similarities[article].tolist(),
            strict=True,
        )
        return {other: cosine for other, cosine in row if other >= 0 and cosine >= least}

    def _kin(self, state: State, article: int, others: list[int]) -> list[float]:
        """What topics in common add to the score of each."""
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
        """For each neighbour read often enough: its share of the strongest pair's weight, shrunk, and by how
        many.
        """
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

    def _evidence(
        self, state: State, article: int, other: int, cosine: float, together: float, readers: int
    ) -> Evidence:
        if together > cosine or cosine < self.settings.shelves.min_similarity:
            of = int(state.audience.totals[article, READERS])
            return Evidence("read together", {"readers": readers, "of": of}, about=article)
        topics = state.catalogue.topics
        shared = tuple(sorted({*topics[article].tolist()} & {*topics[other].tolist()} - {0}))
        return Evidence(
            "same topics" if shared else "similar text", {"similarity": round(cosine, 2)}, article, shared
        )
