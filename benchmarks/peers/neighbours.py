"""Peers that recommend what similar sessions opened: V-SkNN and VMIS-kNN, written from their papers."""

from typing import ClassVar

from typing_extensions import override

from peers.visit_index import VisitIndex
from recirc.rank.visit import Visit
from recirc.replay.policies.policy import Policy, best, best_among, scores_among
from recirc.settings import Settings
from recirc.state.state import State
from recirc.types import IntArray, RecordArray


class Neighbours(Policy):
    """What the most similar sessions opened.

    Attributes:
        most_recent: number of sessions that are looked at, of each article and in all.
        k: number of these sessions that vote, the most similar.
        rarity: whether articles that few sessions open weigh more.
    """

    most_recent: ClassVar[int]
    k: ClassVar[int]
    rarity: ClassVar[bool]
    damping: ClassVar[float] = 0.1

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.index = VisitIndex(round(settings.learning.visit_gap * 1000))

    @override
    def fold(self, records: RecordArray) -> None:
        self.index.fold(records)

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        articles, scores = self.index.votes(
            visit.history, self.most_recent, self.k, damping=self.damping, rarity=self.rarity
        )
        self.pool = articles
        if among is not None:
            return best_among(among, scores_among(among, articles, scores), slots)
        return best(articles, scores, slots)


class VSkNN(Neighbours):
    """Vector session nearest neighbours (Ludewig and Jannach, User Modeling and User-Adapted Interaction 28, 2018).

    Of the 1,000 most recent sessions with an article of the visit the 500 most similar vote; weights fall linearly
    with the distance from the visit's end, as in the authors' own code (`session-rec`, linear decay).
    """

    name = "vsknn"
    most_recent = 1000
    k = 500
    rarity = False


class VMISkNN(Neighbours):
    """Vector multiplication indexed session nearest neighbours (Kersbergen, Sprangers and Schelter: Serenade, SIGMOD
    2022), with m = 500 and k = 100 as there.

    The engine's own `sessions` does the same on the visits that it keeps. They differ in m and k (its settings), in
    that it has no bound on the sessions of all articles together, and in rarity: there log(1 + R / (1 + r)) with fading
    counts of readers, here log(sessions / sessions that opened it) as in the paper.
    """

    name = "vmisknn"
    most_recent = 500
    k = 100
    rarity = True
