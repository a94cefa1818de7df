"""Evidence for recommended articles: the numbers behind each, from the state that it was proposed from."""

import numpy as np

from recirc.rank.candidate_sources import EARLIER_VISITS
from recirc.rank.candidates import CandidateSet
from recirc.rank.formula import COREADING, POPULARITY, SESSIONS, TEXT
from recirc.rank.openings import CAME_FROM_ANOTHER, SAME_REFERRER, VISITS, openings
from recirc.settings import Settings
from recirc.shelves.evidence_numbers import (
    EARLIER_READERS,
    EVER,
    NONE,
    PUBLISHED,
    START,
    TIMES_CLICKED,
    TIMES_SHOWN,
    TODAY,
    VISIT_READERS,
    EvidenceArrays,
    EvidenceQuery,
    evidence_numbers,
)
from recirc.shelves.likeness import related_texts, shared
from recirc.shelves.reasons import Evidence
from recirc.shelves.shelf import RankingContext
from recirc.state.audience import TICK
from recirc.state.contexts import REFERRERS, buckets
from recirc.state.state import State
from recirc.state.transitions import ARRIVALS
from recirc.types import LongArray, Window

MINUTE = 60_000

SAME_CONTEXT = ("same way", "same device", "same region")
"""Kinds of evidence for readers like this one, in the order of the visit's codes."""


