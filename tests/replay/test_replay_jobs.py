"""A replay by several processes, or in two runs, measures what one process measures, to the last digit."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from replay_logs import town
from typing_extensions import override

from recirc.rank.visit import Visit
from recirc.replay.checkpoint import Checkpoint, replay_identity
from recirc.replay.evaluation import Replay
from recirc.replay.leak_check import LeakError
from recirc.replay.metrics import ReplayError
from recirc.replay.policies import Policy, policies
from recirc.replay.policies.discovery import policies_in
from recirc.replay.protocols import protocols
from recirc.replay.replay_log import ReplayLog
from recirc.replay.team import run_replay
from recirc.settings import Settings, TrainingSettings
from recirc.state.state import State
from recirc.types import IntArray

SETTINGS = Settings(training=TrainingSettings(least_lists=30, max_queries=400, trees=8, min_data_in_leaf=5))
PEERS = Path(__file__).parents[2] / "benchmarks" / "peers"
LEADER = os.getpid()
LOG = town(seed=6, visits=300, hours=17, readers=40)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that trees grow at the speed of a busy machine, whose threads would wait for each other."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


def evaluated() -> list[Policy]:
    policies_in(str(PEERS))
    names = ("popular", "default", "learned", "popular-tuned")
    return [policies()[name](SETTINGS) for name in names]


def replay_of(protocol: str, judged: list[Policy], log: ReplayLog = LOG) -> Replay:
    return Replay(protocols()[protocol](), log, State(SETTINGS.learning, 256), judged, lambda _: None, 20)


def measured(replay: Replay) -> str:
    """Everything that was measured, to the last digit."""
    result = replay.result
    found = {name: result.figures(name) for name in result.ranks}
    rows = {name: (result.ranks[name].tolist(), result.beyond[name].tolist()) for name in result.ranks}
    rows |= {f"{name} counted": result.recommended[name].tolist() for name in result.ranks}
    remarks = [policy.remark for policy in replay.policies]
    return json.dumps([found, rows, result.known, result.checked, remarks])


def test_two_and_three_processes_measure_what_one_does() -> None:
    for protocol in protocols():
        told = []
        for jobs in (1, 2, 3):
            judged = evaluated()
            replay = replay_of(protocol, judged)
            run_replay(replay, jobs)
            told.append(measured(replay))
            assert replay.result.checked == 20
            assert judged[2].trained > 0, "the test is about a model, and none was trained"  # type: ignore[attr-defined]
        assert told[0] == told[1] == told[2]


class BreaksOff(Policy):
    """Ranks nothing, and counts the queries; ends the process at the query of that number."""

    name = "breaks-off"
    at = 0
    ranked = 0

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        type(self).ranked += 1
        if type(self).ranked == self.at and os.getpid() == LEADER:
            raise KeyboardInterrupt
        return np.zeros(0, np.int32)


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_replay_goes_on_where_it_was(tmp_path: Path, jobs: int) -> None:
    for protocol in protocols():
        whole = replay_of(protocol, [*evaluated(), BreaksOff(SETTINGS)])
        BreaksOff.at = BreaksOff.ranked = 0
        run_replay(whole, jobs)
        queries, BreaksOff.ranked = BreaksOff.ranked, 0
        BreaksOff.at = 3 * queries // 4
        broken = replay_of(protocol, [*evaluated(), BreaksOff(SETTINGS)])
        with pytest.raises(KeyboardInterrupt):
            run_replay(broken, jobs, checkpoint(tmp_path, protocol, broken))
        BreaksOff.at = BreaksOff.ranked = 0
        again = replay_of(protocol, [*evaluated(), BreaksOff(SETTINGS)])
        run_replay(again, jobs, checkpoint(tmp_path, protocol, again))
        assert 0 < BreaksOff.ranked < queries  # the rest alone was ranked
        assert measured(again) == measured(whole)
        assert list(tmp_path.iterdir()) == []


def checkpoint(folder: Path, protocol: str, replay: Replay, *options: int) -> Checkpoint:
    return Checkpoint(folder / "done", replay_identity(LOG, protocol, options, replay.policies, SETTINGS))


def test_a_checkpoint_of_another_replay_is_refused(tmp_path: Path) -> None:
    BreaksOff.ranked, BreaksOff.at = 0, 150
    broken = replay_of("live", [BreaksOff(SETTINGS)])
    with pytest.raises(KeyboardInterrupt):
        run_replay(broken, 1, checkpoint(tmp_path, "live", broken))
    other = replay_of("hourly", [BreaksOff(SETTINGS)])
    for refused, told in (
        (checkpoint(tmp_path, "hourly", other), "of another replay"),
        (checkpoint(tmp_path, "live", broken, 2), "of another replay"),
    ):
        with pytest.raises(ReplayError, match=told):
            run_replay(other, 1, refused)
    (tmp_path / "done").write_bytes(b"no pickle")
    with pytest.raises(ReplayError, match="no checkpoint of a replay"):
        run_replay(other, 1, checkpoint(tmp_path, "live", broken))


class Peeks(Policy):
    """Ranks by the number of calls, which the check finds."""

    name = "peeks"
    calls = 0

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        self.calls += 1
        return np.array([self.calls], np.int32)


class Killed(Policy):
    """Its process is killed, unless it is the first one."""

    name = "killed"

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        if os.getpid() != LEADER:
            os.kill(os.getpid(), signal.SIGKILL)
        return np.zeros(0, np.int32)


def test_what_happens_to_one_process_ends_the_replay() -> None:
    failing: tuple[tuple[type[Policy], Any, str], ...] = (
        (Peeks, LeakError, "policy 'peeks' ranks differently"),
        (Killed, ReplayError, "a process of the replay was ended from outside"),
    )
    for kind, error, told in failing:
        with pytest.raises(error, match=told):
            run_replay(replay_of("live", [kind(SETTINGS)]), 2)
