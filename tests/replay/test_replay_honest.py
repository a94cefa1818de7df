"""Leaks of several kinds are planted, and the lab finds each; what is honest passes."""

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
import pytest
from replay_logs import town
from typing_extensions import override

from recirc.rank.visit import Visit
from recirc.replay.evaluation import Alone, Replay, evaluate
from recirc.replay.leak_check import LeakCheck, LeakError
from recirc.replay.policies import Policy, best, policies
from recirc.replay.policies.discovery import policies_in
from recirc.replay.protocols import Hourly, Live, Protocol, Sampled, Schedule
from recirc.replay.replay_log import HOUR, ReplayLog
from recirc.replay.truncation import verify_on_truncated_logs
from recirc.settings import Settings
from recirc.state.state import State
from recirc.types import Batch, FloatArray, IntArray, RecordArray

SETTINGS = Settings()
policies_in("peers")  # the lab is to be fair to them too
CHECKS = 30


def fresh() -> State:
    return State(SETTINGS.learning, 256)


def judged(*names: str) -> list[Policy]:
    return [policies()[name](SETTINGS) for name in names]


def follow(log: ReplayLog, protocol: Protocol, judging: Sequence[Policy], state: State | None = None) -> int:
    result = evaluate(protocol, log, state or fresh(), judging, lambda _: None, checks=CHECKS)
    return result.checked


@pytest.mark.parametrize("protocol", [Hourly(), Live(), Sampled()], ids=lambda protocol: str(protocol.name))
def test_an_honest_replay_passes(protocol: Protocol) -> None:
    names = ["popular", "default", "vmisknn", "popular-tuned"]
    assert follow(town(seed=6, visits=150, hours=12, readers=20), protocol, judged(*names)) == CHECKS


class Hasty(Live):
    """Folds the target before it asks."""

    @override
    def schedule(self, log: ReplayLog) -> Schedule:
        honest = super().schedule(log)
        return honest._replace(prefix=honest.prefix + 1)


@pytest.mark.parametrize("name", ["popular", "vmisknn"])
def test_a_protocol_that_folds_the_target_first_is_found(name: str) -> None:
    with pytest.raises(LeakError, match=r"the replay has folded \d+ log entries, but \d+ were known"):
        follow(town(seed=6), Hasty(), judged(name))


class Gossip(Live):
    """Tells what readers opened in other visits within the next hour."""

    @override
    def schedule(self, log: ReplayLog) -> Schedule:
        honest = super().schedule(log)
        return honest._replace(known_before=honest.known_before + HOUR)


def test_a_visit_that_knows_of_later_visits_is_found() -> None:
    with pytest.raises(LeakError, match="the visit's earlier is"):
        follow(town(seed=6, readers=5), Gossip(), judged("popular"))


class Peeking(State):
    """Its popularity counts the next click, which it was given, as it counts those before."""

    def __init__(self, future: RecordArray) -> None:
        super().__init__(SETTINGS.learning, 256)
        self._future = future[np.argsort(future["time"], kind="stable")]

    @override
    def fold(self, batch: Batch) -> None:
        super().fold(batch)
        coming = int(self._future["article"][min(self.offset, len(self._future) - 1)])
        if coming < self.popularity.size:
            self.popularity.weights[coming] *= 1.5


def test_a_statistic_that_peeks_is_found() -> None:
    log = town(seed=6)
    with pytest.raises(LeakError, match=r"check: the query of 20.*policy 'popular' ranks differently"):
        follow(log, Live(), judged("popular"), Peeking(log.records))


class Follows(Policy):
    """What was opened next after the newest article, as it was told, up to the last window that ended."""

    def __init__(self, size: int = 20) -> None:
        super().__init__(SETTINGS)
        self.heard: FloatArray = np.zeros((size, size))
        self.trained: FloatArray = np.zeros((size, size))

    learns: ClassVar[bool] = True

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        every = np.arange(len(self.trained), dtype=np.int32) if among is None else among
        return best(every, self.trained[visit.history[-1], every], slots)

    @override
    def learn(self, state: State, visit: Visit, target: int, among: IntArray | None) -> None:
        self.heard[visit.history[-1], target] += 1

    @override
    def end_window(self, window: int) -> None:
        self.trained = self.heard.copy()