class EvidenceBuilder:
    """Evidence for the candidates of one request. Each method gives None where it is below the settings' minimum.

    Attributes:
        until: ms: before, all evidence given so far is the same at another moment, while the state is.
    """

    def __init__(
        self, settings: Settings, state: State, context: RankingContext, candidates: CandidateSet
    ) -> None:
        self._settings = settings.shelves
        self._state = state
        self._context = context
        self._candidates = candidates
        visit = context.visit
        self._codes = np.array([visit.referrer, visit.device, visit.region], np.int32)
        self._query = EvidenceQuery(
            visit.history,
            visit.earlier[-EARLIER_VISITS:],
            self._settings.min_coreaders,
            state.audience.readers(Window.DAY, context.now),
        )
        self.until = (context.now // TICK + 1) * TICK
        self._numbers: dict[int, list[int]] = {}
        self._related: list[tuple[int, dict[int, tuple[float, float]]]] | None = None

    def prepare(self, places: LongArray) -> None:
        """Read the numbers of several candidates at once; `places`, int64 (m,). Others are read when needed."""
        arrays = self._state.derived("evidence", lambda: EvidenceArrays.of(self._state))
        numbers = evidence_numbers(self._candidates.articles[places], self._query, arrays)
        self._numbers.update(zip(places.tolist(), numbers.tolist(), strict=True))

    def _row(self, at: int) -> list[int]:
        if at not in self._numbers:
            self.prepare(np.array([at]))
        return self._numbers[at]

    def similar_visits(self, at: int) -> Evidence | None:
        """Number of similar visits that opened it; `at` is its place among the candidates, here and below."""
        visits = int(self._candidates.votes[at])
        return Evidence("similar visits", {"visits": visits}) if self._enough(visits) else None

    def read_together(self, at: int) -> Evidence | None:
        """Number of readers of an article of the visit who went on to it."""
        return self._coread(at, VISIT_READERS, "read together")

    def opened_next(self, at: int) -> Evidence | None:
        """Number of visits that opened it right after the visit's last article."""
        visits = int(self._candidates.followed[at])
        if not self._enough(visits):
            return None
        numbers: dict[str, float] = {"visits": visits, "of": self._candidates.followers}
        return Evidence("went on", numbers, about=int(self._context.history[-1]))

    def read_on(self, at: int) -> Evidence | None:
        """Number of readers who went on to it: of an article of the visit, or else right after the last one."""
        return self.read_together(at) or self.opened_next(at)

    def similar_text(self, at: int) -> Evidence | None:
        """The newest article of the visit that its text is related to, with what both mention."""
        if self._related is None:
            opened = [before for before in self._query.opened[::-1].tolist() if before < self._state.size]
            self._related = [(before, self._related_to(before)) for before in opened]
        article = int(self._candidates.articles[at])
        for before, related in self._related:
            if article in related:
                found = shared(self._state, before, article, related[article][1])
                if found is not None and found.terms:
                    return found._replace(kind="similar text")
        return None

    def _related_to(self, article: int) -> dict[int, tuple[float, float]]:
        precision = self._settings.related_precision
        key = ("related texts", article, precision)
        return self._state.derived(key, lambda: related_texts(self._state, article, precision))

    def read_before(self, at: int) -> Evidence | None:
        """Number of readers of an article of an earlier visit who went on to it."""
        return self._coread(at, EARLIER_READERS, "read before")

    def _coread(self, at: int, column: int, kind: str) -> Evidence | None:
        readers, of, about = self._row(at)[column : column + 3]
        return None if about == NONE else Evidence(kind, {"readers": readers, "of": of}, about=about)

    def arrivals(self, at: int) -> Evidence | None:
        """Number of its newest visits that came from another article; None if no more often than usual."""
        opened = self._openings(at)
        visits = opened[CAME_FROM_ANOTHER]
        if not self._enough(visits) or visits <= usual_arrivals(self._state) * opened[VISITS]:
            return None
        return Evidence("come to", {"visits": visits, "of": opened[VISITS]})

    def same_context(self, at: int) -> Evidence | None:
        """Number of its newest visits that came the same way, by the same kind of device, or from the same region:
        whichever is most above its share of all views.
        """
        opened = self._openings(at)
        of = opened[VISITS]
        views = self._state.contexts.table.totals[:, -1]
        all_views = float(views[:REFERRERS].sum())  # each view is in exactly one bucket of the referrers
        best, most = None, 1.0  # 1: as often as in all views
        for code, column in enumerate(buckets(self._codes[None, :])[0].tolist()):
            visits = opened[SAME_REFERRER + code]
            if not self._codes[code] or not self._enough(visits):
                continue
            ratio = visits / of * all_views / max(float(views[column]), 1e-30)
            if ratio > most:
                best, most = Evidence(SAME_CONTEXT[code], {"visits": visits, "of": of}), ratio
        return best

    def popular_now(self, at: int) -> Evidence | None:
        """Number of readers in the last day."""
        today = self._row(at)[TODAY]
        if today < self._settings.min_readers:
            return None
        # Where nothing is known but the moment, there is nothing else to go by.
        fallback = self._context.visit.unknown
        return Evidence("read now", {"readers": today}, window=Window.DAY, fallback=fallback)

    def new(self, at: int) -> Evidence | None:
        """Its age since publication, or else since it was first opened; None if it is a day or more."""
        row = self._row(at)
        minutes = (self._context.now - row[START]) // MINUTE
        if minutes >= 24 * 60:
            return None
        self.until = min(self.until, row[START] + max(minutes + 1, 0) * MINUTE)
        if minutes < 0:
            return None
        return Evidence("young", {"minutes": minutes, "published": row[PUBLISHED]})

    def opened_when_shown(self, at: int) -> Evidence | None:
        """Number of times that it was opened, of those that a shelf showed it."""
        row = self._row(at)
        seen, clicked = row[TIMES_SHOWN], row[TIMES_CLICKED]
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
        return self.popular_now(at) or Evidence(
            "read now", {"readers": self._row(at)[EVER]}, window=Window.EVER, fallback=True
        )

    def _enough(self, number: int) -> bool:
        return number >= self._settings.min_coreaders

    def _openings(self, at: int) -> list[int]:
        # Read for each article when it is needed: 200 visits lie anywhere in memory.
        article, codes = int(self._candidates.articles[at]), self._codes
        key = ("openings", article, *codes.tolist())
        return self._state.derived(key, lambda: openings(article, codes, self._state.visits).tolist())


def usual_arrivals(state: State) -> float:
    """Share of all views that came from another article, at the longest half-life."""
    return state.derived("usual arrivals", lambda: _arrivals_of_all(state))


def _arrivals_of_all(state: State) -> float:
    transitions, popularity, clock = state.transitions.table, state.popularity.table, state.clock
    arrivals = transitions.totals[ARRIVALS, -1] * transitions.decay_factors(clock)[-1]
    readers = popularity.totals[0, -1] * popularity.decay_factors(clock)[-1]
    return float(arrivals / max(readers, 1e-30))


BY_PART = {
    SESSIONS: EvidenceBuilder.similar_visits,
    COREADING: EvidenceBuilder.read_on,
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
