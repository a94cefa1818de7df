"""The protocols of evaluation: the order in which a log is folded and tested. They are found by name."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np
from typing_extensions import override

from recirc.replay.queries import Queries, queries_in
from recirc.replay.replay_log import HOUR, ReplayLog
from recirc.types import BoolArray, IntArray, LongArray

CHUNK = 5
"""Number of windows that `sampled` trains on before it tests the next one."""


class Schedule(NamedTuple):
    """What happens in which order; a pure function of the log.

    Attributes, n = log entries, q = queries, w = windows:
        order: int64 (n,): the log's entries in the order of folding.
        time: int64 (n,), ms: the time of each of them, as the state sees it.
        queries: the queries in the order in which they come up.
        prefix: int64 (q,): number of entries that are folded before the query; never falling.
        window: int32 (q,): the window in which the result is averaged.
        tested: bool (q,): whether policies rank for it.
        trained_on: bool (q,): whether policies that learn receive its target.
        window_ends: int64 (w,): number of entries that are folded when a window ends.
        ended_windows: int32 (w,): the window.
        known_from: int64 (entries of the log,), known_before: int64 (q,): a click of a reader's other sessions is known
            to a query if its `known_from` is below the query's `known_before`; windows or ms.
        sampled: the target competes with sampled negatives instead of the whole catalogue.
    """

    order: LongArray
    time: LongArray
    queries: Queries
    prefix: LongArray
    window: IntArray
    tested: BoolArray
    trained_on: BoolArray
    window_ends: LongArray
    ended_windows: IntArray
    known_from: LongArray
    known_before: LongArray
    sampled: bool


class Protocol(ABC):
    """One order of folding, training and testing; its docstring is the definition."""

    name: ClassVar[str]
    frozen: ClassVar[bool] = False
    """The state does not change within a window."""

    def __init__(self, every: int = 1, first: int = 1, learn_every: int = 1) -> None:
        """All entries are folded, whatever the arguments.

        Args:
            every: test only every Nth query.
            first: the first window that is tested.
            learn_every: policies learn from every Nth click only, selected by the click's key, whatever is tested.
        """
        self.every = every
        self.first = max(first, 1)
        self.learn_every = learn_every

    @abstractmethod
    def schedule(self, log: ReplayLog) -> Schedule:
        """What is folded, trained on and tested, and in which order."""

    def _trained_on(self, log: ReplayLog, queries: Queries) -> BoolArray:
        key = log.records["id"][queries.source[queries.at]].astype(np.uint64)
        spread = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(33)
        return np.asarray(spread % np.uint64(self.learn_every) == 0)

    def _every_nth(self, candidates: BoolArray) -> BoolArray:
        """Every Nth of the candidates, N = `every`."""
        tested = np.zeros(len(candidates), bool)
        tested[np.flatnonzero(candidates)[:: self.every]] = True
        return tested


class Hourly(Protocol):
    """The state is frozen between windows, as in Transformers4Rec (RecSys 2021), table 2.

    Before window i ≥ 1 the state has folded windows 0 … i-1. In each session of window i all articles but the last are
    the query, and the last is the target; then the window is folded, its clicks in order of time. A click that came
    after its window's hour is folded as of the end of that hour: a session left open for days would otherwise set the
    state's clock ahead of all others'.
    """

    name = "hourly"
    frozen = True

    @override
    def schedule(self, log: ReplayLog) -> Schedule:
        records, window = log.records, log.window.astype(np.int64)
        first_hour = records["time"][log.clicks].min() // HOUR
        time = np.minimum(records["time"], (first_hour + window + 1) * HOUR)
        order = np.lexsort((time, window))
        over = np.arange(int(window.max()) + 1)
        ends = np.searchsorted(window[order], over, side="right")
        queries = queries_in(log)
        queries = queries.select(queries.window >= 1)
        # Selected in the order of the sessions' keys, which is unrelated to time.
        tested = self._every_nth(queries.last & (queries.window >= self.first))
        in_turn = np.lexsort((queries.time, queries.window))
        queries = queries.select(in_turn)
        return Schedule(
            order=order,
            time=time[order],
            queries=queries,
            prefix=ends[queries.window - 1],
            window=queries.window,
            tested=tested[in_turn],
            trained_on=self._trained_on(log, queries),
            window_ends=ends,
            ended_windows=over.astype(np.int32),
            known_from=window,
            known_before=queries.window.astype(np.int64),
            sampled=False,
        )


class Live(Protocol):
    """How the product runs: clicks in order of time; each session's last click is a target before it is folded.

    The state has folded every click of all sessions that is strictly before the target; no other click of the same
    millisecond. Averaged within the hour of the target.
    """

    name = "live"

    @override
    def schedule(self, log: ReplayLog) -> Schedule:
        records = log.records
        order = np.argsort(records["time"], kind="stable")
        first_hour = records["time"][log.clicks].min() // HOUR
        queries = queries_in(log)
        queries = queries.select(np.argsort(queries.time, kind="stable"))
        hour = (queries.time // HOUR - first_hour).astype(np.int32)
        over = self._ended_windows(int(log.window.max()))
        time = records["time"][order]
        return Schedule(
            order=order,
            time=time,
            queries=queries,
            prefix=np.searchsorted(time, queries.time, side="left"),
            window=self._result_window(queries, hour),
            tested=self._every_nth(self._tested(queries, hour, int(log.window.max()))),
            trained_on=self._trained_on(log, queries),
            window_ends=np.searchsorted(time, (first_hour + over + 1) * HOUR, side="left"),
            ended_windows=over.astype(np.int32),
            known_from=records["time"],
            known_before=queries.time,
            sampled=self.sampled,
        )

    sampled: ClassVar[bool] = False

    def _ended_windows(self, last: int) -> LongArray:
        return np.arange(last + 1)

    def _result_window(self, queries: Queries, hour: IntArray) -> IntArray:  # noqa: ARG002  # for `sampled` it is the session's
        return hour

    def _tested(self, queries: Queries, hour: IntArray, last: int) -> BoolArray:
        return queries.last & (hour >= self.first) & (hour <= last)


class Sampled(Live):
    """As CHAMELEON was evaluated (IEEE Access 2019): each click from a session's second on is a target, which competes
    with 50 negatives (see `NegativeSampler`).

    Training takes chunks of CHUNK windows, and the first window after each is tested: the queries of sessions that
    began in window 5, 10, … are averaged there. Folding is strictly by time, within a tested window too, as under
    `live`; but for policies that train, windows end with their chunk.
    """

    name = "sampled"
    sampled = True

    @override
    def _ended_windows(self, last: int) -> LongArray:
        return np.arange(CHUNK - 1, last + 1, CHUNK)

    @override
    def _result_window(self, queries: Queries, hour: IntArray) -> IntArray:
        return queries.window

    @override
    def _tested(self, queries: Queries, hour: IntArray, last: int) -> BoolArray:
        windows = (queries.window % CHUNK == 0) & (queries.window >= max(self.first, CHUNK))
        tested: BoolArray = windows & (hour <= last)
        return tested


def protocols() -> dict[str, type[Protocol]]:
    """Every protocol by its name."""
    return {protocol.name: protocol for protocol in (Hourly, Live, Sampled)}
