"""Quality on the real log, on a fixed sample, may not fall below these floors."""

import json
from pathlib import Path

import pytest

from recirc.replay.run import run
from recirc.settings import Settings

pytestmark = pytest.mark.data

FLOORS = {"hourly": {"default": 0.71, "popular": 0.61}, "live": {"default": 0.71, "popular": 0.61}}
"""HR@20. Lowering one needs a note under docs/decisions."""


@pytest.mark.parametrize("protocol", sorted(FLOORS))
def test_quality_keeps_its_floor(protocol: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = data / "globo" / "clicks_hours_000_191.parquet"
    run(log, protocol, list(FLOORS[protocol]), Settings(), as_json=True, plot=None, every=200)
    told = json.loads(capsys.readouterr().out)
    assert told["data"]["queries"] > 2_000
    for policy, floor in FLOORS[protocol].items():
        assert told["policies"][policy]["hr@20"] >= floor, policy
