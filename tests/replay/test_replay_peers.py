"""The peers: written from their descriptions, and checked against naive versions, each other and their packages."""

import math
import warnings

import implicit.nearest_neighbours
import numpy as np
import pytest
import scipy.sparse
from replay_logs import log_of, records_of, town

from peers.item_item import KEPT, ItemBM25, ItemCosine, ItemItem
from peers.neighbours import VMISkNN, VSkNN
from peers.popular_tuned import SPANS, UNTUNED, PopularTuned
from peers.visit_index import VisitIndex
from recirc.rank.sessions import SessionScratch, neighbour_visits
from recirc.rank.visit import Visit
from recirc.rank.visit_arrays import visit_arrays
from recirc.rank.visit_lists import VisitLists
from recirc.replay.evaluation import evaluate
from recirc.replay.policies import policies
from recirc.replay.policies.discovery import policies_in
from recirc.replay.protocols import Hourly
from recirc.replay.replay_log import ReplayLog
from recirc.settings import RecommendationSettings, Settings
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.types import Batch, IntArray, RecordArray

SETTINGS = Settings()


def history(*articles: int) -> IntArray:
    return np.array(articles, np.int32)


def by_time(log: ReplayLog) -> RecordArray:
    return log.records[np.argsort(log.records["time"], kind="stable")]


def sessions_in_order(log: ReplayLog) -> dict[int, list[int]]:
    """The distinct articles of each visit, and the visits by their newest click, oldest first."""
    found: dict[int, list[int]] = {}
    for record in by_time(log):
        seen = found.setdefault(int(record["visit"]), [])
        if int(record["article"]) not in seen:
            seen.append(int(record["article"]))
            found[int(record["visit"])] = found.pop(int(record["visit"]))
    return found


