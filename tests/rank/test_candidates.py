"""Candidates: similar visits against a plain reading of VMIS-kNN, and what holds for every source."""

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import any_length
from recirc.rank.candidates import CandidateGenerator, CandidateSet
from recirc.rank.formula import COREADING, FEW_VISITS, PARTS, POPULARITY, SESSIONS, TEXT
from recirc.rank.visit import Visit
from recirc.settings import LearningSettings, RecommendationSettings
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.vector import DIMENSIONS
from recirc.types import NO_POSITION, RECORD, ArticleFeatures, Batch, EntryKind

START = 1_790_000_000_000  # ms
ARTICLES = 9

View = tuple[int, int]  # article, visit
views = any_length(st.tuples(st.integers(0, ARTICLES - 1), st.integers(1, 12)), 90)
histories = st.lists(st.integers(0, ARTICLES + 1), max_size=6, unique=True)
often = settings(max_examples=80, deadline=None)


def state_of(
    opened: list[View], learning: LearningSettings | None = None, *, published: bool = False
) -> State:
    """One view a minute; `published`: all articles come first, with vectors that differ a little."""
    first = ARTICLES if published else 0
    records = np.zeros(first + len(opened), RECORD)
    records["id"] = np.arange(1, len(records) + 1)
    records["time"] = START + 60_000 * np.arange(len(records))
    records["source"], records["position"] = -1, NO_POSITION
    records["kind"][:first], records["article"][:first] = EntryKind.PUBLISH, np.arange(first)
    for place, (article, visit) in enumerate(opened, start=first):
        records["kind"][place], records["article"][place], records["visit"][place] = (
            EntryKind.VIEW,
            article,
            visit,
        )
    said = {place: saying(place) for place in range(first)}
    state = State(learning or LearningSettings(visit_length=50), DIMENSIONS)
    state.fold(Batch(1, decided(records, 1800.0), said))
    return state


def saying(number: int) -> ArticleFeatures:
    vector = np.zeros(DIMENSIONS, np.int8)
    vector[:2] = 20, 5 * number
    return ArticleFeatures(
        model="test",
        vector=vector.tobytes(),
        shingles=b"",
        section=1,
        topics=(),
        authors=(),
        published=START,
        language="en",
    )


def idf_of(state: State, article: int) -> float:
    """How much an article says: readers at the longest half-life stand for the sessions that had it."""
    readers = state.popularity.readers(state.clock)[:, -1]
    return math.log(1 + float(readers.sum()) / (1 + float(readers[article])))


def plain_vmis(
    opened: list[View], history: list[int], m: int, k: int
) -> tuple[dict[int, float], dict[int, int]]:
    """Score of each article but for its idf, and how many neighbours had it.

    Each item keeps its m most recent sessions, newest first. Walk the evolving session from its newest item to its
    oldest; an item's weight is its place in it over its length, added to each of the item's sessions. The k most
    similar sessions stay, ties to the newer. An item scores, over the neighbours that hold it, similarity times
    λ = 1 - 0.1 · distance of the most recent shared item from the end.
    """
    sessions: dict[int, list[int]] = {}
    holding: defaultdict[int, list[int]] = defaultdict(list)
    for article, visit in opened:
        items = sessions.setdefault(visit, [])
        if article not in items:
            items.append(article)
            holding[article].insert(0, visit)
    born = {visit: number for number, visit in enumerate(sessions)}
    similarity: dict[int, float] = {}
    nearest: dict[int, int] = {}
    for distance, item in enumerate(reversed(history)):
        for visit in holding[item][:m]:
            similarity[visit] = similarity.get(visit, 0.0) + (len(history) - distance) / len(history)
            nearest.setdefault(visit, distance)
    neighbours = sorted(similarity, key=lambda visit: (-round(similarity[visit], 9), -born[visit]))[:k]
    score: defaultdict[int, float] = defaultdict(float)
    votes: defaultdict[int, int] = defaultdict(int)
    for visit in neighbours:
        for item in sessions[visit]:
            if item not in history:
                score[item] += similarity[visit] * max(0.0, 1 - 0.1 * nearest[visit])
                votes[item] += 1
    return score, votes


