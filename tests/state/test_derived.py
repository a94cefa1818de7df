"""What is worked out from a state is kept as long as the state stays as it is, and no longer."""

from collections.abc import Callable

import numpy as np
import pytest
from worlds import BODIES, SMALL

from recirc.state.state import MOST_DERIVED, State
from recirc.store.decisions import decided
from recirc.text.article_features import extract_features
from recirc.text.vector import DIMENSIONS
from recirc.types import NO_POSITION, RECORD, Article, Batch, EntryKind


def folded(state: State) -> None:
    records = np.zeros(1, RECORD)
    records["kind"], records["source"], records["position"] = EntryKind.VIEW, -1, NO_POSITION
    records["time"], records["id"] = 1_700_000_000_000, state.offset + 1
    state.fold(Batch(state.offset + 1, decided(records, 0.0), {}))


def loaded(state: State) -> None:
    state.load(state.save())


class Counter:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        return self.calls


@pytest.mark.parametrize("change", [folded, loaded])
def test_made_once_until_the_state_changes(change: Callable[[State], None]) -> None:
    state, made = State(SMALL, DIMENSIONS), Counter()
    folded(state)
    assert [state.derived("readers", made) for _ in range(3)] == [1, 1, 1]
    change(state)
    assert [state.derived("readers", made) for _ in range(2)] == [2, 2]


def test_keys_and_objects_are_told_apart() -> None:
    state, made = State(SMALL, DIMENSIONS), Counter()
    one, other = np.ones(3, bool), np.ones(3, bool)
    answers = [
        state.derived(("a",), made, one),
        state.derived(("a",), made, other),
        state.derived(("b",), made, one),
    ]
    assert answers == [1, 2, 3]
    assert state.derived(("a",), made, one) == 1


def test_an_object_that_is_gone_is_not_taken_for_a_new_one() -> None:
    state, made = State(SMALL, DIMENSIONS), Counter()
    # Each array is let go at once; a place in memory that is free again would be given to the next.
    answers = [state.derived("a", made, np.full(3, n)) for n in range(50)]
    assert answers == list(range(1, 51))


def test_no_more_is_kept_than_there_is_room_for() -> None:
    state, made = State(SMALL, DIMENSIONS), Counter()
    for key in range(MOST_DERIVED + 1):
        state.derived(key, made)
    assert state.derived(MOST_DERIVED, made) == MOST_DERIVED + 1
    assert state.derived(0, made) == MOST_DERIVED + 2


def published(state: State, index: int, body: str) -> None:
    records = np.zeros(1, RECORD)
    records["kind"], records["article"], records["source"] = EntryKind.PUBLISH, index, -1
    records["time"] = 1_700_000_000_000
    said = extract_features(Article(id=str(index), headline="Ferry", body=f"<p>{body}</p>"))
    state.fold(Batch(state.offset + 1, decided(records, 0.0), {0: said}))


def test_the_stories_follow_whatever_was_asked_before() -> None:
    state, ferry, chess = State(SMALL, DIMENSIONS), BODIES[0], BODIES[3]
    published(state, 0, ferry)
    published(state, 1, chess)
    assert state.stories.all().tolist() == [0, 1]
    published(state, 2, chess)  # one more, of a story that there is
    assert state.stories.all().tolist() == [0, 1, 1]
    published(state, 1, ferry)  # none more, but one goes from this story to that
    assert state.stories.all().tolist() == [0, 0, 2]
    published(state, 3, BODIES[6])  # one more, of its own
    assert state.stories.all().tolist() == [0, 0, 2, 3]
    earlier = State(SMALL, DIMENSIONS)
    published(earlier, 0, ferry)
    assert earlier.stories.all().tolist() == [0]
    earlier.load(state.save())
    assert earlier.stories.all().tolist() == [0, 0, 2, 3]
