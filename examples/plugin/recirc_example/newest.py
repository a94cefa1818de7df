"""A shelf: the newest articles."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.settings import Settings
from recirc.shelves.reasons import Evidence, ReasonKind, ReasonNames
from recirc.shelves.registry import register
from recirc.shelves.shelf import Proposal, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.state import State


def _sentence(evidence: Evidence, _: ReasonNames) -> str:
    minutes = int(evidence.numbers["minutes"])
    return f"Published {minutes} minutes ago" if minutes < 120 else f"Published {minutes // 60} hours ago"


@register
class Newest(ShelfStrategy):
    """The newest articles, whoever reads them."""

    name = "newest"
    number = 128
    title = "Just in"
    meaning = "What was published last."
    reasons: ClassVar = {"just in": ReasonKind(_sentence, "it has just been published")}

    @classmethod
    @override
    def order(cls, settings: Settings, method: str) -> Sequence[str]:
        return ("The date of publication alone.",)

    @override
    def slots(self) -> int:
        return 5

    @override
    def propose(self, state: State, context: RankingContext, most: int) -> ShelfProposal:
        published = state.catalogue.published[: state.size]
        found = np.flatnonzero(context.allowed & (published >= 0) & (published <= context.now))
        found = found[found != context.article]
        newest = found[np.argsort(-published[found], kind="stable")][:most].tolist()
        minutes = ((context.now - published[newest]) // 60_000).tolist()
        proposals = [
            Proposal(article, -float(age), partial(Evidence, "just in", {"minutes": age}))
            for article, age in zip(newest, minutes, strict=True)
        ]
        return ShelfProposal(proposals, "newest first", "Nothing else was published.")
