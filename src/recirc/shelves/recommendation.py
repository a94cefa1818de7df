"""Recommendation: what may this reader want next? The default formula over candidates from every source."""

from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.rank.candidates import COREADING, POPULARITY, SESSIONS, TEXT, Gatherer
from recirc.rank.formula import contributions
from recirc.settings import Settings
from recirc.shelves.shelf import Evidence, Proposal, Proposed, Question, Shelver
from recirc.state.audience import READERS
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, ShelfKind, Window


class Recommendation(Shelver):
    """Candidates in the order of the default formula; each reason comes from the source that added most to
    its score.

    Where there is nothing to go by but what all read, the shelf is that, and each reason says that it is a
    fallback.
    """

    kind: ClassVar[ShelfKind] = ShelfKind.RECOMMENDATION

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._gatherer = Gatherer(settings.recommending)

    @override
    def slots(self) -> int:
        return self.settings.shelves.recommendation_slots

    @override
    def propose(self, state: State, question: Question, most: int) -> Proposed:
        candidates = self._gatherer.gather(state, question.history)
        parts = contributions(candidates, self.settings.recommending)
        scores = parts.sum(axis=1)
        order = np.lexsort((candidates.articles, -scores))
        read_now = state.audience.readers(Window.DAY, question.now)
        proposals: list[Proposal] = []
        for at in order:
            article = int(candidates.articles[at])
            if len(proposals) == most or scores[at] <= 0:
                break
            if question.allowed[article] and article != question.article:
                votes = int(candidates.votes[at])
                evidence = self._evidence(state, question, article, parts[at], votes, int(read_now[article]))
                if evidence is not None:
                    proposals.append(Proposal(article, float(scores[at]), evidence))
        method = (
            "default formula" if len(question.history) else "default formula, nothing known but the moment"
        )
        return Proposed(proposals, method, "There is not enough evidence for more.")

    def _evidence(
        self, state: State, question: Question, article: int, parts: FloatArray, votes: int, read_now: int
    ) -> Evidence | None:
        """The strongest part that has enough evidence to be named; None when no part has."""
        for source in np.argsort(-parts, kind="stable"):
            if parts[source] <= 0:
                break
            evidence: Evidence | None = None
            if source == SESSIONS and votes >= self.settings.shelves.min_coreaders:
                evidence = Evidence("similar visits", {"visits": votes})
            elif source == COREADING:
                evidence = self._read_together(state, question.history, article)
            elif source == POPULARITY and read_now >= self.settings.shelves.min_readers:
                fallback = not len(question.history)
                evidence = Evidence("read now", {"readers": read_now}, window=Window.DAY, fallback=fallback)
            elif source == POPULARITY:
                ever = int(state.audience.totals[article, READERS])
                evidence = Evidence("read now", {"readers": ever}, window=Window.EVER, fallback=True)
            elif source == TEXT:
                evidence = self._alike(state, question.history, article)
            if evidence is not None:
                return evidence
        return None

    def _read_together(self, state: State, history: IntArray, article: int) -> Evidence | None:
        """The newest article of the visit from which enough readers went on to this one."""
        for before in history[::-1]:
            if before < state.size:
                at = np.flatnonzero(state.coreading.neighbours[before] == article)
                readers = int(state.coreading.readers[before, at[0]]) if len(at) else 0
                if readers >= self.settings.shelves.min_coreaders:
                    of = int(state.audience.totals[before, READERS])
                    return Evidence("read together", {"readers": readers, "of": of}, about=int(before))
        return None

    def _alike(self, state: State, history: IntArray, article: int) -> Evidence | None:
        for before in history[::-1]:
            if before < state.size:
                at = np.flatnonzero(state.content.neighbours[before] == article)
                cosine = float(state.content.similarities[before, at[0]]) if len(at) else 0.0
                if cosine >= self.settings.shelves.min_similarity:
                    return Evidence("similar text", {"similarity": round(cosine, 2)}, about=int(before))
        return None
