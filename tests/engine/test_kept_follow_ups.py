"""Follow-ups are worked out anew when an article comes, changes or goes, and only then."""

from pathlib import Path

import numpy as np
import pytest

from newsroom import HOUR, Newsroom, article
from recirc.engine import kept_follow_ups
from recirc.engine.kept_follow_ups import KeptFollowUps
from recirc.state.follow_ups import follow_ups
from recirc.state.state import State
from recirc.state.stories import StoryDecision
from recirc.types import IntArray


def test_they_are_worked_out_once_for_each_change_of_an_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Newsroom(tmp_path)
    room.publish(*(article(f"{subject}-{n}", subject, n) for subject in ("ferry", "chess") for n in range(3)))
    worked_out = []

    def counted(state: State, index: int, apart: frozenset[int]) -> IntArray:
        worked_out.append(index)
        return follow_ups(state, index, apart)

    monkeypatch.setattr(kept_follow_ups, "follow_ups", counted)
    kept = KeptFollowUps(frozenset())
    state = room.engine._log_consumer.state

    def ask() -> int:
        """How many articles are worked out for two readings of all of them."""
        worked_out.clear()
        for index in (*range(state.size), *range(state.size)):
            np.testing.assert_array_equal(kept.of(state, index), follow_ups(state, index))
        return len(worked_out)

    assert ask() == state.size == 6
    assert ask() == 0
    room.read(["ferry-0", "chess-1"], 1, HOUR)
    assert ask() == 0
    room.publish(article("ferry-3", "ferry", 3))
    assert ask() == state.size == 7
    room.withdraw("ferry-1")
    assert ask() == 7
    state.decide_stories((StoryDecision(0, 2, True),))
    assert ask() == 7
    state.decide_stories((StoryDecision(0, 2, True),))
    assert ask() == 0
    room.engine.close()
