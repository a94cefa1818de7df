"""Evaluation of policies on a log: entries are folded, queries ranked and targets learned in a schedule's order.

Several processes can share it (`recirc.replay.team`): each folds the whole log and answers every nth query.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from recirc.replay.beyond_accuracy import BeyondAccuracy
from recirc.replay.leak_check import LeakCheck
from recirc.replay.negatives import NegativeSampler
from recirc.replay.policies import Policy
from recirc.replay.policies.shared_learner import SharedLearner
from recirc.replay.protocols import Protocol as ReplayProtocol
from recirc.replay.protocols import Schedule
from recirc.replay.queries import VisitBuilder
from recirc.replay.replay_log import ReplayLog
from recirc.replay.result import ReplayResult
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.types import ArticleFeatures, Batch, BoolArray, IntArray, LongArray, RecordArray

SLOTS = 20
Advance = Callable[[int], None]


def _nobody(_entries: int) -> None:
    """Nobody looks at the progress."""


class ReplayMember(Protocol):
    """What one process of a replay does together with the others."""

    number: int
    size: int

    def end_window(self, policies: Sequence[Policy], window: int) -> None:
        """All windows up to this one have ended and are folded."""

    def end_range(self, replay: "Replay", step: int) -> None:
        """All windows of a range have ended, and all steps before this one are done."""


class Alone:
    """A replay by one process."""

    number, size = 0, 1

    def end_window(self, policies: Sequence[Policy], window: int) -> None:
        """All windows up to this one have ended and are folded."""
        for policy in policies:
            policy.end_window(window)

    def end_range(self, replay: "Replay", step: int) -> None:
        """Without effect: nobody waits for what is done."""


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
        self._state, self._policies, self.advance = state, policies, advance
        self._folded = self._ended = 0
        self.member: ReplayMember = Alone()

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
        self.end_windows(count)
        self._fold(count)

    def end_windows(self, count: int) -> None:
        """End the windows that end before entry `count`, with all that is folded until then."""
        while self._ended < len(self._ends) and self._ends[self._ended] <= count:
            self._fold(self._ends[self._ended])
            self.member.end_window(self._policies, self._windows[self._ended])
            self._ended += 1

    def restore(self, count: int) -> None:
        """Fold up to the end of a window into the state alone: the policies have been told by an earlier run."""
        policies, self._policies = self._policies, ()
        self._fold(count)
        self._policies = policies
        self._ended = int(np.searchsorted(self._ends, count, side="right"))

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
        self.advance(stop - start)


class Steps(NamedTuple):
    """The queries to process, up to the last that is tested, in the order in which they come up.

    Attributes, n = steps, r = ranges:
        query: int64 (n,).
        number: int64 (n,): place of the query in the result; -1: it is not tested.
        trained: bool (n,): policies that learn receive its target.
        checked: bool (n,): it is verified against the past alone.
        range_starts, range_ends: int64 (r,): the first step of each range but the first, and the entries folded then.
    """

    query: LongArray
    number: LongArray
    trained: BoolArray
    checked: BoolArray
    range_starts: LongArray
    range_ends: LongArray


RANGES = 16
"""Number of ranges of windows into which a replay is divided, at most; an interrupted one goes on after the last."""


class Replay:
    """One evaluation: what all its processes have in common, made before they part.

    Attributes:
        result: what was measured.
        policies: what is evaluated.
        steps: what is done in which order.
    """

    def __init__(
        self,
        protocol: ReplayProtocol,
        log: ReplayLog,
        state: State,
        policies: Sequence[Policy],
        advance: Advance,
        checks: int = 0,
        schedule: Schedule | None = None,
    ) -> None:
        """As `evaluate`; `schedule`: instead of the protocol's own."""
        self._schedule = schedule = schedule or protocol.schedule(log)
        tested = np.flatnonzero(schedule.tested)
        beyond_accuracy = None if schedule.sampled else BeyondAccuracy(log, schedule.order)
        self.result = ReplayResult(schedule.window[tested], policies, beyond_accuracy)
        self.policies = policies
        self.steps = _steps(schedule, policies, checks)
        self._folding = ReplayFold(log, schedule, state, policies, advance)
        self._visits = VisitBuilder(log, schedule.queries, schedule.known_from, schedule.known_before)
        self._negatives = NegativeSampler(log, schedule.queries) if schedule.sampled else None
        self._log, self._state, self._advance, self._frozen = log, state, advance, protocol.frozen
        self._targets = schedule.queries.target.tolist()
        self._check: LeakCheck | None = None
        self._beyond_accuracy = beyond_accuracy
        self._start = 0

    def owner(self, size: int) -> IntArray:
        """The process of `size` that answers the query of each step, int32 (n,).

        One process has all that are verified, because the check folds the log a second time.
        """
        owner = (np.arange(len(self.steps.query)) % size).astype(np.int32)
        owner[self.steps.checked] = size - 1
        return owner

    def restore(self, step: int) -> None:
        """Go on from a step at which a range ends; the policies and the result are those of the earlier run."""
        at = int(np.flatnonzero(self.steps.range_starts == step)[0])
        self._folding.restore(int(self.steps.range_ends[at]))
        self._start = step

    def follow(self) -> None:
        """This is a copy in another process: it counts for itself, and tells nobody how far it is."""
        self._advance = self._folding.advance = _nobody
        self.result.take_part(np.zeros(0, np.int64))

    def run(self, member: ReplayMember) -> ReplayResult:
        """Do this process's part of the steps, and the policies' part of all.

        Raises:
            LeakError: a policy ranks differently from the past alone.
        """
        folding, steps = self._folding, self.steps
        folding.member = member
        prefix = self._schedule.prefix[steps.query].tolist()
        mine = (self.owner(member.size) == member.number).tolist()
        ranges = dict(zip(steps.range_starts.tolist(), steps.range_ends.tolist(), strict=True))
        learning = [policy for policy in self.policies if policy.learns]
        columns = (
            steps.query.tolist(),
            steps.number.tolist(),
            steps.trained.tolist(),
            steps.checked.tolist(),
        )
        for step, (query, number, trained, checked) in enumerate(zip(*columns, strict=True)):
            if step < self._start:
                continue
            if step in ranges and step > self._start:
                folding.fold_to(ranges[step])
                member.end_range(self, step)
            # Here and not before the loop, because a policy may finish learning on the way.
            learners = [policy for policy in learning if not policy.finished] if trained else []
            if not mine[step]:
                learners = self._skip(learners, prefix[step])
                number, checked = -1, False
            if number >= 0 or learners:
                folding.fold_to(prefix[step])
                self._answer(query, number, learners, checked=checked)
        self.result.finish()
        self._advance(folding.remaining)
        return self.result

    def _skip(self, learners: list[Policy], prefix: int) -> list[Policy]:
        """Another process answers this query; the policies that must learn from it here all the same."""
        if learners:
            self._folding.end_windows(prefix)
        for policy in learners:
            if isinstance(policy, SharedLearner):
                policy.skip()
        return [policy for policy in learners if not isinstance(policy, SharedLearner)]

    def _answer(self, query: int, number: int, learners: Sequence[Policy], *, checked: bool) -> None:
        visit, rankings, state = self._visits.visit(query), list[IntArray](), self._state
        candidates = self._negatives.candidates(query) if self._negatives is not None else None
        target = self._targets[query]
        if number >= 0:
            if self._beyond_accuracy is not None:
                self._beyond_accuracy.advance_to(int(self._schedule.prefix[query]), state)
            rankings = [policy.rank(state, visit, SLOTS, candidates) for policy in self.policies]
            for policy, ranking in zip(self.policies, rankings, strict=True):
                self.result.add(number, policy, target, ranking, state, visit.history)
        for policy in learners:
            policy.learn(state, visit, target, candidates)
        if checked:
            # After `learn`: what a policy has learned may not change its rankings before the window ends.
            if self._check is None:
                self._check = LeakCheck(self._log, state, frozen=self._frozen)
            entry = int(self._schedule.queries.source[self._schedule.queries.at[query]])
            self._check.verify(
                entry, visit, candidates, SLOTS, dict(zip(self.policies, rankings, strict=True))
            )
            self.result.checked += 1


