"""The collector of queries against a plain list, and the model that LightGBM trains against its own predictions."""

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recirc.rank.forest import forest_from_lightgbm, scores
from recirc.rank.training import QueryCollector, TrainingQueries, ndcg, target_ranks, train
from recirc.settings import TrainingSettings

sizes = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 8)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(sizes, st.integers(1, 6), st.integers(3, 12), st.integers(0, 45))
def test_the_newest_queries_are_kept_with_their_best_candidates(
    drawn: list[tuple[int, int]], candidates: int, limit: int, before: int
) -> None:
    rng = np.random.default_rng(len(drawn))
    collector = QueryCollector(TrainingSettings(candidates=candidates, max_queries=limit), 3)
    expected = []
    for time, (size, target) in enumerate(drawn):
        features = rng.normal(size=(size, 3)).astype(np.float32)
        score = rng.integers(0, 4, size).astype(float)
        best = sorted(sorted(range(size), key=lambda row: (-score[row], row))[:candidates])
        kept = target % size in best
        assert collector.add(features, score, target % size, time, 1 + time % 3) == kept
        if kept:
            expected.append((features[best], best.index(target % size), time, 1 + time % 3))
    assert limit * 5 / 4 + 1 >= len(collector) >= min(limit, len(expected))
    collector.drop_before(before)
    expected = [query for query in expected if query[2] >= before][-limit:]
    found = collector.queries()
    assert len(collector) == len(expected)
    assert found.sizes.tolist() == [len(features) for features, *_ in expected]
    assert found.target.tolist() == [target for _, target, *_ in expected]
    assert found.time.tolist() == [time for _, _, time, _ in expected]
    assert found.weight.tolist() == [weight for *_, weight in expected]
    rows = np.concatenate([np.zeros((0, 3)), *(features for features, *_ in expected)])
    assert np.array_equal(found.features, rows)
    part = collector.queries(1, 3)
    first = int(found.sizes[:1].sum())
    assert np.array_equal(part.features, rows[first : first + int(part.sizes.sum())])
    assert part.time.tolist() == found.time.tolist()[1:3]


def test_features_of_many_queries_outgrow_the_first_allocation() -> None:
    collector = QueryCollector(TrainingSettings(max_queries=5_000), 2)
    for time in range(3_000):
        collector.add(np.full((2, 2), time, np.float32), np.zeros(2), 1, time)
    assert collector.queries().features[:, 0].tolist() == [time for time in range(3_000) for _ in range(2)]


def some_queries(rng: np.random.Generator, count: int = 300, size: int = 8) -> TrainingQueries:
    features = rng.normal(size=(count * size, 4)).astype(np.float32)
    target = features[:, 2].reshape(count, size).argmax(axis=1).astype(np.int32)
    ones = np.ones(count)
    return TrainingQueries(features, target, np.full(count, size, np.int32), ones, np.arange(count))


def test_a_model_ranks_by_what_makes_targets_and_its_trees_score_as_lightgbm_does() -> None:
    queries = some_queries(np.random.default_rng(4))
    few = TrainingSettings(trees=10, min_data_in_leaf=5)
    forest = train(queries, few, 1)
    assert ndcg(target_ranks(scores(forest, queries.features), queries)) > 0.9
    label = np.zeros(len(queries.features), np.int8)
    label[np.arange(300) * 8 + queries.target] = 1
    data = lightgbm.Dataset(queries.features, label=label, group=queries.sizes)
    booster = lightgbm.train({"objective": "lambdarank", "verbose": -1}, data, num_boost_round=7)
    again = forest_from_lightgbm(booster.dump_model())
    assert scores(again, queries.features) == pytest.approx(
        booster.predict(queries.features), rel=1e-9, abs=1e-12
    )


def test_no_queries_are_refused() -> None:
    none = QueryCollector(TrainingSettings(), 4).queries()
    with pytest.raises(ValueError, match="there are no queries to learn from"):
        train(none, TrainingSettings(), 1)
