"""The measures of normative diversity: by hand on lists that are alike, apart and in between."""

import doctest
from pathlib import Path

import numpy as np
import pytest

from newsroom import HOUR, NOW, Newsroom, article
from recirc.clock import from_ms
from recirc.rank import divergence
from recirc.replay import normative
from recirc.replay.normative import NormativeDiversity, fragmentation


@pytest.mark.parametrize("module", [divergence, normative])
def test_the_examples_in_the_docstrings(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert found.attempted
    assert not found.failed


def test_what_is_near_the_top_weighs_more() -> None:
    read, ones = np.array([7]), np.ones(1)
    first = divergence.divergence(np.array([7, 8, 8]), divergence.rank_weights(3), read, ones)
    last = divergence.divergence(np.array([8, 8, 7]), divergence.rank_weights(3), read, ones)
    assert 0 < first < last < 1


def test_a_list_is_held_against_what_was_read_and_what_was_published(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    try:
        for n, subject in enumerate(("ferry", "chess", "ferry", "chess")):
            when = from_ms(NOW - (2 + n) * HOUR)
            room.publish(article(f"a{n}", subject, n, section=subject, topics=(subject,), published=when))
        room.read(["a0", "a1"], 1)
        lists = {name: room.engine.intern(list(name.split())) for name in ("a0 a2", "a1 a3", "a2 a3")}
        history = room.engine.intern(["a0"])
        with room.engine._log_consumer.reading() as state:
            measure = NormativeDiversity().measure
            same, other, both = (measure(each, history, state) for each in lists.values())
            nobody = measure(lists["a0 a2"], history[:0], state)
    finally:
        room.engine.close()
    assert same[0] == 0.0
    assert other[0] > 0.9
    assert same[0] < both[0] < other[0]
    assert both[1] < min(same[1], other[1])  # half of what was published is on each
    assert np.isnan(nobody[0])


def test_readers_who_see_the_same_are_not_fragmented() -> None:
    lists = np.array([[1, 2, 3], [1, 2, 3], [4, 5, 6]], np.int32)
    assert fragmentation(lists[:2]) == 0.0
    assert 0.4 < fragmentation(lists) < 0.6
    assert np.isnan(fragmentation(lists[:1]))
