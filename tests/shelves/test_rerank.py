"""Re-ranking: shares of a shelf's slots are met, likeness counts, and without either nothing changes."""

import doctest
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsroom import Newsroom, article
from recirc.settings import DiversitySettings
from recirc.shelves import rerank
from recirc.shelves.arrange import arrange
from recirc.shelves.reasons import Evidence
from recirc.shelves.rerank import Greedy, Reranking, ShareTarget, Similarity, rearrange
from recirc.shelves.shelf import Proposal
from recirc.state.state import State

SUBJECTS = ("ferry", "chess", "flood")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """Thirty articles on three subjects, each a section and a topic of its own."""
    room = Newsroom(tmp_path_factory.mktemp("room"))
    for subject in SUBJECTS:
        room.publish(
            *(article(f"{subject}-{n}", subject, n, section=subject, topics=(subject,)) for n in range(10))
        )
    with room.engine._log_consumer.reading() as found:
        yield found
    room.engine.close()


def proposals(scores: Sequence[float], without: frozenset[int] = frozenset()) -> list[Proposal]:
    order = np.argsort(-np.array(scores), kind="stable").tolist()
    return [
        Proposal(at, scores[at], lambda at=at: None if at in without else Evidence("young", {}))  # type: ignore[misc]
        for at in order
    ]


def of_subject(state: State, subject: str) -> np.ndarray:
    mask = np.zeros(state.size, bool)
    at = SUBJECTS.index(subject) * 10
    mask[at : at + 10] = True
    return mask


def reranking(*targets: ShareTarget, weight: float = 0.99, diversity: float = 0.0) -> Reranking:
    return Reranking(targets, weight, DiversitySettings(weight=diversity))


def test_the_examples_in_the_docstrings() -> None:
    found = doctest.testmod(rerank)
    assert found.attempted
    assert not found.failed


def test_nothing_is_on_unless_it_is_asked_for() -> None:
    assert not reranking()
    assert not Reranking((), 0.99, DiversitySettings())
    assert reranking(diversity=0.1)


SCORES = [30.0 - n for n in range(30)]  # all of ferry, then chess, then flood


@pytest.mark.parametrize("slots", [5, 8, 10])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_a_minimum_is_met_all_along_the_list(state: State, slots: int, share: float) -> None:
    target = ShareTarget(share, most=False, among=of_subject(state, "flood"), rule="r")
    found = rearrange(slots, proposals(SCORES), state, frozenset(), reranking(target))
    assert found.met
    inside = [item for item in found.placed if target.among[item.article]]
    assert len(inside) == int(np.ceil(share * slots - 1e-9))
    assert [item.rule for item in inside] == ["r"] * len(inside)
    others = [item.article for item in found.placed if not target.among[item.article]]
    assert others == list(range(len(others)))  # the best of the rest, in their order
    assert not any(item.rule for item in found.placed if not target.among[item.article])


def test_a_maximum_is_kept_and_what_comes_instead_says_so(state: State) -> None:
    target = ShareTarget(0.3, most=True, among=of_subject(state, "ferry"), rule="r")
    found = rearrange(10, proposals(SCORES), state, frozenset(), reranking(target))
    assert sum(target.among[item.article] for item in found.placed) == 3
    assert [item.rule for item in found.placed if not target.among[item.article]] == ["r"] * 7


def test_what_has_no_evidence_has_no_place_whatever_the_target(state: State) -> None:
    target = ShareTarget(0.5, most=False, among=of_subject(state, "flood"), rule="r")
    without = frozenset(range(20, 29))  # of flood, one has evidence
    found = rearrange(8, proposals(SCORES, without), state, frozenset(), reranking(target))
    assert not found.met
    assert [item.article for item in found.placed if target.among[item.article]] == [29]
    assert len(found.placed) == 8


def test_a_low_weight_gives_way_to_relevance(state: State) -> None:
    target = ShareTarget(0.2, most=False, among=of_subject(state, "flood"), rule="r")
    strict = rearrange(8, proposals(SCORES), state, frozenset(), reranking(target))
    lenient = rearrange(8, proposals(SCORES), state, frozenset(), reranking(target, weight=0.01))
    assert sum(target.among[item.article] for item in strict.placed) == 2
    assert [item.article for item in lenient.placed] == list(range(8))


def test_diversity_takes_the_unlike_earlier(state: State) -> None:
    plain = rearrange(6, proposals(SCORES), state, frozenset(), reranking())
    diverse = rearrange(6, proposals(SCORES), state, frozenset(), reranking(diversity=0.7))
    assert {item.article // 10 for item in plain.placed} == {0}
    assert {item.article // 10 for item in diverse.placed} == {0, 1, 2}
    assert diverse.placed[0].article == 0  # the best comes first all the same
    assert not any(item.rule for item in diverse.placed)  # no rule of an editor did that


def test_likeness_is_of_texts_topics_and_sections(state: State) -> None:
    articles = np.array([0, 1, 10], np.int32)
    for settings_of in (
        DiversitySettings(text=1, topic=0, section=0),
        DiversitySettings(text=0, topic=1, section=0),
        DiversitySettings(text=0, topic=0, section=1),
    ):
        found = Similarity(state, articles, settings_of).to(0)
        assert found[0] == pytest.approx(1.0)
        assert found[1] > found[2] >= 0.0


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scores=st.lists(st.floats(-5, 5), min_size=30, max_size=30),
    slots=st.integers(1, 12),
    excluded=st.sets(st.integers(0, 29), max_size=20),
    shares=st.lists(st.tuples(st.sampled_from(SUBJECTS), st.floats(0.05, 0.95), st.booleans()), max_size=3),
    diversity=st.sampled_from([0.0, 0.4]),
)
def test_always_distinct_stories_none_excluded_and_no_slot_is_lost(
    state: State,
    scores: list[float],
    slots: int,
    excluded: set[int],
    shares: list[tuple[str, float, bool]],
    diversity: float,
) -> None:
    targets = [
        ShareTarget(share, most, of_subject(state, subject), subject) for subject, share, most in shares
    ]
    story = state.stories.all()
    barred = {story.item(article) for article in excluded}
    proposed = proposals(scores)
    found = rearrange(slots, proposed, state, barred, reranking(*targets, diversity=diversity)).placed
    free = arrange(slots, proposed, story, barred)
    assert len(found) == len(free)
    stories = [story.item(item.article) for item in found]
    assert len(set(stories)) == len(stories)
    assert not set(stories) & barred
    if not targets and not diversity:
        assert [item.article for item in found] == [item.article for item in free]


def test_equal_scores_keep_their_order(state: State) -> None:
    greedy = Greedy(state, np.arange(5, dtype=np.int32), np.ones(5), 5, reranking())
    taken = []
    for _ in range(5):
        taken.append(greedy.best())
        greedy.take(taken[-1], np.zeros(5, bool))
    assert taken == [0, 1, 2, 3, 4]
    assert greedy.best() == -1
