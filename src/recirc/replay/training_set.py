"""Queries to learn from and to evaluate on, from a server's own log: the candidates and features that the shelf would
have had at each click, from the state strictly before it.
"""

from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from recirc.errors import UserError
from recirc.rank.candidates import CandidateGenerator, CandidateSet
from recirc.rank.training import QueryCollector, TrainingQueries
from recirc.rank.visit import Visit
from recirc.replay.training_clicks import (
    BATCH_ENTRIES,
    HOUR,
    ClickHistory,
    LogReader,
    ProgressCallback,
    TrainingClicks,
    find_training_clicks,
    log_end_time,
)
from recirc.settings import Settings
from recirc.shelves.recommendation import Recommendation
from recirc.state.catalogue import COPY, WITHDRAWN
from recirc.state.exposure import CLICKED, SHOWN
from recirc.state.state import State
from recirc.state.statistic import FoldContext
from recirc.types import RECORD, Batch, BoolArray, FloatArray, IntArray, LongArray

MIN_HOLDOUT = 100
"""Smallest number of clicks that a model is evaluated on: if `training.held_hours` have fewer, the newest of all."""

HOLDOUT_SHARE = 10
"""At most `training.max_queries` / HOLDOUT_SHARE clicks are held out, or MIN_HOLDOUT."""

MAX_WEIGHT = 3.0
"""Largest weight of a click, however rarely its slot is seen or the article was in it. Clipped as by Strehl et al.:
"Learning from Logged Implicit Exploration Data", NeurIPS 2010.
"""

SHOWN_WEIGHT = 0.1
"""Weight of a query of shown articles against one of candidates; `benchmarks/shown_lists.py`: more does harm."""

PRIOR_IMPRESSIONS = 100
"""Impressions with which the click rate of the whole shelf enters the rate of each slot."""


class HoldoutQueries(NamedTuple):
    """Queries to evaluate on, each with all candidates of the first stage, whose selection no model influences.

    Attributes:
        queries: of the clicks whose article is among their candidates.
        missed: number of other clicks.
        offset: int64 (q,): log entry of the click of each query.
        articles: int32 (n,): the candidates.
    """

    queries: TrainingQueries
    missed: int
    offset: LongArray
    articles: IntArray


class TrainingSet(NamedTuple):
    """What a model learns from and is evaluated on.

    Attributes:
        queries: of candidates, followed by those of shown articles.
        shown_queries: number of the latter.
        holdout: of the clicks after `learned_to`.
        offset: last log entry that was read.
        learned_from, learned_to: ms: times of the oldest and the newest click to learn from.
    """

    queries: TrainingQueries
    shown_queries: int
    holdout: HoldoutQueries
    offset: int
    learned_from: int
    learned_to: int


class TooLittleError(UserError):
    """There are too few clicks to learn from; the text says how many there are, and how many it takes."""

    def __init__(self, text: str) -> None:
        super().__init__(f"too little to learn from: {text}")


class StartingLog(LogReader, Protocol):
    """A log that keeps a state between trainings, so that the next does not fold the log from its beginning."""

    def empty(self) -> State:
        """The state before the log's first entry."""

    def start(self) -> State:
        """The state that was kept last, or the empty one."""

    def save_start(self, state: State) -> None:
        """Keep a state for the next training."""


