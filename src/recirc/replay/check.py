"""Whether the answers come from the past alone: a sample of them is given again from a state that is built apart."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from recirc.rank.visit import Visit
from recirc.replay.metrics import ReplayError
from recirc.replay.negatives import NEGATIVES
from recirc.replay.policies import Policy
from recirc.replay.queries import EARLIER, LOOKED_BACK
from recirc.replay.replay_log import HOUR, LONGEST, ReplayLog
from recirc.state.state import State
from recirc.types import Batch, IntArray, LongArray


class LeakError(ReplayError):
    """An answer used what was not known at the moment of the question."""


class LeakCheck:
    """Asks again, of a state and with a visit that it makes itself from the log, not from what the replay folds.

    The log's entries are chosen by their own time, strictly before the target's (`frozen`: by their window, before the
    target's). What a policy keeps for itself is not made again; `recirc.replay.log_cut` sees that too.
    """

    def __init__(self, clicks: ReplayLog, state: State, *, frozen: bool) -> None:
        """`state`: the one that the replay folds and asks."""
        self._clicks = clicks
        self._frozen = frozen
        self._replayed = state
        self._state = State(state.learning, state.dimensions)
        self._until = 0  # of what lies before this window, or time, the state has heard

    def confirm(
        self,
        target: int,
        visit: Visit,
        among: IntArray | None,
        slots: int,
        answers: Mapping[Policy, IntArray],
    ) -> None:
        """The same `visit`, drawn articles that may be `among` them, and of each policy the same answer, to the last
        bit. `target` is a place in the log; its moment never goes back from one call to the next.

        Raises:
            LeakError: something is not as the past alone would have it.
        """
        self._fold_before(target)
        if self._replayed.offset != self._state.offset:
            raise LeakError(
                f"{self._where(target)}: the replay has folded {self._replayed.offset:,} log entries, but"
                f" {self._state.offset:,} were known at that time"
            )
        own = self._visit(target)
        for part in Visit._fields:
            mine, theirs = getattr(own, part), getattr(visit, part)
            if not np.array_equal(mine, theirs):
                raise LeakError(
                    f"{self._where(target)}: the visit's {part} is {theirs}, but was {mine} at that time"
                )
        if among is not None:
            self._confirm_drawn(target, among)
        for policy, answer in answers.items():
            again = policy.rank(self._state, own, slots, among)
            if answer.dtype != again.dtype or not np.array_equal(answer, again):
                raise LeakError(
                    f"{self._where(target)}: policy {policy.name!r} answers otherwise from what was known then"
                    f" ({answer[:5].tolist()}… became {again[:5].tolist()}…): it, or the replay, uses what came later"
                )

    def _fold_before(self, target: int) -> None:
        if self._frozen:
            window = int(self._clicks.window[target])
            for before in range(self._until, window):
                self._fold_window(before)
            self._until = max(self._until, window)
        else:
            time = self._clicks.records["time"]
            chosen = np.flatnonzero((time >= self._until) & (time < time[target]))
            self._fold(chosen[np.argsort(time[chosen], kind="stable")])
            self._until = int(time[target])

    def _fold_window(self, window: int) -> None:
        chosen = np.flatnonzero(self._clicks.window == window)
        end = self._first_hour() + window + 1
        seen = np.minimum(self._clicks.records["time"][chosen], end * HOUR)
        order = np.argsort(seen, kind="stable")
        self._fold(chosen[order], seen[order])

    def _first_hour(self) -> int:
        return int(self._clicks.records["time"][self._clicks.places].min()) // HOUR

    def _fold(self, places: LongArray, seen: LongArray | None = None) -> None:
        if not len(places):
            return
        records = self._clicks.records[places]
        if seen is not None:
            records["time"] = seen
        published = self._clicks.understandings
        said = {n: published[place] for n, place in enumerate(places.tolist()) if place in published}
        self._state.fold(Batch(self._state.offset + 1, records, said))

    def _session(self, target: int) -> LongArray:
        """All clicks of the target's session, by time."""
        clicks = self._clicks
        at = int(np.flatnonzero(clicks.places == target)[0])
        session = int(np.searchsorted(clicks.starts, at, side="right")) - 1
        return clicks.places[clicks.starts[session] : clicks.starts[session + 1]]

    def _visit(self, target: int) -> Visit:
        records = self._clicks.records
        session = self._session(target)
        before = session[: int(np.flatnonzero(session == target)[0])]
        first: dict[int, int] = {}
        for place in before.tolist():
            first.setdefault(int(records["article"][place]), place)
        history = list(first)[: LONGEST - 1]
        newest = records[first[history[-1]]]
        return Visit(
            np.array(history, np.int32),
            np.array(self._earlier(target, session), np.int32),
            *(int(newest[name]) for name in ("referrer", "device", "region")),
        )

    def _earlier(self, target: int, session: LongArray) -> list[int]:
        records, clicks = self._clicks.records, self._clicks
        reader = records["reader"][target]
        if reader == 0:
            return []
        moment = clicks.window if self._frozen else records["time"]
        theirs = clicks.places[records["reader"][clicks.places] == reader]
        theirs = theirs[moment[theirs] < moment[target]]
        theirs = theirs[np.lexsort((records["time"][theirs], moment[theirs]))][-LOOKED_BACK:]
        apart = theirs[~np.isin(theirs, session)]
        newest_first = dict.fromkeys(records["article"][apart][::-1].tolist())
        return list(newest_first)[:EARLIER][::-1]

    def _confirm_drawn(self, target: int, among: IntArray) -> None:
        records, places = self._clicks.records, self._clicks.places
        past = places[records["time"][places] < records["time"][target]]
        others = among[among != records["article"][target]]
        own = records["article"][self._session(target)]
        possible = np.setdiff1d(records["article"][past], own)
        if not (
            len(others) == len(among) - 1
            and len(np.unique(among)) == len(among)
            and np.isin(others, possible).all()
            and len(others) == min(NEGATIVES, len(possible))
        ):
            raise LeakError(
                f"{self._where(target)}: the drawn articles {among.tolist()} are not those that could be"
            )

    def _where(self, target: int) -> str:
        record = self._clicks.records[target]
        moment = datetime.fromtimestamp(int(record["time"]) / 1000, UTC).isoformat(timespec="milliseconds")
        return (
            f"check: the query of {moment} (window {self._clicks.window[target]}, target {record['article']})"
        )