def evaluate(
    protocol: ReplayProtocol,
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
    return Replay(protocol, log, state, policies, advance, checks).run(Alone())


def _steps(schedule: Schedule, policies: Sequence[Policy], checks: int) -> Steps:
    """The queries that are tested, or that some policy learns, up to the last that is tested."""
    learning = any(policy.learns for policy in policies)
    due = schedule.tested | schedule.trained_on if learning else schedule.tested.copy()
    tested = np.flatnonzero(schedule.tested)
    due[tested[-1] + 1 if len(tested) else 0 :] = False
    query = np.flatnonzero(due)
    number = np.full(len(due), -1, np.int64)
    number[tested] = np.arange(len(tested))
    checked = np.zeros(len(due), bool)
    checked[tested[np.linspace(0, len(tested) - 1, min(checks, len(tested))).astype(np.int64)]] = True
    starts, ends = _ranges(schedule, query)
    trained = schedule.trained_on[query] if learning else np.zeros(len(query), bool)
    return Steps(query, number[query], trained, checked[query], starts, ends)


def _ranges(schedule: Schedule, query: LongArray) -> tuple[LongArray, LongArray]:
    """The steps before which a range of windows ends, ranges of about as many steps each, and the entries folded."""
    prefix = schedule.prefix[query]
    wanted = np.linspace(0, len(query), RANGES + 1)[1:-1].astype(np.int64)
    ends = schedule.window_ends[
        np.searchsorted(schedule.window_ends, prefix[wanted[wanted < len(query)]]).clip(
            max=len(schedule.window_ends) - 1
        )
    ]
    starts = np.searchsorted(prefix, ends, side="left")
    starts, which = np.unique(starts, return_index=True)
    inside = (starts > 0) & (starts < len(query))
    return starts[inside], ends[which][inside]
