"""Lists to learn from and to judge by, from a server's own log: candidates and their features as the shelf would have
had them at each click, from the state strictly before it.
"""

from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from recirc.rank.candidates import CandidateGenerator
from recirc.rank.training import QueryCollector, TrainingQueries
from recirc.rank.visit import Visit
from recirc.replay.training_clicks import (
    HOUR,
    RECOMMENDATION,
    ClickHistory,
    LogReader,
    ProgressCallback,
    TrainingClicks,
    clicks_of,
    newest_moment,
)
from recirc.settings import Settings
from recirc.state.catalogue import COPY, WITHDRAWN
from recirc.state.exposure import CLICKED, SHOWN
from recirc.state.state import State
from recirc.state.statistic import FoldContext
from recirc.types import RECORD, Batch, BoolArray, FloatArray, IntArray, LongArray

HELD_LEAST = 100
"""A model is judged on so many clicks at least: where `training.held_hours` have fewer, on the newest so many."""

HELD_SHARE = 10
"""… and at most on the tenth part of `training.max_queries`."""

MOST_WEIGHT = 3.0
"""No click counts more than this, however rarely its slot is looked at or the article stood there. Strehl et al. clip
so: "Learning from Logged Implicit Exploration Data", NeurIPS 2010.
"""

SHOWN_SHARE = 0.1
"""What a list of what was shown counts against one of candidates; `benchmarks/shown_lists.py`: more does harm."""

ASSUMED = 100
"""The click rate of the whole shelf counts for so many impressions in each of its places."""

AT_ONCE = 65_536


class HoldoutQueries(NamedTuple):
    """Lists to judge by: all candidates that the first stage hands on, in whose choice no model had a say.

    Attributes:
        samples: of the clicks that are among their candidates.
        missed: clicks that are not.
        offset: int64 (q,): log entry of each of the clicks in `samples`.
        articles: int32 (n,): the candidates.
    """

    samples: TrainingQueries
    missed: int
    offset: LongArray
    articles: IntArray


class TrainingSet(NamedTuple):
    """What a model learns from and is judged by.

    Attributes:
        samples: lists of candidates, and then of what was shown.
        shown: so many of them are of what was shown.
        held: of the clicks after `learned_to`.
        offset: last log entry that was read.
        learned_from, learned_to: ms: when the oldest and the newest click was that is learned from.
    """

    samples: TrainingQueries
    shown: int
    held: HoldoutQueries
    offset: int
    learned_from: int
    learned_to: int


class TooLittleError(Exception):
    """There is not enough to learn from; the text says how much there is, and how much it takes."""

    def __init__(self, text: str) -> None:
        super().__init__(f"too little to learn from: {text}")


class StartingLog(LogReader, Protocol):
    """A log that keeps a state to begin from between one training and the next."""

    def empty(self) -> State:
        """The state before the log's first entry."""

    def start(self) -> State:
        """The state that was kept last, or the empty one."""

    def keep_start(self, state: State) -> None:
        """Keep a state to begin from."""