@often
@given(views, histories, st.integers(1, 4), st.integers(1, 5))
def test_similar_visits_speak_as_vmis_knn_says(
    opened: list[View], history: list[int], m: int, k: int
) -> None:
    state = state_of(opened)
    gatherer = CandidateGenerator(
        RecommendationSettings(recent_visits=m, neighbour_visits=k, sessions_after=0), state.learning
    )
    found = gatherer.gather(state, having(history))
    score, votes = plain_vmis(opened, [article for article in history if article < state.size], m, k)
    truth = {article: value * idf_of(state, article) for article, value in score.items()}
    most = max(truth.values(), default=0) or 1.0
    heard: dict[int, object] = {
        int(article): (float(share), int(count))
        for article, share, count in zip(found.articles, found.parts[:, SESSIONS], found.votes, strict=True)
        if count
    }
    assert heard == {
        article: (
            pytest.approx(value / most * votes[article] / (votes[article] + FEW_VISITS), rel=1e-9),
            votes[article],
        )
        for article, value in truth.items()
    }


def test_of_equally_similar_visits_the_newer_speak_also_about_the_millionth() -> None:
    others = [(8, visit) for visit in range(101, 162)]
    opened = [(0, visit) for visit in range(1, 7)] + [(visit, visit) for visit in range(1, 7)]
    state = state_of(others + opened, LearningSettings(visits=128, visit_length=50))
    # As if a million visits had been before, in the same 128 slots.
    visits, before = state.visits, 999_936
    visits.serial[visits.serial > 0] += before
    visits.newest[visits.newest >= 0] += before * visits.length
    visits.earlier[visits.earlier >= 0] += before * visits.length
    assert visits.serial[visits.serial > 0].min() < 1_000_000 < visits.serial.max()
    found = CandidateGenerator(RecommendationSettings(neighbour_visits=2), state.learning).gather(
        state, having([0])
    )
    assert {int(article) for article, votes in zip(found.articles, found.votes, strict=True) if votes} == {
        5,
        6,
    }


@often
@given(views, histories)
def test_candidates_are_distinct_new_and_weighed_up_to_the_weight_of_each_part(
    opened: list[View], history: list[int]
) -> None:
    state = state_of(opened, published=True)
    rules = RecommendationSettings()
    gatherer = CandidateGenerator(rules, state.learning)
    first = gatherer.gather(state, having(history))
    assert len(set(first.articles.tolist())) == len(first.articles)
    assert not set(first.articles.tolist()) & set(history)
    assert first.parts.shape == (len(first.articles), len(PARTS))
    weights = (rules.sessions, rules.coreading, rules.popularity, rules.text)
    for part, (column, weight) in enumerate(zip(first.parts.T, weights, strict=True)):
        assert (column >= 0).all()
        if part == SESSIONS:  # shrunk by the number of visits
            assert column.max(initial=0.0) < weight
        else:
            assert not column.any() or column.max() == pytest.approx(weight, rel=1e-12)
    gatherer.gather(state, having([0, 1]))
    assert_same(first, gatherer.gather(state, having(history)))
    assert_same(first, CandidateGenerator(rules, state.learning).gather(state, having(history)))


def having(history: list[int]) -> Visit:
    return Visit(np.array(history, np.int32))


def assert_same(one: CandidateSet, other: CandidateSet) -> None:
    assert [np.asarray(part).tobytes() for part in one] == [np.asarray(part).tobytes() for part in other]


@often
@given(views, histories, st.integers(1, 6))
def test_the_best_of_the_first_stage_are_handed_on_as_they_are(
    opened: list[View], history: list[int], most: int
) -> None:
    state = state_of(opened, published=True)
    gatherer = CandidateGenerator(RecommendationSettings(), state.learning)
    every = gatherer.gather(state, having(history), features=True)
    some = gatherer.gather(state, having(history), limit=most, features=True)
    assert len(some.articles) == min(most, len(every.articles))
    places = [every.articles.tolist().index(article) for article in some.articles.tolist()]
    assert some.parts.tobytes() == every.parts[places].tobytes()
    assert some.features.tobytes() == every.features[places].tobytes()
    assert some.votes.tolist() == every.votes[places].tolist()
    assert some.pool.tolist() == every.articles.tolist()


@often
@given(views, histories, st.lists(st.integers(0, ARTICLES + 1), unique=True, max_size=5))
def test_what_is_asked_about_is_the_whole_list(
    opened: list[View], history: list[int], among: list[int]
) -> None:
    state = state_of(opened, published=True)
    found = CandidateGenerator(RecommendationSettings(), state.learning).gather(
        state, having(history), among=np.array(among, np.int32), features=True
    )
    assert found.articles.tolist() == [a for a in among if a < state.size and a not in history]


