"""Evidence for recommended articles: what can be said of each, in numbers, from the state that it was proposed from."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recirc.rank.candidate_sources import EARLIER_VISITS
from recirc.rank.candidates import CandidateSet
from recirc.rank.formula import COREADING, POPULARITY, SESSIONS, TEXT
from recirc.rank.openings import CAME_FROM_ANOTHER, SAME_REFERRER, VISITS, openings
from recirc.settings import Settings
from recirc.shelves.shelf import Evidence, RankingContext
from recirc.state.audience import READERS
from recirc.state.contexts import REFERRERS, buckets
from recirc.state.exposure import CLICKED, SHOWN
from recirc.state.state import State
from recirc.state.transitions import ARRIVALS
from recirc.types import IntArray, LongArray, Window

ALIKE = ("same way", "same device", "same region")
"""Kinds of evidence for readers like this one, in the order of the codes of a context."""


class EvidenceLinks:
    """What binds articles to those that a reader opened, with enough evidence; of several, what the newest says.

    Rows are looked into when they are asked for: of the hundreds of articles that a visit is bound to, a shelf shows
    some eight.
    """

    def __init__(self, settings: Settings, state: State, opened: IntArray) -> None:
        """`opened` is int32 (s,), oldest first."""
        self._shelving = settings.shelves
        self._state = state
        self._opened = [before for before in opened[::-1].tolist() if before < state.size]
        self._together: list[dict[int, int]] | None = None
        self._alike: list[dict[int, float]] | None = None

    def read_together(self, article: int, kind: str = "read together") -> Evidence | None:
        """How many readers of an article that was opened went on to this one."""
        if self._together is None:
            pairs = self._state.coreading
            self._together = [_row(pairs.neighbours[a], pairs.readers[a]) for a in self._opened]
        for before, row in zip(self._opened, self._together, strict=True):
            readers = row.get(article, -1)
            if readers >= self._shelving.min_coreaders:
                of = int(self._state.audience.totals[before, READERS])
                return Evidence(kind, {"readers": readers, "of": of}, about=before)
        return None

    def alike(self, article: int) -> Evidence | None:
        """To which article that was opened its text is similar."""
        if self._alike is None:
            content = self._state.content
            self._alike = [_row(content.neighbours[a], content.similarities[a]) for a in self._opened]
        for before, row in zip(self._opened, self._alike, strict=True):
            cosine = row.get(article)
            if cosine is not None and cosine >= self._shelving.min_similarity:
                return Evidence("similar text", {"similarity": round(cosine, 2)}, about=before)
        return None


class EvidenceBuilder:
    """What can be said of the candidates of one request. Each answer is None where the evidence is below the settings'
    minimum.
    """

    def __init__(
        self, settings: Settings, state: State, question: RankingContext, candidates: CandidateSet
    ) -> None:
        self._shelving = settings.shelves
        self._state = state
        self._question = question
        self._candidates = candidates
        visit = question.visit
        self._context = np.array([visit.referrer, visit.device, visit.region], np.int32)
        self._visit = EvidenceLinks(settings, state, visit.history)
        self._earlier = EvidenceLinks(settings, state, visit.earlier[-EARLIER_VISITS:])
        self._opened: dict[int, LongArray] = {}

    def similar_visits(self, at: int) -> Evidence | None:
        """How many similar visits opened it; `at` is its place among the candidates, here and below."""
        visits = int(self._candidates.votes[at])
        return Evidence("similar visits", {"visits": visits}) if self._enough(visits) else None

    def read_together(self, at: int) -> Evidence | None:
        """How many readers of an article of the visit went on to it."""
        return self._visit.read_together(self._article(at))

    def went_on(self, at: int) -> Evidence | None:
        """How many visits opened it right after the visit's last article."""
        visits = int(self._candidates.followed[at])
        if not self._enough(visits):
            return None
        numbers: dict[str, float] = {"visits": visits, "of": self._candidates.followers}
        return Evidence("went on", numbers, about=int(self._question.history[-1]))

    def alike(self, at: int) -> Evidence | None:
        """To which article of the visit its text is similar."""
        return self._visit.alike(self._article(at))

    def read_before(self, at: int) -> Evidence | None:
        """How many readers of an article that the reader opened on an earlier visit went on to it."""
        return self._earlier.read_together(self._article(at), "read before")

    def came_to(self, at: int) -> Evidence | None:
        """How many of its newest visits came to it from another article; None when that is no more than of others."""
        opened = self._openings(at)
        visits = int(opened[CAME_FROM_ANOTHER])
        if not self._enough(visits) or visits <= self._usual_arrivals() * opened[VISITS]:
            return None
        return Evidence("come to", {"visits": visits, "of": int(opened[VISITS])})

    def _usual_arrivals(self) -> float:
        """Of all that was read, the share that readers came to from another article, at the longest half-life."""
        passage, popularity, clock = (
            self._state.transitions.table,
            self._state.popularity.table,
            self._state.clock,
        )
        arrivals = passage.totals[ARRIVALS, -1] * passage.decay_factors(clock)[-1]
        readers = popularity.totals[0, -1] * popularity.decay_factors(clock)[-1]
        return float(arrivals / max(readers, 1e-30))

    def read_alike(self, at: int) -> Evidence | None:
        """How many of its newest visits came the same way, by the same kind of device, or from the same region:
        whichever sets it apart most from what is read at large.
        """
        opened = self._openings(at)
        of = int(opened[VISITS])
        views = self._state.contexts.table.totals[:, -1]
        all_views = float(views[:REFERRERS].sum())  # each view stands once among the referrers
        best, most = None, 1.0  # at large
        for code, column in enumerate(buckets(self._context[None, :])[0].tolist()):
            visits = int(opened[SAME_REFERRER + code])
            if not self._context[code] or not self._enough(visits):
                continue
            apart = visits / of * all_views / max(float(views[column]), 1e-30)
            if apart > most:
                best, most = Evidence(ALIKE[code], {"visits": visits, "of": of}), apart
        return best

    def read_now(self, at: int) -> Evidence | None:
        """How many read it in the last day."""
        today = self._state.audience.readers_of(self._article(at), Window.DAY, self._question.now)
        if today < self._shelving.min_readers:
            return None
        # Where nothing is known but the moment, it stands for what was asked.
        fallback = self._question.visit.unknown
        return Evidence("read now", {"readers": today}, window=Window.DAY, fallback=fallback)

    def young(self, at: int) -> Evidence | None:
        """How long ago it was published or, where nobody said, first opened; None when that is more than a day."""
        article = self._article(at)
        published = int(self._state.catalogue.published[article])
        began = published if published >= 0 else int(self._state.lifetimes.first[article])
        minutes = (self._question.now - began) // 60_000
        if not 0 <= minutes < 24 * 60:
            return None
        return Evidence("young", {"minutes": minutes, "published": int(published >= 0)})

    def opened_when_shown(self, at: int) -> Evidence | None:
        """How often it was opened of the times that a shelf showed it."""
        shown = self._state.exposure.articles[self._article(at)].sum(axis=0)
        seen, clicked = int(shown[SHOWN]), int(shown[CLICKED])
        # Readers may open what they looked at too shortly for an impression.
        if not self._enough(clicked) or clicked > seen:
            return None
        return Evidence("opened when shown", {"times": clicked, "of": seen})

    def formula(self, at: int) -> Evidence | None:
        """The strongest part of the default formula that has enough evidence; None when no part has."""
        added = self._candidates.parts[at].tolist()
        for part in sorted(range(len(added)), key=lambda part: -added[part]):
            if added[part] <= 0:
                break
            evidence = BY_PART[part](self, at)
            if evidence is not None:
                return evidence
        return None

    def read_at_all(self, at: int) -> Evidence:
        """How many read it in the last day; where too few did, so far, and then it is a fallback."""
        ever = self._state.audience.readers_of(self._article(at), Window.EVER, self._question.now)
        return self.read_now(at) or Evidence("read now", {"readers": ever}, window=Window.EVER, fallback=True)

    def _article(self, at: int) -> int:
        return int(self._candidates.articles[at])

    def _enough(self, number: int) -> bool:
        return number >= self._shelving.min_coreaders

    def _openings(self, at: int) -> LongArray:
        if at not in self._opened:
            self._opened[at] = openings(self._article(at), self._context, self._state.visits)
        return self._opened[at]


BY_PART = {
    SESSIONS: EvidenceBuilder.similar_visits,
    COREADING: EvidenceBuilder.read_together,
    POPULARITY: EvidenceBuilder.read_at_all,
    TEXT: EvidenceBuilder.alike,
}
"""What speaks for each part of the default formula."""

BY_GROUP = {
    "popularity": EvidenceBuilder.read_now,
    "passage": EvidenceBuilder.came_to,
    "context": EvidenceBuilder.read_alike,
    "sessions": EvidenceBuilder.similar_visits,
    "coreading": EvidenceBuilder.read_together,
    "followers": EvidenceBuilder.went_on,
    "earlier": EvidenceBuilder.read_before,
    "text": EvidenceBuilder.alike,
    "age": EvidenceBuilder.young,
    "exposure": EvidenceBuilder.opened_when_shown,
    "formula": EvidenceBuilder.formula,
}
"""What speaks for each group of features. The group `visit` is missing: it is the same for all candidates, and so no
reason for one of them.
"""


def _row(neighbours: IntArray, values: NDArray[Any]) -> dict[int, Any]:
    """The neighbours of an article with their values; free places share one key, which is no article."""
    return dict(zip(neighbours.tolist(), values.tolist(), strict=True))
