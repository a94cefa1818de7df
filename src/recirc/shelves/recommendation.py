"""Recommendation: what may this reader want next? By the active learned model, or by the default formula."""

from collections.abc import Callable, Sequence, Set
from functools import partial
from typing import NamedTuple

import numpy as np
from typing_extensions import override

from recirc.compiled import compiled
from recirc.messages import MessageText, marked, message, words_in
from recirc.rank.candidates import CandidateGenerator, CandidateSet
from recirc.rank.features import GROUPS
from recirc.rank.forest import (
    Indices,
    PreparedForest,
    leaf_contributions,
    scores_and_leaves,
)
from recirc.rank.model import Model
from recirc.settings import Settings
from recirc.shelves.boosts import boosted
from recirc.shelves.evidence import BY_GROUP, EvidenceBuilder
from recirc.shelves.exploration import KIND as ON_TRIAL
from recirc.shelves.reasons import EDITORS_CHOICE, Evidence, reasons_of
from recirc.shelves.registry import register
from recirc.shelves.shelf import PlacedShelf, Proposal, RankingContext, ShelfProposal, ShelfStrategy
from recirc.shelves.slot_filler import SlotFiller
from recirc.shelves.slot_pass import SPREAD
from recirc.state.state import State
from recirc.types import BoolArray, FloatArray, IntArray, LongArray

EXPLAINED = 16
"""Number of candidates whose contributions are computed at once: the best ones and, when the reason of one further down
is needed, those from there on.
"""

LEARNED = marked("learned model")
FORMULA = marked("default formula")

_EVIDENCE = tuple(BY_GROUP.get(group) for group in GROUPS)


@register
class Recommendation(ShelfStrategy):
    """Candidates in the order of the active model or, without one, of the default formula.

    Each reason comes from what added most to this item's score: a source of the formula, or a group of features of a
    model. Where nothing is known but the moment, the shelf has what is popular, and each reason is a fallback.
    """

    name = "recommendation"
    number = 3
    title = marked("Read next")
    meaning = marked("What may be wanted next.")
    reasons = reasons_of(
        "similar visits", "read together", "went on", "similar text", "read before", "come to", "same way",
        "same device", "same region", "read now", "young", "opened when shown", ON_TRIAL,
        EDITORS_CHOICE,
    )  # fmt: skip
    place = 3
    turn = 3
    personal = True
    excludes_read = True
    explores = True
    css_class = "halves quarters"

    @classmethod
    @override
    def order(cls, settings: Settings, method: str) -> Sequence[MessageText | str]:
        formula = settings.recommending
        if method.startswith(LEARNED):
            learned = message(
                "A learned model orders the %(most)s best candidates of a formula by what made readers of the last "
                "%(hours)s hours open articles.",
                most=formula.rerank_candidates,
                hours=float(settings.training.window_hours),
            )
            return (learned,)
        weights = (
            (formula.sessions, marked("Visits like this one: weight %(weight)s.")),
            (formula.coreading, marked("What is read after the articles of this visit: weight %(weight)s.")),
            (formula.popularity, marked("What is read now: weight %(weight)s.")),
            (formula.text, marked("What has a similar text: weight %(weight)s.")),
        )
        return tuple(
            MessageText(words, {"weight": float(weight)})
            for weight, words in sorted(weights, key=lambda part: -part[0])
        )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._generator = CandidateGenerator(settings.recommending, settings.learning)
        self._filler = SlotFiller(settings, self._generator)

    @override
    def slots(self) -> int:
        return self.settings.shelves.recommendation_slots

    @override
    def propose(self, state: State, context: RankingContext, most: int) -> ShelfProposal:
        ranked, order = self._ranked(state, context, most)
        evidence = EvidenceBuilder(self.settings, state, context, ranked.candidates)
        articles, (why, order) = ranked.candidates.articles, (ranked.why(order, evidence), order[:most])
        proposals = [
            Proposal(article, score, partial(why, at))
            for at, article, score in zip(
                order.tolist(), articles[order].tolist(), ranked.scores[order].tolist(), strict=True
            )
        ]
        return _proposal(proposals, context, lambda: evidence.until)

    @override
    def arranged(
        self, state: State, context: RankingContext, slots: int, most: int, excluded: Set[int]
    ) -> PlacedShelf | None:
        if context.lift is not None:
            return None
        filled = self._filler.fill(state, context, slots, most, excluded)
        if filled is None:
            return None
        return PlacedShelf(filled.placed, _proposal([], context, lambda: filled.until), filled.candidates)

    def nothing(self, context: RankingContext) -> ShelfProposal:
        """A proposal of no article, with the method of a request."""
        return _proposal([], context, lambda: context.now)

    def best(self, state: State, context: RankingContext, most: int) -> "BestArticles":
        """The best `most` articles without reasons."""
        method = words_in("en").say(_method(context.model))
        if context.lift is None:
            return BestArticles(*self._filler.best(state, context, most), method)
        ranked, order = self._ranked(state, context, most)
        order = order[:most]
        return BestArticles(ranked.candidates.articles[order], ranked.scores[order], method)

    def _ranked(self, state: State, context: RankingContext, most: int) -> "tuple[_Ranked, LongArray]":
        """Candidates with scores, and the places among them of those that may be shown, best first."""
        ranked = (
            self._by_formula(state, context) if context.model is None else self._learned(state, context, most)
        )
        articles = ranked.candidates.articles
        ranked = ranked._replace(scores=boosted(ranked.scores, articles, context.lift))
        places = np.flatnonzero(ranked.eligible & context.allowed[articles] & (articles != context.article))
        return ranked, places[np.lexsort((articles[places], -ranked.scores[places]))]

    def _by_formula(self, state: State, context: RankingContext) -> "_Ranked":
        candidates = self._generator.gather(state, context.visit, context.allowed)
        score = candidates.parts.sum(axis=1)
        return _Ranked(candidates, score, score > 0, lambda _, evidence: evidence.formula)

    def _learned(self, state: State, context: RankingContext, most: int) -> "_Ranked":
        forest = self._filler.forest(context.model)
        most_candidates = max(self.settings.recommending.rerank_candidates, most)
        candidates = self._generator.gather(
            state, context.visit, context.allowed, limit=most_candidates, features=True
        )
        scores, leaves = scores_and_leaves(forest, candidates.features)
        groups = self._generator.catalogue.groups

        def why(order: LongArray, evidence: EvidenceBuilder) -> Callable[[int], Evidence | None]:
            return ModelExplanation(forest, leaves, groups, order, evidence).why

        return _Ranked(candidates, scores, np.ones(len(scores), bool), why)


