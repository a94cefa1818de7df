"""Re-ranking of a shelf: targets for the shares of its slots (calibration), and diversity. Greedy, slot by slot."""

from collections.abc import Sequence, Set
from typing import Final, NamedTuple

import numpy as np

from recirc.settings import DiversitySettings
from recirc.shelves.arrange import arrange
from recirc.shelves.shelf import PlacedItem, Proposal
from recirc.state.state import State
from recirc.types import BoolArray, FloatArray, IntArray

ALPHA: Final = 0.01
"""How much of the target is mixed into what a list has, so that no divergence is infinite (Steck, 2018, formula 4)."""


class ShareTarget(NamedTuple):
    """At least, or with `most` at most, `share` (0 to 1) of a shelf's slots are for articles in `among`,
    bool (n_articles,); `rule` is the key of the rule.
    """

    share: float
    most: bool
    among: BoolArray
    rule: str

    def met(self, count: int, slots: int) -> bool:
        """Whether `count` of `slots` articles are enough, or not too many."""
        return (
            count <= self.share * slots + 1e-9
            if self.most
            else count >= min(slots, self.share * slots - 1e-9)
        )


class Reranking(NamedTuple):
    """How a shelf is re-ranked.

    Attributes:
        targets: shares of its slots.
        weight: λ, 0 to 1: how much targets count against relevance.
        diversity: how much articles may resemble each other.
    """

    targets: Sequence[ShareTarget]
    weight: float
    diversity: DiversitySettings

    def __bool__(self) -> bool:
        return bool(self.targets) or self.diversity.weight > 0


NO_RERANKING: Final = Reranking((), 0.5, DiversitySettings())


class Rearrangement(NamedTuple):
    """The items, and whether every share that is a minimum is met."""

    placed: list[PlacedItem]
    met: bool


def rearrange(
    slots: int,
    proposals: Sequence[Proposal],
    state: State,
    excluded: Set[int],
    reranking: Reranking,
) -> Rearrangement:
    """As `arrange`, in the order of `Greedy`. What would not be there without a target bears the key of its rule.

    Args:
        slots: number of slots.
        proposals: best first.
        excluded: stories that may not appear.
    """
    story = state.stories.all()
    left = [each for each in proposals if story.item(each.article) not in excluded]
    if not left:
        return Rearrangement([], met=False)
    articles = np.array([each.article for each in left], np.int32)
    greedy = Greedy(state, articles, np.array([each.score for each in left]), slots, reranking)
    placed: list[PlacedItem] = []
    while len(placed) < slots and (at := greedy.best()) >= 0:
        proposal = left[at]
        evidence = proposal.why()
        if evidence is None:
            greedy.drop(at)
            continue
        placed.append(PlacedItem(proposal.article, proposal.score, evidence))
        greedy.take(at, story[articles] == story[proposal.article])
    marked = _marked(placed, arrange(slots, left, story, excluded), reranking.targets)
    met = all(
        target.most or target.met(sum(target.among[item.article] for item in placed), slots)
        for target in reranking.targets
    )
    return Rearrangement(marked, met)


def _marked(
    placed: Sequence[PlacedItem], free: Sequence[PlacedItem], targets: Sequence[ShareTarget]
) -> list[PlacedItem]:
    """The items; one that would not be there by its score alone bears the key of the target that it serves."""
    there = {item.article for item in free}
    found = []
    for item in placed:
        serving = (target.rule for target in targets if bool(target.among[item.article]) is not target.most)
        rule = "" if item.article in there else next(serving, "")
        found.append(item._replace(rule=rule) if rule else item)
    return found


