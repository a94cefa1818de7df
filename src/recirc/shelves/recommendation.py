"""Recommendation: what may this reader want next? The default formula over candidates from every source."""

from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.rank.candidates import COREADING, POPULARITY, SESSIONS, TEXT, Candidates, Gatherer
from recirc.rank.formula import contributions
from recirc.settings import Settings
from recirc.shelves.shelf import Evidence, Proposal, Proposed, Question, Shelver
from recirc.state.audience import READERS
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, ShelfKind, Window


class Links(NamedTuple):
    """What binds articles to those of a visit, by index."""

    read_together: dict[int, Evidence]
    alike: dict[int, Evidence]


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
        candidates = self._gatherer.gather(state, question.history, question.allowed)
        links = self._links(state, question.history)
        parts = contributions(candidates, self.settings.recommending)
        scores = parts.sum(axis=1)
        shown = (
            question.allowed[candidates.articles] & (scores > 0) & (candidates.articles != question.article)
        )
        places = np.flatnonzero(shown)
        order = places[np.lexsort((candidates.articles[places], -scores[places]))][:most]
        proposals = [
            Proposal(
                int(candidates.articles[at]),
                float(scores[at]),
                partial(self._evidence, state, question, candidates, links, int(at), parts[at]),
            )
            for at in order
        ]
        method = (
            "default formula" if len(question.history) else "default formula, nothing known but the moment"
        )
        return Proposed(proposals, method, "There is not enough evidence for more.")

    def _evidence(
        self,
        state: State,
        question: Question,
        candidates: Candidates,
        links: Links,
        at: int,
        parts: FloatArray,
    ) -> Evidence | None:
        """The strongest part that has enough evidence to be named; None when no part has."""
        article, votes = int(candidates.articles[at]), int(candidates.votes[at])
        for source in np.argsort(-parts, kind="stable"):
            if parts[source] <= 0:
                break
            evidence: Evidence | None = None
            if source == SESSIONS and votes >= self.settings.shelves.min_coreaders:
                evidence = Evidence("similar visits", {"visits": votes})
            elif source == COREADING:
                evidence = links.read_together.get(article)
            elif source == POPULARITY:
                evidence = self._read_now(state, question, article)
            elif source == TEXT:
                evidence = links.alike.get(article)
            if evidence is not None:
                return evidence
        return None

    def _read_now(self, state: State, question: Question, article: int) -> Evidence:
        """How many read it in the last day; where none did, so far, and then it is a fallback."""
        today = state.audience.readers_of(article, Window.DAY, question.now)
        if today >= self.settings.shelves.min_readers:
            fallback = not len(question.history)
            return Evidence("read now", {"readers": today}, window=Window.DAY, fallback=fallback)
        ever = state.audience.readers_of(article, Window.EVER, question.now)
        return Evidence("read now", {"readers": ever}, window=Window.EVER, fallback=True)

    def _links(self, state: State, history: IntArray) -> Links:
        """What binds other articles to those of the visit, with enough evidence; of several, the newest's."""
        links = Links({}, {})
        coreading, content, totals = state.coreading, state.content, state.audience.totals
        least_readers, least_cosine = (
            self.settings.shelves.min_coreaders,
            self.settings.shelves.min_similarity,
        )
        for before in history[::-1].tolist():
            if before >= state.size:
                continue
            of = int(totals[before, READERS])
            numbers: dict[str, float]
            for other, readers in _row(coreading.neighbours[before], coreading.readers[before]):
                if readers >= least_readers and other not in links.read_together:
                    numbers = {"readers": readers, "of": of}
                    links.read_together[other] = Evidence("read together", numbers, about=before)
            for other, cosine in _row(content.neighbours[before], content.similarities[before]):
                if cosine >= least_cosine and other not in links.alike:
                    numbers = {"similarity": round(cosine, 2)}
                    links.alike[other] = Evidence("similar text", numbers, about=before)
        return links


def _row(neighbours: IntArray, values: NDArray[Any]) -> list[tuple[int, float]]:
    """The neighbours of an article with their values, without the free places."""
    return [
        (other, value)
        for other, value in zip(neighbours.tolist(), values.tolist(), strict=True)
        if other >= 0
    ]
