"""Evaluation of policies on a log: entries are folded, queries ranked and targets learned in a schedule's order."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from recirc.replay.beyond_accuracy import BeyondAccuracy
from recirc.replay.leak_check import LeakCheck
from recirc.replay.negatives import NegativeSampler
from recirc.replay.policies import Policy
from recirc.replay.protocols import Protocol, Schedule
from recirc.replay.queries import VisitBuilder
from recirc.replay.replay_log import ReplayLog
from recirc.replay.result import ReplayResult
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.types import ArticleFeatures, Batch, IntArray, RecordArray

SLOTS = 20
Advance = Callable[[int], None]


class ReplayFold:
    """Folds a log in the order of a schedule into the state and the policies, and ends the windows on the way."""

    def __init__(
        self,
        log: ReplayLog,
        schedule: Schedule,
        state: State,
        policies: Sequence[Policy],
        advance: Advance,
    ) -> None:
        records: RecordArray = log.records[schedule.order]
        records["time"] = schedule.time
        self._records = decided(records, state.learning.repeat_seconds)
        self._features = self._in_order(log, schedule)
        self._publications = np.array(sorted(self._features), np.int64)
        self._ends = schedule.window_ends.tolist()
        self._windows = schedule.ended_windows.tolist()
        self._state, self._policies, self._advance = state, policies, advance
        self._folded = self._ended = 0

    @staticmethod
    def _in_order(log: ReplayLog, schedule: Schedule) -> dict[int, ArticleFeatures]:
        """What publications say, by their position in the order of folding."""
        if not log.article_features:
            return {}
        position = np.empty(len(schedule.order), np.int64)
        position[schedule.order] = np.arange(len(schedule.order))
        return {int(position[entry]): features for entry, features in log.article_features.items()}

    def fold_to(self, count: int) -> None:
        """Fold up to `count` entries, and end the windows that end before."""
        while self._ended < len(self._ends) and self._ends[self._ended] <= count:
            self._fold(self._ends[self._ended])
            for policy in self._policies:
                policy.end_window(self._windows[self._ended])
            self._ended += 1
        self._fold(count)

    @property
    def remaining(self) -> int:
        """Number of entries that are not folded."""
        return len(self._records) - self._folded

    def _fold(self, stop: int) -> None:
        start = self._folded
        if stop <= start:
            return
        records = self._records[start:stop]
        features: dict[int, ArticleFeatures] = {}
        if self._features:
            low, high = np.searchsorted(self._publications, (start, stop))
            features = {at - start: self._features[at] for at in self._publications[low:high].tolist()}
        self._state.fold(Batch(self._state.offset + 1, records, features))
        for policy in self._policies:
            policy.fold(records)
        self._folded = stop
        self._advance(stop - start)


def evaluate(
    protocol: Protocol,
    log: ReplayLog,
    state: State,
    policies: Sequence[Policy],
    advance: Advance,
    checks: int = 0,
) -> ReplayResult:
    """Fold the log into the empty `state`, rank each query by every policy, and let policies learn from the targets.

    Args:
        advance: receives the number of entries that have been processed since the last call. Entries after the last
            query are not folded.
        checks: number of queries, spread over the run, that are verified against the past alone (see `LeakCheck`).

    Raises:
        LeakError: a policy ranks differently from the past alone.
    """
    return run_schedule(protocol.schedule(log), protocol, log, state, policies, advance, checks)


def run_schedule(
    schedule: Schedule,
    protocol: Protocol,
    log: ReplayLog,
    state: State,
    policies: Sequence[Policy],
    advance: Advance,
    checks: int = 0,
    result: ReplayResult | None = None,
) -> ReplayResult:
    """Evaluate by a given schedule, into a given `result` if there is one."""
    queries, tested = schedule.queries, np.flatnonzero(schedule.tested)
    beyond_accuracy = None if schedule.sampled else BeyondAccuracy(log, schedule.order)
    result = result or ReplayResult(schedule.window[tested], policies, beyond_accuracy)
    folding = ReplayFold(log, schedule, state, policies, advance)
    visits = VisitBuilder(log, queries, schedule.known_from, schedule.known_before)
    negatives = NegativeSampler(log, queries) if schedule.sampled else None
    check = LeakCheck(log, state, frozen=protocol.frozen)
    checked = set(tested[np.linspace(0, len(tested) - 1, min(checks, len(tested))).astype(np.int64)].tolist())
    targets, prefix = queries.target.tolist(), schedule.prefix.tolist()
    number = 0
    for query, is_tested, learners in _steps(schedule, policies):
        folding.fold_to(prefix[query])
        visit, rankings = visits.visit(query), list[IntArray]()
        candidates = negatives.candidates(query) if negatives is not None else None
        if is_tested:
            if beyond_accuracy is not None:
                beyond_accuracy.advance_to(prefix[query], state)
            rankings = [policy.rank(state, visit, SLOTS, candidates) for policy in policies]
            for policy, ranking in zip(policies, rankings, strict=True):
                result.add(number, policy, targets[query], ranking, state)
            number += 1
        for policy in learners:
            policy.learn(state, visit, targets[query], candidates)
        if query in checked:
            # After `learn`: what a policy has learned may not change its rankings before the window ends.
            entry = int(queries.source[queries.at[query]])
            check.verify(entry, visit, candidates, SLOTS, dict(zip(policies, rankings, strict=True)))
            result.checked += 1
    result.finish()
    advance(folding.remaining)
    return result


def _steps(schedule: Schedule, policies: Sequence[Policy]) -> Iterator[tuple[int, bool, list[Policy]]]:
    """The queries to process, up to the last that is tested: whether each is tested, and the policies that learn it."""
    learning = [policy for policy in policies if policy.learns]
    due = schedule.tested | schedule.trained_on if learning else schedule.tested.copy()
    tested = np.flatnonzero(schedule.tested)
    due[tested[-1] + 1 if len(tested) else 0 :] = False
    queries = np.flatnonzero(due)
    columns = (queries, schedule.tested[queries], schedule.trained_on[queries])
    for query, is_tested, is_trained in zip(*(column.tolist() for column in columns), strict=True):
        # Here and not before the loop, because a policy may finish learning on the way.
        learners = [policy for policy in learning if not policy.finished] if is_trained else []
        if is_tested or learners:
            yield query, is_tested, learners
