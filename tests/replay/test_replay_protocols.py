"""The order of folding and asking, on logs small enough to follow by hand."""

from typing import ClassVar

import numpy as np
import pytest
from replay_logs import START, log_of, town

from recirc.rank.visit import Visit
from recirc.replay.evaluation import evaluate
from recirc.replay.metrics import ReplayError, hit_rate_by_window, metrics
from recirc.replay.policies import Policy, policies
from recirc.replay.protocols import protocols
from recirc.replay.queries import Queries, queries_in
from recirc.replay.replay_log import HOUR, ReplayLog, replay_log_from
from recirc.settings import Settings
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.types import Batch, IntArray, RecordArray


class RecordingPolicy(Policy):
    """Ranks by nothing, but remembers what it was asked and how much the state had folded."""

    name: ClassVar[str] = "witness"

    def __init__(self) -> None:
        super().__init__(Settings())
        self.seen: list[tuple[list[int], int, int]] = []

    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        assert among is None
        self.seen.append((visit.history.tolist(), state.offset, state.clock))
        return np.array([7], np.int32)[:slots]


def last_clicks(log: ReplayLog) -> Queries:
    queries = queries_in(log)
    return queries.select(queries.last)


def ask(protocol: str, log: ReplayLog, every: int = 1) -> tuple[RecordingPolicy, dict[str, list[int]]]:
    witness, advanced = RecordingPolicy(), list[int]()
    state = State(Settings().learning, 256)
    result = evaluate(protocols()[protocol](every), log, state, [witness], advanced.append)
    assert sum(advanced) == len(log.records)
    return witness, {"ranks": result.ranks["witness"].tolist(), "window": result.window.tolist()}


def test_a_session_gives_one_query_from_its_first_twenty_distinct_articles() -> None:
    long = [(1, article, article / 100) for article in range(25)]
    again = [(2, 3, 0.1), (2, 4, 0.2), (2, 3, 0.3)]
    alone = [(3, 5, 0.1), (3, 5, 0.2)]
    queries = last_clicks(log_of(*long, *again, *alone))
    assert len(queries.target) == 2
    assert queries.history(0).tolist() == list(range(19))
    assert queries.target.tolist() == [19, 4]
    assert queries.history(1).tolist() == [3]


def test_windows_begin_with_the_hour_of_a_sessions_first_click() -> None:
    log = log_of((1, 0, 0.5), (2, 1, 0.9), (2, 2, 1.1), (3, 3, 2.0))
    assert log.window.tolist() == [0, 0, 0, 2]


def test_hourly_freezes_the_state_between_windows() -> None:
    log = log_of(
        (1, 0, 0.1), (1, 1, 0.2),
        (2, 0, 1.1), (2, 7, 1.2), (3, 1, 1.3), (3, 2, 1.4),
        (4, 2, 2.1), (4, 3, 5.0),
    )  # fmt: skip
    witness, told = ask("hourly", log)
    # The sessions of window 1 see window 0 alone, that of window 2 sees both.
    assert [(history, offset) for history, offset, _ in witness.seen] == [([0], 2), ([1], 2), ([2], 6)]
    assert told == {"ranks": [1, 0, 0], "window": [1, 1, 2]}


def test_hourly_folds_a_late_click_as_of_the_end_of_its_window() -> None:
    log = log_of((1, 0, 0.1), (1, 1, 300.0), (2, 0, 1.1), (2, 1, 1.2))
    witness, _ = ask("hourly", log)
    assert witness.seen[0][2] == START + HOUR


def test_live_folds_what_is_strictly_before_the_target_and_no_more() -> None:
    log = log_of(
        (1, 0, 0.1), (1, 1, 0.2),
        (2, 0, 1.1), (3, 4, 1.15), (2, 7, 1.2), (3, 5, 1.2), (4, 9, 1.3),
    )  # fmt: skip
    witness, told = ask("live", log)
    # Both targets at 1.2 h see the four clicks before, not each other.
    assert [(history, offset) for history, offset, _ in witness.seen] == [([0], 4), ([4], 4)]
    assert told == {"ranks": [1, 0], "window": [1, 1]}


