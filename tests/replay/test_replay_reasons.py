"""A log of which nothing is left says why."""

import sys
from pathlib import Path

import pytest

from recirc.reading.rejections import RejectedValueError
from recirc.replay.log_reader import read_replay_log
from recirc.replay.metrics import ReplayError
from recirc.replay.run import _policies
from recirc.settings import Settings

NOW = 1_796_000_000_000


def test_a_log_without_views_says_why_its_lines_were_refused(tmp_path: Path) -> None:
    log = tmp_path / "README.md"
    log.write_text("# Recirc\n\nA news portal.\n")
    with pytest.raises(RejectedValueError) as error:
        read_replay_log(log, NOW, lambda _done, _total: None)
    text = str(error.value)
    assert "the log holds no views to replay; 2 lines were refused: line 1: " in text
    assert "in all)" in text


PEERS = """
import numpy as np
from recirc.replay.metrics import ReplayError
from recirc.replay.policies import Policy

class Sound(Policy):
    name = "sound-peer"
    def rank(self, state, visit, slots, among=None):
        return np.arange(slots, dtype=np.int32)

class Lacking(Sound):
    name = "lacking-peer"
    def __init__(self, settings):
        raise ReplayError("policy 'lacking-peer' needs something: pip install something")
"""


def test_a_peer_that_lacks_a_package_is_left_out_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    file = tmp_path / "peers_of_a_test.py"
    file.write_text(PEERS)
    found = _policies(["popular"], [str(file)], Settings())
    assert [policy.name for policy in found] == ["popular", "sound-peer"]
    assert capsys.readouterr().err == (
        "left out: policy 'lacking-peer' needs something: pip install something\n"
    )
    with pytest.raises(ReplayError, match="needs something"):
        _policies(["lacking-peer"], [str(file)], Settings())
