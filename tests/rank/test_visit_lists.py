"""The visits of an article as they are kept side by side are those that its list in memory leads to."""

import numpy as np
import pytest

from recirc.rank.visit_arrays import visit_arrays
from recirc.rank.visit_lists import LISTS, VisitLists, newest_visits
from recirc.settings import LearningSettings
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.vector import DIMENSIONS
from recirc.types import NO_POSITION, RECORD, Batch, EntryKind, RecordArray

START, MINUTE = 1_790_000_000_000, 60_000
ARTICLES = 9
WIDTH = 7
LEARNING = LearningSettings(visits=40, visit_length=4)


def log_of(seed: int, size: int) -> RecordArray:
    """Views of few articles in many visits, so that slots are taken again all the time."""
    rng = np.random.default_rng(seed)
    records = np.zeros(size, RECORD)
    records["id"] = np.arange(1, size + 1)
    records["kind"], records["source"], records["position"] = EntryKind.VIEW, -1, NO_POSITION
    records["time"] = START + MINUTE * np.arange(size)
    records["article"] = np.minimum(rng.geometric(0.3, size) - 1, ARTICLES - 1)
    records["visit"] = 1 + np.arange(size) // 5 + rng.integers(0, 12, size)
    return records


def followed(state: State, article: int) -> list[int]:
    """Entries of an article's list, the newest first, as long as their visits have their slots."""
    visits, found = state.visits, list[int]()
    slots, length = visits.articles.shape
    entry = int(visits.newest[article])
    while entry >= 0 and visits.serial[entry // length % slots] == entry // length and len(found) < WIDTH:
        found.append(entry)
        entry = int(visits.earlier[entry // length % slots, entry % length])
    return found


def listed(state: State, article: int, lists: VisitLists) -> list[int]:
    """The same from the list that is kept."""
    row, found = newest_visits(article, visit_arrays(state.visits), lists), list[int]()
    slots, length = state.visits.articles.shape
    for entry in lists.entries[row, : lists.counts[row]].tolist():
        if state.visits.serial[entry // length % slots] != entry // length:
            break
        found.append(entry)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_lists_follow_the_state_as_it_goes_on(seed: int) -> None:
    records = decided(log_of(seed, 600), 0.0)
    state, lists = State(LEARNING, DIMENSIONS), VisitLists.of(WIDTH)
    rng, start, longest = np.random.default_rng(seed), 0, 0
    while start < len(records):
        stop = start + int(rng.integers(1, 40))
        state.fold(Batch(1 + start, records[start:stop], {}))
        start = stop
        for article in rng.permutation(state.size)[:4].tolist():
            found = listed(state, article, lists)
            assert found == followed(state, article)
            longest = max(longest, len(found))
    assert longest == WIDTH, "long lists are among them"


def test_two_articles_that_share_a_row_take_turns() -> None:
    records = log_of(3, 40)
    records["article"][::2] += LISTS
    state, lists = State(LEARNING, DIMENSIONS), VisitLists.of(WIDTH)
    state.fold(Batch(1, decided(records, 0.0), {}))
    for article in (0, LISTS, 0, 1, LISTS + 1, LISTS):
        assert listed(state, article, lists) == followed(state, article)


def test_a_restored_state_has_visits_of_its_own() -> None:
    state = State(LEARNING, DIMENSIONS)
    state.fold(Batch(1, decided(log_of(1, 50), 0.0), {}))
    before = state.visits.lineage
    state.load(state.save())
    assert state.visits.lineage is not before