def lists_of(
    log: StartingLog,
    settings: Settings,
    unseen_since: int,
    told: ProgressCallback,
    *,
    keep_start: bool = True,
) -> TrainingSet:
    """The lists of a log.

    Args:
        unseen_since: ms: clicks up to then were learned from by the model in force; a new one is judged on later ones.
        keep_start: whether the log may keep a state for the next training to begin from.

    Raises:
        TooLittleError: there are too few clicks.
        StoreError: the log cannot be read.
    """
    training = settings.training
    end = log.end()
    newest = newest_moment(log, end)
    since = newest - round(training.window_hours * HOUR)
    start = log.start()
    if start.clock >= since:
        start = log.empty()
    start_offset = start.offset
    clicks = clicks_of(log, start, end, since, settings.learning, told)
    learn, held_from = _divided(clicks, newest - round(training.held_hours * HOUR), unseen_since, settings)
    held = clicks.time >= held_from
    most_held = max(training.max_queries // HELD_SHARE, HELD_LEAST)
    places = (_evenly(np.flatnonzero(learn), training.max_queries), _evenly(np.flatnonzero(held), most_held))
    chosen = clicks.chosen(np.sort(np.concatenate(places)))
    maker = _Maker(settings, log, start, ClickHistory(log, chosen, end, told), held_from)
    for number, click in enumerate(zip(*(column.tolist() for column in chosen), strict=True)):
        maker.fold_to(click[0])
        far = maker.state.offset - start_offset >= settings.store.snapshot_events
        if keep_start and not number and far:
            log.keep_start(maker.state)
        maker.add(*click)
        told("gathering candidates (clicks)", number + 1, len(chosen.offset))
    times = chosen.time[chosen.time < held_from]
    return TrainingSet(
        *maker.samples(), offset=end, learned_from=int(times.min()), learned_to=int(times.max())
    )


def _divided(
    clicks: TrainingClicks, held_from: int, unseen_since: int, settings: Settings
) -> tuple[BoolArray, int]:
    """Which clicks to learn from, bool (q,), and since when (ms) they are held out.

    Raises:
        TooLittleError: there are too few.
    """
    training, n = settings.training, len(clicks.time)
    least = training.least_lists + HELD_LEAST
    if n < least:
        raise TooLittleError(
            f"{n:,} clicks in the last {training.window_hours:g} hours, it takes {least:,} "
            f"({training.least_lists:,} to learn from, {HELD_LEAST} to be judged by)"
        )
    held_from = min(held_from, int(np.sort(clicks.time)[-HELD_LEAST]))
    if held_from <= unseen_since:
        fresh = int((clicks.time > unseen_since).sum())
        raise TooLittleError(
            f"{fresh:,} clicks since those that the model in force learned from, "
            f"it takes {HELD_LEAST} to be judged by"
        )
    learn = clicks.time < held_from
    if learn.sum() < training.least_lists:
        raise TooLittleError(
            f"{learn.sum():,} clicks before those to be judged by, it takes {training.least_lists:,}"
        )
    return learn, held_from


def _evenly(places: LongArray, most: int) -> LongArray:
    """At most so many of them, spread evenly."""
    if len(places) <= most:
        return places
    return places[np.linspace(0, len(places) - 1, most).astype(np.int64)]


class _Maker:
    """Folds a log and makes the lists on the way.

    Attributes:
        state: as it was before the entry that was folded to.
    """

    def __init__(
        self, settings: Settings, log: LogReader, start: State, past: ClickHistory, held_from: int
    ) -> None:
        self.state = start
        self._log = log
        self._batch = Batch(start.offset + 1, np.zeros(0, RECORD), {})
        self._past = past
        self._held_from = held_from
        self._most = settings.recommending.rerank_candidates
        self._gatherer = CandidateGenerator(settings.recommending, settings.learning)
        width = len(self._gatherer.catalogue.names)
        self._pool = QueryCollector(settings.training, width)
        self._shown = QueryCollector(settings.training, width)
        whole = msgspec.structs.replace(settings.training, candidates=settings.recommending.rerank_candidates)
        self._held = QueryCollector(whole, width)
        self._missed = 0
        self._judged: list[tuple[int, IntArray]] = []

    def fold_to(self, offset: int) -> None:
        """Fold all entries before `offset`. Raises StoreError."""
        while self.state.offset < offset - 1:
            if self._batch.end <= self.state.offset:
                self._batch = self._log.read(self.state.offset, AT_ONCE)
            begin = self.state.offset + 1 - self._batch.first
            self.state.fold(self._batch.part(begin, offset - self._batch.first))
        if self._batch.end < offset:
            self._batch = self._log.read(self.state.offset, AT_ONCE)

    def add(self, offset: int, time: int, reader: int, beside: int) -> None:
        """Make the lists of the click that is the log's entry `offset`, and the next to be folded."""
        place = offset - self._batch.first
        record = self._batch.records[place]
        visit = self._visit(FoldContext(self._batch.part(place, place + 1), 1), offset, reader)
        target = int(record["article"])
        is_held = time >= self._held_from
        status = self.state.catalogue.status[: self.state.size]
        allowed = (status != WITHDRAWN) & (status != COPY)
        candidates = self._gatherer.gather(self.state, visit, allowed, limit=self._most, features=True)
        found = np.flatnonzero(candidates.articles == target)
        if not len(found):
            self._missed += is_held
            return
        into, score, place = (
            self._held if is_held else self._pool,
            candidates.parts.sum(axis=1),
            int(found[0]),
        )
        into.add(candidates.features, score, place, time)
        if is_held:
            self._judged.append((offset, candidates.articles))
        if not beside or is_held:
            return
        seen = np.flatnonzero(np.isin(candidates.articles, self._past.shown(beside, offset)))
        seen = np.union1d(seen, [place])
        if len(seen) > 1:
            weight = SHOWN_SHARE * weight_of(self.state, int(record["position"]), float(record["value"]))
            at = int(np.searchsorted(seen, place))
            self._shown.add(candidates.features[seen], score[seen], at, time, weight)

    def _visit(self, click: FoldContext, offset: int, reader: int) -> Visit:
        """What was known of the reader before a click, as the shelf would have been told."""
        visits = self.state.visits
        slot = visits.going_on(int(click.visit[0]), bool(click.named[0]), int(click.time[0]))
        history = visits.articles[slot, : visits.count[slot]].copy()
        context = (int(code) for code in visits.contexts[slot])
        return Visit(history, self._past.earlier(reader, offset, history), *context)

    def samples(self) -> tuple[TrainingQueries, int, HoldoutQueries]:
        """The lists to learn from, how many of them are of what was shown, and those to judge by."""
        held = HoldoutQueries(
            self._held.queries(),
            self._missed,
            np.array([offset for offset, _ in self._judged], np.int64),
            np.concatenate([np.zeros(0, np.int32), *(articles for _, articles in self._judged)]),
        )
        parts = (self._pool.queries(), self._shown.queries())
        shown = len(self._shown)
        del self._pool, self._shown, self._held
        joined = parts[0] if not shown else _joined(*parts)
        return joined, shown, held


def _joined(one: TrainingQueries, other: TrainingQueries) -> TrainingQueries:
    return TrainingQueries(
        np.concatenate((one.features, other.features)),
        np.concatenate((one.target, other.target)),
        np.concatenate((one.sizes, other.sizes)),
        np.concatenate((one.weight, other.weight)),
        np.concatenate((one.time, other.time)),
    )


def weight_of(state: State, position: int, propensity: float) -> float:
    """What a click on Recommendation counts: the rarer its slot is opened, or the article stood there, the more.

    1 / (examination of the slot · propensity of the article in it), at most MOST_WEIGHT: inverse propensity weighting
    (Joachims, Swaminathan, Schnabel: "Unbiased Learning-to-Rank with Biased Feedback", WSDM 2017). The examination of a
    slot is its clicks for each impression over those of the best slot.

    Args:
        position: the slot, the first is 0.
        propensity: as the log has it; 0: it was not told.
    """
    slots = state.exposure.slots[RECOMMENDATION - 1]
    seen, clicked = slots[:, SHOWN], slots[:, CLICKED]
    overall = (clicked.sum() + 1.0) / (max(seen.sum(), clicked.sum()) + 1.0)
    rates: FloatArray = (clicked + ASSUMED * overall) / (seen + ASSUMED)
    examined = rates[min(position, len(rates) - 1)] / rates.max()
    return float(min(1.0 / (examined * (propensity if propensity > 0 else 1.0)), MOST_WEIGHT))