class Patient(Follows):
    name = "patient"


class Impatient(Follows):
    """Goes by what it hears at once, also within a window in which nothing is known yet."""

    name = "impatient"

    @override
    def learn(self, state: State, visit: Visit, target: int, among: IntArray | None) -> None:
        super().learn(state, visit, target, among)
        self.trained = self.heard


class Prophet(Follows):
    """Trains on a log that it was given, to its end."""

    name = "prophet"

    def __init__(self, log: ReplayLog) -> None:
        super().__init__()
        article = log.records["article"][log.clicks]
        within = log.session[1:] == log.session[:-1]
        np.add.at(self.heard, (article[:-1][within], article[1:][within]), 1)


def asked_targets(log: ReplayLog, protocol: Protocol) -> list[int]:
    schedule = protocol.schedule(log)
    places = schedule.queries.source[schedule.queries.at][schedule.tested]
    return [int(place) for place in places[:: max(len(places) // 8, 1)]]


@pytest.mark.parametrize("protocol", [Hourly(), Live()], ids=lambda protocol: str(protocol.name))
def test_a_policy_that_goes_by_what_it_is_told_at_once_is_found(protocol: Protocol) -> None:
    log = town(seed=6, visits=150)
    assert follow(log, protocol, [Patient()]) == CHECKS
    with pytest.raises(LeakError, match="'impatient' ranks differently"):
        follow(log, protocol, [Impatient()])


def honest(_: ReplayLog) -> list[Policy]:
    names = ["default", "vmisknn", "vsknn", "item-cosine", "popular-tuned"]
    return [*judged(*names), Patient()]


MAKERS: dict[str, Callable[[ReplayLog], list[Policy]]] = {
    "prophet": lambda log: [Prophet(log)],
    "impatient": lambda _: [Impatient()],
}


@pytest.mark.parametrize("protocol", [Hourly(), Live()], ids=lambda protocol: str(protocol.name))
def test_honest_policies_answer_the_same_when_the_log_ends_there(protocol: Protocol) -> None:
    log = town(seed=8, visits=150, readers=40)
    verify_on_truncated_logs(protocol, log, asked_targets(log, protocol), honest, SETTINGS)


@pytest.mark.parametrize(
    ("name", "protocol"), [("prophet", Hourly()), ("prophet", Live()), ("impatient", Hourly())]
)
def test_what_was_learned_from_the_future_is_found_when_the_log_ends_there(
    name: str, protocol: Protocol
) -> None:
    log = town(seed=8, visits=150)
    with pytest.raises(
        LeakError, match=f"truncation: .*policy '{name}' ranks .*it learned from later events"
    ):
        verify_on_truncated_logs(protocol, log, asked_targets(log, protocol), MAKERS[name], SETTINGS)


def test_drawn_articles_that_could_not_be_are_found() -> None:
    log = town(seed=6)
    protocol = Sampled()
    schedule = protocol.schedule(log)
    target = int(schedule.queries.source[schedule.queries.at[-1]])
    state = fresh()
    last = schedule._replace(tested=np.arange(len(schedule.tested)) == len(schedule.tested) - 1)
    Replay(protocol, log, state, [], lambda _: None, schedule=last).run(Alone())
    own = log.records["article"][log.session == schedule.queries.session[-1]]
    check = LeakCheck(log, state, frozen=False)
    visit = check_visit(log, schedule)
    with pytest.raises(LeakError, match=r"the negatives .* are not among those that were possible"):
        check.verify(target, visit, np.unique(own).astype(np.int32), 20, {})


def check_visit(log: ReplayLog, schedule: Schedule) -> Visit:
    queries = schedule.queries
    newest = log.records[queries.source[queries.at[-1] - 1]]
    codes = (int(newest[name]) for name in ("referrer", "device", "region"))
    return Visit(queries.history(len(queries.at) - 1), np.zeros(0, np.int32), *codes)