class Greedy:
    """Chooses one candidate after another: the one with the greatest

        (1 - λ) · ((1 - δ) · r_i - δ · max_{j in S} sim(i, j)) - λ · Σ_t KL(p_t ‖ q̃_t(S + i))

    S is what was chosen before. r is the score on a scale from 0 (the least of the candidates) to 1. The first part is
    maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998). The second is calibrated recommendation (Steck,
    RecSys 2018): the Kullback-Leibler divergence of what the list has from what it should have, for each target with
    two classes, in and not in. It counts in one direction only: what has more than a minimum, or less than a maximum,
    diverges by nothing. q̃ = (1 - α) q + α p, and q takes the slots that are still empty as filled at the target's
    share, so that targets are met all along the list and not at its end or its beginning.
    """

    def __init__(
        self, state: State, articles: IntArray, scores: FloatArray, slots: int, reranking: Reranking
    ) -> None:
        """`articles`: int32 (n,), best first, with their scores, float64 (n,)."""
        low, high = float(scores.min()), float(scores.max())
        scale = (scores - low) / (high - low) if high > low else np.ones(len(scores))
        self._relevance: FloatArray = scale
        self._slots, self._reranking = slots, reranking
        self._left: BoolArray = np.ones(len(articles), bool)
        self._nearest: FloatArray = np.zeros(len(articles))
        self._chosen = 0
        self._members = [target.among[articles] for target in reranking.targets]
        self._counts = [0] * len(self._members)
        self._similarity = Similarity(state, articles, reranking.diversity)

    def best(self) -> int:
        """The place of the next candidate; of equals the first; -1: none is left."""
        if not self._left.any():
            return -1
        delta, weight = self._reranking.diversity.weight, self._reranking.weight
        value = (1 - delta) * self._relevance - delta * self._nearest
        if self._members:
            value = (1 - weight) * value - weight * self._divergence()
        return int(np.argmax(np.where(self._left, value, -np.inf)))

    def drop(self, at: int) -> None:
        """This one is no candidate."""
        self._left[at] = False

    def take(self, at: int, same: BoolArray) -> None:
        """This one is chosen, and none in `same`, bool (n,), may follow."""
        self._left &= ~same
        self._left[at] = False
        self._chosen += 1
        for number, members in enumerate(self._members):
            self._counts[number] += int(members[at])
        if self._reranking.diversity.weight > 0:
            self._nearest = np.maximum(self._nearest, self._similarity.to(at))

    def _divergence(self) -> FloatArray:
        total: FloatArray = np.zeros(len(self._left))
        empty = max(self._slots - self._chosen - 1, 0)
        for target, members, count in zip(self._reranking.targets, self._members, self._counts, strict=True):
            for inside in (False, True):
                held = (count + inside + empty * target.share) / self._slots
                total[members == inside] += divergence(target.share, held, most=target.most)
        return total


def divergence(share: float, held: float, *, most: bool) -> float:
    """KL(p ‖ q̃) of a share from what is held, 0 where it is enough (`most`: not too much); see `Greedy`.

    >>> divergence(0.2, 0.25, most=False), divergence(0.2, 0.15, most=True)
    (0.0, 0.0)
    >>> round(divergence(0.2, 0.125, most=False), 4), round(divergence(0.2, 0.0, most=False), 4)
    (0.0218, 0.7441)
    """
    if (held <= share + 1e-9) if most else (held >= share - 1e-9):
        return 0.0
    mixed = (1 - ALPHA) * min(max(held, 0.0), 1.0) + ALPHA * share
    return float(share * np.log(share / mixed) + (1 - share) * np.log((1 - share) / (1 - mixed)))


class Similarity:
    """How much articles resemble each other, 0 to 1: cosine of the texts, share of topics in common (Jaccard), same
    section; weighted as the settings say.
    """

    def __init__(self, state: State, articles: IntArray, settings: DiversitySettings) -> None:
        """`articles`: int32 (n,)."""
        self._state, self._articles, self._settings = state, articles, settings

    def to(self, at: int) -> FloatArray:
        """The similarity of all to the one at a place, float64 (n,)."""
        state, articles, settings = self._state, self._articles, self._settings
        article = int(articles[at])
        content, catalogue = state.content, state.catalogue
        norms = content.norms[articles].astype(np.float64)
        products = content.vectors[articles].astype(np.float64) @ content.vectors[article].astype(np.float64)
        lengths = norms * float(content.norms[article])
        cosine = np.where(lengths > 0, products / np.where(lengths > 0, lengths, 1.0), 0.0).clip(0.0, 1.0)
        topics, own = catalogue.topics[articles], catalogue.topics[article]
        own = own[own != 0]
        common = np.isin(topics, own).sum(axis=1) if len(own) else np.zeros(len(articles))
        union = (topics != 0).sum(axis=1) + len(own) - common
        jaccard = np.where(union > 0, common / np.where(union > 0, union, 1), 0.0)
        section = int(catalogue.section[article])
        same = (catalogue.section[articles] == section) & (section != 0)
        parts = ((settings.text, cosine), (settings.topic, jaccard), (settings.section, same))
        total = sum(weight for weight, _ in parts) or 1.0
        found: FloatArray = np.asarray(sum(weight * part for weight, part in parts) / total)
        return found
