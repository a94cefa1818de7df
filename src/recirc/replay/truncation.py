"""The hardest test of a policy: does it rank the same when the log ends with the query?"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from recirc.replay.evaluation import Alone, Replay
from recirc.replay.leak_check import LeakError
from recirc.replay.policies import Policy
from recirc.replay.protocols import Protocol
from recirc.replay.replay_log import ReplayLog
from recirc.replay.result import ReplayResult
from recirc.settings import Settings
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS
from recirc.types import IntArray, LongArray

Rankings = dict[tuple[int, str], list[int]]
PolicyFactory = Callable[[ReplayLog], Sequence[Policy]]


class RecordedRankings(ReplayResult):
    """A result that keeps the rankings themselves, by the target's log entry and the policy's name."""

    def __init__(self, window: IntArray, policies: Sequence[Policy], targets: LongArray) -> None:
        """`targets`, int64 (q,): log entries."""
        super().__init__(window, policies, None)
        self._targets = targets.tolist()
        self.rankings: Rankings = {}

    def add(
        self, query: int, policy: Policy, target: int, ranking: IntArray, state: State, history: IntArray
    ) -> None:
        """Add a ranking, int32 (m,), best first."""
        super().add(query, policy, target, ranking, state, history)
        self.rankings[self._targets[query], policy.name] = ranking.tolist()


def verify_on_truncated_logs(
    protocol: Protocol,
    log: ReplayLog,
    targets: Iterable[int],
    make_policies: PolicyFactory,
    settings: Settings,
) -> None:
    """Replay the whole log, and for each target (entry of a click that is tested) a log that ends with it: every policy
    must rank the same. Not for protocols with negatives, whose sampling looks at the whole session.

    This detects whatever a policy learned or kept, at the cost of a replay for each target.

    Args:
        make_policies: makes new policies for a replay of the log that it receives.

    Raises:
        LeakError: a ranking differs.
    """
    whole = _rankings(protocol, log, None, make_policies, settings)
    for target in targets:
        truncated = truncate_at(log, target, frozen=protocol.frozen)
        for (_, name), ranking in _rankings(protocol, truncated, target, make_policies, settings).items():
            if whole[target, name] != ranking:
                raise LeakError(
                    f"truncation: with the log truncated at entry {target}, policy {name!r} ranks {ranking[:5]}…, but"
                    f" {whole[target, name][:5]}… with the whole log: it learned from later events"
                )


def _rankings(
    protocol: Protocol, log: ReplayLog, only: int | None, make_policies: PolicyFactory, settings: Settings
) -> Rankings:
    """The rankings for all queries, or for that of the last entry, which was entry `only` of the whole log."""
    schedule = protocol.schedule(log)
    source = schedule.queries.source[schedule.queries.at]
    if only is not None:
        schedule = schedule._replace(tested=np.asarray(source == len(log.records) - 1))
    tested = np.flatnonzero(schedule.tested)
    policies = make_policies(log)
    targets = source[tested] if only is None else np.full(len(tested), only)
    result = RecordedRankings(schedule.window[tested], policies, targets)
    state = State(settings.learning, DIMENSIONS)
    replay = Replay(protocol, log, state, policies, lambda _: None, schedule=schedule)
    replay.result = result
    replay.run(Alone())
    return result.rankings


def truncate_at(log: ReplayLog, target: int, *, frozen: bool) -> ReplayLog:
    """The log as if it ended with the click at entry `target`, its last: of other sessions only what came strictly
    before, in time or (`frozen`) in windows, and of the target's own session its clicks before the target.
    """
    records, window = log.records, log.window
    kept = window < window[target] if frozen else records["time"] < records["time"][target]
    at = int(np.flatnonzero(log.clicks == target)[0])
    session = int(np.searchsorted(log.starts, at, side="right")) - 1
    kept[log.clicks[log.starts[session] : at + 1]] = True
    kept[target] = False
    return subset(log, np.r_[np.flatnonzero(kept), target])


def subset(log: ReplayLog, entries: LongArray) -> ReplayLog:
    """Some of the log's entries (int64 (m,), distinct), in this order."""
    number = {entry: n for n, entry in enumerate(entries.tolist())}
    features = {number[entry]: each for entry, each in log.article_features.items() if entry in number}
    kept = np.zeros(len(log.records), bool)
    kept[entries] = True
    clicks = kept[log.clicks]
    renumbered = np.empty(len(kept), np.int64)
    renumbered[entries] = np.arange(len(entries))
    sessions = log.session[clicks]
    starts = np.zeros(1, np.int64)
    if len(sessions):
        starts = np.flatnonzero(np.r_[True, sessions[1:] != sessions[:-1], True])
    return ReplayLog(
        log.records[entries],
        features,
        log.window[entries],
        renumbered[log.clicks[clicks]],
        log.used[clicks],
        starts,
    )
