"""The hardest test of a policy: would it have answered the same had the log ended there?"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from recirc.replay.check import LeakError
from recirc.replay.policies import Policy
from recirc.replay.protocols import Protocol
from recirc.replay.replay_fold import carry_out
from recirc.replay.replay_log import ReplayLog
from recirc.replay.target_ranks import TargetRanks
from recirc.settings import Settings
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS
from recirc.types import IntArray, LongArray

Lists = dict[tuple[int, str], list[int]]


class RecordedAnswers(TargetRanks):
    """Answers with the lists themselves, by place of the target in the log and name of the policy."""

    def __init__(self, window: IntArray, policies: Sequence[Policy], targets: LongArray) -> None:
        """`targets`, int64 (q,): places in the log."""
        super().__init__(window, policies, None)
        self._targets = targets.tolist()
        self.lists: Lists = {}

    def take(self, query: int, policy: Policy, target: int, ranked: IntArray, state: State) -> None:
        """Note a list, int32 (m,), best first."""
        super().take(query, policy, target, ranked, state)
        self.lists[self._targets[query], policy.name] = ranked.tolist()


def confirm_without_future(
    protocol: Protocol,
    clicks: ReplayLog,
    targets: Iterable[int],
    make: Callable[[ReplayLog], Sequence[Policy]],
    settings: Settings,
) -> None:
    """Replay the whole log, and for each target (place in the log of a click that is asked) one that ends with it:
    every policy must answer the same. For protocols without drawn candidates, whose drawing looks at the whole session.

    This sees whatever a policy learned or kept, at the price of a replay for each target. `make` makes the policies
    anew for each replay, from the log that it is about.

    Raises:
        LeakError: one answers otherwise.
    """
    whole = _lists(protocol, clicks, None, make, settings)
    for target in targets:
        alone = _lists(protocol, cut_before(clicks, target, frozen=protocol.frozen), target, make, settings)
        for (_, name), answer in alone.items():
            if whole[target, name] != answer:
                raise LeakError(
                    f"cut: with the log cut before entry {target}, policy {name!r} answers {answer[:5]}…, but"
                    f" {whole[target, name][:5]}… where it goes on: it learned from what came later"
                )


def _lists(
    protocol: Protocol,
    clicks: ReplayLog,
    only: int | None,
    make: Callable[[ReplayLog], Sequence[Policy]],
    settings: Settings,
) -> Lists:
    """What is answered; to the click that was at place `only` of the log before it was cut, None: to all."""
    schedule = protocol.schedule(clicks)
    source = schedule.queries.source[schedule.queries.at]
    if only is not None:
        schedule = schedule._replace(asked=np.asarray(source == len(clicks.records) - 1))
    asked = np.flatnonzero(schedule.asked)
    judged = make(clicks)
    places = source[asked] if only is None else np.full(len(asked), only)
    answers = RecordedAnswers(schedule.window[asked], judged, places)
    state = State(settings.learning, DIMENSIONS)
    carry_out(schedule, protocol, clicks, state, judged, lambda _: None, answers=answers)
    return answers.lists


def cut_before(clicks: ReplayLog, target: int, *, frozen: bool) -> ReplayLog:
    """The log as it would be had it ended with the click at place `target`, its last entry: of all else only what came
    strictly before, in time or (`frozen`) in windows, and of its own session what led there.
    """
    records, window = clicks.records, clicks.window
    kept = window < window[target] if frozen else records["time"] < records["time"][target]
    at = int(np.flatnonzero(clicks.places == target)[0])
    session = int(np.searchsorted(clicks.starts, at, side="right")) - 1
    kept[clicks.places[clicks.starts[session] : at + 1]] = True
    kept[target] = False
    return part_of(clicks, np.r_[np.flatnonzero(kept), target])


def part_of(clicks: ReplayLog, chosen: LongArray) -> ReplayLog:
    """The log's entries at some places (int64 (m,), distinct) alone, in this order."""
    number = {place: n for n, place in enumerate(chosen.tolist())}
    said = {number[place]: what for place, what in clicks.understandings.items() if place in number}
    keep = np.zeros(len(clicks.records), bool)
    keep[chosen] = True
    mine = keep[clicks.places]
    renumbered = np.empty(len(keep), np.int64)
    renumbered[chosen] = np.arange(len(chosen))
    sessions = clicks.session[mine]
    starts = (
        np.flatnonzero(np.r_[True, sessions[1:] != sessions[:-1], True])
        if len(sessions)
        else np.zeros(1, np.int64)
    )
    return ReplayLog(
        clicks.records[chosen],
        said,
        clicks.window[chosen],
        renumbered[clicks.places[mine]],
        clicks.used[mine],
        starts,
    )
