"""Visits: where one ends, what of it is kept, and how an article finds the visits that had it."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import HOUR, MIDNIGHT, MINUTE, record, state_of

from drawing import any_length
from recirc.settings import LearningSettings
from recirc.state.visits import Visits
from recirc.types import LongArray, RecordArray


def kept(visits: Visits) -> list[tuple[int, list[int]]]:
    """Whose, and the articles, by start."""
    held = in_use(visits)
    rows = zip(visits.key[held], visits.articles[held], visits.count[held], strict=True)
    return [(int(key), articles[:count].tolist()) for key, articles, count in rows]


def in_use(visits: Visits) -> LongArray:
    """The slots that hold a visit, by start and key, int64 (m,)."""
    held = np.flatnonzero(visits.serial)
    order: LongArray = held[np.lexsort((visits.key[held], visits.start[held]))]
    return order


def view(article: int, time: int, *, reader: int = 0, visit: int = 0) -> RecordArray:
    return record(article, reader, time, visit=visit)


def test_a_pause_ends_a_visit_without_a_name() -> None:
    within = [view(0, 0, reader=7), view(1, 30 * MINUTE, reader=7), view(2, 60 * MINUTE, reader=7)]
    assert kept(state_of(within).visits) == [(7, [0, 1, 2])]
    beyond = [view(0, 0, reader=7), view(1, 30 * MINUTE + 1, reader=7)]
    assert kept(state_of(beyond).visits) == [(7, [0]), (7, [1])]


def test_no_pause_ends_a_visit_with_a_name() -> None:
    log = [view(0, 0, visit=9), view(1, 50 * HOUR, visit=9), view(2, 51 * HOUR, visit=8)]
    assert kept(state_of(log).visits) == [(9, [0, 1]), (8, [2])]


def test_an_article_is_in_a_visit_once_and_prolongs_it() -> None:
    log = [view(0, 0, reader=7), view(0, 20 * MINUTE, reader=7), view(1, 40 * MINUTE, reader=7)]
    visits = state_of(log).visits
    assert kept(visits) == [(7, [0, 1])]
    (slot,) = in_use(visits)
    assert visits.last[slot] == MIDNIGHT + 40 * MINUTE
    assert visits.offsets[slot, :2].tolist() == [0, 40 * MINUTE]


def test_a_long_visit_goes_on_in_a_new_slot_and_still_pairs_with_what_it_had() -> None:
    state = state_of([view(a, a, visit=9) for a in range(5)], LearningSettings(visit_length=3))
    assert kept(state.visits) == [(9, [0, 1, 2]), (9, [3, 4])]
    assert 2 in state.coreading.neighbours[3]
    assert 3 in state.coreading.neighbours[2]


def test_the_oldest_slots_are_given_to_new_visits() -> None:
    log = [view(n % 5, n, visit=100 + n) for n in range(40)]
    visits = state_of(log, LearningSettings(visits=16)).visits
    assert [key for key, _ in kept(visits)] == [100 + n for n in range(24, 40)]
    # A visit whose slot is gone begins anew.
    again = state_of([*log, view(4, 50, visit=100)], LearningSettings(visits=16)).visits
    assert kept(again)[-1] == (100, [4])
    assert len(kept(again)) == 16


def test_a_recycled_slot_holds_nothing_of_the_visit_before() -> None:
    learning = LearningSettings(visits=16, visit_length=3)
    log = [view(a, 10 * n + a, visit=100 + n) for n in range(20) for a in range(3)]
    visits = state_of([*log, *(view(4, 1_000 + n, visit=200 + n) for n in range(16))], learning).visits
    assert sorted(visits.key.tolist()) == list(range(200, 216))
    assert (visits.articles == [4, -1, -1]).all()
    assert (visits.offsets == 0).all()
    assert (visits.earlier[:, 1:] == -1).all()


@pytest.mark.parametrize("before", [0, 14, 15, 16])
def test_visits_in_every_slot_go_on_and_end_alike(before: int) -> None:
    """Also in the first slot, which the visit with the serial 16 has."""
    others = [view(0, n, visit=100 + n) for n in range(before)]
    opened = [view(0, 30, reader=7), view(1, 20 * MINUTE, reader=7), view(2, 60 * MINUTE, reader=7)]
    visits = state_of([*others, *opened], LearningSettings(visits=16)).visits
    assert kept(visits)[-2:] == [(7, [0, 1]), (7, [2])]


def test_a_batch_with_more_visits_than_the_index_has_room_for() -> None:
    visits = state_of([view(n % 9, n, visit=1 + n) for n in range(3_000)]).visits
    assert [key for key, _ in kept(visits)] == list(range(1, 3_001))
    assert all(visits.open_slot(key, True, MIDNIGHT) >= 0 for key in range(1, 3_001))
    assert visits.open_slot(3_001, True, MIDNIGHT) == -1


def listed(visits: Visits, article: int) -> list[int]:
    """Keys of the visits that had an article, newest first, as the links tell."""
    slots, length = visits.articles.shape
    found = []
    entry = int(visits.newest[article])
    while entry >= 0 and visits.serial[entry // length % slots] == entry // length:
        slot = entry // length % slots
        assert visits.articles[slot, entry % length] == article
        found.append(int(visits.key[slot]))
        entry = int(visits.earlier[slot, entry % length])
    return found


@settings(max_examples=60, deadline=None)
@given(
    any_length(st.tuples(st.integers(0, 5), st.integers(1, 30)), 80),
    st.sampled_from([16, 4096]),
)
def test_each_article_lists_its_visits_newest_first(opened: list[tuple[int, int]], capacity: int) -> None:
    learning = LearningSettings(visits=capacity, visit_length=20)
    log = [view(article, time, visit=name) for time, (article, name) in enumerate(opened)]
    visits = state_of(log, learning).visits
    truth: dict[int, list[int]] = defaultdict(list)
    for article, name in opened:
        if name not in truth[article]:
            truth[article].insert(0, name)
    held = {key for key, _ in kept(visits)}
    for article in range(visits.size):
        found = listed(visits, article)
        assert set(found) <= held
        if capacity == 4096:
            assert found == truth[article]