def build_training_set(
    log: StartingLog,
    settings: Settings,
    unseen_since: int,
    progress: ProgressCallback,
    *,
    keep_start: bool = True,
) -> TrainingSet:
    """The queries of a log.

    Args:
        unseen_since: ms: the active model learned from clicks up to this time; a new one is evaluated on later ones.
        keep_start: whether the log may keep a state for the next training.

    Raises:
        TooLittleError: there are too few clicks.
        StoreError: the log cannot be read.
    """
    training = settings.training
    end = log.end()
    newest = log_end_time(log, end)
    since = newest - round(training.window_hours * HOUR)
    start = log.start()
    if start.clock >= since:
        start = log.empty()
    start_offset = start.offset
    clicks = find_training_clicks(log, start, end, since, settings.learning, progress)
    learn, holdout_from = _split(clicks, newest - round(training.held_hours * HOUR), unseen_since, settings)
    most_held = max(training.max_queries // HOLDOUT_SHARE, MIN_HOLDOUT)
    held = np.flatnonzero(clicks.time >= holdout_from)
    indices = (_evenly_spaced(np.flatnonzero(learn), training.max_queries), _evenly_spaced(held, most_held))
    used = clicks.select(np.sort(np.concatenate(indices)))
    builder = _QueryBuilder(settings, log, start, ClickHistory(log, used, end, progress), holdout_from)
    for number, click in enumerate(zip(*(column.tolist() for column in used), strict=True)):
        builder.fold_to(click[0])
        far = builder.state.offset - start_offset >= settings.store.snapshot_events
        if keep_start and not number and far:
            log.save_start(builder.state)
        builder.add(*click)
        progress("gathering candidates (clicks)", number + 1, len(used.offset))
    times = used.time[used.time < holdout_from]
    return TrainingSet(
        *builder.queries(), offset=end, learned_from=int(times.min()), learned_to=int(times.max())
    )


def _split(
    clicks: TrainingClicks, holdout_from: int, unseen_since: int, settings: Settings
) -> tuple[BoolArray, int]:
    """The clicks to learn from, bool (q,), and the time (ms) from which clicks are held out.

    Raises:
        TooLittleError: there are too few.
    """
    training, n = settings.training, len(clicks.time)
    least = training.least_lists + MIN_HOLDOUT
    if n < least:
        raise TooLittleError(
            f"{n:,} clicks in the last {training.window_hours:g} hours, it takes {least:,} "
            f"({training.least_lists:,} to learn from, {MIN_HOLDOUT} to be judged by)"
        )
    holdout_from = min(holdout_from, int(np.sort(clicks.time)[-MIN_HOLDOUT]))
    if holdout_from <= unseen_since:
        fresh = int((clicks.time > unseen_since).sum())
        raise TooLittleError(
            f"{fresh:,} clicks since those that the active model learned from, "
            f"it takes {MIN_HOLDOUT} to be judged by"
        )
    learn = clicks.time < holdout_from
    if learn.sum() < training.least_lists:
        raise TooLittleError(
            f"{learn.sum():,} clicks before those to be judged by, it takes {training.least_lists:,}"
        )
    return learn, holdout_from


def _evenly_spaced(values: LongArray, limit: int) -> LongArray:
    """At most `limit` of the values, evenly spaced."""
    if len(values) <= limit:
        return values
    return values[np.linspace(0, len(values) - 1, limit).astype(np.int64)]


class _QueryBuilder:
    """Folds a log and builds the queries of clicks on the way.

    Attributes:
        state: as it was before the entry that it is folded to.
    """

    def __init__(
        self, settings: Settings, log: LogReader, start: State, past: ClickHistory, holdout_from: int
    ) -> None:
        self.state = start
        self._log = log
        self._batch = Batch(start.offset + 1, np.zeros(0, RECORD), {})
        self._past = past
        self._holdout_from = holdout_from
        self._limit = settings.recommending.rerank_candidates
        self._generator = CandidateGenerator(settings.recommending, settings.learning)
        width = len(self._generator.catalogue.names)
        self._candidates = QueryCollector(settings.training, width)
        self._shown = QueryCollector(settings.training, width)
        whole = msgspec.structs.replace(settings.training, candidates=settings.recommending.rerank_candidates)
        self._holdout = QueryCollector(whole, width)
        self._missed = 0
        self._holdout_candidates: list[tuple[int, IntArray]] = []

    def fold_to(self, offset: int) -> None:
        """Fold all entries before `offset`. Raises StoreError."""
        while self.state.offset < offset - 1:
            if self._batch.end <= self.state.offset:
                self._batch = self._log.read(self.state.offset, BATCH_ENTRIES)
            begin = self.state.offset + 1 - self._batch.first
            self.state.fold(self._batch.part(begin, offset - self._batch.first))
        if self._batch.end < offset:
            self._batch = self._log.read(self.state.offset, BATCH_ENTRIES)

    def add(self, offset: int, time: int, reader: int, shelf_key: int) -> None:
        """Build the queries of the click that is log entry `offset`, the next to be folded."""
        entry = offset - self._batch.first
        record = self._batch.records[entry]
        visit = self._visit(FoldContext(self._batch.part(entry, entry + 1), 1), offset, reader)
        held_out = time >= self._holdout_from
        status = self.state.catalogue.status[: self.state.size]
        allowed = (status != WITHDRAWN) & (status != COPY)
        candidates = self._generator.gather(self.state, visit, allowed, limit=self._limit, features=True)
        found = np.flatnonzero(candidates.articles == record["article"])
        if not len(found):
            self._missed += held_out
            return
        target, score = int(found[0]), candidates.parts.sum(axis=1)
        if held_out:
            self._holdout.add(candidates.features, score, target, time)
            self._holdout_candidates.append((offset, candidates.articles))
            return
        self._candidates.add(candidates.features, score, target, time)
        if shelf_key:
            weight = SHOWN_WEIGHT * click_weight(self.state, int(record["position"]), float(record["value"]))
            self._add_shown(candidates, target, self._past.shown(shelf_key, offset), time, weight)

    def _add_shown(
        self, candidates: CandidateSet, target: int, shown: IntArray, time: int, weight: float
    ) -> None:
        """Add a query whose candidates are the articles that were `shown`, and the target."""
        rows = np.union1d(np.flatnonzero(np.isin(candidates.articles, shown)), [target])
        if len(rows) > 1:
            score = candidates.parts.sum(axis=1)[rows]
            position = int(np.searchsorted(rows, target))
            self._shown.add(candidates.features[rows], score, position, time, weight)

    def _visit(self, click: FoldContext, offset: int, reader: int) -> Visit:
        """What was known of the reader before a click, as the shelf would have known it."""
        visits, entries = self.state.visits, click.entries
        slot = visits.open_slot(int(entries.visit[0]), bool(entries.named[0]), int(entries.time[0]))
        history = visits.articles[slot, : visits.count[slot]].copy()
        context = (int(code) for code in visits.contexts[slot])
        return Visit(history, self._past.earlier(reader, offset, history), *context)

    def queries(self) -> tuple[TrainingQueries, int, HoldoutQueries]:
        """The queries to learn from, how many of them are of shown articles, and those to evaluate on.

        To be called once: the collectors are released, so that their memory can be used for training.
        """
        holdout = HoldoutQueries(
            self._holdout.queries(),
            self._missed,
            np.array([offset for offset, _ in self._holdout_candidates], np.int64),
            np.concatenate([np.zeros(0, np.int32), *(articles for _, articles in self._holdout_candidates)]),
        )
        candidates, shown = self._candidates.queries(), self._shown.queries()
        del self._candidates, self._shown, self._holdout
        count = len(shown.sizes)
        return _concatenated(candidates, shown) if count else candidates, count, holdout


def _concatenated(one: TrainingQueries, other: TrainingQueries) -> TrainingQueries:
    return TrainingQueries(
        np.concatenate((one.features, other.features)),
        np.concatenate((one.target, other.target)),
        np.concatenate((one.sizes, other.sizes)),
        np.concatenate((one.weight, other.weight)),
        np.concatenate((one.time, other.time)),
    )


def click_weight(state: State, position: int, propensity: float) -> float:
    """The weight of a click on Recommendation: higher, the more rarely its slot is opened or the article was in it.

    1 / (examination of the slot · propensity of the article in it), at most MAX_WEIGHT: inverse propensity weighting
    (Joachims, Swaminathan, Schnabel: "Unbiased Learning-to-Rank with Biased Feedback", WSDM 2017). The examination of a
    slot is its clicks per impression over those of the best slot.

    Args:
        position: the slot, from 0.
        propensity: as in the log; 0: not known.
    """
    slots = state.exposure.shelf(Recommendation.number)
    seen, clicked = slots[:, SHOWN], slots[:, CLICKED]
    overall = (clicked.sum() + 1.0) / (max(seen.sum(), clicked.sum()) + 1.0)
    rates: FloatArray = (clicked + PRIOR_IMPRESSIONS * overall) / (seen + PRIOR_IMPRESSIONS)
    examined = rates[min(position, len(rates) - 1)] / rates.max()
    return float(min(1.0 / (examined * (propensity if propensity > 0 else 1.0)), MAX_WEIGHT))
