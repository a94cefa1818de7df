"""Evidence for recommended articles: the numbers behind each, from the state that it was proposed from."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recirc.rank.candidate_sources import EARLIER_VISITS
from recirc.rank.candidates import CandidateSet
from recirc.rank.formula import COREADING, POPULARITY, SESSIONS, TEXT
from recirc.rank.openings import CAME_FROM_ANOTHER, SAME_REFERRER, VISITS, openings
from recirc.settings import Settings
from recirc.shelves.likeness import related_texts, shared
from recirc.shelves.reasons import Evidence
from recirc.shelves.shelf import RankingContext
from recirc.state.audience import READERS
from recirc.state.contexts import REFERRERS, buckets
from recirc.state.exposure import CLICKED, SHOWN
from recirc.state.state import State
from recirc.state.transitions import ARRIVALS
from recirc.types import IntArray, LongArray, Window

SAME_CONTEXT = ("same way", "same device", "same region")
"""Kinds of evidence for readers like this one, in the order of the visit's codes."""


class EvidenceLinks:
    """Links from articles to those that a reader opened, with enough evidence; of several, the one to the newest.

    Rows are read only when needed: a visit is linked to hundreds of articles, and a shelf shows some eight.
    """

    def __init__(self, settings: Settings, state: State, opened: IntArray) -> None:
        """`opened` is int32 (s,), oldest first."""
        self._settings = settings.shelves
        self._state = state
        self._opened = [before for before in opened[::-1].tolist() if before < state.size]
        self._coread: list[dict[int, int]] | None = None
        self._similar: list[dict[int, tuple[float, float]]] | None = None

    def read_together(self, article: int, kind: str = "read together") -> Evidence | None:
        """Number of readers of an opened article who went on to this one."""
        if self._coread is None:
            pairs = self._state.coreading
            self._coread = [_row(pairs.neighbours[a], pairs.readers[a]) for a in self._opened]
        for before, row in zip(self._opened, self._coread, strict=True):
            readers = row.get(article, -1)
            if readers >= self._settings.min_coreaders:
                of = int(self._state.audience.totals[before, READERS])
                return Evidence(kind, {"readers": readers, "of": of}, about=before)
        return None

    def similar(self, article: int) -> Evidence | None:
        """The opened article that its text is related to, with what both mention."""
        if self._similar is None:
            precision = self._settings.related_precision
            self._similar = [related_texts(self._state, a, precision) for a in self._opened]
        for before, row in zip(self._opened, self._similar, strict=True):
            if article in row:
                found = shared(self._state, before, article, row[article][1])
                if found is not None and found.terms:
                    return found._replace(kind="similar text")
        return None


