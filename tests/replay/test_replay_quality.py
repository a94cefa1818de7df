"""Quality on the real log, on a fixed sample, may not fall below the floors that the decision notes record."""

import re
import time
from pathlib import Path

import pytest

from recirc.replay.evaluation import evaluate
from recirc.replay.log_reader import read_replay_log
from recirc.replay.metrics import metrics
from recirc.replay.policies import policies
from recirc.replay.protocols import protocols
from recirc.replay.replay_log import ReplayLog, replay_log_from
from recirc.settings import Settings, TrainingSettings
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS

NOTES = Path(__file__).parents[2] / "docs" / "decisions"
FLOOR = re.compile(r"^\| floor \| `(\w+)` \| `(\w+)` \| `([\w@]+)` \| (\.\d+) \|$", re.MULTILINE)

FLOORS: dict[str, dict[tuple[str, str], float]] = {
    "hourly": {
        ("default", "hr@20"): 0.735,
        ("learned", "hr@20"): 0.74,
        ("learned", "ndcg@20"): 0.405,
        ("popular", "hr@20"): 0.67,
    },
    "live": {
        ("default", "hr@20"): 0.733,
        ("learned", "hr@20"): 0.736,
        ("learned", "ndcg@20"): 0.415,
        ("popular", "hr@20"): 0.708,
    },
    "sampled": {
        ("default", "hr@10"): 0.639,
        ("learned", "hr@10"): 0.699,
        ("learned", "mrr@10"): 0.37,
        ("popular", "hr@10"): 0.56,
    },
}
"""By protocol: policy, metric and its floor. The same stand in a note under docs/decisions."""

WINDOWS, LEARN_EVERY = 20, 12
EVERY = {"hourly": 12, "live": 12, "sampled": 3}
SETTINGS = Settings(training=TrainingSettings(max_queries=4_000, trees=40))
"""So small that the test takes a minute for each protocol; the full figures are in docs/results.md."""


@pytest.fixture(scope="module")
def log(data: Path) -> ReplayLog:
    path = data / "globo" / "clicks_hours_000_191.parquet"
    whole, _ = read_replay_log(path, time.time_ns() // 1_000_000, lambda *_: None)
    first = whole.window < WINDOWS
    return replay_log_from(whole.records[first], whole.window[first])


def test_the_floors_are_those_of_the_newest_note() -> None:
    noted: dict[tuple[str, str, str], float] = {}
    for note in sorted(NOTES.glob("*.md")):
        for protocol, policy, metric, floor in FLOOR.findall(note.read_text("utf-8")):
            noted[protocol, policy, metric] = float(floor)
    held = {(protocol, *key): floor for protocol, floors in FLOORS.items() for key, floor in floors.items()}
    assert held == noted, "a floor changes together with a note under docs/decisions that says why"


@pytest.mark.data
@pytest.mark.parametrize("protocol", sorted(FLOORS))
def test_quality_keeps_its_floor(protocol: str, log: ReplayLog) -> None:
    names = sorted({policy for policy, _ in FLOORS[protocol]})
    judged = [policies()[name](SETTINGS) for name in names]
    order = protocols()[protocol](EVERY[protocol], 1, LEARN_EVERY)
    result = evaluate(order, log, State(SETTINGS.learning, DIMENSIONS), judged, lambda _: None, checks=20)
    assert len(result.window) > 2_000
    assert result.checked == 20
    found = {name: metrics(result.ranks[name], result.window) for name in names}
    measured = {key: round(found[key[0]][key[1]].mean, 4) for key in FLOORS[protocol]}
    below = {key: figure for key, figure in measured.items() if figure < FLOORS[protocol][key]}
    assert not below, f"below the floor: {below}, of {measured}"
    hits = "hr@10" if protocol == "sampled" else "hr@20"
    assert measured["learned", hits] > measured["default", hits], (
        "the learned ranker is no better than the formula"
    )