def test_live_leaves_out_the_first_hour_and_the_leftovers_after_the_last() -> None:
    log = log_of((1, 0, 0.1), (1, 1, 0.2), (2, 0, 1.1), (2, 1, 1.2), (3, 0, 1.5), (3, 2, 40.0))
    witness, told = ask("live", log)
    assert [history for history, _, _ in witness.seen] == [[0]]
    assert told["window"] == [1]


def test_every_other_query_is_asked_but_all_is_folded() -> None:
    log = log_of((1, 0, 0.1), *((visit, article, 1.1) for visit in range(2, 8) for article in (0, 1)))
    _, told = ask("hourly", log, every=2)
    assert len(told["ranks"]) == 3


@pytest.mark.parametrize("protocol", ["hourly", "live"])
def test_answers_come_from_a_state_made_of_the_past_alone(protocol: str) -> None:
    """Every query is asked again of a state that is built separately, from the events strictly before it."""
    log = town(seed=5)
    settings = Settings()
    judged = policies()["default"](settings)
    state = State(settings.learning, 256)
    result = evaluate(protocols()[protocol](), log, state, [judged], lambda _: None)
    queries = last_clicks(log)
    hour = queries.time // HOUR - START // HOUR
    order = np.lexsort((queries.time, queries.window if protocol == "hourly" else 0 * queries.window))
    window = queries.window if protocol == "hourly" else hour
    asked = [q for q in order.tolist() if 0 < window[q] <= log.window.max()]
    assert len(asked) == len(result.window) > 20
    for query, answered in zip(asked, result.ranks["default"].tolist(), strict=True):
        past = _past(log, int(queries.time[query]), int(queries.window[query]), protocol)
        alone = State(settings.learning, 256)
        _fold_all(alone, past, protocol)
        newest = log.records[queries.source[queries.at[query] - 1]]
        codes = (int(newest[name]) for name in ("referrer", "device", "region"))
        visit = Visit(queries.history(query), np.zeros(0, np.int32), *codes)
        again = policies()["default"](settings).rank(alone, visit, 20)
        place = np.flatnonzero(again == queries.target[query])
        assert answered == (int(place[0]) + 1 if len(place) else 0)


def _past(log: ReplayLog, time: int, window: int, protocol: str) -> ReplayLog:
    before = log.window < window if protocol == "hourly" else log.records["time"] < time
    return replay_log_from(log.records[before], log.window[before])


def _fold_all(state: State, past: ReplayLog, protocol: str) -> None:
    records = past.records.copy()
    if protocol == "hourly":
        records["time"] = np.minimum(records["time"], START + (past.window.astype(np.int64) + 1) * HOUR)
        order = np.lexsort((records["time"], past.window))
    else:
        order = np.argsort(records["time"], kind="stable")
    state.fold(Batch(1, decided(records[order], 1800.0), {}))


class Diary(Policy):
    """Writes down what happens to it."""

    name: ClassVar[str] = "diary"
    learns: ClassVar[bool] = True

    def __init__(self, most: int = 1000) -> None:
        super().__init__(Settings())
        self.lines: list[str] = []
        self._most = most
        self._visit: Visit | None = None

    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        self._visit = visit
        self.lines.append(f"asked {visit.history.tolist()} at {state.offset}")
        return np.zeros(0, np.int32) if among is None else among[:slots]

    def learn(self, state: State, visit: Visit, target: int, among: IntArray | None) -> None:
        same = "the same " if visit is self._visit else ""
        drawn = "" if among is None else f" among {len(among)}"
        self.lines.append(f"told {same}{visit.history.tolist()} → {target}{drawn} at {state.offset}")
        self._most -= 1
        self.finished = self._most == 0

    def fold(self, records: RecordArray) -> None:
        self.lines.append(f"folds {records['article'].tolist()}")

    def end_window(self, window: int) -> None:
        self.lines.append(f"end of {window}")


def diary(protocol: str, log: ReplayLog, most: int = 1000) -> list[str]:
    kept = Diary(most)
    evaluate(protocols()[protocol](), log, State(Settings().learning, 256), [kept], lambda _: None)
    return kept.lines


STORY = (
    (1, 0, 0.1), (1, 1, 0.2),
    (2, 2, 1.1), (2, 3, 1.2), (2, 4, 2.1),
    (3, 5, 3.1), (3, 6, 3.2), (3, 7, 3.3),
)  # fmt: skip


