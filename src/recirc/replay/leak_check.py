"""A check that rankings come from the past alone: some queries are ranked again from a state that is built apart."""

from collections.abc import Mapping

import numpy as np

from recirc.clock import from_ms
from recirc.rank.visit import Visit
from recirc.replay.metrics import ReplayError
from recirc.replay.negatives import NEGATIVES
from recirc.replay.policies import Policy
from recirc.replay.queries import EARLIER, LOOKED_BACK
from recirc.replay.replay_log import HOUR, LONGEST, ReplayLog
from recirc.state.state import State
from recirc.store.decisions import DecisionTables
from recirc.types import Batch, IntArray, LongArray


class LeakError(ReplayError):
    """A ranking used what was not known at the moment of the query."""


class LeakCheck:
    """Ranks a query again, from a state and a visit that are built from the log, not from what the replay folds.

    The log's entries are selected by their own time, strictly before the target's (`frozen`: by their window, before
    the target's). What a policy keeps for itself is not built again; `recirc.replay.truncation` covers that.
    """

    def __init__(self, log: ReplayLog, state: State, *, frozen: bool) -> None:
        """`state`: the one that the replay folds and that policies rank from."""
        self._log = log
        self._frozen = frozen
        self._replayed = state
        self._state = State(state.learning, state.dimensions)
        self._tables = DecisionTables(round(state.learning.repeat_seconds * 1000))
        self._until = 0  # window or time before which everything is folded

    def verify(
        self,
        target: int,
        visit: Visit,
        candidates: IntArray | None,
        slots: int,
        rankings: Mapping[Policy, IntArray],
    ) -> None:
        """Compare visit, candidates and the rankings of all policies with those of the past alone, to the last bit.

        Args:
            target: index of a log entry; the times of targets never fall from one call to the next.
            candidates: target and negatives, int32 (m,); None: the whole catalogue.

        Raises:
            LeakError: something differs.
        """
        self._fold_before(target)
        if self._replayed.offset != self._state.offset:
            raise LeakError(
                f"{self._where(target)}: the replay has folded {self._replayed.offset:,} log entries, but"
                f" {self._state.offset:,} were known at that time"
            )
        own = self._visit(target)
        for part in Visit._fields:
            expected, given = getattr(own, part), getattr(visit, part)
            if not np.array_equal(expected, given):
                raise LeakError(
                    f"{self._where(target)}: the visit's {part} is {given}, but was {expected} at that time"
                )
        if candidates is not None:
            self._verify_negatives(target, candidates)
        for policy, ranking in rankings.items():
            again = policy.rank(self._state, own, slots, candidates)
            if ranking.dtype != again.dtype or not np.array_equal(ranking, again):
                raise LeakError(
                    f"{self._where(target)}: policy {policy.name!r} ranks differently from what was known then"
                    f" ({ranking[:5].tolist()}… became {again[:5].tolist()}…): it, or the replay, uses later events"
                )

    def _fold_before(self, target: int) -> None:
        if self._frozen:
            window = int(self._log.window[target])
            for before in range(self._until, window):
                self._fold_window(before)
            self._until = max(self._until, window)
        else:
            time = self._log.records["time"]
            entries = np.flatnonzero((time >= self._until) & (time < time[target]))
            self._fold(entries[np.argsort(time[entries], kind="stable")])
            self._until = int(time[target])

    def _fold_window(self, window: int) -> None:
        entries = np.flatnonzero(self._log.window == window)
        end = self._first_hour() + window + 1
        time = np.minimum(self._log.records["time"][entries], end * HOUR)
        order = np.argsort(time, kind="stable")
        self._fold(entries[order], time[order])

    def _first_hour(self) -> int:
        return int(self._log.records["time"][self._log.clicks].min()) // HOUR

    def _fold(self, entries: LongArray, time: LongArray | None = None) -> None:
        """Fold some log entries, in this order; `time` (ms): instead of their own."""
        if not len(entries):
            return
        records = self._log.records[entries]
        if time is not None:
            records["time"] = time
        published = self._log.article_features
        features = {n: published[entry] for n, entry in enumerate(entries.tolist()) if entry in published}
        self._tables.decide(records)
        self._state.fold(Batch(self._state.offset + 1, records, features))

    def _session(self, target: int) -> LongArray:
        """All clicks of the target's session, by time."""
        log = self._log
        at = int(np.flatnonzero(log.clicks == target)[0])
        session = int(np.searchsorted(log.starts, at, side="right")) - 1
        return log.clicks[log.starts[session] : log.starts[session + 1]]

    def _visit(self, target: int) -> Visit:
        records = self._log.records
        session = self._session(target)
        before = session[: int(np.flatnonzero(session == target)[0])]
        first: dict[int, int] = {}
        for entry in before.tolist():
            first.setdefault(int(records["article"][entry]), entry)
        history = list(first)[: LONGEST - 1]
        newest = records[first[history[-1]]]
        return Visit(
            np.array(history, np.int32),
            np.array(self._earlier(target, session), np.int32),
            *(int(newest[name]) for name in ("referrer", "device", "region")),
        )

    def _earlier(self, target: int, session: LongArray) -> list[int]:
        records, log = self._log.records, self._log
        reader = records["reader"][target]
        if reader == 0:
            return []
        known_from = log.window if self._frozen else records["time"]
        clicks = log.clicks[records["reader"][log.clicks] == reader]
        clicks = clicks[known_from[clicks] < known_from[target]]
        clicks = clicks[np.lexsort((records["time"][clicks], known_from[clicks]))][-LOOKED_BACK:]
        elsewhere = clicks[~np.isin(clicks, session)]
        newest_first = dict.fromkeys(records["article"][elsewhere][::-1].tolist())
        return list(newest_first)[:EARLIER][::-1]

    def _verify_negatives(self, target: int, candidates: IntArray) -> None:
        records, clicks = self._log.records, self._log.clicks
        past = clicks[records["time"][clicks] < records["time"][target]]
        negatives = candidates[candidates != records["article"][target]]
        own = records["article"][self._session(target)]
        possible = np.setdiff1d(records["article"][past], own)
        if not (
            len(negatives) == len(candidates) - 1
            and len(np.unique(candidates)) == len(candidates)
            and np.isin(negatives, possible).all()
            and len(negatives) == min(NEGATIVES, len(possible))
        ):
            raise LeakError(
                f"{self._where(target)}: the negatives {candidates.tolist()} are not among those that were possible"
            )

    def _where(self, target: int) -> str:
        record = self._log.records[target]
        time = from_ms(record["time"]).isoformat(timespec="milliseconds")
        return f"check: the query of {time} (window {self._log.window[target]}, target {record['article']})"
