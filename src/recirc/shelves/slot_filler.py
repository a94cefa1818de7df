"""Recommendation's items by the compiled pass, and its best articles without reasons."""

from collections.abc import Set
from typing import Final, NamedTuple

import numpy as np

from recirc.rank.candidate_sources import EARLIER_VISITS
from recirc.rank.candidates import MAX_CANDIDATES, CandidateGenerator
from recirc.rank.collecting import SourceQuery
from recirc.rank.features import GROUPS, QueryFeatures
from recirc.rank.forest import PreparedForest, prepare
from recirc.rank.model import Model
from recirc.rank.scoring import ScoringModel, ScoringQuery
from recirc.rank.visit_arrays import visit_arrays
from recirc.settings import Settings
from recirc.shelves.evidence import SAME_CONTEXT as SAME_CONTEXTS
from recirc.shelves.evidence import usual_arrivals
from recirc.shelves.evidence_numbers import NUMBERS, EvidenceArrays, EvidenceQuery
from recirc.shelves.evidence_pass import (
    ARTICLE,
    COLUMNS,
    COME_TO,
    OPENED_WHEN_SHOWN,
    PLACE,
    READ_BEFORE,
    READ_EVER,
    READ_TODAY,
    READ_TOGETHER,
    SAME_CONTEXT,
    SIMILAR_TEXT,
    SIMILAR_VISITS,
    WENT_ON,
    YOUNG,
    OpeningsCache,
    ReasonArrays,
    ReasonInputs,
    TextArrays,
)
from recirc.shelves.likeness import shared
from recirc.shelves.reasons import Evidence
from recirc.shelves.shelf import PlacedItem, RankingContext
from recirc.shelves.slot_pass import SlotArrays, SlotQuery, SlotRoom, fill_slots
from recirc.state.audience import TICK
from recirc.state.contexts import REFERRERS, codes_and_columns
from recirc.state.state import State
from recirc.text.term_index import CODES
from recirc.types import FloatArray, IntArray, Window

MOST_SLOTS: Final = 64

NAMES: Final[dict[int, tuple[str, tuple[str, ...]]]] = {
    SIMILAR_VISITS: ("similar visits", ("visits",)),
    READ_TOGETHER: ("read together", ("readers", "of")),
    WENT_ON: ("went on", ("visits", "of")),
    READ_BEFORE: ("read before", ("readers", "of")),
    COME_TO: ("come to", ("visits", "of")),
    YOUNG: ("young", ("minutes", "published")),
    OPENED_WHEN_SHOWN: ("opened when shown", ("times", "of")),
}
"""Kind and numbers of evidence that has nothing but these and the article that it is about."""

_NO_TREES: Final = PreparedForest(
    feature=np.zeros(0, np.uint32),
    threshold=np.zeros(0, np.float32),
    value=np.zeros(0),
    children=np.zeros(0, np.uint32),
    roots=np.zeros(0, np.uint32),
    depths=np.zeros(0, np.int32),
    paths=np.zeros(1, np.int32),
    path_features=np.zeros(0, np.int32),
    path_gains=np.zeros(0),
)


class FilledSlots(NamedTuple):
    """The items, how many candidates there are in order, and until when (ms) all that was found is the same."""

    placed: list[PlacedItem]
    candidates: int
    until: int


