"""Recommendation: what may this reader want next? The learned model in force, or the default formula."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
from typing_extensions import override

from recirc.rank.candidates import CandidateGenerator, CandidateSet
from recirc.rank.features import GROUPS
from recirc.rank.forest import contributions, scores
from recirc.rank.model import Model
from recirc.settings import Settings
from recirc.shelves.evidence import BY_GROUP, EvidenceBuilder
from recirc.shelves.shelf import Evidence, Proposal, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.state import State
from recirc.types import BoolArray, FloatArray, IntArray, LongArray, ShelfKind

SPREAD = 16
"""What a group adds to an item is compared with its mean over so many candidates, spread evenly over the ranking."""

EXPLAINED = 12
"""Contributions are worked out for so many at once: the best and, when one further down is asked for, those from there
on.
"""


class Recommendation(ShelfStrategy):
    """Candidates in the order of the model in force or, without one, of the default formula.

    Each reason comes from what added most to this item's score: of the formula the source, of a model the group of
    features. Where there is nothing to go by but what all read, the shelf is that, and each reason says that it is a
    fallback.
    """

    kind: ClassVar[ShelfKind] = ShelfKind.RECOMMENDATION

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._gatherer = CandidateGenerator(settings.recommending, settings.learning)

    @override
    def slots(self) -> int:
        return self.settings.shelves.recommendation_slots

    @override
    def propose(self, state: State, question: RankingContext, most: int) -> ShelfProposal:
        ranked = (
            self._by_formula(state, question)
            if question.model is None
            else self._learned(state, question, most)
        )
        articles = ranked.candidates.articles
        places = np.flatnonzero(ranked.eligible & question.allowed[articles] & (articles != question.article))
        order = places[np.lexsort((articles[places], -ranked.scores[places]))]
        why, order = ranked.why(order), order[:most]
        proposals = [
            Proposal(article, score, partial(why, at))
            for at, article, score in zip(
                order.tolist(), articles[order].tolist(), ranked.scores[order].tolist(), strict=True
            )
        ]
        method = f"{ranked.method}, nothing known but the moment" if question.visit.unknown else ranked.method
        return ShelfProposal(proposals, method, "There is not enough evidence for more.")

    def _by_formula(self, state: State, question: RankingContext) -> "_Ranked":
        candidates = self._gatherer.gather(state, question.visit, question.allowed)
        witness = EvidenceBuilder(self.settings, state, question, candidates)
        score = candidates.parts.sum(axis=1)
        return _Ranked(candidates, score, score > 0, "default formula", lambda _: witness.formula)

    def _learned(self, state: State, question: RankingContext, most: int) -> "_Ranked":
        model = question.model
        assert model is not None
        handed = max(self.settings.recommending.rerank_candidates, most)
        candidates = self._gatherer.gather(
            state, question.visit, question.allowed, limit=handed, features=True
        )
        witness = EvidenceBuilder(self.settings, state, question, candidates)
        return _Ranked(
            candidates,
            scores(model.forest, candidates.features),
            np.ones(len(candidates.articles), bool),
            f"learned model {model.card.id}",
            lambda order: (
                ModelExplanation(model, self._gatherer.catalogue.groups, candidates, order, witness).why
            ),
        )


class _Ranked(NamedTuple):
    """Candidates with their scores, float64 (n,), which of them may be shown, bool (n,), and why, in a given order."""

    candidates: CandidateSet
    scores: FloatArray
    eligible: BoolArray
    method: str
    why: Callable[[LongArray], Callable[[int], Evidence | None]]


class ModelExplanation:
    """Why a model placed candidates where it did, told from the trees themselves.

    A group of features speaks for an item by what it added to its score beyond what it added to the others'. Of the
    groups that speak for it, the first gives the reason that has evidence; if none has, what all read does, and says
    that it is a fallback.
    """

    def __init__(
        self,
        model: Model,
        groups: IntArray,
        candidates: CandidateSet,
        order: LongArray,
        witness: EvidenceBuilder,
    ) -> None:
        """`groups` is int32 (F,), of the features; `order` has places among the candidates, the best first."""
        self._model = model
        self._groups = groups
        self._candidates = candidates
        self._order = order
        self._witness = witness
        self._usual: FloatArray = np.zeros(0)
        self._spoke: dict[int, list[int]] = {}

    def why(self, at: int) -> Evidence | None:
        """The evidence for the candidate at a place."""
        for group in self._speakers(at):
            told = BY_GROUP.get(GROUPS[group])
            evidence = told(self._witness, at) if told is not None else None
            if evidence is not None:
                return evidence
        return self._witness.formula(at)

    def _speakers(self, at: int) -> list[int]:
        """The groups that added more to one candidate's score than to others', the one that added most first."""
        if at not in self._spoke:
            place = int(np.flatnonzero(self._order == at)[0])
            chosen = self._order[place : place + EXPLAINED]
            spread = self._order[:0] if len(self._usual) else self._order[:: -(-len(self._order) // SPREAD)]
            added = self._contributions(np.concatenate((spread, chosen)))
            if len(spread):
                self._usual = added[: len(spread)].mean(axis=0)
            beyond = added[len(spread) :] - self._usual
            ranked = np.argsort(-beyond, axis=1, kind="stable").tolist()
            speaking = (beyond > 0).sum(axis=1).tolist()
            said = (groups[:most] for groups, most in zip(ranked, speaking, strict=True))
            self._spoke.update(zip(chosen.tolist(), said, strict=True))
        return self._spoke[at]

    def _contributions(self, places: LongArray) -> FloatArray:
        features = self._candidates.features[places]
        return contributions(self._model.forest, features, self._groups, len(GROUPS))