def _method(model: Model | None) -> MessageText:
    if model is None:
        return MessageText(FORMULA)
    return MessageText("%(method)s %(id)s", {"method": MessageText(LEARNED), "id": model.card.id})


def _proposal(proposals: list[Proposal], context: RankingContext, until: Callable[[], int]) -> ShelfProposal:
    method = _method(context.model)
    if context.visit.unknown:
        method = message("%(method)s, nothing known but the moment", method=method)
    return ShelfProposal(proposals, method, message("There is not enough evidence for more."), until)


class BestArticles(NamedTuple):
    """Articles, int32 (n,), best first, with their scores, float64 (n,), and the method."""

    articles: IntArray
    scores: FloatArray
    method: str


class _Ranked(NamedTuple):
    """Candidates with their scores, float64 (n,), which of them may be shown, bool (n,), and why, in a given order."""

    candidates: CandidateSet
    scores: FloatArray
    eligible: BoolArray
    why: Callable[[LongArray, EvidenceBuilder], Callable[[int], Evidence | None]]


class ModelExplanation:
    """Why a model placed candidates where it did, computed from the trees themselves.

    A group of features supports an item by what it added to its score beyond what it added to the others'. The reason
    comes from the first supporting group that has evidence; if none has, from the default formula.
    """

    def __init__(
        self,
        forest: PreparedForest,
        leaves: Indices,
        groups: IntArray,
        order: LongArray,
        evidence: EvidenceBuilder,
    ) -> None:
        """`leaves` are those that the candidates reach, see `scores_and_leaves`; `groups` is int32 (F,), of the
        features; `order` has places among the candidates, best first.
        """
        self._forest = forest
        self._leaves = leaves
        self._groups = groups
        self._order = order
        self._evidence = evidence
        self._usual: FloatArray = np.zeros(0)
        self._supporting: dict[int, list[int]] = {}

    def why(self, at: int) -> Evidence | None:
        """The evidence for the candidate at a place."""
        for group in self._supporters(at):
            if group < 0:
                break
            find = _EVIDENCE[group]
            found = find(self._evidence, at) if find is not None else None
            if found is not None:
                return found
        return self._evidence.formula(at)

    def _supporters(self, at: int) -> list[int]:
        """The groups that added more to one candidate's score than to others', the one that added most first."""
        if at not in self._supporting:
            place = int(np.flatnonzero(self._order == at)[0])
            chosen = self._order[place : place + EXPLAINED]
            if not len(self._usual):
                spread = np.ascontiguousarray(self._order[:: -(-len(self._order) // SPREAD)])
                self._usual = mean_contributions(
                    self._forest, self._leaves, spread, self._groups, len(GROUPS)
                )
            found = supporting_groups(self._forest, self._leaves, chosen, self._groups, self._usual)
            self._supporting.update(zip(chosen.tolist(), found.tolist(), strict=True))
            self._evidence.prepare(chosen)
        return self._supporting[at]


@compiled
def mean_contributions(
    forest: PreparedForest, leaves: Indices, rows: LongArray, groups: IntArray, count: int
) -> FloatArray:
    """What each group of features adds to the scores of some rows on average, float64 (count,), see
    `leaf_contributions`.
    """
    added = leaf_contributions(forest, leaves, rows, groups, count)
    mean = np.zeros(count)
    for row in range(len(added)):
        mean += added[row]
    return mean / len(added)


@compiled
def supporting_groups(
    forest: PreparedForest, leaves: Indices, rows: LongArray, groups: IntArray, usual: FloatArray
) -> IntArray:
    """For each of some rows the groups that added more than `usual` (float64 (count,)), the one that added most first,
    of equals the first; int32 (m, count), filled up with -1.
    """
    beyond = leaf_contributions(forest, leaves, rows, groups, len(usual)) - usual
    found = np.full(beyond.shape, -1, np.int32)
    for row in range(len(beyond)):
        most = 0
        for group in np.argsort(-beyond[row], kind="mergesort"):
            if beyond[row, group] > 0:
                found[row, most] = group
                most += 1
    return found