def test_hourly_tells_before_the_window_is_folded_and_ends_it_after() -> None:
    assert diary("hourly", log_of(*STORY)) == [
        "folds [0, 1]", "end of 0",
        "told [2] → 3 at 2", "asked [2, 3] at 2", "told the same [2, 3] → 4 at 2",
        "folds [2, 3, 4]", "end of 1", "end of 2",
        "told [5] → 6 at 5", "asked [5, 6] at 5", "told the same [5, 6] → 7 at 5",
    ]  # fmt: skip


def test_live_tells_each_click_before_it_is_folded_and_ends_full_hours() -> None:
    assert diary("live", log_of(*STORY)) == [
        "folds [0]", "told [0] → 1 at 1",
        "folds [1]", "end of 0", "folds [2]", "told [2] → 3 at 3",
        "folds [3]", "end of 1", "asked [2, 3] at 4", "told the same [2, 3] → 4 at 4",
        "folds [4]", "end of 2", "folds [5]", "told [5] → 6 at 6",
        "folds [6]", "asked [5, 6] at 7", "told the same [5, 6] → 7 at 7",
    ]  # fmt: skip


def test_who_has_learned_enough_is_told_no_more() -> None:
    told = diary("live", log_of(*STORY), most=1)
    assert [line for line in told if "told" in line] == ["told [0] → 1 at 1"]
    # And nothing is folded apart for telling.
    assert "folds [2, 3]" in told
    assert "asked [2, 3] at 4" in told


def test_sampled_gives_each_query_its_own_drawn_articles_and_ends_windows_by_chunks() -> None:
    told = [(100 + hour, article, hour + 0.1 * article) for hour in range(7) for article in range(3)]
    others = [(200 + n, 10 + n, n / 12) for n in range(60)]
    lines = diary("sampled", log_of(*told, *others))
    assert [line for line in lines if line.startswith("end")] == ["end of 4"]
    heard = [line for line in lines if line.startswith("told")]
    assert len(heard) == 2 * 6  # each window's, to the last that is asked
    assert heard[-1].startswith("told the same [0, 1] → 2 among 51 at")


def test_metrics_average_within_windows_first() -> None:
    found = metrics(np.array([1, 0, 0, 0], np.int32), np.array([1, 1, 1, 2], np.int32))
    assert found["hr@20"].mean == pytest.approx((1 / 3 + 0) / 2)
    assert found["ndcg@20"].mean == pytest.approx((1 / 3 + 0) / 2)
    windows, rate = hit_rate_by_window(np.array([1, 0, 0, 0], np.int32), np.array([1, 1, 1, 2], np.int32))
    assert windows.tolist() == [1, 2]
    assert rate.tolist() == [pytest.approx(1 / 3), 0.0]


def test_nothing_to_ask_is_said() -> None:
    with pytest.raises(ReplayError, match="there are no queries"):
        metrics(np.zeros(0, np.int32), np.zeros(0, np.int32))


@pytest.mark.parametrize("protocol", ["hourly", "live"])
def test_a_log_may_begin_at_any_window(protocol: str) -> None:
    told = [(1, 0, 0.1), (1, 1, 0.2), (2, 0, 1.1), (2, 7, 1.2), (3, 1, 2.3), (3, 7, 2.4)]
    plain = log_of(*told)
    later = replay_log_from(plain.records, (plain.window + 40).astype(np.int32))
    assert ask(protocol, later)[1] == ask(protocol, plain)[1] == {"ranks": [1, 1], "window": [1, 2]}


def test_queries_from_a_window_on() -> None:
    log = log_of((1, 0, 0.1), (2, 0, 1.1), (2, 7, 1.2), (3, 1, 2.3), (3, 7, 2.4))
    witness = RecordingPolicy()
    state = State(Settings().learning, 256)
    result = evaluate(protocols()["hourly"](first=2), log, state, [witness], lambda _: None)
    assert result.window.tolist() == [2]


def test_what_nobody_clicked_is_never_popular() -> None:
    log = log_of((1, 0, 0.1), (1, 2, 0.2))
    state = State(Settings().learning, 256)
    state.fold(Batch(1, decided(log.records, 1800.0), {}))
    assert policies()["popular"](Settings()).rank(state, Visit(np.array([0], np.int32)), 20).tolist() == [2]
