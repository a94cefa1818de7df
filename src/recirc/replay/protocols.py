"""The protocols of judging: in which order a log is folded and asked. They are found by their name."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np
from typing_extensions import override

from recirc.replay.queries import Queries, queries_of
from recirc.replay.replay_log import HOUR, ReplayLog
from recirc.types import BoolArray, IntArray, LongArray

CHUNK = 5
"""Windows that `sampled` trains on before it tests the next one."""


class Schedule(NamedTuple):
    """What happens in which order; a pure function of the log.

    Attributes, n = log entries, q = queries, w = windows that end:
        order: int64 (n,): the log's entries in the order of folding.
        time: int64 (n,), ms: when each of them happened, as the state is to see it.
        queries: the queries in the order in which they come up.
        before: int64 (q,): so many entries are folded before the query; never falling.
        window: int32 (q,): in which window the answer is averaged.
        asked: bool (q,): whether it is asked.
        taught: bool (q,): whether its target is told to policies that learn.
        ends: int64 (w,): so many entries are folded when a window ends; `over`, int32 (w,): which one.
        moment: int64 (entries of the log,), bound: int64 (q,): what a reader opened in other sessions is known
            where its moment lies before the query's bound; windows or ms.
        drawn: the target competes with drawn negatives instead of the whole catalogue.
    """

    order: LongArray
    time: LongArray
    queries: Queries
    before: LongArray
    window: IntArray
    asked: BoolArray
    taught: BoolArray
    ends: LongArray
    over: IntArray
    moment: LongArray
    bound: LongArray
    drawn: bool


class Protocol(ABC):
    """One order of folding and asking; its docstring is the definition."""

    name: ClassVar[str]
    frozen: ClassVar[bool] = False
    """The state stands still within a window."""

    def __init__(self, every: int = 1, first: int = 1, learn_every: int = 1) -> None:
        """`every`: ask only each so many-th query; `first`: ask from this window on; `learn_every`: policies that learn
        hear of each so many-th click, chosen by the click's own key, whatever is asked. All entries are folded.
        """
        self.every = every
        self.first = max(first, 1)
        self.learn_every = learn_every

    @abstractmethod
    def schedule(self, clicks: ReplayLog) -> Schedule:
        """What is folded, asked and told, and in which order."""

    def _taught(self, clicks: ReplayLog, queries: Queries) -> BoolArray:
        key = clicks.records["id"][queries.source[queries.at]].astype(np.uint64)
        spread = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(33)
        return np.asarray(spread % np.uint64(self.learn_every) == 0)

    def _each(self, wanted: BoolArray) -> BoolArray:
        """Of the wanted queries each `every`-th."""
        asked = np.zeros(len(wanted), bool)
        asked[np.flatnonzero(wanted)[:: self.every]] = True
        return asked


class Hourly(Protocol):
    """The state is frozen between windows, as in Transformers4Rec (RecSys 2021), table 2.

    Before window i ≥ 1 the state has folded windows 0 … i-1. All sessions of window i are asked, all but the
    last article predicting the last; then the window is folded, its clicks in order of time. A click that
    came after its window's hour is folded as of the
    end of that hour: else a session left open for days would set the state's clock ahead of all others'.
    """

    name = "hourly"
    frozen = True

    @override
    def schedule(self, clicks: ReplayLog) -> Schedule:
        records, window = clicks.records, clicks.window.astype(np.int64)
        first_hour = records["time"][clicks.places].min() // HOUR
        time = np.minimum(records["time"], (first_hour + window + 1) * HOUR)
        order = np.lexsort((time, window))
        over = np.arange(int(window.max()) + 1)
        ends = np.searchsorted(window[order], over, side="right")
        queries = queries_of(clicks)
        queries = queries.chosen(queries.window >= 1)
        # Chosen in the order of the sessions' keys, which is none in time.
        asked = self._each(queries.last & (queries.window >= self.first))
        in_turn = np.lexsort((queries.time, queries.window))
        queries = queries.chosen(in_turn)
        return Schedule(
            order=order,
            time=time[order],
            queries=queries,
            before=ends[queries.window - 1],
            window=queries.window,
            asked=asked[in_turn],
            taught=self._taught(clicks, queries),
            ends=ends,
            over=over.astype(np.int32),
            moment=window,
            bound=queries.window.astype(np.int64),
            drawn=False,
        )


class Live(Protocol):
    """How the product runs: clicks in order of time, and before a session's last click is folded, it is the
    target.

    The state has folded every click strictly before it, of all sessions; of clicks in the same millisecond
    none. Averaged within the hour of the target.
    """

    name = "live"

    @override
    def schedule(self, clicks: ReplayLog) -> Schedule:
        records = clicks.records
        order = np.argsort(records["time"], kind="stable")
        first_hour = records["time"][clicks.places].min() // HOUR
        queries = queries_of(clicks)
        queries = queries.chosen(np.argsort(queries.time, kind="stable"))
        hour = (queries.time // HOUR - first_hour).astype(np.int32)
        over = self._over(int(clicks.window.max()))
        time = records["time"][order]
        return Schedule(
            order=order,
            time=time,
            queries=queries,
            before=np.searchsorted(time, queries.time, side="left"),
            window=self._averaged(queries, hour),
            asked=self._each(self._tested(queries, hour, int(clicks.window.max()))),
            taught=self._taught(clicks, queries),
            ends=np.searchsorted(time, (first_hour + over + 1) * HOUR, side="left"),
            over=over.astype(np.int32),
            moment=records["time"],
            bound=queries.time,
            drawn=self.drawn,
        )

    drawn: ClassVar[bool] = False

    def _over(self, last: int) -> LongArray:
        return np.arange(last + 1)

    def _averaged(self, queries: Queries, hour: IntArray) -> IntArray:  # noqa: ARG002  # for `sampled` it is the session's
        return hour

    def _tested(self, queries: Queries, hour: IntArray, last: int) -> BoolArray:
        return queries.last & (hour >= self.first) & (hour <= last)


class Sampled(Live):
    """As CHAMELEON was judged (IEEE Access 2019): each click from a session's second on is a target, among the target
    and 50 negatives (see `Negatives`).

    Windows are trained in chunks of CHUNK and the first after each is tested: the queries of sessions that began in
    window 5, 10, … are asked and averaged there. Folding goes on strictly by time, within a tested window too, as under
    `live`; but windows end for those that train only with their chunk.
    """

    name = "sampled"
    drawn = True

    @override
    def _over(self, last: int) -> LongArray:
        return np.arange(CHUNK - 1, last + 1, CHUNK)

    @override
    def _averaged(self, queries: Queries, hour: IntArray) -> IntArray:
        return queries.window

    @override
    def _tested(self, queries: Queries, hour: IntArray, last: int) -> BoolArray:
        windows = (queries.window % CHUNK == 0) & (queries.window >= max(self.first, CHUNK))
        tested: BoolArray = windows & (hour <= last)
        return tested


def protocols() -> dict[str, type[Protocol]]:
    """Every protocol by its name."""
    return {protocol.name: protocol for protocol in (Hourly, Live, Sampled)}
