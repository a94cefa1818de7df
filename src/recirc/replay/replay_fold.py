"""A schedule carried out: entries folded, policies asked and taught."""

from collections.abc import Callable, Sequence

import numpy as np

from recirc.replay.check import LeakCheck
from recirc.replay.list_statistics import ListStatistics
from recirc.replay.negatives import Negatives
from recirc.replay.policies import Policy
from recirc.replay.protocols import Protocol, Schedule
from recirc.replay.queries import VisitBuilder
from recirc.replay.replay_log import ReplayLog
from recirc.replay.target_ranks import TargetRanks
from recirc.state.state import State
from recirc.types import ArticleFeatures, Batch, IntArray, LongArray, RecordArray

SLOTS = 20
Advance = Callable[[int], None]


class ReplayFold:
    """Folds a log in the order of a schedule, into the state and every policy; each window's end is told on the way."""

    def __init__(
        self,
        clicks: ReplayLog,
        schedule: Schedule,
        state: State,
        policies: Sequence[Policy],
        advance: Advance,
    ) -> None:
        self._records: RecordArray = clicks.records[schedule.order]
        self._records["time"] = schedule.time
        self._said = self._in_order(clicks, schedule)
        self._publications = np.array(sorted(self._said), np.int64)
        self._ends, self._over = schedule.ends.tolist(), schedule.over.tolist()
        self._state, self._policies, self._advance = state, policies, advance
        self._folded = self._ended = 0

    @staticmethod
    def _in_order(clicks: ReplayLog, schedule: Schedule) -> dict[int, ArticleFeatures]:
        if not clicks.understandings:
            return {}
        place = np.empty(len(schedule.order), np.int64)
        place[schedule.order] = np.arange(len(schedule.order))
        return {int(place[at]): said for at, said in clicks.understandings.items()}

    def fold_to(self, count: int) -> None:
        """Let `count` entries be folded, and the windows that are over then have ended."""
        while self._ended < len(self._ends) and self._ends[self._ended] <= count:
            self._fold(self._ends[self._ended])
            for policy in self._policies:
                policy.end_window(self._over[self._ended])
            self._ended += 1
        self._fold(count)

    @property
    def rest(self) -> int:
        """How many entries are not folded."""
        return len(self._records) - self._folded

    def _fold(self, stop: int) -> None:
        start = self._folded
        if stop <= start:
            return
        records = self._records[start:stop]
        said: dict[int, ArticleFeatures] = {}
        if self._said:
            low, high = np.searchsorted(self._publications, (start, stop))
            said = {at - start: self._said[at] for at in self._publications[low:high].tolist()}
        self._state.fold(Batch(self._state.offset + 1, records, said))
        for policy in self._policies:
            policy.fold(records)
        self._folded = stop
        self._advance(stop - start)


def play(
    protocol: Protocol,
    clicks: ReplayLog,
    state: State,
    policies: Sequence[Policy],
    advance: Advance,
    checks: int = 0,
) -> TargetRanks:
    """Fold the log into the empty `state`, ask every policy, and tell those that learn what came.

    `advance` hears of each entry that is done; what comes after the last question is not folded. Of the questions
    `checks`, spread over the run, are asked once more of the past alone (see `LeakCheck`).

    Raises:
        LeakError: a policy answers otherwise from the past alone.
    """
    return carry_out(protocol.schedule(clicks), protocol, clicks, state, policies, advance, checks)


def carry_out(
    schedule: Schedule,
    protocol: Protocol,
    clicks: ReplayLog,
    state: State,
    policies: Sequence[Policy],
    advance: Advance,
    checks: int = 0,
    answers: TargetRanks | None = None,
) -> TargetRanks:
    """The same with a schedule at hand, and with `answers` to be filled."""
    queries = schedule.queries
    asked = np.flatnonzero(schedule.asked)
    census = None if schedule.drawn else ListStatistics(clicks, schedule.order)
    answers = answers or TargetRanks(schedule.window[asked], policies, census)
    folder = ReplayFold(clicks, schedule, state, policies, advance)
    visitors = VisitBuilder(clicks, queries, schedule.moment, schedule.bound)
    negatives = Negatives(clicks, queries) if schedule.drawn else None
    check = LeakCheck(clicks, state, frozen=protocol.frozen)
    checked = set(asked[np.linspace(0, len(asked) - 1, min(checks, len(asked))).astype(np.int64)].tolist())
    pupils = [policy for policy in policies if policy.learns]
    targets, before = queries.target.tolist(), schedule.before.tolist()
    number = 0
    for query, is_asked in _due(schedule, asked, learning=bool(pupils)):
        listening = [pupil for pupil in pupils if not pupil.learnt] if schedule.taught[query] else []
        if not is_asked and not listening:
            continue
        folder.fold_to(before[query])
        visit, ranked = visitors.visit(query), list[IntArray]()
        among = negatives.among(query) if negatives is not None else None
        if is_asked:
            if census is not None:
                census.count_to(before[query], state)
            ranked = [policy.rank(state, visit, SLOTS, among) for policy in policies]
            for policy, articles in zip(policies, ranked, strict=True):
                answers.take(number, policy, targets[query], articles, state)
            number += 1
        for policy in listening:
            policy.learn(state, visit, targets[query], among)
        if query in checked:
            # After `learn`: what a policy was told is not to show in its answers before the window ends.
            target = int(queries.source[queries.at[query]])
            check.confirm(target, visit, among, SLOTS, dict(zip(policies, ranked, strict=True)))
            answers.checked += 1
    answers.close()
    advance(folder.rest)
    return answers


def _due(schedule: Schedule, asked: LongArray, *, learning: bool) -> list[tuple[int, bool]]:
    """The queries that somebody may hear of, up to the last that is asked, and whether it is."""
    due = schedule.asked | schedule.taught if learning else schedule.asked.copy()
    due[asked[-1] + 1 if len(asked) else 0 :] = False
    places = np.flatnonzero(due)
    return list(zip(places.tolist(), schedule.asked[places].tolist(), strict=True))