def test_what_is_not_allowed_is_no_candidate() -> None:
    state = state_of([(0, 1), (1, 1), (2, 1)], published=True)
    allowed = np.ones(state.size, bool)
    allowed[1] = False
    found = CandidateGenerator(RecommendationSettings(), state.learning).gather(state, having([0]), allowed)
    assert set(found.articles.tolist()) == set(range(ARTICLES)) - {0, 1}


def part_of(
    state: State, history: list[int], part: int, recommending: RecommendationSettings
) -> dict[int, float]:
    """What each candidate has of one part's most."""
    found = CandidateGenerator(recommending, state.learning).gather(state, having(history))
    weight = (recommending.sessions, recommending.coreading, recommending.popularity, recommending.text)[part]
    told = zip(found.articles.tolist(), (found.parts[:, part] / weight).tolist(), strict=True)
    return {article: share for article, share in told if share > 0}


def test_coreading_speaks_for_what_came_after_more_than_for_what_came_before() -> None:
    state = state_of([(1, 1), (0, 1), (2, 1)])
    alone = RecommendationSettings(backward=0.5, coreading_next=0)
    shares = part_of(state, [0], COREADING, alone)
    assert shares == {2: pytest.approx(1.0), 1: pytest.approx(0.5, rel=0.01)}
    assert part_of(state, [0], COREADING, RecommendationSettings(backward=0)) == {2: pytest.approx(1.0)}


def test_what_the_newest_visits_opened_next_counts_beside_coreading() -> None:
    # 2 came right after 0, and 3 a step later, for which its pairs with 0 have half the weight.
    state = state_of([(0, 1), (2, 1), (3, 1), (0, 2), (2, 2), (3, 2)])
    alone = part_of(state, [0], COREADING, RecommendationSettings(coreading_next=0))
    assert alone == {2: pytest.approx(1.0), 3: pytest.approx(0.5, rel=0.01)}
    followed = sum(2.0 ** (-minutes / 30) for minutes in (3, 0))  # since each visit's last click
    shares = [2 / 3, 1 / 3]  # of what was read with 0
    shares[0] += 2.0 * followed / (followed + 1.0)
    both = part_of(state, [0], COREADING, RecommendationSettings(coreading_next=2))
    assert both == {2: pytest.approx(1.0), 3: pytest.approx(shares[1] / shares[0], rel=0.02)}


def test_a_similar_visit_counts_more_for_what_it_opened_after_the_article_in_common() -> None:
    state = state_of([(1, 1), (0, 1), (2, 1)])
    anywhere = part_of(state, [0], SESSIONS, RecommendationSettings(sessions_after=0))
    assert anywhere[1] == pytest.approx(anywhere[2], rel=1e-3)
    after = part_of(state, [0], SESSIONS, RecommendationSettings(sessions_after=2))
    assert after == {1: pytest.approx(anywhere[1] / 3, rel=1e-3), 2: pytest.approx(anywhere[2], rel=1e-3)}


def test_coreading_fades_back_along_the_visit() -> None:
    state = state_of([(0, 1), (2, 1), (1, 2), (3, 2)])
    shares = part_of(
        state, [0, 1], COREADING, RecommendationSettings(backward=0, fading=0.6, coreading_next=0)
    )
    assert shares == {3: pytest.approx(1.0), 2: pytest.approx(0.6, rel=0.01)}


def test_popularity_is_what_is_read_now_as_a_share_of_the_most_read() -> None:
    state = state_of([(0, 1), (0, 2), (0, 3), (0, 4), (1, 5)])
    shares = part_of(state, [], POPULARITY, RecommendationSettings())
    assert shares[0] == pytest.approx(1.0)
    assert 0.25 <= shares[1] < 0.3


def test_text_speaks_for_what_is_alike() -> None:
    state = state_of([], published=True)
    shares = part_of(state, [4], TEXT, RecommendationSettings())
    nearest = sorted(shares, key=lambda article: -shares[article])
    assert shares[nearest[0]] == pytest.approx(1.0)
    assert set(nearest) == set(range(ARTICLES)) - {4}
    assert nearest[0] in (3, 5)
