"""The learned policy: it learns what the formula cannot see, and nothing that comes later."""

import numpy as np
import pytest
from replay_logs import town

from recirc.replay.evaluation import evaluate
from recirc.replay.metrics import metrics
from recirc.replay.policies import Policy, policies
from recirc.replay.policies.learned import LearnedPolicy
from recirc.replay.protocols import Hourly, Live, Protocol, Sampled
from recirc.replay.replay_log import HOUR, ReplayLog, replay_log_from
from recirc.replay.truncation import verify_on_truncated_logs
from recirc.settings import Settings, TrainingSettings
from recirc.state.state import State
from recirc.types import RECORD, EntryKind

SETTINGS = Settings(training=TrainingSettings(least_lists=30, trees=8, min_data_in_leaf=5))
START = 1_700_000_000_000 // HOUR * HOUR


def learned() -> LearnedPolicy:
    made = policies()["learned"](SETTINGS)
    assert isinstance(made, LearnedPolicy)
    return made


@pytest.mark.parametrize("protocol", [Hourly(), Live(), Sampled()], ids=lambda protocol: str(protocol.name))
def test_its_answers_come_from_the_past_alone(protocol: Protocol) -> None:
    log, judged = town(seed=6, visits=300, hours=12, readers=40), learned()
    result = evaluate(protocol, log, State(SETTINGS.learning, 256), [judged], lambda _: None, checks=30)
    assert result.checked == 30
    assert judged.trained > 0, "the test is about a model, and none was trained"


@pytest.mark.parametrize("protocol", [Hourly(), Live()], ids=lambda protocol: str(protocol.name))
def test_it_answers_the_same_when_the_log_ends_there(protocol: Protocol) -> None:
    log = town(seed=8, visits=200, readers=40)
    schedule = protocol.schedule(log)
    places = schedule.queries.source[schedule.queries.at][schedule.tested]
    made: list[LearnedPolicy] = []

    def make(_: ReplayLog) -> list[Policy]:
        made.append(learned())
        return [made[-1]]

    late = [int(place) for place in places[len(places) // 2 :: max(len(places) // 8, 1)]]
    verify_on_truncated_logs(protocol, log, late, make, SETTINGS)
    assert made[0].trained > 0, "the test is about a model, and none was trained"


def by_region(visits: int) -> ReplayLog:
    """All come to article 0; readers of one region go on to article 1, those of the other to article 2."""
    random = np.random.default_rng(3)
    region = random.integers(1, 3, visits)
    start = np.sort(random.uniform(0, 10, visits))
    records = np.zeros(2 * visits, RECORD)
    records["visit"] = np.repeat(np.arange(1, visits + 1), 2)
    records["region"] = np.repeat(region, 2)
    records["article"] = np.column_stack((np.zeros(visits), region)).ravel()
    records["time"] = START + (np.column_stack((start, start + 0.02)).ravel() * HOUR).astype(np.int64)
    records["kind"], records["source"] = EntryKind.VIEW, -1
    records["id"] = np.arange(1, len(records) + 1)
    return replay_log_from(records)


def test_it_learns_what_the_formula_cannot_see() -> None:
    judged: list[Policy] = [policies()["default"](SETTINGS), learned()]
    result = evaluate(Live(first=5), by_region(800), State(SETTINGS.learning, 256), judged, lambda _: None)
    mrr = {name: metrics(result.ranks[name], result.window)["mrr@10"].mean for name in result.ranks}
    assert mrr["default"] < 0.85
    assert mrr["learned"] > 0.99