def naive_vmis(log: ReplayLog, asked: list[int], m: int, k: int) -> dict[int, float]:
    """VMIS-kNN as it is described, walking with dictionaries, on a log where no list is longer than m."""
    sessions = sessions_in_order(log)
    age = {visit: place for place, visit in enumerate(sessions)}
    held: dict[int, float] = {}
    for place in range(len(asked), 0, -1):
        having = [visit for visit, articles in sessions.items() if asked[place - 1] in articles]
        for visit in reversed(having):
            if visit not in held and len(held) == m:
                oldest = min(held, key=age.__getitem__)
                if age[visit] < age[oldest]:
                    continue
                del held[oldest]
            held[visit] = held.get(visit, 0.0) + place / len(asked)
    nearest = sorted(held, key=lambda visit: (-held[visit], -age[visit]))[:k]
    scores: dict[int, float] = {}
    for visit in nearest:
        distance = min(len(asked) - 1 - asked.index(a) for a in sessions[visit] if a in asked)
        for article in set(sessions[visit]) - set(asked):
            h = sum(article in articles for articles in sessions.values())
            gain = held[visit] * max(1 - 0.1 * distance, 0) * math.log(len(sessions) / h)
            scores[article] = scores.get(article, 0.0) + gain
    return scores


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("m", "k"), [(500, 100), (500, 7), (25, 10)])
def test_vmisknn_scores_as_described(seed: int, m: int, k: int) -> None:
    log = town(seed, visits=90, articles=30)
    index = VisitIndex()
    index.fold(by_time(log))
    asked = np.random.default_rng(seed).permutation(30)[:4].astype(np.int32)
    # An article's own list holds its visits by their click on it, so only a list that is not cut is as described.
    assert index.arrays.sessions_of.max() <= m
    articles, scores = index.votes(asked, m, k, damping=0.1, rarity=True)
    expected = naive_vmis(log, asked.tolist(), m, k)
    assert dict(zip(articles.tolist(), scores.tolist(), strict=True)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_vmisknn_finds_the_neighbours_that_the_engine_finds(seed: int) -> None:
    """They are the same where m does not cut; only rarity is counted otherwise (see `VMISkNN`)."""
    log = town(seed, visits=120, articles=25)
    records = by_time(log)
    index, state = VisitIndex(), State(SETTINGS.learning, 256)
    index.fold(records)
    state.fold(Batch(1, decided(records, 1800.0), {}))
    m, k, visits = 500, 100, state.visits
    asked = np.random.default_rng(seed).permutation(25)[:5].astype(np.int32)
    slots = len(visits.key)
    most = m * len(asked)
    scratch = SessionScratch(
        np.zeros(slots), np.zeros(slots, np.int32), np.empty(most, np.int32), np.empty(most)
    )
    n = neighbour_visits(asked, m, k, visit_arrays(visits), VisitLists.of(m), scratch)
    engines = sorted((scratch.similarity[slot], int(scratch.shared[slot])) for slot in scratch.touched[:n])
    _, theirs, steps = index.similar(asked, m, k)
    assert n == len(theirs)
    ours = sorted(zip(theirs.tolist(), steps.tolist(), strict=True))
    assert [pair[0] for pair in ours] == pytest.approx([pair[0] for pair in engines])
    if n < k:
        assert [pair[1] for pair in ours] == [pair[1] for pair in engines]


def test_vmisknn_foresees_about_as_well_as_the_engines_own() -> None:
    log = town(seed=3, visits=600, hours=20, articles=60)
    published = Settings(recommending=RecommendationSettings(sessions_after=0))
    judged = [policies()[name](published) for name in ("sessions", "vmisknn")]
    result = evaluate(Hourly(), log, State(SETTINGS.learning, 256), judged, lambda _: None)
    own, peer = (result.figures(policy.name)["hr@20"].mean for policy in judged)
    assert own == pytest.approx(peer, abs=0.04)


def test_vsknn_follows_the_newest_article_and_knows_no_rarity() -> None:
    # Two visits share the newest article, one the older; 5 and 6 are as often read after either.
    log = log_of((1, 1, 0.1), (1, 5, 0.2), (2, 2, 0.3), (2, 6, 0.4), (3, 2, 0.5), (3, 6, 0.6), (4, 9, 0.7))
    peer = VSkNN(SETTINGS)
    peer.fold(log.records)
    state = State(SETTINGS.learning, 256)
    assert peer.rank(state, Visit(history(1, 2)), 20).tolist() == [6, 5]
    assert peer.rank(state, Visit(history(2, 1)), 20).tolist() == [5, 6]
    articles, scores = peer.index.votes(history(1, 2), 1000, 500, damping=0.1, rarity=False)
    # 6: two visits of weight 2/2, unlike 5: one of 1/2, a step back.
    assert dict(zip(articles.tolist(), scores.tolist(), strict=True)) == pytest.approx({6: 2.0, 5: 0.45})


def test_of_equally_similar_visits_the_newer_speaks() -> None:
    log = log_of((1, 1, 0.1), (1, 5, 0.2), (2, 1, 0.3), (2, 6, 0.4))
    index = VisitIndex()
    index.fold(log.records)
    assert index.votes(history(1), 500, 1, damping=0.1, rarity=False)[0].tolist() == [6]


def test_the_index_cuts_readers_at_pauses_and_visits_after_twenty_articles() -> None:
    records = records_of((0, 1, 0.0), (0, 2, 0.4), (0, 3, 1.0), *((8, article, 1.1) for article in range(40)))
    records["reader"][:3] = 7_000
    index = VisitIndex()
    for start in range(0, len(records), 5):
        index.fold(records[start : start + 5])
    assert index.sessions == 3
    assert index.entries == 3 + 20


@pytest.mark.parametrize("peer", [ItemCosine, ItemBM25])
def test_item_models_recommend_what_their_package_does(peer: type[ItemItem]) -> None:
    log = town(seed=4, visits=300, articles=40)
    judged = peer(SETTINGS)
    judged.fold(by_time(log))
    judged.end_window(0)
    sessions = sessions_in_order(log)
    rows = [row for row, articles in enumerate(sessions.values()) for _ in articles]
    columns = [article for articles in sessions.values() for article in articles]
    matrix = scipy.sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)))
    model = getattr(implicit.nearest_neighbours, peer.model)(K=KEPT, num_threads=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of its own conversion
        model.fit(matrix, show_progress=False)
    asked = history(3, 17, 30)
    wanted = scipy.sparse.csr_matrix((np.ones(3, np.float32), ([0] * 3, asked)), shape=(1, matrix.shape[1]))
    ids, scores = model.recommend(0, wanted, N=10, filter_already_liked_items=True)
    state = State(SETTINGS.learning, 256)
    articles, own = judged.scored(asked)
    assert (
        dict(zip(articles.tolist(), own.tolist(), strict=True)).items()
        >= {
            int(article): pytest.approx(float(score), rel=1e-5)
            for article, score in zip(ids, scores, strict=True)
        }.items()
    )
    ranked = judged.rank(state, Visit(asked), 10).tolist()
    by_article = dict(zip(articles.tolist(), own.tolist(), strict=True))
    assert [by_article[article] for article in ranked] == pytest.approx(scores.tolist(), rel=1e-5)


def test_item_models_forget_what_is_over() -> None:
    judged = ItemCosine(SETTINGS)
    judged.fold(records_of((1, 1, 0.0), (1, 2, 0.1)))
    judged.end_window(0)
    assert judged.scored(history(1))[0].tolist() == [2]
    judged.fold(records_of((2, 1, 30.0), (2, 3, 30.1)))
    judged.end_window(30)
    assert judged.scored(history(1))[0].tolist() == [3]


def test_popular_counts_clicks_within_its_window_alone() -> None:
    judged = PopularTuned(SETTINGS)
    hour = [(visit, 1, 0.2) for visit in range(5)] + [(visit, 2, 1.1) for visit in range(5, 8)]
    judged.fold(records_of(*hour, (9, 3, 1.15), (10, 4, 1.3)))
    state = State(SETTINGS.learning, 256)
    # At 1.3 h the clicks of 0.2 h are more than an hour ago.
    assert judged.rank(state, Visit(history(4)), 20).tolist() == [2, 3]
    judged.span = SPANS.index(120 * 60_000)
    assert judged.rank(state, Visit(history(4)), 20).tolist() == [1, 2, 3]
    assert judged.rank(state, Visit(history(4)), 20, among=history(8, 3, 1)).tolist() == [1, 3, 8]


def test_the_window_is_chosen_by_the_first_day_and_then_stays() -> None:
    random = np.random.default_rng(1)
    # What is read changes each half hour, among so many articles that only a short window can tell.
    told = []
    for visit in range(6_000):
        start = float(random.uniform(0, 26))
        told += [
            (visit, int(start * 2) * 40 + int(random.integers(0, 25)), start + step / 60) for step in range(3)
        ]
    judged = PopularTuned(SETTINGS)
    evaluate(Hourly(every=50), log_of(*told), State(SETTINGS.learning, 256), [judged], lambda _: None)
    assert judged.finished
    assert SPANS[judged.span] <= SPANS[UNTUNED]
    chosen = judged.span
    judged.learn(State(SETTINGS.learning, 256), Visit(history(1)), 2, None)
    judged.end_window(90)
    assert judged.span == chosen


def test_every_peer_ranks_the_given_articles_and_no_others() -> None:
    records = by_time(town(seed=5, visits=200, articles=50))
    state = State(SETTINGS.learning, 256)
    state.fold(Batch(1, decided(records, 1800.0), {}))
    among = np.array([7, 49, 3, 60, 12], np.int32)  # 60 nobody ever opened
    peers = policies_in("peers")
    assert {policy.name for policy in peers} == {
        "popular-tuned",
        "item-cosine",
        "item-bm25",
        "vsknn",
        "vmisknn",
    }
    for policy in (made(SETTINGS) for made in peers):
        policy.fold(records)
        policy.end_window(6)
        ranked = policy.rank(state, Visit(history(1, 2)), 20, among)
        assert sorted(ranked.tolist()) == sorted(among.tolist()), policy.name
        assert ranked[-1] == 60, policy.name


def test_the_defaults_of_the_papers() -> None:
    assert (VMISkNN.most_recent, VMISkNN.k, VMISkNN.damping) == (500, 100, 0.1)
    assert (VSkNN.most_recent, VSkNN.k) == (1000, 500)
