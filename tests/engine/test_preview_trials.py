"""A preview shows what the rule changes, and nothing that chance does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom import HOUR, NOW, Newsroom, article
from recirc.clock import from_ms
from recirc.settings import ExplorationSettings, Settings, StoreSettings
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.types import Request


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """New articles that nobody has seen are on trial in half of all slates."""
    settings = Settings(
        store=StoreSettings(path=str(tmp_path / "recirc.db")), exploring=ExplorationSettings(share=0.5)
    )
    made = Newsroom(tmp_path, settings)
    made.publish(*(article(f"ferry-{n}", "ferry", n, published=from_ms(NOW - HOUR)) for n in range(60)))
    yield made
    made.engine.close()


def test_a_rule_about_nothing_changes_nothing(room: Newsroom) -> None:
    rule = Rule(kind=RuleKind.BURY, target=RuleTarget(TargetKind.TOPIC, "no-such-topic"), by="Una")
    trials = set[str]()
    for tick in range(20):
        requests = [Request(article=f"ferry-{n}", personalised=False) for n in range(3)]
        for changes in room.engine.previews.preview(requests, rule, NOW + 100 * tick):
            for name, change in changes.items():
                before, after = ([item.article for item in each.items] for each in change)
                assert before == after, name
                trials |= {item.article for item in change.before.items if item.propensity < 1}
    assert len(trials) > 3  # there are some, or this would show nothing
