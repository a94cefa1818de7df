"""The protocols of judging: in which order a log is folded and asked. They are found by their name."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from typing_extensions import override

from recirc.replay.clicks import HOUR, Clicks, last_click_queries
from recirc.replay.policies import Policy
from recirc.state.state import State
from recirc.types import Batch, IntArray, LongArray, RecordArray

SLOTS = 20
Advance = Callable[[int], None]


class Answers:
    """Where the target stood in each policy's list.

    Attributes, q = queries:
        window: int32 (q,): in which each is averaged.
        ranks: for each policy int32 (q,), the first place is 1; 0: not among the first SLOTS.
    """

    def __init__(self, window: IntArray, policies: Sequence[Policy]) -> None:
        self.window = window
        self.ranks: dict[str, IntArray] = {
            policy.name: np.zeros(len(window), np.int32) for policy in policies
        }


class Protocol(ABC):
    """One order of folding and asking; its docstring is the definition."""

    name: ClassVar[str]

    def __init__(self, every: int = 1, first: int = 1) -> None:
        """`every`: ask only each so many-th query; `first`: ask from this window on. All clicks are folded."""
        self.every = every
        self.first = max(first, 1)

    @abstractmethod
    def run(self, clicks: Clicks, state: State, policies: Sequence[Policy], advance: Advance) -> Answers:
        """Fold the log into the empty `state` and ask every policy; `advance` hears of each click that is
        done.
        """


def _fold(state: State, records: RecordArray) -> None:
    state.fold(Batch(state.offset + 1, records, {}))


def _ask(
    answers: Answers, query: int, target: int, history: IntArray, state: State, policies: Sequence[Policy]
) -> None:
    for policy in policies:
        found = np.flatnonzero(policy.rank(state, history, SLOTS) == target)
        answers.ranks[policy.name][query] = found[0] + 1 if len(found) else 0


class Hourly(Protocol):
    """The state is frozen between windows, as in Transformers4Rec (RecSys 2021), table 2.

    Before window i ≥ 1 the state has folded windows 0 … i-1. All sessions of window i are asked, all but the
    last article predicting the last; then the window is folded, its clicks in order of time. A click that
    came after its window's hour is folded as of the
    end of that hour: else a session left open for days would set the state's clock ahead of all others'.
    """

    name = "hourly"

    @override
    def run(self, clicks: Clicks, state: State, policies: Sequence[Policy], advance: Advance) -> Answers:
        queries = last_click_queries(clicks)
        asked = np.flatnonzero(queries.window >= self.first)[:: self.every]
        answers = Answers(queries.window[asked], policies)
        place = np.empty(len(queries.window), np.int64)
        place[asked] = np.arange(len(asked))
        first_hour = clicks.records["time"].min() // HOUR
        for window in range(int(clicks.window.max()) + 1):
            for query in asked[queries.window[asked] == window]:
                _ask(answers, place[query], queries.target[query], queries.of(query), state, policies)
            records = clicks.records[clicks.window == window]
            if len(records):
                records["time"] = np.minimum(records["time"], (first_hour + window + 1) * HOUR)
                _fold(state, records[np.argsort(records["time"], kind="stable")])
            advance(len(records))
        return answers


class Live(Protocol):
    """How the product runs: clicks in order of time, and before a session's last click is folded, it is the
    target.

    The state has folded every click strictly before it, of all sessions; of clicks in the same millisecond
    none. Averaged within the hour of the target.
    """

    name = "live"

    @override
    def run(self, clicks: Clicks, state: State, policies: Sequence[Policy], advance: Advance) -> Answers:
        queries = last_click_queries(clicks)
        records = clicks.records[np.argsort(clicks.records["time"], kind="stable")]
        hour = queries.time // HOUR - records["time"][0] // HOUR
        order = np.argsort(queries.time, kind="stable")
        order = order[(hour[order] >= self.first) & (hour[order] <= clicks.window.max())][:: self.every]
        answers = Answers(hour[order].astype(np.int32), policies)
        before: LongArray = np.searchsorted(records["time"], queries.time[order], side="left")
        folded = 0
        for place, query in enumerate(order):
            if before[place] > folded:
                _fold(state, records[folded : before[place]])
                advance(int(before[place]) - folded)
                folded = int(before[place])
            _ask(answers, place, queries.target[query], queries.of(query), state, policies)
        advance(len(records) - folded)
        return answers


def protocols() -> dict[str, type[Protocol]]:
    """Every protocol by its name."""
    return {protocol.name: protocol for protocol in Protocol.__subclasses__()}