class SlotFiller:
    """Runs the compiled pass. It owns scratch arrays, so only one call may run at a time."""

    def __init__(self, settings: Settings, generator: CandidateGenerator) -> None:
        self._settings = settings
        self._generator = generator
        groups = len(GROUPS)
        self._room = (
            np.zeros((MOST_SLOTS, COLUMNS), np.int64),
            np.zeros(MOST_SLOTS),
            np.zeros(groups),
            np.zeros(groups),
            np.zeros(NUMBERS, np.int64),
            np.zeros(1, np.int64),
        )
        self._prepared: tuple[Model | None, PreparedForest] = (None, _NO_TREES)

    def forest(self, model: Model | None) -> PreparedForest:
        """The trees of a model, laid out for walks; none: without a model."""
        if self._prepared[0] is not model:
            self._prepared = model, prepare(model.forest) if model is not None else _NO_TREES
        return self._prepared[1]

    def fill(
        self, state: State, context: RankingContext, slots: int, most: int, excluded: Set[int]
    ) -> FilledSlots | None:
        """The items of the `slots`, of the best `most` candidates, none of the stories in `excluded`; None: there may
        be more than these.
        """
        if slots > MOST_SLOTS:
            return None
        stories = np.fromiter(excluded, np.int32, len(excluded))
        room, placed, held = self._run(state, context, slots, most, stories)
        if placed < slots and held >= most:
            return None
        scores = room.scoring.scores[room.items[:placed, PLACE]].tolist()
        likeness = room.likeness[:placed].tolist()
        items = [
            PlacedItem(row[ARTICLE], score, _evidence(row, alike, state, context))
            for row, score, alike in zip(room.items[:placed].tolist(), scores, likeness, strict=True)
        ]
        return FilledSlots(items, held, int(room.until[0]))

    def best(self, state: State, context: RankingContext, most: int) -> tuple[IntArray, FloatArray]:
        """The best `most` articles, int32, and their scores, float64."""
        room, _, held = self._run(state, context, 0, most, np.zeros(0, np.int32))
        order = room.scoring.order[: min(held, most)]
        return room.scoring.articles[order], room.scoring.scores[order]

    def _run(
        self, state: State, context: RankingContext, slots: int, most: int, excluded: IntArray
    ) -> tuple[SlotRoom, int, int]:
        """Fill the slots. The room, and how many have an item, and how many candidates there are in order."""
        visit, generator, shelves = context.visit, self._generator, self._settings.shelves
        if len(visit.history) and int(visit.history.max()) >= state.size:
            visit = visit._replace(history=visit.history[visit.history < state.size])
        forest = self.forest(context.model)
        limit = min(max(self._settings.recommending.rerank_candidates, most), MAX_CANDIDATES)
        history = visit.history
        codes = codes_and_columns(visit.referrer, visit.device, visit.region)
        columns, last = codes[3:], history[-1] if len(history) else -1
        scoring = ScoringQuery(
            SourceQuery(history, visit.earlier, codes[:3], columns, True),
            QueryFeatures(
                np.array([last], np.int64), np.array([len(history), len(visit.earlier)], np.float64), columns
            ),
            context.article,
            limit,
            most,
        )
        today = state.audience.readers(Window.DAY, context.now)
        evidence = EvidenceQuery(history, visit.earlier[-EARLIER_VISITS:], shelves.min_coreaders, today)
        reasons = ReasonInputs(evidence, codes, shelves.min_coreaders, shelves.min_readers, context.now)
        trees = len(forest.roots)
        room = SlotRoom(generator.room(state, context.allowed, history, limit, trees), *self._room)
        room.until[0] = (context.now // TICK + 1) * TICK
        arrays = state.derived("slot arrays", lambda: self._arrays(state, forest), self, forest)
        query = SlotQuery(scoring, reasons, slots, excluded)
        placed, held = fill_slots(query, generator.plain(state, columns), arrays, room)
        return room, placed, held

    def _arrays(self, state: State, forest: PreparedForest) -> SlotArrays:
        sources, rules = self._generator.sources(state)
        catalogue = self._generator.catalogue
        model = ScoringModel(forest, catalogue.groups, catalogue.layout)
        return SlotArrays(rules, sources, self._reasons(state), model)

    def _reasons(self, state: State) -> ReasonArrays:
        """What evidence comes from."""
        content, precision = state.content, self._settings.shelves.related_precision
        index, least = content.index, np.zeros(CODES, np.float32)
        if precision:
            for code in np.flatnonzero(index.texts[:, 0] > 0).tolist():
                least[code] = content.least_of_language(code, precision)
        views = state.contexts.table.totals[:, -1].copy()
        return ReasonArrays(
            visit_arrays(state.visits),
            state.derived("evidence", lambda: EvidenceArrays.of(state)),
            TextArrays(
                content.neighbours,
                content.similarities,
                state.catalogue.topics,
                state.catalogue.topic_counts,
                index.terms,
                index.counts,
                index.languages,
                least,
            ),
            OpeningsCache.empty(),
            views,
            float(views[:REFERRERS].sum()),
            usual_arrivals(state),
            state.stories.all(),
        )


def _evidence(row: list[int], likeness: float, state: State, context: RankingContext) -> Evidence:
    """The evidence of an item."""
    kind, first, second, about, article, _ = row
    if kind == SIMILAR_TEXT:
        found = shared(state, about, article, likeness)
        if found is None:
            raise RuntimeError(f"articles {about} and {article} have nothing in common that can be named")
        return found._replace(kind="similar text")
    if kind == READ_TODAY:
        # Where nothing is known but the moment, there is nothing else to go by.
        fallback = context.visit.unknown
        return Evidence("read now", {"readers": first}, window=Window.DAY, fallback=fallback)
    if kind == READ_EVER:
        return Evidence("read now", {"readers": first}, window=Window.EVER, fallback=True)
    if kind == SAME_CONTEXT:
        return Evidence(SAME_CONTEXTS[about], {"visits": first, "of": second})
    name, numbers = NAMES[kind]
    return Evidence(name, dict(zip(numbers, (first, second), strict=False)), about)