class EvidenceBuilder:
    """Evidence for the candidates of one request. Each method gives None where it is below the settings' minimum."""

    def __init__(
        self, settings: Settings, state: State, context: RankingContext, candidates: CandidateSet
    ) -> None:
        self._settings = settings.shelves
        self._state = state
        self._context = context
        self._candidates = candidates
        visit = context.visit
        self._codes = np.array([visit.referrer, visit.device, visit.region], np.int32)
        self._visit = EvidenceLinks(settings, state, visit.history)
        self._earlier = EvidenceLinks(settings, state, visit.earlier[-EARLIER_VISITS:])
        self._opened: dict[int, LongArray] = {}

    def similar_visits(self, at: int) -> Evidence | None:
        """Number of similar visits that opened it; `at` is its place among the candidates, here and below."""
        visits = int(self._candidates.votes[at])
        return Evidence("similar visits", {"visits": visits}) if self._enough(visits) else None

    def read_together(self, at: int) -> Evidence | None:
        """Number of readers of an article of the visit who went on to it."""
        return self._visit.read_together(self._article(at))

    def opened_next(self, at: int) -> Evidence | None:
        """Number of visits that opened it right after the visit's last article."""
        visits = int(self._candidates.followed[at])
        if not self._enough(visits):
            return None
        numbers: dict[str, float] = {"visits": visits, "of": self._candidates.followers}
        return Evidence("went on", numbers, about=int(self._context.history[-1]))

    def similar_text(self, at: int) -> Evidence | None:
        """The article of the visit that its text is similar to."""
        return self._visit.similar(self._article(at))

    def read_before(self, at: int) -> Evidence | None:
        """Number of readers of an article of an earlier visit who went on to it."""
        return self._earlier.read_together(self._article(at), "read before")

    def arrivals(self, at: int) -> Evidence | None:
        """Number of its newest visits that came from another article; None if no more often than usual."""
        opened = self._openings(at)
        visits = int(opened[CAME_FROM_ANOTHER])
        if not self._enough(visits) or visits <= self._usual_arrivals() * opened[VISITS]:
            return None
        return Evidence("come to", {"visits": visits, "of": int(opened[VISITS])})

    def _usual_arrivals(self) -> float:
        """Share of all views that came from another article, at the longest half-life."""
        transitions, popularity, clock = (
            self._state.transitions.table,
            self._state.popularity.table,
            self._state.clock,
        )
        arrivals = transitions.totals[ARRIVALS, -1] * transitions.decay_factors(clock)[-1]
        readers = popularity.totals[0, -1] * popularity.decay_factors(clock)[-1]
        return float(arrivals / max(readers, 1e-30))

    def same_context(self, at: int) -> Evidence | None:
        """Number of its newest visits that came the same way, by the same kind of device, or from the same region:
        whichever is most above its share of all views.
        """
        opened = self._openings(at)
        of = int(opened[VISITS])
        views = self._state.contexts.table.totals[:, -1]
        all_views = float(views[:REFERRERS].sum())  # each view is in exactly one bucket of the referrers
        best, most = None, 1.0  # 1: as often as in all views
        for code, column in enumerate(buckets(self._codes[None, :])[0].tolist()):
            visits = int(opened[SAME_REFERRER + code])
            if not self._codes[code] or not self._enough(visits):
                continue
            ratio = visits / of * all_views / max(float(views[column]), 1e-30)
            if ratio > most:
                best, most = Evidence(SAME_CONTEXT[code], {"visits": visits, "of": of}), ratio
        return best

    def popular_now(self, at: int) -> Evidence | None:
        """Number of readers in the last day."""
        today = self._state.audience.readers_of(self._article(at), Window.DAY, self._context.now)
        if today < self._settings.min_readers:
            return None
        # Where nothing is known but the moment, there is nothing else to go by.
        fallback = self._context.visit.unknown
        return Evidence("read now", {"readers": today}, window=Window.DAY, fallback=fallback)

    def new(self, at: int) -> Evidence | None:
        """Its age since publication, or else since it was first opened; None if it is a day or more."""
        article = self._article(at)
        published = int(self._state.catalogue.published[article])
        start = published if published >= 0 else int(self._state.lifetimes.first[article])
        minutes = (self._context.now - start) // 60_000
        if not 0 <= minutes < 24 * 60:
            return None
        return Evidence("young", {"minutes": minutes, "published": int(published >= 0)})

    def opened_when_shown(self, at: int) -> Evidence | None:
        """Number of times that it was opened, of those that a shelf showed it."""
        shown = self._state.exposure.articles[self._article(at)].sum(axis=0)
        seen, clicked = int(shown[SHOWN]), int(shown[CLICKED])
        # Readers may open an item before it was in view long enough for an impression.
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

    def popular(self, at: int) -> Evidence:
        """Number of readers in the last day; if they are too few, of all readers so far, as a fallback."""
        ever = self._state.audience.readers_of(self._article(at), Window.EVER, self._context.now)
        return self.popular_now(at) or Evidence(
            "read now", {"readers": ever}, window=Window.EVER, fallback=True
        )

    def _article(self, at: int) -> int:
        return int(self._candidates.articles[at])

    def _enough(self, number: int) -> bool:
        return number >= self._settings.min_coreaders

    def _openings(self, at: int) -> LongArray:
        if at not in self._opened:
            self._opened[at] = openings(self._article(at), self._codes, self._state.visits)
        return self._opened[at]


BY_PART = {
    SESSIONS: EvidenceBuilder.similar_visits,
    COREADING: EvidenceBuilder.read_together,
    POPULARITY: EvidenceBuilder.popular,
    TEXT: EvidenceBuilder.similar_text,
}
"""The evidence for each part of the default formula."""

BY_GROUP = {
    "popularity": EvidenceBuilder.popular_now,
    "transitions": EvidenceBuilder.arrivals,
    "context": EvidenceBuilder.same_context,
    "sessions": EvidenceBuilder.similar_visits,
    "coreading": EvidenceBuilder.read_together,
    "followers": EvidenceBuilder.opened_next,
    "earlier": EvidenceBuilder.read_before,
    "text": EvidenceBuilder.similar_text,
    "age": EvidenceBuilder.new,
    "exposure": EvidenceBuilder.opened_when_shown,
    "formula": EvidenceBuilder.formula,
}
"""The evidence for each group of features. The group `visit` is missing: it is the same for all candidates, and so no
reason for one of them.
"""


def _row(neighbours: IntArray, values: NDArray[Any]) -> dict[int, Any]:
    """The neighbours of an article with their values; empty places share one key, which is no article."""
    return dict(zip(neighbours.tolist(), values.tolist(), strict=True))
